//! Files with the real programs: there and back, over kills on both sides, with passphrases and hidden messages.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use client_cli::files::{Control, Outgoing, Spool, Stage, Uploader};
use client_cli::{Client, Identity, key_to_text};
use serde_json::{Value, json};
use tests::memory;
use tests::person::{Person, lines};
use tests::program::{Ended, PATIENCE, Running};
use tests::search::Place;
use tests::seat::{self, LOBBY};
use tests::server::{Chatd, Setup};
use tests::terminal::Terminal;

/// Words of the files' contents that the server must never have.
const MARKER: &str = "the-kettle-of-the-content";

#[test]
fn files_go_to_a_room_and_to_one_person_and_the_server_cannot_read_them() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, bob) = two_people(&mut chatd)?;
    let content = [MARKER.as_bytes(), &noise(1_300_000), MARKER.as_bytes()].concat();
    let report = ada.put("report.bin", &content)?;
    fs::write(ada.home().join("pass"), "seven bees in a jar\n")?;
    let plans = ada.put("secret-plans.txt", MARKER.as_bytes())?;

    let sent =
        line(&ada.run(&["upload", &report, "--to", "lobby", "--caption", "figures", "--json"])?.good()?)?;
    assert_eq!(
        (&sent["type"], &sent["name"], &sent["size"]),
        (&json!("uploaded"), &json!("report.bin"), &json!(content.len()))
    );
    let alone = line(&ada.run(&["upload", &report, "--to", "@bob", "--json"])?.good()?)?;
    let pass = text(&ada.home().join("pass"));
    ada.run(&["upload", &plans, "--to", "@bob", "--passphrase-file", &pass])?.good()?;

    let out = bob.folder("in")?;
    for (room, which) in [("lobby", sent["seq"].to_string()), ("@ada", alone["seq"].to_string())] {
        let got = line(&bob.run(&["download", room, &which, "--out", &text(&out), "--json"])?.good()?)?;
        let path = got["path"].as_str().context("no path")?;
        ensure!(fs::read(path)? == content, "{room}: other bytes came");
    }
    let names = names_in(&out)?;
    assert_eq!(names, ["report (2).bin", "report.bin"]);

    fs::write(bob.home().join("wrong"), "six bees in a jar\n")?;
    let fetch = |pass: &Path| {
        bob.run(&["download", "@ada", "--latest", "--out", &text(&out), "--passphrase-file", &text(pass)])
    };
    assert_eq!(fetch(&bob.home().join("wrong"))?.code(), Some(1));
    fetch(&ada.home().join("pass"))?.good()?;
    assert_eq!(fs::read(out.join("secret-plans.txt"))?, MARKER.as_bytes());

    let disk = Place::files(&chatd.data(), &[])?;
    for secret in [MARKER, "seven bees", "secret-plans"] {
        let places: Vec<_> =
            disk.iter().filter(|place| place.has(secret.as_bytes())).map(|p| &p.name).collect();
        assert_eq!(places, Vec::<&String>::new(), "{secret} lies on the server's disk");
    }
    assert!(
        disk.iter().any(|place| place.has(b"report.bin")),
        "the name in an open room is the server's to search"
    );
    let history = bob.run(&["history"])?.good()?;
    assert!(
        history.contains("[file] report.bin (1.2 MiB, text/plain): figures")
            || history.contains("[file] report.bin"),
        "{history}"
    );
    let found = lines(&bob.run(&["search", "figures", "--json"])?.good()?)?;
    assert!(found.iter().any(|line| line["kind"] == "file" && line["name"] == "report.bin"), "{found:?}");
    Ok(())
}

