//! Which screens are taken, in the order in which somebody meets them.

use anyhow::Result;
use tokio::runtime::Runtime;

use super::album::{Album, STILL};
use super::cast::Cast;
use crate::glass::Glass;
use crate::person::Person;
use crate::svg::Palette;
use crate::terminal::Size;

/// Takes them all.
pub(super) fn take(cast: &mut Cast, album: &mut Album, runtime: &Runtime) -> Result<()> {
    welcome(cast, album)?;
    let mut glass = cast.open(WIDE, "dark")?;
    // What was said before is read, so that what is unread came while Ada looked.
    for room in ["~board", "#garden", "#release", "@bob"] {
        glass.press("ctrl-n")?;
        glass.wait_for(&format!("Message {room}"))?;
    }
    glass.press("alt-1")?;
    glass.wait_for("All green")?;
    glass.focus(false)?;
    runtime.block_on(cast.news())?;
    glass.wait_for("shall we?")?;
    chat(&mut glass, album)?;
    over_it(&mut glass, album)?;
    files(cast, &mut glass, album)?;
    staff(&mut glass, album)?;
    sealed(&mut glass, album)?;
    leave(glass)?;
    themes(cast, album)?;
    // Most of the others do not come back after this.
    let mut glass = cast.open(USUAL, "dark")?;
    offline(cast, &mut glass, album)?;
    leave(glass)
}

/// The first start of somebody who was invited.
fn welcome(cast: &Cast, album: &mut Album) -> Result<()> {
    let frank = Person::stranger("frank")?.surrounded_by(cast.clock.variables()?);
    let mut glass = Glass::start(&frank.interface(), USUAL)?;
    glass.wait_for("Nobody is logged in here yet.")?;
    album.shoot(&mut glass, ("welcome", "welcome-80x24"), DARK, "The first start")?;
    glass.press("enter")?;
    glass.wait_for("Paste the invite")?;
    glass.paste(&cast.chatd.invite()?)?;
    glass.wait_for("key ")?;
    glass.type_in("frank")?;
    for _ in 0..2 {
        glass.press("tab")?;
        glass.type_in("correct horse frank battery staple")?;
    }
    glass.press("tab")?;
    glass.press("enter")?;
    glass.wait_for("Second factor")?;
    album.shoot(
        &mut glass,
        ("welcome", "factor-80x24"),
        DARK,
        "The second factor, for the phone's camera",
    )?;
    glass.press("ctrl-c")?;
    glass.wait_quiet(STILL)?;
    glass.press("ctrl-c")?;
    glass.wait()?;
    glass.is_given_back()
}

fn chat(glass: &mut Glass, album: &mut Album) -> Result<()> {
    glass.type_in("Yes, starting the backup now")?;
    glass.wait_for("backup now")?;
    album.shoot(glass, ("chat", "chat-140x40"), DARK, "The chat: rooms, log, members")?;
    glass.resize(USUAL)?;
    album.shoot(glass, ("chat", "chat-80x24"), DARK, "The chat on a usual terminal")?;
    glass.resize(SMALL)?;
    album.shoot(glass, ("sizes", "chat-40x10"), DARK, "The chat on a small one")?;
    glass.resize(USUAL)?;
    glass.press("ctrl-c")?;
    glass.wait_gone("backup now")
}

fn over_it(glass: &mut Glass, album: &mut Album) -> Result<()> {
    glass.press("f1")?;
    glass.wait_for("Begins another line")?;
    album.shoot(glass, ("help", "help-80x24"), DARK, "Help: keys and commands")?;
    close(glass)?;
    glass.press("ctrl-k")?;
    glass.type_in("re")?;
    album.shoot(glass, ("rooms", "switcher-80x24"), DARK, "Going to a room by a few letters")?;
    close(glass)?;
    glass.press("ctrl-f")?;
    glass.type_in("metrics")?;
    glass.wait_for("metrics")?;
    glass.press("enter")?;
    album.shoot(glass, ("search", "search-80x24"), DARK, "Finding words")?;
    close(glass)?;
    glass.press("alt-up")?;
    glass.wait_for("◂")?;
    glass.press("enter")?;
    album.shoot(glass, ("search", "message-80x24"), DARK, "What can be done with a message")?;
    close(glass)?;
    close(glass)?;
    glass.type_in("/s")?;
    glass.wait_for("> /s")?;
    glass.press("tab")?;
    album.shoot(glass, ("completion", "completion-80x24"), DARK, "Tab lists what fits")?;
    close(glass)?;
    glass.press("ctrl-c")?;
    glass.wait_gone("> /s")
}

