//! Rooms and who is in them.

use domain::name::RoomName;
use proto::ids::{RoomId, Seq};
use proto::limits;
use proto::message::{Content, RoomKind};
use proto::text::Text;
use store::{LOBBY, StoreError};

use crate::support::{NOW, append, history, id, person, room, room_name, say, seq, text};

laws! {
    fn the_lobby_is_there_and_everybody_is_in_it(store) {
        let ada = person(store, "ada");
        store.read_blocking(|reads| {
            let lobby = reads.room(LOBBY)?.unwrap();
            assert_eq!((&*lobby.name, lobby.kind, lobby.last_seq), ("lobby", RoomKind::Open, Seq::START));
            assert_eq!(reads.room_by_name(&RoomName::lobby())?.map(|row| row.id), Some(LOBBY));
            assert!(reads.is_member(LOBBY, ada)?);
            assert_eq!(reads.member_count(LOBBY)?, 1);
            Ok(())
        }).unwrap();
        assert_eq!(store.run_blocking(move |tx| tx.leave(LOBBY, ada, NOW)), Err(StoreError::NotPermitted));
        assert_eq!(store.run_blocking(move |tx| tx.join(LOBBY, ada, NOW)), Ok(false));
    }

    fn a_new_room_has_its_maker_and_its_first_entry(store) {
        let ada = person(store, "ada");
        let name = room_name("rust");
        let made = store.run_blocking(move |tx| tx.create_room(&name, &text("about it"), ada, NOW, id(5))).unwrap();
        assert_eq!((&*made.name, &*made.topic, made.members, made.last_seq), ("rust", "about it", 1, seq(1)));
        let log = history(store, made.id, ada);
        assert_eq!((log.len(), &log[0].entry.content, log[0].entry.message_id), (1, &Content::Created, id(5)));
    }

    fn a_room_name_is_taken_by_whatever_looks_like_it(store) {
        let ada = person(store, "ada");
        room(store, ada, "modern");
        for twin in ["modern", "MODERN", "rnodern", "lobby"] {
            let name = room_name(twin);
            let refused = store.run_blocking(move |tx| tx.create_room(&name, &Text::default(), ada, NOW, id(1)));
            assert_eq!(refused.map(|row| row.id), Err(StoreError::RoomNameTaken), "{twin}");
        }
    }

    fn joining_and_leaving_count_once(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let rust = room(store, ada, "rust");
        let members = || store.read_blocking(|reads| reads.member_count(rust)).unwrap();
        assert_eq!(store.run_blocking(move |tx| tx.join(rust, bob, NOW)), Ok(true));
        assert_eq!(store.run_blocking(move |tx| tx.join(rust, bob, NOW)), Ok(false));
        assert_eq!(members(), 2);
        assert_eq!(store.run_blocking(move |tx| tx.leave(rust, bob, NOW)), Ok(true));
        assert_eq!(store.run_blocking(move |tx| tx.leave(rust, bob, NOW)), Ok(false));
        assert_eq!(members(), 1);
        assert_eq!(append(store, say(rust, bob, 1, "still here")).map(|_| ()), Err(StoreError::NotAMember));
    }

    fn only_members_read_a_room(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let rust = room(store, ada, "rust");
        let read = |reader| {
            let from = proto::message::HistoryFrom::Latest;
            store.read_blocking(|reads| reads.history(rust, reader, from, 10)).map(|page| page.items.len())
        };
        assert_eq!((read(ada), read(bob)), (Ok(1), Err(StoreError::NotAMember)));
        store.run_blocking(move |tx| tx.join(rust, bob, NOW)).unwrap();
        assert_eq!(read(bob), Ok(1));
    }

    fn two_people_have_one_room_that_nobody_else_knows_of(store) {
        let [ada, bob, mallory] = ["ada", "bob", "mallory"].map(|name| person(store, name));
        let one = store.run_blocking(move |tx| tx.open_direct(ada, bob, NOW)).unwrap();
        let other = store.run_blocking(move |tx| tx.open_direct(bob, ada, NOW)).unwrap();
        assert_eq!((one.id, one.kind, one.members), (other.id, RoomKind::Direct, 2));
        let direct = one.id;
        let unknown = Err(StoreError::NotFound { what: "room" });
        assert_eq!(store.run_blocking(move |tx| tx.join(direct, mallory, NOW)).map(|_| ()), unknown);
        assert_eq!(append(store, say(direct, mallory, 1, "hi")).map(|_| ()), unknown);
        assert_eq!(store.run_blocking(move |tx| tx.mark_read(mallory, direct, seq(1))).map(|_| ()), unknown);
        store.read_blocking(|reads| {
            let from = proto::message::HistoryFrom::Latest;
            assert_eq!(reads.history(direct, mallory, from, 10).map(|_| ()), unknown);
            assert_eq!(reads.summary(direct, mallory)?, None);
            assert_eq!(reads.list_rooms("", mallory, 10)?.items.len(), 1, "the lobby alone");
            let rooms = reads.rooms_of(ada)?;
            assert_eq!(rooms.iter().map(|room| &*room.name).collect::<Vec<_>>(), ["lobby", "bob"]);
            assert_eq!(&*reads.rooms_of(bob)?[1].name, "ada");
            Ok(())
        }).unwrap();
        assert_eq!(store.run_blocking(move |tx| tx.leave(direct, ada, NOW)), Err(StoreError::NotPermitted));
        assert_eq!(store.run_blocking(move |tx| tx.open_direct(ada, ada, NOW)).map(|_| ()), Err(StoreError::NotPermitted));
    }

    fn a_read_marker_moves_forward_and_not_past_the_end(store) {
        let ada = person(store, "ada");
        for number in 1..=3 {
            append(store, say(LOBBY, ada, number, "hello")).unwrap();
        }
        let mark = |upto| store.run_blocking(move |tx| tx.mark_read(ada, LOBBY, seq(upto))).unwrap();
        assert_eq!([mark(2), mark(1), mark(99)], [seq(2), seq(2), seq(3)]);
        let lobby = store.read_blocking(|reads| reads.summary(LOBBY, ada)).unwrap().unwrap();
        assert_eq!((lobby.read_upto, lobby.last_seq), (seq(3), seq(3)));
    }

    fn rooms_come_lobby_first_then_by_name_then_people(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        store.run_blocking(move |tx| tx.open_direct(ada, bob, NOW)).unwrap();
        for name in ["zebra", "apple", "mango"] {
            room(store, ada, name);
        }
        let rooms = store.read_blocking(|reads| reads.rooms_of(ada)).unwrap();
        let names: Vec<&str> = rooms.iter().map(|room| &*room.name).collect();
        assert_eq!(names, ["lobby", "apple", "mango", "zebra", "bob"]);
        assert!(rooms.iter().all(|room| room.joined));
        let listed = store.read_blocking(|reads| reads.list_rooms("", bob, 10)).unwrap();
        let listed: Vec<_> = listed.items.iter().map(|room| (&*room.name, room.joined)).collect();
        assert_eq!(listed, [("apple", false), ("lobby", true), ("mango", false), ("zebra", false)]);
    }

    fn nobody_is_in_more_rooms_than_the_limit(store) {
        let ada = person(store, "ada");
        store.run_blocking(move |tx| {
            for number in 0..limits::ROOMS_PER_ACCOUNT {
                let name = RoomName::parse(&format!("room-{number}")).unwrap();
                tx.create_room(&name, &Text::default(), ada, NOW, id(1))?;
            }
            Ok(())
        }).unwrap();
        let name = room_name("one-more");
        let refused = store.run_blocking(move |tx| tx.create_room(&name, &Text::default(), ada, NOW, id(1)));
        let too_many = StoreError::TooMany { what: "rooms", max: limits::ROOMS_PER_ACCOUNT };
        assert_eq!(refused.map(|_| ()), Err(too_many));
    }

    fn what_is_not_there_is_not_found(store) {
        let ada = person(store, "ada");
        let nowhere = RoomId::new(77).unwrap();
        let not_found = Err(StoreError::NotFound { what: "room" });
        assert_eq!(store.run_blocking(move |tx| tx.join(nowhere, ada, NOW)).map(|_| ()), not_found);
        assert_eq!(store.run_blocking(move |tx| tx.leave(nowhere, ada, NOW)).map(|_| ()), not_found);
        assert_eq!(append(store, say(nowhere, ada, 1, "hello?")).map(|_| ()), not_found);
    }
}
