//! What staff do about accounts, and the lists of people.

use domain::audit::Action as Act;
use proto::ids::AccountId;
use proto::message::Role;
use store::{
    AccountState, Change, Factor, NewInvite, PeopleCursor, PeopleFilter, PeopleOrder, Store, StoreError,
    Subject,
};

use crate::support::{
    NOW, ends, in_chat, name, new_account, on_duty, person, secrets, text, with_role, written,
};

fn applicant(store: &Store, name: &str) -> AccountId {
    let mut new = new_account(name, Role::Member);
    new.application = Some(text("I know ada."));
    store.run_blocking(move |tx| tx.create_account(&new, |_| secrets())).unwrap()
}

fn names(store: &Store, filter: &PeopleFilter) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = store.read_blocking(|reads| reads.people(filter, cursor.as_ref(), 2, NOW)).unwrap();
        found.extend(page.items.iter().map(|line| line.name.to_string()));
        let Some(last) = page.items.last().filter(|_| page.more) else { return found };
        // As it goes through the address of a page and back.
        cursor = PeopleCursor::parse(&last.cursor(filter.order).to_string());
        assert!(cursor.is_some());
    }
}

laws! {
    fn a_role_is_given_below_ones_own_with_a_fresh_proof(store) {
        let (olga, ada) = (with_role(store, "olga", Role::Owner), with_role(store, "ada", Role::Admin));
        let (bob, carol) = (person(store, "bob"), with_role(store, "carol", Role::Admin));
        let before = ends(store);
        for (who, whom, role) in [
            (bob, bob, Role::Owner),
            (ada, bob, Role::Admin),
            (ada, carol, Role::Member),
            (ada, ada, Role::Owner),
            (olga, olga, Role::Member),
        ] {
            let refused = on_duty(store, who, move |staff| staff.set_role(whom, role));
            assert_eq!(refused, Err(StoreError::NotPermitted), "{whom} {role:?}");
        }
        assert_eq!(ends(store), before);
        let stale = in_chat(store, olga, NOW, move |staff| staff.set_role(bob, Role::Moderator));
        assert_eq!(stale, Err(StoreError::StepUpNeeded));
        on_duty(store, ada, move |staff| staff.set_role(bob, Role::Moderator)).unwrap();
        assert_eq!(written(store, before), (vec![Act::RoleChanged], vec![Change::AccountChanged { account: bob }]));
        on_duty(store, olga, move |staff| staff.set_role(ada, Role::Owner)).unwrap();
    }

    fn an_applicant_comes_in_when_approved_and_is_counted_then(store) {
        let ada = with_role(store, "ada", Role::Moderator);
        let (bob, mallory) = (applicant(store, "bob"), applicant(store, "mallory"));
        let count = || store.read_blocking(|reads| reads.member_count(store::LOBBY)).unwrap();
        let login = move |who| store.run_blocking(move |tx| tx.web_login(who, &Factor::Totp { step: 5 }, NOW));
        assert_eq!((count(), login(bob)), (1, Err(StoreError::Pending)));
        let waiting = store.read_blocking(|reads| reads.applicants(None, 10)).unwrap().items;
        assert_eq!(waiting.iter().map(|line| (line.id, &*line.application)).collect::<Vec<_>>(), [
            (mallory, "I know ada."),
            (bob, "I know ada."),
        ]);
        let before = ends(store);
        in_chat(store, ada, NOW, move |staff| staff.approve(bob)).unwrap();
        assert_eq!(written(store, before), (vec![Act::RegistrationApproved], vec![Change::AccountDecided { account: bob }]));
        in_chat(store, ada, NOW, move |staff| staff.reject(mallory, &text("no"))).unwrap();
        assert_eq!((count(), login(bob), login(mallory)), (2, Ok(()), Err(StoreError::Pending)));
        let again = in_chat(store, ada, NOW, move |staff| staff.approve(mallory));
        assert!(matches!(again, Err(StoreError::NotFound { .. })), "a decision stands");
    }

    fn a_code_that_opened_the_dashboard_is_used_up(store) {
        let ada = with_role(store, "ada", Role::Admin);
        let login = move |factor: Factor| store.run_blocking(move |tx| tx.web_login(ada, &factor, NOW));
        assert_eq!(login(Factor::Totp { step: 7 }), Ok(()));
        assert_eq!(login(Factor::Totp { step: 7 }), Err(StoreError::CodeUsed));
        assert_eq!(login(Factor::Totp { step: 6 }), Err(StoreError::CodeUsed));
        assert_eq!(login(Factor::Recovery { digest: [1; 32] }), Ok(()));
        assert_eq!(login(Factor::Recovery { digest: [1; 32] }), Err(StoreError::CodeUsed));
    }

    fn an_invite_gives_a_role_below_ones_own(store) {
        let ada = with_role(store, "ada", Role::Moderator);
        let invite = |role| NewInvite { digest: [3; 32], role, uses: 2, expires_at: NOW.plus_ms(9), by: None, at: NOW };
        let make = |role| in_chat(store, ada, NOW, move |staff| staff.create_invite(&invite(role)));
        assert_eq!(make(Role::Moderator), Err(StoreError::NotPermitted));
        let before = ends(store);
        let id = make(Role::Member).unwrap();
        let mut new = new_account("bob", Role::Member);
        new.invite_digest = Some([3; 32]);
        store.run_blocking(move |tx| tx.create_account(&new, |_| secrets())).unwrap();
        let line = store.read_blocking(|reads| reads.invites_page(None, 5)).unwrap().items.remove(0);
        assert_eq!((line.row.id, line.by_name.as_deref(), line.joined), (id, Some("ada"), 1));
        in_chat(store, ada, NOW, move |staff| staff.revoke_invite(id, false)).unwrap();
        assert_eq!(written(store, before).0, [Act::InviteCreated, Act::InviteRevoked]);
        let too_much = in_chat(store, ada, NOW, move |staff| staff.revoke_invite(id, true));
        assert_eq!(too_much, Err(StoreError::StepUpNeeded));
        assert_eq!(on_duty(store, ada, move |staff| staff.revoke_invite(id, true)), Err(StoreError::NotPermitted));
    }

    fn resets_end_the_logins_to_the_dashboard(store) {
        let (olga, ada) = (with_role(store, "olga", Role::Owner), with_role(store, "ada", Role::Admin));
        let bob = person(store, "bob");
        let reset = move || on_duty(store, ada, move |staff| staff.reset_password(bob, "$argon2id$x"));
        let before = ends(store);
        reset().unwrap();
        assert_eq!(written(store, before).0, [Act::PasswordReset]);
        on_duty(store, olga, move |staff| staff.reset_second_factor(ada, &secrets())).unwrap();
        assert_eq!(reset(), Err(StoreError::NotPermitted), "the login of before is over");
        let upwards = in_chat(store, ada, NOW, move |staff| staff.reset_password(olga, "$argon2id$x"));
        assert_eq!(upwards, Err(StoreError::NotPermitted));
    }

    fn people_are_listed_by_name_or_age_and_by_every_part_of_the_filter(store) {
        for (name, role) in [("anna", Role::Member), ("ada", Role::Owner), ("bob", Role::Member), ("anton", Role::Moderator)] {
            with_role(store, name, role);
        }
        applicant(store, "annika");
        let all = PeopleFilter::default();
        let newest = PeopleFilter { order: PeopleOrder::Newest, ..all.clone() };
        for (filter, expected) in [
            (all.clone(), &["ada", "anna", "annika", "anton", "bob"][..]),
            (newest.clone(), &["annika", "anton", "bob", "ada", "anna"]),
            (PeopleFilter { name: "an".into(), ..all.clone() }, &["anna", "annika", "anton"]),
            (PeopleFilter { name: "an".into(), ..newest.clone() }, &["annika", "anton", "anna"]),
            (PeopleFilter { role: Some(Role::Member), ..all.clone() }, &["anna", "annika", "bob"]),
            (PeopleFilter { role: Some(Role::Owner), ..all.clone() }, &["ada"]),
            (PeopleFilter { role: Some(Role::Moderator), ..newest.clone() }, &["anton"]),
            (PeopleFilter { state: Some(AccountState::Pending), ..all.clone() }, &["annika"]),
            (PeopleFilter { state: Some(AccountState::Active), name: "ann".into(), ..all }, &["anna"]),
            (PeopleFilter { state: Some(AccountState::Rejected), ..newest }, &[]),
        ] {
            assert_eq!(names(store, &filter), expected, "{filter:?}");
        }
    }

    fn networks_are_remembered_by_pseudonym_and_tell_who_shares_one(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let saw = |who, tag: u8, at| store.run_blocking(move |tx| tx.saw_network(who, &[tag; 10], &[tag], NOW.plus_ms(at)));
        saw(ada, 1, 0).unwrap();
        saw(bob, 1, 5).unwrap();
        saw(ada, 2, 9).unwrap();
        saw(ada, 1, 20).unwrap();
        store.read_blocking(|reads| {
            let networks = reads.networks_of(ada)?;
            assert_eq!(networks.iter().map(|row| (row.tag[0], row.first_at, row.last_at)).collect::<Vec<_>>(), [
                (1, NOW, NOW.plus_ms(20)),
                (2, NOW.plus_ms(9), NOW.plus_ms(9)),
            ]);
            let sharing = reads.accounts_on(&[1; 10], 10)?;
            assert_eq!(sharing.iter().map(|person| person.id).collect::<Vec<_>>(), [bob, ada]);
            assert_eq!((reads.count_on(&[1; 10])?, reads.count_on(&[3; 10])?), (2, 0));
            Ok(())
        }).unwrap();
        for tag in 3..70 {
            saw(ada, tag, 100 + i64::from(tag)).unwrap();
        }
        let kept = store.read_blocking(|reads| reads.networks_of(ada)).unwrap();
        assert_eq!((kept.len(), kept[0].tag[0]), (50, 69), "the ones not seen for longest make place");
    }

    fn who_joined_lately_is_told_newest_first(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let joined = |since: i64| store.read_blocking(|reads| reads.recent_joiners(NOW.plus_ms(since), NOW, 10)).unwrap();
        assert_eq!(joined(0).iter().map(|line| line.id).collect::<Vec<_>>(), [bob, ada]);
        assert!(joined(1).is_empty());
    }

    fn a_remark_is_kept_with_its_author_and_members_write_none(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Moderator), person(store, "bob"));
        let before = ends(store);
        in_chat(store, ada, NOW, move |staff| staff.note(Subject::Account(bob), &text("second time"))).unwrap();
        assert_eq!(written(store, before).0, [Act::NoteAdded]);
        let notes = store.read_blocking(|reads| reads.notes(Subject::Account(bob), 5)).unwrap();
        assert_eq!((&*notes[0].text, notes[0].by_name.as_deref()), ("second time", Some(name("ada").as_str())));
        let refused = in_chat(store, bob, NOW, move |staff| staff.note(Subject::Account(ada), &text("x")));
        assert_eq!(refused, Err(StoreError::NotPermitted));
        let nobody = AccountId::new(99).unwrap();
        let lost = in_chat(store, ada, NOW, move |staff| staff.note(Subject::Account(nobody), &text("x")));
        assert!(matches!(lost, Err(StoreError::NotFound { .. })));
    }

    fn one_person_is_shown_with_what_belongs_to_them_in_numbers(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Moderator), person(store, "bob"));
        in_chat(store, ada, NOW, move |staff| staff.kick(store::LOBBY, bob, &text("calm"))).unwrap();
        let view = store.read_blocking(|reads| reads.person_view(bob, NOW)).unwrap().unwrap();
        assert_eq!((view.account.id, view.state, view.banned), (bob, AccountState::Active, false));
        assert_eq!((view.sanctions, view.reports_about, view.reports_by, view.invites), (1, 0, 0, 0));
    }
}
