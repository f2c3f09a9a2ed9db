//! What can be done to one person: role, second factor, devices, messages, notes.

use domain::role;
use proto::ids::{AccountId, DeviceId};
use store::Subject;

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

fn home(id: AccountId) -> String {
    format!("/users/{id}")
}
