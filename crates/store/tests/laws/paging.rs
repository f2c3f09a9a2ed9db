//! Pages: nothing twice, nothing left out, never too large for a frame.

use proto::codec;
use proto::limits;
use proto::message::{Content, HistoryFrom, HistoryPage, ReactionChange};
use store::{LOBBY, Page, Store};

use crate::support::{append, body, entry, person, room, say, seq, text};

fn page(store: &Store, reader: proto::ids::AccountId, from: HistoryFrom, limit: usize) -> HistoryPage {
    store.read_blocking(|reads| reads.history(LOBBY, reader, from, limit)).unwrap()
}

fn numbers(page: &HistoryPage) -> (Vec<u64>, bool) {
    (page.items.iter().map(|item| item.entry.seq.get()).collect(), page.more)
}

fn fill(store: &Store, author: proto::ids::AccountId, count: u64, words: &'static str) {
    store
        .run_blocking(move |tx| {
            for number in 1..=count {
                tx.append(&say(LOBBY, author, number, words))?;
            }
            Ok(())
        })
        .unwrap();
}

laws! {
    fn history_is_read_from_either_end_and_around_any_place(store) {
        let ada = person(store, "ada");
        fill(store, ada, 10, "hello");
        let read = |from, limit| numbers(&page(store, ada, from, limit));
        assert_eq!(read(HistoryFrom::Latest, 3), (vec![8, 9, 10], true));
        assert_eq!(read(HistoryFrom::Before(seq(8)), 3), (vec![5, 6, 7], true));
        assert_eq!(read(HistoryFrom::Before(seq(3)), 3), (vec![1, 2], false));
        assert_eq!(read(HistoryFrom::After(seq(0)), 4), (vec![1, 2, 3, 4], true));
        assert_eq!(read(HistoryFrom::After(seq(7)), 3), (vec![8, 9, 10], false));
        assert_eq!(read(HistoryFrom::After(seq(10)), 3), (vec![], false));
        assert_eq!(read(HistoryFrom::Before(seq(0)), 3), (vec![], false));
        assert_eq!(read(HistoryFrom::Latest, 0).0.len(), 1, "a limit of nothing is taken for one");
        assert_eq!(read(HistoryFrom::Latest, 9999).0.len(), 10);
    }

    fn a_page_of_long_messages_ends_before_it_is_too_long_and_the_next_goes_on(store) {
        let ada = person(store, "ada");
        let long: &'static str = "x".repeat(limits::BODY - 1).leak();
        fill(store, ada, 12, long);
        for forward in [true, false] {
            let (mut seen, mut place) = (Vec::new(), if forward { 0 } else { u64::from(u32::MAX) });
            loop {
                let from = if forward { HistoryFrom::After(seq(place)) } else { HistoryFrom::Before(seq(place)) };
                let page = page(store, ada, from, limits::PAGE);
                assert!(codec::encode(&page).len() <= limits::PAGE_BYTES, "{}", codec::encode(&page).len());
                let (mut places, more) = numbers(&page);
                if !forward {
                    places.reverse();
                }
                place = *places.last().unwrap();
                seen.extend(places);
                if !more {
                    break;
                }
            }
            if !forward {
                seen.reverse();
            }
            assert_eq!(seen, (1..=12).collect::<Vec<_>>());
        }
    }

    fn a_full_page_of_reactions_fits_too(store) {
        let ada = person(store, "ada");
        fill(store, ada, 30, "hello");
        store.run_blocking(move |tx| {
            for target in 1..=30 {
                for number in 0..limits::REACTIONS as u64 {
                    let emoji = text(&format!("{number:0>64}"));
                    let content = Content::Reaction { target: seq(target), emoji, change: ReactionChange::Add };
                    tx.append(&entry(LOBBY, ada, 1000 + target * 100 + number, content))?;
                }
            }
            Ok(())
        }).unwrap();
        let page = page(store, ada, HistoryFrom::After(seq(0)), limits::PAGE);
        let bytes = codec::encode(&page).len();
        assert!(page.more && bytes <= limits::PAGE_BYTES && limits::PAGE_BYTES / 2 < bytes, "{bytes}");
    }

    fn an_edit_may_be_longer_than_the_message_and_the_page_still_fits(store) {
        let ada = person(store, "ada");
        fill(store, ada, 8, "short");
        let long: &'static str = "x".repeat(limits::BODY).leak();
        for target in 1..=8 {
            let content = Content::Edit { target: seq(target), body: text(long) };
            append(store, entry(LOBBY, ada, 100 + target, content)).unwrap();
        }
        let page = page(store, ada, HistoryFrom::After(seq(0)), limits::PAGE);
        assert!(page.more && codec::encode(&page).len() <= limits::PAGE_BYTES);
        assert_eq!(body(&page.items[0]), long);
    }

    fn members_and_accounts_and_rooms_are_paged_by_name(store) {
        let ada = person(store, "ada");
        let rust = room(store, ada, "rust");
        for name in ["eve", "bob", "dan", "carol"] {
            let account = person(store, name);
            store.run_blocking(move |tx| tx.join(rust, account, crate::support::NOW)).unwrap();
            room(store, ada, &format!("room-of-{name}"));
        }
        fn names<T>(page: &Page<T>, name: impl Fn(&T) -> String) -> (Vec<String>, bool) {
            (page.items.iter().map(name).collect(), page.more)
        }
        let owned = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        store.read_blocking(|reads| {
            for room in [rust, LOBBY] {
                let first = names(&reads.members(room, "", 3)?, |row| row.name.to_string());
                assert_eq!(first, (owned(&["ada", "bob", "carol"]), true));
                let second = names(&reads.members(room, "carol", 3)?, |row| row.name.to_string());
                assert_eq!(second, (owned(&["dan", "eve"]), false));
            }
            let accounts = names(&reads.accounts("bob", 2)?, |row| row.name.to_string());
            assert_eq!(accounts, (owned(&["carol", "dan"]), true));
            let rooms = names(&reads.list_rooms("lobby", ada, 2)?, |row| row.name.to_string());
            assert_eq!(rooms, (owned(&["room-of-bob", "room-of-carol"]), true));
            Ok(())
        }).unwrap();
    }
}
