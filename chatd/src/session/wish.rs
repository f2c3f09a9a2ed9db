//! What a command means, with every text judged once; what comes out is valid.

use domain::name::{AccountName, RoomName};
use domain::text;
use proto::ids::{RoomId, Seq};
use proto::limits;
use proto::message::{Command, Content, HistoryFrom};
use proto::refusal::{Code, Refusal};
use proto::text::Text;

use crate::hub::Deed;
use crate::refuse;

/// What a session does about a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    /// Say that it is done.
    Nothing,
    /// Read the database.
    Read(Query),
    /// Let the hub decide and the journal write.
    Write(Deed),
    /// Let go.
    Leave,
}

/// Something the database is read for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Query {
    Rooms { after: Text<{ limits::ROOM_NAME }> },
    Members { room: RoomId, after: Text<{ limits::NAME }> },
    History { room: RoomId, from: HistoryFrom, limit: usize },
    Search { query: Text<{ limits::QUERY }>, room: Option<RoomId>, before: u64, limit: usize },
    Devices,
}

/// Reads a command.
///
/// # Errors
/// A refusal that says which text is not acceptable and why.
pub(super) fn wish(command: Command) -> Result<Wish, Refusal> {
    let wish = match command {
        Command::Ping => Wish::Nothing,
        Command::Bye => Wish::Leave,
        Command::ListRooms { after } => Wish::Read(Query::Rooms { after }),
        Command::ListMembers { room, after } => Wish::Read(Query::Members { room, after }),
        Command::History { room, from, limit } => {
            Wish::Read(Query::History { room, from, limit: page(limit) })
        }
        Command::Search { query, room, before, limit } => {
            Wish::Read(Query::Search { query, room, before, limit: page(limit) })
        }
        Command::ListDevices => Wish::Read(Query::Devices),
        Command::ConfirmTotp { .. } => {
            return Err(Refusal::new(Code::BadInput, "This connection is logged in already."));
        }
        Command::Appeal { .. } => {
            return Err(Refusal::new(
                Code::BadInput,
                "This account is not banned: there is nothing to appeal.",
            ));
        }
        Command::Report { .. }
        | Command::ListReports
        | Command::Mute { .. }
        | Command::Unmute { .. }
        | Command::RoomBan { .. }
        | Command::RoomUnban { .. }
        | Command::SlowMode { .. }
        | Command::Raid { .. } => {
            return Err(Refusal::new(Code::NotPermitted, "This server does not carry out this command."));
        }
        other => Wish::Write(deed(other)?),
    };
    Ok(wish)
}

fn deed(command: Command) -> Result<Deed, Refusal> {
    let deed = match command {
        Command::Send { room, message_id, body, reply_to } => {
            text::message_body(&body).map_err(|error| refuse::text(&error))?;
            Deed::Append { room, message_id, content: Content::Text { body, reply_to } }
        }
        Command::Edit { room, message_id, target, body } => {
            text::message_body(&body).map_err(|error| refuse::text(&error))?;
            Deed::Append { room, message_id, content: Content::Edit { target, body } }
        }
        Command::Delete { room, message_id, target } => {
            Deed::Append { room, message_id, content: Content::Delete { target } }
        }
        Command::React { room, message_id, target, emoji, change } => {
            text::reaction(&emoji).map_err(|error| refuse::text(&error))?;
            Deed::Append { room, message_id, content: Content::Reaction { target, emoji, change } }
        }
        Command::SetTopic { room, message_id, topic } => {
            Deed::Append { room, message_id, content: Content::Topic { topic: line(topic)? } }
        }
        Command::CreateRoom { name, topic } => {
            Deed::CreateRoom { name: room_name(&name)?, topic: line(topic)? }
        }
        Command::Join { name } => Deed::Join { name: room_name(&name)? },
        Command::Leave { room } => Deed::Leave { room },
        Command::OpenDirect { name } => Deed::OpenDirect { with: account_name(&name)? },
        Command::MarkRead { room, upto } => Deed::MarkRead { room, upto: upto.max(Seq::START) },
        Command::RevokeDevice { device } => Deed::RevokeDevice { device },
        Command::Kick { room, name, reason } => {
            Deed::Kick { room, whom: account_name(&name)?, reason: line(reason)? }
        }
        Command::Ban { name, reason, seconds } => {
            Deed::Ban { whom: account_name(&name)?, reason: line(reason)?, seconds: ban_length(seconds)? }
        }
        Command::Unban { name, reason } => Deed::Unban { whom: account_name(&name)?, reason: line(reason)? },
        _ => return Err(refuse::protocol("This command is not known here.")),
    };
    Ok(deed)
}

fn line<const MAX: usize>(line: Text<MAX>) -> Result<Text<MAX>, Refusal> {
    text::line(&line).map_err(|error| refuse::text(&error))?;
    Ok(line)
}

fn room_name(name: &str) -> Result<RoomName, Refusal> {
    RoomName::parse(name).map_err(|error| refuse::name(&error))
}

/// A name nobody can have is the name of nobody.
fn account_name(name: &str) -> Result<AccountName, Refusal> {
    AccountName::parse(name).map_err(|_| refuse::no_such_account())
}

fn ban_length(seconds: Option<u64>) -> Result<Option<u64>, Refusal> {
    match seconds {
        Some(0) => Err(Refusal::new(
            Code::BadInput,
            "A ban of no length does nothing; give seconds or leave it out.",
        )),
        Some(seconds) if limits::BAN_SECONDS < seconds => Err(Refusal::new(
            Code::BadInput,
            "A ban with an end lasts ten years at most; leave the length out to ban for good.",
        )),
        other => Ok(other),
    }
}

fn page(limit: u16) -> usize {
    usize::from(limit).clamp(1, limits::PAGE)
}
