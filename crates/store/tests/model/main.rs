//! The store against a model of it: after any sequence of acts both have said the same, and everybody reads the same.
//!
//! `PROPTEST_CASES` makes it longer.

#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

#[path = "../support/mod.rs"]
mod support;

mod reference;

use std::path::Path;

use proptest::prelude::*;
use proto::bytes::Secret32;
use proto::ids::{AccountId, BlobId, ContentHash, FileSize, RoomId};
use proto::message::{Content, FileCard, FileFacts, FileLock, ReactionChange};
use proto::text::Text;
use store::{Appended, FileScope, NewEntry, NewUpload, Power, Store, StoreError, Tx};
use support::{NOW, account, history, id, new_account, room_name, secrets, seq, text};

use reference::Model;

/// Something somebody does.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Say { room: u64, who: u64, id: u64, body: u8, reply_to: u64 },
    Edit { room: u64, who: u64, id: u64, target: u64, body: u8 },
    Delete { room: u64, who: u64, id: u64, target: u64, power: Power },
    React { room: u64, who: u64, id: u64, target: u64, emoji: u8, change: ReactionChange },
    Topic { room: u64, who: u64, id: u64, body: u8 },
    Post { room: u64, who: u64, id: u64, body: u8 },
    CreateRoom { who: u64, name: u8 },
    Join { room: u64, who: u64 },
    Leave { room: u64, who: u64 },
    OpenDirect { who: u64, other: u64 },
    Kick { room: u64, who: u64 },
    MarkRead { room: u64, who: u64, upto: u64 },
    Ban { who: u64 },
    Lift { who: u64 },
    Restart,
}

/// What an act gave: a place and whether it is fresh, a yes or no, or a refusal. Both sides put it the same way.
pub(crate) type Told = Result<(u64, bool), StoreError>;

pub(crate) const PEOPLE: u64 = 3;
const ROOMS: u64 = 4;
const SIZE: u64 = 1_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_store_and_its_model_never_differ(acts in prop::collection::vec(act(), 1..50)) {
        let folder = scratch();
        let path = folder.path().join("chat.db");
        let mut store = Store::open(&path).unwrap();
        for name in ["ada", "bob", "mallory"] {
            let new = new_account(name, proto::message::Role::Member);
            store.run_blocking(move |tx| tx.create_account(&new, |_| secrets())).unwrap();
        }
        let mut model = Model::new();
        for (step, act) in acts.iter().enumerate() {
            if matches!(act, Act::Restart) {
                store.close();
                store = Store::open(&path).unwrap();
            }
            prop_assert_eq!(done(&store, act), model.does(act), "step {}: {:?}", step, act);
            compare(&store, &model)?;
        }
        prop_assert_eq!(store.verify_search(), Ok(()));
        prop_assert!(store.verify().is_ok());
        store.close();
    }
}

/// Compares what each person sees of each room.
fn compare(store: &Store, model: &Model) -> Result<(), TestCaseError> {
    for who in 1..=PEOPLE {
        let rooms = store.read_blocking(|reads| reads.rooms_of(account(who))).unwrap();
        let mut seen: Vec<_> = rooms
            .iter()
            .map(|room| (room.room.get(), room.last_seq.get(), room.read_upto.get(), room.members))
            .collect();
        seen.sort_unstable();
        prop_assert_eq!(&seen, &model.rooms_of(who), "the rooms of {}", who);
        for (room, ..) in seen {
            let items = history(store, RoomId::new(room).unwrap(), account(who));
            let read: Vec<String> = items.iter().map(reference::describe).collect();
            prop_assert_eq!(read, model.log(room, who), "room {} for {}", room, who);
        }
        for body in 0..3 {
            let word = word(body);
            let found = store.read_blocking(|reads| reads.search(account(who), &word, None, 0, 200)).unwrap();
            let mut found: Vec<_> =
                found.hits.iter().map(|hit| (hit.item.entry.room.get(), hit.item.entry.seq.get())).collect();
            found.sort_unstable();
            prop_assert_eq!(found, model.find(who, body), "the search of {} for {}", who, word);
        }
    }
    compare_files(store, model)
}

