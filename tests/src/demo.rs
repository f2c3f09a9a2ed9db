//! The story that `cargo xtask demo` tells: a server, two people, a short conversation, and who can see what of it.
//!
//! Everything is real: the daemon, the client program, the encrypted connection. A claim that is not true ends it.

use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use client_cli::key_to_text;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::person::Person;
use crate::photo;
use crate::program::Ended;
use crate::proxy::{Proxy, Way};
use crate::search::Place;
use crate::server::{Chatd, Setup};

/// Plays the story to its end and stops everything it started.
///
/// # Errors
/// When a step fails or something that is claimed is not so.
pub fn play() -> Result<()> {
    let runtime = Runtime::new()?;
    let mut stage = Stage::set(&runtime)?;
    let cast = stage.let_people_in()?;
    stage.let_them_talk(&cast)?;
    stage.show_what_crossed_the_wire()?;
    stage.show_what_lies_on_disk(&cast)?;
    stage.hide_a_message_in_a_picture(&cast)?;
    stage.show_metrics()?;
    stage.offer_the_client(&cast)?;
    stage.end()
}

/// Words of the conversation that are looked for afterwards.
const SECRET_WORDS: &str = "the kettle is on at half past four";
const NEW_WORDS: &str = "the kettle is on at a quarter to five";
const ANSWER: &str = "two sugars, please";
const HIDDEN_WORDS: &str = "the spare key is under the third pot";
const PASSPHRASE: &str = "a swarm of bees in may";

/// What the client learns about a terminal, and how the person wants it to look.
const TERMINAL: &[&str] = &[
    "TERM",
    "COLORTERM",
    "TERM_PROGRAM",
    "LC_TERMINAL",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "NO_COLOR",
    "TMUX",
    "SSH_CONNECTION",
    "SSH_TTY",
    "VISUAL",
    "EDITOR",
    "KITTY_WINDOW_ID",
    "WEZTERM_PANE",
    "GHOSTTY_RESOURCES_DIR",
];

struct Stage {
    chatd: Chatd,
    /// Between everybody and the server: it writes down what passes.
    proxy: Proxy,
}

struct Cast {
    ada: Person,
    bob: Person,
}

impl Stage {
    fn set(runtime: &Runtime) -> Result<Self> {
        title("A server of its own");
        let chatd = Setup::default().set("limits.new_connections_per_minute", "1000").start()?;
        let proxy = runtime.block_on(Proxy::recording(chatd.address()))?;
        tell("chatd init", "made keys, settings, a database and Ada's account (owner): password and TOTP");
        tell("chatd run", &format!("lets people in at {}", chatd.address()));
        tell("a listener", &format!("stands in between at {} and writes down every byte", proxy.address()));
        Ok(Self { chatd, proxy })
    }

    fn let_people_in(&mut self) -> Result<Cast> {
        title("Password, second factor, device key");
        let key = key_to_text(self.chatd.key()?);
        let owner = self.chatd.owner.clone();
        let (_, refused) = Person::log_in(owner.clone(), self.proxy.address(), &key, &owner.wrong_code())?;
        ensure!(refused.code() == Some(3), "a wrong code let somebody in");
        tell("ada, wrong code", first_line(&refused.stderr));
        let code = self.chatd.owner.code();
        let (ada, ended) = Person::log_in(owner, self.proxy.address(), &key, &code)?;
        let said = ended.stderr.clone();
        ended.good()?;
        tell("ada, right code", first_line(&said));
        let link = self.chatd.through(&self.chatd.invite()?, self.proxy.address())?;
        tell("chatd invite", &link);
        let bob = Person::join("bob", &link)?;
        tell("bob, chat join", "has an account, an authenticator and ten recovery codes");
        Ok(Cast { ada, bob })
    }

