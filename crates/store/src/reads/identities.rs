//! Identities of accounts and devices, and the key packages that devices have left.

use proto::bytes::Bytes;
use proto::ids::{AccountId, DeviceId, IdentityKey, SignatureKey, Timestamp};
use proto::limits;
use rusqlite::Row;

use super::Reads;
use crate::columns::{Column, get, get_some_bytes, optional};
use crate::error::StoreError;
use crate::rows::DeviceIdentityRow;

impl Reads<'_> {
    /// Returns the identity key of an account.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn identity_key(&self, account: AccountId) -> Result<Option<IdentityKey>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT key FROM identities WHERE account = ?1")?;
        optional(statement.query_row([account.column()], |row| row.get(0).map(IdentityKey)))
    }

    /// Returns what a device is to its account's identity; nothing while it has named no key.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn device_identity(&self, device: DeviceId) -> Result<Option<DeviceIdentityRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT device, account, signature_key, certificate, parcel, asked_at_ms FROM device_identities \
             WHERE device = ?1",
        )?;
        optional(statement.query_row([device.column()], device_identity_row))
    }

    /// Returns the devices of an account that have named a key, by number.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn device_identities(&self, account: AccountId) -> Result<Vec<DeviceIdentityRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT device, account, signature_key, certificate, parcel, asked_at_ms FROM device_identities \
             WHERE account = ?1 ORDER BY device",
        )?;
        let rows = statement.query_map([account.column()], device_identity_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns whether the account vouches for this device.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn is_certified(&self, account: AccountId, device: DeviceId) -> Result<bool, StoreError> {
        let row = self.device_identity(device)?;
        Ok(row.is_some_and(|row| row.account == account && row.certificate.is_some()))
    }

    /// Returns how many one-time key packages a device has left.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn key_packages_left(&self, device: DeviceId, now: Timestamp) -> Result<u32, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT count(*) FROM key_packages WHERE device = ?1 AND last_resort = 0 AND ?2 < expires_at_ms \
             AND incarnation = ?3",
        )?;
        let key = (device.column(), now.column(), self.incarnation()?.column());
        Ok(statement.query_row(key, |row| get(row, 0))?)
    }
}

fn device_identity_row(row: &Row<'_>) -> rusqlite::Result<DeviceIdentityRow> {
    let certificate: Option<Bytes<{ limits::CERTIFICATE }>> = get_some_bytes(row, 3)?;
    Ok(DeviceIdentityRow {
        device: get(row, 0)?,
        account: get(row, 1)?,
        signature_key: row.get(2).map(SignatureKey)?,
        asks: certificate.is_none() && row.get::<_, i64>(5)? != 0,
        certificate,
        parcel: get_some_bytes(row, 4)?,
    })
}
