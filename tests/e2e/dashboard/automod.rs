//! Filters: a dry run over what was said, then the real thing.

use anyhow::Result;
use tests::browser::Browser;
use tests::dashboard::Dashboard;
use tests::seat;
use tests::server::Setup;

#[tokio::test]
async fn a_filter_is_tried_on_what_was_said_before_it_judges() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let seats = seat::seats(&chatd, &["bob"])?;
    let mut bob = seats[0].enter(&chatd).await?;
    for text in ["cheap watches for everybody", "the watch is over", "CHEAP WATCHES again", "good morning"] {
        bob.say(seat::LOBBY, text).await?;
    }
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();

    Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        browser.open(&dashboard.url("/automod/new"))?;
        browser.choose("Looks for", "Words")?;
        browser.fill("Words, pattern or host", "cheap watches")?;
        browser.choose("Then", "Refuse the message")?;
        browser.choose("Mode", "On")?;
        browser.press("Dry run over the last 1,000 messages")?;
        // The button has these words too: only the result has numbers.
        let run = browser.sees("2 of the last 4")?;
        assert!(run.contains("cheap watches for everybody") && !run.contains("the watch is over"), "{run}");
        browser.is_clean()
    })?;
    bob.say(seat::LOBBY, "cheap watches, nothing was saved").await?;

    Browser::with(|browser| {
        let mut admin = chatd.add("walter", "admin")?;
        dashboard.log_in(browser, &mut admin)?;
        browser.open(&dashboard.url("/automod/new"))?;
        browser.choose("Looks for", "Words")?;
        browser.fill("Words, pattern or host", "cheap watches")?;
        browser.choose("Then", "Refuse the message")?;
        browser.choose("Mode", "On")?;
        browser.press("Save filter")?;
        browser.arrives("/automod")?;
        assert!(browser.shows("table")?.contains("cheap watches"));
        Ok(())
    })?;
    assert!(bob.say(seat::LOBBY, "cheap watches").await.is_err(), "the filter judges");
    bob.say(seat::LOBBY, "good evening").await?;
    Ok(())
}
