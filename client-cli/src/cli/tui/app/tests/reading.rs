//! Reading: unread counts, mentions, scrolling, pages of the log.

use proptest::prelude::*;
use proto::bytes::Secret32;
use proto::ids::{BlobId, ContentHash, FileSize};
use proto::message::{FileCard, FileFacts, FileLock};

use super::*;

#[test]
fn a_message_elsewhere_is_counted_and_the_next_unread_goes_to_who_calls_first() {
    let mut desk = Desk::new();
    desk.hear(2, 1, "bob", "deploy at ten?");
    desk.hear(3, 1, "bob", "@ada can you check?");
    let screen = desk.screen();
    assert!(screen.iter().any(|row| row.starts_with(" 3 #ops") && row.contains(" 1 │")), "{screen:#?}");
    assert!(screen.iter().any(|row| row.starts_with(" 2 ~board") && row.contains("@1 1 │")), "{screen:#?}");
    assert!(screen.last().unwrap().ends_with("2 unread, 1 for you"), "{screen:#?}");
    desk.press("alt-a");
    assert_eq!(desk.here().summary.room, room(3));
    desk.press("alt-a");
    assert_eq!(desk.here().summary.room, room(2));
    assert!(desk.app.rooms.values().all(|room| room.unread == 0 && room.mentions == 0));
}

#[test]
fn messages_are_not_read_while_the_window_is_not_looked_at() {
    let mut desk = Desk::new();
    desk.app.focus(false);
    desk.hear(1, 1, "bob", "are you there?");
    assert_eq!(desk.here().unread, 1);
    assert!(desk.shows("── new ──"));
    desk.app.mark_read();
    assert!(!desk.effects().iter().any(|effect| matches!(effect, Effect::Mark(..))));
    desk.app.focus(true);
    assert_eq!(desk.here().unread, 0);
    desk.app.mark_read();
    assert!(
        desk.effects()
            .iter()
            .any(|effect| matches!(effect, Effect::Mark(at, upto) if (*at, *upto) == (room(1), seq(1))))
    );
}

#[test]
fn at_the_start_only_what_others_said_is_unread() {
    let mut desk = Desk::empty();
    for (number, name, last) in [(1, "lobby", 0), (2, "ops", 6)] {
        let mut summary = summary(number, name, RoomKind::Open);
        summary.last_seq = Seq::new(last).unwrap_or(Seq::START);
        desk.event(ClientEvent::Room(summary));
    }
    desk.event(ClientEvent::Ready);
    let asks =
        |effect: &Effect| matches!(effect, Effect::Load { room: at, why: Why::Unread, .. } if *at == room(2));
    assert!(desk.effects().iter().any(asks));
    let mut answer = page(2, &[2, 3, 4, 5], false);
    let mut items = answer.items.into_inner();
    items[0].entry = entry(2, 2, "ada", "my own");
    items[1].entry.content = Content::Created;
    items[2].entry = entry(2, 4, "bob", "@ada look");
    answer.items = List::new(items).unwrap();
    desk.app.answer(Answer::Page { room: room(2), why: Why::Unread, page: Ok(answer) });
    let ops = &desk.app.rooms[&room(2)];
    assert_eq!((ops.unread, ops.mentions), (2, 1));
}

#[test]
fn what_was_seen_before_it_was_counted_is_not_counted_any_more() {
    let mut desk = Desk::empty();
    for (number, name, last) in [(1, "lobby", 0), (2, "ops", 6)] {
        let mut summary = summary(number, name, RoomKind::Open);
        summary.last_seq = Seq::new(last).unwrap_or(Seq::START);
        desk.event(ClientEvent::Room(summary));
    }
    desk.event(ClientEvent::Ready);
    desk.press("alt-2 alt-1");
    desk.hear(2, 7, "bob", "one more");
    let answer = page(2, &[1, 2, 3, 4, 5, 6, 7], false);
    desk.app.answer(Answer::Page { room: room(2), why: Why::Unread, page: Ok(answer) });
    assert_eq!(desk.app.rooms[&room(2)].unread, 1);
}

