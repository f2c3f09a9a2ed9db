//! The feed of changes.

use rusqlite::Row;

use super::Reads;
use crate::columns::{Column, get};
use crate::error::StoreError;
use crate::rows::{Change, ChangeRow, ChangeSeq};

impl Reads<'_> {
    /// Returns the place of the newest change.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn last_change(&self) -> Result<ChangeSeq, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT coalesce(max(seq), 0) FROM changes")?;
        Ok(statement.query_row([], |row| get(row, 0))?)
    }

    /// Returns changes in the order of their commits, those after `after`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn changes_after(&self, after: ChangeSeq, limit: usize) -> Result<Vec<ChangeRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT seq, kind, account, device, room, sanction, thing FROM changes \
             WHERE ?1 < seq ORDER BY seq LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map((after.column(), limit), change_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn change_row(row: &Row<'_>) -> rusqlite::Result<ChangeRow> {
    let kind: i64 = row.get(1)?;
    let change = match kind {
        0 => Change::Sanctioned { account: get(row, 2)?, sanction: get(row, 5)? },
        1 => Change::Lifted { account: get(row, 2)? },
        2 => Change::AccountChanged { account: get(row, 2)? },
        3 => Change::AccountCreated { account: get(row, 2)? },
        4 => Change::DeviceRevoked { account: get(row, 2)?, device: get(row, 3)? },
        5 => Change::Kicked { account: get(row, 2)?, room: get(row, 4)?, sanction: get(row, 5)? },
        6 => Change::RoomChanged { room: get(row, 4)? },
        7 => Change::SanctionsChanged { sanction: get(row, 5)? },
        8 => Change::BatchChanged { batch: get(row, 6)? },
        9 => Change::PostureChanged,
        10 => Change::SettingsChanged,
        11 => Change::FiltersChanged,
        12 => Change::HeldDecided { held: get(row, 6)? },
        13 => Change::Purged { purge: get(row, 6)? },
        14 => Change::ReportChanged { report: get(row, 6)? },
        15 => Change::Announced { announcement: get(row, 6)? },
        16 => Change::AccountDecided { account: get(row, 2)? },
        17 => Change::FileChanged { file: get(row, 6)? },
        18 => Change::Evicting { room: get(row, 4)? },
        other => return Err(rusqlite::Error::IntegralValueOutOfRange(1, other)),
    };
    Ok(ChangeRow { seq: get(row, 0)?, change })
}
