//! How many messages a second become durable, at what cost: `cargo run --release -p store --example append_bench`.
//!
//! Arguments, all optional: senders (50), seconds (5), bytes per message (100), rooms (1), ids (`timed`, or
//! `random`: how the senders choose message ids), folder (a temporary one).
//! Each sender has one message under way, as a person waiting for the acknowledgement has. Beside it stands what the
//! machine gives at the same moment without any of our work: 4 KiB appended and `fdatasync`, and the bare rows (same
//! table and indexes, no rules, no search) inserted as many at a time as there are senders.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::name::{AccountName, RoomName};
use proto::ids::{AccountId, MessageId, RoomId, Timestamp};
use proto::message::{Content, Role};
use proto::text::Text;
use store::{AccountSecrets, LOBBY, NewAccount, NewEntry, Power, Store};

const AT: Timestamp = Timestamp(1_700_000_000_000);

struct Load {
    senders: usize,
    time: Duration,
    bytes: usize,
    rooms: usize,
    ids: Ids,
}

/// How senders choose message ids.
#[derive(Debug, Clone, Copy)]
enum Ids {
    /// The time first, then something random.
    Timed,
    /// All of it random.
    Random,
}

struct Person {
    account: AccountId,
    room: RoomId,
    sent: u64,
    since: Instant,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, default: usize| {
        arguments.get(index).map_or(default, |text| text.parse().expect("a number"))
    };
    let load = Load {
        senders: number(0, 50),
        time: Duration::from_secs(number(1, 5) as u64),
        bytes: number(2, 100),
        rooms: number(3, 1),
        ids: if arguments.get(4).is_some_and(|ids| ids == "random") { Ids::Random } else { Ids::Timed },
    };
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = arguments.get(5).map_or_else(|| scratch.path().to_owned(), Into::into);
    let sync = fdatasync(&folder);
    let store = Store::open(&folder.join("bench.db")).expect("a new database");
    let senders = people(&store, &load);
    run(&store, &load, senders);
    store.close();
    println!("  one fdatasync p50   {sync:.2?}");
    bare(&folder.join("bare.db"), &load).expect("SQLite works");
}

/// Sends until the time is over, then prints.
fn run(store: &Store, load: &Load, mut senders: Vec<Person>) {
    let before = store.stats();
    let (tell, told) = channel();
    let (begun, cpu) = (Instant::now(), cpu());
    for index in 0..senders.len() {
        send(store, &mut senders, index, load, &tell);
    }
    let (mut waits, mut open) = (Vec::new(), senders.len());
    while 0 < open {
        let index: usize = told.recv().expect("the writer lives");
        waits.push(senders[index].since.elapsed());
        if begun.elapsed() < load.time {
            send(store, &mut senders, index, load, &tell);
        } else {
            open -= 1;
        }
    }
    let (time, cpu, after) = (begun.elapsed(), self::cpu() - cpu, store.stats());
    waits.sort_unstable();
    let (rows, commits) = (waits.len(), after.commits - before.commits);
    println!("senders {}, {} B, rooms {}, ids {:?}", load.senders, load.bytes, load.rooms, load.ids);
    println!("  rows/s              {:.0}", rows as f64 / time.as_secs_f64());
    println!("  CPU µs/row          {:.1}", cpu.as_secs_f64() * 1e6 / rows as f64);
    println!("  rows/commit         {:.1}", rows as f64 / commits as f64);
    println!("  commits/s           {:.0}", commits as f64 / time.as_secs_f64());
    println!("  acknowledged p50    {:.2?}", waits[rows / 2]);
    println!("  acknowledged p99    {:.2?}", waits[rows * 99 / 100]);
    println!("  checkpoints         {} ({} put off)", after.checkpoints, after.blocked_checkpoints);
    println!(
        "  bytes/row on disk   {}",
        fs::metadata(store.path()).map_or(0, |file| file.len()) / rows as u64
    );
}

fn send(store: &Store, senders: &mut [Person], index: usize, load: &Load, tell: &Sender<usize>) {
    let sender = &mut senders[index];
    (sender.sent, sender.since) = (sender.sent + 1, Instant::now());
    let entry = NewEntry {
        room: sender.room,
        author: sender.account,
        message_id: MessageId(message_id(load.ids, index as u64, sender.sent)),
        content: Content::Text { body: Text::cut(&words(sender.sent, load.bytes)), reply_to: None },
        at: AT,
        power: Power::Own,
    };
    let tell = tell.clone();
    let done = move |result: Result<store::Appended, _>| {
        result.expect("it is accepted");
        tell.send(index).expect("somebody waits");
    };
    store.append(entry, done).expect("the queue has room");
}

