//! Figures over time, lines of state, notices for other programs, the counts of the first page.

use proto::ids::Timestamp;
use proto::message::Role;
use store::{Measure, NewSample, Sample, Step, Store, StoreError, WebhookId, WebhookState};

use crate::support::{NOW, new_account, person, secrets};

/// The start of an hour.
const HOUR: Timestamp = Timestamp(1_699_999_200_000);
const STEPS: [(i64, f64); 5] = [(0, 2.0), (10, 4.0), (20, 6.0), (60, 8.0), (3_600, 1.0)];

fn add(store: &Store, measure: Measure, seconds: i64, value: f64) {
    let sample = NewSample { series: "sessions", measure, value };
    store.run_blocking(move |tx| tx.add_samples(&[sample], HOUR.plus_ms(seconds * 1_000))).unwrap();
}

fn read(store: &Store, step: Step) -> Vec<(i64, f64)> {
    let samples = store.read_blocking(|reads| reads.samples("sessions", step, Timestamp(0))).unwrap();
    samples.iter().map(|Sample { at, value }| ((at.0 - HOUR.0) / 1_000, *value)).collect()
}

fn queue(store: &Store, body: &'static str) -> WebhookId {
    store.run_blocking(move |tx| tx.queue_webhook(body, NOW)).unwrap()
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method's path has one lifetime, not any")]
fn next(store: &Store) -> Option<Timestamp> {
    store.read_blocking(|reads| reads.next_webhook()).unwrap()
}

fn take(store: &Store, seconds: i64) -> Vec<WebhookId> {
    let due = store.run_blocking(move |tx| tx.take_webhooks(NOW.plus_ms(seconds * 1_000), 10)).unwrap();
    due.iter().map(|row| row.id).collect()
}

fn fail(store: &Store, id: WebhookId, seconds: i64) -> Result<(), StoreError> {
    store.run_blocking(move |tx| tx.webhook_failed(id, "connection refused", NOW.plus_ms(seconds * 1_000)))
}

laws! {
    fn a_level_is_averaged_over_a_longer_time(store) {
        for (seconds, value) in STEPS {
            add(store, Measure::Level, seconds, value);
        }
        assert_eq!(read(store, Step::TenSeconds), STEPS);
        assert_eq!(read(store, Step::Minute), [(0, 4.0), (60, 8.0), (3_600, 1.0)]);
        assert_eq!(read(store, Step::Hour), [(0, 6.0), (3_600, 1.0)]);
    }

    fn a_count_is_added_up(store) {
        for (seconds, value) in STEPS {
            add(store, Measure::Count, seconds, value);
        }
        assert_eq!(read(store, Step::Minute), [(0, 12.0), (60, 8.0), (3_600, 1.0)]);
        assert_eq!(read(store, Step::Hour), [(0, 20.0), (3_600, 1.0)]);
    }

    fn two_samples_in_one_step_are_the_later_level_or_the_sum(store) {
        add(store, Measure::Level, 0, 2.0);
        add(store, Measure::Level, 9, 5.0);
        assert_eq!(read(store, Step::TenSeconds), [(0, 5.0)]);
        add(store, Measure::Count, 60, 2.0);
        add(store, Measure::Count, 69, 5.0);
        assert_eq!(read(store, Step::Minute), [(0, 5.0), (60, 7.0)]);
    }

    fn old_samples_are_forgotten_the_finest_first(store) {
        add(store, Measure::Level, 0, 1.0);
        let hours = |hours: i64| hours * 3_600;
        add(store, Measure::Level, hours(3), 2.0);
        assert_eq!((read(store, Step::TenSeconds).len(), read(store, Step::Minute).len()), (1, 2));
        add(store, Measure::Level, hours(49), 3.0);
        assert_eq!((read(store, Step::Minute), read(store, Step::Hour).len()), (vec![(hours(3), 2.0), (hours(49), 3.0)], 3));
        add(store, Measure::Level, hours(24 * 90 + 1), 4.0);
        assert_eq!(read(store, Step::Hour), [(hours(3), 2.0), (hours(49), 3.0), (hours(24 * 90 + 1), 4.0)]);
        let others = store.read_blocking(|reads| reads.samples("logins", Step::Hour, Timestamp(0))).unwrap();
        assert_eq!(others, []);
    }

    fn a_line_of_state_is_replaced_and_taken_away(store) {
        let put = |value: &'static str, at| store.run_blocking(move |tx| tx.put_status("chatd.sessions", value, at)).unwrap();
        let line = || store.read_blocking(|reads| reads.status_line("chatd.sessions")).unwrap();
        assert_eq!(line(), None);
        put("7", NOW);
        put("8", NOW.plus_ms(10));
        let row = line().unwrap();
        assert_eq!((row.value.as_str(), row.at), ("8", NOW.plus_ms(10)));
        assert_eq!(store.read_blocking(|reads| Ok(reads.status()?.remove("chatd.sessions"))).unwrap(), Some(row));
        put("", NOW);
        assert_eq!(line(), None);
        let long = store.run_blocking(|tx| tx.put_status("key", &"x".repeat(4_097), NOW));
        assert_eq!(long, Err(StoreError::TooMany { what: "bytes in a line", max: 4_096 }));
    }

    fn a_notice_is_due_until_it_is_delivered(store) {
        let (first, second) = (queue(store, "{}"), queue(store, "[]"));
        assert_eq!(next(store), Some(NOW));
        assert_eq!(take(store, 0), [first, second]);
        assert_eq!(take(store, 59), []);
        store.run_blocking(move |tx| tx.webhook_done(first)).unwrap();
        assert_eq!(take(store, 60), [second], "nobody said what became of it");
        assert_eq!(store.run_blocking(move |tx| tx.webhook_done(first)), Err(StoreError::NotFound { what: "notice" }));
        let rows = store.read_blocking(|reads| reads.webhooks(None, 10)).unwrap().items;
        let states: Vec<_> = rows.iter().map(|row| (row.id, row.state)).collect();
        assert_eq!(states, [(second, WebhookState::Waiting), (first, WebhookState::Delivered)]);
    }

    fn a_notice_that_fails_waits_longer_each_time_and_is_given_up_at_last(store) {
        let id = queue(store, "{}");
        assert_eq!(take(store, 0), [id]);
        fail(store, id, 0).unwrap();
        assert_eq!((take(store, 9), take(store, 10)), (vec![], vec![id]));
        fail(store, id, 10).unwrap();
        assert_eq!((take(store, 29), take(store, 30)), (vec![], vec![id]));
        for _ in 2..14 {
            fail(store, id, 30).unwrap();
        }
        assert_eq!(take(store, 1_000_000), []);
        assert_eq!(fail(store, id, 30), Err(StoreError::NotFound { what: "notice" }));
        let row = store.read_blocking(|reads| reads.webhooks(None, 1)).unwrap().items.remove(0);
        assert_eq!((row.state, row.attempts, row.error.as_str()), (WebhookState::GivenUp, 14, "connection refused"));
        store.run_blocking(move |tx| tx.retry_webhook(id, NOW)).unwrap();
        assert_eq!(take(store, 0), [id]);
    }

    fn notices_are_bounded_and_the_oldest_makes_place(store) {
        let ids = store
            .run_blocking(|tx| (0..1_201).map(|_| tx.queue_webhook("{}", NOW)).collect::<Result<Vec<_>, _>>())
            .unwrap();
        let overview = store.read_blocking(|reads| reads.overview(NOW)).unwrap();
        assert_eq!((overview.webhooks_waiting, overview.webhooks_given_up), (1_000, 200));
        let newest = store.run_blocking(|tx| tx.take_webhooks(NOW, 2_000)).unwrap();
        assert_eq!(newest.iter().map(|row| row.id).collect::<Vec<_>>(), ids[201..]);
        let long = store.run_blocking(|tx| tx.queue_webhook(&"x".repeat(16_385), NOW));
        assert_eq!(long, Err(StoreError::TooMany { what: "bytes in a notice", max: 16_384 }));
    }

    fn the_overview_counts_accounts_and_the_new_ones(store) {
        person(store, "ada");
        let mut old = new_account("bob", Role::Member);
        old.at = NOW.plus_ms(-86_400_001);
        store.run_blocking(move |tx| tx.create_account(&old, |_| secrets())).unwrap();
        let overview = store.read_blocking(|reads| reads.overview(NOW)).unwrap();
        assert_eq!((overview.accounts, overview.new_accounts, overview.bans), (2, 1, 0));
    }
}
