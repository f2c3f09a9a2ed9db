//! The laws of invites: how often one is good, and until when.

use proto::message::Role;
use store::{NewInvite, StoreError};

use crate::support::{NOW, new_account, person, secrets};

const TOKEN: [u8; 32] = [5; 32];

fn invite(uses: u32) -> NewInvite {
    NewInvite { digest: TOKEN, role: Role::Moderator, uses, expires_at: NOW.plus_ms(10), by: None, at: NOW }
}

fn register(store: &store::Store, text: &str, after_ms: i64) -> Result<Role, StoreError> {
    let mut new = new_account(text, Role::Member);
    (new.invite_digest, new.at) = (Some(TOKEN), NOW.plus_ms(after_ms));
    let account = store.run_blocking(move |tx| tx.create_account(&new, |_| secrets()))?;
    Ok(store.read_blocking(|reads| reads.account(account))?.unwrap().role)
}

laws! {
    fn an_invite_gives_its_role_as_often_as_it_says_and_no_more(store) {
        store.run_blocking(|tx| tx.create_invite(&invite(2))).unwrap();
        assert_eq!(register(store, "ada", 0), Ok(Role::Moderator));
        assert_eq!(register(store, "bob", 9), Ok(Role::Moderator));
        assert_eq!(register(store, "mallory", 0), Err(StoreError::BadInvite));
    }

    fn an_invite_ends_at_its_time_and_when_it_is_revoked(store) {
        let id = store.run_blocking(|tx| tx.create_invite(&invite(5))).unwrap();
        assert_eq!(register(store, "ada", 9), Ok(Role::Moderator));
        assert_eq!(register(store, "bob", 10), Err(StoreError::BadInvite));
        store.run_blocking(move |tx| tx.revoke_invite(id, NOW)).unwrap();
        assert_eq!(register(store, "bob", 0), Err(StoreError::BadInvite));
        let page = store.read_blocking(|reads| reads.invites(None, 10)).unwrap();
        assert_eq!((page.items.len(), page.items[0].uses_left, page.items[0].revoked, page.more), (1, 4, true, false));
    }

    fn a_registration_that_fails_gives_its_use_back(store) {
        person(store, "ada");
        store.run_blocking(|tx| tx.create_invite(&invite(1))).unwrap();
        assert_eq!(register(store, "ada", 0), Err(StoreError::NameTaken));
        assert_eq!(register(store, "bob", 0), Ok(Role::Moderator));
    }

    fn an_unknown_token_is_no_invite_and_a_known_one_is_not_made_twice(store) {
        assert_eq!(register(store, "ada", 0), Err(StoreError::BadInvite));
        store.run_blocking(|tx| tx.create_invite(&invite(1))).unwrap();
        assert_eq!(store.run_blocking(|tx| tx.create_invite(&invite(1))), Err(StoreError::Conflict));
    }
}
