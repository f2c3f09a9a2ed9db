//! Identities: the key of an account, the devices it vouches for, those that ask.
//!
//! The server keeps and passes on; whether a certificate is signed as it says was checked before.

use proto::bytes::Bytes;
use proto::ids::{AccountId, DeviceId, IdentityKey, SignatureKey, Timestamp};
use proto::limits;
use proto::message::EvictWhy;

use crate::columns::Column;
use crate::error::StoreError;
use crate::rows::{NewIdentity, Published};
use crate::tx::Tx;

impl Tx<'_> {
    /// Gives an account an identity, or another in place of the one it says it replaces: then every other certificate
    /// ends, and the account leaves its sealed rooms. The same again changes nothing.
    ///
    /// # Errors
    /// `NotFound` for a device that is not the account's; `Conflict` when the account has another identity than it says.
    pub fn publish_identity(&mut self, new: &NewIdentity) -> Result<Published, StoreError> {
        self.own_device(new.account, new.device)?;
        let known = self.reads().identity_key(new.account)?;
        if known == Some(new.key) {
            self.put_device_identity(new)?;
            return Ok(Published::default());
        }
        if known != new.replaces {
            return Err(StoreError::Conflict);
        }
        self.put_identity(new)?;
        let Some(_) = known else {
            self.put_device_identity(new)?;
            return Ok(Published::default());
        };
        let rooms = self.reads().sealed_rooms_of(new.account)?;
        self.evict_everywhere(new.account, (EvictWhy::IdentityReplaced, None), new.at)?;
        for device in self.reads().device_identities(new.account)? {
            self.forget_device_identity(device.device)?;
        }
        self.put_device_identity(new)?;
        Ok(Published { replaced: true, rooms })
    }

    /// Notes that a device asks to be approved; one that is approved with this key is left as it is.
    ///
    /// # Errors
    /// `NotFound` for a device that is not the account's; `NoIdentity` when there is nobody to approve it.
    pub fn ask_approval(
        &mut self,
        (account, device): (AccountId, DeviceId),
        signature_key: &SignatureKey,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.own_device(account, device)?;
        if self.reads().identity_key(account)?.is_none() {
            return Err(StoreError::NoIdentity);
        }
        let known = self.reads().device_identity(device)?;
        if known.is_some_and(|row| row.certificate.is_some() && row.signature_key == *signature_key) {
            return Ok(());
        }
        self.forget_key_packages_of(device)?;
        self.conn
            .prepare_cached(
                "INSERT INTO device_identities (device, account, signature_key, asked_at_ms) \
                 VALUES (?1, ?2, ?3, max(?4, 1)) ON CONFLICT (device) DO UPDATE SET \
                 signature_key = excluded.signature_key, certificate = x'', parcel = x'', \
                 asked_at_ms = excluded.asked_at_ms",
            )?
            .execute((device.column(), account.column(), signature_key.0.as_slice(), at.column()))?;
        Ok(())
    }

    /// Keeps the certificate that one device of an account gave another, and the parcel that comes with it.
    ///
    /// # Errors
    /// `NoIdentity` when the one that vouches has no certificate itself; `NotFound` when the other is not the account's or
    /// does not ask; `Conflict` when it asks with another key.
    pub fn approve_device(
        &mut self,
        (account, by): (AccountId, DeviceId),
        (device, signature_key): (DeviceId, &SignatureKey),
        certificate: &Bytes<{ limits::CERTIFICATE }>,
        parcel: &Bytes<{ limits::PARCEL }>,
    ) -> Result<(), StoreError> {
        self.own_device(account, device)?;
        if !self.reads().is_certified(account, by)? {
            return Err(StoreError::NoIdentity);
        }
        let asking = self.reads().device_identity(device)?.filter(|row| row.account == account);
        let asking = asking.ok_or(StoreError::NotFound { what: "device" })?;
        if asking.signature_key != *signature_key {
            return Err(StoreError::Conflict);
        }
        self.conn
            .prepare_cached(
                "UPDATE device_identities SET certificate = ?2, parcel = ?3, asked_at_ms = 0 WHERE device = ?1",
            )?
            .execute((device.column(), &**certificate, &**parcel))?;
        Ok(())
    }

    /// Ends a device's part in sealed rooms: its certificate, its key packages, its places in groups.
    pub(crate) fn forget_sealed_device(
        &mut self,
        account: AccountId,
        device: DeviceId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.evict_device((account, device), (EvictWhy::DeviceRevoked, None), at)?;
        self.forget_device_identity(device)
    }

    fn forget_device_identity(&self, device: DeviceId) -> Result<(), StoreError> {
        self.forget_key_packages_of(device)?;
        self.forget_welcomes_for(device)?;
        self.conn
            .prepare_cached("DELETE FROM device_identities WHERE device = ?1")?
            .execute([device.column()])?;
        Ok(())
    }

    fn own_device(&self, account: AccountId, device: DeviceId) -> Result<(), StoreError> {
        let row = self.reads().device(device)?;
        match row.filter(|row| row.account == account && !row.revoked) {
            Some(_) => Ok(()),
            None => Err(StoreError::NotFound { what: "device" }),
        }
    }

    fn put_identity(&self, new: &NewIdentity) -> Result<(), StoreError> {
        let IdentityKey(key) = &new.key;
        self.conn
            .prepare_cached(
                "INSERT INTO identities (account, key, at_ms) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (account) DO UPDATE SET key = excluded.key, at_ms = excluded.at_ms",
            )?
            .execute((new.account.column(), key.as_slice(), new.at.column()))?;
        Ok(())
    }

    fn put_device_identity(&self, new: &NewIdentity) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO device_identities (device, account, signature_key, certificate) \
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT (device) DO UPDATE SET \
                 signature_key = excluded.signature_key, certificate = excluded.certificate, asked_at_ms = 0",
            )?
            .execute((
                new.device.column(),
                new.account.column(),
                new.signature_key.0.as_slice(),
                &*new.certificate,
            ))?;
        Ok(())
    }
}
