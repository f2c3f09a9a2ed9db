//! Welcomes that wait for devices, and the trees that they need.

use proto::ids::{AccountId, DeviceId, Epoch, RoomId, Seq, Timestamp, WelcomeId};

use crate::columns::{Column, get, optional};
use crate::error::StoreError;
use crate::rows::NewCommit;
use crate::tx::Tx;

impl Tx<'_> {
    /// Throws a Welcome of this device away; one that is gone already stays so.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn drop_welcome(&mut self, device: DeviceId, id: WelcomeId) -> Result<(), StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("DELETE FROM welcome_waits WHERE id = ?1 AND device = ?2 RETURNING welcome")?;
        let welcome: Option<i64> =
            optional(statement.query_row((id.column(), device.column()), |row| row.get(0)))?;
        match welcome {
            Some(welcome) => self.forget_if_unwanted(welcome),
            None => Ok(()),
        }
    }

    /// Throws Welcomes away that nobody fetched since `before`, and key packages past their end; how many.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn sweep_sealed(
        &mut self,
        (before, now): (Timestamp, Timestamp),
        chunk: usize,
    ) -> Result<usize, StoreError> {
        let limit = i64::try_from(chunk.max(1)).unwrap_or(i64::MAX);
        let expired = self
            .conn
            .prepare_cached(
                "DELETE FROM key_packages WHERE id IN \
                 (SELECT id FROM key_packages WHERE expires_at_ms < ?1 ORDER BY expires_at_ms LIMIT ?2)",
            )?
            .execute((now.column(), limit))?;
        let mut statement =
            self.conn.prepare_cached("SELECT id FROM welcomes WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2")?;
        let old = statement.query_map((before.column(), limit), |row| row.get(0))?;
        let old: Vec<i64> = old.collect::<Result<_, _>>()?;
        for welcome in &old {
            self.conn.prepare_cached("DELETE FROM welcome_waits WHERE welcome = ?1")?.execute([welcome])?;
            self.forget_if_unwanted(*welcome)?;
        }
        Ok(expired + old.len())
    }

    pub(super) fn insert_welcome(
        &self,
        new: &NewCommit,
        seq: Seq,
        devices: &[(AccountId, DeviceId)],
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO welcomes (room, epoch, seq, at_ms, body) VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
        )?;
        let key =
            (new.room.column(), new.epoch.next().column(), seq.column(), new.at.column(), &*new.welcome);
        let welcome: i64 = statement.query_row(key, |row| row.get(0))?;
        for (_, device) in devices {
            self.conn
                .prepare_cached("INSERT INTO welcome_waits (device, welcome) VALUES (?1, ?2)")?
                .execute((device.column(), welcome))?;
        }
        Ok(())
    }

    /// Keeps the tree of the current epoch; of earlier ones those stay whose Welcomes wait.
    pub(super) fn keep_tree(&self, room: RoomId, epoch: Epoch, tree: &[u8]) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "DELETE FROM sealed_trees WHERE room = ?1 AND NOT EXISTS (SELECT 1 FROM welcomes \
                 WHERE welcomes.room = sealed_trees.room AND welcomes.epoch = sealed_trees.epoch)",
            )?
            .execute([room.column()])?;
        self.conn
            .prepare_cached(
                "INSERT INTO sealed_trees (room, epoch, tree) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (room, epoch) DO UPDATE SET tree = excluded.tree",
            )?
            .execute((room.column(), epoch.column(), tree))?;
        Ok(())
    }

    /// Throws away what waits for a room whose group is over.
    pub(super) fn forget_welcomes_of(&self, room: RoomId) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "DELETE FROM welcome_waits WHERE welcome IN (SELECT id FROM welcomes WHERE room = ?1)",
            )?
            .execute([room.column()])?;
        self.conn.prepare_cached("DELETE FROM welcomes WHERE room = ?1")?.execute([room.column()])?;
        self.conn.prepare_cached("DELETE FROM sealed_trees WHERE room = ?1")?.execute([room.column()])?;
        Ok(())
    }

    /// Throws away the Welcomes that wait for a device that is no longer there.
    pub(super) fn forget_welcomes_for(&self, device: DeviceId) -> Result<(), StoreError> {
        let mut statement =
            self.conn.prepare_cached("DELETE FROM welcome_waits WHERE device = ?1 RETURNING welcome")?;
        let welcomes = statement.query_map([device.column()], |row| row.get(0))?;
        let welcomes: Vec<i64> = welcomes.collect::<Result<_, _>>()?;
        welcomes.into_iter().try_for_each(|welcome| self.forget_if_unwanted(welcome))
    }

    /// A Welcome that no device waits for goes, and with it a tree that is no longer the room's.
    fn forget_if_unwanted(&self, welcome: i64) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(
            "DELETE FROM welcomes WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM welcome_waits WHERE welcome = ?1) \
             RETURNING room, epoch",
        )?;
        let gone = statement.query_row([welcome], |row| Ok((get::<RoomId>(row, 0)?, get::<Epoch>(row, 1)?)));
        let Some((room, epoch)) = optional(gone)? else { return Ok(()) };
        self.conn
            .prepare_cached(
                "DELETE FROM sealed_trees WHERE room = ?1 AND epoch = ?2 \
                 AND NOT EXISTS (SELECT 1 FROM welcomes WHERE room = ?1 AND epoch = ?2) \
                 AND NOT EXISTS (SELECT 1 FROM sealed_rooms WHERE room = ?1 AND live = 1 AND epoch = ?2)",
            )?
            .execute((room.column(), epoch.column()))?;
        Ok(())
    }
}