#[test]
fn a_transfer_goes_on_after_kill_9_of_the_client_and_of_the_server() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, bob) = two_people(&mut chatd)?;
    let content = noise(BIG);
    let big = ada.put("big.bin", &content)?;
    let upload = ["upload", big.as_str(), "--to", "lobby"];
    let incoming = chatd.data().join("blobs").join("incoming");

    ada.start(&upload)?.killed_when(|| size_of(&incoming, "") >= ENOUGH)?;
    let list = line(&ada.run(&["upload", "--list", "--json"])?.good()?)?;
    assert_eq!(list["size"], json!(BIG));
    let had = size_of(&incoming, "");
    assert!(had < BIG as u64, "it was over before the kill");
    let sealed = sealed_file(&ada)?;

    // The server dies while the client sends the rest; the client waits for it and goes on by itself.
    let sending = ada.start(&upload)?;
    until(|| size_of(&incoming, "") > had)?;
    chatd.kill()?;
    let survived = size_of(&incoming, "");
    chatd.start()?;
    sending.wait(PATIENCE)?.good()?;
    println!("{BIG} bytes: {had} there at the client's kill, {survived} at the server's");
    let blobs = Place::files(&chatd.data().join("blobs"), &["incoming"])?;
    assert_eq!(blobs.iter().map(|blob| blob.bytes.len()).collect::<Vec<_>>(), [sealed.len()]);
    assert!(blobs[0].bytes == sealed, "the server has other bytes than were sealed first");
    assert_eq!(ada.run(&["upload", "--list"])?.good()?, "");

    let out = bob.folder("in")?;
    let out_text = text(&out);
    let download = ["download", "lobby", "--latest", "--out", out_text.as_str()];
    bob.start(&download)?.killed_when(|| size_of(&out, ".part") >= ENOUGH)?;
    let had = size_of(&out, ".part");
    let fetching = bob.start(&download)?;
    until(|| size_of(&out, ".part") > had)?;
    chatd.kill()?;
    chatd.start()?;
    fetching.wait(PATIENCE)?.good()?;
    ensure!(fs::read(out.join("big.bin"))? == content, "other bytes came");
    assert_eq!(names_in(&out)?, ["big.bin"]);
    Ok(())
}

#[test]
fn a_large_file_takes_the_client_no_more_memory_than_a_small_one() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, _) = two_people(&mut chatd)?;
    let (small, large) = (ada.put("small.bin", &noise(200_000))?, ada.put("large.bin", &[])?);
    fs::File::options().write(true).open(&large)?.set_len(LARGE)?;
    let out = text(&ada.folder("in")?);
    let mut peaks = Vec::new();
    for words in [&["upload", small.as_str()][..], &["download", "lobby", "1", "--out", &out]] {
        peaks.push(peak_of(&ada, words)?);
    }
    for words in [&["upload", large.as_str()][..], &["download", "lobby", "2", "--out", &out]] {
        peaks.push(peak_of(&ada, words)?);
    }
    let mib: Vec<_> = peaks.iter().map(|peak| peak >> 20).collect();
    println!(
        "MiB at most: small file up {}, down {}; {} MiB up {}, down {}",
        mib[0],
        mib[1],
        LARGE >> 20,
        mib[2],
        mib[3]
    );
    assert!(peaks[2] < peaks[0] + SPARE && peaks[3] < peaks[1] + SPARE, "{mib:?}");
    let fetched = fs::metadata(Path::new(&out).join("large.bin"))?;
    assert_eq!(fetched.len(), LARGE);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn talk_on_the_same_connection_does_not_wait_behind_an_upload() -> Result<()> {
    let chatd = Setup::quick().start()?;
    let bob = seat::seats(&chatd, &["bob"])?.pop().context("a seat")?;
    let address = format!("{}", chatd.address()).parse()?;
    let identity = Identity { address, server_key: chatd.key()?, device_key: bob.key };
    let (client, _events) = client_cli::resume(identity).await?.start(client_cli::Options::default());
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("large.bin");
    fs::File::create(&path)?.set_len(LARGE)?;
    let spool = folder.path().join("spool");
    fs::create_dir(&spool)?;
    let uploader = Uploader::new(client.clone(), Spool::open(&spool)?, PATIENCE);
    let control = Control::default();
    let outgoing = Outgoing {
        path,
        room: LOBBY,
        room_name: "#lobby".to_owned(),
        caption: String::new(),
        reply_to: None,
        passphrase: None,
        hide: None,
    };
    let unfinished = uploader.prepare(outgoing, &control).await?;
    let alone = talk(&client).await?;
    let sending = {
        let (uploader, control) = (uploader.clone(), control.clone());
        tokio::spawn(async move { uploader.send(&unfinished, &control).await })
    };
    let mut progress = control.watch();
    progress.wait_for(|progress| progress.stage == Stage::Sending && 1 << 20 < progress.done).await?;
    let before = progress.borrow().done;
    let beside = talk(&client).await?;
    let moved = progress.borrow().done - before;
    assert!(!sending.is_finished(), "the upload was over before the talk");
    control.stop();
    sending.await?.err().context("it was stopped")?;
    println!("median, worst of {TALK}: alone {alone:?}, beside {} MiB on their way {beside:?}", moved >> 20);
    assert!(1 << 20 < moved, "the upload stood still");
    assert!(beside[0] < alone[0] + Duration::from_millis(100), "{alone:?} {beside:?}");
    client.close().await;
    Ok(())
}

