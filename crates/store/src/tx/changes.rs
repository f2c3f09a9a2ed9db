//! The feed other processes follow.

use super::Tx;
use crate::columns::Column;
use crate::error::StoreError;
use crate::rows::Change;

/// How many changes are kept. A reader further behind starts over from the tables, which are the truth.
pub(crate) const KEPT: i64 = 100_000;

impl Tx<'_> {
    /// Tells other processes what this transaction changed; the doorbell rings after the commit.
    pub(crate) fn change(&mut self, change: Change) -> Result<(), StoreError> {
        let row = Columns::of(change);
        self.conn
            .prepare_cached(
                "INSERT INTO changes (kind, account, device, room, sanction, thing) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((row.kind, row.account, row.device, row.room, row.sanction, row.thing))?;
        let oldest = self.conn.last_insert_rowid() - KEPT;
        self.conn.prepare_cached("DELETE FROM changes WHERE seq <= ?1")?.execute([oldest])?;
        self.marks.changed = true;
        Ok(())
    }
}

/// A change as its row.
#[derive(Default)]
struct Columns {
    kind: i64,
    account: i64,
    device: i64,
    room: i64,
    sanction: i64,
    thing: i64,
}

impl Columns {
    fn of(change: Change) -> Self {
        let none = Self::default();
        match change {
            Change::Sanctioned { account, sanction } => {
                Self { kind: 0, account: account.column(), sanction: sanction.column(), ..none }
            }
            Change::Lifted { account } => Self { kind: 1, account: account.column(), ..none },
            Change::AccountChanged { account } => Self { kind: 2, account: account.column(), ..none },
            Change::AccountCreated { account } => Self { kind: 3, account: account.column(), ..none },
            Change::DeviceRevoked { account, device } => {
                Self { kind: 4, account: account.column(), device: device.column(), ..none }
            }
            Change::Kicked { account, room, sanction } => Self {
                kind: 5,
                account: account.column(),
                room: room.column(),
                sanction: sanction.column(),
                ..none
            },
            Change::RoomChanged { room } => Self { kind: 6, room: room.column(), ..none },
            Change::SanctionsChanged { sanction } => Self { kind: 7, sanction: sanction.column(), ..none },
            Change::BatchChanged { batch } => Self { kind: 8, thing: batch.column(), ..none },
            Change::PostureChanged => Self { kind: 9, ..none },
            Change::SettingsChanged => Self { kind: 10, ..none },
            Change::FiltersChanged => Self { kind: 11, ..none },
            Change::HeldDecided { held } => Self { kind: 12, thing: held.column(), ..none },
            Change::Purged { purge } => Self { kind: 13, thing: purge.column(), ..none },
            Change::ReportChanged { report } => Self { kind: 14, thing: report.column(), ..none },
            Change::Announced { announcement } => Self { kind: 15, thing: announcement.column(), ..none },
            Change::AccountDecided { account } => Self { kind: 16, account: account.column(), ..none },
            Change::FileChanged { file } => Self { kind: 17, thing: file.column(), ..none },
            Change::Evicting { room } => Self { kind: 18, room: room.column(), ..none },
        }
    }
}
