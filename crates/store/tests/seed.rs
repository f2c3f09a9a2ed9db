//! The made-up installation holds together: checks, index and chain are as this program writes them.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

use proto::ids::Timestamp;
use store::seed::{SMALL, fill};
use store::{Options, Store, StoreError};

#[test]
fn a_filled_database_passes_every_examination_and_is_filled_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_with(&folder.path().join("chat.db"), &Options::default()).unwrap();
    let now = Timestamp(1_800_000_000_000);
    fill(&store, SMALL, now).unwrap();

    let verified = store.verify().unwrap();
    store.verify_search().unwrap();
    assert_eq!(verified.entries, SMALL.messages);
    let accounts = store.read_blocking(|reads| Ok(reads.overview(now)?.accounts)).unwrap();
    assert_eq!(accounts, SMALL.accounts);
    let again = fill(&store, SMALL, now);
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}