/// Says some words one after the other and returns the median and the longest wait for the server's word.
async fn talk(client: &Client) -> Result<[Duration; 2]> {
    let mut waits = Vec::new();
    for number in 0..TALK {
        let began = Instant::now();
        client.send(LOBBY, &format!("word {number}")).await?;
        waits.push(began.elapsed());
    }
    waits.sort();
    Ok([waits[TALK / 2], waits[TALK - 1]])
}

#[test]
fn on_a_terminal_progress_is_one_line_and_ctrl_c_keeps_what_was_done() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, _) = two_people(&mut chatd)?;
    let large = ada.put("large.bin", &[])?;
    fs::File::options().write(true).open(&large)?.set_len(LARGE)?;
    let mut terminal = Terminal::start(&ada.chat(&["upload", &large]))?;
    terminal.until("\r\u{1b}[Klarge.bin: encrypting")?;
    terminal.until("\r\u{1b}[Klarge.bin: sending")?;
    terminal.interrupt()?;
    terminal.until("large.bin: stopped")?;
    terminal.until("go on: chat upload --resume")?;
    assert_eq!(terminal.wait()?.code(), Some(2));
    ada.run(&["upload", "--resume"])?.good()?;
    assert_eq!(ada.run(&["history"])?.good()?.matches("large.bin (256 MiB").count(), 1);
    Ok(())
}

#[test]
fn a_name_that_means_harm_does_none() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, bob) = two_people(&mut chatd)?;
    // What the client sends is safe already; what it gets is made safe again.
    for (name, kept) in [("-rf *", "_-rf _"), ("nul.txt", "_nul.txt"), (".bashrc", "bashrc")] {
        let path = ada.put(name, name.as_bytes())?;
        ada.run(&["upload", "--to", "@bob", "--", &path])?.good()?;
        let out = bob.folder(&format!("in {kept}"))?;
        bob.run(&["download", "@ada", "--latest", "--out", &text(&out)])?.good()?;
        assert_eq!(names_in(&out)?, [kept]);
    }
    Ok(())
}

#[test]
fn over_the_quota_the_refusal_says_what_to_do_and_the_upload_goes_on_afterwards() -> Result<()> {
    let mut chatd = Setup::quick().make()?;
    let allow = |chatd: &Chatd, mib: u32| -> Result<()> {
        let database = rusqlite::Connection::open(chatd.database())?;
        let set =
            "INSERT INTO settings (key, value, by_account, at_ms) VALUES ('files.account_mib', ?1, 0, 0)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        database.execute(set, [mib.to_string()])?;
        Ok(())
    };
    allow(&chatd, 1)?;
    chatd.start()?;
    let (ada, _) = two_people(&mut chatd)?;
    let (small, big) = (ada.put("small.bin", &noise(1_000))?, ada.put("big.bin", &noise(1_200_000))?);
    ada.run(&["upload", &small])?.good()?;
    let refused = ada.run(&["upload", &big, "--json"])?;
    let error = line(&refused.stdout)?;
    assert_eq!((refused.code(), &error["code"]), (Some(4), &json!("quota_exceeded")), "{}", refused.stderr);
    assert!(
        refused.stderr.contains("1 MiB") && refused.stderr.contains("remove files"),
        "{}",
        refused.stderr
    );
    println!("refused: {}", refused.stderr.trim());

    chatd.stop()?;
    allow(&chatd, 10)?;
    chatd.start()?;
    ada.run(&["upload", "--resume"])?.good()?;
    assert_eq!(ada.run(&["history"])?.good()?.matches("[file]").count(), 2);
    Ok(())
}

