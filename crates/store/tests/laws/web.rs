//! Logins to the dashboard, and what people prefer there.

use proto::ids::{AccountId, Timestamp, WebSessionId};
use proto::message::Role;
use proto::text::Text;
use store::{NewWebSession, Store, StoreError};

use crate::support::{NOW, on_duty, person, with_role};

const END: Timestamp = NOW.plus_ms(1_000);

fn open(store: &Store, account: AccountId, number: u8) -> Result<WebSessionId, StoreError> {
    let new = NewWebSession {
        digest: [number; 32],
        account,
        agent: Text::cut("browser"),
        tag: [number; 10],
        at: NOW,
        ends_at: END,
    };
    store.run_blocking(move |tx| tx.open_web_session(&new))
}

laws! {
    fn a_login_is_good_until_it_ends_or_is_closed(store) {
        let ada = with_role(store, "ada", Role::Admin);
        let id = open(store, ada, 1).unwrap();
        let row = store.read_blocking(|reads| reads.web_session(&[1; 32])).unwrap().unwrap();
        assert_eq!((row.id, row.account, &*row.name, row.role), (id, ada, "ada", Role::Admin));
        assert!(row.is_good(NOW.plus_ms(999)) && !row.is_good(END) && !row.is_stepped_up(NOW));
        store.run_blocking(move |tx| tx.close_web_session(id, NOW)).unwrap();
        store.run_blocking(move |tx| tx.close_web_session(id, NOW.plus_ms(5))).unwrap();
        let row = store.read_blocking(|reads| reads.web_session(&[1; 32])).unwrap().unwrap();
        assert!(!row.is_good(NOW));
        assert!(store.run_blocking(move |tx| tx.step_up_web_session(id, END)).is_err());
    }

    fn a_fresh_proof_runs_out(store) {
        let ada = with_role(store, "ada", Role::Admin);
        let id = open(store, ada, 1).unwrap();
        store.run_blocking(move |tx| tx.step_up_web_session(id, NOW.plus_ms(300))).unwrap();
        let row = store.read_blocking(|reads| reads.web_session(&[1; 32])).unwrap().unwrap();
        assert!(row.is_stepped_up(NOW.plus_ms(299)) && !row.is_stepped_up(NOW.plus_ms(300)));
    }

    fn a_secret_is_used_for_one_login_and_an_old_one_is_worth_nothing(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Admin), person(store, "bob"));
        let id = open(store, ada, 1).unwrap();
        assert_eq!(open(store, bob, 1), Err(StoreError::Conflict));
        store.run_blocking(move |tx| tx.rotate_web_session(id, &[2; 32])).unwrap();
        let found = |digest: [u8; 32]| store.read_blocking(|reads| reads.web_session(&digest)).unwrap();
        assert!(found([1; 32]).is_none() && found([2; 32]).is_some_and(|row| row.id == id));
    }

    fn beyond_twenty_logins_the_oldest_ends(store) {
        let ada = with_role(store, "ada", Role::Admin);
        let all: Vec<_> = (1..=21).map(|number| open(store, ada, number).unwrap()).collect();
        let standing = store.read_blocking(|reads| reads.web_sessions_of(ada)).unwrap();
        let standing: Vec<_> = standing.iter().rev().map(|row| row.id).collect();
        assert_eq!(standing, all[1..]);
    }

    fn time_that_runs_backwards_does_not_make_a_login_look_idle(store) {
        let ada = with_role(store, "ada", Role::Admin);
        let id = open(store, ada, 1).unwrap();
        store.run_blocking(move |tx| {
            tx.touch_web_session(id, NOW.plus_ms(50))?;
            tx.touch_web_session(id, NOW.plus_ms(10))
        }).unwrap();
        let row = store.read_blocking(|reads| reads.web_session(&[1; 32])).unwrap().unwrap();
        assert_eq!(row.seen_at, NOW.plus_ms(50));
    }

    fn staff_end_logins_of_those_below_and_their_own(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Admin), with_role(store, "bob", Role::Moderator));
        let (theirs, own) = (open(store, bob, 1).unwrap(), open(store, ada, 2).unwrap());
        assert_eq!(on_duty(store, bob, move |staff| staff.revoke_web_session(own)), Err(StoreError::NotPermitted));
        on_duty(store, ada, move |staff| staff.revoke_web_session(theirs)).unwrap();
        on_duty(store, ada, move |staff| staff.revoke_web_session(own)).unwrap();
        let row = store.read_blocking(|reads| reads.web_session(&[1; 32])).unwrap().unwrap();
        assert!(row.revoked);
    }

    fn a_preference_is_kept_replaced_and_forgotten(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let set = |value: &'static str| store.run_blocking(move |tx| tx.set_preference(ada, "theme", value)).unwrap();
        let kept = || store.read_blocking(|reads| reads.preferences(ada)).unwrap().get("theme").cloned();
        set("dark");
        set("light");
        assert_eq!(kept().as_deref(), Some("light"));
        assert!(store.read_blocking(|reads| reads.preferences(bob)).unwrap().is_empty());
        set("");
        assert_eq!(kept(), None);
    }
}
