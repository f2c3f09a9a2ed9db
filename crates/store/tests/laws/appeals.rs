//! Appeals, announcements, and one act on many accounts.

use domain::audit::Action;
use domain::sanction::{Kind, Target};
use proto::ids::{AccountId, AppealId, SanctionId, Timestamp};
use proto::message::Role;
use store::{
    AccountState, Actor, AppealDecision, AppealState, Bulk, BulkAct, Change, LOBBY, NewSanction, Store,
    StoreError,
};

use crate::support::{
    NOW, as_proven, audited, changes_since, in_chat, last_change, new_account, person, secrets, text,
    with_role,
};

fn ban(store: &Store, by: AccountId, whom: AccountId, until: Option<Timestamp>) -> SanctionId {
    let new = NewSanction::new(Target::Account(whom), Kind::Ban, until, text("spam"));
    in_chat(store, by, NOW, move |staff| staff.sanction(&new)).unwrap()
}

fn appeal(
    store: &Store,
    sanction: SanctionId,
    by: AccountId,
    words: &'static str,
) -> Result<AppealId, StoreError> {
    store.run_blocking(move |tx| tx.appeal(sanction, by, words, NOW))
}

fn decide(
    store: &Store,
    by: AccountId,
    appeal: AppealId,
    decision: AppealDecision,
) -> Result<(), StoreError> {
    in_chat(store, by, NOW, move |staff| staff.decide_appeal(appeal, decision, &text("we looked at it")))
}

fn is_banned(store: &Store, who: AccountId, at: Timestamp) -> bool {
    store.read_blocking(|reads| reads.active_ban(who, at)).unwrap().is_some()
}

fn people(store: &Store) -> (AccountId, AccountId, AccountId) {
    (
        with_role(store, "ada", Role::Moderator),
        with_role(store, "bob", Role::Moderator),
        person(store, "mallory"),
    )
}

