//! What a typed line means: something to show at once, something to ask, or the end.

mod files;
mod moderation;
mod preferences;
mod sealed;

use client_cli::sealed::server_reads;
use client_cli::{Post, fresh_message_id};
use proto::ids::{RoomId, Seq};
use proto::limits;
use proto::message::{Command, HistoryFrom, ReactionChange};
use proto::text::Text;

use crate::cli::render::{posture, room_name, words_of};
use crate::cli::tui::theme::ThemeName;

use super::ask::{Ask, sentence};
use super::chat::{Chat, Show};
use super::commands::{self, Row, TABLE, Typed, Verb, first_word, row_of, usage};

/// What is to be done for a typed line.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time, for a typed line")]
pub(crate) enum Step {
    Show(Vec<Show>),
    Ask(Ask),
    /// Send these again.
    Again(Vec<Ask>),
    /// Other colours, where there are any.
    Theme(ThemeName),
    /// Changes the authenticator.
    Totp,
    Quit,
}

impl Chat {
    /// Reads a typed line.
    pub(crate) fn typed(&mut self, line: &str) -> Step {
        match commands::parse(line) {
            Typed::Nothing => Step::Show(Vec::new()),
            Typed::Say(text) => self.say(text, None),
            Typed::Unknown(word, nearest) => {
                let suggestion = nearest.map(|name| format!(" Did you mean /{name}?")).unwrap_or_default();
                let safe = domain::text::term_safe(word);
                note(format!("-- there is no command /{safe}.{suggestion} /help lists them."))
            }
            Typed::Command(verb, rest) => self.command(verb, rest).unwrap_or_else(|wrong| wrong.step(verb)),
        }
    }

    fn command(&mut self, verb: Verb, rest: &str) -> Result<Step, Wrong> {
        let step = match verb {
            Verb::Help => self.help(rest),
            Verb::Members | Verb::Who => {
                let (room, name) = self.room_or_current(rest)?;
                Step::Ask(Ask::Members { room, name, only_online: verb == Verb::Who })
            }
            Verb::Msg => {
                let (name, text) = needs_two(rest)?;
                self.tell(name, text)
            }
            Verb::Me => self.say(&format!("/me {}", needs(rest)?), None),
            Verb::Room => self.go(needs(rest)?),
            Verb::Rooms => Step::Ask(Ask::Rooms { only_mine: rest == "mine" }),
            Verb::Join => match needs(rest)? {
                // Nobody joins these by their name: one is in, or somebody has to let one in.
                named if named.starts_with(['~', '@']) => self.go(named),
                named => Step::Ask(Ask::Join { name: named.to_owned() }),
            },
            Verb::Create => create(rest)?,
            Verb::Invite | Verb::Remove | Verb::Keys | Verb::Verify => self.sealed(verb, rest)?,
            Verb::Leave => {
                let (room, name) = self.room_or_current(rest)?;
                Step::Ask(Ask::Leave { room, name })
            }
            Verb::Topic => self.topic(rest)?,
            Verb::Reply => {
                let (target, text) = numbered(rest)?;
                self.say(text, Some(target))
            }
            Verb::Edit => {
                let (target, text) = numbered(rest)?;
                self.post(Post::Edit { target, body: text.to_owned() })
            }
            Verb::Delete => self.post(Post::Delete { target: number(needs(rest)?)? }),
            Verb::React => self.react(rest, ReactionChange::Add)?,
            Verb::Unreact => self.react(rest, ReactionChange::Remove)?,
            Verb::History => self.history(rest)?,
            Verb::Search => {
                Step::Ask(Ask::Search { words: needs(rest)?.to_owned(), without: self.preferences.ignored() })
            }
            Verb::Whoami => Step::Show(self.whoami()),
            Verb::Status => self.status(),
            Verb::Devices => sealed::devices(rest)?,
            Verb::Totp => Step::Totp,
            Verb::Upload | Verb::Download | Verb::Reveal | Verb::Stego | Verb::Files => {
                self.files(verb, rest)?
            }
            Verb::Report
            | Verb::Reports
            | Verb::Kick
            | Verb::Mute
            | Verb::Unmute
            | Verb::Ban
            | Verb::Unban
            | Verb::RoomBan
            | Verb::RoomUnban
            | Verb::Slow
            | Verb::Raid
            | Verb::Purge => self.moderate(verb, rest)?,
            Verb::Quiet | Verb::Ignore | Verb::Unignore => self.prefer(verb, rest)?,
            Verb::Theme => theme(rest)?,
            Verb::Unsent => self.unsent(),
            Verb::Retry => self.retry(),
            Verb::Reconnect => Step::Ask(Ask::Hurry),
            Verb::Disconnect => Step::Quit,
        };
        Ok(step)
    }

    fn say(&mut self, text: &str, reply_to: Option<Seq>) -> Step {
        if let Err(error) = domain::text::message_body(text) {
            return note(format!("-- not sent: {}", sentence(&error.to_string())));
        }
        if limits::BODY < text.len() {
            return note(format!("-- not sent: it has {} bytes, the limit is {}.", text.len(), limits::BODY));
        }
        self.post(Post::Text { body: text.to_owned(), reply_to })
    }

