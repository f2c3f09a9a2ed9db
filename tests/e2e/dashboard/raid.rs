//! Raid levels: raised on a page, felt in chat, and back by themselves.

use anyhow::Result;
use tests::browser::Browser;
use tests::dashboard::Dashboard;
use tests::seat;
use tests::server::Setup;

#[tokio::test]
async fn a_raid_level_closes_the_server_and_opens_it_again_by_itself() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let seats = seat::seats(&chatd, &["bob"])?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    seats[0].enter(&chatd).await?;

    Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        browser.open(&dashboard.url("/raid"))?;
        browser.click("input[name=level][value='1']")?;
        browser.fill("Or another length", "15s")?;
        browser.fill("Details the person reads", "Hundreds of new accounts")?;
        browser.press("Set level")?;
        browser.sees("Hundreds of new accounts")?;
        assert_eq!(browser.shows(".level-number")?.trim(), "1");
        browser.is_clean()
    })?;
    assert!(seats[0].enter(&chatd).await.is_err(), "only the team gets in");

    Browser::with(|browser| {
        let mut visitor = tests::visitor::Visitor::new(&dashboard, "harness");
        visitor.get("/login")?;
        browser.until("the way back to level 5", || {
            let page = chatd.metrics()?;
            let level = tests::http::metric(&page, "chatd_raid_level");
            Ok((level == Some(5.0)).then_some(()))
        })
    })?;
    seats[0].enter(&chatd).await?;
    Ok(())
}
