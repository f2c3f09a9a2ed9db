//! Accounts: making them, and changing what they log in with.

use proto::ids::{AccountId, InviteId, Timestamp};
use proto::message::Role;
use rusqlite::named_params;

use super::Tx;
use crate::columns::{Column, get, or_zero};
use crate::error::StoreError;
use crate::rows::{AccountSecrets, AccountState, Change, Factor, LOBBY, NewAccount};

impl Tx<'_> {
    /// Makes an account, using up its invite. The secrets are sealed for the id, so they are asked for it here.
    ///
    /// # Errors
    /// `NameTaken`, `BadInvite`.
    pub fn create_account(
        &mut self,
        new: &NewAccount,
        secrets: impl FnOnce(AccountId) -> AccountSecrets,
    ) -> Result<AccountId, StoreError> {
        if self.reads().account_by_name(&new.name)?.is_some() {
            return Err(StoreError::NameTaken);
        }
        let (invite, role) = match &new.invite_digest {
            Some(digest) => self.use_invite(digest, new.at).map(|(invite, role)| (Some(invite), role))?,
            None => (None, new.role),
        };
        let account = self.insert_account(new, invite, role)?;
        let secrets = secrets(account);
        self.store_secrets(account, &secrets)?;
        if new.application.is_none() {
            self.count_in_lobby()?;
        }
        self.change(Change::AccountCreated { account })?;
        Ok(account)
    }

    /// Sets the password's hash.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn set_password(&mut self, account: AccountId, password_hash: &str) -> Result<(), StoreError> {
        let changed = self
            .conn
            .prepare_cached("UPDATE accounts SET password_hash = ?2 WHERE id = ?1")?
            .execute((account.column(), password_hash))?;
        self.account_changed(account, changed)
    }

    /// Gives the account a new authenticator and new recovery codes; the old ones are void.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn set_totp(&mut self, account: AccountId, secrets: &AccountSecrets) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("DELETE FROM recovery_codes WHERE account = ?1")?
            .execute([account.column()])?;
        let changed = self.store_secrets(account, secrets)?;
        self.account_changed(account, changed)
    }

    /// Sets the role; there is always an owner once there has been one.
    ///
    /// # Errors
    /// `NotFound`; `NotPermitted` for the last owner.
    pub fn set_role(&mut self, account: AccountId, role: Role) -> Result<(), StoreError> {
        let Some(row) = self.reads().account(account)? else {
            return Err(StoreError::NotFound { what: "account" });
        };
        if row.role == Role::Owner && role != Role::Owner && self.reads().owners()? <= 1 {
            return Err(StoreError::NotPermitted);
        }
        let changed = self
            .conn
            .prepare_cached("UPDATE accounts SET role = ?2 WHERE id = ?1")?
            .execute((account.column(), role.column()))?;
        self.account_changed(account, changed)
    }

    /// Counts one more in the lobby.
    pub(crate) fn count_in_lobby(&self) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE rooms SET members = members + 1 WHERE id = ?1")?
            .execute([LOBBY.column()])?;
        Ok(())
    }

    /// Uses a second factor up.
    ///
    /// # Errors
    /// `CodeUsed`.
    pub(super) fn use_factor(
        &self,
        account: AccountId,
        factor: &Factor,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        match factor {
            Factor::Totp { step } => self.use_step(account, *step),
            Factor::Recovery { digest } => self.use_recovery_code(account, digest, at),
        }
    }

    /// Uses a TOTP time step up.
    ///
    /// # Errors
    /// `CodeUsed` if it, or a later one, was used before: time that runs backwards revives no code.
    fn use_step(&self, account: AccountId, step: u64) -> Result<(), StoreError> {
        let used = self
            .conn
            .prepare_cached("UPDATE accounts SET totp_last_step = ?2 WHERE id = ?1 AND totp_last_step < ?2")?
            .execute((account.column(), step.column()))?;
        if used == 1 { Ok(()) } else { Err(StoreError::CodeUsed) }
    }

    /// Uses a recovery code up.
    ///
    /// # Errors
    /// `CodeUsed` if there is no unused code with this digest.
    fn use_recovery_code(
        &self,
        account: AccountId,
        digest: &[u8; 32],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let used = self
            .conn
            .prepare_cached(
                "UPDATE recovery_codes SET used_at_ms = max(?3, 1) \
                 WHERE account = ?1 AND digest = ?2 AND used_at_ms = 0",
            )?
            .execute((account.column(), digest.as_slice(), at.column()))?;
        if used == 1 { Ok(()) } else { Err(StoreError::CodeUsed) }
    }

    fn insert_account(
        &self,
        new: &NewAccount,
        invite: Option<InviteId>,
        role: Role,
    ) -> Result<AccountId, StoreError> {
        let state = if new.application.is_some() { AccountState::Pending } else { AccountState::Active };
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO accounts (name, skeleton, role, password_hash, invite, created_at_ms, state, application) \
             VALUES (:name, :skeleton, :role, :password_hash, :invite, :at, :state, :application) RETURNING id",
        )?;
        let id = statement.query_row(
            named_params! {
                ":name": new.name.as_str(),
                ":skeleton": new.name.skeleton(),
                ":role": role.column(),
                ":password_hash": new.password_hash,
                ":invite": or_zero(invite),
                ":at": new.at.column(),
                ":state": state.column(),
                ":application": new.application.as_deref().unwrap_or_default(),
            },
            |row| get(row, 0),
        );
        Ok(id?)
    }

    fn store_secrets(&self, account: AccountId, secrets: &AccountSecrets) -> Result<usize, StoreError> {
        let changed = self
            .conn
            .prepare_cached("UPDATE accounts SET totp_sealed = ?2, totp_last_step = 0 WHERE id = ?1")?
            .execute((account.column(), &secrets.totp_sealed))?;
        if changed == 0 {
            return Ok(0);
        }
        for digest in &secrets.recovery_digests {
            self.conn
                .prepare_cached("INSERT INTO recovery_codes (account, digest) VALUES (?1, ?2)")?
                .execute((account.column(), digest.as_slice()))?;
        }
        Ok(changed)
    }

    fn account_changed(&mut self, account: AccountId, rows: usize) -> Result<(), StoreError> {
        if rows == 0 {
            return Err(StoreError::NotFound { what: "account" });
        }
        self.change(Change::AccountChanged { account })
    }
}