#[test]
fn a_picture_is_fetched_when_its_reader_asks_and_not_before() {
    let mut desk = Desk::new();
    let facts = FileFacts {
        plain_sha256: ContentHash([0; 32]),
        name: Text::cut("tea.png"),
        media: Text::cut("image/png"),
    };
    let file = FileCard {
        blob: BlobId([5; 32]),
        sealed_size: FileSize::new(4_096).unwrap(),
        lock: FileLock::Key { key: Secret32::new([0; 32]), facts },
    };
    let content = Content::File { file, caption: Text::cut("tea"), reply_to: None };
    let entry = Entry { content, ..entry(1, 1, "bob", "") };
    desk.event(ClientEvent::Entry { entry, live: true });
    assert!(desk.shows("tea.png"));
    desk.press("alt-up esc");
    let fetches = |effect: &Effect| matches!(effect, Effect::Picture(..));
    assert!(!desk.effects().iter().any(fetches));
    desk.press("f5");
    assert!(desk.effects().iter().any(fetches));
}

#[test]
fn who_reads_further_up_stays_there_and_is_told_what_comes() {
    let mut desk = Desk::new();
    for number in 1..=100 {
        desk.hear(1, number, "bob", &format!("message {number}"));
    }
    desk.press("pageup");
    let before = desk.screen();
    desk.hear(1, 101, "bob", "one more");
    let after = desk.screen();
    assert_eq!(before[3..18], after[3..18], "the text does not move under the eyes");
    assert!(after.iter().any(|row| row.contains("1 new message below")), "{after:#?}");
    desk.press("esc");
    assert!(desk.shows("one more") && !desk.shows("below"));
}

#[test]
fn the_log_is_read_further_when_somebody_scrolls_to_its_top() {
    let mut desk = Desk::new();
    desk.press("ctrl-n ctrl-n");
    let effects = desk.effects();
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Load { why: Why::Older, .. })),
        "{effects:?}"
    );
    let here = desk.here().summary.room;
    let numbers: Vec<_> = (801..=1000).collect();
    desk.app.answer(Answer::Page { room: here, why: Why::Older, page: Ok(page(here.get(), &numbers, true)) });
    desk.screen();
    assert!(desk.effects().is_empty(), "200 rows are enough for now");
    for _ in 0..10 {
        desk.press("pageup");
        desk.screen();
    }
    let effects = desk.effects();
    let wanted = HistoryFrom::Before(seq(801));
    assert!(
        effects.iter().any(|effect| matches!(effect, Effect::Load { from, .. } if *from == wanted)),
        "{effects:?}"
    );
    assert_eq!(effects.len(), 1, "one page at a time");
}

#[test]
fn a_log_is_bounded_and_the_newest_come_back() {
    let mut log = log::Log::default();
    for start in (1..=120).rev() {
        let numbers: Vec<_> = (start * 100 - 99..=start * 100).collect();
        log.older(&page(1, &numbers, 1 < start).items, 1 < start, "ada");
    }
    assert_eq!(log.len(), log::MOST);
    assert!(log.cut && log.whole);
    assert_eq!((log.oldest(), log.newest()), (Some(seq(1)), Some(seq(10_000))));
    log.newer(&page(1, &(10_001..=10_100).collect::<Vec<_>>(), true).items, true, "ada");
    assert_eq!((log.len(), log.newest()), (log::MOST, Some(seq(10_100))));
    assert!(!log.whole, "the oldest made room");
}

