//! What must never be written anywhere, and what must never reach a terminal.

use anyhow::{Context, Result};
use client_cli::key_to_text;
use proto::limits;
use proto::message::Content;
use proto::text::Text;
use tests::person::Person;
use tests::program::Voice;
use tests::search::{Place, found};
use tests::seat::{self, LOBBY};
use tests::server::{Chatd, Setup};
use tests::terminal::Terminal;

#[test]
fn passwords_codes_and_keys_are_in_no_file_no_log_line_and_no_metric() -> Result<()> {
    let mut chatd = Setup::quick().set("log.level", "trace").start()?;
    let link = chatd.invite()?;
    let bob = Person::join("bob", &link)?;
    let (ada, ended) = log_in(&mut chatd)?;
    ended.good()?;
    // A mistyped password and a mistyped recovery code are secrets too: they are nearly the right ones.
    let mut mistyped = chatd.owner.clone();
    mistyped.password = "correct horse ada battery stapel".to_owned();
    let wrong_recovery = "wr0n-gc0d-e000-x9y8";
    let (_, ended) = Person::log_in(mistyped.clone(), chatd.address(), &key(&chatd)?, wrong_recovery)?;
    assert_eq!(ended.code(), Some(3));
    ada.say("lobby", "marker-of-an-open-room")?;
    bob.run(&["whoami"])?.good()?;

    let token = link.split("/i/").nth(1).and_then(|rest| rest.split('#').next()).context("a token")?;
    let mut needles = [ada.account.secrets(), bob.account.secrets(), mistyped.secrets()].concat();
    needles.push(("the mistyped recovery code".to_owned(), wrong_recovery.into()));
    needles.push(("the invite's token".to_owned(), token.into()));
    for person in [&ada, &bob] {
        let key = person.device_key()?;
        needles.push((format!("the device key of {}", person.account.name), key));
    }
    let places = everything_written(&mut chatd)?;
    assert_eq!(found(&places, &needles), Vec::<String>::new());

    // The same search finds what is there: the message in the database, the secrets where they belong.
    let marker = [("the message".to_owned(), b"marker-of-an-open-room".to_vec())];
    assert!(!found(&places, &marker).is_empty(), "an open room's text lies in the database as it is");
    let at_home = Place::files(bob.home(), &[])?;
    assert!(6 < found(&at_home, &needles).len(), "the search does not find what is there");
    let bytes: usize = places.iter().map(|place| place.bytes.len()).sum();
    println!("{} secrets looked for in {} places, {bytes} bytes", needles.len(), places.len());
    Ok(())
}

fn log_in(chatd: &mut Chatd) -> Result<(Person, tests::program::Ended)> {
    let code = chatd.owner.code();
    Person::log_in(chatd.owner.clone(), chatd.address(), &key(chatd)?, &code)
}

fn key(chatd: &Chatd) -> Result<String> {
    Ok(key_to_text(chatd.key()?))
}

/// The data folder while the daemon runs and after it has stopped, its log, its metrics.
fn everything_written(chatd: &mut Chatd) -> Result<Vec<Place>> {
    let mut places = Place::files(&chatd.data(), &["keys"])?;
    places.push(Place::new("/metrics", chatd.metrics()?));
    let process = chatd.process()?;
    places.push(Place::new("stdout", process.said(Voice::Stdout)));
    places.push(Place::new("stderr", process.said(Voice::Stderr)));
    let ended = chatd.stop()?;
    places.push(Place::new("stderr at the end", ended.stderr));
    places.extend(Place::files(&chatd.data(), &["keys"])?);
    Ok(places)
}

