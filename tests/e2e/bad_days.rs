//! Full disks, jumping clocks, damaged files, taken ports: each one clear sentence, and nothing lost.

use std::fs::{self, Permissions};
use std::io::{Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use proto::ids::{RequestId, Seq};
use proto::keys::StaticKey;
use proto::message::{Answer, ClientMessage, Command, Event, Login, Opening, ServerMessage};
use proto::refusal::Code;
use proto::text::{Secret, Text};
use tests::account::unix_seconds;
use tests::fault::{Clock, SmallDisk};
use tests::program::{Ended, PATIENCE, Running};
use tests::seat::{self, LOBBY, message_id};
use tests::server::{Chatd, Setup};
use tests::wire::{Peer, resume};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_new_messages_keeps_reading_and_recovers_without_a_restart() -> Result<()> {
    let disk = SmallDisk::new(12 * 1024 * 1024)?;
    let mut chatd = Setup::quick().data(&disk.path().join("data")).start()?;
    let seats = seat::seats(&chatd, &["bob"])?;
    let mut peer = seats[0].enter(&chatd).await?;
    let mut accepted = Vec::new();
    for _ in 0..50 {
        accepted.push(peer.say(LOBBY, &"before ".repeat(100)).await?);
    }

    disk.fill()?;
    let mut refused = 0;
    while refused < 20 {
        match try_say(&mut peer, &"while full ".repeat(400)).await? {
            // The log file may have room left from before; what it takes is on disk like everything else.
            Ok(seq) => accepted.push(seq),
            Err(code) => {
                assert_eq!(code, Code::Unavailable);
                refused += 1;
            }
        }
        assert!(accepted.len() < 5_000, "the disk is full and everything is accepted");
    }
    let read = peer.log(LOBBY, Seq::START).await?;
    assert_eq!(read.len(), accepted.len(), "reading goes on");

    disk.free()?;
    for _ in 0..50 {
        accepted.push(peer.say(LOBBY, "after").await?);
    }
    println!("{} accepted, {refused} refused while the disk was full", accepted.len());
    chatd.kill()?;
    chatd.start()?;
    let log = seats[0].enter(&chatd).await?.log(LOBBY, Seq::START).await?;
    let places: Vec<Seq> = log.iter().map(|entry| entry.seq).collect();
    assert_eq!(places, accepted, "what was acknowledged is there, what was refused is not");
    Ok(())
}

async fn try_say(peer: &mut Peer, body: &str) -> Result<Result<Seq, Code>> {
    let request = RequestId(peer.fresh_request());
    let command =
        Command::Send { room: LOBBY, message_id: message_id(), body: Text::new(body)?, reply_to: None };
    peer.send(&ClientMessage { request, command }).await?;
    peer.until(|message| match message {
        ServerMessage::Answer(to, Answer::Accepted { seq, .. }) if to == request => Some(Ok(seq)),
        ServerMessage::Refused(to, refusal) if to == request => Some(Err(refusal.code)),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_back_and_ahead_changes_no_order_and_opens_no_door() -> Result<()> {
    let clock = Clock::new()?;
    let mut chatd = clock.believed(Setup::quick())?.start()?;
    let seats = seat::seats(&chatd, &["bob", "carol"])?;
    let mut bob = seats[0].enter(&chatd).await?;
    let code = chatd.owner.code();
    assert_eq!(log_in(&chatd, &code).await?, Ok(()));
    bob.say(LOBBY, "at noon").await?;

    clock.shift("-1h")?;
    let late = 3600 - off_by(&chatd, &seats[1].key).await?.abs();
    assert!(late.abs() < 60, "the clock did not move: {late} s");
    let mut carol = seats[1].enter(&chatd).await?;
    bob.say(LOBBY, "an hour earlier").await?;
    carol.say(LOBBY, "heard").await?;
    assert_eq!(log_in(&chatd, &code).await?, Err(Code::BadCredentials), "a used code is good again");
    // A code of the time the server believes it is lies before the last one used.
    let earlier = chatd.owner.code_at(unix_seconds() - 3600);
    assert_eq!(log_in(&chatd, &earlier).await?, Err(Code::BadCredentials));

    clock.shift("+1y")?;
    bob.say(LOBBY, "a year later").await?;
    let until_then = Peer::connect(chatd.address(), &seats[1].key, chatd.key()?, &resume()).await?;
    assert_eq!(denied(until_then).await?, Code::LoginNeeded, "a device's login ends by the clock");

    clock.shift("+0")?;
    bob.say(LOBBY, "at noon again").await?;
    drop(seats[1].enter(&chatd).await?);
    let log = seats[1].enter(&chatd).await?.log(LOBBY, Seq::START).await?;
    let said: Vec<String> = log.iter().map(|entry| seat::line(entry).body).collect();
    assert_eq!(said, ["at noon", "an hour earlier", "heard", "a year later", "at noon again"]);
    chatd.kill()?;
    chatd.start()?;
    Ok(())
}

/// Returns by how many seconds the server's clock differs from ours.
async fn off_by(chatd: &Chatd, key: &StaticKey) -> Result<i64> {
    let mut peer = Peer::connect(chatd.address(), key, chatd.key()?, &resume()).await?;
    let theirs = peer
        .until(|message| match message {
            ServerMessage::Welcome(welcome) => Some(welcome.now.0 / 1000),
            _ => None,
        })
        .await?;
    Ok(theirs - i64::try_from(unix_seconds())?)
}

/// Logs the owner in on a device of its own. Returns the refusal's code when that fails.
async fn log_in(chatd: &Chatd, code: &str) -> Result<Result<(), Code>> {
    let opening = Opening::Login(Login {
        name: Text::new(chatd.owner.name.as_str())?,
        password: Secret::new(chatd.owner.password.as_str())?,
        code: Secret::new(code)?,
        device_label: Text::cut("laptop"),
        client: Text::cut("harness"),
    });
    let mut peer = Peer::connect(chatd.address(), &StaticKey::generate(), chatd.key()?, &opening).await?;
    peer.until(|message| match message {
        ServerMessage::Event(Event::Ready) => Some(Ok(())),
        ServerMessage::Denied(refusal) => Some(Err(refusal.code)),
        _ => None,
    })
    .await
}

async fn denied(mut peer: Peer) -> Result<Code> {
    let outcome = peer.until(|message| match message {
        ServerMessage::Denied(refusal) => Some(Some(refusal.code)),
        ServerMessage::Welcome(_) => Some(None),
        _ => None,
    });
    outcome.await?.context("it was let in")
}

/// Starts the daemon, expects it to end at once with one sentence, and returns that sentence.
fn refusal(chatd: &Chatd, words: &[&str]) -> Result<String> {
    let ended = Running::start(&mut chatd.command(words))?.wait(PATIENCE)?;
    one_sentence(&ended)
}

fn one_sentence(ended: &Ended) -> Result<String> {
    let sentences: Vec<&str> = ended.stderr.lines().filter(|line| line.starts_with("chatd: ")).collect();
    match (ended.code(), sentences.as_slice()) {
        (Some(1..), [sentence]) => {
            println!("{sentence}");
            Ok((*sentence).to_owned())
        }
        (code, _) => bail!("code {code:?}, stdout:\n{}\nstderr:\n{}", ended.stdout, ended.stderr),
    }
}

const RUN: &[&str] = &["run", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];

#[test]
fn a_taken_port_is_named_in_one_sentence() -> Result<()> {
    let chatd = Setup::quick().make()?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let chat = ["run", "--listen", &address, "--metrics-listen", "127.0.0.1:0"];
    assert!(refusal(&chatd, &chat)?.contains(&address));
    let metrics = ["run", "--listen", "127.0.0.1:0", "--metrics-listen", &address];
    assert!(refusal(&chatd, &metrics)?.contains(&address));
    Ok(())
}

#[test]
fn keys_that_others_can_read_are_refused_until_that_is_mended() -> Result<()> {
    let mut chatd = Setup::quick().make()?;
    let keys = chatd.data().join("keys");
    let files: Vec<_> = fs::read_dir(&keys)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    assert!(!files.is_empty());
    for file in &files {
        for mode in [0o640, 0o604] {
            fs::set_permissions(file, Permissions::from_mode(mode))?;
            let sentence = refusal(&chatd, RUN)?;
            let name = file.file_name().context("a name")?.to_string_lossy();
            assert!(sentence.contains(&*name), "{sentence}");
        }
        fs::set_permissions(file, Permissions::from_mode(0o600))?;
    }
    chatd.start()
}

#[test]
fn a_key_that_is_gone_or_no_file_or_another_one_is_one_sentence() -> Result<()> {
    let mut chatd = Setup::quick().make()?;
    let other = Setup::quick().make()?;
    let name = fs::read_dir(chatd.data().join("keys"))?.next().context("a key")??.file_name();
    let key = chatd.data().join("keys").join(&name);
    let kept = fs::read(&key)?;

    fs::remove_file(&key)?;
    refusal(&chatd, RUN)?;
    fs::create_dir(&key)?;
    refusal(&chatd, RUN)?;
    fs::remove_dir(&key)?;
    private(&key, &kept[..kept.len() / 2])?;
    refusal(&chatd, RUN)?;
    private(&key, &fs::read(other.data().join("keys").join(&name))?)?;
    refusal(&chatd, RUN)?;
    private(&key, &kept)?;
    chatd.start()
}

fn private(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content)?;
    Ok(fs::set_permissions(path, Permissions::from_mode(0o600))?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_damaged_newer_or_none_is_refused_and_left_as_it_is() -> Result<()> {
    let mut chatd = Setup::quick().start()?;
    let seats = seat::seats(&chatd, &["bob"])?;
    let mut bob = seats[0].enter(&chatd).await?;
    for number in 0..300 {
        bob.say(LOBBY, &format!("line {number} {}", "z".repeat(200))).await?;
    }
    chatd.stop()?.good()?;
    let database = chatd.database();
    let good = fs::read(&database)?;

    // SQLite keeps the schema's version in four bytes at 60 of its header.
    let newer = with_bytes(&good, 60, &9_999_u32.to_be_bytes());
    let damaged = with_bytes(&good, good.len() as u64 / 2, &[0x5a; 16 * 1024]);
    let cut = good[..good.len() / 3].to_vec();
    let foreign = b"%PDF-1.7 this is not a database at all, only some other file\n".repeat(200);
    for (what, bytes) in [("newer", newer), ("damaged", damaged), ("cut", cut), ("foreign", foreign)] {
        fs::write(&database, &bytes)?;
        let sentence = refusal(&chatd, RUN).with_context(|| what)?;
        assert!(sentence.contains("chat.db") || sentence.contains("database"), "{what}: {sentence}");
        let left = fs::read(&database)?;
        assert!(without_counters(&left) == without_counters(&bytes), "{what}: the file was changed");
    }

    fs::write(&database, &good)?;
    chatd.start()?;
    let log = seats[0].enter(&chatd).await?.log(LOBBY, Seq::START).await?;
    assert_eq!(log.len(), 300);
    Ok(())
}

/// SQLite counts openings that could have changed something in two places of its header; nothing else may differ.
fn without_counters(bytes: &[u8]) -> Vec<u8> {
    with_bytes(&with_bytes(bytes, 24, &[0; 4]), 92, &[0; 4])
}

fn with_bytes(bytes: &[u8], at: u64, new: &[u8]) -> Vec<u8> {
    let mut changed = std::io::Cursor::new(bytes.to_vec());
    let written = changed.seek(SeekFrom::Start(at)).and_then(|_| changed.write_all(new));
    written.expect("writing to memory does not fail");
    changed.into_inner()
}

#[test]
fn a_second_daemon_on_the_same_data_is_refused_and_the_first_goes_on() -> Result<()> {
    let chatd = Setup::quick().start()?;
    refusal(&chatd, RUN)?;
    assert!(chatd.metrics()?.contains("chatd_"));
    Ok(())
}

#[test]
fn a_setting_that_cannot_be_is_told_with_its_key_and_exit_code_64() -> Result<()> {
    let chatd = Setup::quick().make()?;
    for setting in ["limits.message_burst=none", "limits.no_such_key=1", "argon2.memory_kib=1"] {
        let words = [&["--set", setting][..], RUN].concat();
        let ended = chatd.operate(&words)?;
        let key = setting.split('=').next().unwrap_or_default();
        assert_eq!(ended.code(), Some(64), "{setting}: {}", ended.stderr);
        assert!(
            one_sentence(&ended)?.contains(key.rsplit('.').next().unwrap_or_default()),
            "{}",
            ended.stderr
        );
    }
    Ok(())
}
