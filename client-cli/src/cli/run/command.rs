//! The commands of `chat run`.

use client_cli::{Accepted, Client, Post};
use proto::ids::{DeviceId, RoomId};
use proto::message::{HistoryFrom, ReactionChange};
use proto::text::{Text, TooLong};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cli::devices::keys_of;
use crate::cli::exit::Failure;
use crate::cli::json::{DeviceKeyLine, Object, Seen, hex, role_name};
use crate::cli::lists::place;
use crate::cli::online;
use crate::cli::render::iso_time;

use super::{moderation, sealed};

/// A command as it stands on a line. `docs/USERGUIDE.md` lists them; a test compares.
#[derive(Debug, Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Command {
    Send {
        room: String,
        text: String,
        reply_to: Option<u64>,
    },
    Edit {
        room: String,
        seq: u64,
        text: String,
    },
    Delete {
        room: String,
        seq: u64,
    },
    React {
        room: String,
        seq: u64,
        emoji: String,
        #[serde(default)]
        remove: bool,
    },
    Topic {
        room: String,
        topic: String,
    },
    Join {
        room: String,
    },
    Leave {
        room: String,
    },
    Create {
        room: String,
        #[serde(default)]
        topic: String,
        #[serde(default)]
        sealed: bool,
    },
    Rooms {
        #[serde(default)]
        all: bool,
    },
    Members {
        room: String,
    },
    History {
        room: String,
        before: Option<u64>,
        after: Option<u64>,
        #[serde(default = "fifty")]
        limit: u16,
    },
    Search {
        words: String,
        room: Option<String>,
        #[serde(default)]
        before: u64,
        #[serde(default = "fifty")]
        limit: u16,
    },
    Read {
        room: String,
        seq: u64,
    },
    Devices {},
    Revoke {
        device: u64,
    },
    Invite {
        room: String,
        name: String,
    },
    Remove {
        room: String,
        name: String,
    },
    Keys {
        room: String,
    },
    Verify {
        name: String,
        #[serde(default)]
        matches: bool,
    },
    Approve {
        device: u64,
        code: String,
    },
    Kick {
        room: String,
        name: String,
        #[serde(default)]
        reason: String,
    },
    Ban {
        name: String,
        seconds: Option<u64>,
        #[serde(default)]
        reason: String,
    },
    Unban {
        name: String,
        #[serde(default)]
        reason: String,
    },
    Report {
        room: Option<String>,
        #[serde(default)]
        seqs: Vec<u64>,
        name: Option<String>,
        #[serde(default = "other")]
        category: String,
        #[serde(default)]
        note: String,
        #[serde(default)]
        around: u16,
    },
    Reports {},
    Mute {
        room: Option<String>,
        name: String,
        seconds: Option<u64>,
        #[serde(default)]
        reason: String,
    },
    Unmute {
        room: Option<String>,
        name: String,
        #[serde(default)]
        reason: String,
    },
    RoomBan {
        room: String,
        name: String,
        seconds: Option<u64>,
        #[serde(default)]
        reason: String,
    },
    RoomUnban {
        room: String,
        name: String,
        #[serde(default)]
        reason: String,
    },
    Slow {
        room: String,
        seconds: u32,
    },
    Raid {
        level: u8,
        #[serde(default)]
        minutes: u32,
        #[serde(default)]
        reason: String,
    },
    Purge {
        name: String,
        seconds: Option<u64>,
        /// Everything, instead of a number of seconds.
        #[serde(default)]
        all: bool,
        #[serde(default)]
        reason: String,
    },
    Whoami {},
    Quit,
}

/// Carries commands out.
pub(super) struct Runner {
    pub(super) client: Client,
}

impl Runner {
    /// Returns the fields of the answer.
    pub(super) async fn carry_out(&self, command: Command) -> Result<Value, Failure> {
        match command {
            Command::Send { room, text, reply_to } => {
                let reply_to = reply_to.map(place).transpose()?;
                self.post(&room, Post::Text { body: text, reply_to }).await
            }
            Command::Edit { room, seq, text } => {
                self.post(&room, Post::Edit { target: place(seq)?, body: text }).await
            }
            Command::Delete { room, seq } => self.post(&room, Post::Delete { target: place(seq)? }).await,
            Command::React { room, seq, emoji, remove } => {
                let change = if remove { ReactionChange::Remove } else { ReactionChange::Add };
                self.post(&room, Post::React { target: place(seq)?, emoji, change }).await
            }
            Command::Topic { room, topic } => self.post(&room, Post::Topic { topic }).await,
            Command::Join { room } => Ok(self.room_value(&self.client.join(&room).await?)),
            Command::Create { room, topic, sealed: false } => {
                Ok(self.room_value(&self.client.create_room(&room, &topic).await?))
            }
            Command::Create { room, topic, sealed: true } => {
                Ok(self.room_value(&self.client.create_sealed(&room, &topic).await?))
            }
            Command::Invite { .. }
            | Command::Remove { .. }
            | Command::Keys { .. }
            | Command::Verify { .. }
            | Command::Approve { .. } => sealed::carry_out(self, command).await,
            Command::Leave { room } => {
                let room = self.room(&room).await?;
                done(self.client.leave(room).await)
            }
            Command::Read { room, seq } => {
                let room = self.room(&room).await?;
                done(self.client.mark_read(room, place(seq)?).await)
            }
            Command::Revoke { device } => {
                let device = DeviceId::new(device).ok_or_else(|| Failure::usage("no such device"))?;
                done(self.client.revoke_device(device).await)
            }
            Command::Kick { .. }
            | Command::Ban { .. }
            | Command::Unban { .. }
            | Command::Mute { .. }
            | Command::Unmute { .. }
            | Command::RoomBan { .. }
            | Command::RoomUnban { .. }
            | Command::Slow { .. }
            | Command::Raid { .. } => moderation::moderate(self, command).await,
            Command::Purge { .. } => moderation::purge(self, command).await,
            Command::Report { .. } => moderation::report(self, command).await,
            Command::Reports {} => {
                let reports = self.client.reports().await?;
                Ok(json!({ "reports": reports.iter().map(Object::report).collect::<Vec<_>>() }))
            }
            Command::Quit => Ok(json!({})),
            list => self.list(list).await,
        }
    }