#[test]
fn a_passphrase_is_typed_unseen_between_two_lines_and_never_said_in_the_room() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, bob) = two_people(&mut chatd)?;
    let plans = ada.put("plans.txt", MARKER.as_bytes())?;
    let mut terminal = Terminal::start(&ada.chat(&["--plain"]))?;
    terminal.until("#lobby> ")?;
    terminal.type_line(&format!("/upload {plans} --lock"))?;
    terminal.until("Passphrase of the file (not shown): ")?;
    // The editor offers the next line by itself when a command takes long; not while a question stands.
    std::thread::sleep(Duration::from_secs(1));
    terminal.type_line("seven bees in a jar")?;
    terminal.until("The same once more: ")?;
    terminal.type_line("seven bees in a jar")?;
    terminal.until("[locked file] (25 B)")?;
    terminal.type_line("that was it")?;
    terminal.until("] sent")?;
    terminal.type_line("/quit")?;
    assert!(terminal.wait()?.success());
    assert!(!String::from_utf8_lossy(&terminal.written()).contains("seven bees"), "it was shown");
    let history = bob.run(&["history"])?.good()?;
    assert!(history.contains("that was it") && !history.contains("bees"), "{history}");
    Ok(())
}

#[test]
fn a_hidden_message_comes_through_and_leaves_no_trace_on_the_server() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, bob) = two_people(&mut chatd)?;
    let photo = tests::photo::bmp(320, 240);
    let cover = ada.put("roof.bmp", &photo)?;
    let pass = ada.put("pass", b"a swarm in may\n")?;
    let words = "meet me under the clock at noon";
    let hide =
        ["upload", cover.as_str(), "--to", "@bob", "--hide", words, "--hide-pass-file", &pass, "--json"];
    let sent = line(&ada.run(&hide)?.good()?)?;
    assert_eq!((&sent["hides"], &sent["name"]), (&json!(true), &json!("roof.bmp")));

    let (out, bobs_pass) = (bob.folder("in")?, bob.put("pass", b"a swarm in may\n")?);
    let reveal = ["--reveal", "--hide-pass-file", bobs_pass.as_str(), "--json"];
    let fetch = ["download", "@ada", "--latest", "--out", &text(&out)];
    let got = lines(&bob.run(&[&fetch[..], &reveal[..]].concat())?.good()?)?;
    assert_eq!((&got[1]["type"], &got[1]["text"]), (&json!("revealed"), &json!(words)));
    let image = fs::read(out.join("roof.bmp"))?;
    assert_eq!(image.len(), photo.len());
    assert_ne!(image, photo, "nothing was hidden in it");
    let seen = image.iter().zip(&photo).filter(|(a, b)| 1 < a.abs_diff(**b)).count();
    assert_eq!(seen, 0, "a pixel changed by more than one step");

    let wrong = bob.put("wrong", b"a swarm in june\n")?;
    let revealed = bob.run(&["reveal", &text(&out.join("roof.bmp")), "--hide-pass-file", &wrong])?;
    assert_eq!(revealed.code(), Some(1), "{}", revealed.stderr);
    let nothing = bob.run(&["reveal", &cover, "--hide-pass-file", &bobs_pass])?;
    assert_eq!(nothing.stderr, revealed.stderr, "a wrong passphrase and an empty picture are one answer");

    let disk = Place::files(&chatd.data(), &[])?;
    let home = Place::files(&ada.home().join(".local"), &[])?;
    for (what, secret) in
        [("the words", words.as_bytes()), ("the passphrase", b"a swarm in"), ("pixels", &photo[9_000..9_100])]
    {
        assert!(!disk.iter().any(|place| place.has(secret)), "{what} lie on the server's disk");
        assert!(!home.iter().any(|place| place.has(secret)), "{what} lie in the sender's spool");
    }
    assert!(!disk.iter().any(|place| place.has(&image[9_000..9_100])), "the image lies there in clear");
    Ok(())
}

