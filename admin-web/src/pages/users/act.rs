//! What can be done to one person: role, second factor, devices, messages, notes.

use domain::role::{self, Action};
use proto::ids::{AccountId, DeviceId, PurgeId, Timestamp};
use store::Subject;

use crate::pages::bans::one::required_reason;
use crate::pages::history;
use crate::pages::kit::{self, Call, Refusal, Reply};

/// `POST /users/ID/note`
pub(crate) async fn note(call: Call, id: AccountId) -> Result<Reply, Refusal> {
    history::add_note(call, Subject::Account(id), &home(id)).await
}

/// `POST /users/ID/role`
pub(crate) async fn set_role(call: Call, id: AccountId) -> Result<Reply, Refusal> {
    call.stepped_up(&home(id))?;
    let Some(given) = role::from_word(call.form.get("role")) else {
        return Err(Refusal::Invalid("Choose a role.".to_owned()));
    };
    call.act(move |staff| staff.set_role(id, given)).await?;
    kit::done(&home(id), &format!("The role is {}.", role::word(given)))
}

/// `POST /devices/ID/revoke`
pub(crate) async fn revoke(call: Call, device: DeviceId) -> Result<Reply, Refusal> {
    let row = call.read(move |reads| reads.device(device)).await?.ok_or(Refusal::NotFound)?;
    let id = row.account;
    call.act(move |staff| staff.revoke_device(id, device)).await?;
    kit::done(&home(id), "The login of that device has ended.")
}

/// `POST /users/ID/purge`: removes what somebody wrote; the name is typed to confirm.
pub(crate) async fn purge(call: Call, id: AccountId) -> Result<Reply, Refusal> {
    call.must(Action::Purge)?;
    call.stepped_up(&home(id))?;
    let name = call.read(move |reads| reads.name_of(Some(id))).await?.ok_or(Refusal::NotFound)?;
    let typed = call.form.get("confirm");
    if typed.strip_prefix('@').unwrap_or(typed) != &*name {
        return Err(Refusal::Invalid(
            "The name you typed is not this person's, so nothing was removed.".to_owned(),
        ));
    }
    let since = match call.form.get("since") {
        "all" => Timestamp(0),
        hours => match hours.parse::<i64>().ok().filter(|hours| (1..=8_760).contains(hours)) {
            Some(hours) => call.now.plus_ms(-hours * 3_600_000),
            None => return Err(Refusal::Invalid("Choose how far back to remove messages.".to_owned())),
        },
    };
    let reason = required_reason(&call)?;
    call.act(move |staff| staff.purge(id, since, &reason, None)).await?;
    kit::done(&home(id), "Removed. It can be brought back for 24 hours.")
}

/// `POST /purges/ID/undo`
pub(crate) async fn undo_purge(call: Call, purge: PurgeId) -> Result<Reply, Refusal> {
    let row = call.read(move |reads| reads.purge(purge)).await?.ok_or(Refusal::NotFound)?;
    let id = row.account;
    call.act(move |staff| staff.undo_purge(purge)).await?;
    kit::done(&home(id), "The messages are back.")
}

fn home(id: AccountId) -> String {
    format!("/users/{id}")
}
