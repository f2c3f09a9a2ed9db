//! Logins, second factors and devices.

use proto::ids::{AccountId, DeviceId, Timestamp};
use proto::limits;
use store::{Change, Factor, Login, Store, StoreError};

use crate::support::{NOW, key, person, secrets, text};

const DAY: i64 = 86_400_000;

fn login(account: AccountId, device: u8, factor: Factor, at: Timestamp) -> Login {
    let login_until = at.plus_ms(30 * DAY);
    Login {
        account,
        key: key(device),
        label: text("laptop"),
        client: text("chat 0.1"),
        factor,
        at,
        login_until,
    }
}

fn log_in(store: &Store, account: AccountId, device: u8, step: u64) -> Result<(DeviceId, bool), StoreError> {
    let login = login(account, device, Factor::Totp { step }, NOW);
    store.run_blocking(move |tx| tx.record_login(&login)).map(|done| (done.device, done.first_time))
}

fn recover(store: &Store, account: AccountId, device: u8, digest: [u8; 32]) -> Result<bool, StoreError> {
    let login = login(account, device, Factor::Recovery { digest }, NOW);
    store.run_blocking(move |tx| tx.record_login(&login)).map(|done| done.first_time)
}

laws! {
    fn a_time_step_is_accepted_once_and_an_older_one_never(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        assert!(log_in(store, ada, 1, 100).is_ok());
        assert_eq!(log_in(store, ada, 1, 100), Err(StoreError::CodeUsed));
        assert_eq!(log_in(store, ada, 2, 99), Err(StoreError::CodeUsed));
        assert!(log_in(store, ada, 2, 101).is_ok());
        assert!(log_in(store, bob, 3, 100).is_ok(), "the step of another account is another step");
    }

    /// The clock only ever moves what is shown; what is used up stays used up.
    fn a_clock_that_runs_backwards_revives_no_step_and_no_last_visit(store) {
        let ada = person(store, "ada");
        let (device, _) = log_in(store, ada, 1, 100).unwrap();
        let hour_ago = NOW.plus_ms(-3_600_000);
        let earlier = login(ada, 1, Factor::Totp { step: 40 }, hour_ago);
        assert_eq!(store.run_blocking(move |tx| tx.record_login(&earlier)), Err(StoreError::CodeUsed));
        store.run_blocking(move |tx| tx.touch_device(device, &text("chat 0.2"), hour_ago)).unwrap();
        let row = store.read_blocking(|reads| reads.device_by_key(&key(1))).unwrap().unwrap();
        assert_eq!((&*row.client, row.last_seen), ("chat 0.2", NOW));
    }

    fn a_recovery_code_works_once_and_only_for_its_account(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        assert_eq!(recover(store, ada, 1, [1; 32]), Ok(true));
        assert_eq!(recover(store, ada, 1, [1; 32]), Err(StoreError::CodeUsed));
        assert_eq!(recover(store, ada, 1, [9; 32]), Err(StoreError::CodeUsed));
        assert_eq!(recover(store, bob, 2, [1; 32]), Ok(true), "the same code of another account is another code");
        assert_eq!(store.read_blocking(|reads| reads.recovery_codes_left(ada)).unwrap(), 1);
    }

    fn new_secrets_void_the_old_codes_and_open_the_steps_again(store) {
        let ada = person(store, "ada");
        log_in(store, ada, 1, 100).unwrap();
        let mut fresh = secrets();
        fresh.recovery_digests = vec![[7; 32]];
        store.run_blocking(move |tx| tx.set_totp(ada, &fresh)).unwrap();
        assert_eq!(recover(store, ada, 1, [1; 32]), Err(StoreError::CodeUsed));
        assert!(log_in(store, ada, 1, 100).is_ok(), "a step of the new secret is not used");
    }

    fn a_proof_from_a_device_uses_the_code_up(store) {
        let ada = person(store, "ada");
        let (device, _) = log_in(store, ada, 1, 100).unwrap();
        let prove = move |factor| store.run_blocking(move |tx| tx.prove_again((ada, device), &factor, NOW));
        assert_eq!(prove(Factor::Totp { step: 100 }), Err(StoreError::CodeUsed));
        assert_eq!(prove(Factor::Totp { step: 101 }), Ok(()));
        assert_eq!(prove(Factor::Totp { step: 101 }), Err(StoreError::CodeUsed));
        assert_eq!(log_in(store, ada, 1, 101), Err(StoreError::CodeUsed));
        assert_eq!(prove(Factor::Recovery { digest: [1; 32] }), Ok(()));
        assert_eq!(prove(Factor::Recovery { digest: [1; 32] }), Err(StoreError::CodeUsed));
    }

    fn a_proof_needs_a_device_and_an_account_that_may_be_used(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let ((ada_at, _), (bob_at, _)) = (log_in(store, ada, 1, 1).unwrap(), log_in(store, bob, 2, 1).unwrap());
        let prove = move |who, device| {
            store.run_blocking(move |tx| tx.prove_again((who, device), &Factor::Totp { step: 2 }, NOW))
        };
        assert_eq!(prove(ada, bob_at), Err(StoreError::DeviceRevoked), "the device of somebody else");
        store.run_blocking(move |tx| tx.revoke_device(ada, ada_at, NOW)).unwrap();
        assert_eq!(prove(ada, ada_at), Err(StoreError::DeviceRevoked));
        store.run_blocking(move |tx| tx.ban(bob, ada, &text("spam"), None, NOW)).unwrap();
        assert_eq!(prove(bob, bob_at), Err(StoreError::Banned));
        let used = store.read_blocking(move |reads| Ok((reads.account(ada)?, reads.account(bob)?))).unwrap();
        assert_eq!((used.0.unwrap().totp_last_step, used.1.unwrap().totp_last_step), (1, 1));
    }

    fn a_login_that_is_refused_uses_nothing_up(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        log_in(store, ada, 1, 100).unwrap();
        assert_eq!(log_in(store, mallory, 1, 100), Err(StoreError::DeviceTaken));
        assert!(log_in(store, mallory, 2, 100).is_ok(), "her step is still hers");
    }

    fn a_device_is_new_once_and_never_comes_back_after_it_was_revoked(store) {
        let ada = person(store, "ada");
        let (device, first) = log_in(store, ada, 1, 100).unwrap();
        assert!(first);
        assert_eq!(log_in(store, ada, 1, 101), Ok((device, false)));
        store.run_blocking(move |tx| tx.revoke_device(ada, device, NOW)).unwrap();
        store.run_blocking(move |tx| tx.revoke_device(ada, device, NOW)).unwrap();
        assert_eq!(log_in(store, ada, 1, 102), Err(StoreError::DeviceRevoked));
        store.read_blocking(|reads| {
            assert!(reads.device_by_key(&key(1))?.unwrap().revoked);
            assert_eq!(reads.devices(ada)?, []);
            let revoked = Change::DeviceRevoked { account: ada, device };
            let changes = reads.changes_after(store::ChangeSeq(0), 100)?;
            assert_eq!(changes.iter().filter(|row| row.change == revoked).count(), 1, "twice is once");
            Ok(())
        }).unwrap();
    }

    fn nobody_revokes_the_device_of_another(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        let (device, _) = log_in(store, ada, 1, 100).unwrap();
        let refused = store.run_blocking(move |tx| tx.revoke_device(mallory, device, NOW));
        assert_eq!(refused, Err(StoreError::NotFound { what: "device" }));
    }

    fn a_banned_account_does_not_log_in(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        store.run_blocking(move |tx| tx.ban(mallory, ada, &text("spam"), None, NOW)).unwrap();
        assert_eq!(log_in(store, mallory, 1, 100), Err(StoreError::Banned));
    }

    fn at_the_limit_a_device_whose_login_ended_makes_place(store) {
        let ada = person(store, "ada");
        let most = u8::try_from(limits::DEVICES).unwrap();
        for number in 1..=most {
            let mut login = login(ada, number, Factor::Totp { step: u64::from(number) }, NOW);
            login.login_until = NOW.plus_ms(DAY * i64::from(number));
            store.run_blocking(move |tx| tx.record_login(&login)).unwrap();
        }
        let refused = StoreError::TooMany { what: "devices", max: limits::DEVICES };
        assert_eq!(log_in(store, ada, 200, 200), Err(refused));
        let later = login(ada, 200, Factor::Totp { step: 201 }, NOW.plus_ms(DAY * 2));
        assert!(store.run_blocking(move |tx| tx.record_login(&later)).unwrap().first_time);
        store.read_blocking(|reads| {
            assert_eq!(reads.devices(ada)?.len(), limits::DEVICES);
            assert_eq!(reads.device_by_key(&key(1))?, None, "the one whose login ended first");
            assert!(reads.device_by_key(&key(2))?.is_some());
            Ok(())
        }).unwrap();
    }
}
