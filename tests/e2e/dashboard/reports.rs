//! From a report to a ban: claimed, decided, felt by the one who is banned and told to the one who reported.

use std::time::Duration;

use anyhow::{Context, Result};
use proto::message::{Event, NoticeKind, ReportCategory, ServerMessage};
use tests::browser::Browser;
use tests::dashboard::Dashboard;
use tests::seat;
use tests::server::Setup;
use tokio::time::{Instant, timeout};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ban_from_a_report_disconnects_the_reported_person() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let seats = seat::seats(&chatd, &["carol", "mallory"])?;
    let mut carol = seats[0].enter(&chatd).await?;
    let mut mallory = seats[1].enter(&chatd).await?;
    carol.say(seat::LOBBY, "good morning").await?;
    let seq = mallory.say(seat::LOBBY, "nobody wants you here, carol").await?;
    let what = store::ReportOf::Messages { room: seat::LOBBY, seqs: vec![seq] };
    seat::report(&chatd, &seats[0], what, ReportCategory::Harassment, "Every morning the same")?;

    // Reads until the end of the connection, and says when that was.
    let end = tokio::spawn(async move {
        let mut goodbye = None;
        while let Some(message) = mallory.next().await? {
            if let ServerMessage::Event(Event::Goodbye(refusal)) = message {
                goodbye = Some(refusal);
            }
        }
        anyhow::Ok((goodbye, Instant::now()))
    });

    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    let pressed = Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        browser.open(&dashboard.url("/reports"))?;
        browser.press("#1")?;
        let page = browser.sees("nobody wants you here, carol")?;
        assert!(page.contains("good morning"), "the line before is there for context:\n{page}");
        assert!(!page.contains("@carol"), "the reporter is not named");
        browser.press("Claim")?;
        browser.choose("About the person", "Ban")?;
        browser.choose("For how long", "7 days")?;
        browser.choose("Reason", "Harassment")?;
        browser.is_clean()?;
        let pressed = Instant::now();
        browser.press("Act")?;
        browser.sees("acted on")?;
        browser.is_clean()?;
        browser.press("mallory")?;
        browser.sees("Harassment")?;
        anyhow::Ok(pressed)
    })?;

    let (goodbye, ended) = timeout(Duration::from_secs(10), end).await.context("mallory stays")???;
    assert!(goodbye.is_some(), "mallory is told why");
    assert!(ended.duration_since(pressed) < Duration::from_secs(5), "{:?}", ended.duration_since(pressed));
    assert!(seats[1].enter(&chatd).await.is_err());
    let outcome = carol
        .until(|message| match message {
            ServerMessage::Event(Event::Notice { kind: NoticeKind::Outcome, .. }) => Some(()),
            _ => None,
        })
        .await;
    outcome.context("the reporter hears what became of it")
}