/// Everything a terminal obeys, and everything that shows a line other than it is.
const HOSTILE: &[&str] = &[
    "\u{1b}]0;owned\u{7}title",
    "\u{1b}[2J\u{1b}[1;1Hscreen",
    "\u{9b}31mred",
    "\u{1b}]52;c;b3duZWQ=\u{7}clipboard",
    "\u{1b}P+q544e\u{1b}\\question",
    "left\u{202e}thgir",
    "hid\u{200b}\u{2060}den",
    "\u{2066}isolate\u{2069}",
    "over\rwritten",
    "back\u{8}\u{8}space",
    "bell\u{7}bell",
    "null\u{0}null\u{7f}",
];

#[test]
fn nothing_remote_reaches_a_terminal_but_text() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, ended) = log_in(&mut chatd)?;
    ended.good()?;
    let mallory = seat::seats(&chatd, &["mallory"])?.remove(0);
    // Straight into the database: no server of ours would take it, and a client must not rely on that.
    for text in HOSTILE {
        seat::put(&chatd, &mallory, LOBBY, Content::Text { body: Text::new(*text)?, reply_to: None })?;
    }
    let topic: Text<{ limits::TOPIC }> = Text::new(HOSTILE.concat())?;
    seat::put(&chatd, &mallory, LOBBY, Content::Topic { topic })?;
    for words in [
        &["history"][..],
        &["rooms"],
        &["rooms", "--all"],
        &["search", "title"],
        &["tail", "--last", "20", "--count", "12"],
        &["members"],
    ] {
        let mut terminal = Terminal::start(ada.chat(words).env("NO_COLOR", "1"))?;
        terminal.wait()?;
        harmless(&terminal.written()).with_context(|| words.join(" "))?;
    }
    let mut plain = Terminal::start(ada.chat(&["--plain"]).env("NO_COLOR", "1"))?;
    plain.until("null")?;
    plain.type_line("/search written")?;
    plain.until("/search written")?;
    plain.until("over")?;
    plain.type_line("/quit")?;
    plain.wait()?;
    harmless(without_own_sequences(&plain.written())?.as_bytes()).context("the line mode")?;

    // The check sees each of these when it comes through.
    for text in HOSTILE {
        assert!(harmless(text.as_bytes()).is_err(), "{text:?} passes the check");
    }
    harmless("ordinary 日本語 👩\u{200d}🚀 text\r\n".as_bytes())
}

/// Takes out what the line editor itself writes: bracketed paste, one update at once, clear the line, go to a column.
fn without_own_sequences(written: &[u8]) -> Result<String> {
    let mut rest = str::from_utf8(written).context("not text")?;
    let mut left = String::new();
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        left.push_str(before);
        let fixed =
            ["?2004h", "?2004l", "?2026h", "?2026l", "K"].iter().find_map(|own| after.strip_prefix(own));
        let column = || after.trim_start_matches(|digit: char| digit.is_ascii_digit()).strip_prefix('C');
        rest = fixed.or_else(column).with_context(|| format!("not the editor's: {after:?}"))?;
        // Its carriage returns stand next to these.
        left.truncate(left.trim_end_matches('\r').len());
    }
    Ok(left + rest)
}

/// A line may end, a tab may stand, emoji may be joined; nothing else that is not a letter to be seen.
fn harmless(written: &[u8]) -> Result<()> {
    let text = String::from_utf8(written.to_vec()).context("not text")?;
    let text = text.replace("\r\n", "\n").replace("👩\u{200d}🚀", "");
    let bad = |letter: &char| match *letter {
        '\n' | '\t' => false,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => true,
        letter => letter.is_control(),
    };
    match text.chars().find(bad) {
        None => Ok(()),
        Some(letter) => anyhow::bail!("{letter:?} was written in {text:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_takes_no_control_characters_from_anybody() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let mallory = seat::seats(&chatd, &["mallory"])?.remove(0);
    let mut peer = mallory.enter(&chatd).await?;
    for text in HOSTILE.iter().filter(|text| text.chars().any(char::is_control)) {
        assert!(peer.say(LOBBY, text).await.is_err(), "{text:?} was accepted");
    }
    peer.say(LOBBY, "text, a\ttab and\na second line").await?;
    Ok(())
}
