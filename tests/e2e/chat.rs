//! Two people with the real `chat` program on a real `chatd`: joining, logging in, talking, coming back.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use client_cli::key_to_text;
use nix::sys::signal::Signal;
use serde_json::json;
use tests::http::metric;
use tests::person::{Person, hears, lines};
use tests::program::{Ended, PATIENCE, Voice};
use tests::search::until_a_file_has;
use tests::server::{Chatd, Setup};
use tests::terminal::Terminal;

fn key(chatd: &Chatd) -> Result<String> {
    Ok(key_to_text(chatd.key()?))
}

/// Ada on her own machine, Bob by invite.
fn two_people(chatd: &mut Chatd) -> Result<(Person, Person)> {
    let code = chatd.owner.code();
    let (ada, ended) = Person::log_in(chatd.owner.clone(), chatd.address(), &key(chatd)?, &code)?;
    ended.good()?;
    let bob = Person::join("bob", &chatd.invite()?)?;
    Ok((ada, bob))
}

#[test]
fn two_people_log_in_with_totp_and_talk() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, bob) = two_people(&mut chatd)?;
    let mut bobs = bob.robot()?;

    let first = ada.say("lobby", "good morning @bob, the kettle is on")?;
    let heard = bobs.hears(|line| line["seq"] == first)?;
    let said = (&heard["author"], &heard["mentions_me"], &heard["live"]);
    assert_eq!(said, (&json!("ada"), &json!(true), &json!(true)));

    let reply = bobs.ask(json!({"cmd": "send", "room": "lobby", "text": "two sugars", "reply_to": first}))?;
    let reply = reply["seq"].as_u64().with_context(|| reply.to_string())?;
    let mut adas = ada.robot()?;
    let new_text = "good morning @bob, tea is ready";
    for command in [
        json!({"cmd": "edit", "room": "lobby", "seq": first, "text": new_text}),
        json!({"cmd": "react", "room": "lobby", "seq": reply, "emoji": "👍"}),
        json!({"cmd": "create", "room": "kitchen", "topic": "tea and biscuits"}),
    ] {
        let answer = adas.ask(command)?;
        assert_eq!(answer["ok"], json!(true), "{answer}");
    }
    bobs.hears(|line| line["kind"] == "reaction" && line["target"] == reply && line["author"] == "ada")?;
    drop(bobs);

    let history = lines(&bob.run(&["history", "--json"])?.good()?)?;
    let of = |seq: u64| history.iter().find(|line| line["seq"] == seq).context("not in the history");
    assert_eq!(of(first)?["text"], new_text);
    assert_eq!(of(reply)?["reply_to"], json!(first));
    assert_eq!(of(reply)?["reactions"], json!([{"emoji": "👍", "count": 1, "mine": false}]));

    let found =
        |words: &str| -> Result<usize> { Ok(lines(&bob.run(&["search", "--json", words])?.good()?)?.len()) };
    assert!(0 < found("tea")?, "the new text is found");
    assert_eq!(found("kettle")?, 0, "the text before the edit is not");

    bob.run(&["rooms", "join", "kitchen"])?.good()?;
    let members = lines(&bob.run(&["members", "--room", "kitchen", "--json"])?.good()?)?;
    let mut names: Vec<_> = members.iter().filter_map(|line| line["name"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["ada", "bob"]);
    Ok(())
}

#[test]
fn a_wrong_name_a_wrong_password_and_a_wrong_code_are_one_answer() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let key = key(&chatd)?;
    let address = chatd.address();
    let ada = chatd.owner.clone();
    let attempt = |name: &str, password: &str, code: &str| -> Result<Ended> {
        let mut account = ada.clone();
        (account.name, account.password) = (name.to_owned(), password.to_owned());
        Ok(Person::log_in(account, address, &key, code)?.1)
    };
    let good = chatd.owner.code();
    let wrong = [
        attempt("nobody", &ada.password, &good)?,
        attempt("ada", "correct horse ada battery stable", &good)?,
        attempt("ada", &ada.password, &ada.wrong_code())?,
    ];
    for ended in &wrong {
        assert_eq!((ended.code(), &ended.stdout), (Some(3), &wrong[0].stdout), "{}", ended.stderr);
        assert_eq!(ended.stderr, wrong[0].stderr);
    }
    println!("all three hear: {}", wrong[0].stderr.trim());
    // Nothing of that used the code up or locked her out.
    attempt("ada", &ada.password, &good)?.good()?;
    Ok(())
}

