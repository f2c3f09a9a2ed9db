//! The commands of `chat run` for reporters and moderators.

use proto::message::{Command as Wire, ReportWhat};
use serde_json::{Value, json};

use crate::cli::exit::Failure;
use crate::cli::{online, reports};

use super::command::{Command, Runner, done, text};

/// Carries out a moderator's command.
pub(super) async fn moderate(runner: &Runner, command: Command) -> Result<Value, Failure> {
    let wire = match command {
        Command::Kick { room, name, reason } => {
            Wire::Kick { room: runner.room(&room).await?, name: text(name)?, reason: text(reason)? }
        }
        Command::Ban { name, seconds, reason } => {
            Wire::Ban { name: text(name)?, reason: text(reason)?, seconds }
        }
        Command::Unban { name, reason } => Wire::Unban { name: text(name)?, reason: text(reason)? },
        Command::Mute { room, name, seconds, reason } => {
            let room = maybe(runner, room).await?;
            Wire::Mute { room, name: text(name)?, reason: text(reason)?, seconds }
        }
        Command::Unmute { room, name, reason } => {
            Wire::Unmute { room: maybe(runner, room).await?, name: text(name)?, reason: text(reason)? }
        }
        Command::RoomBan { room, name, seconds, reason } => {
            let room = runner.room(&room).await?;
            Wire::RoomBan { room, name: text(name)?, reason: text(reason)?, seconds }
        }
        Command::RoomUnban { room, name, reason } => {
            Wire::RoomUnban { room: runner.room(&room).await?, name: text(name)?, reason: text(reason)? }
        }
        Command::Slow { room, seconds } => Wire::SlowMode { room: runner.room(&room).await?, seconds },
        Command::Raid { level, minutes, reason } => Wire::Raid { level, minutes, reason: text(reason)? },
        _ => return Err(Failure::usage("not a command for moderators")),
    };
    done(runner.client.done(wire).await)
}

/// Removes what somebody wrote. How far back has to be said: a forgotten field must not remove everything.
pub(super) async fn purge(runner: &Runner, command: Command) -> Result<Value, Failure> {
    let Command::Purge { name, seconds, all, reason } = command else {
        return Err(Failure::usage("not a purge"));
    };
    if seconds.is_none() != all {
        return Err(Failure::usage("a purge has seconds, or all: true"));
    }
    let purged =
        runner.client.purge(Wire::Purge { name: text(name)?, reason: text(reason)?, seconds }).await?;
    Ok(json!({ "messages": purged.messages, "more": purged.more }))
}

/// Makes a report: of messages in a room, or of a person.
pub(super) async fn report(runner: &Runner, command: Command) -> Result<Value, Failure> {
    let Command::Report { room, seqs, name, category, note, around } = command else {
        return Err(Failure::usage("not a report"));
    };
    let (category, note) = (reports::category(&category)?, text(note)?);
    let report = match (name, seqs.is_empty()) {
        (Some(name), true) => {
            let what = ReportWhat::Account { name: text(name)? };
            runner.client.report(Wire::Report { what, category, note }).await?
        }
        (None, false) => {
            let room = online::room(&runner.client, room.as_deref().unwrap_or("lobby")).await?;
            let messages = reports::Messages { seqs: &seqs, around: around.min(5), category, note };
            reports::report_messages(&runner.client, &room, messages).await?
        }
        _ => return Err(Failure::usage("a report has seqs (of a room) or a name, not both")),
    };
    Ok(json!({ "report_id": report.get() }))
}

async fn maybe(runner: &Runner, room: Option<String>) -> Result<Option<proto::ids::RoomId>, Failure> {
    match room {
        Some(room) => Ok(Some(runner.room(&room).await?)),
        None => Ok(None),
    }
}
