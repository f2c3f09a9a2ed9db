//! What a command means, with every text judged once; what comes out is valid.

use domain::name::{AccountName, RoomName};
use domain::raid::RaidLevel;
use domain::text;
use proto::ids::{Epoch, RoomId, Seq};
use proto::limits;
use proto::message::{Command, Content, HistoryFrom};
use proto::refusal::{Code, Refusal};
use proto::text::Text;

use super::factor::FactorWish;
use super::transfers::FileWish;
use crate::files;
use crate::groups::{Message, ToJudge};
use crate::hub::{Deed, RaidOrder, SealedDeed, SealedReport};
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
    /// Bring or fetch a file.
    Transfer(FileWish),
    /// Replace one's authenticator.
    Factor(FactorWish),
    /// Look at the head of a message of a sealed room, then write it.
    Post(Message),
    /// Let go.
    Leave,
}

/// Something the database is read for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Query {
    Rooms {
        after: Text<{ limits::ROOM_NAME }>,
    },
    Members {
        room: RoomId,
        after: Text<{ limits::NAME }>,
    },
    History {
        room: RoomId,
        from: HistoryFrom,
        limit: usize,
    },
    Search {
        query: Text<{ limits::QUERY }>,
        room: Option<RoomId>,
        before: u64,
        limit: usize,
    },
    Devices,
    Reports,
    /// The identity of somebody, or one's own.
    Identity {
        whom: Option<AccountName>,
    },
    Welcomes,
    Tree {
        room: RoomId,
        epoch: Epoch,
        offset: u64,
        len: usize,
    },
    GroupInfo {
        room: RoomId,
    },
    Host,
    /// Not a query: it is judged beside them, and then written.
    Judge(ToJudge),
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
        Command::ListReports => Wish::Read(Query::Reports),
        Command::Identity { name } if name.is_empty() => Wish::Read(Query::Identity { whom: None }),
        Command::Identity { name } => Wish::Read(Query::Identity { whom: Some(account_name(&name)?) }),
        Command::ListWelcomes => Wish::Read(Query::Welcomes),
        Command::FetchTree { room, epoch, offset, len } => {
            let len = usize::try_from(len).unwrap_or(limits::PIECE).min(limits::PIECE);
            Wish::Read(Query::Tree { room, epoch, offset, len })
        }
        Command::FetchGroupInfo { room } => Wish::Read(Query::GroupInfo { room }),
        Command::FetchHost => Wish::Read(Query::Host),
        Command::SendSealed { room, message_id, epoch, message, blob } => {
            Wish::Post(Message { room, message_id, epoch, message, blob })
        }
        Command::BeginUpload { room, blob, sealed_size } => {
            Wish::Transfer(FileWish::Begin { room, blob, size: sealed_size })
        }
        Command::UploadPiece { blob, offset, bytes } => {
            Wish::Transfer(FileWish::Piece { blob, offset, bytes: bytes.into_inner() })
        }
        Command::FinishUpload { blob } => Wish::Transfer(FileWish::Finish { blob }),
        Command::CancelUpload { blob } => Wish::Transfer(FileWish::Cancel { blob }),
        Command::FetchPiece { room, seq, offset, len } => {
            Wish::Transfer(FileWish::Fetch { room, seq, stretch: files::stretch(offset, len) })
        }
        Command::RenewTotp { password, code } => Wish::Factor(FactorWish::Renew { password, code }),
        Command::ConfirmTotp { code } => Wish::Factor(FactorWish::Confirm { code }),
        Command::Appeal { .. } => {
            return Err(Refusal::new(
                Code::BadInput,
                "There is no ban to appeal against: you are logged in.",
            ));
        }
        other => match to_judge(other) {
            Ok(judged) => Wish::Read(Query::Judge(judged)),
            Err(other) => Wish::Write(deed(*other)?),
        },
    };
    Ok(wish)
}

/// What is judged before it is written; everything else comes back.
fn to_judge(command: Command) -> Result<ToJudge, Box<Command>> {
    Ok(match command {
        Command::StartGroup { room, group_info, tree } => ToJudge::Start { room, group_info, tree },
        Command::Commit { room, message_id, epoch, commit, group_info, welcome } => {
            ToJudge::Commit { room, message_id, epoch, commit, group_info, welcome }
        }
        Command::PublishIdentity { key, certificate, signature_key, replaces } => {
            ToJudge::Identity { key, certificate, signature_key, replaces }
        }
        Command::ApproveDevice { device, certificate, parcel } => {
            ToJudge::Approval { device, certificate, parcel }
        }
        Command::PublishKeyPackages { packages, last_resort } => {
            ToJudge::KeyPackages { packages, last_resort }
        }
        other => return Err(Box::new(other)),
    })
}