    async fn list(&self, command: Command) -> Result<Value, Failure> {
        let client = &self.client;
        match command {
            Command::Rooms { all } => {
                let rooms = if all { client.open_rooms().await? } else { client.rooms().await? };
                Ok(json!({ "rooms": rooms.iter().map(Object::room).collect::<Vec<_>>() }))
            }
            Command::Members { room } => {
                let list = client.members(self.room(&room).await?).await?;
                let people: Vec<_> = list.people.iter().map(Object::person).collect();
                Ok(json!({ "people": people, "members": list.members, "online": list.online }))
            }
            Command::History { room, before, after, limit } => {
                self.history(&room, before, after, limit).await
            }
            Command::Search { words, room, before, limit } => {
                let room = match room {
                    Some(room) => Some(self.room(&room).await?),
                    None => None,
                };
                let page = client.search(&words, room, before, limit).await?;
                let me = client.welcome().name.to_string();
                let hits = page.hits.iter();
                let found = hits
                    .map(|hit| Object::item(&hit.item, Seen { room: &hit.room_name, me: &me, live: None }));
                Ok(json!({ "messages": found.collect::<Vec<_>>(), "next": page.next }))
            }
            Command::Devices {} => {
                let devices = client.devices().await?;
                let keys = keys_of(client).await;
                let keys: Vec<_> = keys.iter().map(DeviceKeyLine::of).collect();
                let devices: Vec<_> = devices.iter().map(Object::device).collect();
                Ok(json!({ "devices": devices, "keys": keys }))
            }
            _ => {
                let welcome = client.welcome();
                Ok(json!({
                    "account": &*welcome.name, "account_id": welcome.account.get(),
                    "role": role_name(welcome.role), "device_id": welcome.device.get(),
                    "server": &*welcome.server, "login_until": iso_time(welcome.login_until),
                }))
            }
        }
    }

    async fn history(
        &self,
        room: &str,
        before: Option<u64>,
        after: Option<u64>,
        limit: u16,
    ) -> Result<Value, Failure> {
        let from = match (before, after) {
            (Some(_), Some(_)) => return Err(Failure::usage("before or after, not both")),
            (Some(seq), None) => HistoryFrom::Before(place(seq)?),
            (None, Some(seq)) => HistoryFrom::After(place(seq)?),
            (None, None) => HistoryFrom::Latest,
        };
        let summary = online::room(&self.client, room).await?;
        let page = self.client.history(summary.room, from, limit).await?;
        let me = self.client.welcome().name.to_string();
        let items = page.items.iter();
        let items = items.map(|item| Object::item(item, Seen { room: &summary.name, me: &me, live: None }));
        Ok(json!({ "messages": items.collect::<Vec<_>>(), "more": page.more }))
    }

    async fn post(&self, room: &str, post: Post) -> Result<Value, Failure> {
        let room = self.room(room).await?;
        let Accepted { message_id, seq, at } = self.client.post(room, post).await?;
        Ok(
            json!({ "room_id": room.get(), "seq": seq.get(), "message_id": hex(message_id), "at": iso_time(at) }),
        )
    }

    pub(super) async fn room(&self, name: &str) -> Result<RoomId, Failure> {
        Ok(online::room(&self.client, name).await?.room)
    }

    fn room_value(&self, room: &proto::message::RoomSummary) -> Value {
        json!({ "room": &*room.name, "room_id": room.room.get(), "last_seq": room.last_seq.get() })
    }
}

pub(super) fn done(result: Result<(), client_cli::RequestError>) -> Result<Value, Failure> {
    result.map(|()| json!({})).map_err(Failure::from)
}

pub(super) fn text<const MAX: usize>(text: String) -> Result<Text<MAX>, Failure> {
    Text::new(text).map_err(|error: TooLong| Failure::usage(error))
}

fn fifty() -> u16 {
    50
}

fn other() -> String {
    "other".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row of the guide's table with all its fields is a command, and each command has a row.
    #[test]
    fn the_user_guide_lists_these_commands_with_these_fields() {
        let guide = include_str!("../../../../docs/USERGUIDE.md");
        let (_, rest) = guide.split_once("<!-- run commands -->").unwrap();
        let (table, _) = rest.split_once("<!-- end of run commands -->").unwrap();
        let mut documented = Vec::new();
        for row in table.lines().filter(|row| row.starts_with('|')) {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            let name = cells[1].trim_matches('`');
            let mut object = serde_json::Map::from_iter([("cmd".to_owned(), json!(name))]);
            for field in cells[2].split('`').skip(1).step_by(2) {
                let value = match field {
                    "seq" | "reply_to" | "before" | "after" | "limit" | "device" | "seconds" | "level"
                    | "minutes" | "around" => {
                        json!(7)
                    }
                    "seqs" => json!([7]),
                    "remove" | "all" | "sealed" | "matches" => json!(true),
                    _ => json!("text"),
                };
                object.insert(field.to_owned(), value);
            }
            let parsed = serde_json::from_value::<Command>(Value::Object(object));
            assert!(parsed.is_ok(), "{name}: {parsed:?}");
            documented.push(name);
        }
        let error = serde_json::from_value::<Command>(json!({ "cmd": "" })).unwrap_err().to_string();
        let known: Vec<_> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(documented, known);
    }
}
