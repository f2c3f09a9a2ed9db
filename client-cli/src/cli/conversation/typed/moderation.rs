//! The commands of reporters and moderators: who, for how long, why.

use domain::raid::RaidLevel;
use domain::report::category_from_word;
use domain::sanction::Length;
use proto::ids::RoomId;
use proto::limits;
use proto::message::{Command, ReportCategory, ReportWhat};
use proto::text::List;

use crate::cli::conversation::ask::Ask;
use crate::cli::conversation::chat::Chat;
use crate::cli::conversation::commands::{Verb, first_word};
use crate::cli::render::room_name;

use super::{Step, Wrong, name_of, needs, number, short};

impl Chat {
    pub(super) fn moderate(&self, verb: Verb, rest: &str) -> Result<Step, Wrong> {
        match verb {
            Verb::Report => self.report(rest),
            Verb::Reports => Ok(Step::Ask(Ask::Reports)),
            Verb::Kick => self.kick(rest),
            Verb::Mute => self.mute(rest),
            Verb::Unmute => self.unmute(rest),
            Verb::Ban => ban(rest),
            Verb::Unban => {
                let (name, reason) = first_word(needs(rest)?);
                let command = Command::Unban { name: name_of(name)?, reason: short(reason)? };
                Ok(done(command, format!("the ban of {name} is lifted")))
            }
            Verb::RoomBan => self.room_ban(rest),
            Verb::RoomUnban => {
                let (room, place) = self.here()?;
                let (name, reason) = first_word(needs(rest)?);
                let command = Command::RoomUnban { room, name: name_of(name)?, reason: short(reason)? };
                Ok(done(command, format!("{name} may come into {place} again")))
            }
            Verb::Slow => self.slow(rest),
            Verb::Purge => purge(rest),
            _ => raid(rest),
        }
    }

    /// `12`, `12,13` are messages of this room; anything else is a name.
    fn report(&self, rest: &str) -> Result<Step, Wrong> {
        let (whom, rest) = first_word(needs(rest)?);
        let (word, after) = first_word(rest);
        let (category, note) = match category_from_word(word) {
            Some(category) => (category, after),
            None => (ReportCategory::Other, rest),
        };
        let (what, about) = if whom.starts_with(|first: char| first.is_ascii_digit() || first == '[') {
            let (room, place) = self.here()?;
            let seqs = whom.split(',').map(number).collect::<Result<Vec<_>, _>>()?;
            if self.current_room().is_some_and(|room| room.summary.kind.is_sealed()) {
                let (about, note) = (format!("{whom} of {place}"), note.to_owned());
                return Ok(Step::Ask(Ask::ReportSealed { room, seqs, about, category, note }));
            }
            let seqs = List::new(seqs)
                .map_err(|error| Wrong::Because(format!("a report has at most {} messages", error.max)))?;
            (ReportWhat::Messages { room, seqs }, format!("{whom} of {place}"))
        } else {
            (ReportWhat::Account { name: name_of(whom)? }, whom.to_owned())
        };
        let command = Command::Report { what, category, note: short(note)? };
        Ok(Step::Ask(Ask::Report { command, about, category: category.word() }))
    }

    fn kick(&self, rest: &str) -> Result<Step, Wrong> {
        let (room, place) = self.here()?;
        let (name, reason) = first_word(needs(rest)?);
        let command = Command::Kick { room, name: name_of(name)?, reason: short(reason)? };
        Ok(done(command, format!("{name} is removed from {place}")))
    }

    fn mute(&self, rest: &str) -> Result<Step, Wrong> {
        let (room, place, rest) = self.here_or_everywhere(rest)?;
        let (name, length, reason) = for_so_long(rest)?;
        let command =
            Command::Mute { room, name: name_of(name)?, reason: short(reason)?, seconds: length.seconds() };
        Ok(done(command, format!("{name} is muted {place}, {}", words(length))))
    }

    fn unmute(&self, rest: &str) -> Result<Step, Wrong> {
        let (room, place, rest) = self.here_or_everywhere(rest)?;
        let (name, reason) = first_word(needs(rest)?);
        let command = Command::Unmute { room, name: name_of(name)?, reason: short(reason)? };
        Ok(done(command, format!("{name} may write {place} again")))
    }

    fn room_ban(&self, rest: &str) -> Result<Step, Wrong> {
        let (room, place) = self.here()?;
        let (name, length, reason) = for_so_long(rest)?;
        let command = Command::RoomBan {
            room,
            name: name_of(name)?,
            reason: short(reason)?,
            seconds: length.seconds(),
        };
        Ok(done(
            command,
            format!("{name} is kept out of {place}, {}. /roomunban {name} ends it", words(length)),
        ))
    }

