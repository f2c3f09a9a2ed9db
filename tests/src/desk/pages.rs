//! How long list pages take with the large data set.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::dashboard::Dashboard;
use crate::large;
use crate::measure::stats::Histogram;
use crate::server::Setup;
use crate::visitor::Visitor;

/// Every list, with the filters that people use.
const LISTS: &[&str] = &[
    "/",
    "/reports",
    "/reports?state=closed",
    "/reports?category=spam",
    "/users",
    "/users?q=b",
    "/users?role=moderator",
    "/users?state=banned",
    "/users?sort=name",
    "/bans",
    "/bans?state=active",
    "/bans?kind=mute",
    "/bans?target=network",
    "/bans?q=flood",
    "/appeals",
    "/rooms",
    "/rooms?q=r",
    "/automod",
    "/held",
    "/raid",
    "/invites",
    "/approvals",
    "/announcements",
    "/joiners",
    "/audit",
    "/settings",
    "/media",
    "/media?state=quarantined",
    "/me",
];
/// After this the programs have nothing left to do but serve.
const STARTED: Duration = Duration::from_secs(20);
/// How far a list is followed by its link to the next page.
const FOLLOWED: usize = 3;

/// Fills a server with the large data set, asks for every list many times, and returns the table of times.
pub(super) fn measure(quick: bool) -> Result<String> {
    let (scale, rounds) = if quick { (large::TENTH, 20) } else { (large::FULL, 100) };
    let chatd = Setup::quick().make()?;
    eprintln!("making {scale}");
    large::fill(&chatd.database(), scale)?;
    // Gigabytes that still wait for the disk would hold up the first commits, which no installation in use has.
    nix::unistd::sync();
    let mut chatd = chatd;
    chatd.start()?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    // What a start does once, such as following the audit log and reading all measures, is not what pages cost.
    thread::sleep(STARTED);
    let mut visitor = Visitor::log_in(&dashboard, &mut owner, "harness")?;
    let mut table = format!(
        "**Pages with {scale}** ({rounds} requests for each, one at a time, on a connection of its own, with the session's checks, twenty seconds after the start)\n\n\
         | page | p50 | p99 | longest |\n|---|---|---|---|\n"
    );
    for list in LISTS {
        let mut path = (*list).to_owned();
        for depth in 0..=FOLLOWED {
            let (times, next) = ask(&mut visitor, &path, rounds)?;
            let milliseconds = |share: f64| times.quantile(share).as_secs_f64() * 1e3;
            let name = if depth == 0 { format!("`{list}`") } else { format!("`{list}`, page {}", depth + 1) };
            // Pages in between are like their neighbours.
            if depth == 0 || depth == FOLLOWED || next.is_none() {
                let (p50, p99, longest) = (milliseconds(0.5), milliseconds(0.99), milliseconds(1.0));
                writeln!(table, "| {name} | {p50:.1} ms | {p99:.1} ms | {longest:.1} ms |")?;
            }
            match next {
                Some(next) => path = next,
                None => break,
            }
        }
    }
    Ok(table)
}

fn ask(visitor: &mut Visitor, path: &str, rounds: usize) -> Result<(Histogram, Option<String>)> {
    let mut times = Histogram::default();
    let mut next = None;
    // The first request warms up what an hour of use keeps warm.
    for round in 0..=rounds {
        let began = Instant::now();
        let page = visitor.get(path).with_context(|| path.to_owned())?;
        let took = began.elapsed();
        if page.status != 200 {
            bail!("{path} answered {}:\n{}", page.status, page.body);
        }
        if round != 0 {
            times.record(took);
        }
        next = next_page(&page.body);
    }
    Ok((times, next))
}

/// Returns where the list goes on.
fn next_page(page: &str) -> Option<String> {
    let (before, _) = page.split_once("rel=\"next\"")?;
    let (_, link) = before.rsplit_once("href=\"")?;
    let link = link.split('"').next()?;
    Some(link.replace("&amp;", "&").replace("&#38;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_to_the_next_page_is_found() {
        let page =
            "<a href=\"/a\">x</a> <a class=\"b\" href=\"/bans?q=1&#38;from=7\" rel=\"next\">Next page</a>";
        assert_eq!(next_page(page).as_deref(), Some("/bans?q=1&from=7"));
        assert_eq!(next_page("<a href=\"/a\">x</a>"), None);
    }
}
