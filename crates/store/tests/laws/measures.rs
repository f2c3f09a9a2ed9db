//! Measures through the door for staff: who may take which, what is written, what binds whom.

use domain::audit::Action as Act;
use domain::cidr::Cidr;
use domain::sanction::{Kind, Scope, Target};
use proto::ids::{AccountId, RoomId, SanctionId, Timestamp};
use proto::message::Role;
use proto::text::Text;
use store::{
    Actor, Change, LOBBY, NewInvite, NewSanction, SanctionFilter, Standing, Store, StoreError, TargetKind,
};

use crate::support::{
    NOW, append, ends, in_chat, new_account, on_duty, person, room, say, secrets, text, with_role, written,
};

const HOUR: Option<Timestamp> = Some(NOW.plus_ms(3_600_000));

fn against(account: AccountId, kind: Kind, until: Option<Timestamp>) -> NewSanction {
    NewSanction::new(Target::Account(account), kind, until, text("spam"))
}

fn within(room: RoomId, new: NewSanction) -> NewSanction {
    NewSanction { scope: Scope::Room(room), ..new }
}

fn network(range: &str, until: Option<Timestamp>) -> NewSanction {
    NewSanction::new(Target::Network(Cidr::parse(range).unwrap()), Kind::Ban, until, text("flood"))
}

fn take(store: &Store, who: AccountId, new: NewSanction) -> Result<SanctionId, StoreError> {
    in_chat(store, who, NOW, move |staff| staff.sanction(&new))
}

fn ids(store: &Store, filter: &SanctionFilter) -> Vec<SanctionId> {
    let page = store.read_blocking(|reads| reads.sanctions(filter, None, 50)).unwrap();
    page.items.iter().map(|line| line.row.id).collect()
}

