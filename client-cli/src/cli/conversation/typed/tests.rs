//! Typed lines and events against the line mode's memory.

use std::time::Duration;

use client_cli::{ClientEvent, Unsent};
use proptest::prelude::*;
use proto::ids::{AccountId, DeviceId, MessageId, RoomId, Timestamp};
use proto::message::{
    Content, Entry, HeldDecision, NoticeKind, PeopleChange, Person, ReportCategory, ReportWhat, Role,
    RoomKind, RoomSummary, Welcome,
};
use proto::refusal::{Code, Refusal};
use proto::text::List;

use super::*;
use crate::cli::conversation::chat::Echo;

mod preferences;

#[test]
fn a_line_is_said_in_the_current_room_and_a_slash_can_be_said() {
    let mut chat = chat();
    for (line, said) in [("hello", "hello"), ("//shrug", "/shrug"), ("/me waves", "/me waves")] {
        let Step::Ask(Ask::Post { room: at, post: Post::Text { body, .. }, .. }) = chat.typed(line) else {
            panic!("{line} is not said")
        };
        assert_eq!((at, body.as_str()), (lobby(), said));
    }
}

#[test]
fn commands_with_wrong_arguments_say_how_they_are_typed() {
    let mut chat = chat();
    for line in
        ["/msg bob", "/reply x hello", "/edit 3", "/react 0 👍", "/history a", "/devices revoke", "/join"]
    {
        let shown = shown(chat.typed(line));
        let row = commands::find(first_word(&line[1..]).0).unwrap();
        assert!(shown.contains(&usage(row)), "{line}: {shown}");
    }
    assert!(shown(chat.typed("/whoo")).contains("Did you mean /who?"));
    assert!(shown(chat.typed("/reply 0 x")).contains("/reply NUMBER TEXT"));
}

#[test]
fn joining_a_sealed_room_goes_there_or_says_who_lets_one_in() {
    let mut chat = chat();
    assert!(shown(chat.typed("/join ~board")).contains("no sealed room called ~board"));
    chat.handle(ClientEvent::Room(summary(8, "board", RoomKind::Sealed)));
    assert!(shown(chat.typed("/join ~board")).contains("you are in ~board"));
    assert!(matches!(chat.typed("/join board"), Step::Ask(Ask::Join { name }) if name == "board"));
}

#[test]
fn messages_are_referred_to_by_their_numbers() {
    let mut chat = chat();
    let target = Seq::new(12).unwrap();
    assert!(matches!(
        chat.typed("/reply [12] yes"),
        Step::Ask(Ask::Post { post: Post::Text { reply_to: Some(seq), .. }, .. }) if seq == target
    ));
    assert!(
        matches!(chat.typed("/delete 12"), Step::Ask(Ask::Post { post: Post::Delete { target: seq }, .. }) if seq == target)
    );
    assert!(matches!(
        chat.typed("/unreact 12 👍"),
        Step::Ask(Ask::Post { post: Post::React { change: ReactionChange::Remove, .. }, .. })
    ));
}

#[test]
fn bans_take_durations_and_reasons_in_any_sensible_form() {
    let mut chat = chat();
    for (line, expected, why) in [
        ("/ban mallory", None, ""),
        ("/ban @mallory 10m spam and more", Some(600), "spam and more"),
        ("/ban mallory 2w", Some(1_209_600), ""),
        ("/ban mallory forever spam", None, "spam"),
        ("/ban mallory being rude", None, "being rude"),
    ] {
        let Step::Ask(Ask::Do { command: Command::Ban { name, reason, seconds }, .. }) = chat.typed(line)
        else {
            panic!("{line}")
        };
        assert_eq!((&*name, &*reason, seconds), ("mallory", why, expected), "{line}");
    }
    assert!(shown(chat.typed("/ban mallory 99999w")).contains("ten years"));
}

#[test]
fn a_length_without_a_moderator_s_unit_belongs_to_the_reason() {
    let mut chat = chat();
    for (line, room, seconds, why) in [
        ("/mute mallory 10m calm down", None, Some(600), "calm down"),
        ("/mute here mallory 1h", Some(1), Some(3_600), ""),
        ("/mute @here", None, None, ""),
        ("/mute mallory 3 warnings", None, None, "3 warnings"),
    ] {
        let Step::Ask(Ask::Do {
            command: Command::Mute { room: found, reason, seconds: length, .. }, ..
        }) = chat.typed(line)
        else {
            panic!("{line}")
        };
        assert_eq!((found.map(RoomId::get), length, &*reason), (room, seconds, why), "{line}");
    }
}