    fn slow(&self, rest: &str) -> Result<Step, Wrong> {
        let (room, place) = self.here()?;
        let typed = needs(rest)?;
        let seconds = match (typed, typed.parse::<u32>()) {
            ("off", _) | (_, Ok(0)) => 0,
            (_, Ok(seconds)) => seconds,
            _ => {
                let length = Length::parse(typed).map_err(|error| Wrong::Because(error.to_string()))?;
                length.seconds().and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(u32::MAX)
            }
        };
        if limits::SLOW_SECONDS < seconds {
            return Err(Wrong::Because("slow mode is at most 6 h between two messages".to_owned()));
        }
        let told = match seconds {
            0 => format!("slow mode in {place} is over"),
            seconds => format!("slow mode in {place}: one message each {seconds} s"),
        };
        Ok(done(Command::SlowMode { room, seconds }, told))
    }

    fn here(&self) -> Result<(RoomId, String), Wrong> {
        let room = self.current_room().ok_or(Wrong::NoRoom)?;
        Ok((room.summary.room, room_name(&room.summary)))
    }

    /// Returns the room when `here` stands in front, the words for the place, and what follows.
    fn here_or_everywhere<'t>(&self, rest: &'t str) -> Result<(Option<RoomId>, String, &'t str), Wrong> {
        match first_word(rest) {
            ("here", rest) => {
                let (room, place) = self.here()?;
                Ok((Some(room), format!("in {place}"), rest))
            }
            _ => Ok((None, "everywhere".to_owned(), rest)),
        }
    }
}

fn ban(rest: &str) -> Result<Step, Wrong> {
    let (name, length, reason) = for_so_long(rest)?;
    let command = Command::Ban { name: name_of(name)?, reason: short(reason)?, seconds: length.seconds() };
    Ok(done(command, format!("{name} is banned {}. /unban {name} lifts it", words(length))))
}

fn raid(rest: &str) -> Result<Step, Wrong> {
    let (level, rest) = first_word(needs(rest)?);
    let level = RaidLevel::parse(level).map_err(|error| Wrong::Because(error.to_string()))?;
    let (length, reason) = length_and_rest(rest)?;
    let minutes = match length.seconds() {
        None => 0,
        Some(seconds) => u32::try_from(seconds.div_ceil(60)).unwrap_or(u32::MAX),
    };
    if limits::RAID_MINUTES < minutes {
        return Err(Wrong::Because("a raid level with an end lasts 28 d at most".to_owned()));
    }
    let command = Command::Raid { level: level.number(), minutes, reason: short(reason)? };
    let until = if minutes == 0 { "until somebody changes it".to_owned() } else { words(length) };
    Ok(done(command, format!("raid level {level}: {}, {until}", level.words())))
}

/// `NAME [DURATION|all] [REASON]`. Without a length it is the last day: everything somebody ever wrote has to be said.
fn purge(rest: &str) -> Result<Step, Wrong> {
    let (name, rest) = first_word(needs(rest)?);
    let (seconds, reason) = match first_word(rest) {
        ("all" | "forever", after) => (None, after),
        _ => match length_and_rest(rest)? {
            (length, after) if !length.is_for_good() => (length.seconds(), after),
            (_, after) => (Some(A_DAY), after),
        },
    };
    if seconds.is_some_and(|seconds| limits::PURGE_SECONDS < seconds) {
        return Err(Wrong::Because(
            "a purge goes back a year at most; write all instead of a length for everything".to_owned(),
        ));
    }
    let (name, reason) = (name_of(name)?, short(reason)?);
    let whom = name.to_string();
    Ok(Step::Ask(Ask::Purge { command: Command::Purge { name, reason, seconds }, whom }))
}

/// Reads a name, perhaps a length, and a reason. Without a length it is for good.
fn for_so_long(rest: &str) -> Result<(&str, Length, &str), Wrong> {
    let (name, rest) = first_word(needs(rest)?);
    let (length, reason) = length_and_rest(rest)?;
    Ok((name, length, reason))
}

/// What begins with a digit and ends with a unit is a length; everything else belongs to the reason.
fn length_and_rest(rest: &str) -> Result<(Length, &str), Wrong> {
    let (word, after) = first_word(rest);
    if matches!(word, "forever" | "permanent") {
        return Ok((Length::FOR_GOOD, after));
    }
    let looks_like_one = word.starts_with(|first: char| first.is_ascii_digit())
        && word.ends_with(['s', 'm', 'h', 'd', 'w'])
        && word[..word.len() - 1].bytes().all(|byte| byte.is_ascii_digit());
    if !looks_like_one {
        return Ok((Length::FOR_GOOD, rest));
    }
    let length = Length::parse(word).map_err(|error| Wrong::Because(error.to_string()))?;
    Ok((length, after))
}

fn words(length: Length) -> String {
    if length.is_for_good() { length.to_string() } else { format!("for {length}") }
}

fn done(command: Command, mut done: String) -> Step {
    done.push('.');
    Step::Ask(Ask::Do { command, done })
}

/// How far back a purge goes without a length, in seconds.
const A_DAY: u64 = 24 * 3_600;
