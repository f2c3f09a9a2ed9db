//! Key packages: left by devices, handed out once.

use proto::bytes::Bytes;
use proto::ids::{AccountId, DeviceId, RoomId, Timestamp};
use proto::limits;

use crate::columns::{Column, get_bytes, optional};
use crate::error::StoreError;
use crate::rows::NewKeyPackages;
use crate::tx::Tx;

/// A key package of a device.
type Package = Bytes<{ limits::KEY_PACKAGE }>;

impl Tx<'_> {
    /// Takes key packages in, the newest `limits::KEY_PACKAGES` one-time ones of each device; how many there are.
    ///
    /// # Errors
    /// `NoIdentity` for a device without a certificate.
    pub fn publish_key_packages(&mut self, new: &NewKeyPackages) -> Result<u32, StoreError> {
        if !self.reads().is_certified(new.account, new.device)? {
            return Err(StoreError::NoIdentity);
        }
        if let Some(package) = &new.last_resort {
            self.conn
                .prepare_cached("DELETE FROM key_packages WHERE device = ?1 AND last_resort = 1")?
                .execute([new.device.column()])?;
            self.insert_package(new, package, true)?;
        }
        for package in &new.packages {
            self.insert_package(new, package, false)?;
        }
        self.conn
            .prepare_cached(
                "DELETE FROM key_packages WHERE device = ?1 AND last_resort = 0 AND id <= (SELECT id FROM key_packages \
                 WHERE device = ?1 AND last_resort = 0 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute((new.device.column(), i64::try_from(limits::KEY_PACKAGES).unwrap_or(i64::MAX)))?;
        self.reads().key_packages_left(new.device, new.at)
    }

    /// Hands out a key package of each device of an account that could come into a room, each one-time one once and then
    /// the last resort. A device that has none is left out.
    ///
    /// # Errors
    /// `NotFound`, `NotAMember` for who asks; `NotPermitted` in a room that is not sealed, or for a third person in a room
    /// of two; `Banned` when the account is kept away from the server or the room; `PendingEviction`; `NoIdentity`.
    pub fn take_key_packages(
        &mut self,
        (room, taker): (RoomId, AccountId),
        account: AccountId,
        at: Timestamp,
    ) -> Result<Vec<(DeviceId, Package)>, StoreError> {
        let row = self.reads().readable(room, taker)?;
        let is_third = row.pair.is_some_and(|(low, high)| account != low && account != high);
        if !row.kind.is_sealed() || is_third {
            return Err(StoreError::NotPermitted);
        }
        if self.reads().active_ban(account, at)?.is_some() || self.reads().is_bound_in(room, account, at)? {
            return Err(StoreError::Banned);
        }
        if self.reads().has_to_go(room, account)? {
            return Err(StoreError::PendingEviction);
        }
        if self.reads().identity_key(account)?.is_none() {
            return Err(StoreError::NoIdentity);
        }
        let mut packages = Vec::new();
        for device in self.reads().device_identities(account)? {
            let free = device.certificate.is_some() && !self.is_leaf(room, device.device)?;
            if free && let Some(package) = self.take_package(device.device, at)? {
                packages.push((device.device, package));
            }
        }
        Ok(packages)
    }

    /// Throws every key package away: after a restore some may have been handed out before.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn forget_key_packages(&mut self) -> Result<usize, StoreError> {
        Ok(self.conn.prepare_cached("DELETE FROM key_packages WHERE 0 < id")?.execute([])?)
    }

    pub(super) fn forget_key_packages_of(&self, device: DeviceId) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM key_packages WHERE device = ?1")?.execute([device.column()])?;
        Ok(())
    }

    fn take_package(&self, device: DeviceId, at: Timestamp) -> Result<Option<Package>, StoreError> {
        let incarnation = self.reads().incarnation()?.column();
        let mut once = self.conn.prepare_cached(
            "DELETE FROM key_packages WHERE id = (SELECT id FROM key_packages WHERE device = ?1 \
             AND last_resort = 0 AND ?2 < expires_at_ms AND incarnation = ?3 ORDER BY id LIMIT 1) RETURNING package",
        )?;
        let key = (device.column(), at.column(), incarnation);
        if let Some(package) = optional(once.query_row(key, |row| get_bytes(row, 0)))? {
            return Ok(Some(package));
        }
        let mut again = self.conn.prepare_cached(
            "SELECT package FROM key_packages WHERE device = ?1 AND last_resort = 1 AND ?2 < expires_at_ms \
             AND incarnation = ?3 LIMIT 1",
        )?;
        optional(again.query_row(key, |row| get_bytes(row, 0)))
    }

    fn insert_package(
        &self,
        new: &NewKeyPackages,
        (package, ends): &(Package, Timestamp),
        last_resort: bool,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO key_packages (device, account, package, last_resort, expires_at_ms, incarnation) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((
                new.device.column(),
                new.account.column(),
                &**package,
                last_resort,
                ends.column(),
                self.reads().incarnation()?.column(),
            ))?;
        Ok(())
    }
}
