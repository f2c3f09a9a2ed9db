//! Bans of networks: whom they hit is shown first, nobody locks themselves out, and live connections end.

use anyhow::{Context, Result};
use tests::browser::Browser;
use tests::dashboard::Dashboard;
use tests::seat;
use tests::server::Setup;
use tests::stranger::connect_from;

#[tokio::test]
async fn a_network_ban_shows_whom_it_hits_before_it_ends_their_connections() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let seats = seat::seats(&chatd, &["bob", "mallory"])?;
    let mut bob = seats[0].enter(&chatd).await?;
    let far = connect_from([127, 44, 5, 6], chatd.address()).await?;
    let mut mallory = seats[1].enter_over(far, &chatd).await?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();

    Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        // Where people come from is written down every two seconds.
        let impact = browser.until("whom it hits", || {
            browser.open(&dashboard.url("/bans/new"))?;
            browser.choose("Kind of target", "A network")?;
            browser.fill("Name, number or address", "127.44.5.0/24")?;
            browser.choose("Measure", "ban")?;
            browser.fill("Details the person reads", "A flood from one house")?;
            browser.press("Show whom it hits")?;
            let impact = browser.shows(".impact")?;
            Ok(impact.contains("mallory").then_some(impact))
        })?;
        assert!(!impact.contains("bob"), "{impact}");
        browser.is_clean()?;
        browser.click("button[name=step][value=do]")?;
        browser.sees("127.44.5.0/24")?;
        browser.open(&dashboard.url("/bans"))?;
        let list = browser.shows("table")?;
        assert!(list.contains("127.44.5.0/24") && list.contains("A flood from one house"), "{list}");
        Ok(())
    })?;

    while let Some(message) = mallory.next().await.context("mallory is let go")? {
        drop(message);
    }
    bob.say(seat::LOBBY, "still here").await?;
    assert!(connect_and_enter([127, 44, 5, 7], &seats[1], &chatd).await.is_err());
    connect_and_enter([127, 44, 6, 7], &seats[1], &chatd).await.context("the network beside it")
}

#[test]
fn nobody_bans_the_network_they_sit_in() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        browser.open(&dashboard.url("/bans/new"))?;
        browser.choose("Kind of target", "A network")?;
        browser.fill("Name, number or address", "127.0.0.0/24")?;
        browser.choose("Measure", "ban")?;
        browser.fill("Details the person reads", "A mistake")?;
        browser.press("Show whom it hits")?;
        let refused = browser.shows(".impact [role=alert]")?;
        assert!(refused.to_lowercase().contains("your own"), "{refused}");
        assert!(!browser.has("button[name=step][value=do]")?, "the button is not offered");
        Ok(())
    })?;
    // Nor by sending the form that the page does not offer.
    let mut admin = chatd.add("bob", "admin")?;
    let mut visitor = tests::visitor::Visitor::log_in(&dashboard, &mut admin, "harness")?;
    visitor.get("/bans/new")?;
    let answer = visitor.post(
        "/bans/new",
        &[
            ("against", "network"),
            ("target", "127.0.0.0/24"),
            ("kind", "ban"),
            ("scope", "server"),
            ("length", "1d"),
            ("reason", "x"),
            ("step", "do"),
        ],
    )?;
    assert_ne!(answer.status, 303, "{}", answer.body);
    assert!(visitor.get("/bans")?.body.contains("Nobody is banned"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_bans_in_a_row_close_ten_connections_soon() -> Result<()> {
    let times = tests::desk::bans::ban_times(10).await?;
    // The benchmark has the figure; here a busy machine must not fail.
    assert!(times.median() < std::time::Duration::from_secs(2), "{:?}", times.median());
    Ok(())
}

async fn connect_and_enter(source: [u8; 4], seat: &seat::Seat, chatd: &tests::server::Chatd) -> Result<()> {
    let socket = connect_from(source, chatd.address()).await?;
    seat.enter_over(socket, chatd).await.map(drop)
}