fn deed(command: Command) -> Result<Deed, Refusal> {
    let deed = match command {
        Command::Send { room, message_id, body, reply_to } => {
            text::message_body(&body).map_err(|error| refuse::text(&error))?;
            Deed::Append { room, message_id, content: Content::Text { body, reply_to } }
        }
        Command::SendFile { room, message_id, file, caption, reply_to } => {
            domain::file::check(&file).map_err(|error| refuse::text(&error))?;
            domain::file::check_caption(&caption).map_err(|error| refuse::text(&error))?;
            Deed::Append { room, message_id, content: Content::File { file, caption, reply_to } }
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
        Command::CreateSealed { message_id, with } => {
            let with = with.map(|name| account_name(&name)).transpose()?;
            sealed(SealedDeed::Create { message_id, with })
        }
        Command::AskApproval { signature_key } => sealed(SealedDeed::AskApproval { signature_key }),
        Command::TakeKeyPackages { room, name } => {
            sealed(SealedDeed::TakeKeyPackages { room, whom: account_name(&name)? })
        }
        Command::DropWelcome { id } => sealed(SealedDeed::DropWelcome { id }),
        Command::CannotRead { room, seq } => sealed(SealedDeed::CannotRead { room, seq }),
        other => return measure(other),
    };
    Ok(deed)
}

fn sealed(deed: SealedDeed) -> Deed {
    Deed::Sealed(Box::new(deed))
}

/// What staff do about people and rooms, and what people tell them.
fn measure(command: Command) -> Result<Deed, Refusal> {
    let deed = match command {
        Command::Mute { room, name, reason, seconds } => {
            let (whom, reason) = (account_name(&name)?, line(reason)?);
            Deed::Mute { room, whom, reason, seconds: ban_length(seconds)? }
        }
        Command::Unmute { room, name, reason } => {
            Deed::Unmute { room, whom: account_name(&name)?, reason: line(reason)? }
        }
        Command::RoomBan { room, name, reason, seconds } => {
            let (whom, reason) = (account_name(&name)?, line(reason)?);
            Deed::RoomBan { room, whom, reason, seconds: ban_length(seconds)? }
        }
        Command::RoomUnban { room, name, reason } => {
            Deed::RoomUnban { room, whom: account_name(&name)?, reason: line(reason)? }
        }
        Command::SlowMode { room, seconds } if seconds <= limits::SLOW_SECONDS => {
            Deed::SlowMode { room, seconds }
        }
        Command::SlowMode { .. } => {
            return Err(Refusal::new(Code::BadInput, "Slow mode is at most six hours between two messages."));
        }
        Command::Raid { level, minutes, reason } => {
            Deed::Raid { posture: raid(level, minutes)?, reason: line(reason)? }
        }
        Command::Purge { name, reason, seconds } => {
            let (whom, reason) = (account_name(&name)?, line(reason)?);
            Deed::Purge { whom, reason, seconds: stretch_back(seconds)? }
        }
        Command::Report { what, category, note } => Deed::Report { what, category, note: line(note)? },
        Command::ReportSealed { room, category, note, opened } => Deed::ReportSealed(SealedReport {
            room,
            category,
            note: line(note)?,
            opened: opened.into_inner(),
        }),
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

fn stretch_back(seconds: Option<u64>) -> Result<Option<u64>, Refusal> {
    match seconds {
        Some(seconds) if seconds == 0 || limits::PURGE_SECONDS < seconds => Err(Refusal::new(
            Code::BadInput,
            "A purge goes back between a second and a year; leave the length out to remove everything.",
        )),
        other => Ok(other),
    }
}

fn raid(level: u8, minutes: u32) -> Result<RaidOrder, Refusal> {
    let level = RaidLevel::new(level).ok_or_else(|| {
        Refusal::new(Code::BadInput, "A raid level is 5 (every day), 4, 3, 2 or 1 (staff only).")
    })?;
    if limits::RAID_MINUTES < minutes {
        let words = "A raid level that ends by itself lasts four weeks at most; give 0 for no end.";
        return Err(Refusal::new(Code::BadInput, words));
    }
    Ok(RaidOrder { level, minutes: Some(minutes).filter(|minutes| *minutes != 0) })
}

fn page(limit: u16) -> usize {
    usize::from(limit).clamp(1, limits::PAGE)
}
