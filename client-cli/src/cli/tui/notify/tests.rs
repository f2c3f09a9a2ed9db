use proto::ids::{AccountId, MessageId, Seq, Timestamp};
use proto::message::RoomKind;
use proto::text::Text;

use super::*;

const OPS: u64 = 7;
const BOARD: u64 = 90_001;

#[test]
fn what_calls_by_default_is_a_mention_or_a_direct_message_and_nothing_else() {
    for (calls, rings) in [(Calls::ByName, true), (Calls::Directly, true), (Calls::Nobody, false)] {
        assert_eq!(
            !told(&NotifyConfig::default(), &live(calls), &elsewhere()).is_empty(),
            rings,
            "{calls:?}"
        );
    }
}

#[test]
fn own_messages_and_those_of_ignored_people_never_call() {
    for whose in [Whose::Own, Whose::Ignored] {
        let heard = Heard { whose, ..live(Calls::ByName) };
        assert!(told(&all(), &heard, &elsewhere()).is_empty(), "{whose:?}");
    }
}

#[test]
fn the_open_room_is_silent_only_while_its_end_is_before_the_persons_eyes() {
    let here = Seen { open: Some(room(OPS)), ..elsewhere() };
    assert!(told(&all(), &live(Calls::ByName), &here).is_empty());
    for seen in [
        Seen { focus: Focus::Unfocused, ..here },
        Seen { focus: Focus::Unknown, ..here },
        Seen { at_end: false, ..here },
    ] {
        assert!(!told(&all(), &live(Calls::ByName), &seen).is_empty(), "{seen:?}");
    }
    let unfocused = Seen { focus: Focus::Unfocused, ..here };
    assert!(!told(&all(), &live(Calls::Nobody), &unfocused).is_empty());
}

#[test]
fn a_terminal_that_never_tells_its_focus_does_not_ring_at_each_line_of_the_open_room() {
    let here = Seen { focus: Focus::Unknown, open: Some(room(OPS)), ..elsewhere() };
    assert!(told(&all(), &live(Calls::Nobody), &here).is_empty());
}

#[test]
fn a_quiet_room_calls_only_by_name() {
    let quiet = Seen { quiet: true, ..elsewhere() };
    assert!(!told(&NotifyConfig::default(), &live(Calls::ByName), &quiet).is_empty());
    for calls in [Calls::Directly, Calls::Nobody] {
        assert!(told(&all(), &live(calls), &quiet).is_empty(), "{calls:?}");
    }
}

#[test]
fn who_wants_no_calls_gets_none() {
    let off = NotifyConfig { when: When::Off, ..NotifyConfig::default() };
    assert!(told(&off, &live(Calls::ByName), &elsewhere()).is_empty());
}

#[test]
fn one_message_is_told_at_once_and_a_burst_after_it_in_one_sentence() {
    let mut notifier = Notifier::new(all());
    let start = Instant::now();
    let first = notifier.heard(&live(Calls::Nobody), &elsewhere(), start);
    assert_eq!(titles(&first), ["message from bob in #ops"]);
    for calls in [Calls::ByName, Calls::Nobody, Calls::ByName] {
        let soon = start + Duration::from_millis(300);
        assert_eq!(notifier.heard(&live(calls), &elsewhere(), soon), []);
    }
    let due = notifier.poll_timeout().unwrap();
    assert_eq!(due, start + PAUSE);
    assert_eq!(notifier.handle_timeout(due - Duration::from_millis(1)), []);
    let second = notifier.handle_timeout(due);
    assert_eq!(titles(&second), ["3 messages in 1 room, 2 mention you"]);
    assert_eq!(second.iter().filter(|notice| **notice == Notice::Bell).count(), 1);
    assert_eq!(notifier.poll_timeout(), None);
}

#[test]
fn what_was_missed_is_told_once_when_all_of_it_has_come() {
    let mut notifier = Notifier::new(NotifyConfig::default());
    let start = Instant::now();
    for n in 0..12_u64 {
        let calls = if n % 6 == 0 { Calls::ByName } else { Calls::Nobody };
        let heard = Heard { room: room(20 + n % 3), live: false, ..live(calls) };
        assert_eq!(notifier.heard(&heard, &elsewhere(), start + Duration::from_millis(100 * n)), []);
    }
    let due = notifier.poll_timeout().unwrap();
    assert_eq!(due, start + Duration::from_millis(1_100) + SETTLED);
    assert_eq!(titles(&notifier.handle_timeout(due)), ["12 messages in 3 rooms, 2 mention you"]);
    assert_eq!(notifier.poll_timeout(), None);
}

#[test]
fn missed_messages_that_never_stop_coming_are_told_all_the_same() {
    let mut notifier = Notifier::new(NotifyConfig::default());
    let start = Instant::now();
    let missed = Heard { live: false, ..live(Calls::ByName) };
    for n in 0..20 {
        notifier.heard(&missed, &elsewhere(), start + Duration::from_millis(900) * n);
    }
    assert_eq!(notifier.poll_timeout(), Some(start + PATIENCE));
}

#[test]
fn missed_messages_that_call_nobody_are_not_told() {
    let mut notifier = Notifier::new(NotifyConfig::default());
    let start = Instant::now();
    notifier.heard(&Heard { live: false, ..live(Calls::Nobody) }, &elsewhere(), start);
    assert_eq!(notifier.handle_timeout(start + PATIENCE), []);
    assert_eq!(notifier.poll_timeout(), None);
}

