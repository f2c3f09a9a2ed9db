//! A room's log: appending, editing, removing, reacting.

use proto::ids::Timestamp;
use proto::limits;
use proto::message::{Content, ReactionChange};
use store::{Appended, LOBBY, NewEntry, Power, Store, StoreError};

use crate::support::{NOW, append, body, entry, history, id, person, room, say, seq, text};

fn edit(
    store: &Store,
    target: u64,
    by: proto::ids::AccountId,
    number: u64,
    words: &str,
) -> Result<Appended, StoreError> {
    append(store, entry(LOBBY, by, number, Content::Edit { target: seq(target), body: text(words) }))
}

fn delete(target: u64, by: proto::ids::AccountId, number: u64, power: Power) -> NewEntry {
    NewEntry { power, ..entry(LOBBY, by, number, Content::Delete { target: seq(target) }) }
}

fn react(
    target: u64,
    by: proto::ids::AccountId,
    number: u64,
    emoji: &str,
    change: ReactionChange,
) -> NewEntry {
    entry(LOBBY, by, number, Content::Reaction { target: seq(target), emoji: text(emoji), change })
}

laws! {
    fn places_are_given_without_gaps_in_each_room(store) {
        let ada = person(store, "ada");
        let rust = room(store, ada, "rust");
        let places: Vec<u64> = (1..=6)
            .map(|number| {
                let place = if number % 2 == 0 { LOBBY } else { rust };
                append(store, say(place, ada, number, "hello")).unwrap().entry.seq.get()
            })
            .collect();
        assert_eq!(places, [2, 1, 3, 2, 4, 3], "the room's first entry says that it was made");
    }

    fn an_append_that_is_refused_leaves_no_gap(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let rust = room(store, ada, "rust");
        assert!(append(store, say(rust, bob, 1, "let me in")).is_err());
        assert_eq!(append(store, say(rust, ada, 2, "hello")).unwrap().entry.seq, seq(2));
    }

    fn the_same_message_again_is_the_first_one_again(store) {
        let ada = person(store, "ada");
        let first = append(store, say(LOBBY, ada, 1, "hello")).unwrap();
        append(store, say(LOBBY, ada, 2, "world")).unwrap();
        let mut late = say(LOBBY, ada, 1, "hello");
        late.at = NOW.plus_ms(5000);
        let again = append(store, late).unwrap();
        assert_eq!((again.entry, again.fresh), (first.entry, false));
        assert_eq!(history(store, LOBBY, ada).len(), 2);
    }

    fn a_message_id_used_for_something_else_is_a_conflict(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let rust = room(store, ada, "rust");
        append(store, say(LOBBY, ada, 1, "hello")).unwrap();
        assert_eq!(append(store, say(LOBBY, ada, 1, "other")), Err(StoreError::Conflict));
        assert_eq!(append(store, react(1, ada, 1, "👍", ReactionChange::Add)), Err(StoreError::Conflict));
        assert!(append(store, say(LOBBY, bob, 1, "hello")).unwrap().fresh, "another author's ids are others");
        assert!(append(store, say(rust, ada, 1, "hello")).unwrap().fresh, "another room's ids are others");
    }

    /// Order comes from the commit and never from a clock.
    fn a_clock_that_runs_backwards_changes_no_order(store) {
        let ada = person(store, "ada");
        for number in 1..=4_u8 {
            let mut new = say(LOBBY, ada, number.into(), &number.to_string());
            new.at = Timestamp(NOW.0 - i64::from(number) * 3_600_000);
            append(store, new).unwrap();
        }
        let said: Vec<String> = history(store, LOBBY, ada).iter().map(body).collect();
        assert_eq!(said, ["1", "2", "3", "4"]);
    }

    fn an_edit_shows_in_the_message_and_in_the_log(store) {
        let ada = person(store, "ada");
        append(store, say(LOBBY, ada, 1, "helo")).unwrap();
        edit(store, 1, ada, 2, "hello").unwrap();
        edit(store, 1, ada, 3, "hello!").unwrap();
        let log = history(store, LOBBY, ada);
        assert_eq!(log.iter().map(body).collect::<Vec<_>>(), ["hello!", "hello", "hello!"]);
        assert_eq!((log[0].edited_by, log[1].edited_by), (Some(seq(3)), None));
        assert!(matches!(log[0].entry.content, Content::Text { .. }));
        let again = append(store, say(LOBBY, ada, 1, "helo")).unwrap();
        assert!(!again.fresh, "the first text is still what the id was used for");
    }

    fn only_its_author_edits_a_message(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        append(store, say(LOBBY, ada, 1, "I like it")).unwrap();
        let mut new = entry(LOBBY, mallory, 1, Content::Edit { target: seq(1), body: text("I hate it") });
        for power in [Power::Own, Power::Moderator] {
            new.power = power;
            assert_eq!(append(store, new.clone()), Err(StoreError::NotPermitted));
        }
        assert_eq!(body(&history(store, LOBBY, ada)[0]), "I like it");
    }

    fn a_removed_message_leaves_a_place_and_no_word(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        append(store, say(LOBBY, ada, 1, "helo")).unwrap();
        edit(store, 1, ada, 2, "hello").unwrap();
        append(store, react(1, bob, 1, "👍", ReactionChange::Add)).unwrap();
        append(store, delete(1, ada, 3, Power::Own)).unwrap();
        let log = history(store, LOBBY, bob);
        let removed = Content::Removed { by: ada };
        assert_eq!((&log[0].entry.content, &log[1].entry.content), (&removed, &removed));
        assert_eq!((log[0].edited_by, log[0].reactions.len()), (None, 0));
        assert_eq!(log[3].entry.content, Content::Delete { target: seq(1) });
    }

    fn what_is_removed_takes_nothing_more(store) {
        let ada = person(store, "ada");
        append(store, say(LOBBY, ada, 1, "helo")).unwrap();
        append(store, delete(1, ada, 2, Power::Own)).unwrap();
        assert_eq!(edit(store, 1, ada, 3, "hello"), Err(StoreError::NoSuchEntry));
        assert_eq!(append(store, delete(1, ada, 4, Power::Own)), Err(StoreError::NoSuchEntry));
        assert_eq!(append(store, react(1, ada, 5, "👍", ReactionChange::Add)), Err(StoreError::NoSuchEntry));
        assert!(!append(store, delete(1, ada, 2, Power::Own)).unwrap().fresh, "the removal again is the first");
        let again = append(store, say(LOBBY, ada, 1, "helo")).unwrap();
        assert_eq!((again.fresh, again.entry.content), (false, Content::Removed { by: ada }));
    }

    fn others_messages_are_removed_by_moderators_alone(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        append(store, say(LOBBY, mallory, 1, "spam")).unwrap();
        assert_eq!(append(store, delete(1, ada, 1, Power::Own)), Err(StoreError::NotPermitted));
        append(store, delete(1, ada, 1, Power::Moderator)).unwrap();
        assert_eq!(history(store, LOBBY, ada)[0].entry.content, Content::Removed { by: ada });
    }

    fn a_moderator_removes_in_open_rooms_without_joining_but_not_between_two_people(store) {
        let [ada, bob, carol] = ["ada", "bob", "carol"].map(|name| person(store, name));
        let rust = room(store, bob, "rust");
        let direct = store.run_blocking(move |tx| tx.open_direct(bob, carol, NOW)).unwrap().id;
        append(store, say(rust, bob, 1, "spam")).unwrap();
        append(store, say(direct, bob, 1, "secret")).unwrap();
        let remove = |room, target| NewEntry { room, ..delete(target, ada, 1, Power::Moderator) };
        assert!(append(store, remove(rust, 2)).is_ok());
        assert_eq!(append(store, remove(direct, 1)), Err(StoreError::NotFound { what: "room" }));
        assert_eq!(append(store, say(rust, ada, 2, "hi")), Err(StoreError::NotAMember));
    }

    fn reactions_count_people_and_keep_the_order_they_came_in(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        append(store, say(LOBBY, ada, 1, "hello")).unwrap();
        append(store, react(1, bob, 1, "👍", ReactionChange::Add)).unwrap();
        append(store, react(1, ada, 2, "❤", ReactionChange::Add)).unwrap();
        append(store, react(1, ada, 3, "👍", ReactionChange::Add)).unwrap();
        let shown = |reader| {
            let item = history(store, LOBBY, reader).remove(0);
            item.reactions.iter().map(|each| (each.emoji.to_string(), each.count, each.mine)).collect::<Vec<_>>()
        };
        assert_eq!(shown(bob), [("👍".to_owned(), 2, true), ("❤".to_owned(), 1, false)]);
        append(store, react(1, bob, 4, "👍", ReactionChange::Remove)).unwrap();
        assert_eq!(shown(bob), [("❤".to_owned(), 1, false), ("👍".to_owned(), 1, false)]);
    }

    fn a_reaction_that_stands_is_not_written_again(store) {
        let ada = person(store, "ada");
        append(store, say(LOBBY, ada, 1, "hello")).unwrap();
        let first = append(store, react(1, ada, 2, "👍", ReactionChange::Add)).unwrap();
        let second = append(store, react(1, ada, 3, "👍", ReactionChange::Add)).unwrap();
        assert_eq!((second.fresh, second.entry), (false, first.entry));
        append(store, react(1, ada, 4, "👍", ReactionChange::Remove)).unwrap();
        let missing = append(store, react(1, ada, 5, "👍", ReactionChange::Remove));
        assert_eq!(missing, Err(StoreError::NoSuchEntry));
    }

    fn a_message_has_at_most_so_many_different_reactions(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        append(store, say(LOBBY, ada, 1, "hello")).unwrap();
        for number in 0..limits::REACTIONS as u64 {
            append(store, react(1, ada, 10 + number, &format!("e{number}"), ReactionChange::Add)).unwrap();
        }
        let refused = append(store, react(1, ada, 99, "one more", ReactionChange::Add));
        assert!(matches!(refused, Err(StoreError::TooMany { max: limits::REACTIONS, .. })), "{refused:?}");
        assert!(append(store, react(1, bob, 1, "e3", ReactionChange::Add)).unwrap().fresh, "one that is there");
        assert_eq!(history(store, LOBBY, ada)[0].reactions.len(), limits::REACTIONS);
    }

    fn only_messages_are_targets(store) {
        let ada = person(store, "ada");
        append(store, say(LOBBY, ada, 1, "hello")).unwrap();
        append(store, react(1, ada, 2, "👍", ReactionChange::Add)).unwrap();
        for target in [0, 2, 3, 99] {
            assert_eq!(edit(store, target, ada, 10, "x"), Err(StoreError::NoSuchEntry), "{target}");
            assert_eq!(append(store, delete(target, ada, 11, Power::Own)), Err(StoreError::NoSuchEntry));
            let reaction = react(target, ada, 12, "👍", ReactionChange::Add);
            assert_eq!(append(store, reaction), Err(StoreError::NoSuchEntry));
        }
    }

    fn an_answer_names_an_earlier_entry(store) {
        let ada = person(store, "ada");
        append(store, say(LOBBY, ada, 1, "hello")).unwrap();
        let answer = |number, to| {
            append(store, entry(LOBBY, ada, number, Content::Text { body: text("yes"), reply_to: Some(seq(to)) }))
        };
        assert!(answer(2, 1).is_ok());
        for to in [0, 3, 99] {
            assert_eq!(answer(3, to), Err(StoreError::NoSuchEntry), "{to}");
        }
    }

    fn a_topic_is_an_entry_and_shows_in_the_room(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        append(store, entry(LOBBY, ada, 1, Content::Topic { topic: text("be kind") })).unwrap();
        let lobby = store.read_blocking(|reads| reads.summary(LOBBY, bob)).unwrap().unwrap();
        assert_eq!((&*lobby.topic, lobby.last_seq), ("be kind", seq(1)));
        let direct = store.run_blocking(move |tx| tx.open_direct(ada, bob, NOW)).unwrap().id;
        let refused = append(store, entry(direct, ada, 1, Content::Topic { topic: text("us") }));
        assert_eq!(refused, Err(StoreError::NotPermitted));
    }

    fn nobody_says_that_a_room_was_made_or_a_message_removed(store) {
        let ada = person(store, "ada");
        for content in [Content::Created, Content::Removed { by: ada }] {
            assert_eq!(append(store, entry(LOBBY, ada, 1, content)), Err(StoreError::NotPermitted));
        }
    }

    fn a_message_is_not_edited_without_end(store) {
        let ada = person(store, "ada");
        append(store, say(LOBBY, ada, 1, "0")).unwrap();
        store.run_blocking(move |tx| {
            for number in 1..=500_u64 {
                let content = Content::Edit { target: seq(1), body: text(&number.to_string()) };
                tx.append(&entry(LOBBY, ada, number + 1, content))?;
            }
            Ok(())
        }).unwrap();
        assert!(matches!(edit(store, 1, ada, 999, "x"), Err(StoreError::TooMany { max: 500, .. })));
        append(store, delete(1, ada, 1000, Power::Own)).unwrap();
        let log = history(store, LOBBY, ada);
        assert!(log[..501].iter().all(|item| item.entry.content == Content::Removed { by: ada }));
    }

    fn the_hot_path_and_a_job_do_the_same(store) {
        let ada = person(store, "ada");
        let (tell, told) = std::sync::mpsc::channel();
        store.append(say(LOBBY, ada, 1, "hello"), move |result| tell.send(result).unwrap()).unwrap();
        let first = told.recv().unwrap().unwrap();
        assert_eq!((first.entry.seq, first.entry.message_id, first.fresh), (seq(1), id(1), true));
        let again = append(store, say(LOBBY, ada, 1, "hello")).unwrap();
        assert_eq!((again.entry, again.fresh), (first.entry, false));
    }
}
