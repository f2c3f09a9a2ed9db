//! Pastes: one draft whatever they contain, and a question before a long one fills everybody's screen.

use anyhow::{Result, ensure};
use proto::ids::Seq;
use proto::message::Content;
use tests::seat::LOBBY;

use crate::stage::{Stage, USUAL, accepted, inside, leave};

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_pasted_lines_are_one_draft_and_may_go_as_a_file() -> Result<()> {
    let mut stage = Stage::set().await?;
    let mut glass = stage.open(USUAL)?;
    let lines: Vec<String> = (1..=200).map(|number| format!("line {number} of a log")).collect();
    glass.paste(&lines.join("\n"))?;
    glass.wait_for("line 200 of a log")?;
    ensure!(stage.carol.log(LOBBY, Seq::START).await?.is_empty(), "something was sent by the paste");

    glass.press("enter")?;
    glass.wait_for("This has 200 lines")?;
    let question = [
        "This has 200 lines. As a file it does not fill everybody's",
        "screen.",
        "› 1. Send as a file",
        "2. Send as a message",
        "3. Keep writing",
    ];
    assert_eq!(inside(&glass, "A long text"), question);
    glass.press("esc")?;
    glass.wait_gone("This has 200 lines")?;
    ensure!(glass.shows("line 200 of a log"), "the draft is gone");

    glass.press("enter")?;
    glass.wait_for("This has 200 lines")?;
    glass.press("1")?;
    glass.wait_gone("This has 200 lines")?;
    // The preview of the file; Enter sends it.
    glass.wait_for("#lobby")?;
    glass.press("enter")?;
    glass.wait_for("[file]")?;
    let log = stage.carol.log(LOBBY, Seq::START).await?;
    ensure!(log.len() == 1 && matches!(log[0].content, Content::File { .. }), "{log:?}");
    leave(glass)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_paste_is_one_message_with_its_lines() -> Result<()> {
    let mut stage = Stage::set().await?;
    let mut glass = stage.open(USUAL)?;
    glass.paste("one\n\ttwo\nthree")?;
    glass.wait_for("three")?;
    glass.press("alt-enter")?;
    glass.type_in("four")?;
    glass.wait_for("four")?;
    glass.press("enter")?;
    accepted(&mut glass, "four")?;
    assert_eq!(stage.carol.texts(LOBBY).await?, ["one\n\ttwo\nthree\nfour"]);
    leave(glass)
}
