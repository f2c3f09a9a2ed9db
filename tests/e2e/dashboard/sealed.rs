//! A ban in the browser takes the keys of a sealed room away from whom it hits, and the others go on.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use proto::message::{Content, EvictWhy};
use serde_json::{Value, json};
use tests::account::Account;
use tests::browser::Browser;
use tests::dashboard::Dashboard;
use tests::person::{Person, Robot};
use tests::program::Voice;
use tests::search::{Place, found};
use tests::server::{Chatd, Setup};
use tests::{memory, thief};

const NAME: &str = "harbour-of-quiet-ropes";
const ROOM: &str = "~harbour-of-quiet-ropes";
const TOPIC: &str = "who ties which knot at which bollard";
const BEFORE: &str = "the tide table lies under the blue stone";
const BETWEEN: &str = "carol keeps a copy of her keys from here on";
const AFTER: &str = "the boat leaves at six without the fourth oar";
const IN_THE_LOBBY: &str = "words-that-the-server-may-read-4f1b";

#[test]
fn a_ban_in_the_browser_takes_the_keys_away_and_the_others_go_on() -> Result<()> {
    let mut chatd = Setup::quick().set("log.level", "trace").start()?;
    let dashboard = Dashboard::start(&chatd)?;
    let mut owner = chatd.owner.clone();
    let people = ["bob", "carol", "mallory"].map(|name| Person::join(name, &chatd.invite()?));
    let [bob, carol, mallory] = people;
    let (bob, carol, mallory) = (bob?, carol?, mallory?);
    let (mut bobs, mut carols, mut mallorys) = (bob.robot()?, carol.robot()?, mallory.robot()?);

    good(&bobs.ask(json!({"cmd": "create", "room": NAME, "topic": TOPIC, "sealed": true}))?)?;
    for (name, robot) in [("carol", &mut carols), ("mallory", &mut mallorys)] {
        good(&bobs.ask(json!({"cmd": "invite", "room": ROOM, "name": name}))?)?;
        robot.hears(|line| line["about"] == "joined").with_context(|| format!("{name} comes in"))?;
    }
    say(&mut bobs, BEFORE)?;
    for robot in [&mut carols, &mut mallorys] {
        robot.hears(|line| line["text"] == BEFORE).context("everybody in the room reads")?;
    }

    let pressed = ban(&dashboard, &mut owner)?;
    mallorys.hears(|line| line["type"] == "stopped").context("mallory is out")?;
    let closed = pressed.elapsed();
    carols
        .hears(|line| line["about"] == "members" && words(line).contains("mallory"))
        .context("who is gone")?;
    let evicted = pressed.elapsed();
    say(&mut bobs, BETWEEN)?;
    carols.hears(|line| line["text"] == BETWEEN).context("the others go on")?;

    // Carol's keys of this moment, and the banned device's: both meet what is said afterwards.
    carols.kill()?;
    let copy = carol.copied()?;
    say(&mut bobs, AFTER)?;
    let mut places = memory::of_process(chatd.process()?.id())?;
    let mut carols = carol.robot()?;
    let history = carols.ask(json!({"cmd": "history", "room": ROOM}))?;
    ensure!(history.to_string().contains(AFTER), "carol catches up: {history}");
    places.extend(memory_with_the_lobby(&mut chatd, &mut bobs)?);

    let log = thief::log(&chatd, &bob)?;
    let asked = log.iter().find_map(|entry| match entry.content {
        Content::Evict { why, .. } => Some((entry.at, entry.author, why)),
        _ => None,
    });
    let (asked_at, _, why) = asked.context("the server asked for the eviction")?;
    assert_eq!(why, EvictWhy::Banned);
    let done_at = log.iter().rfind(|entry| matches!(entry.content, Content::Commit { .. }));
    let took_ms = done_at.context("somebody carried it out")?.at.0 - asked_at.0;

    let friend = thief::read(&chatd, &copy, &log)?;
    assert_eq!(friend.texts, [AFTER], "a member's keys open what is new to them");
    let enemy = thief::read(&chatd, &mallory, &log)?;
    assert_eq!(
        enemy.texts,
        Vec::<String>::new(),
        "the keys of the banned device open nothing that came after"
    );
    ensure!(thief::read(&chatd, &mallory, &thief::messages(&log))?.texts.is_empty(), "nor each by itself");

    shown(&dashboard, &mut owner)?;
    let figures = chatd.metrics()?;
    assert!(figures.contains("chatd_sealed_evictions_pending 0"), "{figures}");
    nowhere(&mut chatd, &mut places)?;
    println!(
        "from the click to the closed connection {closed:?}, to the eviction {evicted:?} (as people saw it); at the \
         server {took_ms} ms from the removal it asked for to the commit"
    );
    Ok(())
}

