//! Measures how long each list page takes on a large installation: `cargo run --release -p admin-web --example page_times -- full`.
//!
//! The data is made up by `store::seed` in a scratch folder (`small`, `tenth` or `full`), the dashboard serves it on a
//! loopback port, and every page is opened a hundred times. What is printed is the time from request to whole answer.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made ends")]
#![allow(dead_code, reason = "the helpers of the tests can do more than a measurement needs")]

#[path = "../tests/web/client.rs"]
mod client;
#[path = "../tests/web/world.rs"]
mod world;

use std::time::{Duration, Instant};

use proto::message::Role;
use service::clock;
use store::seed::{self, FULL, SMALL, TENTH};

use world::World;

const TIMES: usize = 100;

const PAGES: [&str; 16] = [
    "/",
    "/live?once=1",
    "/reports",
    "/reports?state=closed",
    "/bans",
    "/bans?state=all",
    "/users",
    "/users?name=ada",
    "/users?order=newest",
    "/joiners",
    "/rooms",
    "/invites",
    "/audit",
    "/audit?q=action%3ABanned",
    "/search?q=a",
    "/system",
];

#[tokio::main]
async fn main() {
    let scale = match std::env::args().nth(1).as_deref() {
        Some("full") => FULL,
        Some("tenth") => TENTH,
        _ => SMALL,
    };
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Owner).await;
    println!("making {scale}");
    let began = Instant::now();
    let store = world.store.clone();
    tokio::task::spawn_blocking(move || seed::fill(&store, scale, clock::now())).await.unwrap().unwrap();
    println!("made in {:.0?}", began.elapsed());
    let mut browser = world.logged_in(&ada).await;
    println!("{:<32} {:>6} {:>10} {:>10}", "page", "status", "p50", "p99");
    for path in PAGES {
        let mut took = Vec::new();
        let mut status = 0;
        for _ in 0..TIMES {
            let began = Instant::now();
            status = browser.get(path).await.status;
            took.push(began.elapsed());
        }
        took.sort_unstable();
        println!(
            "{path:<32} {status:>6} {:>10} {:>10}",
            shown(took[TIMES / 2]),
            shown(took[TIMES * 99 / 100])
        );
    }
    world.stop.cancel();
    world.serving.await.unwrap().unwrap();
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1_000.0)
}