    fn let_them_talk(&self, cast: &Cast) -> Result<()> {
        title("What they say, as Bob's client decrypts it");
        let first = cast.ada.say("lobby", &format!("@bob {SECRET_WORDS}"))?;
        let mut bob = cast.bob.robot()?;
        let sent = json!({"cmd": "send", "room": "lobby", "text": ANSWER, "reply_to": first});
        let reply = done(&bob.ask(sent)?)?["seq"].as_u64().context("no number")?;
        drop(bob);
        let mut ada = cast.ada.robot()?;
        let text = format!("@bob {NEW_WORDS}");
        done(&ada.ask(json!({"cmd": "edit", "room": "lobby", "seq": first, "text": text}))?)?;
        done(&ada.ask(json!({"cmd": "react", "room": "lobby", "seq": reply, "emoji": "👍"}))?)?;
        drop(ada);
        let history = cast.bob.run(&["history"])?.good()?;
        ensure!(history.contains(NEW_WORDS) && !history.contains(SECRET_WORDS), "the edit is not shown");
        print_indented(&history);
        let found = cast.bob.run(&["search", "sugars"])?.good()?;
        ensure!(found.contains(ANSWER), "the search does not find it");
        say("and when he searches for \"sugars\":");
        print_indented(&found);
        Ok(())
    }

    fn show_what_crossed_the_wire(&self) -> Result<()> {
        title("The same on the wire");
        let (up, down) = (self.proxy.bytes(Way::Up), self.proxy.bytes(Way::Down));
        for (way, bytes) in [("clients sent", &up), ("the server sent", &down)] {
            let middle = bytes.len() / 2;
            tell(way, &format!("{} bytes, for example", bytes.len()));
            print_indented(&hex(&bytes[middle..bytes.len().min(middle + 96)]));
        }
        let wire = Place::new("the wire", [up, down].concat());
        for words in [SECRET_WORDS, NEW_WORDS, ANSWER, "kettle", "lobby", "battery staple"] {
            ensure!(!wire.has(words.as_bytes()), "\"{words}\" crossed the wire in clear");
        }
        say("None of the words above occur in it, nor a room's name, nor a password.");
        Ok(())
    }

    fn show_what_lies_on_disk(&self, cast: &Cast) -> Result<()> {
        title("The same on the server's disk");
        let disk = Place::files(&self.chatd.data(), &[])?;
        let occurs = |words: &str| disk.iter().any(|place| place.has(words.as_bytes()));
        ensure!(occurs(NEW_WORDS), "an open room is stored so that it can be searched");
        tell("open rooms", "readable: the server searches and moderates them, and every client says so");
        for account in [&cast.ada.account, &cast.bob.account] {
            ensure!(!occurs(&account.password), "{}'s password lies on disk", account.name);
            ensure!(!account.recovery.iter().any(|code| occurs(code)), "a recovery code lies on disk");
        }
        tell("passwords", "only their Argon2id hashes, under a pepper kept outside the database");
        tell("second factors", "TOTP secrets sealed with AES-256-GCM, recovery codes as digests");
        Ok(())
    }

