//! Ends that nobody asked for: signals, a closed window, a power cut. What was typed is there again.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nix::sys::signal::Signal;
use tests::glass::Glass;
use tests::search::{Place, until_a_file_has};
use tests::seat::LOBBY;

use crate::stage::{Stage, USUAL, leave, online};

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_gives_the_terminal_back_and_the_draft_is_there_again() -> Result<()> {
    let mut stage = Stage::set().await?;
    for (signal, words) in [(Signal::SIGTERM, "half a thought"), (Signal::SIGHUP, " and another half")] {
        let mut glass = stage.open(USUAL)?;
        glass.type_in(words)?;
        glass.wait_for(words.trim())?;
        glass.signal(signal)?;
        let status = glass.wait()?;
        ensure!(status.code().is_some(), "{signal} ended it before it could: {status}");
        glass.is_given_back()?;
    }
    let mut glass = stage.open(USUAL)?;
    glass.wait_for("> half a thought and another half")?;
    // It is a draft and not a message.
    ensure!(stage.carol.texts(LOBBY).await?.is_empty());
    glass.press("enter")?;
    glass.wait_for("bob")?;
    glass.wait_gone("> half a thought")?;
    leave(glass)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_keeps_the_draft_and_what_is_unsent_is_said_once() -> Result<()> {
    let mut stage = Stage::set().await?;
    let mut glass = stage.open(USUAL)?;
    stage.chatd.kill()?;
    glass.wait_for("○ offline")?;
    glass.enter("said in the dark")?;
    glass.wait_for("waits for the connection")?;
    until_a_file_has(stage.bob.home(), ".unsent", b"said in the dark")?;
    glass.type_in("and this is not finished")?;
    glass.wait_for("not finished")?;
    kept(&mut glass);
    ensure!(
        !Place::files(stage.bob.home(), &[])?.iter().any(|file| file.has(b"not finished")),
        "a draft lies open"
    );
    glass.signal(Signal::SIGKILL)?;
    glass.wait()?;

    stage.chatd.start()?;
    let mut glass = stage.open(USUAL)?;
    glass.wait_for("said in the dark")?;
    glass.wait_for("> and this is not finished")?;
    let mut carol = stage.carols.enter(&stage.chatd).await?;
    assert_eq!(carol.texts(LOBBY).await?, ["said in the dark"]);
    glass.press("ctrl-c")?;
    glass.wait_gone("not finished")?;
    leave(glass)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_is_closed_ends_the_program() -> Result<()> {
    let stage = Stage::set().await?;
    let mut glass = stage.open(USUAL)?;
    glass.type_in("kept")?;
    glass.wait_for("kept")?;
    glass.hang_up();
    // It neither stays behind nor dies before the draft is kept.
    ensure!(glass.wait()?.code().is_some());
    let mut glass = stage.open(USUAL)?;
    online(&mut glass)?;
    glass.wait_for("> kept")?;
    glass.press("ctrl-c")?;
    glass.wait_gone("> kept")?;
    leave(glass)
}

/// Drafts are kept every two seconds, sealed in a file that others write to as well: that one was kept cannot be seen
/// from outside. Lets two of these moments pass.
fn kept(glass: &mut Glass) {
    let due = Instant::now() + 2 * Duration::from_secs(2);
    while Instant::now() < due {
        glass.look();
        std::thread::sleep(Duration::from_millis(50));
    }
}