    fn post(&mut self, post: Post) -> Step {
        let Some(room) = self.current else {
            return note("-- not sent: you are in no room. /join ROOM joins one.".to_owned());
        };
        let message_id = fresh_message_id();
        self.own.insert(message_id);
        Step::Ask(Ask::Post { room, post, message_id })
    }

    fn tell(&mut self, name: &str, text: &str) -> Step {
        let message_id = fresh_message_id();
        self.own.insert(message_id);
        Step::Ask(Ask::Tell {
            name: name.trim_start_matches('@').to_owned(),
            text: text.to_owned(),
            message_id,
        })
    }

    fn go(&mut self, typed: &str) -> Step {
        match self.room_typed(typed).map(|room| (room.room, room_name(room) + &posture(room))) {
            Some((room, name)) => {
                self.current = Some(room);
                let reads = self.current_room().map(|room| server_reads(room.summary.kind));
                note(format!("-- you are in {name} ({})", reads.unwrap_or_default()))
            }
            None if typed.starts_with('@') && !typed.starts_with("@@") => {
                Step::Ask(Ask::Direct { name: typed.trim_start_matches('@').to_owned() })
            }
            None if typed.starts_with('~') => {
                let safe = domain::text::term_safe(typed).into_owned();
                note(format!(
                    "-- no sealed room called {safe} among yours. Who is in it lets you in, with /invite."
                ))
            }
            None => {
                let safe = domain::text::term_safe(typed.trim_start_matches(['#', '~', '@'])).into_owned();
                note(format!(
                    "-- no room called #{safe} among yours. /join {safe} joins it, /rooms lists all."
                ))
            }
        }
    }

    fn topic(&mut self, rest: &str) -> Result<Step, Wrong> {
        let room = self.current_room().ok_or(Wrong::NoRoom)?;
        if rest.is_empty() {
            let topic = domain::text::term_safe(&room.summary.topic);
            let shown = if topic.is_empty() { "no topic".to_owned() } else { topic.into_owned() };
            return Ok(note(format!("-- {}: {shown}", room_name(&room.summary))));
        }
        let topic = if rest == "-" { "" } else { rest };
        domain::text::line(topic).map_err(|error| Wrong::Because(error.to_string()))?;
        Ok(self.post(Post::Topic { topic: topic.to_owned() }))
    }

    fn react(&mut self, rest: &str, change: ReactionChange) -> Result<Step, Wrong> {
        let (target, emoji) = numbered(rest)?;
        domain::text::reaction(emoji).map_err(|error| Wrong::Because(error.to_string()))?;
        Ok(self.post(Post::React { target, emoji: emoji.to_owned(), change }))
    }

    fn history(&self, rest: &str) -> Result<Step, Wrong> {
        let room = self.current.ok_or(Wrong::NoRoom)?;
        let (mut limit, mut from) = (HISTORY, HistoryFrom::Latest);
        let mut words = rest.split_whitespace();
        while let Some(word) = words.next() {
            if word == "before" {
                from = HistoryFrom::Before(number(words.next().ok_or(Wrong::Arguments)?)?);
            } else {
                limit =
                    word.parse().ok().filter(|limit| (1..=200).contains(limit)).ok_or(Wrong::Arguments)?;
            }
        }
        Ok(Step::Ask(Ask::History { room, from, limit, without: self.preferences.ignored() }))
    }

    fn status(&self) -> Step {
        let connection = if self.online { "online" } else { "offline; /reconnect tries at once" };
        let lines = [
            format!("-- {connection}"),
            format!("-- {} messages are on their way, {} were refused", self.own.len(), self.refused.len()),
        ];
        Step::Show(lines.into_iter().map(Show::Note).collect())
    }

    fn unsent(&self) -> Step {
        let mut shows = vec![Show::Note(format!("-- {} on their way", self.own.len()))];
        for unsent in &self.refused {
            let words = words_of(&unsent.command).unwrap_or("(no words)");
            shows.push(Show::Note(format!("   refused: {}", domain::text::term_safe(words))));
        }
        Step::Show(shows)
    }

    fn retry(&mut self) -> Step {
        let refused: Vec<_> = self.refused.drain(..).collect();
        let mut again = Vec::new();
        for unsent in refused {
            let Some(post) = post_of(unsent.command) else { continue };
            let message_id = fresh_message_id();
            self.own.insert(message_id);
            again.push(Ask::Post { room: unsent.room, post, message_id });
        }
        if again.is_empty() { note("-- nothing was refused".to_owned()) } else { Step::Again(again) }
    }

    fn help(&self, rest: &str) -> Step {
        let word = rest.trim_start_matches('/');
        if word.is_empty() {
            let rows = TABLE.iter().filter(|row| commands::may_use(self.me.role, row));
            let mut lines: Vec<_> = rows.map(|row| format!("{:<32} {}", usage(row), row.help)).collect();
            lines.push("Everything else you type is said in this room; // says a slash.".to_owned());
            return Step::Show(lines.into_iter().map(Show::Note).collect());
        }
        match commands::find(word) {
            Some(row) => Step::Show(explanation(row)),
            None => note("-- there is no such command. /help lists them.".to_owned()),
        }
    }

