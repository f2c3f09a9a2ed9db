//! Purges: hidden at once, back with one change, wiped after a day. And what is kept no longer.

use domain::audit::Action;
use proto::ids::{AccountId, PurgeId, RoomId, Timestamp};
use proto::message::{Content, HistoryItem, ReactionChange, Role};
use store::{Change, LOBBY, NewEntry, PurgeState, Store, StoreError, UNDO_MS};

use crate::support::{
    NOW, append, as_proven, audited, body, changes_since, entry, history, in_chat, last_change, on_web,
    person, room, say, seq, text, with_role,
};

const REMOVED: &str = "(removed)";

/// What is said so many milliseconds after the start.
fn say_at(store: &Store, room: RoomId, author: AccountId, number: u64, words: &str) {
    let at = NOW.plus_ms(i64::try_from(number).unwrap());
    append(store, NewEntry { at, ..say(room, author, number, words) }).unwrap();
}

fn edit_at(
    store: &Store,
    author: AccountId,
    number: u64,
    target: u64,
    words: &str,
) -> Result<(), StoreError> {
    let at = NOW.plus_ms(i64::try_from(number).unwrap());
    let content = Content::Edit { target: seq(target), body: text(words) };
    append(store, NewEntry { at, ..entry(LOBBY, author, number, content) }).map(|_| ())
}

/// Purges what was said from `since` to `upto` milliseconds after the start.
fn purge(
    store: &Store,
    by: AccountId,
    whom: AccountId,
    since: i64,
    upto: i64,
) -> Result<PurgeId, StoreError> {
    as_proven(store, by, upto, move |staff| staff.purge(whom, NOW.plus_ms(since), &text("spam"), None))
}

fn undo(store: &Store, by: AccountId, purge: PurgeId, after_ms: i64) -> Result<(), StoreError> {
    as_proven(store, by, after_ms, move |staff| staff.undo_purge(purge))
}

fn reads_as(item: &HistoryItem) -> String {
    if matches!(item.entry.content, Content::Removed { .. }) { REMOVED.to_owned() } else { body(item) }
}

fn lobby(store: &Store, reader: AccountId) -> Vec<String> {
    history(store, LOBBY, reader).iter().map(reads_as).collect()
}

fn hits(store: &Store, reader: AccountId, query: &'static str) -> usize {
    store.read_blocking(|reads| reads.search(reader, query, None, 0, 50)).unwrap().hits.len()
}

/// Wipes in steps of `chunk` until nothing is left to do.
fn sweep(store: &Store, after_ms: i64, chunk: usize) -> usize {
    let step = || store.run_blocking(move |tx| tx.sweep_purges(NOW.plus_ms(after_ms), chunk)).unwrap();
    (0..10_000).take_while(|_| 0 < step()).count()
}

fn sweep_old(store: &Store, before: Timestamp, chunk: usize) -> usize {
    let step = || store.run_blocking(move |tx| tx.sweep_old(before, chunk)).unwrap();
    (0..10_000).map(|_| step()).take_while(|deleted| 0 < *deleted).sum()
}

fn row(store: &Store, purge: PurgeId) -> (PurgeState, u64) {
    let row = store.read_blocking(|reads| reads.purge(purge)).unwrap().unwrap();
    (row.state, row.wiped)
}

