//! Entries, rooms and people as lines for people to read.
//!
//! Everything remote is one line per fact; further lines of a message are indented, so that no message can look like
//! another one's first line. `output` and the screen make the characters themselves harmless.

use domain::text::{term_safe, term_safe_lines};
use jiff::tz::TimeZone;
use proto::ids::{Seq, Timestamp};
use proto::message::{Command, Content, Entry, HistoryItem, Person, ReactionChange, RoomKind, RoomSummary};

use super::files::FileWords;

/// How much of the date goes in front of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// Date and time, for lists and streams.
    Full,
    /// The time of day, where day separators tell the rest.
    Clock,
}

/// Returns an entry as people read it, `room` in front of the name when it is given.
pub(crate) fn entry_line(entry: &Entry, room: Option<&str>, stamp: Stamp, mentions_me: bool) -> String {
    let time = match stamp {
        Stamp::Full => full_time(entry.at),
        Stamp::Clock => clock_time(entry.at),
    };
    let room = room.map(|room| format!("{} ", term_safe(room))).unwrap_or_default();
    let said = said(&entry.author_name, &entry.content, mentions_me);
    format!("[{}] {time} {room}{said}", entry.seq)
}

/// Returns an older entry with what later ones made of it.
pub(crate) fn item_line(item: &HistoryItem, room: Option<&str>, stamp: Stamp, me: &str) -> String {
    let mentions_me = mentions(&item.entry, me);
    let mut line = entry_line(&item.entry, room, stamp, mentions_me);
    if item.edited_by.is_some() {
        line.push_str(" (edited)");
    }
    for reaction in item.reactions.iter() {
        line.push_str(&format!(" [{} {}]", term_safe(&reaction.emoji), reaction.count));
    }
    line
}

/// Returns whether an entry calls its reader by name.
pub(crate) fn mentions(entry: &Entry, me: &str) -> bool {
    match &entry.content {
        Content::Text { body, .. } | Content::Edit { body, .. } | Content::File { caption: body, .. } => {
            &*entry.author_name != me && domain::mention::mentions(body, me)
        }
        _ => false,
    }
}

/// Returns a room as one line of a list, with who can read it.
pub(crate) fn room_line(room: &RoomSummary) -> String {
    let unread = room.last_seq.get().saturating_sub(room.read_upto.get());
    let mut line = format!("{}  {} members", room_name(room), room.members);
    if room.joined && 0 < unread {
        line.push_str(&format!(", {unread} unread"));
    }
    if !room.joined {
        line.push_str(", not joined");
    }
    line.push_str(&posture(room));
    line.push_str(&format!("  ({})", client_cli::sealed::server_reads(room.kind)));
    if !room.topic.is_empty() {
        line.push_str(&format!("  {}", term_safe(&room.topic)));
    }
    line
}

/// Returns what keeps people from writing in a room, to stand behind its name; nothing where they write freely.
pub(crate) fn posture(room: &RoomSummary) -> String {
    let slow = match room.slow_seconds {
        0 => String::new(),
        seconds => format!(", slow mode: one message each {seconds} s"),
    };
    let locked = if room.locked { ", locked: only staff may write" } else { "" };
    format!("{slow}{locked}")
}

/// Returns a room's name with the mark people type in front of it; `~` and a single `@` are sealed.
pub(crate) fn room_name(room: &RoomSummary) -> String {
    let mark = match room.kind {
        RoomKind::Open => "#",
        RoomKind::Sealed => "~",
        RoomKind::SealedDirect => "@",
        RoomKind::Direct => "@@",
    };
    format!("{mark}{}", term_safe(&room.name))
}

/// Returns how a room is named in arguments: without the marks that a shell takes for something else.
pub(crate) fn typed_name(room: &RoomSummary) -> String {
    let mark = match room.kind {
        RoomKind::Open | RoomKind::Sealed => "",
        RoomKind::SealedDirect => "@",
        RoomKind::Direct => "@@",
    };
    let name = term_safe(&room.name);
    let is_plain = name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.'));
    if is_plain { format!("{mark}{name}") } else { format!("'{mark}{}'", name.replace('\'', "?")) }
}

/// Returns a person as one line of a list.
pub(crate) fn person_line(person: &Person) -> String {
    let presence = if person.online { "online " } else { "offline" };
    let role = super::json::role_name(person.role);
    format!("{presence}  {}  ({role})", term_safe(&person.name))
}

/// Returns the text a command carries, if it carries one.
pub(crate) fn words_of(command: &Command) -> Option<&str> {
    match command {
        Command::Send { body, .. } | Command::Edit { body, .. } => Some(body),
        Command::SetTopic { topic, .. } => Some(topic),
        Command::SendFile { caption, .. } => Some(caption),
        Command::React { emoji, .. } => Some(emoji),
        _ => None,
    }
}