#[test]
fn a_code_is_good_once_and_so_is_a_recovery_code() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (key, address) = (key(&chatd)?, chatd.address());
    let code = chatd.owner.code();
    let recovery = chatd.owner.recovery.first().context("a recovery code")?.clone();
    let log_in = |code: &str| -> Result<Option<i32>> {
        Ok(Person::log_in(chatd.owner.clone(), address, &key, code)?.1.code())
    };
    assert_eq!(log_in(&code)?, Some(0));
    assert_eq!(log_in(&code)?, Some(3));
    assert_eq!(log_in(&recovery)?, Some(0));
    assert_eq!(log_in(&recovery)?, Some(3));
    Ok(())
}

#[test]
fn an_invite_is_good_once_and_a_refused_registration_leaves_it_good() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let link = chatd.invite()?;
    assert!(Person::join("admin\u{202e}", &link).is_err(), "a name that cannot be");
    Person::join("bob", &link)?;
    let again = format!("{:#}", Person::join("carol", &link).err().context("a used invite is good again")?);
    assert!(again.contains("invite"), "{again}");
    let forged = link.replace("/i/", "/i/a");
    assert!(Person::join("carol", &forged).is_err());
    Ok(())
}

#[test]
fn the_same_device_connecting_twice_keeps_the_newer_and_tells_the_older() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, bob) = two_people(&mut chatd)?;
    let copied = bob.copied()?;
    let older = bob.listen()?;
    let mut newer = copied.listen()?;
    let told = older.wait(PATIENCE)?;
    println!("the older hears: {}", told.stderr.trim());
    assert_ne!(told.code(), Some(0), "{}", told.stderr);
    assert!(told.stderr.contains("device"), "{}", told.stderr);
    let seq = ada.say("lobby", "who hears this?")?;
    hears(&mut newer, |line| line["seq"] == seq)?;

    // Another device of the same account is nobody's rival.
    let recovery = chatd.owner.recovery.first().context("a recovery code")?.clone();
    let (second, ended) = Person::log_in(chatd.owner.clone(), chatd.address(), &key(&chatd)?, &recovery)?;
    ended.good()?;
    let (mut one, mut other) = (ada.robot()?, second.robot()?);
    let said = one.ask(json!({"cmd": "send", "room": "lobby", "text": "and this?"}))?;
    one.hears(|line| line["type"] == "message" && line["seq"] == said["seq"])?;
    other.hears(|line| line["type"] == "message" && line["seq"] == said["seq"])?;
    Ok(())
}

#[test]
fn sigterm_says_goodbye_loses_nothing_and_clients_come_back_by_themselves() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, bob) = two_people(&mut chatd)?;
    let mut ears = bob.listen()?;
    let before = ada.say("lobby", "before the restart")?;
    hears(&mut ears, |line| line["seq"] == before)?;

    let ended = chatd.stop()?;
    assert_eq!(ended.code(), Some(0), "{}", ended.stderr);
    let away = hears(&mut ears, |line| line["type"] == "offline")?;
    println!("while the server is away: {}", away["detail"]);
    assert_eq!(ada.run(&["--timeout", "2", "send", "nobody there"])?.code(), Some(2));

    chatd.start()?;
    let after = ada.say("lobby", "after the restart")?;
    let heard = hears(&mut ears, |line| line["seq"] == after)?;
    assert_eq!(heard["text"], "after the restart");
    let said = lines(&ears.said(Voice::Stdout))?;
    let seqs: Vec<_> =
        said.iter().filter(|line| line["type"] == "message").map(|line| &line["seq"]).collect();
    assert_eq!(seqs, [&json!(before), &json!(after)], "each message once, in order");
    Ok(())
}

