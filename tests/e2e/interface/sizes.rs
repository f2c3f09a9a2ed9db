//! Other sizes: down to 40x10, up to 200x60, while messages come.

use anyhow::{Result, ensure};
use tests::seat::LOBBY;
use tests::terminal::Size;

use crate::stage::{Stage, USUAL, leave};

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
