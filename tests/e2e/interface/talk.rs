//! Talking: two people, rooms, mentions, what can be done with a message, what calls somebody.

use anyhow::Result;
use tests::seat::{self, LOBBY};
use tests::terminal::Size;

use crate::stage::{Stage, USUAL, WIDE, accepted, leave, listed, online, open, row, say};

#[tokio::test(flavor = "multi_thread")]
async fn two_people_talk_and_each_sees_what_becomes_of_it() -> Result<()> {
    let mut stage = Stage::set().await?;
    let ada = stage.ada()?;
    let (mut adas, mut bobs) = (open(&ada, WIDE)?, stage.open(USUAL)?);

    say(&mut adas, "good morning, the kettle is on")?;
    bobs.wait_for("the kettle is on")?;
    assert_eq!(
        row(&bobs, "the kettle is on"),
        "                 │00:00 ada        good morning, the kettle is on"
    );

    // A reply through the menu of the chosen message.
    bobs.press("alt-up")?;
    bobs.wait_for("◂")?;
    bobs.press("enter")?;
    bobs.wait_for("Reply")?;
    bobs.press("r")?;
    bobs.wait_for("/reply 1")?;
    bobs.enter("two sugars")?;
    adas.wait_for("two sugars")?;
    adas.wait_for("↪ ada: good morning")?;

    adas.enter("/react 2 👍")?;
    bobs.wait_for("[👍 1]")?;
    bobs.enter("/edit 2 three sugars")?;
    adas.wait_for("three sugars (edited)")?;
    adas.wait_gone("two sugars")?;
    bobs.enter("/delete 2")?;
    bobs.wait_for("Cancel")?;
    bobs.press("2")?;
    adas.wait_for("(removed)")?;
    leave(adas)?;
    leave(bobs)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_elsewhere_is_counted_rings_once_and_is_found_by_key() -> Result<()> {
    let mut stage = Stage::set().await?;
    stage.bob.prefers("[notify]\nterminal = \"osc777\"\n")?;
    stage.bob.run(&["rooms", "create", "kitchen"])?.good()?;
    stage.bob.run(&["rooms", "create", "garden"])?.good()?;
    let room = seat::room(&stage.chatd, "workshop", std::slice::from_ref(&stage.carols))?;
    stage.bob.run(&["rooms", "join", "workshop"])?.good()?;
    let mut glass = stage.open(WIDE)?;
    glass.wait_for("#workshop")?;

    // What happened before is read first; rooms begin with somebody making them.
    glass.press("alt-4")?;
    glass.wait_for("Message #workshop")?;
    glass.press("alt-1")?;
    glass.wait_until("nothing unread", |glass| listed(glass, "#workshop").ends_with("#workshop"))?;

    stage.carol.say(room, "the saw is sharp again").await?;
    glass.wait_until("one unread", |glass| listed(glass, "#workshop").ends_with(" 1"))?;
    assert_eq!(glass.beside().bells, 0, "nobody was called");
    stage.carol.say(room, "@bob is that your glove?").await?;
    glass.wait_until("a bell", |glass| glass.beside().bells == 1)?;
    glass.wait_until("a count", |glass| listed(glass, "#workshop").ends_with("@1 2"))?;
    assert_eq!(listed(&glass, "#workshop"), "4 #workshop      @1 2");
    assert_eq!(
        glass.beside().notices,
        ["777;notify;carol mentions you in #workshop;@bob is that your glove?"]
    );
    glass.wait_until("a title", |glass| {
        glass.beside().titles.last().is_some_and(|title| title.contains("1 mention"))
    })?;

    glass.press("alt-a")?;
    glass.wait_for("the saw is sharp")?;
    glass.wait_for(" new ")?;
    glass.wait_until("no count", |glass| listed(glass, "#workshop").ends_with("#workshop"))?;
    glass.press("ctrl-k")?;
    glass.type_in("kit")?;
    glass.wait_for("kit")?;
    glass.press("enter")?;
    glass.wait_for("Message #kitchen")?;
    glass.press("alt-1")?;
    glass.wait_for("Message #lobby")?;
    leave(glass)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_open_room_calls_only_while_the_window_is_not_looked_at() -> Result<()> {
    let mut stage = Stage::set().await?;
    let mut glass = stage.open(USUAL)?;
    glass.focus(true)?;
    stage.carol.say(LOBBY, "@bob one").await?;
    glass.wait_for("@bob one")?;
    glass.focus(false)?;
    stage.carol.say(LOBBY, "@bob two").await?;
    glass.wait_until("a bell", |glass| glass.beside().bells == 1)?;
    glass.wait_for("@bob two")?;
    glass.focus(true)?;
    stage.carol.say(LOBBY, "@bob three").await?;
    glass.wait_for("@bob three")?;
    // A bell would have been written before the message was drawn.
    assert_eq!(glass.beside().bells, 1);
    leave(glass)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_room_lets_only_mentions_through() -> Result<()> {
    let mut stage = Stage::set().await?;
    stage.bob.prefers("[notify]\nwhen = \"all\"\n")?;
    let room = seat::room(&stage.chatd, "workshop", std::slice::from_ref(&stage.carols))?;
    stage.bob.run(&["rooms", "join", "workshop"])?.good()?;
    let mut glass = stage.open(USUAL)?;
    glass.wait_for("#workshop")?;
    glass.press("alt-2")?;
    glass.wait_for("Message #workshop")?;
    glass.press("alt-1")?;
    glass.wait_for("Message #lobby")?;
    let before = glass.beside().bells;
    stage.carol.say(room, "hammering begins").await?;
    glass.wait_until("a bell", |glass| glass.beside().bells == before + 1)?;
    glass.enter("/quiet #workshop")?;
    glass.wait_until("the mark", |glass| listed(glass, "#workshop").ends_with("z1"))?;
    stage.carol.say(room, "hammering goes on").await?;
    glass.wait_until("two unread", |glass| listed(glass, "#workshop").ends_with("z2"))?;
    stage.carol.say(room, "@bob hold this").await?;
    glass.wait_until("the second bell", |glass| glass.beside().bells == before + 2)?;
    leave(glass)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_room_says_so_and_an_open_one_that_the_server_reads() -> Result<()> {
    let stage = Stage::set().await?;
    let mut glass = stage.open(Size::of(140, 24))?;
    glass.wait_for("open: the server can read")?;
    glass.enter("/create --sealed board plans")?;
    glass.wait_for("Message ~board")?;
    glass.wait_for("sealed: MLS, only members read")?;
    say(&mut glass, "between us")?;
    assert_eq!(listed(&glass, "~board"), "›2 ~board");
    leave(glass)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ban_while_typing_keeps_the_words_and_gives_the_reason() -> Result<()> {
    let mut stage = Stage::set().await?;
    let ada = stage.ada()?;
    let mut glass = stage.open(USUAL)?;
    glass.type_in("I was just about to")?;
    glass.wait_for("about to")?;
    ada.robot()?.ask(serde_json::json!({"cmd": "ban", "name": "bob", "reason": "sold watches"}))?;
    glass.wait_for("sold watches")?;
    glass.press("esc")?;
    glass.wait_gone("Esc closes")?;
    glass.wait_for("✕ disconnected")?;
    glass.wait_for("about to")?;
    // What is said above can still be read, and the line still be typed.
    glass.type_in(" explain")?;
    glass.wait_for("about to explain")?;
    glass.press("ctrl-c")?;
    glass.wait_gone("explain")?;
    glass.press("ctrl-c")?;
    glass.wait_for("once more")?;
    glass.press("ctrl-c")?;
    assert_eq!(glass.wait()?.code(), Some(4));
    glass.is_given_back()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_server_is_away_the_state_is_seen_and_what_is_said_arrives_once() -> Result<()> {
    let mut stage = Stage::set().await?;
    let mut glass = stage.open(WIDE)?;
    say(&mut glass, "before")?;
    stage.chatd.kill()?;
    glass.wait_for("○ offline")?;
    glass.enter("written in the dark")?;
    glass.wait_for("… ")?;
    stage.chatd.start()?;
    online(&mut glass)?;
    accepted(&mut glass, "written in the dark")?;
    let texts = stage.carols.enter(&stage.chatd).await?.texts(LOBBY).await?;
    assert_eq!(texts, ["before", "written in the dark"]);
    leave(glass)
}
