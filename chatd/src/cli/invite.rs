//! `chatd invite`: a link with which somebody makes their own account.

use domain::audit::{Action, Target};
use domain::role;
use domain::token;
use proto::ids::Timestamp;
use proto::invite::InviteLink;
use proto::message::Role;
use store::NewInvite;

use super::args::InviteArgs;
use super::audit;
use super::failure::Failure;
use super::office::Office;
use super::place::{Place, client};
use super::qr;
use super::screen::{draw, say, tell};
use crate::config::RegistrationMode;
use service::clock;

/// Makes an invite and prints its link.
pub(crate) fn run(args: &InviteArgs, place: &Place) -> Result<(), Failure> {
    if args.role == Role::Owner && args.uses != 1 {
        return Err(Failure::Usage("an invite for an owner has one use; leave --uses out".to_owned()));
    }
    let office = Office::visit(place)?;
    let token = token::generate();
    let at = clock::now();
    let role = args.role;
    let new = NewInvite {
        digest: token::digest(&token),
        role,
        uses: args.uses,
        expires_at: Timestamp(at.0.saturating_add(args.expires.milliseconds())),
        by: None,
        at,
    };
    let whom = args.name.as_ref().map_or_else(String::new, |name| format!("for {}, ", name.as_str()));
    let detail = format!("{whom}role {}, uses {}, good for {}", role::word(role), args.uses, args.expires);
    office.write(move |tx| {
        let invite = tx.create_invite(&new)?;
        tx.audit(&audit::event(Action::InviteCreated, Target::Invite(invite), &detail))?;
        Ok(())
    })?;

    let (host, port) = place.config().link_address();
    let link = InviteLink { host, port, server_key: office.keys.public(), token }.to_string();
    show(args, place, &link)
}

fn show(args: &InviteArgs, place: &Place, link: &str) -> Result<(), Failure> {
    say(link)?;
    if let Some(picture) = qr::picture(link).filter(|_| args.qr) {
        draw(&picture)?;
    }
    let accounts = if args.uses == 1 { "one account".to_owned() } else { format!("{} accounts", args.uses) };
    let role = role::word(args.role);
    tell(&format!("Good for {accounts} ({role}) and for {}. Whoever has the link can use it.", args.expires));
    let who = args.name.as_ref().map_or("The person", |name| name.as_str());
    let is_for_here = place.config().public_address.is_none() && place.config().listen.ip().is_loopback();
    let client = if is_for_here { client() } else { "chat".to_owned() };
    tell(&format!("{who} types:  {client} join '{link}'"));
    if place.config().registration.mode == RegistrationMode::Closed {
        tell("Registration is closed: the link works when registration.mode is \"invite\" again.");
    }
    if is_for_here {
        tell(
            "This link works on this machine only; set listen and public_address in the settings to let others in.",
        );
    }
    Ok(())
}
