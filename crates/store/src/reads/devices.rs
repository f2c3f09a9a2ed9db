//! What is read of devices: one by its key, those of an account.

use proto::ids::{AccountId, DeviceId, PublicKey};
use rusqlite::Row;

use super::Reads;
use crate::columns::{Column, get, get_key, get_text, optional};
use crate::error::StoreError;
use crate::rows::DeviceRow;

impl Reads<'_> {
    /// Returns the device with this key, revoked or not.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn device_by_key(&self, key: &PublicKey) -> Result<Option<DeviceRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, account, public_key, label, client, added_at_ms, seen_at_ms, login_until_ms, revoked_at_ms \
             FROM devices WHERE public_key = ?1",
        )?;
        optional(statement.query_row([key.0.as_slice()], device_row))
    }

    /// Returns the device, revoked or not.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn device(&self, device: DeviceId) -> Result<Option<DeviceRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, account, public_key, label, client, added_at_ms, seen_at_ms, login_until_ms, revoked_at_ms \
             FROM devices WHERE id = ?1",
        )?;
        optional(statement.query_row([device.column()], device_row))
    }

    /// Returns the account's devices that are not revoked, oldest first; at most `limits::DEVICES`.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn devices(&self, account: AccountId) -> Result<Vec<DeviceRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, account, public_key, label, client, added_at_ms, seen_at_ms, login_until_ms, revoked_at_ms \
             FROM devices WHERE account = ?1 AND revoked_at_ms = 0 ORDER BY id",
        )?;
        let rows = statement.query_map([account.column()], device_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn device_row(row: &Row<'_>) -> rusqlite::Result<DeviceRow> {
    Ok(DeviceRow {
        device: get(row, 0)?,
        account: get(row, 1)?,
        key: get_key(row, 2)?,
        label: get_text(row, 3)?,
        client: get_text(row, 4)?,
        added: get(row, 5)?,
        last_seen: get(row, 6)?,
        login_until: get(row, 7)?,
        revoked: row.get::<_, i64>(8)? != 0,
    })
}
