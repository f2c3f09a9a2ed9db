//! Bans of networks: whom they hit is shown first, nobody locks themselves out, and live connections end.

use anyhow::Result;
use tests::browser::Browser;
use tests::dashboard::Dashboard;
use tests::server::Setup;

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