    fn room_or_current(&self, typed: &str) -> Result<(RoomId, String), Wrong> {
        let room = match typed.trim() {
            "" => self.current_room().map(|room| &room.summary).ok_or(Wrong::NoRoom)?,
            typed => self.room_typed(typed).ok_or(Wrong::NotYours)?,
        };
        Ok((room.room, room_name(room)))
    }
}

/// Why a command cannot be carried out as it was typed.
#[derive(Debug)]
enum Wrong {
    Arguments,
    NoRoom,
    NotYours,
    Because(String),
}

impl Wrong {
    fn step(self, verb: Verb) -> Step {
        let row = row_of(verb);
        note(match self {
            Self::Arguments => format!("-- type it as {}. {}", usage(row), row.help),
            Self::NoRoom => "-- you are in no room. /join ROOM joins one.".to_owned(),
            Self::NotYours => "-- you are not in that room. /rooms mine lists yours.".to_owned(),
            Self::Because(why) => format!("-- {}", sentence(&why)),
        })
    }
}

fn explanation(row: &Row) -> Vec<Show> {
    let mut lines = vec![usage(row), format!("  {}", row.help)];
    if !row.aliases.is_empty() {
        let aliases: Vec<_> = row.aliases.iter().map(|alias| format!("/{alias}")).collect();
        lines.push(format!("  also: {}", aliases.join(" ")));
    }
    lines.push(format!("  for: {}", commands::who(row)));
    lines.into_iter().map(Show::Note).collect()
}

/// `[--sealed] ROOM [TOPIC]`; a name with `~` in front is a sealed room's too.
fn create(rest: &str) -> Result<Step, Wrong> {
    let (first, behind) = first_word(needs(rest)?);
    let (name, topic) = if first == "--sealed" { first_word(needs(behind)?) } else { (first, behind) };
    let sealed = first == "--sealed" || name.starts_with('~');
    let name = name.trim_start_matches('~').to_owned();
    Ok(Step::Ask(Ask::Create { name, topic: topic.to_owned(), sealed }))
}

fn theme(rest: &str) -> Result<Step, Wrong> {
    if rest.is_empty() {
        let names = ThemeName::ALL.map(ThemeName::word).join(", ");
        return Ok(note(format!("-- themes: {names}. /theme NAME takes one; chat.toml keeps it.")));
    }
    let named = ThemeName::ALL.into_iter().find(|theme| theme.word().eq_ignore_ascii_case(rest));
    named.map(Step::Theme).ok_or(Wrong::Arguments)
}

fn post_of(command: Command) -> Option<Post> {
    match command {
        Command::Send { body, reply_to, .. } => Some(Post::Text { body: body.into_inner(), reply_to }),
        Command::Edit { target, body, .. } => Some(Post::Edit { target, body: body.into_inner() }),
        Command::Delete { target, .. } => Some(Post::Delete { target }),
        Command::React { target, emoji, change, .. } => {
            Some(Post::React { target, emoji: emoji.into_inner(), change })
        }
        Command::SetTopic { topic, .. } => Some(Post::Topic { topic: topic.into_inner() }),
        Command::SendFile { file, caption, reply_to, .. } => {
            Some(Post::File { file: Box::new(file), caption: caption.into_inner(), reply_to })
        }
        _ => None,
    }
}

fn needs(rest: &str) -> Result<&str, Wrong> {
    if rest.is_empty() { Err(Wrong::Arguments) } else { Ok(rest) }
}

fn needs_two(rest: &str) -> Result<(&str, &str), Wrong> {
    let (first, second) = first_word(rest);
    if second.is_empty() { Err(Wrong::Arguments) } else { Ok((first, second)) }
}

fn numbered(rest: &str) -> Result<(Seq, &str), Wrong> {
    let (first, text) = needs_two(rest)?;
    Ok((number(first)?, text))
}

/// Reads a message's number as it is shown: `12` or `[12]`.
fn number(word: &str) -> Result<Seq, Wrong> {
    let digits = word.trim_start_matches(['[', '#']).trim_end_matches(']');
    digits.parse().ok().filter(|&number| 0 < number).and_then(Seq::new).ok_or(Wrong::Arguments)
}

fn name_of(name: &str) -> Result<Text<{ limits::NAME }>, Wrong> {
    Text::new(name.trim_start_matches('@')).map_err(|error| Wrong::Because(format!("the name: {error}")))
}

fn short<const MAX: usize>(text: &str) -> Result<Text<MAX>, Wrong> {
    Text::new(text).map_err(|error| Wrong::Because(format!("the reason: {error}")))
}

fn note(line: String) -> Step {
    Step::Show(vec![Show::Note(line)])
}

const HISTORY: u16 = 20;

#[cfg(test)]
pub(crate) mod tests;
