//! The one door for everything staff do: the right is checked, the act done, the audit event and the row for other
//! processes written, all in one transaction.

mod announcements;
mod appeals;
mod automod;
mod bulk;
mod files;
mod people;
mod posture;
mod purge;
mod reports;
mod sanctions;

use std::net::IpAddr;

use domain::audit::{Action as Act, AuditEvent, Target};
use domain::role::{self, Action};
use proto::ids::{AccountId, Timestamp, WebSessionId};
use proto::text::Text;

use crate::error::StoreError;
use crate::rows::{AccountRow, AuditSeq};
use crate::tx::Tx;

pub use posture::SLOWEST;
pub use purge::UNDO_MS;
pub use sanctions::IMPORTED;

/// Who acts, and by which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// Nobody: the operator at the command line, who owns the machine and therefore may do everything.
    pub account: Option<AccountId>,
    pub via: Via,
    /// Where the person is connected from, so that nobody locks themselves out.
    pub address: Option<IpAddr>,
}

/// The way an act comes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// A command in the chat.
    Chat,
    /// A page of the dashboard.
    Web(WebSessionId),
    /// The operator's command line.
    CommandLine,
}

/// What people replace for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnSecret {
    Password,
    Authenticator,
}

/// Acts of staff in one transaction. Whoever holds it is on duty: the account stands, the login is good.
#[derive(Debug)]
pub struct Staff<'t, 'c> {
    tx: &'t mut Tx<'c>,
    /// Nobody: the operator.
    actor: Option<AccountRow>,
    address: Option<IpAddr>,
    proof: Proof,
    at: Timestamp,
}

/// What stands for it that the person is the one they are taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// A login of the dashboard, whose token can be stolen.
    Login,
    /// A device in the chat: its key never leaves it and was let in with password and code.
    Device,
    /// They have proven it freshly, or own the machine.
    Fresh,
}

impl Actor {
    /// The operator at the command line.
    pub const OPERATOR: Self = Self { account: None, via: Via::CommandLine, address: None };

    /// Returns somebody who acts by commands in the chat.
    #[must_use]
    pub const fn in_chat(account: AccountId) -> Self {
        Self { account: Some(account), via: Via::Chat, address: None }
    }

    /// Returns somebody who acts in the dashboard.
    #[must_use]
    pub const fn on_web(account: AccountId, session: WebSessionId, address: Option<IpAddr>) -> Self {
        Self { account: Some(account), via: Via::Web(session), address }
    }
}

impl<'c> Tx<'c> {
    /// Opens the door for somebody, with their role and login as they are in this transaction.
    ///
    /// # Errors
    /// `NotPermitted` for an account or a login that is gone or over; `Banned`.
    pub fn staff(&mut self, actor: &Actor, at: Timestamp) -> Result<Staff<'_, 'c>, StoreError> {
        let row = match (actor.account, actor.via) {
            (None, Via::CommandLine) => None,
            (Some(account), Via::Chat | Via::Web(_)) => {
                if self.reads().active_ban(account, at)?.is_some() {
                    return Err(StoreError::Banned);
                }
                Some(self.reads().account(account)?.ok_or(StoreError::NotPermitted)?)
            }
            _ => return Err(StoreError::NotPermitted),
        };
        let proof = match actor.via {
            Via::CommandLine => Proof::Fresh,
            Via::Chat => Proof::Device,
            Via::Web(session) => {
                let login = self.reads().web_session_by_id(session)?;
                let login = login.filter(|login| Some(login.account) == actor.account && login.is_good(at));
                let login = login.ok_or(StoreError::NotPermitted)?;
                if login.is_stepped_up(at) { Proof::Fresh } else { Proof::Login }
            }
        };
        Ok(Staff { tx: self, actor: row, address: actor.address, proof, at })
    }
}

impl Staff<'_, '_> {
    /// Writes down what was done outside the database: an export, a look behind a pseudonym, a login.
    ///
    /// # Errors
    /// `NotPermitted` if the role does not permit this; `StepUpNeeded`.
    pub fn log(&mut self, act: Act, target: Target, detail: &str) -> Result<AuditSeq, StoreError> {
        if let Some((action, fresh)) = needed(act) {
            self.require(action)?;
            if fresh {
                self.require_step_up()?;
            }
        }
        self.audit(act, target, detail)
    }

    /// Writes down that somebody replaced their own password or authenticator. Everybody may do that to themselves.
    ///
    /// # Errors
    /// `NotPermitted` for the operator, who has no account.
    pub fn log_own(&mut self, secret: OwnSecret) -> Result<AuditSeq, StoreError> {
        let account = self.by().ok_or(StoreError::NotPermitted)?;
        let act = match secret {
            OwnSecret::Password => Act::PasswordReset,
            OwnSecret::Authenticator => Act::TotpReset,
        };
        self.audit(act, Target::Account(account), "their own")
    }

    /// Checks the right and nothing else, for whoever is about to do something outside the database.
    ///
    /// # Errors
    /// `NotPermitted`.
    pub fn require(&self, action: Action) -> Result<(), StoreError> {
        match &self.actor {
            Some(actor) if !role::permits(actor.role, action) => Err(StoreError::NotPermitted),
            _ => Ok(()),
        }
    }

    /// Checks that the person has proven freshly who they are.
    ///
    /// # Errors
    /// `StepUpNeeded`.
    pub fn require_step_up(&self) -> Result<(), StoreError> {
        if self.proof == Proof::Fresh { Ok(()) } else { Err(StoreError::StepUpNeeded) }
    }

    /// Checks that more than a login stands for the person: for what is wide, and can be taken back for a while.
    fn require_device_or_step_up(&self) -> Result<(), StoreError> {
        if self.proof == Proof::Login { Err(StoreError::StepUpNeeded) } else { Ok(()) }
    }

    /// Returns the account that is to be acted on, if it is below the actor.
    fn subject(&self, account: AccountId) -> Result<AccountRow, StoreError> {
        let row = self.tx.reads().account(account)?.ok_or(StoreError::NotFound { what: "account" })?;
        match &self.actor {
            Some(actor) if !role::may_act_on(actor.role, row.role) => Err(StoreError::NotPermitted),
            _ => Ok(row),
        }
    }

    fn by(&self) -> Option<AccountId> {
        self.actor.as_ref().map(|actor| actor.id)
    }

    fn audit(&mut self, action: Act, target: Target, detail: &str) -> Result<AuditSeq, StoreError> {
        let event = AuditEvent { at: self.at, actor: self.by(), action, target, detail: Text::cut(detail) };
        self.tx.audit(&event)
    }
}

/// Returns the right an event needs that somebody writes down themselves, and whether a fresh proof too.
fn needed(act: Act) -> Option<(Action, bool)> {
    Some(match act {
        Act::SanctionsExported => (Action::ExportSanctions, true),
        Act::AuditExported => (Action::ExportAudit, true),
        Act::ReporterRevealed => (Action::RevealReporter, true),
        Act::NetworkRevealed => (Action::RevealNetwork, true),
        Act::EvidenceExported => (Action::ViewReports, true),
        Act::FileScanned => (Action::ScanFile, false),
        Act::AuditVerified => (Action::ReadAudit, false),
        Act::BackupMade => (Action::ManageServer, true),
        Act::StaffLoggedIn | Act::SteppedUp => (Action::ViewDashboard, false),
        Act::ServerInitialised | Act::AccountCreated | Act::StaffLoginRefused | Act::RoomCreated => {
            return None;
        }
        // Everything else has a method of its own, which is the only way to do it.
        _ => (Action::ManageServer, true),
    })
}
