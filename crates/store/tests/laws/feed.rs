//! Following changes.

use std::time::Duration;

use proto::message::Role;
use store::{Change, ChangeSeq, Store};

use crate::support::{person, room};

const SOON: Duration = Duration::from_secs(20);

fn wait<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(SOON, work).await.expect("it comes within the deadline") })
}

fn next(store: &Store, after: ChangeSeq) -> Vec<Change> {
    let mut feed = store.changes_from(after);
    wait(feed.next()).unwrap().into_iter().map(|row| row.change).collect()
}

laws! {
    fn a_follower_hears_of_what_comes_after_it_began(store) {
        let ada = person(store, "ada");
        let mut feed = store.subscribe_changes();
        let rust = room(store, ada, "rust");
        let heard = wait(feed.next()).unwrap();
        assert_eq!(heard.iter().map(|row| row.change).collect::<Vec<_>>(), [Change::RoomChanged { room: rust }]);
        assert_eq!(feed.place(), heard[0].seq);
    }

    fn a_follower_that_waits_is_woken(store) {
        let ada = person(store, "ada");
        let mut feed = store.subscribe_changes();
        let writer = store.clone();
        let heard = wait(async move {
            let waiting = tokio::spawn(async move { feed.next().await });
            writer.run(move |tx| tx.set_role(ada, Role::Bot)).await.unwrap();
            waiting.await.unwrap().unwrap()
        });
        assert_eq!(heard[0].change, Change::AccountChanged { account: ada });
    }

    fn nothing_is_lost_when_a_follower_stops_waiting(store) {
        let ada = person(store, "ada");
        let mut feed = store.subscribe_changes();
        let given_up = wait(async { tokio::time::timeout(Duration::from_millis(1), feed.next()).await.is_err() });
        assert!(given_up);
        store.run_blocking(move |tx| tx.set_role(ada, Role::Bot)).unwrap();
        assert_eq!(wait(feed.next()).unwrap().len(), 1);
    }

    fn a_follower_can_start_from_any_place(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let all = [Change::AccountCreated { account: ada }, Change::AccountCreated { account: bob }];
        assert_eq!(next(store, ChangeSeq(0)), all);
        assert_eq!(next(store, ChangeSeq(1)), all[1..]);
    }
}
