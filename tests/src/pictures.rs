//! Pictures of every page in both themes, some on a phone and a wide screen, and `DASHBOARD.md` that walks through them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::browser::{Browser, Theme};
use crate::lively::Lively;

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
    page("/rooms", "rooms", "Rooms", "Open rooms, their size and their state."),
    page("/rooms/1", "room", "A room", "Slow mode, lock, members, measures that hold in this room alone."),
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
    page("/metrics", "metrics", "Metrics", "What the server counts, drawn without another service."),
    page(
        "/settings",
        "settings",
        "Settings",
        "Value, default, who set it; a change is shown before it is saved.",
    ),
    page("/system", "system", "System", "Versions, database, backups, the audit chain."),
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
    let mut owner = lively.chatd.owner.clone();
    let browser = Browser::start()?;
    let login =
        page("/login", "login", "Logging in", "Name, password and the code of the moment, in one step.");
    browser.size(1280, 900)?;
    shoot(&browser, &lively, &login, &folder)?;
    lively.dashboard.log_in(&browser, &mut owner)?;
    for picture in PAGES {
        shoot(&browser, &lively, picture, &folder)?;
    }
    fs::write(docs.join("DASHBOARD.md"), document(&login))?;
    println!("{} pages are in {}", PAGES.len() + 1, folder.display());
    Ok(())
}

fn shoot(browser: &Browser, lively: &Lively, picture: &Picture, folder: &Path) -> Result<()> {
    browser.open(&lively.dashboard.url(picture.path)).with_context(|| picture.path)?;
    for theme in Theme::ALL {
        browser.theme(theme)?;
        let name = |size: &str| folder.join(format!("{}-{}{size}.png", picture.file, theme.name()));
        browser.screenshot(&name(""))?;
        if picture.sizes {
            for (size, width, height) in [("-390", 390, 844), ("-1920", 1920, 1080)] {
                browser.size(width, height)?;
                browser.screenshot(&name(size))?;
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
                 ([light](screenshots/{file}-light-1920.png), [dark](screenshots/{file}-dark-1920.png))."
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