fn files(cast: &Cast, glass: &mut Glass, album: &mut Album) -> Result<()> {
    glass.press("f3")?;
    glass.wait_for("garden.bmp")?;
    album.shoot(glass, ("upload", "explorer-80x24"), DARK, "Choosing a file")?;
    glass.type_in("garden")?;
    glass.wait_gone("minutes.md")?;
    glass.press("enter")?;
    glass.wait_gone("photos")?;
    album.shoot(
        glass,
        ("upload", "preview-80x24"),
        DARK,
        "Before it is sent: name, size, picture, caption",
    )?;
    close(glass)?;
    cast.gate.let_through(&cast.proxy, 3 << 20);
    glass.enter(&format!("/upload {}", cast.home().join("talk.bin").display()))?;
    glass.wait_for("stop ]")?;
    glass.resize(WIDE)?;
    glass.press("f4")?;
    glass.wait_for(", 0 B/s")?;
    album.shoot(glass, ("upload", "transfers-140x40"), DARK, "Transfers: how far, how fast, stop, go on")?;
    close(glass)?;
    cast.gate.open();
    glass.wait_gone("stop ]")?;
    glass.press("f5")?;
    album.shoot(glass, ("upload", "picture-140x40"), DARK, "A picture, drawn with half blocks")?;
    close(glass)
}

fn staff(glass: &mut Glass, album: &mut Album) -> Result<()> {
    glass.resize(USUAL)?;
    glass.enter("/ban dave 1h Flooding")?;
    glass.wait_for("Cancel")?;
    album.shoot(glass, ("moderation", "ban-80x24"), DARK, "What a ban does, before it is done")?;
    close(glass)
}

fn sealed(glass: &mut Glass, album: &mut Album) -> Result<()> {
    glass.resize(WIDE)?;
    glass.enter("/room ~board")?;
    glass.wait_for("The budget is signed")?;
    album.shoot(glass, ("sealed", "sealed-140x40"), DARK, "A sealed room: only its members can read it")
}

fn offline(cast: &mut Cast, glass: &mut Glass, album: &mut Album) -> Result<()> {
    glass.wait_for("shall we?")?;
    cast.chatd.kill()?;
    glass.wait_for("○ offline")?;
    glass.enter("Back in a moment")?;
    glass.wait_for("waits for the connection")?;
    album.shoot(glass, ("offline", "offline-80x24"), DARK, "While the server is away")?;
    cast.chatd.start()?;
    glass.wait_for("● online")?;
    glass.wait_gone("waits for the connection")
}

fn themes(cast: &Cast, album: &mut Album) -> Result<()> {
    for (theme, palette, words) in [
        ("light", &Palette::LIGHT, "The light theme"),
        ("high-contrast", &Palette::STARK, "High contrast"),
        ("none", &Palette::DARK, "Without colours"),
    ] {
        let mut glass = cast.open(WIDE, theme)?;
        glass.wait_for("All green")?;
        glass.wait_for("Members 5/5")?;
        glass.resize(Size::of(110, 30))?;
        album.shoot(&mut glass, ("themes", &format!("theme-{theme}")), palette, words)?;
        leave(glass)?;
    }
    Ok(())
}

/// Closes what is open. An Esc with another key right behind it would be taken for Alt.
fn close(glass: &mut Glass) -> Result<()> {
    glass.press("esc")?;
    glass.wait_quiet(STILL)
}

fn leave(mut glass: Glass) -> Result<()> {
    glass.enter("/quit")?;
    glass.wait()?;
    glass.is_given_back()
}

const DARK: &Palette = &Palette::DARK;
const WIDE: Size = Size::of(140, 40);
const USUAL: Size = Size::of(80, 24);
const SMALL: Size = Size::of(40, 10);