#[test]
fn later_entries_change_the_message_they_are_about() {
    let mut desk = Desk::new();
    desk.hear(1, 1, "bob", "helo");
    let mut change = entry(1, 2, "bob", "");
    change.content = Content::Edit { target: seq(1), body: Text::cut("hello") };
    desk.event(ClientEvent::Entry { entry: change.clone(), live: true });
    assert!(desk.shows("hello (edited)"));
    change.seq = seq(3);
    change.content = Content::Reaction {
        target: seq(1),
        emoji: Text::cut("👍"),
        change: proto::message::ReactionChange::Add,
    };
    desk.event(ClientEvent::Entry { entry: change.clone(), live: true });
    assert!(desk.shows("[👍 1]"));
    change.seq = seq(4);
    change.content = Content::Delete { target: seq(1) };
    desk.event(ClientEvent::Entry { entry: change, live: true });
    assert!(desk.shows("(removed)") && !desk.shows("hello"));
}

#[test]
fn a_purge_blanks_what_stands_on_the_screen() {
    let mut desk = Desk::new();
    desk.hear(1, 1, "mallory", "buy my things");
    desk.hear(1, 2, "bob", "no");
    let (since, upto) = (Timestamp(0), Timestamp(i64::MAX));
    desk.event(ClientEvent::Purged { account: account(3_003), since, upto });
    assert!(!desk.shows("buy my things") && desk.shows("(removed)") && desk.shows(" no"));
}

#[test]
fn a_message_is_chosen_and_what_can_be_done_with_it_is_listed() {
    let mut desk = Desk::new();
    desk.hear(1, 1, "bob", "first");
    desk.hear(1, 2, "bob", "second");
    desk.press("alt-up alt-up enter");
    assert!(desk.shows("1 bob: first") && desk.shows("Reply"));
    assert!(!desk.shows("Ban them"), "a member is not offered what only moderators may");
    desk.press("r");
    assert_eq!(desk.here().draft.text(), "/reply 1 ");
    desk.press("ctrl-c alt-down alt-down enter");
    assert!(desk.app.overlays.is_empty(), "nothing is chosen any more");
}

#[test]
fn mentions_are_gone_through_in_both_directions() {
    let mut desk = Desk::new();
    for number in 1..=60 {
        let text = if number % 20 == 0 { "look, @ada" } else { "other things" };
        desk.hear(1, number, "bob", text);
    }
    let chosen = |desk: &Desk| {
        let room = desk.here();
        room.chosen
            .and_then(|row| room.log.row(row))
            .and_then(log::Row::message)
            .map(|message| message.seq.get())
    };
    desk.press("alt-p");
    assert_eq!(chosen(&desk), Some(60));
    desk.press("alt-p alt-p");
    assert_eq!(chosen(&desk), Some(20));
    assert!(desk.shows("◂"), "and it is seen");
    desk.press("alt-n");
    assert_eq!(chosen(&desk), Some(40));
}

#[test]
fn a_room_of_two_says_that_it_is_sealed_and_an_open_one_that_the_server_reads() {
    let mut desk = Desk::new();
    assert!(desk.shows("#lobby (open: the server can read it)"));
    desk.press("alt-4");
    assert!(desk.shows("@bob (sealed: only the two of you can read it)"));
}

proptest! {
    #[test]
    fn no_remote_text_reaches_a_cell_as_a_control_or_bidi_character(
        text in "[\u{0}-\u{9f}\u{200b}-\u{202e}\u{2066}-\u{2069}a日👩\u{200d}🚀\u{301}\n]{0,60}"
    ) {
        let mut desk = Desk::new();
        let mut named = summary(9, &text, RoomKind::Sealed);
        named.topic = Text::cut(&text);
        desk.event(ClientEvent::Room(named));
        desk.hear(1, 1, &text, &text);
        desk.event(ClientEvent::Notice { kind: proto::message::NoticeKind::Operator, text: text.clone() });
        for keys in ["", "alt-up enter", "esc ctrl-k", "esc ctrl-f"] {
            desk.press(keys);
            for character in desk.screen().concat().chars() {
                prop_assert!(!character.is_control(), "{character:?}");
                let turns = ['\u{200e}', '\u{200f}'].contains(&character)
                    || ('\u{202a}'..='\u{202e}').contains(&character)
                    || ('\u{2066}'..='\u{2069}').contains(&character);
                prop_assert!(!turns, "{character:?}");
            }
        }
    }
}
