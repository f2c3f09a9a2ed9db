//! Who may come in from where, before anything about a person is looked at: bans of networks, the raid level.
//!
//! A network's ban is told to everybody who comes from it: whose account it would be is not looked at, and no password
//! is hashed.

use std::net::IpAddr;

use domain::role::{self, Action};
use domain::sanction::{Kind, Length};
use proto::ids::{AccountId, SanctionId, Timestamp};
use proto::message::{Opening, Role};
use proto::refusal::{Code, Refusal};
use store::NetworkRule;

use super::Turned;
use crate::metrics::AuthFailure;
use crate::shared::Shared;
use service::clock;

/// What the border knows of a connection; asked again when the account is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Papers {
    /// A ban of strangers that covers the address.
    strangers: Option<NetworkRule>,
}

/// Judges a connection by where it comes from and what it wants.
pub(super) async fn judge(shared: &Shared, address: IpAddr, opening: &Opening) -> Result<Papers, Turned> {
    let now = clock::now();
    let rule = shared.rules.networks.judge(address, now);
    let registers = matches!(opening, Opening::Register(_));
    match rule {
        Some(rule) if rule.kind == Kind::Ban || registers => {
            shared.rules.networks.hit(rule.sanction, now);
            Err(Turned::away(network(shared, &rule, now).await, AuthFailure::NetworkBanned))
        }
        rule => {
            if registers && shared.rules.level(now).is_for_known_only() {
                return Err(Turned::away(raid(shared, now), AuthFailure::Raid));
            }
            Ok(Papers { strangers: rule })
        }
    }
}

impl Papers {
    /// Judges somebody who has proven to be the owner of an account.
    pub(super) async fn check(
        self,
        shared: &Shared,
        (account, role, since): (AccountId, Role, Timestamp),
    ) -> Result<(), Turned> {
        let now = clock::now();
        if let Some(rule) = self.strangers
            && !was_here_before(shared, account, rule.sanction).await?
        {
            shared.rules.networks.hit(rule.sanction, now);
            return Err(Turned::away(network(shared, &rule, now).await, AuthFailure::NetworkBanned));
        }
        let level = shared.rules.level(now);
        let shut_out =
            level.is_for_staff_only() || (level.is_for_known_only() && shared.rules.is_newcomer(since, now));
        if shut_out && !role::permits(role, Action::DecideHeld) {
            return Err(Turned::away(raid(shared, now), AuthFailure::Raid));
        }
        Ok(())
    }
}

/// Whether a device of this account had logged in before a ban of strangers began.
async fn was_here_before(shared: &Shared, account: AccountId, ban: SanctionId) -> Result<bool, Turned> {
    let found = shared.store.read(move |reads| {
        let Some(began) = reads.sanction(ban)?.map(|row| row.at) else { return Ok(true) };
        Ok(reads.devices(account)?.iter().any(|device| device.added < began))
    });
    found.await.map_err(|error| Turned::failed(&error))
}

/// Words for everybody from a network.
async fn network(shared: &Shared, rule: &NetworkRule, now: Timestamp) -> Refusal {
    let id = rule.sanction;
    // Without its reason the refusal is as good.
    let row = shared.store.read(move |reads| reads.sanction(id)).await.ok().flatten();
    let reason = row.map(|row| row.reason.into_inner()).filter(|reason| !reason.is_empty());
    let reason = reason.map_or_else(String::new, |reason| format!(" Reason: {reason}"));
    let end = match rule.until {
        Some(_) => format!("for another {}", Length::between(now, rule.until)),
        None => "for good".to_owned(),
    };
    let words = match rule.kind {
        Kind::SoftBan => {
            format!("From this network only people who have been here before are let in, {end}.{reason}")
        }
        _ => format!("This network is banned {end}.{reason}"),
    };
    let refusal = Refusal::new(Code::NetworkBanned, &words);
    match rule.until {
        Some(until) => refusal.after_ms(u64::try_from(until.0 - now.0).unwrap_or(1)),
        None => refusal,
    }
}

fn raid(shared: &Shared, now: Timestamp) -> Refusal {
    let posture = shared.rules.posture();
    let level = posture.effective(now);
    let words = format!("The server is at raid level {level}: {}. Come back later.", level.words());
    let refusal = Refusal::new(Code::Raid, &words);
    match posture.until.filter(|until| now < *until) {
        Some(until) => refusal.after_ms(u64::try_from(until.0 - now.0).unwrap_or(1)),
        None => refusal,
    }
}