/// Compares what is counted and held with what messages show.
fn compare_files(store: &Store, model: &Model) -> Result<(), TestCaseError> {
    let usage = |scope| store.read_blocking(move |reads| reads.file_usage(scope)).unwrap();
    for who in 1..=PEOPLE {
        let shown = model.files(|_, author, _| author == who);
        let counted = usage(FileScope::Account(account(who)));
        prop_assert_eq!((counted.files, counted.bytes), (shown, shown * SIZE), "the files of {}", who);
    }
    for room in 1..=ROOMS {
        let shown = model.files(|place, _, _| place == room);
        let counted = usage(FileScope::Room(RoomId::new(room).unwrap()));
        prop_assert_eq!((counted.files, counted.bytes), (shown, shown * SIZE), "the files in {}", room);
    }
    for body in 0..3 {
        let row = store.read_blocking(|reads| reads.blob(file(body).blob)).unwrap();
        let shown = model.files(|_, _, file| file == body);
        prop_assert_eq!(row.map_or(0, |row| row.refs), shown, "messages with the file {}", body);
    }
    Ok(())
}

/// Does it for real.
fn done(store: &Store, act: &Act) -> Told {
    let room_id = |number: u64| RoomId::new(number).unwrap();
    match *act {
        Act::Say { room, who, id, body, reply_to } => {
            let reply_to = (reply_to != 0).then(|| seq(reply_to));
            append(store, room, who, id, Content::Text { body: text(&word(body)), reply_to }, Power::Own)
        }
        Act::Edit { room, who, id, target, body } => {
            let content = Content::Edit { target: seq(target), body: text(&word(body)) };
            append(store, room, who, id, content, Power::Own)
        }
        Act::Delete { room, who, id, target, power } => {
            append(store, room, who, id, Content::Delete { target: seq(target) }, power)
        }
        Act::React { room, who, id, target, emoji, change } => {
            let content = Content::Reaction { target: seq(target), emoji: text(&self::emoji(emoji)), change };
            append(store, room, who, id, content, Power::Own)
        }
        Act::Topic { room, who, id, body } => {
            append(store, room, who, id, Content::Topic { topic: text(&word(body)) }, Power::Own)
        }
        Act::Post { room, who, id, body } => {
            // Whoever may not write there brings nothing either; the post is refused in the same words.
            let (blob, size) = (file(body).blob, file(body).sealed_size);
            let new = NewUpload { account: account(who), room: room_id(room), blob, size, at: NOW };
            let brought = store.run_blocking(move |tx| {
                tx.begin_upload(&new)?;
                tx.finish_upload(new.account, blob, NOW)
            });
            let content = Content::File { file: file(body), caption: text(&word(body)), reply_to: None };
            let told = append(store, room, who, id, content, Power::Own);
            assert!(brought.is_ok() || told.as_ref().is_ok_and(|told| !told.1) || told.is_err());
            store.run_blocking(move |tx| tx.cancel_upload(account(who), blob)).unwrap();
            told
        }
        Act::CreateRoom { who, name } => {
            let name = room_name(&format!("room{name}"));
            let made = store
                .run_blocking(move |tx| tx.create_room(&name, &Text::default(), account(who), NOW, id(0)))?;
            Ok((made.id.get(), true))
        }
        Act::Join { room, who } => {
            flag(store.run_blocking(move |tx| tx.join(room_id(room), account(who), NOW)))
        }
        Act::Leave { room, who } => flag(store.run_blocking(move |tx| leave(tx, room_id(room), who))),
        Act::OpenDirect { who, other } => {
            let opened = store.run_blocking(move |tx| tx.open_direct(account(who), account(other), NOW))?;
            Ok((opened.id.get(), true))
        }
        Act::Kick { room, who } => {
            let kicked = store.run_blocking(move |tx| {
                tx.kick(room_id(room), account(who), Some(account(1)), &Text::default(), NOW)
            });
            kicked.map(|_| (0, true))
        }
        Act::MarkRead { room, who, upto } => {
            let marked =
                store.run_blocking(move |tx| tx.mark_read(account(who), room_id(room), seq(upto)))?;
            Ok((marked.get(), true))
        }
        Act::Ban { who } => {
            let banned =
                store.run_blocking(move |tx| tx.ban(account(who), account(1), &Text::default(), None, NOW));
            banned.map(|_| (0, true))
        }
        Act::Lift { who } => {
            let lifted =
                store.run_blocking(move |tx| tx.lift_ban(account(who), account(1), &Text::default(), NOW));
            lifted.map(|()| (0, true))
        }
        Act::Restart => Ok((0, true)),
    }
}

