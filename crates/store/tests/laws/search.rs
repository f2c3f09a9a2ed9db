//! Finding words.

use proto::codec;
use proto::ids::{AccountId, RoomId};
use proto::limits;
use proto::message::Content;
use store::{LOBBY, NewEntry, Power, Store, StoreError};

use crate::support::{NOW, append, body, entry, person, room, say, seq, text};

fn found_in(store: &Store, reader: AccountId, query: &str, room: Option<RoomId>) -> Vec<String> {
    let page = store.read_blocking(|reads| reads.search(reader, query, room, 0, 50)).unwrap();
    page.hits.iter().map(|hit| body(&hit.item)).collect()
}

fn found(store: &Store, reader: AccountId, query: &str) -> Vec<String> {
    found_in(store, reader, query, None)
}

laws! {
    fn every_word_must_be_there_whatever_its_case_or_accents(store) {
        let ada = person(store, "ada");
        for (number, words) in ["the blue Café opens", "the red cafe", "blue sky"].into_iter().enumerate() {
            append(store, say(LOBBY, ada, number as u64, words)).unwrap();
        }
        assert_eq!(found(store, ada, "cafe"), ["the red cafe", "the blue Café opens"]);
        assert_eq!(found(store, ada, "CAFÉ blue"), ["the blue Café opens"]);
        assert_eq!(found(store, ada, "green"), Vec::<String>::new());
    }

    fn only_rooms_the_reader_is_in_are_searched_and_direct_ones_never(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let rust = room(store, ada, "rust");
        let direct = store.run_blocking(move |tx| tx.open_direct(ada, bob, NOW)).unwrap().id;
        for (number, place) in [LOBBY, rust, direct].into_iter().enumerate() {
            append(store, say(place, ada, 10, &format!("needle {number}"))).unwrap();
        }
        assert_eq!(found(store, bob, "needle"), ["needle 0"]);
        assert_eq!(found(store, ada, "needle"), ["needle 1", "needle 0"]);
        assert_eq!(found_in(store, ada, "needle", Some(rust)), ["needle 1"]);
        assert_eq!(found_in(store, ada, "needle", Some(direct)), Vec::<String>::new());
        let refused = store.read_blocking(|reads| reads.search(bob, "needle", Some(rust), 0, 5));
        assert_eq!(refused, Err(StoreError::NotAMember));
        store.run_blocking(move |tx| tx.join(rust, bob, NOW)).unwrap();
        assert_eq!(found(store, bob, "needle").len(), 2);
    }

    fn an_edited_message_is_found_by_what_it_says_and_a_removed_one_not_at_all(store) {
        let ada = person(store, "ada");
        append(store, say(LOBBY, ada, 1, "colour")).unwrap();
        append(store, entry(LOBBY, ada, 2, Content::Edit { target: seq(1), body: text("paint") })).unwrap();
        append(store, entry(LOBBY, ada, 3, Content::Edit { target: seq(1), body: text("brush") })).unwrap();
        assert_eq!(found(store, ada, "colour").len() + found(store, ada, "paint").len(), 0);
        assert_eq!(found(store, ada, "brush"), ["brush"]);
        append(store, NewEntry { power: Power::Own, ..entry(LOBBY, ada, 4, Content::Delete { target: seq(1) }) }).unwrap();
        assert_eq!(found(store, ada, "brush"), Vec::<String>::new());
    }

    fn typed_operators_are_words_and_break_nothing(store) {
        let ada = person(store, "ada");
        append(store, say(LOBBY, ada, 1, "ada and bob")).unwrap();
        append(store, say(LOBBY, ada, 2, "r1 body room")).unwrap();
        for query in ["ada AND bob", "\"ada", "ada\"", "ada*", "(ada", "body:ada", "NEAR(ada bob)", "ada^2", "ada\0bob", "-ada"] {
            let hits = found(store, ada, query);
            assert!(hits.len() <= 1 && hits.iter().all(|hit| hit == "ada and bob"), "{query}: {hits:?}");
        }
        assert_eq!(found(store, ada, "r1"), ["r1 body room"], "the word that stands for the room is not found");
        for query in ["", "   ", "*", "\"", "()", "\u{301}", "…"] {
            assert_eq!(found(store, ada, query), Vec::<String>::new(), "{query:?}");
        }
    }

    fn pages_go_on_where_the_last_one_ended(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let rust = room(store, ada, "rust");
        for number in 0..20 {
            let place = if number % 2 == 0 { LOBBY } else { rust };
            append(store, say(place, ada, 100 + number, &format!("needle {number}"))).unwrap();
        }
        let (mut seen, mut before) = (Vec::new(), 0);
        loop {
            let page = store.read_blocking(|reads| reads.search(bob, "needle", None, before, 3)).unwrap();
            seen.extend(page.hits.iter().map(|hit| body(&hit.item)));
            before = page.next;
            if before == 0 {
                break;
            }
        }
        let expected: Vec<String> = (0..20).rev().step_by(2).map(|number| format!("needle {}", number - 1)).collect();
        assert_eq!(seen, expected);
    }

    fn a_page_of_long_hits_fits_in_a_frame(store) {
        let ada = person(store, "ada");
        let long = format!("needle {}", "x".repeat(limits::BODY - 100));
        for number in 0..6 {
            append(store, say(LOBBY, ada, number, &long)).unwrap();
        }
        let page = store.read_blocking(|reads| reads.search(ada, "needle", None, 0, 200)).unwrap();
        assert!(codec::encode(&page).len() <= limits::PAGE_BYTES && page.next != 0, "{}", page.hits.len());
    }
}
