//! What a command wants from the server, and how its answer reads.

mod reading;
mod sealed;

use client_cli::sealed::server_reads;
use client_cli::{Client, Post, Purged, RequestError};
use proto::ids::{AccountId, DeviceId, MessageId, RoomId, Seq};
use proto::limits;
use proto::message::{Command, Device, HistoryFrom, ReportCategory, RoomKind, RoomSummary};
use proto::text::Text;

use crate::cli::devices::{device_line, keys_of};
use crate::cli::exit::Failure;
use crate::cli::render::{posture, room_line, room_name};
use crate::cli::reports::report_line;

use super::files::{Asker, Job, Request};
use super::preferences::Ignored;

/// A question or act with everything it needs, so that it can be carried out while the rest goes on.
#[derive(Debug)]
pub(crate) enum Ask {
    Members {
        room: RoomId,
        name: String,
        only_online: bool,
    },
    Rooms {
        only_mine: bool,
    },
    Search {
        words: String,
        without: Ignored,
    },
    History {
        room: RoomId,
        from: HistoryFrom,
        limit: u16,
        without: Ignored,
    },
    /// What was said last in a room, up to where the live entries begin.
    Recent {
        room: RoomId,
        upto: Seq,
        read_upto: Seq,
        without: Ignored,
    },
    /// Finds out who has this name, to ignore them.
    Ignore {
        room: RoomId,
        place: String,
        name: String,
    },
    Devices,
    Revoke(DeviceId),
    Join {
        name: String,
    },
    Create {
        name: String,
        topic: String,
        sealed: bool,
    },
    Invite {
        room: RoomId,
        place: String,
        name: String,
    },
    PutOut {
        room: RoomId,
        place: String,
        name: String,
    },
    Keys {
        room: RoomId,
        place: String,
        kind: RoomKind,
    },
    Verify {
        name: String,
        matches: bool,
    },
    Approve {
        device: DeviceId,
        code: String,
    },
    Leave {
        room: RoomId,
        name: String,
    },
    /// Goes to the direct room with somebody.
    Direct {
        name: String,
    },
    /// Writes to somebody without going there.
    Tell {
        name: String,
        text: String,
        message_id: MessageId,
    },
    Post {
        room: RoomId,
        post: Post,
        message_id: MessageId,
    },
    Report {
        command: Command,
        about: String,
        category: &'static str,
    },
    ReportSealed {
        room: RoomId,
        seqs: Vec<Seq>,
        about: String,
        category: ReportCategory,
        note: String,
    },
    Reports,
    /// Removes what somebody wrote.
    Purge {
        command: Command,
        whom: String,
    },
    Do {
        command: Command,
        done: String,
    },
    Hurry,
    Files {
        request: Request,
        asker: Asker,
    },
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) lines: Vec<String>,
    /// The room to go to.
    pub(crate) go_to: Option<RoomSummary>,
    /// Something was not done; told in `lines`.
    pub(crate) failed: bool,
    /// A transfer to begin.
    pub(crate) job: Option<Job>,
    /// Somebody to ignore.
    pub(crate) ignore: Option<(AccountId, Text<{ limits::NAME }>)>,
}

impl Ask {
    /// Returns whether the person may be asked for something at the terminal, so that no line is read meanwhile.
    pub(crate) fn needs_the_terminal(&self) -> bool {
        matches!(
            self,
            Self::Files { request, asker } if asker.uses_the_terminal() && request.may_ask_for_a_passphrase()
        )
    }

    /// Returns where a message goes that stands in the log as being sent, and its id.
    pub(crate) fn message(&self) -> Option<(RoomId, MessageId)> {
        match self {
            Self::Post { room, message_id, .. } => Some((*room, *message_id)),
            _ => None,
        }
    }

    /// Carries it out; a failure becomes a line.
    pub(crate) async fn carry_out(self, client: Client) -> Outcome {
        let answer = match self {
            Self::Files { request, asker } => {
                let prepared = request.prepare(&client, &asker).await;
                prepared.map(|(job, lines)| Outcome { lines, job: Some(job), ..Outcome::default() })
            }
            other => other.answer(&client).await.map_err(Failure::from),
        };
        match answer {
            Ok(outcome) => outcome,
            Err(failure) => {
                let mut lines = vec![format!("-- {}", sentence(&failure.message))];
                lines.extend(
                    failure.hint.filter(|hint| !hint.contains("chat ")).map(|hint| format!("   {hint}")),
                );
                Outcome { lines, failed: true, ..Outcome::default() }
            }
        }
    }

