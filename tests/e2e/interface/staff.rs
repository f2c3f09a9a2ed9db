//! Moderation from the interface: each act says what will happen, and one confirmation is enough.

use anyhow::Result;
use tests::seat::LOBBY;

use crate::stage::{Stage, WIDE, inside, leave, open};

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_asks_once_says_what_it_does_and_does_it() -> Result<()> {
    let mut stage = Stage::set().await?;
    let ada = stage.ada()?;
    let mut bobs = stage.open(WIDE)?;
    let mut glass = open(&ada, WIDE)?;
    bobs.enter("cheap watches")?;
    glass.wait_for("cheap watches")?;

    glass.enter("/ban bob 1h selling watches")?;
    glass.wait_for("Cancel")?;
    let question = [
        "bob is cut off at once and cannot log in, for 1 h. They are told",
        "why: selling watches.",
        "They lose the keys of their sealed rooms, also if the ban is",
        "lifted: members have to let them in again.",
        "/unban bob lifts it; they can appeal once.",
        "› 1. Cancel",
        "2. Ban",
    ];
    assert_eq!(inside(&glass, "Ban bob from the server?"), question);
    // The harmless answer is chosen.
    glass.press("enter")?;
    glass.wait_gone("Cancel")?;
    stage.carol.say(LOBBY, "is he still here?").await?;
    bobs.wait_for("is he still here?")?;

    glass.enter("/ban bob 1h selling watches")?;
    glass.wait_for("Cancel")?;
    glass.press("2")?;
    glass.wait_for("bob is banned")?;
    bobs.wait_for("selling watches")?;
    leave(glass)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kick_asks_once_and_so_does_a_purge() -> Result<()> {
    let mut stage = Stage::set().await?;
    let ada = stage.ada()?;
    let mut glass = open(&ada, WIDE)?;
    for number in 1..=3 {
        stage.carol.say(LOBBY, &format!("cheap watches {number}")).await?;
    }
    glass.wait_for("cheap watches 3")?;
    glass.enter("/purge carol")?;
    glass.wait_for("Cancel")?;
    let question = [
        "Everything that carol wrote in the last 1 d reads as removed, in",
        "all rooms and for everybody, files as well.",
        "Everybody online is told. It stands in the audit log under your",
        "name.",
        "You cannot undo it here. For 24 hours the dashboard can; then",
        "the texts are wiped for good.",
        "› 1. Cancel",
        "2. Remove",
    ];
    assert_eq!(inside(&glass, "Remove what carol"), question);
    glass.press("2")?;
    glass.wait_gone("cheap watches")?;
    glass.enter("/kick carol enough of that")?;
    glass.wait_for("Cancel")?;
    glass.press("2")?;
    glass.wait_for("carol is removed")?;
    leave(glass)
}