#[test]
fn more_than_is_safe_is_refused_with_the_number_and_a_hidden_file_comes_out_as_it_was() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let (ada, bob) = two_people(&mut chatd)?;
    let cover = ada.put("roof.bmp", &tests::photo::bmp(320, 240))?;
    let (pass, key) = (ada.put("pass", b"a swarm in may\n")?, ada.put("key.bin", &noise(300))?);
    let all = ada.put("all.bin", &noise(60_000))?;
    let hide = |file: &str| ada.run(&["upload", &cover, "--hide-file", file, "--hide-pass-file", &pass]);
    let refused = hide(&all)?;
    assert_eq!(refused.code(), Some(1), "{}", refused.stderr);
    println!("refused: {}", refused.stderr.trim());
    assert!(refused.stderr.chars().any(|c| c.is_ascii_digit()), "the number is missing: {}", refused.stderr);
    assert_eq!(ada.run(&["history"])?.good()?.matches("[file]").count(), 0, "nothing was sent");

    hide(&key)?.good()?;
    let out = bob.folder("in")?;
    let fetch =
        ["download", "lobby", "--latest", "--out", &text(&out), "--reveal", "--hide-pass-file", &pass];
    bob.run(&fetch)?.good()?;
    assert_eq!(fs::read(out.join("key.bin"))?, noise(300));
    Ok(())
}

/// Ada on her own machine, Bob by invite.
fn two_people(chatd: &mut Chatd) -> Result<(Person, Person)> {
    let (code, key) = (chatd.owner.code(), key_to_text(chatd.key()?));
    let (ada, ended) = Person::log_in(chatd.owner.clone(), chatd.address(), &key, &code)?;
    ended.good()?;
    let bob = Person::join("bob", &chatd.invite()?)?;
    Ok((ada, bob))
}

/// What lies on a person's machine.
trait Desk {
    fn put(&self, name: &str, content: &[u8]) -> Result<String>;
    fn folder(&self, name: &str) -> Result<PathBuf>;
}

impl Desk for Person {
    fn put(&self, name: &str, content: &[u8]) -> Result<String> {
        let path = self.home().join(name);
        fs::write(&path, content)?;
        Ok(text(&path))
    }

    fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.home().join(name);
        fs::create_dir(&path)?;
        Ok(path)
    }
}

/// A program that is killed in the middle of its work.
trait Killed {
    fn killed_when(self, is_so: impl Fn() -> bool) -> Result<Ended>;
}

impl Killed for Running {
    fn killed_when(self, is_so: impl Fn() -> bool) -> Result<Ended> {
        until(is_so)?;
        self.kill()
    }
}

/// Runs `chat` to its good end and returns the most memory it had.
fn peak_of(person: &Person, words: &[&str]) -> Result<u64> {
    let mut running = person.start(words)?;
    let mut peak = 0;
    while !running.ended()? {
        // Between the two questions it may have ended.
        peak = memory::peak(running.id()).unwrap_or(peak);
        std::thread::sleep(Duration::from_millis(2));
    }
    running.wait(PATIENCE)?.good()?;
    ensure!(0 < peak, "it was over before it was looked at");
    Ok(peak)
}

fn until(is_so: impl Fn() -> bool) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        ensure!(Instant::now() < deadline, "it did not come that far");
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Returns the bytes of all files in a folder whose names end like this.
fn size_of(folder: &Path, end: &str) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let files = entries.flatten().filter(|entry| entry.file_name().to_string_lossy().ends_with(end));
    files.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

fn sealed_file(person: &Person) -> Result<Vec<u8>> {
    let spool = person.home().join(".local/share/livechat/default/spool");
    let sealed = Place::files(&spool, &[])?.into_iter().find(|place| place.name.ends_with(".sealed"));
    Ok(sealed.context("nothing is sealed")?.bytes)
}

fn names_in(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn line(output: &str) -> Result<Value> {
    lines(output)?.into_iter().next().context("no line")
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Bytes that look random and are the same each time.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(len).collect()
}

const BIG: usize = 48 << 20;
const ENOUGH: u64 = 2 << 20;
const LARGE: u64 = 256 << 20;
const TALK: usize = 60;
/// What a client may take more for a large file: windows that have grown, and what the allocator keeps.
const SPARE: u64 = 12 << 20;
