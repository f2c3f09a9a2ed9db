//! The raid level, settings, and what staff do to rooms.

use domain::audit::{Action as Act, Target as About};
use domain::raid::{Posture, RaidLevel};
use domain::role::Action;
use domain::settings::Value;
use proto::ids::{RoomId, Timestamp};
use proto::limits;
use proto::text::Text;

use super::Staff;
use crate::error::StoreError;
use crate::rows::{Change, LOBBY, RoomRow};

/// Longest time between two messages that can be asked for, in seconds.
pub const SLOWEST: u32 = 6 * 3_600;

impl Staff<'_, '_> {
    /// Sets the raid level; with an end, the level that stands without one returns then.
    ///
    /// # Errors
    /// `NotPermitted`, `InThePast`.
    pub fn set_raid(
        &mut self,
        level: RaidLevel,
        until: Option<Timestamp>,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.require(Action::SetRaidLevel)?;
        if until.is_some_and(|until| until <= self.at) {
            return Err(StoreError::InThePast);
        }
        let old = self.tx.reads().posture()?.posture;
        let lasting = if old.until.is_none() { old.level } else { old.then };
        let then = if until.is_some() { lasting } else { level };
        let new = Posture { level, until, then };
        if new == old {
            return Ok(());
        }
        self.tx.set_posture(&new, self.by(), reason, self.at)?;
        let detail = format!("from {} to {level}: {}", old.effective(self.at), &**reason);
        self.audit(Act::RaidLevelChanged, About::Server, &detail).map(|_| ())
    }

    /// Changes a setting. What is secret is not written to the audit log.
    ///
    /// # Errors
    /// `NotPermitted`; `StepUpNeeded` for what only owners change.
    pub fn set_setting(&mut self, value: &Value) -> Result<(), StoreError> {
        let (key, row) = (value.key(), value.key().row());
        self.require(row.needs)?;
        if row.needs == Action::ManageServer {
            self.require_step_up()?;
        }
        let stored = self.tx.reads().settings()?;
        let before = stored.iter().find(|row| row.key == key.name()).map(|row| row.value.as_str());
        if before.unwrap_or(row.default) == value.stored() {
            return Ok(());
        }
        let before = match (before, key.is_secret()) {
            (_, true) => "a secret".to_owned(),
            (before, false) => format!("\"{}\"", before.unwrap_or(row.default)),
        };
        self.tx.put_setting(value, self.by(), self.at)?;
        let detail = format!("{}: from {before} to \"{}\"", key.name(), value.shown());
        self.audit(Act::SettingChanged, About::Setting, &detail).map(|_| ())
    }

    /// Sets how many seconds one person has to wait between two messages in a room; 0 for no limit.
    ///
    /// # Errors
    /// `NotPermitted` (also for a direct room), `NotFound`, `TooMany` seconds.
    pub fn slow_mode(&mut self, room: RoomId, seconds: u32) -> Result<(), StoreError> {
        self.require(Action::SetSlowMode)?;
        let row = self.open_room(room)?;
        if SLOWEST < seconds {
            return Err(StoreError::TooMany { what: "seconds between messages", max: SLOWEST as usize });
        }
        if row.slow_seconds == seconds {
            return Ok(());
        }
        self.tx.set_slow(room, seconds)?;
        self.tx.change(Change::RoomChanged { room })?;
        let detail = format!("from {} s to {seconds} s", row.slow_seconds);
        self.audit(Act::SlowModeChanged, About::Room(room), &detail).map(|_| ())
    }

    /// Locks a room, so that only staff write in it, or opens it again.
    ///
    /// # Errors
    /// `NotPermitted` (also for a direct room), `NotFound`.
    pub fn lock_room(
        &mut self,
        room: RoomId,
        locked: bool,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.require(Action::ManageRoom)?;
        let row = self.open_room(room)?;
        if row.locked == locked {
            return Ok(());
        }
        self.tx.set_locked(room, locked)?;
        self.tx.change(Change::RoomChanged { room })?;
        let act = if locked { Act::RoomLocked } else { Act::RoomUnlocked };
        self.audit(act, About::Room(room), reason).map(|_| ())
    }

    /// Archives a room, so that nobody joins it and only staff write in it, or brings it back. The lobby stays.
    ///
    /// # Errors
    /// `NotPermitted` (also for the lobby and for direct rooms), `NotFound`.
    pub fn archive_room(
        &mut self,
        room: RoomId,
        archived: bool,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.require(Action::ManageRoom)?;
        let row = self.open_room(room)?;
        if room == LOBBY {
            return Err(StoreError::NotPermitted);
        }
        if row.archived == archived {
            return Ok(());
        }
        self.tx.set_archived(room, archived)?;
        self.tx.change(Change::RoomChanged { room })?;
        let (act, word) = if archived {
            (Act::RoomLocked, "archived")
        } else {
            (Act::RoomUnlocked, "back from the archive")
        };
        self.audit(act, About::Room(room), &format!("{word}: {}", &**reason)).map(|_| ())
    }

    /// Rooms of two are their own affair.
    fn open_room(&self, room: RoomId) -> Result<RoomRow, StoreError> {
        let row = self.tx.room_row(room)?;
        if row.kind.is_direct() { Err(StoreError::NotPermitted) } else { Ok(row) }
    }
}