/// Inserts the same rows with nothing around them, and prints the same figures.
fn bare(path: &Path, load: &Load) -> rusqlite::Result<()> {
    let conn = rusqlite::Connection::open(path)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; \
         CREATE TABLE entries (id INTEGER PRIMARY KEY, room INTEGER, seq INTEGER, author INTEGER, message_id BLOB, \
         at_ms INTEGER, body TEXT, UNIQUE (room, seq), UNIQUE (room, message_id, author)) STRICT;",
    )?;
    let mut insert = conn.prepare(
        "INSERT INTO entries (room, seq, author, message_id, at_ms, body) VALUES (1, ?1, ?2, ?3, ?4, ?5)",
    )?;
    let (begun, cpu, mut rows) = (Instant::now(), cpu(), 0_u64);
    while begun.elapsed() < load.time {
        conn.execute_batch("BEGIN IMMEDIATE")?;
        for author in 0..load.senders as u64 {
            rows += 1;
            let id = message_id(load.ids, author, rows);
            insert.execute((
                rows.cast_signed(),
                author.cast_signed(),
                id.as_slice(),
                AT.0,
                words(rows, load.bytes),
            ))?;
        }
        conn.execute_batch("COMMIT")?;
    }
    let (time, cpu) = (begun.elapsed(), self::cpu() - cpu);
    println!("  bare rows/s         {:.0}", rows as f64 / time.as_secs_f64());
    println!("  bare CPU µs/row     {:.1}", cpu.as_secs_f64() * 1e6 / rows as f64);
    Ok(())
}

/// Returns an id as a client would choose it.
fn message_id(ids: Ids, sender: u64, number: u64) -> [u8; 16] {
    let mut id = [0; 16];
    let scattered = (number << 16 | sender).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    match ids {
        Ids::Timed => {
            // 48 bits of milliseconds, then 64 scattered ones.
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
            id[..6].copy_from_slice(&now.to_be_bytes()[10..]);
            id[6..14].copy_from_slice(&scattered.to_be_bytes());
        }
        Ids::Random => id[..8].copy_from_slice(&scattered.to_be_bytes()),
    }
    id
}

/// Returns text of about this size from a vocabulary of a few thousand words.
fn words(seed: u64, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 8);
    let mut state = seed;
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let word = state >> 33;
        text.push_str(["mi", "sol", "ta", "ren", "ko", "vel"][(word % 6) as usize]);
        text.push_str(["ba", "du", "fi", "go", "la", "nu", "pe"][(word / 6 % 7) as usize]);
        text.push_str(["st", "x", "rm", "tt", "ll"][(word / 42 % 5) as usize]);
        text.push_str(["a", "o", "e ", "in ", "u ", "y "][(word / 210 % 6) as usize]);
    }
    text
}

fn people(store: &Store, load: &Load) -> Vec<Person> {
    let accounts: Vec<AccountId> = (0..load.senders)
        .map(|number| {
            let new = NewAccount {
                name: AccountName::parse(&format!("user{number}")).expect("a name"),
                role: Role::Member,
                password_hash: String::new(),
                invite_digest: None,
                application: None,
                at: AT,
            };
            let secrets = |_| AccountSecrets { totp_sealed: Vec::new(), recovery_digests: Vec::new() };
            store.run_blocking(move |tx| tx.create_account(&new, secrets)).expect("an account")
        })
        .collect();
    let rooms: Vec<RoomId> = (0..load.rooms).map(|number| room(store, number, &accounts)).collect();
    let places = accounts.iter().zip(rooms.iter().cycle());
    places
        .map(|(account, room)| Person { account: *account, room: *room, sent: 0, since: Instant::now() })
        .collect()
}

fn room(store: &Store, number: usize, accounts: &[AccountId]) -> RoomId {
    if number == 0 {
        return LOBBY;
    }
    let name = RoomName::parse(&format!("room{number}")).expect("a room name");
    let accounts = accounts.to_vec();
    let made = store.run_blocking(move |tx| {
        let room = tx.create_room(&name, &Text::default(), accounts[0], AT, MessageId([0; 16]))?.id;
        for account in accounts {
            tx.join(room, account, AT)?;
        }
        Ok(room)
    });
    made.expect("a room")
}

/// Returns how long the disk takes to make 4 KiB durable, at the median.
fn fdatasync(folder: &Path) -> Duration {
    let mut file = fs::File::create(folder.join("fdatasync.probe")).expect("a file");
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let begun = Instant::now();
            file.write_all(&[1; 4096]).expect("a write");
            file.sync_data().expect("a sync");
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Returns the CPU time this process has used.
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks =
        |field: usize| after_name.split_whitespace().nth(field).map_or(0, |text| text.parse().unwrap_or(0));
    // Fields 14 and 15 of the line, in hundredths of a second.
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}
