//! Logins and the devices they leave behind.

use proto::ids::{AccountId, DeviceId, Timestamp};
use proto::limits;
use proto::text::Text;
use rusqlite::named_params;

use super::Tx;
use crate::columns::{Column, get, optional};
use crate::error::StoreError;
use crate::rows::{AccountState, Change, DeviceRow, Factor, LoggedIn, Login};

impl Tx<'_> {
    /// Records a login whose password and code were right: uses the code up and remembers the device.
    ///
    /// # Errors
    /// `NotFound`, `Pending`, `Banned` (the account, its lineage or the device), `CodeUsed`, `DeviceTaken`, `DeviceRevoked`, `TooMany` devices.
    pub fn record_login(&mut self, login: &Login) -> Result<LoggedIn, StoreError> {
        self.may_log_in(login.account, login.at)?;
        self.use_factor(login.account, &login.factor, login.at)?;
        match self.reads().device_by_key(&login.key)? {
            Some(device) => self.log_in_again(&device, login),
            None => self.add_device(login),
        }
    }

    /// Uses up the second factor of somebody who proves afresh who they are, from a device that is logged in.
    ///
    /// # Errors
    /// `NotFound`, `Pending`, `Banned` (the account, its lineage or the device), `DeviceRevoked`, `CodeUsed`.
    pub fn prove_again(
        &mut self,
        (account, device): (AccountId, DeviceId),
        factor: &Factor,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.may_log_in(account, at)?;
        let devices = self.reads().devices(account)?;
        if !devices.iter().any(|row| row.device == device) {
            return Err(StoreError::DeviceRevoked);
        }
        if self.reads().device_ban(device, at)?.is_some() {
            return Err(StoreError::Banned);
        }
        self.use_factor(account, factor, at)
    }

    /// Notes that a device was here. Time that runs backwards changes nothing.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn touch_device(
        &mut self,
        device: DeviceId,
        client: &Text<{ limits::CLIENT_NAME }>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let changed = self
            .conn
            .prepare_cached("UPDATE devices SET client = ?2, seen_at_ms = max(seen_at_ms, ?3) WHERE id = ?1")?
            .execute((device.column(), &**client, at.column()))?;
        if changed == 0 { Err(StoreError::NotFound { what: "device" }) } else { Ok(()) }
    }

    /// Ends a device's login for good; its key is never accepted again. Doing it twice is doing it once.
    ///
    /// # Errors
    /// `NotFound` if the account has no such device.
    pub fn revoke_device(
        &mut self,
        account: AccountId,
        device: DeviceId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let revoked: Option<i64> = optional(
            self.conn
                .prepare_cached("SELECT revoked_at_ms FROM devices WHERE id = ?1 AND account = ?2")?
                .query_row((device.column(), account.column()), |row| row.get(0)),
        )?;
        match revoked {
            None => Err(StoreError::NotFound { what: "device" }),
            Some(0) => {
                self.conn
                    .prepare_cached("UPDATE devices SET revoked_at_ms = max(?2, 1) WHERE id = ?1")?
                    .execute((device.column(), at.column()))?;
                self.forget_sealed_device(account, device, at)?;
                self.change(Change::DeviceRevoked { account, device })
            }
            Some(_) => Ok(()),
        }
    }

    /// Checks that nothing keeps the account from being used.
    pub(super) fn may_log_in(&self, account: AccountId, at: Timestamp) -> Result<(), StoreError> {
        let row = self.reads().account(account)?.ok_or(StoreError::NotFound { what: "account" })?;
        if row.state != AccountState::Active {
            return Err(StoreError::Pending);
        }
        match self.reads().active_ban(account, at)? {
            Some(_) => Err(StoreError::Banned),
            None => Ok(()),
        }
    }

    fn log_in_again(&self, device: &DeviceRow, login: &Login) -> Result<LoggedIn, StoreError> {
        if device.account != login.account {
            return Err(StoreError::DeviceTaken);
        }
        if self.reads().device_ban(device.device, login.at)?.is_some() {
            return Err(StoreError::Banned);
        }
        if device.revoked {
            return Err(StoreError::DeviceRevoked);
        }
        self.conn
            .prepare_cached(
                "UPDATE devices SET label = :label, client = :client, seen_at_ms = max(seen_at_ms, :at), \
                 login_until_ms = :until WHERE id = :device",
            )?
            .execute(named_params! {
                ":device": device.device.column(),
                ":label": &*login.label,
                ":client": &*login.client,
                ":at": login.at.column(),
                ":until": login.login_until.column(),
            })?;
        Ok(LoggedIn { device: device.device, first_time: false })
    }

    fn add_device(&mut self, login: &Login) -> Result<LoggedIn, StoreError> {
        self.make_place(login)?;
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO devices (account, public_key, label, client, added_at_ms, seen_at_ms, login_until_ms) \
             VALUES (:account, :key, :label, :client, :at, :at, :until) RETURNING id",
        )?;
        let device = statement.query_row(
            named_params! {
                ":account": login.account.column(),
                ":key": login.key.0.as_slice(),
                ":label": &*login.label,
                ":client": &*login.client,
                ":at": login.at.column(),
                ":until": login.login_until.column(),
            },
            |row| get(row, 0),
        )?;
        Ok(LoggedIn { device, first_time: true })
    }

    /// At the limit, forgets the device whose login ended first; somebody with many old devices is not locked out.
    fn make_place(&mut self, login: &Login) -> Result<(), StoreError> {
        let devices = self.reads().devices(login.account)?;
        if devices.len() < limits::DEVICES {
            return Ok(());
        }
        let ended = devices.iter().filter(|device| device.login_until <= login.at);
        let Some(oldest) = ended.min_by_key(|device| device.login_until) else {
            return Err(StoreError::TooMany { what: "devices", max: limits::DEVICES });
        };
        self.forget_sealed_device(login.account, oldest.device, login.at)?;
        self.conn.prepare_cached("DELETE FROM devices WHERE id = ?1")?.execute([oldest.device.column()])?;
        Ok(())
    }
}