/// Appends by the hot path or as a job, turn about: both are the same act.
fn append(store: &Store, room: u64, who: u64, number: u64, content: Content, power: Power) -> Told {
    let (room, author): (RoomId, AccountId) = (RoomId::new(room).unwrap(), account(who));
    let new = NewEntry { room, author, message_id: id(number), content, at: NOW, power };
    let told = if number.is_multiple_of(2) {
        store.run_blocking(move |tx| tx.append(&new))
    } else {
        let (tell, told) = std::sync::mpsc::channel();
        store.append(new, move |result: Result<Appended, _>| tell.send(result).unwrap()).unwrap();
        told.recv().unwrap()
    };
    told.map(|appended| (appended.entry.seq.get(), appended.fresh))
}

fn leave(tx: &mut Tx<'_>, room: RoomId, who: u64) -> Result<bool, StoreError> {
    tx.leave(room, account(who), NOW)
}

fn flag(told: Result<bool, StoreError>) -> Told {
    told.map(|changed| (0, changed))
}

/// The file of a word.
fn file(body: u8) -> FileCard {
    let facts =
        FileFacts { plain_sha256: ContentHash([body % 3; 32]), name: text("x"), media: text("text/plain") };
    let lock = FileLock::Key { key: Secret32::new([7; 32]), facts };
    FileCard { blob: BlobId([body % 3; 32]), sealed_size: FileSize::new(SIZE).unwrap(), lock }
}

pub(crate) fn word(body: u8) -> String {
    ["apple", "pear", "plum"][usize::from(body % 3)].to_owned()
}

pub(crate) fn emoji(number: u8) -> String {
    ["👍", "❤", "🎉"][usize::from(number % 3)].to_owned()
}

fn act() -> impl Strategy<Value = Act> {
    let (room, who, id, place, small) = (1..=ROOMS, 1..=PEOPLE, 1..40_u64, 0..12_u64, 0..3_u8);
    let at = (room.clone(), who.clone(), id);
    let power = prop_oneof![Just(Power::Own), Just(Power::Moderator)];
    let change = prop_oneof![2 => Just(ReactionChange::Add), 1 => Just(ReactionChange::Remove)];
    prop_oneof![
        4 => (at.clone(), small.clone())
            .prop_map(|((room, who, id), body)| Act::Post { room, who, id, body }),
        8 => (at.clone(), small.clone(), prop_oneof![2 => Just(0), 1 => place.clone()])
            .prop_map(|((room, who, id), body, reply_to)| Act::Say { room, who, id, body, reply_to }),
        5 => (at.clone(), place.clone(), small.clone())
            .prop_map(|((room, who, id), target, body)| Act::Edit { room, who, id, target, body }),
        3 => (at.clone(), place.clone(), power)
            .prop_map(|((room, who, id), target, power)| Act::Delete { room, who, id, target, power }),
        5 => (at.clone(), place.clone(), small.clone(), change)
            .prop_map(|((room, who, id), target, emoji, change)| Act::React { room, who, id, target, emoji, change }),
        1 => (at, small.clone()).prop_map(|((room, who, id), body)| Act::Topic { room, who, id, body }),
        2 => (who.clone(), small).prop_map(|(who, name)| Act::CreateRoom { who, name }),
        3 => (room.clone(), who.clone()).prop_map(|(room, who)| Act::Join { room, who }),
        1 => (room.clone(), who.clone()).prop_map(|(room, who)| Act::Leave { room, who }),
        2 => (who.clone(), 1..=PEOPLE).prop_map(|(who, other)| Act::OpenDirect { who, other }),
        1 => (room.clone(), who.clone()).prop_map(|(room, who)| Act::Kick { room, who }),
        2 => (room, who.clone(), place).prop_map(|(room, who, upto)| Act::MarkRead { room, who, upto }),
        1 => who.clone().prop_map(|who| Act::Ban { who }),
        1 => who.prop_map(|who| Act::Lift { who }),
        1 => Just(Act::Restart),
    ]
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").map_or(40, |text| text.parse().unwrap())
}

/// A folder in memory where there is one: this test is about what is said, not about the disk.
fn scratch() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}
