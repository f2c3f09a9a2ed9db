//! Pictures of every page in both themes, some on a phone and a wide screen, and `DASHBOARD.md` that walks through them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use proto::ids::Timestamp;
use store::{Measure, NewSample};

use crate::account::unix_seconds;
use crate::browser::{Browser, Theme};
use crate::dashboard::Dashboard;
use crate::lively::Lively;
use crate::seat;

/// A page, as `DASHBOARD.md` shows it.
struct Picture {
    path: &'static str,
    file: &'static str,
    title: &'static str,
    words: &'static str,
    /// Also on a phone and on a wide screen.
    sizes: bool,
}

const fn page(path: &'static str, file: &'static str, title: &'static str, words: &'static str) -> Picture {
    Picture { path, file, title, words, sizes: false }
}

const fn sized(path: &'static str, file: &'static str, title: &'static str, words: &'static str) -> Picture {
    Picture { path, file, title, words, sizes: true }
}

/// Every page, in the order in which somebody meets them.
const PAGES: &[Picture] = &[
    sized("/", "overview", "Overview", "What waits for somebody and how the server does, live."),
    sized(
        "/reports",
        "reports",
        "Reports",
        "The queue, the most urgent first. A claim keeps two moderators from deciding at once.",
    ),
    sized(
        "/reports/1",
        "report",
        "A report",
        "Evidence with the lines around it, the reporter's words, the history, and the decision in one place.",
    ),
    page(
        "/users",
        "people",
        "People",
        "Everybody with an account, by name or number, with what was done and reported.",
    ),
    sized(
        "/users/3",
        "person",
        "A person",
        "Measures, devices, notes, rooms, and who else came from the same network, which has a pseudonym.",
    ),
    page(
        "/bans",
        "bans",
        "Bans",
        "Accounts, devices, networks and invites: what, where, why, until when, and how fast it took effect.",
    ),
    sized(
        "/bans/new",
        "ban-new",
        "A new ban",
        "Nothing happens before it shows whom it hits, and it refuses to lock its maker out.",
    ),
    page("/bans/1", "ban", "A ban", "Its end can be changed and it can be lifted; the record stays."),
    page(
        "/bans/import",
        "ban-import",
        "Import",
        "Every line is tried first; a whole import can be undone for a day.",
    ),
    page("/bans/export", "ban-export", "Export", "In the columns that the import reads."),
    page("/appeals", "appeals", "Appeals", "A banned person writes once; whoever banned does not decide."),
    page("/media", "media", "Files", "What people sent to open rooms, with what is held back."),
    page(
        "/media/newest",
        "file",
        "A file",
        "Holding it back, purging it, examining a picture for hidden data.",
    ),
    page("/rooms", "rooms", "Rooms", "Open rooms, their size and their state."),
    page("/rooms/1", "room", "A room", "Slow mode, lock, members, measures that hold in this room alone."),
    page(
        "/sealed",
        "sealed",
        "Sealed rooms",
        "Who is in them and who still has to go; what is said there and what they are called is not known here.",
    ),
    page("/automod", "automod", "Auto-mod", "Words, patterns and links that messages are judged by."),
    page(
        "/automod/new",
        "automod-new",
        "A filter",
        "Tried on the last 1,000 messages before it judges anything.",
    ),
    page("/held", "held", "Held messages", "What a filter holds waits here; its author sees that it waits."),
    page("/raid", "raid", "Raid level", "How far the server closes, and when it opens again by itself."),
    page(
        "/joiners",
        "joiners",
        "Who joined lately",
        "During a raid: choose everybody who came with it and act once.",
    ),
    page("/approvals", "approvals", "Approvals", "Who asked for an account, with what they wrote."),
    page("/invites", "invites", "Invites", "Links that let somebody register, and who came by them."),
    page("/announcements", "announcements", "Announcements", "One line that everybody is shown."),
    sized(
        "/audit",
        "audit",
        "Audit log",
        "Everything the team did, in a chain that shows when a line was changed.",
    ),
    page("/metrics-charts", "metrics", "Metrics", "What the server counts, drawn without another service."),
    page(
        "/settings",
        "settings",
        "Settings",
        "Value, default, who set it; a change is shown before it is saved.",
    ),
    page("/system", "system", "System", "Versions, database, backups, the audit chain."),
    page("/help", "help", "Help and keys", "What the keys do; they can be switched off."),
    page("/me", "me", "One's own page", "Logins, theme, shortcuts."),
];

