//! Reports from sealed rooms: what was opened is kept encrypted, merged like other reports, and told to the audit log;
//! and what the dashboard lists of sealed rooms.

use domain::audit::Action as Act;
use domain::sanction::{Kind, Target};
use proto::ids::{AccountId, Epoch, MessageId, ReportId, RoomId, StampMac, Timestamp};
use proto::message::{Content, ReportCategory, Role, RoomKind, Stamp};
use proto::text::Text;
use store::testing::sealed::{self, Member};
use store::{
    Change, EvictionsOf, LOBBY, NewExhibit, NewReport, NewSanction, NewSealedReport, ReportOf, Store,
    StoreError,
};

use crate::support::{NOW, append, ends, id, in_chat, person, say, seq, text, with_role, written};

laws! {
    fn what_was_opened_is_kept_encrypted_with_its_context_and_told_to_the_audit_log(store) {
        let (ada, mallory, room) = two(store);
        let before = ends(store);
        let report = tell(store, ada.account, room, &[(5, mallory.account, true), (4, ada.account, false)]).unwrap();
        assert_eq!(written(store, before), (vec![Act::EvidenceOpened], vec![Change::ReportChanged { report }]));
        let view = store.read_blocking(move |reads| reads.report_view(report)).unwrap().unwrap();
        let kept: Vec<_> = view.evidence.iter().map(|row| (row.seq.get(), row.reported, &*row.body, row.exhibit.clone())).collect();
        assert_eq!(kept, [(4, false, "", vec![4]), (5, true, "", vec![5])], "in the order of the log");
        assert_eq!((view.line.row.account, view.line.row.room), (mallory.account, Some(room)));
        assert_eq!((view.line.room_kind, view.line.lines), (Some(RoomKind::Sealed), 1));
    }

    fn who_opened_something_is_not_in_the_audit_log(store) {
        let (ada, mallory, room) = two(store);
        tell(store, ada.account, room, &[(5, mallory.account, true)]).unwrap();
        let events = store.read_blocking(|reads| reads.audit_after(store::AuditSeq(0), 100)).unwrap();
        let opened = events.iter().find(|row| row.event.action == Act::EvidenceOpened).unwrap();
        assert_eq!(opened.event.actor, None);
        assert!(!opened.event.detail.contains("ada"), "{:?}", opened.event.detail);
    }

    fn more_of_the_same_is_added_and_what_was_seen_first_stays(store) {
        let (ada, mallory, room) = two(store);
        let first = tell(store, ada.account, room, &[(4, ada.account, false), (5, mallory.account, true)]).unwrap();
        let context = [(6, mallory.account, false), (5, mallory.account, false), (4, ada.account, false)];
        let again = [&context[..], &[(7, mallory.account, true)]].concat();
        assert_eq!(tell(store, ada.account, room, &again), Ok(first));
        assert_eq!(tell(store, ada.account, room, &[(6, mallory.account, true)]), Ok(first));
        let view = store.read_blocking(move |reads| reads.report_view(first)).unwrap().unwrap();
        let kept: Vec<_> = view.evidence.iter().map(|row| (row.seq.get(), row.reported)).collect();
        assert_eq!(kept, [(4, false), (5, true), (6, true), (7, true)]);
        assert_eq!(view.line.row.merged, 2);
    }

    fn a_report_of_an_open_room_takes_what_is_opened_later_along(store) {
        let (ada, mallory, room) = two(store);
        append(store, say(LOBBY, mallory.account, 50, "buy")).unwrap();
        let place = store.read_blocking(move |reads| reads.room(LOBBY)).unwrap().unwrap().last_seq;
        let what = ReportOf::Messages { room: LOBBY, seqs: vec![place] };
        let new = NewReport { reporter: ada.account, what, category: ReportCategory::Spam, note: text("look"), at: NOW };
        let open = store.run_blocking(move |tx| tx.report(&new)).unwrap();
        assert_eq!(tell(store, ada.account, room, &[(5, mallory.account, true)]), Ok(open));
        let view = store.read_blocking(move |reads| reads.report_view(open)).unwrap().unwrap();
        let sealed: Vec<_> = view.evidence.iter().map(|row| (row.room, row.exhibit.is_empty())).collect();
        assert_eq!(sealed, [(LOBBY, true), (room, false)]);
    }

    fn a_report_is_about_one_other_person_in_a_sealed_room(store) {
        let (ada, mallory, room) = two(store);
        let bob = person(store, "bob");
        let before = ends(store);
        for (reporter, place, opened, refusal) in [
            (ada.account, room, vec![(5, mallory.account, true), (6, bob, true)], StoreError::NotPermitted),
            (mallory.account, room, vec![(5, mallory.account, true)], StoreError::NotPermitted),
            (ada.account, room, vec![(5, mallory.account, false)], StoreError::NoSuchEntry),
            (ada.account, room, vec![], StoreError::NoSuchEntry),
            (ada.account, LOBBY, vec![(5, mallory.account, true)], StoreError::NotPermitted),
            (ada.account, RoomId::new(999).unwrap(), vec![(5, mallory.account, true)], StoreError::NotFound { what: "room" }),
            (with_role(store, "bot", Role::Bot), room, vec![(5, mallory.account, true)], StoreError::NotPermitted),
        ] {
            assert_eq!(tell(store, reporter, place, &opened), Err(refusal), "{opened:?}");
        }
        let left: Vec<Change> = written(store, before).1;
        assert!(!left.iter().any(|change| matches!(change, Change::ReportChanged { .. })), "{left:?}");
    }

    fn a_place_says_who_was_there_and_what_stands_there(store) {
        let (ada, mallory, room) = two(store);
        let bob = person(store, "bob");
        let entry = speak(store, room, mallory, 9);
        let place = entry.seq;
        for (reporter, was_there) in [(ada.account, true), (mallory.account, true), (bob, false)] {
            let found = store.read_blocking(move |reads| reads.sealed_place(room, reporter, place)).unwrap();
            assert_eq!(found.was_member, was_there);
            let found = found.entry.unwrap();
            assert_eq!((found.author, &found.content), (mallory.account, &entry.content));
        }
        let (one, own) = (mallory.account, crate::support::entry(room, mallory.account, 77, Content::Delete { target: place }));
        append(store, own).unwrap();
        let found = store.read_blocking(move |reads| reads.sealed_place(room, one, place)).unwrap();
        assert_eq!(found.entry, None, "what was removed cannot be compared");
    }

    fn what_was_said_before_somebody_came_is_not_theirs_to_report(store) {
        let (ada, mallory, room) = two(store);
        let early = speak(store, room, mallory, 9).seq;
        let bob = person(store, "bob");
        let carol = store.run_blocking(move |tx| sealed::member(tx, bob, 33, NOW)).unwrap();
        store.run_blocking(move |tx| sealed::commit(tx, room, (ada, &[ada, mallory, carol]), NOW)).unwrap();
        let late = speak(store, room, mallory, 10).seq;
        let was = |place| store.read_blocking(move |reads| reads.sealed_place(room, bob, place)).unwrap().was_member;
        assert_eq!((was(early), was(late)), (false, true));
        store.run_blocking(move |tx| sealed::commit(tx, room, (ada, &[ada, mallory]), NOW)).unwrap();
        let after = speak(store, room, mallory, 11).seq;
        assert_eq!((was(late), was(after)), (true, false), "and what was said while they were there still is");
    }

    fn the_list_shows_numbers_of_sealed_rooms_and_nothing_of_those_of_two(store) {
        let (ada, mallory, room) = two(store);
        let direct = store.run_blocking(move |tx| {
            let new = store::NewSealedRoom { by: ada.account, with: Some(mallory.account), message_id: id(500), at: NOW };
            tx.create_sealed(&new)
        });
        let direct = direct.unwrap().0.id;
        let listed = store.read_blocking(|reads| reads.sealed_rooms(None, 10)).unwrap();
        assert_eq!(listed.items.iter().map(|line| line.room).collect::<Vec<_>>(), [room]);
        let line = &listed.items[0];
        assert_eq!((line.live, line.epoch, line.members, line.devices), (true, Epoch::new(1).unwrap(), 2, 2));
        assert_eq!((line.evicting, line.unreadable, line.epoch_since), (0, 0, Some(NOW)));
        assert_eq!(store.read_blocking(move |reads| reads.sealed_room(direct)).unwrap(), None);
        let members = store.read_blocking(move |reads| reads.sealed_members(room)).unwrap();
        assert_eq!(members.iter().map(|member| member.account).collect::<Vec<_>>(), [ada.account, mallory.account]);
    }

    fn a_ban_shows_who_has_to_go_until_a_member_has_done_it(store) {
        let (ada, mallory, room) = two(store);
        let owner = with_role(store, "olga", Role::Owner);
        let ban = NewSanction::new(Target::Account(mallory.account), Kind::Ban, None, Text::cut("enough"));
        let ban = in_chat(store, owner, NOW, move |staff| staff.sanction(&ban)).unwrap();
        let pending = |of| store.read_blocking(move |reads| reads.evictions_page(of, None, 10)).unwrap().items;
        for of in [EvictionsOf::Waiting, EvictionsOf::Account(mallory.account), EvictionsOf::Sanction(ban), EvictionsOf::Room(room)] {
            let found = pending(of);
            assert_eq!(found.len(), 1, "{of:?}");
            assert_eq!((found[0].row.account, found[0].row.room, found[0].row.done_at), (mallory.account, room, None));
            assert_eq!((&*found[0].name, found[0].room_kind), ("mallory", RoomKind::Sealed));
        }
        let line = store.read_blocking(move |reads| reads.sealed_room(room)).unwrap().unwrap();
        assert_eq!((line.evicting, line.evicting_since), (1, Some(NOW)));
        let later = NOW.plus_ms(4_000);
        let done = move |tx: &mut store::Tx<'_>| {
            sealed::propose(tx, room, NOW)?;
            sealed::commit(tx, room, (ada, &[ada]), later)
        };
        store.run_blocking(done).unwrap();
        assert!(pending(EvictionsOf::Waiting).is_empty() && pending(EvictionsOf::Room(room)).is_empty());
        let done = &pending(EvictionsOf::Sanction(ban))[0];
        assert_eq!((done.row.done_at, done.done_by_name.as_deref()), (Some(later), Some("ada")));
    }

    fn whose_entries_could_not_be_read_is_counted_by_sender(store) {
        let (ada, mallory, room) = two(store);
        let places = [speak(store, room, mallory, 9).seq, speak(store, room, mallory, 10).seq];
        for place in [places[0], places[0], places[1]] {
            store.run_blocking(move |tx| tx.cannot_read((room, place), (ada.account, ada.device), NOW)).unwrap();
        }
        let lines = store.read_blocking(move |reads| reads.unreadable(room)).unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].sender, lines[0].entries, lines[0].complaints), (mallory.account, 2, 2));
        let line = store.read_blocking(move |reads| reads.sealed_room(room)).unwrap().unwrap();
        assert_eq!(line.unreadable, 2);
    }
}

