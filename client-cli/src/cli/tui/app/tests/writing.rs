//! Writing: drafts, commands, questions, pastes, and what becomes of what was sent.

use client_cli::{Post, Stopped};
use proto::message::{Goodbye, GoodbyeReason};

use client_cli::Unsent;

use super::*;
use crate::cli::conversation::ask::{Ask, Outcome};

#[test]
fn what_is_said_stands_there_as_on_its_way_until_it_comes_back() {
    let mut desk = Desk::new();
    desk.say("hello");
    let effects = desk.effects();
    let Some(Effect::Post(Ask::Post { message_id, .. })) = effects.first() else { panic!("{effects:?}") };
    assert!(desk.shows("… sending"));
    let mut entry = entry(1, 1, "ada", "hello");
    entry.message_id = *message_id;
    desk.event(ClientEvent::Entry { entry, live: true });
    assert!(desk.shows("hello") && !desk.shows("sending"));
}

#[test]
fn each_room_has_its_own_draft() {
    let mut desk = Desk::new();
    desk.type_in("for the lobby");
    desk.press("ctrl-n");
    desk.type_in("for ops");
    assert_eq!(desk.here().draft.text(), "for ops");
    desk.press("ctrl-p");
    assert_eq!(desk.here().draft.text(), "for the lobby");
    // The list of rooms shows that something is unfinished there.
    assert!(desk.shows("✎"));
}

#[test]
fn a_paste_of_200_lines_is_one_draft_and_is_asked_about() {
    let mut desk = Desk::new();
    let text: Vec<_> = (1..=200).map(|line| format!("line {line}")).collect();
    desk.app.paste(&text.join("\n"));
    assert_eq!(desk.here().draft.lines(), 200);
    assert!(desk.effects().is_empty(), "nothing was sent");
    desk.press("enter");
    assert!(desk.shows("This has 200 lines."));
    desk.press("esc");
    assert_eq!(desk.here().draft.lines(), 200, "nothing is lost by saying no");
    desk.press("enter 1");
    assert!(matches!(desk.effects().as_slice(), [Effect::OfferText(sent)] if *sent == text.join("\n")));
}

#[test]
fn a_long_text_can_be_sent_as_one_message_all_the_same() {
    let mut desk = Desk::new();
    desk.app.paste(&"a\n".repeat(30));
    desk.press("enter 2");
    let effects = desk.effects();
    assert!(
        matches!(effects.as_slice(), [Effect::Post(Ask::Post { post: Post::Text { body, .. }, .. })] if body.lines().count() == 30),
        "{effects:?}"
    );
}

#[test]
fn ctrl_c_clears_first_then_asks_then_leaves() {
    let mut desk = Desk::new();
    desk.type_in("half a thought");
    desk.press("ctrl-c");
    assert!(desk.here().draft.is_empty() && !desk.app.is_leaving());
    desk.press("up");
    assert_eq!(desk.here().draft.text(), "half a thought", "the arrow brings it back");
    desk.press("ctrl-c ctrl-c");
    assert!(!desk.app.is_leaving() && desk.shows("once more leaves"));
    desk.press("x backspace ctrl-c");
    assert!(!desk.app.is_leaving(), "another key in between takes it back");
    desk.press("ctrl-c");
    assert!(desk.app.is_leaving());
}

#[test]
fn what_cannot_be_undone_is_asked_about_once() {
    let mut desk = Desk::of(Role::Moderator);
    desk.say("/delete 3");
    assert!(desk.effects().is_empty(), "nothing happens before the answer");
    desk.press("enter");
    assert!(desk.effects().is_empty() && desk.app.overlays.is_empty(), "Enter alone is no");
    desk.say("/delete 3");
    desk.press("down enter");
    let effects = desk.effects();
    assert!(
        matches!(effects.as_slice(), [Effect::Post(Ask::Post { post: Post::Delete { .. }, .. })]),
        "{effects:?}"
    );
}