#[test]
fn a_purge_is_of_the_last_day_unless_something_else_is_said() {
    let mut chat = chat();
    for (line, expected, why) in [
        ("/purge mallory", Some(86_400), ""),
        ("/purge @mallory 2h spam and more", Some(7_200), "spam and more"),
        ("/purge mallory all", None, ""),
        ("/purge mallory all spam", None, "spam"),
        ("/purge mallory being rude", Some(86_400), "being rude"),
        ("/purge mallory 365d", Some(limits::PURGE_SECONDS), ""),
    ] {
        let Step::Ask(Ask::Purge { command: Command::Purge { name, reason, seconds }, .. }) =
            chat.typed(line)
        else {
            panic!("{line}")
        };
        assert_eq!((&*name, &*reason, seconds), ("mallory", why, expected), "{line}");
    }
    assert!(shown(chat.typed("/purge mallory 366d")).contains("a year at most"));
    assert!(shown(chat.typed("/purge")).contains("/purge NAME"));
}

#[test]
fn a_report_is_of_messages_or_of_a_person() {
    let mut chat = chat();
    let report = |step: Step| match step {
        Step::Ask(Ask::Report { command: Command::Report { what, category, note }, .. }) => {
            (what, category, note.into_inner())
        }
        other => panic!("{other:?}"),
    };
    let (what, category, note) = report(chat.typed("/report 12,[13] spam all day"));
    let ReportWhat::Messages { room, seqs } = what else { panic!("{what:?}") };
    assert_eq!((room.get(), seqs.iter().map(|seq| seq.get()).collect::<Vec<_>>()), (1, vec![12, 13]));
    assert_eq!((category, note.as_str()), (ReportCategory::Spam, "all day"));
    let (what, category, note) = report(chat.typed("/report @mallory is not who they say"));
    assert_eq!(what, ReportWhat::Account { name: Text::cut("mallory") });
    assert_eq!((category, note.as_str()), (ReportCategory::Other, "is not who they say"));
    assert!(shown(chat.typed("/report")).contains("/report NUMBER"));
    let many: Vec<_> = (1..=21).map(|number| number.to_string()).collect();
    assert!(shown(chat.typed(&format!("/report {}", many.join(",")))).contains("at most 20"));
}

#[test]
fn slow_mode_and_raid_levels_take_lengths_and_say_their_limits() {
    let mut chat = chat();
    for (line, expected) in [("/slow 30", 30), ("/slow 2m", 120), ("/slow off", 0), ("/slow 0", 0)] {
        let Step::Ask(Ask::Do { command: Command::SlowMode { seconds, .. }, .. }) = chat.typed(line) else {
            panic!("{line}")
        };
        assert_eq!(seconds, expected, "{line}");
    }
    assert!(shown(chat.typed("/slow 7h")).contains("at most 6 h"));
    assert!(shown(chat.typed("/slow forever")).contains("at most 6 h"));
    for (line, level, minutes) in [("/raid 2 1h bots", 2, 60), ("/raid 5", 5, 0), ("/raid 3 90s", 3, 2)] {
        let Step::Ask(Ask::Do { command: Command::Raid { level: found, minutes: length, .. }, .. }) =
            chat.typed(line)
        else {
            panic!("{line}")
        };
        assert_eq!((found, length), (level, minutes), "{line}");
    }
    assert!(shown(chat.typed("/raid 6")).contains("choose 5"));
    assert!(shown(chat.typed("/raid 2 5w")).contains("28 d at most"));
}

#[test]
fn what_moderators_do_is_said_in_words() {
    let mut chat = chat();
    let mut told = |event| {
        let shows = chat.handle(event);
        shows.into_iter().map(|show| format!("{show:?}")).collect::<Vec<_>>().join(" ")
    };
    let (room, message_id) = (RoomId::new(7).unwrap(), MessageId([7; 16]));
    let posture = |slow_seconds, locked| ClientEvent::RoomPosture { room, slow_seconds, locked };
    assert!(told(posture(30, false)).contains("one message each 30 s"));
    assert!(told(posture(30, true)).contains("#ops is locked"));
    let opened = told(posture(0, false));
    assert!(
        opened.contains("open for writing again") && opened.contains("slow mode in #ops is over"),
        "{opened}"
    );
    assert_eq!(told(posture(0, false)), "", "what did not change is not news");
    told(posture(60, true));
    let (since, upto) = (Timestamp(0), Timestamp(1));
    let account = AccountId::new(9_999).unwrap();
    assert!(told(ClientEvent::Purged { account, since, upto }).contains("removed messages of somebody"));
    assert!(told(ClientEvent::Restored { account, since, upto }).contains("are back"));
    assert!(
        told(ClientEvent::Held { room, message_id, why: "links wait".to_owned() })
            .contains("nobody else sees it yet: links wait")
    );
    let decided = HeldDecision::Rejected;
    assert!(told(ClientEvent::HeldDecided { room, message_id, decided }).contains("refused your message"));
    let refusal = Refusal::new(Code::SlowMode, "Slow.");
    let wait = Duration::from_secs(12);
    assert!(told(ClientEvent::Postponed { room, message_id, wait, refusal }).contains("in 12 s"));
    let notice = ClientEvent::Notice { kind: NoticeKind::Announcement, text: "Lunch.".to_owned() };
    assert!(told(notice).contains("-- announcement: Lunch."));
    let there = shown(chat.typed("/room ops"));
    assert!(there.contains("one message each 60 s, locked"), "{there}");
}