/// Takes all pictures into `docs/screenshots` and writes `docs/DASHBOARD.md`.
///
/// # Errors
/// When a page cannot be opened or a file cannot be written.
pub fn take(docs: &Path) -> Result<()> {
    let folder = docs.join("screenshots");
    fs::create_dir_all(&folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let lively = runtime.block_on(Lively::make()).context("making an installation in use")?;
    an_hour(&lively)?;
    let mut owner = lively.chatd.owner.clone();
    let browser = Browser::start()?;
    let login =
        page("/login", "login", "Logging in", "Name, password and the code of the moment, in one step.");
    browser.size(1280, 900)?;
    shoot(&browser, &lively, &login, &folder)?;
    lively.dashboard.log_in(&browser, &mut owner)?;
    // Imports and exports want a fresh proof.
    browser.open(&lively.dashboard.url("/sudo"))?;
    Dashboard::prove(&browser, &mut owner)?;
    for picture in PAGES {
        shoot(&browser, &lively, picture, &folder)?;
    }
    fs::write(docs.join("DASHBOARD.md"), document(&login))?;
    println!("{} pages are in {}", PAGES.len() + 1, folder.display());
    Ok(())
}

/// Writes the figures of an hour before the server's first own ones, so that charts have something to draw.
fn an_hour(lively: &Lively) -> Result<()> {
    const STEPS: i64 = 360;
    // Series, lowest, highest.
    const FIGURES: [(&str, Measure, f64, f64); 6] = [
        ("sessions", Measure::Level, 180.0, 420.0),
        ("connections", Measure::Level, 190.0, 440.0),
        ("messages", Measure::Count, 10.0, 90.0),
        ("logins", Measure::Count, 0.0, 6.0),
        ("logins_refused", Measure::Count, 0.0, 3.0),
        ("commit_ms", Measure::Level, 3.0, 6.0),
    ];
    let store = seat::open_store(&lively.chatd)?;
    let now = i64::try_from(unix_seconds())? * 1_000;
    let written = store.run_blocking(move |tx| {
        for step in 0..STEPS {
            // Two waves that never meet look like a day's traffic.
            let at = step as f64;
            let wave = 0.5 + 0.3 * (at / 57.0).sin() + 0.2 * (at / 9.0).sin() * (at / 31.0).cos();
            let samples = FIGURES.map(|(series, measure, low, high)| NewSample {
                series,
                measure,
                value: (low + (high - low) * wave).round(),
            });
            tx.add_samples(&samples, Timestamp(now - (STEPS - step) * 10_000))?;
        }
        Ok(())
    });
    store.close();
    written.context("writing an hour of figures")
}

/// Returns the path of the first thing in a list, whose number depends on what else there is.
fn newest(browser: &Browser, lively: &Lively, list: &str) -> Result<String> {
    browser.open(&lively.dashboard.url(list))?;
    let script = "return document.querySelector('table.list td a').getAttribute('href')";
    browser.run(script, &[])?.as_str().map(ToOwned::to_owned).with_context(|| format!("{list} is empty"))
}

fn shoot(browser: &Browser, lively: &Lively, picture: &Picture, folder: &Path) -> Result<()> {
    let path = match picture.path.strip_suffix("/newest") {
        Some(list) => newest(browser, lively, list)?,
        None => picture.path.to_owned(),
    };
    browser.open(&lively.dashboard.url(&path)).with_context(|| path.clone())?;
    browser.arrives(&path)?;
    let heard = browser.findings()?;
    ensure!(heard.is_empty(), "{} is not as it should be: {heard:?}", picture.path);
    for theme in Theme::ALL {
        browser.theme(theme)?;
        let name = |size: &str| folder.join(format!("{}-{}{size}.png", picture.file, theme.name()));
        browser.screenshot(&name(""))?;
        if picture.sizes {
            browser.size(390, 844)?;
            browser.screenshot(&name("-390"))?;
            if theme == Theme::Light {
                browser.size(1920, 1080)?;
                browser.screenshot(&name("-1920"))?;
            }
            browser.size(1280, 900)?;
        }
    }
    browser.theme(Theme::Light)
}

fn document(login: &Picture) -> String {
    let mut text = "# The dashboard, page by page\n\n\
        Written by `cargo xtask screenshots`, which starts a server, fills it with a day's life, and takes every picture in a real\n\
        browser, in both themes; the look follows the person's system. Every page works without scripts and on a phone.\n"
        .to_owned();
    for picture in std::iter::once(login).chain(PAGES) {
        let Picture { path, file, title, words, sizes } = picture;
        let _ = write!(
            text,
            "\n## {title}\n\n`{path}`: {words}\n\n\
             ![{title}, light](screenshots/{file}-light.png)\n![{title}, dark](screenshots/{file}-dark.png)\n"
        );
        if *sizes {
            let _ = writeln!(
                text,
                "\nOn a phone ([light](screenshots/{file}-light-390.png), [dark](screenshots/{file}-dark-390.png)), on a wide screen \
                 ([light](screenshots/{file}-light-1920.png))."
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_pages_write_the_same_file() {
        let mut files: Vec<_> = PAGES.iter().map(|picture| picture.file).collect();
        files.sort_unstable();
        files.dedup();
        assert_eq!(files.len(), PAGES.len());
    }

    #[test]
    fn the_document_shows_every_page_in_both_themes() {
        let login = page("/login", "login", "x", "y");
        let text = document(&login);
        for picture in PAGES {
            assert!(text.contains(&format!("screenshots/{}-light.png", picture.file)));
            assert!(text.contains(&format!("screenshots/{}-dark.png", picture.file)));
        }
        assert!(text.ends_with('\n') && !text.contains(" \n"));
    }
}
