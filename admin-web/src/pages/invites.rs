//! Invites: the list, a new one whose link is shown once, revoking.

use askama::Template;
use domain::role::{self, Action};
use domain::sanction::Length;
use domain::token;
use proto::ids::{InviteId, Timestamp};
use proto::invite::InviteLink;
use store::{InviteLine, NewInvite};

use crate::filters;
use crate::forms::{Faults, number};
use crate::pages::kit::{self, Call, Refusal, Reply};
use crate::pages::words;
use crate::shell::Shell;
use crate::view::{Choice, Mark, Pager, When, count};

#[derive(Template)]
#[template(path = "invites.html")]
struct Invites {
    shell: Shell,
    link: String,
    address: String,
    may_invite: bool,
    may_ban_joiners: bool,
    roles: Vec<Choice>,
    lengths: Vec<Choice>,
    faults: Faults,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: u64,
    by: String,
    role: &'static str,
    left: u32,
    joined: String,
    at: When,
    until: When,
    state: Mark,
    may_revoke: bool,
}

/// Invites on a page.
const PAGE: usize = 50;
/// Most accounts by one invite.
const USES: u32 = 1_000;
/// The port of the chat, when the address does not name one.
const PORT: u16 = 7_777;
const LENGTHS: [(&str, &str); 4] = [("1h", "1 hour"), ("1d", "1 day"), ("7d", "7 days"), ("30d", "30 days")];

/// `GET /invites`
pub(crate) async fn page(call: Call) -> Result<Reply, Refusal> {
    kit::page(&show(&call, String::new(), Faults::default()).await?)
}

/// `POST /invites`: makes one and shows its link, this once.
pub(crate) async fn submit(call: Call) -> Result<Reply, Refusal> {
    let mut faults = Faults::default();
    let given =
        role::from_word(call.form.get("role")).filter(|given| role::may_act_on(call.viewer.role, *given));
    let given = faults.take("role", given.ok_or("Choose a role below your own."));
    let uses = number("uses", &call.form, 1, USES, &mut faults);
    let length = faults.take("length", Length::parse(call.form.get("length")));
    let address = faults.take("address", address(call.form.get("address")));
    let end = length.and_then(|length| length.end(call.now));
    let (Some(given), Some(uses), Some(expires_at), Some((host, port))) = (given, uses, end, address) else {
        return kit::faulty(&show(&call, String::new(), faults).await?);
    };
    let secret = token::generate();
    let new = NewInvite {
        digest: token::digest(&secret),
        role: given,
        uses,
        expires_at,
        by: Some(call.viewer.account),
        at: call.now,
    };
    call.act(move |staff| staff.create_invite(&new)).await?;
    let link = InviteLink { host, port, server_key: call.app.keys.public(), token: secret }.to_string();
    kit::page(&show(&call, link, Faults::default()).await?)
}

/// `POST /invites/ID/revoke`
pub(crate) async fn revoke(call: Call, id: InviteId) -> Result<Reply, Refusal> {
    let joiners = call.form.ticked("joiners");
    if joiners {
        call.stepped_up("/invites")?;
    }
    call.act(move |staff| staff.revoke_invite(id, joiners)).await?;
    let done = if joiners {
        "Revoked, and everybody who came by it is banned."
    } else {
        "Revoked. Nobody can use it any more."
    };
    kit::done("/invites", done)
}

/// Reads host and port as people type them.
fn address(typed: &str) -> Result<(String, u16), String> {
    let typed = typed.trim();
    let (host, port) = match typed.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().map_err(|_| format!("\"{port}\" is not a port."))?)
        }
        _ => (typed, PORT),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let fits = !host.is_empty()
        && host.len() <= proto::limits::HOST
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte));
    if fits {
        Ok((host.to_owned(), port))
    } else {
        Err("Write the address people's clients connect to, like chat.example.org:7777.".to_owned())
    }
}

async fn show(call: &Call, link: String, faults: Faults) -> Result<Invites, Refusal> {
    let from = call.query.get("from").to_owned();
    let cursor = from.parse().ok().and_then(InviteId::new);
    let found = call.read(move |reads| reads.invites_page(cursor, PAGE)).await?;
    let next = kit::next(&found, |line| line.row.id.to_string());
    let (now, may) = (call.now, call.may(Action::Invite));
    let chosen = call.form.get("length");
    Ok(Invites {
        shell: call.shell.clone(),
        link,
        address: call.form.get("address").to_owned(),
        may_invite: may,
        may_ban_joiners: call.may(Action::BanLineage),
        roles: words::roles_below(call.viewer.role, proto::message::Role::Member),
        lengths: Choice::menu(&LENGTHS, if chosen.is_empty() { "1d" } else { chosen }),
        faults,
        rows: found.items.iter().map(|line| row(line, may, now)).collect(),
        pager: Pager::new("/invites", &[], &from, next),
    })
}

fn row(line: &InviteLine, may: bool, now: Timestamp) -> Row {
    let good = line.row.is_good(now);
    let state = match (line.row.revoked, good, line.row.uses_left) {
        (true, _, _) => Mark::new("muted", "revoked"),
        (false, true, _) => Mark::new("good", "good"),
        (false, false, 0) => Mark::new("muted", "used up"),
        (false, false, _) => Mark::new("muted", "ended"),
    };
    Row {
        id: line.row.id.get(),
        by: line.by_name.as_deref().unwrap_or("the operator").to_owned(),
        role: role::word(line.row.role),
        left: line.row.uses_left,
        joined: count(line.joined),
        at: When::new(line.row.created_at, now),
        until: When::new(line.row.expires_at, now),
        state,
        may_revoke: may && !line.row.revoked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_with_or_without_a_port() {
        let read = |typed: &str| address(typed).ok();
        assert_eq!(read("chat.example.org"), Some(("chat.example.org".to_owned(), PORT)));
        assert_eq!(read("chat.example.org:99"), Some(("chat.example.org".to_owned(), 99)));
        assert_eq!(read("[2001:db8::1]:99"), Some(("2001:db8::1".to_owned(), 99)));
        assert_eq!(read("2001:db8::1"), Some(("2001:db8::1".to_owned(), PORT)));
        for wrong in ["", ":99", "a b", "chat.example.org:x", "<script>"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