laws! {
    fn a_purge_hides_a_stretch_of_one_author_and_its_undoing_brings_all_of_it_back(store) {
        let (ada, bob, mallory) = (with_role(store, "ada", Role::Admin), person(store, "bob"), person(store, "mallory"));
        for (number, author, words) in [(1, mallory, "hello there"), (2, mallory, "buy spam"), (3, bob, "no spam"), (4, mallory, "more spam")] {
            say_at(store, LOBBY, author, number, words);
        }
        let reaction = Content::Reaction { target: seq(2), emoji: text("+1"), change: ReactionChange::Add };
        append(store, NewEntry { at: NOW.plus_ms(5), ..entry(LOBBY, bob, 5, reaction) }).unwrap();
        let whole = history(store, LOBBY, bob);
        let before = last_change(store);
        let id = purge(store, ada, mallory, 2, 6).unwrap();
        say_at(store, LOBBY, mallory, 7, "sorry for the spam");

        let shown = lobby(store, bob);
        assert_eq!(shown[..4], ["hello there", REMOVED, "no spam", REMOVED]);
        assert_eq!(shown[5], "sorry for the spam");
        let hidden = &history(store, LOBBY, bob)[1];
        assert_eq!((&hidden.entry.content, hidden.reactions.len()), (&Content::Removed { by: ada }, 0));
        assert_eq!((hits(store, bob, "spam"), hits(store, bob, "buy")), (2, 0));
        let texts = store.read_blocking(|reads| reads.recent_texts(None, 10)).unwrap();
        assert_eq!(texts.len(), 3);
        assert_eq!(store.read_blocking(|reads| reads.author_of(LOBBY, seq(2))).unwrap(), Some(mallory));

        assert_eq!(sweep(store, UNDO_MS, 10), 0, "the day is not over");
        undo(store, ada, id, UNDO_MS).unwrap();
        undo(store, ada, id, UNDO_MS).unwrap();
        assert_eq!(history(store, LOBBY, bob)[..5], whole);
        assert_eq!(hits(store, bob, "spam"), 4);
        assert_eq!(changes_since(store, before).len(), 2);
        assert_eq!(changes_since(store, before)[0], Change::Purged { purge: id });
        assert_eq!((audited(store, Action::Purged, ada), audited(store, Action::PurgeUndone, ada)), (1, 1));
        assert_eq!((sweep(store, 2 * UNDO_MS, 10), row(store, id)), (0, (PurgeState::Undone, 0)));
    }

    fn a_purge_is_for_those_who_may_and_who_proved_who_they_are(store) {
        let (ada, bob, mallory) = (with_role(store, "ada", Role::Admin), with_role(store, "bob", Role::Moderator), person(store, "mallory"));
        say_at(store, LOBBY, mallory, 1, "hello");
        assert_eq!(purge(store, bob, mallory, 0, 5), Err(StoreError::NotPermitted));
        assert_eq!(purge(store, ada, ada, 0, 5), Err(StoreError::NotPermitted));
        let unproven = on_web(store, ada, move |staff| staff.purge(mallory, NOW, &text("spam"), None));
        assert_eq!(unproven, Err(StoreError::StepUpNeeded));
        assert_eq!(purge(store, ada, AccountId::new(99).unwrap(), 0, 5), Err(StoreError::NotFound { what: "account" }));
        assert_eq!((lobby(store, ada), audited(store, Action::Purged, ada)), (vec!["hello".to_owned()], 0));
        let id = purge(store, ada, mallory, 0, 5).unwrap();
        assert_eq!(undo(store, bob, id, 6), Err(StoreError::NotPermitted));
        assert_eq!(undo(store, ada, id, 5 + UNDO_MS), Err(StoreError::InThePast));
        let of = store.read_blocking(|reads| reads.purges_of(mallory, 10)).unwrap();
        assert_eq!((of.len(), of[0].id, of[0].hidden(), of[0].by_name.as_deref()), (1, id, true, Some("ada")));
    }

    fn from_the_chat_the_device_stands_for_the_person_and_says_how_much_is_gone(store) {
        let (ada, bob, mallory) = (with_role(store, "ada", Role::Admin), with_role(store, "bob", Role::Moderator), person(store, "mallory"));
        let other = with_role(store, "olga", Role::Admin);
        let in_chat_by = |by, whom| in_chat(store, by, NOW.plus_ms(9), move |staff| staff.purge(whom, NOW.plus_ms(2), &text("spam"), None));
        for number in 1..=5 {
            say_at(store, LOBBY, mallory, number, "spam");
        }
        say_at(store, LOBBY, bob, 6, "no spam");
        edit_at(store, mallory, 7, 5, "edited").unwrap();
        assert_eq!(in_chat_by(bob, mallory), Err(StoreError::NotPermitted));
        assert_eq!(in_chat_by(ada, other), Err(StoreError::NotPermitted));
        let id = in_chat_by(ada, mallory).unwrap();
        let count = |id| store.read_blocking(move |reads| reads.count_purged(id)).unwrap();
        assert_eq!((count(id), audited(store, Action::Purged, ada)), ((4, false), 1));
        let again = in_chat_by(ada, mallory).unwrap();
        assert_eq!(count(again), (0, false), "hidden already");
        undo(store, ada, id, 10).unwrap();
        assert_eq!(count(again), (4, false));
    }

    fn of_a_busy_server_only_the_newest_entries_are_counted_and_that_is_said(store) {
        let (ada, bob, mallory) = (with_role(store, "ada", Role::Admin), person(store, "bob"), person(store, "mallory"));
        say_at(store, LOBBY, mallory, 1, "spam");
        store.run_blocking(move |tx| {
            for number in 2..=10_001 {
                tx.append(&NewEntry { at: NOW.plus_ms(2), ..say(LOBBY, bob, number, "talk") })?;
            }
            Ok(())
        }).unwrap();
        say_at(store, LOBBY, mallory, 10_002, "spam");
        let count = |since| {
            let purge = purge(store, ada, mallory, since, 20_000).unwrap();
            let counted = store.read_blocking(move |reads| reads.count_purged(purge)).unwrap();
            undo(store, ada, purge, 20_001).unwrap();
            counted
        };
        assert_eq!((count(3), count(1)), ((1, false), (1, true)));
    }

    fn what_is_hidden_is_not_edited_nor_reacted_to(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        say_at(store, LOBBY, mallory, 1, "spam");
        let id = purge(store, ada, mallory, 0, 5).unwrap();
        assert_eq!(edit_at(store, mallory, 6, 1, "still here"), Err(StoreError::NoSuchEntry));
        let reaction = Content::Reaction { target: seq(1), emoji: text("+1"), change: ReactionChange::Add };
        assert_eq!(append(store, entry(LOBBY, ada, 7, reaction)).map(|_| ()), Err(StoreError::NoSuchEntry));
        undo(store, ada, id, 8).unwrap();
        assert_eq!(edit_at(store, mallory, 9, 1, "still here"), Ok(()));
    }

    fn after_a_day_the_texts_are_wiped_in_small_steps(store) {
        let (ada, bob, mallory) = (with_role(store, "ada", Role::Admin), person(store, "bob"), person(store, "mallory"));
        let rust = room(store, mallory, "rust");
        let direct = store.run_blocking(move |tx| tx.open_direct(mallory, bob, NOW)).unwrap().id;
        for number in 1..=50 {
            let (place, author) = match number % 5 {
                0 => (rust, mallory),
                1 => (direct, mallory),
                2 => (LOBBY, bob),
                _ => (LOBBY, mallory),
            };
            say_at(store, place, author, number, "spam");
        }
        let id = purge(store, ada, mallory, 0, 60).unwrap();
        let steps = sweep(store, 60 + UNDO_MS, 3);
        assert!(10 < steps, "{steps}");
        assert_eq!(row(store, id), (PurgeState::Wiped, 40));
        assert_eq!(hits(store, bob, "spam"), 10);
        assert_eq!(history(store, direct, bob).iter().filter(|item| reads_as(item) == REMOVED).count(), 10);
        assert_eq!(undo(store, ada, id, 61 + UNDO_MS), Err(StoreError::InThePast));
        assert_eq!(sweep(store, 60 + UNDO_MS, 3), 0);
        let again = append(store, say(LOBBY, mallory, 3, "spam")).unwrap();
        assert!(!again.fresh, "sent again after a lost answer, it is the wiped one");
    }

    fn a_text_goes_with_its_newest_edit_and_an_old_edit_goes_alone(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        say_at(store, LOBBY, mallory, 1, "first");
        say_at(store, LOBBY, mallory, 2, "second");
        edit_at(store, mallory, 10, 1, "spam").unwrap();
        edit_at(store, mallory, 11, 2, "spam").unwrap();
        edit_at(store, mallory, 30, 2, "second again").unwrap();
        let id = purge(store, ada, mallory, 10, 20).unwrap();
        let shown = [REMOVED, "second again", REMOVED, REMOVED, "second again"];
        assert_eq!(lobby(store, ada), shown);
        assert_eq!((hits(store, ada, "spam"), hits(store, ada, "second")), (0, 1));
        sweep(store, 20 + UNDO_MS, 1);
        assert_eq!(lobby(store, ada), shown);
        assert_eq!(row(store, id), (PurgeState::Wiped, 2));
    }

    fn two_purges_of_one_stretch_end_with_what_the_later_undoing_says(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        say_at(store, LOBBY, mallory, 1, "spam");
        let (first, second) = (purge(store, ada, mallory, 0, 5).unwrap(), purge(store, ada, mallory, 0, 6).unwrap());
        undo(store, ada, first, 7).unwrap();
        assert_eq!(lobby(store, ada), [REMOVED]);
        undo(store, ada, second, 7).unwrap();
        assert_eq!(lobby(store, ada), ["spam"]);
    }

    fn old_entries_of_open_rooms_are_deleted_but_for_each_rooms_newest(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let rust = room(store, ada, "rust");
        let direct = store.run_blocking(move |tx| tx.open_direct(ada, bob, NOW)).unwrap().id;
        for number in 1..=20 {
            for place in [LOBBY, rust, direct] {
                say_at(store, place, ada, number, "tides");
            }
        }
        edit_at(store, ada, 30, 3, "ebb").unwrap();
        let reaction = Content::Reaction { target: seq(4), emoji: text("+1"), change: ReactionChange::Add };
        append(store, entry(LOBBY, bob, 31, reaction)).unwrap();
        assert_eq!(sweep_old(store, NOW, 7), 0);
        assert_eq!(sweep_old(store, NOW.plus_ms(11), 7), 21, "ten of the lobby, ten of rust and how it was made");
        let seqs = |place| history(store, place, ada).iter().map(|item| item.entry.seq.get()).collect::<Vec<_>>();
        assert_eq!((seqs(LOBBY)[0], seqs(rust)[0], seqs(direct)[0]), (11, 12, 1));
        assert_eq!((hits(store, ada, "tides"), hits(store, ada, "ebb")), (20, 0));
        assert_eq!(sweep_old(store, NOW.plus_ms(1_000), 7), 20);
        assert_eq!((seqs(LOBBY), seqs(rust)), (vec![22], vec![21]));
        let next = append(store, say(LOBBY, ada, 99, "next")).unwrap();
        assert_eq!(next.entry.seq, seq(23));
        assert_eq!(edit_at(store, ada, 100, 3, "gone"), Err(StoreError::NoSuchEntry));
    }
}
