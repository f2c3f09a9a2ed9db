//! Which action of the permission table a deed is.

use domain::role::{self, Action};
use proto::message::{Content, Role};
use proto::refusal::{Code, Refusal};

use super::input::Deed;

/// Refuses what the role does not permit. Whose message or account it is about is judged where that is known.
pub(super) fn permit(role: Role, deed: &Deed) -> Result<(), Refusal> {
    let action = action(deed);
    if role::permits(role, action) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::NotPermitted,
        &format!("Your role does not permit this: {}.", role::words(action)),
    ))
}

/// Whether somebody of this role may remove what others wrote.
pub(crate) fn removes_others_texts(role: Role) -> bool {
    role::permits(role, Action::DeleteAny)
}

fn action(deed: &Deed) -> Action {
    match deed {
        Deed::Append { content, room, .. } => match content {
            Content::Text { .. } | Content::Created | Content::Removed { .. } => Action::Send,
            Content::Edit { .. } => Action::EditOwn,
            Content::Delete { .. } => Action::DeleteOwn,
            Content::Reaction { .. } => Action::React,
            Content::Topic { .. } if *room == store::LOBBY => Action::SetLobbyTopic,
            Content::Topic { .. } => Action::SetTopic,
        },
        Deed::CreateRoom { .. } => Action::CreateRoom,
        Deed::Join { .. } => Action::JoinOpen,
        Deed::OpenDirect { .. } => Action::OpenDirect,
        Deed::Kick { .. } => Action::Kick,
        Deed::Ban { .. } => Action::Ban,
        Deed::Unban { .. } => Action::Unban,
        // What concerns only oneself is for everybody who may read.
        Deed::Leave { .. } | Deed::MarkRead { .. } | Deed::RevokeDevice { .. } => Action::Read,
    }
}
