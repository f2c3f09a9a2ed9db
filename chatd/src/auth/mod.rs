//! Who may come in: a known device by its key, anybody else by password and code or by invite.

pub(crate) mod appeal;
mod border;
pub(crate) mod enrol;
pub(crate) mod judge;
mod login;
mod register;
mod resume;
mod seen;

use std::net::IpAddr;
use std::sync::Arc;

use domain::cidr::Cidr;
use domain::sanction::{Length, Target};
use domain::text;
use domain::throttle::Network;
use proto::ids::{AccountId, DeviceId, PublicKey, Timestamp};
use proto::limits;
use proto::message::{Opening, Role, ServerMessage, Welcome};
use proto::refusal::{Code, Refusal};
use proto::text::{List, Secret, Text};
use store::SanctionRow;
use tracing::{debug, info};

use appeal::Appealable;
use border::Papers;
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
    pub(crate) papers: Papers,
}

/// Why somebody is not let in.
#[derive(Debug)]
pub(crate) enum Turned {
    /// They are told.
    Away(Refusal, AuthFailure),
    /// They are told, and may say one thing about it.
    Banned(Refusal, Appealable),
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
    let judged = match border::judge(shared, address, &opening).await {
        Ok(papers) => {
            let caller = Caller { key, network: Network::of(address), papers };
            match opening {
                Opening::Resume(resume) => resume::resume(shared, caller, resume).await,
                Opening::Login(login) => login::login(shared, caller, login).await,
                Opening::Register(register) => register::register(shared, &mut wire, caller, register).await,
            }
        }
        Err(turned) => Err(turned),
    };
    match judged {
        Ok(entrance) => {
            shared.metrics.let_in();
            let network = shared.keys.seal_network(entrance.account, Cidr::of_person(address));
            shared.recorder.came_from(entrance.account, network, clock::now());
            Some((wire, entrance))
        }
        Err(Turned::Banned(refusal, about)) => {
            shared.metrics.turned_away(AuthFailure::Banned);
            if wire.say(&ServerMessage::Denied(refusal)).await.is_ok() {
                appeal::hear(shared, &mut wire, about).await;
                wire.end().await;
            }
            None
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
async fn banned(shared: &Shared, account: AccountId, ban: &SanctionRow, now: Timestamp) -> Turned {
    let whom = match ban.target {
        Target::Device(..) => "This device",
        Target::Account(_) | Target::Network(_) | Target::Lineage(_) => "This account",
    };
    let reason = if ban.reason.is_empty() { String::new() } else { format!(" Reason: {}", &*ban.reason) };
    let end = match ban.until {
        Some(_) => format!("for another {}", Length::between(now, ban.until)),
        None => "for good".to_owned(),
    };
    let mut words = format!("{whom} is banned {end}.{reason}");
    let may_appeal = ban.appealable && shared.rules.settings().appeals_enabled && {
        let sanction = ban.id;
        let made = shared.store.read(move |reads| reads.appeal_of(sanction)).await;
        made.is_ok_and(|made| made.is_none())
    };
    if may_appeal {
        words.push_str(APPEAL);
    }
    let code = if may_appeal { Code::Banned } else { Code::BannedNoAppeal };
    let mut refusal = Refusal::new(code, &words);
    if let Some(until) = ban.until {
        refusal = refusal.after_ms(u64::try_from(until.0 - now.0).unwrap_or(0));
    }
    if may_appeal {
        return Turned::Banned(refusal, Appealable { account, sanction: ban.id });
    }
    Turned::away(refusal, AuthFailure::Banned)
}

/// Where it is possible, a ban says so.
const APPEAL: &str = " You may appeal once: say why this is wrong, and a moderator decides.";

/// Labels and client names are shown in lists; they are one line.
fn one_line(words: &str) -> Result<(), Turned> {
    text::line(words).map_err(|error| Turned::away(refuse::text(&error), AuthFailure::BadInput))
}