#[test]
fn help_lists_what_one_may_use_and_explains_a_command() {
    let mut chat = chat();
    let list = shown(chat.typed("/help"));
    assert!(list.contains("/chatmember") && !list.contains("/ban"), "{list}");
    assert!(shown(chat.typed("/help /members")).contains("also: /members"));
    chat.me.role = Role::Moderator;
    assert!(shown(chat.typed("/help")).contains("/ban NAME"));
}

#[test]
fn a_mention_rings_once_and_is_marked_in_words() {
    let mut chat = chat();
    let shows = chat.handle(said(11, "bob", "@ada are you there, @ada?"));
    assert_eq!(shows.iter().filter(|show| **show == Show::Bell).count(), 1);
    assert!(
        matches!(&shows[1], Show::Line(line) if line.ends_with("bob mentions you: @ada are you there, @ada?"))
    );
    assert!(!chat.handle(said(12, "bob", "ada is not called")).contains(&Show::Bell));
    assert!(!chat.handle(said(13, "ada", "I call myself @ada")).contains(&Show::Bell));
}

#[test]
fn a_burst_of_missed_mentions_rings_once() {
    let mut chat = chat();
    let mut bells = 0;
    for number in 11..20 {
        let ClientEvent::Entry { entry, .. } = said(number, "bob", "@ada") else { unreachable!() };
        bells += chat.handle(ClientEvent::Entry { entry, live: false }).contains(&Show::Bell) as usize;
    }
    assert_eq!(bells, 1);
}

#[test]
fn one_s_own_message_shows_its_number_where_it_was_typed_and_whole_elsewhere() {
    for (echo, expected) in [(Echo::Number, "[11] sent"), (Echo::Whole, "ada: hello")] {
        let mut chat = chat_with(echo);
        let Step::Ask(Ask::Post { message_id, .. }) = chat.typed("hello") else { panic!("not said") };
        let ClientEvent::Entry { mut entry, live } = said(11, "ada", "hello") else { unreachable!() };
        entry.message_id = message_id;
        entry.author = me().account;
        let shows = chat.handle(ClientEvent::Entry { entry, live });
        assert!(format!("{shows:?}").contains(expected), "{shows:?}");
    }
}

#[test]
fn a_new_day_is_announced_once() {
    let mut chat = chat();
    let mut days = 0;
    for (number, at) in [(11, 0), (12, 1_000), (13, 5 * 86_400_000), (14, 5 * 86_400_000)] {
        let ClientEvent::Entry { mut entry, live } = said(number, "bob", "hello") else { unreachable!() };
        entry.at = Timestamp(1_700_000_000_000 + at);
        let shows = chat.handle(ClientEvent::Entry { entry, live });
        days +=
            shows.iter().filter(|show| matches!(show, Show::Note(note) if note.contains("November"))).count();
    }
    assert_eq!(days, 2);
}

#[test]
fn who_comes_and_goes_is_told_after_the_start_and_only_for_this_room() {
    let mut chat = chat();
    let first = chat.handle(people(2, "bob", true));
    assert_eq!(first, [Show::Note("-- bob is online".to_owned())]);
    assert_eq!(chat.handle(people(2, "bob", false)), [Show::Note("-- bob went offline".to_owned())]);
    assert_eq!(chat.handle(people(3, "carol", true)), [Show::Note("-- carol joined #lobby".to_owned())]);
    chat.typed("/room ops");
    assert_eq!(chat.handle(people(3, "bob", true)), []);
}

