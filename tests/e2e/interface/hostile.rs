//! Remote text that wants to be more than text: nothing of it reaches the terminal as anything but what it is.

use std::time::Duration;

use anyhow::Result;
use proto::ids::RoomId;
use proto::message::Content;
use proto::text::Text;
use tests::cargo;
use tests::seat::{self, LOBBY};
use tests::stream::{asides, trespasses};

use crate::stage::{Stage, WIDE, leave};

/// Each part would do something that can be recognised: a title, a colour, a clipboard, a moved cursor, a turned line.
const EVIL: &str = "\x1b]2;OWNED\x07\x1b[38;5;199mpink\x1b[2J\x1b[1;1H\u{9b}31m\x1b]52;c;T1dORUQ=\x07\r\nzap\x08\x7f\t\
                    \u{202e}txt.exe\u{2066}\u{200b}\u{feff}\0end";

#[tokio::test(flavor = "multi_thread")]
async fn bodies_topics_names_and_file_names_are_only_ever_text() -> Result<()> {
    let mut stage = Stage::set().await?;
    let room = seat::room(&stage.chatd, "traps", std::slice::from_ref(&stage.carols))?;
    stage.bob.run(&["rooms", "join", "traps"])?.good()?;
    traps(&mut stage, room).await?;

    let mut glass = stage.open(WIDE)?;
    glass.wait_for("pink")?;
    glass.press("alt-2")?;
    glass.wait_for("Message #traps")?;
    glass.press("f8")?;
    glass.press("f8")?;
    // In every box that repeats what came from others.
    glass.press("ctrl-f")?;
    glass.type_in("zap")?;
    glass.wait_for("zap")?;
    glass.press("enter")?;
    glass.wait_quiet(A_WHILE)?;
    glass.press("esc")?;
    glass.wait_quiet(A_WHILE)?;
    glass.press("ctrl-k")?;
    glass.type_in("lob")?;
    glass.wait_quiet(A_WHILE)?;
    glass.press("enter")?;
    glass.wait_for("Message #lobby")?;
    glass.press("alt-up")?;
    glass.wait_for("◂")?;
    glass.press("enter")?;
    glass.wait_for("Copy the text")?;
    glass.press("esc")?;
    glass.wait_gone("Copy the text")?;
    // The newest message is the file: it is looked at, and fetched.
    glass.press("f5")?;
    glass.wait_quiet(A_WHILE)?;
    glass.press("esc")?;
    glass.wait_quiet(A_WHILE)?;
    glass.enter("/files")?;
    glass.wait_quiet(A_WHILE)?;
    glass.press("esc")?;
    glass.wait_quiet(A_WHILE)?;
    let mut carol = stage.carols.enter(&stage.chatd).await?;
    carol.say(LOBBY, "@bob left\u{202e}thgir \u{2066}and\u{200b} \u{feff}round").await?;
    glass.wait_until("a bell", |glass| 0 < glass.beside().bells)?;
    leave_clean(glass)
}

#[tokio::test(flavor = "multi_thread")]
async fn piled_accents_and_joined_emoji_stay_in_their_cells() -> Result<()> {
    let mut stage = Stage::set().await?;
    let mut glass = stage.open(WIDE)?;
    let pile = "a".to_owned() + &"\u{301}".repeat(300);
    for text in [&*pile, "👩‍👩‍👧‍👦 family", "日本語のテキスト", "﷽ long", "tab\there"]
    {
        stage.carol.say(LOBBY, text).await?;
    }
    glass.wait_for("here")?;
    // The line at the right of the log stands straight, whatever its rows say.
    let borders: Vec<_> =
        (2..34).map(|row| glass.screen().cell(row, 116).map(vt100::Cell::contents)).collect();
    assert!(borders.iter().all(|cell| *cell == Some("│")), "{}", glass.contents());
    leave_clean(glass)
}

/// Puts texts where a server of ours would take none of them: a client must not rely on its server.
async fn traps(stage: &mut Stage, room: RoomId) -> Result<()> {
    let put = |room, content| seat::put(&stage.chatd, &stage.carols, room, content);
    for body in [format!("@bob {EVIL}"), format!("/me {EVIL}")] {
        put(LOBBY, Content::Text { body: Text::new(body)?, reply_to: None })?;
    }
    put(room, Content::Topic { topic: Text::new(EVIL)? })?;
    put(room, Content::Text { body: Text::new(EVIL)?, reply_to: None })?;
    let name = format!("{EVIL}.bmp");
    let picture = tests::photo::bmp(16, 16);
    let file = cargo::bring_sealed(&mut stage.carol, LOBBY, (&name, EVIL), &picture).await?;
    put(LOBBY, Content::File { file, caption: Text::new(EVIL)?, reply_to: None })
}

fn leave_clean(glass: tests::glass::Glass) -> Result<()> {
    let written = glass.written();
    assert_eq!(trespasses(&written), Vec::<String>::new());
    let text = String::from_utf8_lossy(&written);
    assert!(
        !text.contains("\x1b[38;5;199") && !text.contains("\x1b]52"),
        "a sequence of the text's came through"
    );
    let owned: Vec<_> = asides(&written).into_iter().filter(|aside| aside.starts_with("2;OWNED")).collect();
    assert_eq!(owned, Vec::<String>::new());
    leave(glass)
}

/// A box has drawn itself, whatever is in it.
const A_WHILE: Duration = Duration::from_millis(300);