#[test]
fn what_was_unread_at_the_start_is_told_with_what_was_missed() {
    let mut notifier = Notifier::new(NotifyConfig::default());
    let start = Instant::now();
    for (n, direct, quiet) in [(OPS, false, false), (BOARD, true, false), (3, false, true)] {
        notifier.waiting(&Waiting { room: room(n), messages: 4, direct, quiet }, start);
    }
    let told = notifier.handle_timeout(start + SETTLED);
    assert_eq!(titles(&told), ["8 messages in 2 rooms, 4 direct"]);
}

#[test]
fn a_room_that_was_read_meanwhile_is_no_longer_told() {
    let mut notifier = Notifier::new(NotifyConfig::default());
    let start = Instant::now();
    for (n, calls) in [(OPS, Calls::ByName), (BOARD, Calls::ByName)] {
        notifier.heard(&Heard { room: room(n), live: false, ..live(calls) }, &elsewhere(), start);
    }
    notifier.read(room(BOARD));
    assert_eq!(titles(&notifier.handle_timeout(start + SETTLED)), ["bob mentions you in #ops"]);
}

#[test]
fn what_was_said_in_a_sealed_room_is_in_no_notice_unless_the_person_wants_it_there() {
    let heard = Heard { sealed: true, place: "~board".to_owned(), ..live(Calls::ByName) };
    for (show_text, body) in [(ShowText::Never, ""), (ShowText::Open, ""), (ShowText::Always, "hello")] {
        let config = NotifyConfig { show_text, ..NotifyConfig::default() };
        let told = told(&config, &heard, &elsewhere());
        assert_eq!(titles(&told), ["bob mentions you in ~board"]);
        assert_eq!(bodies(&told), [body], "{show_text:?}");
    }
    let open = told(&NotifyConfig::default(), &live(Calls::ByName), &elsewhere());
    assert_eq!(bodies(&open), ["hello"]);
}

#[test]
fn the_desktop_takes_the_place_of_the_terminal_unless_both_are_asked_for() {
    let kinds = |terminal| {
        let config = NotifyConfig { bell: false, desktop: true, terminal, ..all() };
        told(&config, &live(Calls::Nobody), &elsewhere()).len()
    };
    assert_eq!((kinds(TerminalNotice::Auto), kinds(TerminalNotice::Osc9)), (1, 2));
}

#[test]
fn only_messages_files_and_changes_that_name_the_person_are_heard() {
    let summary = summary(RoomKind::SealedDirect);
    let of = |content| Heard::of(&entry(content), &summary, "ada", Whose::Others, true);
    let said = of(Content::Text { body: Text::cut("tea?"), reply_to: None }).unwrap();
    assert_eq!((said.calls, said.sealed, &*said.place), (Calls::Directly, true, "@bob"));
    let target = Seq::new(3).unwrap();
    assert_eq!(of(Content::Edit { target, body: Text::cut("tea") }), None);
    let named = of(Content::Edit { target, body: Text::cut("@ada tea") }).unwrap();
    assert_eq!(named.calls, Calls::ByName);
    for content in [Content::Created, Content::Delete { target }, Content::Topic { topic: Text::cut("@ada") }]
    {
        assert_eq!(of(content), None);
    }
}

#[test]
fn hostile_names_and_texts_become_short_harmless_lines() {
    let accents = format!("e{}", "\u{301}".repeat(300));
    for hostile in [
        "\x1b]0;owned\x07\x1b\\",
        "\u{202e}gnp.exe",
        "line\r\none\ttwo\u{85}three",
        &accents,
        &"👩\u{200d}🚀".repeat(400),
        &"日本語".repeat(400),
        "4;3;50",
    ] {
        let text = hostile.to_owned();
        let heard = Heard { author: text.clone(), place: text.clone(), text, ..live(Calls::ByName) };
        for notice in told(&all(), &heard, &elsewhere()) {
            let Notice::Terminal(words) = notice else { continue };
            for line in [words.title, words.body] {
                assert!(!line.chars().any(char::is_control) && !line.contains('\u{202e}'), "{line:?}");
                assert!(line.len() < 6_000, "{} bytes of {hostile:?}", line.len());
            }
        }
    }
}

fn told(config: &NotifyConfig, heard: &Heard, seen: &Seen) -> Vec<Notice> {
    Notifier::new(*config).heard(heard, seen, Instant::now())
}

fn titles(notices: &[Notice]) -> Vec<&str> {
    notices.iter().filter_map(words).map(|words| &*words.title).collect()
}

fn bodies(notices: &[Notice]) -> Vec<&str> {
    notices.iter().filter_map(words).map(|words| &*words.body).collect()
}

fn words(notice: &Notice) -> Option<&Words> {
    match notice {
        Notice::Bell => None,
        Notice::Terminal(words) | Notice::Desktop(words) => Some(words),
    }
}

fn all() -> NotifyConfig {
    NotifyConfig { when: When::All, ..NotifyConfig::default() }
}

fn live(calls: Calls) -> Heard {
    Heard {
        room: room(OPS),
        place: "#ops".to_owned(),
        author: "bob".to_owned(),
        text: "hello".to_owned(),
        calls,
        sealed: false,
        whose: Whose::Others,
        live: true,
    }
}

fn elsewhere() -> Seen {
    Seen { focus: Focus::Focused, open: Some(room(1)), at_end: true, quiet: false }
}

fn room(n: u64) -> RoomId {
    RoomId::new(n).unwrap()
}

fn summary(kind: RoomKind) -> RoomSummary {
    RoomSummary {
        room: room(OPS),
        name: Text::cut("bob"),
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

fn entry(content: Content) -> Entry {
    Entry {
        room: room(OPS),
        seq: Seq::new(12).unwrap(),
        at: Timestamp(1_700_000_000_000),
        author: AccountId::new(1_001).unwrap(),
        author_name: Text::cut("bob"),
        message_id: MessageId([1; 16]),
        content,
    }
}