    fn hide_a_message_in_a_picture(&self, cast: &Cast) -> Result<()> {
        title("A picture that carries a message, as the server keeps it and as Bob sees it");
        let photo = photo::bmp(640, 480);
        let path = |person: &Person, name: &str| person.home().join(name).to_string_lossy().into_owned();
        let (cover, pass) = (path(&cast.ada, "garden.bmp"), path(&cast.ada, "passphrase"));
        fs::write(&cover, &photo)?;
        fs::write(&pass, format!("{PASSPHRASE}\n"))?;
        let upload =
            ["upload", cover.as_str(), "--to", "@bob", "--hide", HIDDEN_WORDS, "--hide-pass-file", &pass];
        let said = cast.ada.run(&upload)?;
        tell("ada, chat upload", first_line(&said.stderr));
        said.good()?;
        let blob = Place::files(&self.chatd.data().join("blobs"), &[])?.pop().context("no blob")?;
        tell("the server keeps", &format!("{} sealed bytes, whose first are", blob.bytes.len()));
        print_indented(&hex(&blob.bytes[64..160]));
        let out = path(&cast.bob, "pictures");
        fs::create_dir(&out)?;
        let download =
            ["download", "@ada", "--latest", "--out", &out, "--reveal", "--hide-pass-file", pass.as_str()];
        let seen = cast.bob.run(&download)?.good()?;
        let image = fs::read(path(&cast.bob, "pictures/garden.bmp"))?;
        let changed = image.iter().zip(&photo).filter(|(now, before)| now != before).count();
        tell(
            "bob sees",
            &format!("a picture of {} bytes, {changed} of them one step off, and in it:", image.len()),
        );
        ensure!(seen.contains(HIDDEN_WORDS), "the hidden words did not arrive");
        print_indented(HIDDEN_WORDS);
        let disk = Place::files(&self.chatd.data(), &[])?;
        for (what, bytes) in [
            ("the words", HIDDEN_WORDS.as_bytes()),
            ("the passphrase", PASSPHRASE.as_bytes()),
            ("the pixels", &image[90_000..90_064]),
        ] {
            ensure!(!disk.iter().any(|place| place.has(bytes)), "{what} lie on the server's disk");
        }
        say("Neither the words, nor the passphrase, nor a pixel is anywhere on the server's disk.");
        Ok(())
    }

    fn show_metrics(&self) -> Result<()> {
        title("What Prometheus sees");
        let page = self.chatd.metrics()?;
        let wanted = ["chatd_messages_total", "chatd_auth_failures_total", "chatd_connections_total"];
        let lines: Vec<_> = page
            .lines()
            .filter(|line| wanted.iter().any(|name| line.starts_with(name)) && !line.ends_with(" 0"))
            .collect();
        ensure!(!lines.is_empty(), "the metrics lack what the story made");
        print_indented(&lines.join("\n"));
        Ok(())
    }

    /// Lets a person at a terminal go on as Bob, with the server running; without one the story is over.
    fn offer_the_client(&mut self, cast: &Cast) -> Result<()> {
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Ok(());
        }
        title("Your turn");
        tell(
            "the server",
            &format!("runs until you leave; metrics at http://{}/metrics", self.chatd.metrics_address()),
        );
        let link = self.chatd.invite()?;
        tell("a second person", &format!("in another terminal: {} join '{link}'", path_of("chat")));
        print!("\nOpen the client as Bob? [Y/n] ");
        io::stdout().flush()?;
        let mut answer = String::new();
        io::stdin().lock().read_line(&mut answer)?;
        if answer.trim().eq_ignore_ascii_case("n") {
            return Ok(());
        }
        let mut client = cast.bob.chat(&[]);
        // The person's own terminal: with another kind's name the client would draw less than it can, or too much.
        client.envs(TERMINAL.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        client.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
        client.status().context("opening the client")?;
        Ok(())
    }

    fn end(mut self) -> Result<()> {
        let Ended { status, .. } = self.chatd.stop()?;
        ensure!(status.success(), "the server did not stop in order: {status}");
        println!();
        say("The server stopped in order; its folder is gone. To keep one: chatd init");
        Ok(())
    }
}

fn done(answer: &Value) -> Result<&Value> {
    ensure!(answer["ok"] == json!(true), "the server did not accept it: {answer}");
    Ok(answer)
}

fn path_of(program: &str) -> String {
    crate::program::command(program).get_program().to_string_lossy().into_owned()
}

fn title(text: &str) {
    println!("\n== {text}");
}

fn tell(who: &str, what: &str) {
    println!("   {who:<16} {what}");
}

fn say(text: &str) {
    println!("   {text}");
}

fn print_indented(text: &str) {
    for line in text.lines() {
        println!("     | {line}");
    }
}

fn first_line(text: &str) -> &str {
    text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim()
}

fn hex(bytes: &[u8]) -> String {
    let rows = bytes.chunks(32).map(|row| data_encoding::HEXLOWER.encode(row));
    rows.collect::<Vec<_>>().join("\n")
}
