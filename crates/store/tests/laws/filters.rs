//! Filters and what they matched.

use domain::audit::Action as Act;
use domain::filter::{Action, Kind, Mode};
use proto::ids::{AccountId, FilterId, RoomId};
use proto::message::Role;
use store::{Change, FilterRow, LOBBY, NewFilter, NewFilterMatch, Store, StoreError};

use crate::support::{
    NOW, append, audited, changes_since, entry, in_chat, last_change, person, room, say, seq, text, with_role,
};

fn word(pattern: &str, mode: Mode) -> NewFilter {
    NewFilter { room: None, kind: Kind::Word, pattern: pattern.to_owned(), action: Action::Hold, mode }
}

fn set(store: &Store, by: AccountId, id: Option<FilterId>, new: &NewFilter) -> Result<FilterId, StoreError> {
    let new = new.clone();
    in_chat(store, by, NOW, move |staff| staff.set_filter(id, &new))
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method's path has one lifetime, not any")]
fn all(store: &Store) -> Vec<FilterRow> {
    store.read_blocking(|reads| reads.filters()).unwrap()
}

fn found(store: &Store, filter: FilterId, number: i64, shadow: bool, author: AccountId) {
    let (at, body) = (NOW.plus_ms(number), format!("match {number}"));
    let new = NewFilterMatch { filter, room: LOBBY, author, at, shadow, body };
    store.run_blocking(move |tx| tx.filter_match(&new)).unwrap();
}

fn recent(store: &Store, room: Option<RoomId>, limit: usize) -> Vec<String> {
    let texts = store.read_blocking(|reads| reads.recent_texts(room, limit)).unwrap();
    texts.into_iter().map(|text| text.body).collect()
}

laws! {
    fn a_filter_is_made_changed_and_taken_away_by_those_who_may(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Admin), with_role(store, "bob", Role::Moderator));
        let before = last_change(store);
        assert_eq!(set(store, bob, None, &word("spam", Mode::On)), Err(StoreError::NotPermitted));
        let id = set(store, ada, None, &word("spam", Mode::Shadow)).unwrap();
        assert_eq!(set(store, ada, Some(id), &word("spam", Mode::Shadow)), Ok(id), "nothing changes");
        let mut changed = word("spam", Mode::On);
        changed.action = Action::Mute { seconds: 600 };
        changed.room = Some(LOBBY);
        assert_eq!(set(store, ada, Some(id), &changed), Ok(id));
        let rows = all(store);
        let row = &rows[0];
        assert_eq!((row.filter.id, row.filter.action, row.filter.mode, row.version), (id, changed.action, Mode::On, 2));
        assert_eq!((row.room_name.as_deref(), row.by_name.as_deref()), (Some("lobby"), Some("ada")));
        let take = |by| in_chat(store, by, NOW, move |staff| staff.remove_filter(id));
        assert_eq!((take(bob), take(ada), take(ada)), (Err(StoreError::NotPermitted), Ok(()), Ok(())));
        assert_eq!(all(store), []);
        assert_eq!(set(store, ada, Some(id), &changed), Err(StoreError::NotFound { what: "filter" }));
        assert_eq!(changes_since(store, before), [Change::FiltersChanged; 3]);
        assert_eq!(audited(store, Act::FilterChanged, ada), 3);
    }

    fn a_pattern_that_cannot_be_used_is_refused_and_nothing_is_written(store) {
        let ada = with_role(store, "ada", Role::Admin);
        let mut broken = word("(", Mode::On);
        broken.kind = Kind::Regex;
        assert!(matches!(set(store, ada, None, &broken), Err(StoreError::Filter(_))));
        let mut elsewhere = word("spam", Mode::On);
        elsewhere.room = RoomId::new(99);
        assert_eq!(set(store, ada, None, &elsewhere), Err(StoreError::NotFound { what: "room" }));
        assert_eq!((all(store).len(), audited(store, Act::FilterChanged, ada)), (0, 0));
    }

    fn matches_are_counted_and_the_newest_are_kept(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        let (one, other) = (set(store, ada, None, &word("spam", Mode::On)).unwrap(), set(store, ada, None, &word("ham", Mode::On)).unwrap());
        found(store, other, 0, false, mallory);
        for number in 1..=203 {
            found(store, one, number, number % 2 == 0, mallory);
        }
        store.run_blocking(move |tx| tx.filter_hits(one, false, 1_000, NOW)).unwrap();
        let row = store.read_blocking(|reads| reads.filter(one)).unwrap().unwrap();
        assert_eq!((row.hits, row.shadow_hits, row.last_at), (1_102, 101, Some(NOW.plus_ms(203))));
        let page = store.read_blocking(|reads| reads.filter_matches(one, None, 150)).unwrap();
        assert_eq!((page.items[0].body.as_str(), page.items[0].shadow, &*page.items[0].author_name), ("match 203", false, "mallory"));
        let rest = store.read_blocking(|reads| reads.filter_matches(one, Some(page.items[149].id), 150)).unwrap();
        assert_eq!((page.more, rest.items.len(), rest.more, rest.items[49].body.as_str()), (true, 50, false, "match 4"));
        let fortnight = 15 * 86_400_000;
        found(store, one, fortnight, false, mallory);
        let others = store.read_blocking(|reads| reads.filter_matches(other, None, 10)).unwrap();
        assert_eq!(others.items, [], "nothing is kept for longer than two weeks");
    }

    fn recent_texts_are_those_of_open_rooms_as_they_read_today(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let rust = room(store, ada, "rust");
        let direct = store.run_blocking(move |tx| tx.open_direct(ada, bob, NOW)).unwrap().id;
        for (number, place, words) in [(1, LOBBY, "one"), (2, rust, "two"), (3, direct, "secret"), (4, LOBBY, "gone"), (5, LOBBY, "tree")] {
            append(store, say(place, ada, number, words)).unwrap();
        }
        append(store, entry(LOBBY, ada, 6, proto::message::Content::Delete { target: seq(2) })).unwrap();
        append(store, entry(LOBBY, ada, 7, proto::message::Content::Edit { target: seq(3), body: text("three") })).unwrap();
        assert_eq!(recent(store, None, 10), ["three", "two", "one"]);
        assert_eq!(recent(store, Some(LOBBY), 10), ["three", "one"]);
        assert_eq!(recent(store, None, 1), ["three"]);
        assert_eq!(recent(store, Some(direct), 10), [] as [&str; 0]);
    }
}
