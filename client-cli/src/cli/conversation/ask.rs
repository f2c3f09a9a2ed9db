//! What a command wants from the server, and how its answer reads.

mod sealed;

use client_cli::sealed::server_reads;
use client_cli::{Client, Post, RequestError};
use proto::ids::{DeviceId, MessageId, RoomId, Seq};
use proto::message::{Command, Device, HistoryFrom, ReportCategory, RoomKind, RoomSummary};

use crate::cli::devices::{device_line, keys_of};
use crate::cli::exit::Failure;
use crate::cli::lists::found_in;
use crate::cli::render::{Stamp, item_line, person_line, posture, room_line, room_name};
use crate::cli::reports::report_line;

use super::files::{Asker, Job, Request};

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
    },
    History {
        room: RoomId,
        from: HistoryFrom,
        limit: u16,
    },
    /// What was said last in a room, up to where the live entries begin.
    Recent {
        room: RoomId,
        upto: Seq,
        read_upto: Seq,
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
}

impl Ask {
    /// Returns whether the person may be asked for something at the terminal, so that no line is read meanwhile.
    pub(crate) fn needs_the_terminal(&self) -> bool {
        matches!(
            self,
            Self::Files { request, asker } if asker.uses_the_terminal() && request.may_ask_for_a_passphrase()
        )
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
            Self::Members { room, name, only_online } => members(client, room, &name, only_online).await,
            Self::Rooms { only_mine } => {
                let rooms = if only_mine { client.rooms().await? } else { client.open_rooms().await? };
                let mut lines: Vec<_> = rooms.iter().map(room_line).collect();
                lines.push("-- /join ROOM joins one, /room ROOM goes to one of yours".to_owned());
                Ok(Outcome { lines, ..Outcome::default() })
            }
            Self::Search { words } => search(client, &words).await,
            Self::History { room, from, limit } => history(client, room, from, limit).await,
            Self::Recent { room, upto, read_upto } => recent(client, room, upto, read_upto).await,
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
            sealed => sealed.answer_sealed(client).await,
        }
    }
}

/// Returns text as a sentence: a capital in front, a full stop behind.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.trim().trim_end_matches('.').chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

async fn members(
    client: &Client,
    room: RoomId,
    name: &str,
    only_online: bool,
) -> Result<Outcome, RequestError> {
    let list = client.members(room).await?;
    let shown = list.people.iter().filter(|person| person.online || !only_online);
    let mut lines: Vec<_> = shown.map(person_line).collect();
    lines.push(format!("-- {name}: {} members, {} online", list.members, list.online));
    Ok(Outcome { lines, ..Outcome::default() })
}

async fn search(client: &Client, words: &str) -> Result<Outcome, RequestError> {
    let page = client.search(words, None, 0, SEARCH_LIMIT).await?;
    let rooms = client.rooms().await?;
    let me = client.welcome().name.to_string();
    let hits = page.hits.iter();
    let mut lines: Vec<_> =
        hits.map(|hit| item_line(&hit.item, Some(&found_in(&rooms, hit)), Stamp::Full, &me)).collect();
    lines.push(match (lines.is_empty(), page.next) {
        (true, _) => {
            "-- nothing found in the rooms you are in; sealed ones are searched on this device".to_owned()
        }
        (false, 0) => "-- that is all".to_owned(),
        (false, _) => "-- there is more; add a word to narrow it down".to_owned(),
    });
    Ok(Outcome { lines, ..Outcome::default() })
}

async fn history(
    client: &Client,
    room: RoomId,
    from: HistoryFrom,
    limit: u16,
) -> Result<Outcome, RequestError> {
    let page = client.history(room, from, limit).await?;
    let me = client.welcome().name.to_string();
    let mut lines: Vec<_> = page.items.iter().map(|item| item_line(item, None, Stamp::Full, &me)).collect();
    match page.items.first() {
        None => lines.push("-- nothing was said here before".to_owned()),
        Some(first) if page.more => {
            lines.push(format!("-- earlier: /history {limit} before {}", first.entry.seq));
        }
        Some(_) => lines.push("-- that is the beginning".to_owned()),
    }
    Ok(Outcome { lines, ..Outcome::default() })
}

async fn recent(client: &Client, room: RoomId, upto: Seq, read_upto: Seq) -> Result<Outcome, RequestError> {
    let page = client.history(room, HistoryFrom::Before(upto.next()), RECENT).await?;
    let me = client.welcome().name.to_string();
    let mut lines = Vec::new();
    let mut marked = false;
    for item in page.items.iter() {
        if !marked && read_upto < item.entry.seq && !lines.is_empty() {
            lines.push("-- new --".to_owned());
            marked = true;
        }
        lines.push(item_line(item, None, Stamp::Full, &me));
    }
    Ok(Outcome { lines, ..Outcome::default() })
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

const RECENT: u16 = 15;
const SEARCH_LIMIT: u16 = 20;