laws! {
    fn each_measure_writes_one_event_and_tells_others_of_it(store) {
        let ada = with_role(store, "ada", Role::Admin);
        let mallory = person(store, "mallory");
        for (kind, act) in [(Kind::Mute, Act::Muted), (Kind::Timeout, Act::TimedOut), (Kind::Ban, Act::Banned)] {
            let before = ends(store);
            let sanction = take(store, ada, against(mallory, kind, HOUR)).unwrap();
            let changes = vec![Change::Sanctioned { account: mallory, sanction }];
            assert_eq!(written(store, before), (vec![act], changes));
        }
        let before = ends(store);
        let sanction = take(store, ada, network("192.0.2.7", HOUR)).unwrap();
        let changes = vec![Change::SanctionsChanged { sanction }];
        assert_eq!(written(store, before), (vec![Act::NetworkBanned], changes));
    }

    fn who_may_not_is_refused_and_nothing_is_written(store) {
        let (ada, olga) = (with_role(store, "ada", Role::Moderator), with_role(store, "olga", Role::Owner));
        let (bob, carol) = (with_role(store, "bob", Role::Moderator), with_role(store, "carol", Role::Auditor));
        let mallory = person(store, "mallory");
        let before = ends(store);
        for (who, new) in [
            (mallory, against(ada, Kind::Mute, HOUR)),
            (carol, against(mallory, Kind::Mute, HOUR)),
            (ada, against(bob, Kind::Mute, HOUR)),
            (ada, against(ada, Kind::Ban, HOUR)),
            (ada, against(olga, Kind::Ban, HOUR)),
            (ada, network("192.0.2.0/24", HOUR)),
            (ada, network("192.0.2.7", None)),
        ] {
            assert_eq!(take(store, who, new.clone()), Err(StoreError::NotPermitted), "{new:?}");
        }
        assert_eq!(ends(store), before);
    }

    fn staff_who_are_banned_or_lost_their_login_do_nothing(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Admin), with_role(store, "bob", Role::Moderator));
        let mallory = person(store, "mallory");
        on_duty(store, bob, move |staff| staff.kick(LOBBY, mallory, &text("calm down"))).unwrap();
        let ban = take(store, ada, against(bob, Kind::Ban, None)).unwrap();
        assert_eq!(take(store, bob, against(mallory, Kind::Mute, HOUR)), Err(StoreError::Banned));
        in_chat(store, ada, NOW, move |staff| staff.lift(ban, &text("sorry"))).unwrap();
        on_duty(store, ada, move |staff| staff.set_role(bob, Role::Member)).unwrap();
        let refused = on_duty(store, bob, move |staff| staff.kick(LOBBY, mallory, &text("again")));
        assert_eq!(refused, Err(StoreError::NotPermitted));
        assert_eq!(take(store, bob, against(mallory, Kind::Mute, HOUR)), Err(StoreError::NotPermitted));
    }

    fn the_same_measure_twice_is_one_and_another_end_replaces_it(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        let first = take(store, ada, against(mallory, Kind::Mute, HOUR)).unwrap();
        let before = ends(store);
        assert_eq!(take(store, ada, against(mallory, Kind::Mute, HOUR)), Ok(first));
        assert_eq!(ends(store), before, "nothing was written the second time");
        let second = take(store, ada, against(mallory, Kind::Mute, None)).unwrap();
        assert_ne!(second, first);
        let standing = SanctionFilter { standing: Some(Standing::Stands(NOW)), ..SanctionFilter::default() };
        assert_eq!(ids(store, &standing), [second]);
        let over = SanctionFilter { standing: Some(Standing::Over(NOW)), ..SanctionFilter::default() };
        assert_eq!(ids(store, &over), [first]);
    }

    fn who_is_muted_may_read_and_take_back_and_says_nothing(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        let dock = room(store, ada, "dock");
        store.run_blocking(move |tx| tx.join(dock, mallory, NOW)).unwrap();
        take(store, ada, within(dock, against(mallory, Kind::Mute, HOUR))).unwrap();
        assert_eq!(append(store, say(dock, mallory, 1, "hey")).map(|_| ()), Err(StoreError::Muted));
        assert!(append(store, say(LOBBY, mallory, 2, "only there")).is_ok(), "elsewhere nothing binds");
        let mut later = say(dock, mallory, 3, "hey");
        later.at = NOW.plus_ms(3_600_000);
        assert!(append(store, later).is_ok(), "it has an end");
        in_chat(store, ada, NOW, move |staff| staff.unmute(mallory, Scope::Room(dock), &text("enough"))).unwrap();
        let again = in_chat(store, ada, NOW, move |staff| staff.unmute(mallory, Scope::Room(dock), &text("enough")));
        assert!(matches!(again, Err(StoreError::NotFound { .. })));
    }

    fn a_ban_from_a_room_ends_the_membership_and_keeps_from_joining(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        let dock = room(store, ada, "dock");
        store.run_blocking(move |tx| tx.join(dock, mallory, NOW)).unwrap();
        let before = ends(store);
        let sanction = take(store, ada, within(dock, against(mallory, Kind::Ban, HOUR))).unwrap();
        let changes = vec![
            Change::Kicked { account: mallory, room: dock, sanction },
            Change::Sanctioned { account: mallory, sanction },
        ];
        assert_eq!(written(store, before), (vec![Act::Banned], changes));
        assert_eq!(store.run_blocking(move |tx| tx.join(dock, mallory, NOW)), Err(StoreError::Banned));
        assert!(append(store, say(LOBBY, mallory, 1, "still here")).is_ok());
        in_chat(store, ada, NOW, move |staff| staff.lift_room_ban(mallory, dock, &text("appeal"))).unwrap();
        assert_eq!(store.run_blocking(move |tx| tx.join(dock, mallory, NOW)), Ok(true));
    }

    fn a_ban_of_those_who_came_by_an_invite_spares_staff(store) {
        let olga = with_role(store, "olga", Role::Owner);
        let digest = [9; 32];
        let new = NewInvite { digest, role: Role::Member, uses: 9, expires_at: NOW.plus_ms(9), by: None, at: NOW };
        let invite = on_duty(store, olga, move |staff| staff.create_invite(&new)).unwrap();
        let mut joined = Vec::new();
        for name in ["mallory", "trudy", "bob"] {
            let mut new = new_account(name, Role::Member);
            new.invite_digest = Some(digest);
            joined.push(store.run_blocking(move |tx| tx.create_account(&new, |_| secrets())).unwrap());
        }
        let (mallory, bob) = (joined[0], joined[2]);
        on_duty(store, olga, move |staff| staff.set_role(bob, Role::Moderator)).unwrap();
        on_duty(store, olga, move |staff| staff.revoke_invite(invite, true)).unwrap();
        store.read_blocking(|reads| {
            assert!(reads.active_ban(mallory, NOW)?.is_some() && reads.active_ban(bob, NOW)?.is_none());
            assert_eq!(reads.lineage(invite)?, joined[..2]);
            assert!(reads.ban_of(mallory, None, NOW)?.is_some_and(|ban| ban.target == Target::Lineage(invite)));
            Ok(())
        }).unwrap();
    }

    fn nobody_bans_their_own_network_or_half_the_world_and_a_wide_one_needs_a_fresh_proof(store) {
        let olga = with_role(store, "olga", Role::Owner);
        let own = "192.0.2.77".parse().unwrap();
        let by = |new: NewSanction| store.run_blocking(move |tx| {
            tx.staff(&Actor { address: Some(own), ..Actor::in_chat(olga) }, NOW)?.sanction(&new)
        });
        assert_eq!(by(network("192.0.2.0/24", HOUR)), Err(StoreError::SelfLockout));
        assert!(matches!(by(network("10.0.0.0/7", HOUR)), Err(StoreError::TooWide(_))));
        assert_eq!(by(network("198.51.0.0/16", HOUR)), Err(StoreError::StepUpNeeded));
        assert!(by(network("198.51.100.0/24", HOUR)).is_ok());
        let new = network("198.51.0.0/16", HOUR);
        assert!(on_duty(store, olga, move |staff| staff.sanction(&new)).is_ok());
        let rules = store.read_blocking(|reads| reads.standing_networks(None, NOW, 10)).unwrap();
        assert_eq!(rules.items.len(), 2);
        let page = store.read_blocking(|reads| {
            let first = reads.standing_networks(None, NOW, 1)?;
            assert!(first.more);
            reads.standing_networks(first.items.last(), NOW, 1)
        }).unwrap();
        assert_eq!(page.items, rules.items[1..]);
    }

    fn a_measure_that_stands_gets_another_end_and_one_that_is_over_does_not(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        let id = take(store, ada, against(mallory, Kind::Ban, HOUR)).unwrap();
        let before = ends(store);
        in_chat(store, ada, NOW, move |staff| staff.change_sanction(id, None, &text("worse"))).unwrap();
        assert_eq!(written(store, before).0, [Act::SanctionChanged]);
        let row = store.read_blocking(|reads| reads.sanction(id)).unwrap().unwrap();
        assert_eq!((row.until, &*row.reason, row.changed_at), (None, "worse", Some(NOW)));
        in_chat(store, ada, NOW, move |staff| staff.lift(id, &text("appeal"))).unwrap();
        let lifted = ends(store);
        in_chat(store, ada, NOW, move |staff| staff.lift(id, &text("appeal"))).unwrap();
        assert_eq!(ends(store), lifted, "lifting twice is lifting once");
        let late = in_chat(store, ada, NOW, move |staff| staff.change_sanction(id, None, &text("again")));
        assert!(matches!(late, Err(StoreError::NotFound { .. })));
    }

    fn an_import_is_one_event_and_is_undone_as_one(store) {
        let (olga, mallory) = (with_role(store, "olga", Role::Owner), person(store, "mallory"));
        let stood = on_duty(store, olga, move |staff| staff.sanction(&network("192.0.2.1", HOUR))).unwrap();
        let all = vec![network("192.0.2.1", None), network("192.0.2.2", HOUR), against(mallory, Kind::Ban, None)];
        let (before, sent) = (ends(store), all.clone());
        let batch = on_duty(store, olga, move |staff| staff.import(&sent)).unwrap();
        assert_eq!(written(store, before), (vec![Act::SanctionsImported], vec![Change::BatchChanged { batch }]));
        let taken = SanctionFilter { batch: Some(batch), ..SanctionFilter::default() };
        assert_eq!(ids(store, &taken).len(), 2, "what stood already is left as it is");
        assert_eq!(on_duty(store, olga, move |staff| staff.undo_batch(batch)), Ok(2));
        assert_eq!(on_duty(store, olga, move |staff| staff.undo_batch(batch)), Err(StoreError::Conflict));
        let standing = SanctionFilter { standing: Some(Standing::Stands(NOW)), ..SanctionFilter::default() };
        assert_eq!(ids(store, &standing), [stood]);
        let refused = in_chat(store, olga, NOW, move |staff| staff.import(&all));
        assert_eq!(refused, Err(StoreError::StepUpNeeded));
    }

    fn one_bad_line_of_an_import_refuses_all_of_it(store) {
        let olga = with_role(store, "olga", Role::Owner);
        let before = ends(store);
        let all = vec![network("192.0.2.2", HOUR), against(olga, Kind::Ban, None)];
        assert_eq!(on_duty(store, olga, move |staff| staff.import(&all)), Err(StoreError::NotPermitted));
        assert_eq!((ends(store), ids(store, &SanctionFilter::default())), (before, vec![]));
    }

    fn a_list_of_measures_shows_what_every_part_of_the_filter_asks_for(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        let dock = room(store, ada, "dock");
        let ban = take(store, ada, against(mallory, Kind::Ban, HOUR)).unwrap();
        let mute = take(store, ada, within(dock, against(mallory, Kind::Mute, None))).unwrap();
        let mut noted = network("192.0.2.9", HOUR);
        noted.note = text("the crew of the lighthouse");
        let net = take(store, ada, noted).unwrap();
        let all = SanctionFilter::default();
        for (filter, expected) in [
            (all.clone(), vec![net, mute, ban]),
            (SanctionFilter { kind: Some(Kind::Mute), ..all.clone() }, vec![mute]),
            (SanctionFilter { target: Some(TargetKind::Network), ..all.clone() }, vec![net]),
            (SanctionFilter { account: Some(mallory), ..all.clone() }, vec![mute, ban]),
            (SanctionFilter { room: Some(dock), ..all.clone() }, vec![mute]),
            (SanctionFilter { by: Some(mallory), ..all.clone() }, vec![]),
            (SanctionFilter { text: "lightho".into(), ..all.clone() }, vec![net]),
            (SanctionFilter { text: "spam".into(), kind: Some(Kind::Ban), ..all.clone() }, vec![ban]),
            (SanctionFilter { network: Some(Cidr::parse("192.0.2.9").unwrap()), ..all.clone() }, vec![net]),
            (SanctionFilter { standing: Some(Standing::Over(NOW.plus_ms(3_600_000))), ..all }, vec![net, ban]),
        ] {
            assert_eq!(ids(store, &filter), expected, "{filter:?}");
        }
        let second = store.read_blocking(|reads| reads.sanctions(&SanctionFilter::default(), Some(net), 1)).unwrap();
        assert!(second.more && second.items[0].row.id == mute);
        assert_eq!(second.items[0].room_name.as_deref(), Some("dock"));
        assert_eq!(second.items[0].by_name.as_deref(), Some("ada"));
    }

    fn hits_add_up_and_how_fast_a_measure_was_is_kept_once(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        let id = take(store, ada, against(mallory, Kind::Ban, None)).unwrap();
        store.run_blocking(move |tx| {
            tx.sanction_hits(id, 2, NOW)?;
            tx.sanction_hits(id, 3, NOW.plus_ms(5))?;
            tx.enforced(id, NOW, 12, 2)?;
            tx.enforced(id, NOW, 900, 1)
        }).unwrap();
        let view = store.read_blocking(|reads| reads.sanction_view(id)).unwrap().unwrap();
        assert_eq!((view.line.hits, view.line.last_hit), (5, Some(NOW.plus_ms(5))));
        assert_eq!(view.enforcement.map(|row| (row.took_ms, row.sessions)), Some((12, 2)));
        let latest = store.read_blocking(|reads| reads.enforcement_latencies(5)).unwrap();
        assert_eq!(latest.len(), 1);
    }

    fn a_rule_mutes_and_never_shortens_what_people_decided(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        let rule = move |until: Option<Timestamp>| store.run_blocking(move |tx| {
            tx.rule_sanction(mallory, Kind::Mute, None, until, &Text::cut("flood"), NOW)
        });
        let by_rule = rule(HOUR).unwrap();
        let by_hand = take(store, ada, against(mallory, Kind::Mute, None)).unwrap();
        assert_ne!(by_rule, by_hand);
        assert_eq!(rule(HOUR), Ok(by_hand));
        let refused = store.run_blocking(move |tx| {
            tx.rule_sanction(mallory, Kind::Ban, None, None, &Text::cut("flood"), NOW)
        });
        assert_eq!(refused, Err(StoreError::NotPermitted));
    }
}
