//! Other sizes: down to 40x10, up to 200x60, while messages come.

use std::time::Duration;

use anyhow::{Result, ensure};
use tests::seat::LOBBY;
use tests::terminal::Size;

use crate::stage::{Stage, USUAL, leave, online};

#[tokio::test(flavor = "multi_thread")]
async fn any_size_shows_what_there_is_room_for_while_messages_come() -> Result<()> {
    let mut stage = Stage::set().await?;
    let mut glass = stage.open(USUAL)?;
    glass.type_in("a draft that is carried along")?;
    glass.wait_for("carried along")?;
    let sizes = [(40, 10), (200, 60), (12, 3), (60, 12), (1, 1), (140, 40), (40, 10)];
    for (number, (columns, rows)) in sizes.into_iter().enumerate() {
        glass.resize(Size::of(columns, rows))?;
        stage.carol.say(LOBBY, &format!("message {number}: 日本語 and 👩‍🚀 and so on")).await?;
        if 40 <= columns {
            glass.wait_for(&format!("message {number}"))?;
            glass.wait_for("along")?;
            fits(&glass.contents(), columns)?;
        }
    }
    // On the smallest screen that is promised: log, draft, state.
    glass.wait_for("● online")?;
    glass.press("ctrl-c")?;
    glass.wait_gone("along")?;
    leave(glass)
}

fn fits(contents: &str, columns: u16) -> Result<()> {
    for line in contents.lines() {
        ensure!(line.chars().count() <= usize::from(columns), "{line}");
    }
    Ok(())
}

/// A new size and a key that come in the same moment: read by edges, the key lay there until the next one, about once in
/// seven times.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_right_behind_a_new_size_is_not_left_lying() -> Result<()> {
    let stage = Stage::set().await?;
    let mut glass = stage.open(USUAL)?;
    let mut typed = String::from("> ");
    for (letter, size) in ('a'..='z').chain('A'..='Z').zip([Size::of(100, 30), USUAL].into_iter().cycle()) {
        // Only a program that sleeps wakes up to both at once.
        glass.wait_quiet(Duration::from_millis(50))?;
        glass.resize(size)?;
        glass.type_in(&letter.to_string())?;
        typed.push(letter);
        glass.wait_for(&typed)?;
    }
    glass.press("ctrl-c")?;
    glass.wait_gone(&typed)?;
    leave(glass)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_something_else_wrote_on_is_drawn_anew() -> Result<()> {
    let stage = Stage::set().await?;
    let mut glass = stage.open(USUAL)?;
    glass.wait_quiet(Duration::from_millis(200))?;
    glass.scribble(10, "somebody else was here");
    ensure!(glass.shows("somebody else was here"), "{}", glass.contents());
    glass.press("ctrl-l")?;
    glass.wait_gone("somebody else was here")?;
    online(&mut glass)?;
    leave(glass)
}
