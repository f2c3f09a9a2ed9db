//! What staff do about accounts: roles, logins, approvals, invites, remarks.

use domain::audit::{Action as Act, Target as About};
use domain::role::{self, Action};
use domain::sanction::{Kind, Target};
use proto::ids::{AccountId, DeviceId, InviteId, NoteId, WebSessionId};
use proto::limits;
use proto::message::Role;
use proto::text::Text;

use super::Staff;
use crate::error::StoreError;
use crate::rows::{AccountSecrets, AccountState, Change, NOTE, NewInvite, NewSanction, Subject};

impl Staff<'_, '_> {
    /// Gives somebody another role; both the old and the new one are below the actor's own, but an owner makes owners.
    /// Logins to the dashboard end with it.
    ///
    /// # Errors
    /// `NotPermitted` (also for the last owner), `NotFound`, `StepUpNeeded`.
    pub fn set_role(&mut self, account: AccountId, new: Role) -> Result<(), StoreError> {
        self.require(Action::ManageRoles)?;
        let row = self.subject(account)?;
        self.may_give(new)?;
        self.require_step_up()?;
        if row.role == new {
            return Ok(());
        }
        self.tx.set_role(account, new)?;
        self.tx.close_web_sessions(account, None, self.at)?;
        let detail = format!("from {} to {}", role::word(row.role), role::word(new));
        self.audit(Act::RoleChanged, About::Account(account), &detail).map(|_| ())
    }

    /// Ends a device's login for good.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`.
    pub fn revoke_device(&mut self, account: AccountId, device: DeviceId) -> Result<(), StoreError> {
        self.require(Action::RevokeDevices)?;
        self.subject(account)?;
        self.tx.revoke_device(account, device, self.at)?;
        self.audit(Act::DeviceRevoked, About::Device(account, device), "").map(|_| ())
    }

    /// Gives somebody a new authenticator and new recovery codes; their logins to the dashboard end.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`, `StepUpNeeded`.
    pub fn reset_second_factor(
        &mut self,
        account: AccountId,
        secrets: &AccountSecrets,
    ) -> Result<(), StoreError> {
        self.require(Action::ManageUsers)?;
        self.subject(account)?;
        self.require_step_up()?;
        self.tx.set_totp(account, secrets)?;
        self.tx.close_web_sessions(account, None, self.at)?;
        self.audit(Act::TotpReset, About::Account(account), "").map(|_| ())
    }

    /// Gives somebody another password, as its hash; their logins to the dashboard end.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`, `StepUpNeeded`.
    pub fn reset_password(&mut self, account: AccountId, password_hash: &str) -> Result<(), StoreError> {
        self.require(Action::ManageUsers)?;
        self.subject(account)?;
        self.require_step_up()?;
        self.tx.set_password(account, password_hash)?;
        self.tx.close_web_sessions(account, None, self.at)?;
        self.audit(Act::PasswordReset, About::Account(account), "").map(|_| ())
    }

    /// Ends a login to the dashboard: one's own, or that of somebody below.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`.
    pub fn revoke_web_session(&mut self, session: WebSessionId) -> Result<(), StoreError> {
        let row =
            self.tx.reads().web_session_by_id(session)?.ok_or(StoreError::NotFound { what: "login" })?;
        if self.by() != Some(row.account) {
            self.require(Action::RevokeDevices)?;
            self.subject(row.account)?;
        }
        if row.revoked {
            return Ok(());
        }
        self.tx.close_web_session(session, self.at)?;
        self.audit(Act::WebSessionRevoked, About::WebSession(session, row.account), "").map(|_| ())
    }

    /// Lets in somebody who applied for an account.
    ///
    /// # Errors
    /// `NotPermitted`; `NotFound` if nobody like that waits.
    pub fn approve(&mut self, account: AccountId) -> Result<(), StoreError> {
        self.decide_applicant(account, AccountState::Active)?;
        self.tx.count_in_lobby()?;
        self.audit(Act::RegistrationApproved, About::Account(account), "").map(|_| ())
    }

    /// Refuses somebody who applied for an account.
    ///
    /// # Errors
    /// `NotPermitted`; `NotFound` if nobody like that waits.
    pub fn reject(
        &mut self,
        account: AccountId,
        reason: &Text<{ limits::REASON }>,
    ) -> Result<(), StoreError> {
        self.decide_applicant(account, AccountState::Rejected)?;
        self.audit(Act::RegistrationRejected, About::Account(account), reason).map(|_| ())
    }

    /// Makes an invite; it gives a role below the actor's own.
    ///
    /// # Errors
    /// `NotPermitted`, `Conflict`.
    pub fn create_invite(&mut self, new: &NewInvite) -> Result<InviteId, StoreError> {
        self.require(Action::Invite)?;
        self.may_give(new.role)?;
        let new = NewInvite { by: self.by(), at: self.at, ..new.clone() };
        let invite = self.tx.create_invite(&new)?;
        let detail = format!("role {}, uses {}", role::word(new.role), new.uses);
        self.audit(Act::InviteCreated, About::Invite(invite), &detail)?;
        Ok(invite)
    }

    /// Makes an invite void, and with `and_joiners` bans everybody who came by it, staff excepted.
    ///
    /// # Errors
    /// `NotPermitted`, `NotFound`; for the joiners `StepUpNeeded`.
    pub fn revoke_invite(&mut self, invite: InviteId, and_joiners: bool) -> Result<(), StoreError> {
        self.require(Action::Invite)?;
        self.tx.revoke_invite(invite, self.at)?;
        self.audit(Act::InviteRevoked, About::Invite(invite), "")?;
        if and_joiners {
            self.require_step_up()?;
            let reason = Text::cut("The invite was revoked.");
            self.sanction(&NewSanction::new(Target::Lineage(invite), Kind::Ban, None, reason))?;
        }
        Ok(())
    }

    /// Writes a remark. It never changes; only staff read it.
    ///
    /// # Errors
    /// `NotPermitted`; `NotFound` for a subject that does not exist.
    pub fn note(&mut self, subject: Subject, text: &Text<NOTE>) -> Result<NoteId, StoreError> {
        self.require(Action::Note)?;
        let reads = self.tx.reads();
        let (found, about) = match subject {
            Subject::Account(id) => (reads.account(id)?.is_some(), About::Account(id)),
            Subject::Report(id) => (reads.report(id)?.is_some(), About::Report(id)),
            Subject::Sanction(id) => match reads.sanction(id)? {
                Some(row) => (true, super::sanctions::about(&row.target, id)),
                None => (false, About::Server),
            },
            Subject::Appeal(id) => (reads.appeal(id)?.is_some(), About::Appeal(id)),
        };
        if !found {
            return Err(StoreError::NotFound { what: "subject" });
        }
        let note = self.tx.insert_note(subject, self.by(), text, self.at)?;
        self.audit(Act::NoteAdded, about, "")?;
        Ok(note)
    }

    fn decide_applicant(&mut self, account: AccountId, state: AccountState) -> Result<(), StoreError> {
        self.require(Action::Approve)?;
        let row = self.subject(account)?;
        if row.state != AccountState::Pending {
            return Err(StoreError::NotFound { what: "applicant" });
        }
        self.tx.set_account_state(account, state, self.by(), self.at)?;
        self.tx.change(Change::AccountDecided { account })
    }

    /// Checks that the actor may give somebody this role.
    fn may_give(&self, new: Role) -> Result<(), StoreError> {
        match &self.actor {
            Some(actor) if actor.role != Role::Owner && !role::may_act_on(actor.role, new) => {
                Err(StoreError::NotPermitted)
            }
            _ => Ok(()),
        }
    }
}
