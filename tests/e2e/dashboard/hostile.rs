//! Text from outside on every page: none of it becomes anything else than text.

use anyhow::{Result, bail};
use proto::message::{Command, ReportCategory};
use proto::text::Text;
use tests::browser::Browser;
use tests::lively::Lively;
use tests::payloads::{PAYLOADS, long_word};
use tests::seat::LOBBY;
use tests::tour::Tour;
use tests::visitor::Visitor;

#[tokio::test]
async fn no_text_from_outside_becomes_anything_else_on_any_page() -> Result<()> {
    let mut lively = Lively::make().await?;
    let long = long_word(400);
    let texts: Vec<&str> = PAYLOADS.iter().copied().chain([long.as_str()]).collect();
    say(&lively, &texts).await?;
    write(&mut lively, &texts)?;
    tests::opened::report(&lively.chatd, ["zelda", "zeno"], &texts)?;
    let mut owner = lively.chatd.owner.clone();

    let mut wrong = Vec::new();
    let mut shown = 0;
    Browser::with(|browser| {
        lively.dashboard.log_in(browser, &mut owner)?;
        Tour { of_a_kind: 12 }.walk(&lively.dashboard, browser, |path| {
            let findings = browser.findings()?.into_iter().map(|finding| format!("{path}: {finding:?}"));
            wrong.extend(findings);
            wrong.extend(browser.intruders()?.into_iter().map(|each| format!("{path}: {each}")));
            let text = browser.text()?;
            shown += texts.iter().filter(|each| text.contains(**each)).count();
            Ok(())
        })
    })?;
    if !wrong.is_empty() {
        bail!("{} things came through:\n{}", wrong.len(), wrong.join("\n"));
    }
    assert!(texts.len() * 2 < shown, "the texts are on the pages, as text: seen {shown} times");
    Ok(())
}

/// What members write: messages, file names, topics, applications, reports.
async fn say(lively: &Lively, texts: &[&str]) -> Result<()> {
    let mut bob = lively.seats[0].enter(&lively.chatd).await?;
    for text in texts {
        bob.say(LOBBY, text).await?;
    }
    let mut shown = 0;
    for text in texts {
        // A name with a path or several lines is refused; what is refused is not stored.
        let name: String = text.chars().filter(|letter| !"/\\".contains(*letter)).take(60).collect();
        let sent = tests::cargo::show(&mut bob, LOBBY, &name, &name, text.as_bytes()).await;
        shown += usize::from(sent.is_ok());
    }
    assert!(texts.len() < shown * 2, "only {shown} of {} files were taken", texts.len());
    let room = tests::seat::room(&lively.chatd, "topics", &lively.seats[..1])?;
    let topic: String = texts.concat().chars().take(200).collect();
    bob.ask(Command::SetTopic { room, topic: Text::cut(&topic), message_id: tests::seat::message_id() })
        .await?;
    for (index, text) in texts.iter().enumerate() {
        tests::seat::apply(&lively.chatd, &format!("applicant{index}"), text)?;
    }
    let bob = store::ReportOf::Account(lively.seats[0].account);
    for (seat, text) in lively.seats[9..].iter().zip(texts.iter().cycle()) {
        // Who was banned meanwhile may not report any more.
        if seat.enter(&lively.chatd).await.is_ok() {
            tests::seat::report(&lively.chatd, seat, bob.clone(), ReportCategory::Other, text)?;
        }
    }
    Ok(())
}

/// What staff write: reasons, notes, filters, announcements; and what their browsers call themselves.
fn write(lively: &mut Lively, texts: &[&str]) -> Result<()> {
    let admins = &mut lively.admins;
    for (index, text) in texts.iter().enumerate() {
        let address = format!("203.0.113.{}", index + 1);
        let reason: String = text.chars().take(400).collect();
        admins.get("/bans/new")?;
        let fields = [
            ("against", "address"),
            ("target", address.as_str()),
            ("kind", "ban"),
            ("scope", "server"),
            ("length", "1d"),
            ("reason", reason.as_str()),
            ("note", reason.as_str()),
            ("step", "do"),
        ];
        // A reason with control characters may be refused; what is refused is not stored.
        admins.post("/bans/new", &fields)?;
        admins.post("/users/2/note", &[("text", reason.as_str())])?;
        admins.post("/announcements", &[("text", reason.as_str()), ("length", "1d")])?;
    }
    // Searches come back in their own fields, and in the links to further pages.
    for text in texts.iter().take(6) {
        admins.post(
            "/automod/new",
            &[
                ("kind", "word"),
                ("pattern", text),
                ("scope", "server"),
                ("action", "hold"),
                ("mode", "shadow"),
                ("step", "save"),
            ],
        )?;
    }
    let agent = texts.iter().find(|text| text.starts_with("<script>")).copied().unwrap_or_default();
    let mut staff = lively.chatd.add("xavier", "moderator")?;
    Visitor::log_in(&lively.dashboard, &mut staff, agent)?;
    Ok(())
}