#[test]
fn a_refused_message_stays_with_its_reason_and_can_be_sent_again() {
    let mut desk = Desk::new();
    desk.say("buy my things");
    let [Effect::Post(Ask::Post { message_id, .. })] = desk.effects()[..] else { panic!("not sent") };
    let command = proto::message::Command::Send {
        room: room(1),
        message_id,
        body: Text::cut("buy my things"),
        reply_to: None,
    };
    let unsent = Box::new(Unsent { message_id, room: room(1), command });
    let refusal = proto::refusal::Refusal::new(proto::refusal::Code::Filtered, "this room takes no offers");
    desk.event(ClientEvent::NotSent { unsent, refusal });
    assert!(desk.shows("not sent: this room takes no offers"));
    desk.say("/retry");
    assert!(matches!(desk.effects().as_slice(), [Effect::Post(_)]));
    assert!(!desk.shows("takes no offers"), "the failed one makes room for the new try");
}

#[test]
fn a_ban_while_typing_says_why_and_keeps_what_was_typed() {
    let mut desk = Desk::new();
    desk.type_in("as I was say");
    let goodbye = Goodbye {
        reason: GoodbyeReason::Banned,
        detail: Text::cut("This account is banned until Friday: spam."),
        retry_after_ms: None,
    };
    desk.event(ClientEvent::Stopped(Stopped::Goodbye(goodbye)));
    assert!(desk.shows("banned until Friday: spam."));
    desk.type_in("ing");
    assert!(desk.shows("banned until Friday"), "typing on does not take the notice away unseen");
    desk.press("esc");
    assert_eq!(desk.here().draft.text(), "as I was say");
    assert!(desk.app.drafts().any(|(_, draft)| draft == "as I was say"), "and it is kept for the next time");
    assert!(desk.shows("disconnected"));
}

#[test]
fn shortcodes_become_emoji_and_paths_and_times_stay() {
    let mut desk = Desk::new();
    for (typed, sent) in [("well done :tada:", "well done 🎉"), ("at 10:30:00", "at 10:30:00")] {
        desk.say(typed);
        let effects = desk.effects();
        let [Effect::Post(Ask::Post { post: Post::Text { body, .. }, .. })] = effects.as_slice() else {
            panic!("{effects:?}")
        };
        assert_eq!(body, sent);
    }
}

#[test]
fn a_message_that_cannot_be_queued_goes_back_to_where_it_was_written() {
    let mut desk = Desk::new();
    desk.say("a word too many");
    let [Effect::Post(Ask::Post { room, message_id, .. })] = desk.effects()[..] else { panic!("not sent") };
    let lines = vec!["-- The message is too long.".to_owned()];
    let outcome = Box::new(Outcome { lines, failed: true, ..Outcome::default() });
    desk.app.answer(Answer::Posted { post: Some((room, message_id)), outcome });
    assert_eq!(desk.here().draft.text(), "a word too many");
    assert!(desk.shows("-- The message is too long.") && !desk.shows("sending"));
}

#[test]
fn what_was_not_sent_at_the_end_stands_in_front_of_the_draft_in_its_order() {
    let mut desk = Desk::new();
    desk.say("one");
    desk.say("two");
    desk.type_in("three");
    let posts = desk.effects().into_iter().filter_map(|effect| match effect {
        Effect::Post(ask) => ask.message(),
        _ => None,
    });
    let posts: Vec<_> = posts.collect();
    assert_eq!(posts.len(), 2);
    posts.iter().rev().for_each(|(room, id)| desk.app.is_draft_again(*room, *id));
    assert_eq!(desk.here().draft.text(), "one\ntwo\nthree");
    assert!(desk.here().pending.is_empty());
}

#[test]
fn what_is_typed_before_the_first_room_is_there_waits_for_it() {
    let mut desk = Desk::empty();
    desk.type_in("early bird");
    assert!(desk.shows("> early bird"));
    desk.press("enter");
    assert!(desk.effects().is_empty(), "there is no room to say it in yet");
    desk.event(ClientEvent::Room(summary(1, "lobby", RoomKind::Open)));
    desk.event(ClientEvent::Ready);
    assert_eq!(desk.here().draft.text(), "early bird");
}
