//! Accounts and their names.

use proto::ids::AccountId;
use proto::message::Role;
use store::StoreError;

use crate::support::{name, new_account, person, secrets};

laws! {
    fn a_name_is_taken_by_whoever_looks_like_it(store) {
        person(store, "paypal");
        for twin in ["paypal", "PayPal", "paypa1"] {
            let new = new_account(twin, Role::Member);
            let refused = store.run_blocking(move |tx| tx.create_account(&new, |_| secrets()));
            assert_eq!(refused, Err(StoreError::NameTaken), "{twin}");
        }
        person(store, "paypa");
    }

    fn an_account_is_found_by_any_spelling_of_its_name(store) {
        let ada = person(store, "ada");
        store.read_blocking(|reads| {
            assert_eq!(reads.account_by_name(&name("ADA"))?.map(|row| row.id), Some(ada));
            assert_eq!(reads.account_by_name(&name("adam"))?, None);
            assert_eq!(reads.account(AccountId::new(99).unwrap())?, None);
            Ok(())
        }).unwrap();
    }

    fn the_secrets_are_made_for_the_id_the_account_gets(store) {
        let new = new_account("ada", Role::Member);
        let ada = store.run_blocking(move |tx| {
            tx.create_account(&new, |account| {
                let mut made = secrets();
                made.totp_sealed = account.get().to_be_bytes().to_vec();
                made
            })
        }).unwrap();
        let row = store.read_blocking(|reads| reads.account(ada)).unwrap().unwrap();
        assert_eq!(row.totp_sealed, ada.get().to_be_bytes());
    }

    fn an_account_that_failed_leaves_its_name_free(store) {
        let new = new_account("ada", Role::Member);
        let failed = store.run_blocking(move |tx| {
            tx.create_account(&new, |_| secrets())?;
            Err::<(), _>(StoreError::Conflict)
        });
        assert_eq!(failed, Err(StoreError::Conflict));
        let counted = store.read_blocking(|reads| Ok((reads.account_count()?, reads.last_change()?))).unwrap();
        assert_eq!((counted.0, counted.1.0), (0, 0));
        person(store, "ada");
    }

    fn a_job_that_panics_leaves_nothing_and_harms_nobody(store) {
        let new = new_account("ada", Role::Member);
        let panicked = store.run_blocking(move |tx| {
            tx.create_account(&new, |_| secrets())?;
            assert!(tx.reads().account_count()? == 0, "this panics: the account is there");
            Ok(())
        });
        assert_eq!(panicked, Err(StoreError::Panicked));
        person(store, "ada");
    }

    fn the_last_owner_stays_one(store) {
        let [ada, bob] = ["ada", "bob"].map(|text| {
            let new = new_account(text, Role::Owner);
            store.run_blocking(move |tx| tx.create_account(&new, |_| secrets())).unwrap()
        });
        store.run_blocking(move |tx| tx.set_role(ada, Role::Admin)).unwrap();
        let refused = store.run_blocking(move |tx| tx.set_role(bob, Role::Member));
        assert_eq!(refused, Err(StoreError::NotPermitted));
        let roles = store.read_blocking(|reads| Ok([ada, bob].map(|id| reads.account(id).unwrap().unwrap().role)));
        assert_eq!(roles.unwrap(), [Role::Admin, Role::Owner]);
    }

    fn a_password_and_an_authenticator_are_replaced(store) {
        let ada = person(store, "ada");
        let mut fresh = secrets();
        fresh.totp_sealed = vec![8; 40];
        fresh.recovery_digests = vec![[8; 32]];
        store.run_blocking(move |tx| {
            tx.set_password(ada, "$argon2id$another")?;
            tx.set_totp(ada, &fresh)
        }).unwrap();
        store.read_blocking(|reads| {
            let row = reads.account(ada)?.unwrap();
            assert_eq!((row.password_hash.as_str(), row.totp_sealed), ("$argon2id$another", vec![8; 40]));
            assert_eq!(reads.recovery_codes_left(ada)?, 1);
            Ok(())
        }).unwrap();
        let nobody = AccountId::new(99).unwrap();
        let refused = store.run_blocking(move |tx| tx.set_password(nobody, "$argon2id$x"));
        assert_eq!(refused, Err(StoreError::NotFound { what: "account" }));
    }

    fn what_is_secret_is_not_printed(store) {
        let ada = person(store, "ada");
        let row = store.read_blocking(|reads| reads.account(ada)).unwrap();
        let printed = format!("{row:?} {:?} {:?}", secrets(), new_account("bob", Role::Bot));
        assert!(!printed.contains("argon2id") && !printed.contains("1, 2, 3"), "{printed}");
    }
}