#[test]
fn a_refused_message_keeps_its_words_and_retry_sends_them() {
    let mut chat = chat();
    let message_id = MessageId([7; 16]);
    let command =
        Command::Send { room: lobby(), message_id, body: Text::cut("my careful words"), reply_to: None };
    let unsent = Box::new(Unsent { message_id, room: lobby(), command });
    let shows =
        chat.handle(ClientEvent::NotSent { unsent, refusal: Refusal::new(Code::LimitReached, "too long") });
    assert!(format!("{shows:?}").contains("my careful words"));
    let Step::Again(asks) = chat.typed("/retry") else { panic!("nothing to send again") };
    assert!(
        matches!(&asks[..], [Ask::Post { post: Post::Text { body, .. }, .. }] if body == "my careful words")
    );
    assert!(shown(chat.typed("/retry")).contains("nothing was refused"));
}

proptest! {
    #[test]
    fn typed_garbage_never_panics(line in "(/[a-z]{0,10} ?)?.{0,40}") {
        let mut chat = chat();
        let _ = chat.typed(&line);
    }

    #[test]
    fn nothing_remote_reaches_the_screen_as_a_control_or_bidi_character(
        text in "[\u{0}-\u{9f}\u{200b}-\u{202e}\u{2066}-\u{2069}a@ ]{0,40}",
    ) {
        let mut chat = chat();
        let refusal = Refusal::new(Code::BadInput, &text);
        let mut shows = chat.handle(said(11, &text, &text));
        shows.extend(chat.handle(people(9, &text, true)));
        shows.extend(chat.handle(ClientEvent::Offline { why: text.clone(), retry_in: Duration::from_secs(1) }));
        shows.extend(chat.handle(ClientEvent::Stopped(client_cli::Stopped::Denied(refusal))));
        for show in shows {
            let line = match show { Show::Line(line) | Show::Note(line) => line, Show::Bell => continue };
            // The screen's own last step.
            let line = domain::text::term_safe_lines(&line).into_owned();
            prop_assert!(
                line.chars().all(|c| c == '\n' || !c.is_control()
                    && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')),
                "{:?}", line
            );
        }
    }
}

pub(crate) fn chat() -> Chat {
    chat_with(Echo::Whole)
}

fn chat_with(echo: Echo) -> Chat {
    let mut chat = Chat::new(me(), echo);
    for (number, name) in [(1, "lobby"), (7, "ops")] {
        chat.handle(ClientEvent::Room(summary(number, name, RoomKind::Open)));
    }
    chat.handle(ClientEvent::Ready);
    chat
}

fn summary(number: u64, name: &str, kind: RoomKind) -> RoomSummary {
    RoomSummary {
        room: RoomId::new(number).unwrap(),
        name: Text::cut(name),
        kind,
        topic: Text::default(),
        last_seq: Seq::new(10).unwrap(),
        read_upto: Seq::new(10).unwrap(),
        members: 2,
        joined: true,
        slow_seconds: 0,
        locked: false,
    }
}

fn me() -> Welcome {
    Welcome {
        account: AccountId::new(1_001).unwrap(),
        name: Text::cut("ada"),
        role: Role::Member,
        device: DeviceId::new(77).unwrap(),
        server: Text::cut("Test"),
        now: Timestamp(0),
        login_until: Timestamp(0),
        incarnation: 1,
        recovery_codes: List::default(),
    }
}

fn said(number: u64, author: &str, body: &str) -> ClientEvent {
    let entry = Entry {
        room: lobby(),
        seq: Seq::new(number).unwrap(),
        at: Timestamp(1_700_000_000_000),
        author: AccountId::new(2_002).unwrap(),
        author_name: Text::cut(author),
        message_id: MessageId([1; 16]),
        content: Content::Text { body: Text::cut(body), reply_to: None },
    };
    ClientEvent::Entry { entry, live: true }
}

fn people(members: u32, name: &str, online: bool) -> ClientEvent {
    let account = AccountId::new(3_000 + name.len() as u64).unwrap();
    let person = Person { account, name: Text::cut(name), role: Role::Member, online };
    let changed = List::new(vec![person]).unwrap();
    ClientEvent::People(PeopleChange { room: lobby(), changed, left: List::default(), members, online: 1 })
}

fn shown(step: Step) -> String {
    let Step::Show(shows) = step else { panic!("{step:?} shows nothing") };
    let texts = shows.into_iter().map(|show| match show {
        Show::Line(text) | Show::Note(text) => text,
        Show::Bell => String::new(),
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn lobby() -> RoomId {
    RoomId::new(1).unwrap()
}
