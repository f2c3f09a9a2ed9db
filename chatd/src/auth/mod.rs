//! Who may come in: a known device by its key, anybody else by password and code or by invite.

mod login;
mod register;
mod resume;
mod seen;

use std::net::IpAddr;
use std::sync::Arc;

use domain::text;
use domain::throttle::Network;
use proto::ids::{AccountId, DeviceId, PublicKey, Timestamp};
use proto::limits;
use proto::message::{Opening, Role, ServerMessage, Welcome};
use proto::refusal::{Code, Refusal};
use proto::text::{List, Secret, Text};
use store::SanctionRow;
use tracing::{debug, info};

pub(crate) use seen::Seen;

use crate::metrics::AuthFailure;
use crate::refuse;
use crate::shared::Shared;
use crate::wire::Wire;
use service::clock;

/// Somebody who is let in.
#[derive(Debug)]
pub(crate) struct Entrance {
    pub(crate) account: AccountId,
    pub(crate) name: Text<{ limits::NAME }>,
    pub(crate) role: Role,
    pub(crate) device: DeviceId,
    pub(crate) login_until: Timestamp,
    /// What the person calls this device, when it is here for the first time.
    pub(crate) new_device: Option<Text<{ limits::DEVICE_LABEL }>>,
    pub(crate) recovery_codes: Vec<Secret<{ limits::CODE }>>,
}

/// Where somebody comes from, with the key that the handshake has proven.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) key: PublicKey,
    pub(crate) network: Network,
}

/// Why somebody is not let in.
#[derive(Debug)]
pub(crate) enum Turned {
    /// They are told.
    Away(Refusal, AuthFailure),
    /// They left.
    Left,
}

/// Judges the opening. Whoever is turned away has been told why when this returns nothing.
pub(crate) async fn admit(
    shared: &Arc<Shared>,
    mut wire: Wire,
    (opening, key): (Opening, PublicKey),
    address: IpAddr,
) -> Option<(Wire, Entrance)> {
    let caller = Caller { key, network: Network::of(address) };
    let judged = match opening {
        Opening::Resume(resume) => resume::resume(shared, caller, resume).await,
        Opening::Login(login) => login::login(shared, caller, login).await,
        Opening::Register(register) => register::register(shared, &mut wire, caller, register).await,
    };
    match judged {
        Ok(entrance) => {
            shared.metrics.let_in();
            Some((wire, entrance))
        }
        Err(Turned::Away(refusal, why)) => {
            debug!(reason = ?refusal.code, "turned away");
            shared.metrics.turned_away(why);
            if wire.say(&ServerMessage::Denied(refusal)).await.is_ok() {
                wire.end().await;
            }
            None
        }
        Err(Turned::Left) => None,
    }
}

impl Entrance {
    /// Returns the first message of a session.
    pub(crate) fn welcome(&self, shared: &Shared) -> ServerMessage {
        ServerMessage::Welcome(Welcome {
            account: self.account,
            name: self.name.clone(),
            role: self.role,
            device: self.device,
            server: Text::cut(&shared.settings().server_name),
            now: clock::now(),
            login_until: self.login_until,
            incarnation: shared.incarnation,
            recovery_codes: List::new(self.recovery_codes.clone()).unwrap_or_default(),
        })
    }

    pub(crate) fn log(&self, how: &'static str) {
        info!(user.id = %self.account, device.id = %self.device, how, first_time = self.new_device.is_some(), "logged in");
    }
}

impl Turned {
    pub(crate) fn away(refusal: Refusal, why: AuthFailure) -> Self {
        Self::Away(refusal, why)
    }

    /// The store could not say; nobody is let in then.
    pub(crate) fn failed(error: &store::StoreError) -> Self {
        Self::Away(refuse::store(error), AuthFailure::Unavailable)
    }
}

/// Words for somebody who has proven to be the owner of a banned account.
fn banned(ban: &SanctionRow, now: Timestamp) -> Turned {
    let reason = if ban.reason.is_empty() { String::new() } else { format!(" Reason: {}", &*ban.reason) };
    let end = match ban.until {
        Some(until) => format!("until {} s from now", (until.0 - now.0).max(0).div_euclid(1_000)),
        None => "for good".to_owned(),
    };
    let mut refusal = Refusal::new(Code::Banned, &format!("This account is banned {end}.{reason}"));
    if let Some(until) = ban.until {
        refusal = refusal.after_ms(u64::try_from(until.0 - now.0).unwrap_or(0));
    }
    Turned::away(refusal, AuthFailure::Banned)
}

/// Labels and client names are shown in lists; they are one line.
fn one_line(words: &str) -> Result<(), Turned> {
    text::line(words).map_err(|error| Turned::away(refuse::text(&error), AuthFailure::BadInput))
}
