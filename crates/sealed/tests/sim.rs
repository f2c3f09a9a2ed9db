//! Thousands of seeded schedules around one room: crashes at every write, broken lines, commits at the same time, second
//! devices, bans. `SEALED_SCHEDULES` runs another number of them, `SEALED_SEED` replays one.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

#[path = "sim/check.rs"]
mod check;
#[path = "sim/device.rs"]
mod device;
#[path = "sim/disk.rs"]
mod disk;
#[path = "sim/random.rs"]
mod random;
#[path = "sim/service.rs"]
mod service;
#[path = "sim/world.rs"]
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use device::Template;
use service::Flaw;
use world::{Seen, World};

/// As many as continuous integration has time for.
const SCHEDULES: u64 = 10_000;
/// A control has to be caught within so many.
const CONTROL: u64 = 3000;

#[test]
fn every_schedule_keeps_its_promises() {
    if let Some(seed) = number("SEALED_SEED") {
        let (_, violations) = play(seed, &Template::make(), Flaw::None, None);
        assert_eq!(violations, Vec::<String>::new(), "seed {seed}");
        return;
    }
    let found = search(number("SEALED_SCHEDULES").unwrap_or(SCHEDULES), Flaw::None, None);
    let seen = found.seen;
    println!("{seen:?}");
    assert!(found.failures.is_empty(), "replay with SEALED_SEED=seed: {:#?}", found.failures);
}

#[test]
fn a_server_that_takes_messages_of_ended_epochs_is_caught() {
    assert!(!search(CONTROL, Flaw::NoEpochCheck, None).failures.is_empty());
}

#[test]
fn a_server_that_takes_messages_while_somebody_has_to_go_is_caught() {
    assert!(!search(CONTROL, Flaw::NoFence, None).failures.is_empty());
}

#[test]
fn a_server_that_evicts_nobody_is_caught() {
    assert!(!search(CONTROL, Flaw::NoEviction, None).failures.is_empty());
}

#[test]
fn a_vault_that_forgets_what_it_has_written_is_caught() {
    assert!(!search(CONTROL, Flaw::None, Some(9)).failures.is_empty());
}

/// What a search came to.
#[derive(Default)]
struct Found {
    seen: Seen,
    /// The first few schedules that break a promise, by their seeds.
    failures: Vec<(u64, Vec<String>)>,
}

/// Plays schedules on every core.
fn search(schedules: u64, flaw: Flaw, forgets_every: Option<u32>) -> Found {
    let (template, next, found) = (Template::make(), AtomicU64::new(0), Mutex::new(Found::default()));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if schedules <= seed || 3 <= found.lock().unwrap().failures.len() {
                return;
            }
            let (seen, violations) = play(seed, &template, flaw, forgets_every);
            let mut found = found.lock().unwrap();
            found.seen.add(seen);
            if !violations.is_empty() {
                found.failures.push((seed, violations));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    found.into_inner().unwrap()
}

fn play(seed: u64, template: &Template, flaw: Flaw, forgets_every: Option<u32>) -> (Seen, Vec<String>) {
    let mut world = World::new(seed, template, flaw);
    if let Some(batches) = forgets_every {
        world.devices.iter().for_each(|device| device.disk.forget_every(batches));
    }
    world.run();
    (world.seen(), world.verdict())
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