#[test]
fn sighup_takes_settings_up_and_cuts_nobody() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, bob) = two_people(&mut chatd)?;
    let mut ears = bob.listen()?;
    let file = chatd.data().join("chatd.toml");
    let open = std::fs::read_to_string(&file)?;
    let closed = open.replace("[registration]", "[registration]\nmode = \"closed\"");
    assert_ne!(open, closed);
    let link = chatd.invite()?;

    std::fs::write(&file, &closed)?;
    chatd.process()?.signal(Signal::SIGHUP)?;
    wait_for_reload(&mut chatd, 1)?;
    assert!(Person::join("carol", &link).is_err(), "registration is closed");

    std::fs::write(&file, "this is not toml")?;
    chatd.process()?.signal(Signal::SIGHUP)?;
    wait_for_reload(&mut chatd, 2)?;
    assert!(Person::join("carol", &link).is_err(), "broken settings change nothing");

    std::fs::write(&file, &open)?;
    chatd.process()?.signal(Signal::SIGHUP)?;
    wait_for_reload(&mut chatd, 3)?;
    Person::join("carol", &link)?;

    let seq = ada.say("lobby", "still here")?;
    hears(&mut ears, |line| line["seq"] == seq)?;
    assert!(!ears.said(Voice::Stdout).contains("offline"), "nobody was cut");
    Ok(())
}

/// The daemon says in its log what became of each SIGHUP.
fn wait_for_reload(chatd: &mut Chatd, count: usize) -> Result<()> {
    let mut seen = 0;
    chatd.process()?.line(|line| {
        seen += usize::from(line.contains("settings"));
        (count <= seen).then_some(())
    })
}

#[test]
fn a_message_typed_while_the_server_is_away_survives_both_and_is_sent_once() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, bob) = two_people(&mut chatd)?;
    let mut screen = Terminal::start(&ada.chat(&["--plain"]))?;
    screen.until("lobby")?;
    ada_is_connected(&chatd)?;
    chatd.kill()?;
    screen.type_line("written in the dark")?;
    until_a_file_has(ada.home(), ".unsent", b"written in the dark")?;
    drop(screen);

    chatd.start()?;
    let mut ears = bob.robot()?;
    let mut hands = ada.robot()?;
    let light = hands.ask(json!({"cmd": "send", "room": "lobby", "text": "light again"}))?;
    ears.hears(|line| line["type"] == "message" && line["seq"] == light["seq"])?;
    drop(ears);
    let history = lines(&bob.run(&["history", "--json"])?.good()?)?;
    let texts: Vec<_> = history.iter().filter_map(|line| line["text"].as_str()).collect();
    assert_eq!(texts, ["written in the dark", "light again"]);
    Ok(())
}

fn ada_is_connected(chatd: &Chatd) -> Result<String> {
    chatd.metrics_until(|page| metric(page, "chatd_sessions") == Some(1.0))
}

#[test]
fn a_server_with_another_key_is_refused_before_anything_is_said() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, _) = two_people(&mut chatd)?;
    let address = chatd.address();
    chatd.stop()?.good()?;
    let mut imposter = Setup::quick().make()?;
    start_on(&mut imposter, address)?;
    let refused = ada.run(&["send", "hello?"])?;
    assert_eq!(refused.code(), Some(5), "{}", refused.stderr);
    println!("{}", refused.stderr.trim());
    Ok(())
}

fn start_on(chatd: &mut Chatd, address: SocketAddr) -> Result<()> {
    chatd.listen_on(address);
    chatd.start()?;
    assert_eq!(chatd.address(), address);
    Ok(())
}
