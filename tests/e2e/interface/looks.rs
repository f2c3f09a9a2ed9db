//! Colours: none where somebody wants none, and themes that can be changed while looking.

use std::collections::BTreeSet;

use anyhow::Result;
use tests::glass::Glass;
use tests::seat::LOBBY;
use vt100::Color;

use crate::stage::{Stage, USUAL, leave, online};

#[tokio::test(flavor = "multi_thread")]
async fn without_colours_the_same_is_told_in_words_and_marks() -> Result<()> {
    let mut stage = Stage::set().await?;
    stage.bob.prefers("theme = \"light\"\n")?;
    let mut command = stage.bob.interface();
    command.env("NO_COLOR", "1");
    let mut glass = Glass::start(&command, USUAL)?;
    online(&mut glass)?;
    stage.carol.say(LOBBY, "@bob hello").await?;
    glass.wait_for("@bob hello")?;
    assert_eq!(colours(&glass), BTreeSet::from(["Default".to_owned()]));
    // Who calls is marked, where one is as well.
    assert!(glass.shows("▌@bob hello") && glass.shows("›1 #lobby"), "{}", glass.contents());
    leave(glass)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_theme_is_tried_on_at_once() -> Result<()> {
    let stage = Stage::set().await?;
    let mut glass = stage.open(USUAL)?;
    let dark = colours(&glass);
    assert!(1 < dark.len(), "{dark:?}");
    glass.enter("/theme high-contrast")?;
    glass.wait_until("white on black", |glass| colours(glass).contains(&format!("{:?}", Color::Idx(15))))?;
    glass.enter("/theme none")?;
    glass.wait_until("no colours", |glass| colours(glass).len() == 1)?;
    leave(glass)
}

fn colours(glass: &Glass) -> BTreeSet<String> {
    let (rows, columns) = glass.screen().size();
    let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let cells = cells.filter_map(|(row, column)| glass.screen().cell(row, column));
    cells.flat_map(|cell| [cell.fgcolor(), cell.bgcolor()]).map(|colour| format!("{colour:?}")).collect()
}