laws! {
    fn a_measure_is_appealed_against_once_by_whom_it_binds(store) {
        let (ada, bob, mallory) = people(store);
        let sanction = ban(store, ada, mallory, None);
        assert_eq!(appeal(store, sanction, bob, "let them in"), Err(StoreError::NotFound { what: "measure that stands" }));
        let first = appeal(store, sanction, mallory, "it was my cat").unwrap();
        assert_eq!(appeal(store, sanction, mallory, "it was my cat"), Ok(first), "the answer was lost");
        let again = appeal(store, sanction, mallory, "it was my dog");
        assert_eq!(again, Err(StoreError::TooMany { what: "appeals against one measure", max: 1 }));
        let view = store.read_blocking(|reads| reads.appeal_view(first)).unwrap().unwrap();
        assert_eq!((&*view.line.row.text, view.line.row.state), ("it was my cat", AppealState::Open));
        assert_eq!(store.read_blocking(|reads| reads.overview(NOW)).unwrap().appeals, 1);
    }

    fn a_measure_that_is_over_or_cannot_be_appealed_against_is_not(store) {
        let (ada, _, mallory) = people(store);
        let over = ban(store, ada, mallory, Some(NOW.plus_ms(10)));
        let late = store.run_blocking(move |tx| tx.appeal(over, mallory, "too late", NOW.plus_ms(10)));
        assert_eq!(late, Err(StoreError::NotFound { what: "measure that stands" }));
        let mut new = NewSanction::new(Target::Account(mallory), Kind::Mute, None, text("spam"));
        new.appealable = false;
        let mute = in_chat(store, ada, NOW, move |staff| staff.sanction(&new)).unwrap();
        assert_eq!(appeal(store, mute, mallory, "please"), Err(StoreError::NotPermitted));
        let long: &'static str = Box::leak("x".repeat(2_049).into_boxed_str());
        assert_eq!(appeal(store, over, mallory, long), Err(StoreError::TooMany { what: "bytes in an appeal", max: 2_048 }));
    }

    fn an_appeal_is_decided_by_somebody_else_and_the_measure_follows(store) {
        let (ada, bob, mallory) = people(store);
        for (decision, state, banned_now, banned_later) in [
            (AppealDecision::Uphold, AppealState::Upheld, true, true),
            (AppealDecision::Shorten(NOW.plus_ms(5_000)), AppealState::Shortened, true, false),
            (AppealDecision::Lift, AppealState::Lifted, false, false),
        ] {
            let sanction = ban(store, ada, mallory, None);
            let id = appeal(store, sanction, mallory, "it was my cat").unwrap();
            assert_eq!(decide(store, ada, id, decision), Err(StoreError::NotPermitted), "one's own measure");
            assert_eq!(decide(store, mallory, id, decision), Err(StoreError::Banned));
            let (before, decided) = (last_change(store), audited(store, Action::AppealDecided, bob));
            decide(store, bob, id, decision).unwrap();
            assert_eq!(decide(store, bob, id, decision), Err(StoreError::Stale { now: 2 }));
            let row = store.read_blocking(|reads| reads.appeal(id)).unwrap().unwrap();
            assert_eq!((row.state, row.decided_by, &*row.answer), (state, Some(bob), "we looked at it"));
            assert_eq!((is_banned(store, mallory, NOW), is_banned(store, mallory, NOW.plus_ms(5_000))), (banned_now, banned_later));
            let told = changes_since(store, before);
            match decision {
                AppealDecision::Uphold => assert_eq!(told, []),
                AppealDecision::Shorten(_) => assert_eq!(told, [Change::Sanctioned { account: mallory, sanction }]),
                AppealDecision::Lift => assert_eq!(told, [Change::Lifted { account: mallory }]),
            }
            assert_eq!(audited(store, Action::AppealDecided, bob), decided + 1);
            return_to_start(store, mallory);
        }
    }

    fn an_appeal_makes_no_measure_longer_and_is_not_for_members(store) {
        let (ada, bob, mallory) = people(store);
        let sanction = ban(store, ada, mallory, Some(NOW.plus_ms(5_000)));
        let id = appeal(store, sanction, mallory, "it was my cat").unwrap();
        let longer = AppealDecision::Shorten(NOW.plus_ms(5_001));
        assert_eq!(decide(store, bob, id, longer), Err(StoreError::NotPermitted));
        assert_eq!(decide(store, bob, id, AppealDecision::Shorten(NOW)), Err(StoreError::InThePast));
        let eve = person(store, "eve");
        assert_eq!(decide(store, eve, id, AppealDecision::Lift), Err(StoreError::NotPermitted));
        let row = store.read_blocking(|reads| reads.appeal(id)).unwrap().unwrap();
        assert_eq!(row.state, AppealState::Open);
    }

    fn an_announcement_stands_until_its_end_or_until_it_is_ended(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Admin), with_role(store, "bob", Role::Moderator));
        let announce = |by, words: &'static str, end| in_chat(store, by, NOW, move |staff| staff.announce(&text(words), end));
        let before = last_change(store);
        assert_eq!(announce(bob, "no", None), Err(StoreError::NotPermitted));
        assert_eq!(announce(ada, "no", Some(NOW)), Err(StoreError::InThePast));
        let short = announce(ada, "back at nine", Some(NOW.plus_ms(50))).unwrap();
        let long = announce(ada, "be kind", None).unwrap();
        let standing = |after| {
            let rows = store.read_blocking(|reads| reads.standing_announcements(NOW.plus_ms(after))).unwrap();
            rows.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        assert_eq!((standing(0), standing(50)), (vec![short, long], vec![long]));
        let end = |by| in_chat(store, by, NOW, move |staff| staff.end_announcement(long));
        assert_eq!((end(bob), end(ada), end(ada)), (Err(StoreError::NotPermitted), Ok(()), Ok(())));
        assert_eq!(standing(0), [short]);
        assert_eq!(changes_since(store, before), [short, long, long].map(|announcement| Change::Announced { announcement }));
        assert_eq!((audited(store, Action::Announced, ada), audited(store, Action::AnnouncementEnded, ada)), (2, 1));
        let page = store.read_blocking(|reads| reads.announcements(None, 1)).unwrap();
        assert_eq!((page.items[0].id, page.items[0].by_name.as_deref(), page.more), (long, Some("ada"), true));
        for _ in 1..10 {
            announce(ada, "again", None).unwrap();
        }
        assert_eq!(announce(ada, "again", None), Err(StoreError::TooMany { what: "announcements at a time", max: 10 }));
    }

    fn one_act_on_many_is_refused_for_some_and_done_for_the_others(store) {
        let (ada, bob, mallory) = people(store);
        let eve = person(store, "eve");
        ban(store, bob, eve, None);
        let nobody = AccountId::new(999).unwrap();
        let act = BulkAct::Ban { until: None, reason: text("raid") };
        let bulk = in_chat(store, ada, NOW, move |staff| staff.bulk(&[mallory, bob, eve, nobody, mallory], &act)).unwrap();
        assert_eq!(bulk.results, [
            (bob, Err(StoreError::NotPermitted)),
            (mallory, Ok(())),
            (eve, Ok(())),
            (nobody, Err(StoreError::NotFound { what: "account" })),
        ]);
        assert!(is_banned(store, mallory, NOW) && !is_banned(store, bob, NOW));
        let batch = bulk.batch.unwrap();
        let row = store.read_blocking(|reads| reads.batch(batch)).unwrap().unwrap();
        assert_eq!((row.size, row.by), (1, Some(ada)), "one was banned before");
        assert_eq!(audited(store, Action::Banned, ada), 1);
        let undo = in_chat(store, ada, NOW, move |staff| staff.undo_batch(batch));
        assert_eq!(undo, Err(StoreError::StepUpNeeded));
        let undone = store.run_blocking(move |tx| tx.staff(&Actor::OPERATOR, NOW)?.undo_batch(batch));
        assert_eq!(undone, Ok(1));
        assert!(!is_banned(store, mallory, NOW) && is_banned(store, eve, NOW));
    }

    fn many_applicants_are_let_in_or_refused_at_once(store) {
        let (ada, bob, mallory) = people(store);
        let [eve, carol] = ["eve", "carol"].map(|name| {
            let mut new = new_account(name, Role::Member);
            new.application = Some(text("I know ada."));
            store.run_blocking(move |tx| tx.create_account(&new, |_| secrets())).unwrap()
        });
        let before = last_change(store);
        let let_in = in_chat(store, ada, NOW, move |staff| staff.bulk(&[eve, mallory], &BulkAct::Approve)).unwrap();
        let refuse = BulkAct::Reject { reason: text("nobody knows you") };
        let refused = in_chat(store, bob, NOW, move |staff| staff.bulk(&[eve, carol], &refuse)).unwrap();
        let outcome = |bulk: Bulk| bulk.into_iter().map(|(who, result)| (who, result.is_ok())).collect::<Vec<_>>();
        assert_eq!(outcome(let_in), [(mallory, false), (eve, true)]);
        assert_eq!(outcome(refused), [(eve, false), (carol, true)]);
        let state = |who| store.read_blocking(|reads| reads.account(who)).unwrap().unwrap().state;
        assert_eq!((state(eve), state(carol), state(mallory)), (AccountState::Active, AccountState::Rejected, AccountState::Active));
        let decided = changes_since(store, before).into_iter().filter(|change| matches!(change, Change::AccountDecided { .. }));
        assert_eq!(decided.count(), 2);
        assert_eq!((audited(store, Action::RegistrationApproved, ada), audited(store, Action::RegistrationRejected, bob)), (1, 1));
    }

    fn whoever_acted_on_many_undoes_it_and_nobody_else_below_an_admin(store) {
        let (ada, bob, mallory) = people(store);
        let mute = BulkAct::Mute { until: None, reason: text("raid") };
        let batch = in_chat(store, ada, NOW, move |staff| staff.bulk(&[mallory], &mute)).unwrap().batch.unwrap();
        let undo = |by| as_proven(store, by, 0, move |staff| staff.undo_batch(batch));
        assert_eq!((undo(bob), undo(ada), undo(ada)), (Err(StoreError::NotPermitted), Ok(1), Err(StoreError::Conflict)));
        let standing = store.read_blocking(|reads| reads.standing_of(mallory, None, NOW)).unwrap();
        assert_eq!((standing, audited(store, Action::SanctionsImportUndone, ada)), (vec![], 1));
    }

    fn many_need_a_higher_role_and_a_fresh_proof(store) {
        let (ada, admin) = (with_role(store, "ada", Role::Moderator), with_role(store, "bob", Role::Admin));
        let crowd: Vec<AccountId> = (0..21).map(|number| person(store, &format!("guest{number}"))).collect();
        let kick = BulkAct::Kick { reason: text("raid") };
        let act = |by, count: usize| {
            let (crowd, kick) = (crowd[..count].to_vec(), kick.clone());
            in_chat(store, by, NOW, move |staff| staff.bulk(&crowd, &kick)).map(|bulk| bulk.batch)
        };
        assert_eq!((act(ada, 20), act(ada, 21), act(admin, 21)), (Ok(None), Err(StoreError::NotPermitted), Err(StoreError::StepUpNeeded)));
        let before = last_change(store);
        let done = store.run_blocking(move |tx| tx.staff(&Actor::OPERATOR, NOW)?.bulk(&crowd, &kick)).unwrap();
        assert!(done.results.iter().all(|(_, result)| result.is_ok()));
        let told = changes_since(store, before);
        assert!(told.len() == 21 && told.iter().all(|change| matches!(change, Change::Kicked { room: LOBBY, .. })));
        let member = person(store, "mallory");
        let refused = in_chat(store, member, NOW, |staff| staff.bulk(&[], &BulkAct::Approve));
        assert_eq!(refused.map(|_| ()), Err(StoreError::NotPermitted));
    }
}

fn return_to_start(store: &Store, whom: AccountId) {
    let lifted = store.run_blocking(move |tx| tx.staff(&Actor::OPERATOR, NOW)?.lift_ban(whom, &text("next")));
    assert!(matches!(lifted, Ok(()) | Err(StoreError::NotFound { .. })));
}
