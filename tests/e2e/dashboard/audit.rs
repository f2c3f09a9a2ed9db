//! The audit log: good on the page and for the operator, and a changed line is named by both.

use anyhow::{Context, Result};
use tests::browser::Browser;
use tests::dashboard::Dashboard;
use tests::seat;
use tests::server::Setup;

#[test]
fn a_changed_line_of_the_audit_log_is_named_by_page_and_command() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    seat::seats(&chatd, &["bob", "mallory"])?;
    for role in ["moderator", "member"] {
        chatd.operate(&["user", "role", "mallory", role])?.good()?;
    }
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        browser.open(&dashboard.url("/audit"))?;
        browser.is_clean()?;
        browser.press("Verify the chain")?;
        browser.sees("The chain holds")?;
        browser.is_clean()
    })?;
    let said = chatd.operate(&["doctor"])?;
    assert!(said.stdout.contains("0 failed"), "{}", said.stdout);
    chatd.operate(&["audit", "verify"])?.good()?;

    dashboard.stop()?;
    chatd.stop()?;
    let place = tamper(&chatd)?;
    for words in [["doctor"].as_slice(), &["audit", "verify"]] {
        let said = chatd.operate(words)?;
        assert_ne!(said.code(), Some(0));
        let told = format!("{}{}", said.stdout, said.stderr);
        assert!(told.contains(&place.to_string()), "entry {place} is not named by {words:?}: {told}");
    }

    chatd.start()?;
    let dashboard = Dashboard::start(&chatd)?;
    Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        browser.open(&dashboard.url("/audit"))?;
        browser.press("Verify the chain")?;
        let told = browser.shows(".toast")?;
        assert!(told.contains("broken"), "{told}");
        assert!(told.contains(&place.to_string()), "entry {place} is not named in: {told}");
        Ok(())
    })
}

/// Changes one byte of one event, as somebody with the file would, and returns the event's number.
fn tamper(chatd: &tests::server::Chatd) -> Result<u64> {
    let database = rusqlite::Connection::open(chatd.database())?;
    let guard = "SELECT sql FROM sqlite_master WHERE name = 'audit_keeps_values'";
    let guard: String = database.query_row(guard, [], |row| row.get(0))?;
    database.execute_batch("DROP TRIGGER audit_keeps_values")?;
    let (seq, mut event): (i64, Vec<u8>) =
        database.query_row("SELECT seq, event FROM audit ORDER BY seq DESC LIMIT 1 OFFSET 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    *event.last_mut().context("an empty event")? ^= 1;
    let changed = database.execute("UPDATE audit SET event = ?2 WHERE seq = ?1", (seq, event))?;
    assert_eq!(changed, 1);
    // Without its guard the file would be refused at once.
    database.execute_batch(&guard)?;
    Ok(u64::try_from(seq)?)
}