fn say(robot: &mut Robot, words: &str) -> Result<()> {
    good(&robot.ask(json!({"cmd": "send", "room": ROOM, "text": words}))?)
}

/// Says something in the lobby until the server's memory is caught with it; what was said is soon overwritten there.
fn memory_with_the_lobby(chatd: &mut Chatd, robot: &mut Robot) -> Result<Vec<Place>> {
    let words = [("the lobby's words".to_owned(), IN_THE_LOBBY.as_bytes().to_vec())];
    let mut memory = Vec::new();
    for _ in 0..10 {
        good(&robot.ask(json!({"cmd": "send", "room": "lobby", "text": IN_THE_LOBBY}))?)?;
        memory = memory::of_process(chatd.process()?.id())?;
        if !found(&memory, &words).is_empty() {
            break;
        }
    }
    Ok(memory)
}

fn good(answer: &Value) -> Result<()> {
    ensure!(answer["ok"] == true, "{answer}");
    Ok(())
}

fn words(line: &Value) -> &str {
    line["text"].as_str().unwrap_or_default()
}

/// Bans mallory as a moderator does; returns the moment of the last click.
fn ban(dashboard: &Dashboard, owner: &mut Account) -> Result<Instant> {
    Browser::with(|browser| {
        dashboard.log_in(browser, owner)?;
        browser.open(&dashboard.url("/bans/new"))?;
        browser.choose("Kind of target", "An account")?;
        browser.fill("Name, number or address", "@mallory")?;
        browser.choose("Measure", "ban")?;
        browser.fill("Details the person reads", "Threats in a sealed room")?;
        browser.press("Show whom it hits")?;
        browser.sees("mallory")?;
        let pressed = Instant::now();
        browser.click("button[name=step][value=do]")?;
        Ok(pressed)
    })
}

/// The dashboard says that the keys are gone, from where and by whom, and knows no name of the room.
fn shown(dashboard: &Dashboard, owner: &mut Account) -> Result<()> {
    Browser::with(|browser| {
        dashboard.log_in(browser, owner)?;
        browser.open(&dashboard.url("/bans/1"))?;
        let ban = browser.shows("main")?;
        for part in ["mallory", "sealed room #2", "epoch 2"] {
            ensure!(ban.contains(part), "{part} is not on the page: {ban}");
        }
        ensure!(ban.contains("bob") || ban.contains("carol"), "it does not say who changed the keys: {ban}");
        browser.is_clean()?;
        browser.open(&dashboard.url("/sealed"))?;
        let rooms = browser.shows("main")?;
        ensure!(rooms.contains("Sealed room #2") && !rooms.contains("pending"), "{rooms}");
        ensure!(!rooms.contains(NAME) && !ban.contains(NAME), "the room's name is known: {rooms}");
        browser.is_clean()
    })
}

/// What was said, and the room's name and topic, are in none of the server's memory, files, log and figures; what was
/// said in the lobby is.
fn nowhere(chatd: &mut Chatd, places: &mut Vec<Place>) -> Result<()> {
    let process = chatd.process()?;
    places.extend(memory::of_process(process.id())?);
    places.push(Place::new("/metrics", chatd.metrics()?));
    places.extend(Place::files(&chatd.data(), &["keys"])?);
    let process = chatd.process()?;
    places.push(Place::new("stdout", process.said(Voice::Stdout)));
    places.push(Place::new("stderr", process.said(Voice::Stderr)));
    let secrets = [NAME, TOPIC, BEFORE, BETWEEN, AFTER];
    let needles = secrets.map(|secret| (secret.to_owned(), secret.as_bytes().to_vec()));
    assert_eq!(found(places, &needles), Vec::<String>::new());
    let control = [("the lobby's words".to_owned(), IN_THE_LOBBY.as_bytes().to_vec())];
    let where_it_is = found(places, &control);
    for kind in ["memory ", ".db"] {
        assert!(where_it_is.iter().any(|line| line.contains(kind)), "not in {kind}: {where_it_is:?}");
    }
    Ok(())
}