/// A sealed room of Ada and Mallory.
fn two(store: &Store) -> (Member, Member, RoomId) {
    let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
    store
        .run_blocking(move |tx| {
            let (ada, mallory) = (sealed::member(tx, ada, 11, NOW)?, sealed::member(tx, mallory, 22, NOW)?);
            let room = sealed::room(tx, &[ada, mallory], NOW)?;
            Ok((ada, mallory, room))
        })
        .unwrap()
}

fn speak(store: &Store, room: RoomId, by: Member, number: u8) -> proto::message::Entry {
    let stamp = |_: Epoch, _, _: Timestamp| Stamp { kid: 1, mac: StampMac([9; 32]) };
    let message = MessageId([number; 16]);
    store.run_blocking(move |tx| sealed::say(tx, room, (by, message), None, NOW, &stamp)).unwrap()
}

fn tell(
    store: &Store,
    reporter: AccountId,
    room: RoomId,
    opened: &[(u64, AccountId, bool)],
) -> Result<ReportId, StoreError> {
    let exhibits = opened.iter().map(|(place, author, reported)| NewExhibit {
        seq: seq(*place),
        reported: *reported,
        author: *author,
        at: NOW,
        sealed: vec![u8::try_from(*place).unwrap()],
    });
    let new = NewSealedReport {
        reporter,
        room,
        category: ReportCategory::Harassment,
        note: text("look"),
        exhibits: exhibits.collect(),
        at: NOW,
    };
    store.run_blocking(move |tx| tx.report_sealed(&new))
}
