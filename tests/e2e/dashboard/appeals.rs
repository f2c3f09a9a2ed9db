//! Appeals: a banned person writes once, somebody else than the banner decides.

use anyhow::{Result, bail};
use proto::message::{Answer, Command, ServerMessage};
use proto::text::Text;
use tests::browser::Browser;
use tests::dashboard::Dashboard;
use tests::seat;
use tests::server::Setup;
use tests::visitor::Visitor;
use tests::wire::{Peer, resume};

#[tokio::test]
async fn a_banned_person_appeals_and_is_let_in_again() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let seats = seat::seats(&chatd, &["mallory"])?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut admin = chatd.add("bob", "admin")?;
    let mut admins = Visitor::log_in(&dashboard, &mut admin, "harness")?;
    admins.get("/bans/new")?;
    let ban = [
        ("against", "account"),
        ("target", "@mallory"),
        ("kind", "ban"),
        ("scope", "server"),
        ("length", "7d"),
        ("reason", "flooding"),
        ("step", "do"),
    ];
    admins.act("/bans/new", &ban)?;
    let mut mallory = Peer::connect(chatd.address(), &seats[0].key, chatd.key()?, &resume()).await?;
    match mallory.next().await? {
        Some(ServerMessage::Denied(_)) => {}
        other => bail!("not a refusal: {other:?}"),
    }
    let text = Text::new("It was my brother, he has his own account now")?;
    assert!(matches!(mallory.ask(Command::Appeal { text }).await?, Answer::Done));

    let mut owner = chatd.owner.clone();
    Browser::with(|browser| {
        dashboard.log_in(browser, &mut owner)?;
        browser.open(&dashboard.url("/appeals"))?;
        let page = browser.sees("It was my brother")?;
        assert!(page.contains("mallory") && page.contains("flooding"), "{page}");
        browser.is_clean()?;
        browser.choose("Decision", "Lift")?;
        browser.fill("What the person is told", "Welcome back")?;
        browser.press("Decide")?;
        browser.open(&dashboard.url("/bans?state=active"))?;
        assert!(!browser.text()?.contains("mallory"));
        Ok(())
    })?;
    seats[0].enter(&chatd).await?;
    Ok(())
}
