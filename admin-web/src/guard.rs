//! Who asks, and whether they may: the session is read afresh for every request, with the role as it is now.

use domain::role::{self, Action};
use proto::ids::{AccountId, Timestamp, WebSessionId};
use proto::message::Role;
use store::WebSessionRow;

use crate::app::App;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::sessions;
use crate::token::Token;

/// Somebody with a session that is good at this moment.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) account: AccountId,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) session: WebSessionId,
    /// Until when password and code, given again, count.
    pub(crate) sudo_until: Option<Timestamp>,
}

/// Returns who asks; `None` when nobody is logged in, or no longer, or with a role that has no business here.
pub(crate) async fn viewer(app: &App, request: &Request, now: Timestamp) -> Result<Option<Viewer>, Refusal> {
    let Some(token) = request.cookie(sessions::COOKIE).and_then(Token::parse) else { return Ok(None) };
    let row = sessions::find(&app.store, app.lifetimes, &token, now).await?;
    let row = row.filter(|row| role::permits(row.role, Action::ViewDashboard));
    Ok(row.map(|row| Viewer::of(&row, now)))
}

impl Viewer {
    fn of(row: &WebSessionRow, now: Timestamp) -> Self {
        Self {
            account: row.account,
            name: row.name.to_string(),
            role: row.role,
            session: row.id,
            sudo_until: row.sudo_until.filter(|_| row.is_stepped_up(now)),
        }
    }

    /// Returns whether the role permits this.
    pub(crate) fn may(&self, action: Action) -> bool {
        role::permits(self.role, action)
    }

    /// Refuses what the role does not permit.
    pub(crate) fn must(&self, action: Action) -> Result<(), Refusal> {
        if self.may(action) { Ok(()) } else { Err(Refusal::Forbidden(action)) }
    }

    /// Refuses unless password and code were given again a short while ago; afterwards the browser comes back here.
    pub(crate) fn must_be_stepped_up(&self, back: &str) -> Result<(), Refusal> {
        if self.sudo_until.is_some() { Ok(()) } else { Err(Refusal::StepUp(back.to_owned())) }
    }

    /// Returns what the proof in this session's forms is about.
    pub(crate) fn proof_subject(&self) -> [u8; 8] {
        self.session.get().to_be_bytes()
    }
}
