//! Bans, kicks and the audit log.

use domain::audit::{Action, AuditEvent, ChainHash, Target};
use domain::sanction::Kind;
use proto::ids::{AccountId, SanctionId, Timestamp};
use proto::text::Text;
use store::{AuditSeq, Change, ChangeSeq, LOBBY, Store, StoreError};

use crate::support::{NOW, append, audit_head, last_change, person, room, say, text};

fn ban(store: &Store, who: AccountId, by: AccountId, until: Option<Timestamp>) -> SanctionId {
    store.run_blocking(move |tx| tx.ban(who, by, &text("spam"), until, NOW)).unwrap()
}

fn is_banned(store: &Store, who: AccountId, after_ms: i64) -> bool {
    store.read_blocking(|reads| reads.active_ban(who, NOW.plus_ms(after_ms))).unwrap().is_some()
}

fn event(detail: &str) -> AuditEvent {
    let target = Target::Server;
    AuditEvent {
        at: NOW,
        actor: None,
        action: Action::SettingChanged,
        target,
        detail: Text::new(detail).unwrap(),
    }
}

laws! {
    fn a_ban_holds_until_its_end_and_not_longer(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        ban(store, mallory, ada, Some(NOW.plus_ms(100)));
        assert!(is_banned(store, mallory, 0) && is_banned(store, mallory, 99) && !is_banned(store, mallory, 100));
        assert!(!is_banned(store, ada, 0));
    }

    fn who_is_banned_writes_nothing_and_joins_nothing(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        let rust = room(store, ada, "rust");
        append(store, say(LOBBY, mallory, 1, "before")).unwrap();
        ban(store, mallory, ada, None);
        assert_eq!(append(store, say(LOBBY, mallory, 2, "after")).map(|_| ()), Err(StoreError::Banned));
        assert_eq!(store.run_blocking(move |tx| tx.join(rust, mallory, NOW)), Err(StoreError::Banned));
        let again = append(store, say(LOBBY, mallory, 1, "before")).unwrap();
        assert!(!again.fresh, "what was accepted before stays accepted");
        store.run_blocking(move |tx| tx.lift_ban(mallory, ada, &text("appeal"), NOW)).unwrap();
        assert!(append(store, say(LOBBY, mallory, 3, "thanks")).unwrap().fresh);
    }

    fn the_same_ban_twice_is_one_and_another_end_replaces_it(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        let first = ban(store, mallory, ada, None);
        assert_eq!(ban(store, mallory, ada, None), first);
        let second = ban(store, mallory, ada, Some(NOW.plus_ms(50)));
        assert_ne!(second, first);
        assert!(!is_banned(store, mallory, 50), "the ban for good is gone");
        let all = store.read_blocking(|reads| reads.sanctions_of(mallory, None, 10)).unwrap().items;
        assert_eq!(all.iter().map(|row| (row.id, row.lifted_at.is_some())).collect::<Vec<_>>(), [(second, false), (first, true)]);
    }

    fn a_ban_that_does_not_stand_is_not_lifted(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        let lift = || store.run_blocking(move |tx| tx.lift_ban(mallory, ada, &text("oops"), NOW));
        assert_eq!(lift(), Err(StoreError::NotFound { what: "ban" }));
        ban(store, mallory, ada, None);
        assert_eq!((lift(), lift()), (Ok(()), Err(StoreError::NotFound { what: "ban" })));
    }

    fn a_kick_ends_a_membership_and_is_not_a_ban(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        let rust = room(store, ada, "rust");
        store.run_blocking(move |tx| tx.join(rust, mallory, NOW)).unwrap();
        let kick = move || store.run_blocking(move |tx| tx.kick(rust, mallory, Some(ada), &text("calm down"), NOW));
        let sanction = kick().unwrap();
        assert_eq!(kick(), Err(StoreError::NotAMember));
        let row = store.read_blocking(|reads| reads.sanction(sanction)).unwrap().unwrap();
        assert_eq!((row.kind, row.room(), &*row.reason), (Kind::Kick, Some(rust), "calm down"));
        assert!(!is_banned(store, mallory, 0));
        assert_eq!(store.run_blocking(move |tx| tx.join(rust, mallory, NOW)), Ok(true));
    }

    fn a_kick_from_the_lobby_is_told_and_removes_nobody(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        let before = last_change(store);
        let sanction = store.run_blocking(move |tx| tx.kick(LOBBY, mallory, Some(ada), &text("out"), NOW)).unwrap();
        let told = store.read_blocking(|reads| reads.changes_after(before, 10)).unwrap();
        assert_eq!(told[0].change, Change::Kicked { account: mallory, room: LOBBY, sanction });
        assert!(append(store, say(LOBBY, mallory, 1, "back")).is_ok());
    }

    fn nobody_is_kicked_from_a_room_of_two(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let direct = store.run_blocking(move |tx| tx.open_direct(ada, bob, NOW)).unwrap().id;
        let refused = store.run_blocking(move |tx| tx.kick(direct, bob, Some(ada), &text("out"), NOW));
        assert_eq!(refused, Err(StoreError::NotPermitted));
    }

    fn an_act_and_its_audit_row_are_one(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        let failed = store.run_blocking(move |tx| {
            tx.ban(mallory, ada, &text("spam"), None, NOW)?;
            tx.audit(&event("banned mallory"))?;
            Err::<(), _>(StoreError::Conflict)
        });
        assert!(failed.is_err() && !is_banned(store, mallory, 0));
        let head = audit_head(store);
        assert_eq!(head, (AuditSeq(0), ChainHash::START));
    }

    fn the_audit_log_is_a_chain_without_gaps(store) {
        let numbers: Vec<u64> = (0..1200)
            .map(|number| store.run_blocking(move |tx| {
                if number % 3 == 1 {
                    tx.audit(&event("undone"))?;
                    return Err(StoreError::Conflict);
                }
                tx.audit(&event(&number.to_string()))
            }))
            .filter_map(|seq| seq.ok().map(|seq| seq.0))
            .collect();
        assert_eq!(numbers, (1..=800).collect::<Vec<_>>());
        store.read_blocking(|reads| {
            let (last, hash) = reads.verify_audit()?;
            assert_eq!((last, (last, hash)), (AuditSeq(800), reads.audit_head()?));
            let rows = reads.audit_after(AuditSeq(797), 2)?;
            assert_eq!(rows.iter().map(|row| row.seq.0).collect::<Vec<_>>(), [798, 799]);
            assert_eq!(&*rows[1].event.detail, "1197");
            Ok(())
        }).unwrap();
    }

    fn changes_come_in_the_order_of_their_commits(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        let start = last_change(store);
        let sanction = ban(store, mallory, ada, None);
        let rust = room(store, ada, "rust");
        store.run_blocking(move |tx| tx.lift_ban(mallory, ada, &text("appeal"), NOW)).unwrap();
        let changes = store.read_blocking(|reads| reads.changes_after(start, 10)).unwrap();
        let expected = [
            Change::Sanctioned { account: mallory, sanction },
            Change::RoomChanged { room: rust },
            Change::Lifted { account: mallory },
        ];
        assert_eq!(changes.iter().map(|row| row.change).collect::<Vec<_>>(), expected);
        assert_eq!(changes.iter().map(|row| row.seq).collect::<Vec<_>>(), [1, 2, 3].map(|n| ChangeSeq(start.0 + n)));
    }
}