    async fn answer(self, client: &Client) -> Result<Outcome, RequestError> {
        match self {
            Self::Rooms { only_mine } => {
                let rooms = if only_mine { client.rooms().await? } else { client.open_rooms().await? };
                let mut lines: Vec<_> = rooms.iter().map(room_line).collect();
                lines.push("-- /join ROOM joins one, /room ROOM goes to one of yours".to_owned());
                Ok(Outcome { lines, ..Outcome::default() })
            }
            Self::Devices => {
                let keys = keys_of(client).await;
                let devices = client.devices().await?;
                let of = |device: &Device| keys.iter().find(|keys| keys.device == device.device);
                Ok(lines(devices.iter().map(|device| device_line(device, of(device))).collect()))
            }
            Self::Revoke(device) => {
                client.revoke_device(device).await?;
                Ok(line(format!("-- device {device} is logged out for good")))
            }
            Self::Join { name } => client.join(&name).await.map(go_to),
            Self::Create { name, topic, sealed: false } => client.create_room(&name, &topic).await.map(go_to),
            Self::Create { name, topic, sealed: true } => {
                client.create_sealed(&name, &topic).await.map(go_to)
            }
            Self::Direct { name } => client.direct(&name).await.map(go_to),
            Self::Leave { room, name } => {
                client.leave(room).await?;
                Ok(line(format!("-- you left {name}")))
            }
            Self::Tell { name, text, message_id } => {
                let room = client.direct(&name).await?;
                let post = Post::Text { body: text, reply_to: None };
                client.post_later_as(room.room, post, message_id).await?;
                Ok(Outcome::default())
            }
            Self::Post { room, post, message_id } => {
                client.post_later_as(room, post, message_id).await?;
                Ok(Outcome::default())
            }
            Self::Report { command, about, category } => {
                let report = client.report(command).await?;
                Ok(line(format!(
                    "-- the moderators have your report {report} of {about} ({category}). /reports tells what becomes of it."
                )))
            }
            Self::Reports => {
                let reports = client.reports().await?;
                let mut lines: Vec<_> = reports.iter().map(report_line).collect();
                if lines.is_empty() {
                    lines.push("-- you have reported nothing".to_owned());
                }
                Ok(Outcome { lines, ..Outcome::default() })
            }
            Self::Purge { command, whom } => {
                let purged = client.purge(command).await?;
                Ok(line(format!("-- {}", purged_words(purged, &whom))))
            }
            Self::Do { command, done } => {
                client.done(command).await?;
                Ok(line(format!("-- {done}")))
            }
            Self::Hurry => {
                client.hurry().await?;
                Ok(Outcome::default())
            }
            // Needs more than the server; its caller sees to it.
            Self::Files { .. } => Ok(Outcome::default()),
            reading => reading.answer_reading(client).await,
        }
    }
}

/// Returns text as a sentence: a capital in front, a full stop behind.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.trim().trim_end_matches('.').chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// Returns what a purge removed as a sentence, and the way back.
fn purged_words(purged: Purged, whom: &str) -> String {
    let messages = match (purged.messages, purged.more) {
        (0, false) => return format!("{whom} has written nothing in that time; nothing was removed"),
        (1, false) => "1 message".to_owned(),
        (several, false) => format!("{several} messages"),
        (several, true) => format!("at least {several} messages"),
    };
    format!("removed {messages} of {whom}, in all rooms. For 24 hours the dashboard can bring them back.")
}

fn go_to(room: RoomSummary) -> Outcome {
    let reads = server_reads(room.kind);
    let line = format!("-- you are in {}{} ({reads})", room_name(&room), posture(&room));
    Outcome { lines: vec![line], go_to: Some(room), ..Outcome::default() }
}

fn line(line: String) -> Outcome {
    lines(vec![line])
}

fn lines(lines: Vec<String>) -> Outcome {
    Outcome { lines, ..Outcome::default() }
}