/// Returns the day in the person's time zone, for separators.
pub(crate) fn day(at: Timestamp) -> String {
    local(at).strftime("%A, %-d %B %Y").to_string()
}

/// Returns a time as programs read it: RFC 3339 in UTC with milliseconds.
pub(crate) fn iso_time(at: Timestamp) -> String {
    zoned(at, TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Returns date and time in the person's time zone.
pub(crate) fn full_time(at: Timestamp) -> String {
    local(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Returns the time of day in the person's time zone.
pub(crate) fn clock_time(at: Timestamp) -> String {
    local(at).strftime("%H:%M").to_string()
}

fn said(author: &str, content: &Content, mentions_me: bool) -> String {
    let author = term_safe(author);
    let calls = if mentions_me { " mentions you" } else { "" };
    match content {
        Content::Text { body, reply_to } => {
            let reply = reply_to.map(|seq| format!(" (to {})", numbered(seq))).unwrap_or_default();
            match body.strip_prefix("/me ") {
                Some(act) => format!("* {author}{reply}{calls} {}", words(act)),
                None => format!("{author}{reply}{calls}: {}", words(body)),
            }
        }
        Content::File { file, caption, reply_to } => {
            let reply = reply_to.map(|seq| format!(" (to {})", numbered(seq))).unwrap_or_default();
            let file = FileWords::of(file);
            let behind = if caption.is_empty() { String::new() } else { format!(": {}", words(caption)) };
            format!("{author}{reply}{calls}: {file}{behind}")
        }
        Content::Edit { target, body } => {
            format!("{author} changed {}{calls}: {}", numbered(*target), words(body))
        }
        Content::Delete { target } => format!("{author} removed [{target}]"),
        Content::Reaction { target, emoji, change } => reacted(&author, *target, emoji, *change),
        Content::Topic { topic } if topic.is_empty() => format!("{author} removed the topic"),
        Content::Topic { topic } => format!("{author} set the topic: {}", term_safe(topic)),
        Content::Created => format!("{author} made the room"),
        Content::Removed { .. } => format!("{author}: (removed)"),
        Content::Sealed { .. } => format!("{author}: (sealed, and this device keeps no keys)"),
        Content::Commit { .. } => format!("{author} changed the keys of the room"),
        Content::Evict { .. } => format!("{author} has to leave the room"),
    }
}

/// Returns a message's number to stand in a sentence; what this device never saw has none.
fn numbered(target: Seq) -> String {
    if target == Seq::START { "a message from before".to_owned() } else { format!("[{target}]") }
}

fn reacted(author: &str, target: Seq, emoji: &str, change: ReactionChange) -> String {
    let emoji = term_safe(emoji);
    match change {
        ReactionChange::Add => format!("{author} reacts to {} with {emoji}", numbered(target)),
        ReactionChange::Remove => format!("{author} takes {emoji} back from {}", numbered(target)),
    }
}

/// Returns a message's text with its further lines indented.
fn words(body: &str) -> String {
    term_safe_lines(body).replace('\n', "\n    ")
}

fn local(at: Timestamp) -> jiff::Zoned {
    zoned(at, TimeZone::system())
}

fn zoned(at: Timestamp, zone: TimeZone) -> jiff::Zoned {
    // A server's clock may say anything; what no calendar holds is shown as its beginning.
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_zoned(zone)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proto::bytes::Secret32;
    use proto::ids::{AccountId, BlobId, ContentHash, FileSize, MessageId, RoomId};
    use proto::message::{FileCard, FileFacts, FileLock};
    use proto::text::Text;

    use super::*;

    #[test]
    fn times_are_what_the_clock_said_and_no_time_is_out_of_range() {
        assert_eq!(iso_time(Timestamp(1_700_000_000_123)), "2023-11-14T22:13:20.123Z");
        for at in [i64::MIN, i64::MAX, -1] {
            assert!(!iso_time(Timestamp(at)).is_empty() && !day(Timestamp(at)).is_empty());
        }
    }

    #[test]
    fn a_body_cannot_look_like_another_message() {
        let content = Content::Text { body: Text::cut("hi\n[13] 09:15 bob: I agree"), reply_to: None };
        let line = entry_line(&entry("mallory", content), Some("#ops"), Stamp::Full, false);
        let starts: Vec<_> = line.lines().map(|line| line.starts_with('[')).collect();
        assert_eq!(starts, [true, false], "{line}");
    }

    #[test]
    fn every_kind_of_entry_says_what_happened_in_words() {
        let target = Seq::new(3).unwrap();
        for (content, expected) in [
            (Content::Text { body: Text::cut("hello"), reply_to: Some(target) }, "ada (to [3]): hello"),
            (Content::Text { body: Text::cut("/me waves"), reply_to: None }, "* ada waves"),
            (Content::Edit { target, body: Text::cut("hullo") }, "ada changed [3]: hullo"),
            (Content::Delete { target }, "ada removed [3]"),
            (
                Content::Reaction { target, emoji: Text::cut("👍"), change: ReactionChange::Add },
                "ada reacts to [3] with 👍",
            ),
            (Content::Topic { topic: Text::cut("tea") }, "ada set the topic: tea"),
            (Content::Created, "ada made the room"),
            (file("roof.png", "look"), "ada: [file] roof.png (195 KiB, image/png): look"),
            (Content::Removed { by: AccountId::new(1).unwrap() }, "ada: (removed)"),
        ] {
            let line = entry_line(&entry("ada", content), None, Stamp::Clock, false);
            assert!(line.ends_with(expected), "{line}");
        }
    }

    #[test]
    fn a_hint_names_a_room_so_that_a_shell_leaves_it_alone() {
        for (kind, name, expected) in [
            (RoomKind::Open, "ops", "ops"),
            (RoomKind::Sealed, "board", "board"),
            (RoomKind::SealedDirect, "bob", "@bob"),
            (RoomKind::Direct, "bob", "@@bob"),
            (RoomKind::Sealed, "what; rm 'x'", "'what; rm ?x?'"),
        ] {
            assert_eq!(typed_name(&room(kind, name)), expected);
        }
    }

    #[test]
    fn every_line_of_a_list_says_whether_the_server_can_read_the_room() {
        for (kind, reads) in [
            (RoomKind::Open, "(open: the server can read it)"),
            (RoomKind::Direct, "(between two, not sealed: the server can read it)"),
            (RoomKind::Sealed, "(sealed: only its members can read it)"),
            (RoomKind::SealedDirect, "(sealed: only the two of you can read it)"),
        ] {
            assert!(room_line(&room(kind, "board")).contains(reads), "{kind:?}");
        }
    }

    proptest! {
        #[test]
        fn no_remote_text_reaches_a_line_as_a_control_or_bidi_character(text in hostile(), which in 0..6) {
            let body = || Text::cut(&text);
            let target = Seq::new(3).unwrap();
            let content = match which {
                0 => Content::Text { body: body(), reply_to: None },
                1 => Content::Edit { target, body: body() },
                2 => Content::Topic { topic: Text::cut(&text) },
                3 => Content::Reaction { target, emoji: Text::cut(&text), change: ReactionChange::Add },
                4 => file(&text, &text),
                _ => Content::Created,
            };
            let line = entry_line(&entry(&text, content), Some(&text), Stamp::Full, true);
            for character in line.chars() {
                prop_assert!(character == '\n' || !character.is_control(), "{:?}", line);
                prop_assert!(
                    !matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}'),
                    "{:?}", line
                );
            }
            prop_assert!(line.lines().skip(1).all(|further| further.starts_with("    ")), "{:?}", line);
        }
    }

    fn room(kind: RoomKind, name: &str) -> RoomSummary {
        RoomSummary {
            room: RoomId::new(7).unwrap(),
            name: Text::cut(name),
            kind,
            topic: Text::default(),
            last_seq: Seq::START,
            read_upto: Seq::START,
            members: 2,
            joined: true,
            slow_seconds: 0,
            locked: false,
        }
    }

    fn hostile() -> impl Strategy<Value = String> {
        prop_oneof![".{0,40}", "[\u{0}-\u{9f}\u{200b}-\u{202e}\u{2066}-\u{2069}a\n]{0,40}"]
    }

    fn file(name: &str, caption: &str) -> Content {
        let facts = FileFacts {
            plain_sha256: ContentHash([3; 32]),
            name: Text::cut(name),
            media: Text::cut("image/png"),
        };
        let lock = FileLock::Key { key: Secret32::new([4; 32]), facts };
        let file = FileCard { blob: BlobId([5; 32]), sealed_size: FileSize::new(200_128).unwrap(), lock };
        Content::File { file, caption: Text::cut(caption), reply_to: None }
    }

    fn entry(author: &str, content: Content) -> Entry {
        Entry {
            room: RoomId::new(1).unwrap(),
            seq: Seq::new(12).unwrap(),
            at: Timestamp(1_700_000_000_000),
            author: AccountId::new(1_001).unwrap(),
            author_name: Text::cut(author),
            message_id: MessageId([1; 16]),
            content,
        }
    }
}
