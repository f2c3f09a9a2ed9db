//! Files: brought, shown, counted, held back, purged, and gone when nothing holds them.

use domain::audit::Action as Act;
use domain::sanction::{Kind, Target};
use domain::settings::{Key, parse};
use proto::bytes::{Bytes, Secret32};
use proto::ids::{AccountId, BlobId, ContentHash, FileId, FileSize, LockSalt, RoomId, Seq};
use proto::message::{Content, FileCard, FileFacts, FileLock, ReportCategory, Role};
use store::{
    Appended, Begun, Change, FileAt, FileScope, FileState, FileUsage, Held, HeldDecision, LOBBY, MediaFilter,
    NewEntry, NewHeld, NewReport, NewSanction, NewUpload, ReportOf, Store, StoreError, UNDO_MS,
};

use crate::support::{
    NOW, append, as_proven, audited, changes_since, ends, entry, history, id, in_chat, last_change, on_duty,
    person, room, say, seq, text, with_role, written,
};

const SIZE: u64 = 200_128;

fn blob(number: u8) -> BlobId {
    BlobId([number; 32])
}

fn size(bytes: u64) -> FileSize {
    FileSize::new(bytes).unwrap()
}

fn card(number: u8, name: &str) -> FileCard {
    let facts = FileFacts { plain_sha256: ContentHash([9; 32]), name: text(name), media: text("image/png") };
    let lock = FileLock::Key { key: Secret32::new([number; 32]), facts };
    FileCard { blob: blob(number), sealed_size: size(SIZE), lock }
}

fn locked(number: u8) -> FileCard {
    let lock = FileLock::Passphrase { salt: LockSalt([1; 16]), card: Bytes::new(vec![2; 508]).unwrap() };
    FileCard { blob: blob(number), sealed_size: size(SIZE), lock }
}

fn shows(file: FileCard, caption: &str) -> Content {
    Content::File { file, caption: text(caption), reply_to: None }
}

fn begin(
    store: &Store,
    account: AccountId,
    room: RoomId,
    number: u8,
    bytes: u64,
) -> Result<Begun, StoreError> {
    let new = NewUpload { account, room, blob: blob(number), size: size(bytes), at: NOW };
    store.run_blocking(move |tx| tx.begin_upload(&new))
}

fn finish(store: &Store, account: AccountId, number: u8) -> Result<FileId, StoreError> {
    store.run_blocking(move |tx| tx.finish_upload(account, blob(number), NOW))
}

/// Brings a file as `chatd` does, the bytes apart.
fn bring(store: &Store, account: AccountId, room: RoomId, number: u8) -> FileId {
    begin(store, account, room, number, SIZE).unwrap();
    finish(store, account, number).unwrap()
}

fn post(
    store: &Store,
    room: RoomId,
    by: AccountId,
    message: u64,
    file: FileCard,
    caption: &str,
) -> Result<Appended, StoreError> {
    append(store, entry(room, by, message, shows(file, caption)))
}

fn file_at(store: &Store, room: RoomId, place: Seq, reader: AccountId) -> Result<FileAt, StoreError> {
    store.read_blocking(move |reads| reads.file_at(room, place, reader))
}

fn unused(store: &Store) -> Vec<FileId> {
    store.read_blocking(|reads| Ok(reads.unused_blobs(10)?.into_iter().map(|row| row.id).collect())).unwrap()
}

fn usage(store: &Store, scope: FileScope) -> (u64, u64) {
    let FileUsage { files, bytes } = store.read_blocking(move |reads| reads.file_usage(scope)).unwrap();
    (files, bytes)
}

fn set(store: &Store, owner: AccountId, key: Key, value: &'static str) {
    on_duty(store, owner, move |staff| staff.set_setting(&parse(key, value).unwrap())).unwrap();
}

fn found(store: &Store, reader: AccountId, query: &'static str) -> Vec<u64> {
    let page = store.read_blocking(|reads| reads.search(reader, query, None, 0, 50)).unwrap();
    page.hits.iter().map(|hit| hit.item.entry.seq.get()).collect()
}

fn names(store: &Store, filter: MediaFilter) -> Vec<String> {
    let page = store.read_blocking(|reads| reads.media_page(filter, None, 50)).unwrap();
    page.items.iter().map(|row| row.name.as_deref().unwrap_or("(locked)").to_owned()).collect()
}

laws! {
    fn a_file_that_was_brought_is_shown_and_read_by_members_alone(store) {
        let (ada, bob, mallory) = (person(store, "ada"), person(store, "bob"), person(store, "mallory"));
        let rust = room(store, ada, "rust");
        store.run_blocking(move |tx| tx.join(rust, bob, NOW)).unwrap();
        let file = bring(store, ada, rust, 1);
        let posted = post(store, rust, ada, 1, card(1, "roof.png"), "from above").unwrap();
        assert_eq!(history(store, rust, bob)[1].entry.content, shows(card(1, "roof.png"), "from above"));
        let at = FileAt { blob: blob(1), size: size(SIZE) };
        assert_eq!(file_at(store, rust, posted.entry.seq, bob), Ok(at));
        assert_eq!(file_at(store, rust, posted.entry.seq, mallory), Err(StoreError::NotAMember));
        assert_eq!(file_at(store, rust, seq(1), bob), Err(StoreError::NoSuchFile));
        assert_eq!(file_at(store, rust, seq(99), bob), Err(StoreError::NoSuchFile));
        let row = store.read_blocking(move |reads| reads.blob_row(file)).unwrap().unwrap();
        assert_eq!((row.blob, row.refs, row.state), (blob(1), 1, FileState::Free));
        let again = post(store, rust, ada, 1, card(1, "roof.png"), "from above").unwrap();
        assert!(!again.fresh && again.entry == posted.entry);
        assert_eq!(post(store, rust, ada, 1, card(1, "other.png"), "from above").map(|_| ()), Err(StoreError::Conflict));
    }

    fn a_file_between_two_is_for_the_two(store) {
        let (ada, bob, mallory) = (person(store, "ada"), person(store, "bob"), with_role(store, "mallory", Role::Owner));
        let direct = store.run_blocking(move |tx| tx.open_direct(ada, bob, NOW)).unwrap().id;
        bring(store, ada, direct, 1);
        let posted = post(store, direct, ada, 1, card(1, "letter.txt"), "").unwrap();
        assert!(file_at(store, direct, posted.entry.seq, bob).is_ok());
        assert_eq!(file_at(store, direct, posted.entry.seq, mallory), Err(StoreError::NotFound { what: "room" }));
        assert_eq!(names(store, MediaFilter::All), Vec::<String>::new(), "nobody lists what two people send each other");
        assert_eq!(found(store, bob, "letter"), Vec::<u64>::new());
    }

    fn a_hash_alone_opens_nothing(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        let direct = store.run_blocking(move |tx| tx.open_direct(ada, ada, NOW)).map(|row| row.id);
        let secret = direct.unwrap_or(LOBBY);
        bring(store, ada, secret, 1);
        post(store, secret, ada, 1, card(1, "a"), "").unwrap();
        assert_eq!(post(store, LOBBY, mallory, 2, card(1, "a"), "").map(|_| ()), Err(StoreError::NoSuchFile));
        assert_eq!(finish(store, mallory, 1), Err(StoreError::NoSuchFile));
        assert_eq!(begin(store, mallory, LOBBY, 1, SIZE), Ok(Begun::Fresh), "whoever does not hold it brings all of it");
        assert_eq!(post(store, LOBBY, mallory, 2, card(1, "a"), "").map(|_| ()), Err(StoreError::NoSuchFile));
        let wrong = FileCard { sealed_size: size(1), ..card(1, "a") };
        assert_eq!(post(store, LOBBY, ada, 3, wrong, "").map(|_| ()), Err(StoreError::NoSuchFile));
    }

    fn beginning_finishing_and_posting_again_change_nothing(store) {
        let ada = person(store, "ada");
        assert_eq!(begin(store, ada, LOBBY, 1, SIZE), Ok(Begun::Fresh));
        assert_eq!(begin(store, ada, LOBBY, 1, SIZE), Ok(Begun::GoesOn));
        assert_eq!(begin(store, ada, LOBBY, 1, SIZE + 1), Err(StoreError::Conflict));
        let file = finish(store, ada, 1).unwrap();
        assert_eq!((finish(store, ada, 1), begin(store, ada, LOBBY, 1, SIZE)), (Ok(file), Ok(Begun::Whole)));
        assert_eq!(usage(store, FileScope::Account(ada)), (1, SIZE));
        post(store, LOBBY, ada, 1, card(1, "a"), "").unwrap();
        assert_eq!((finish(store, ada, 1), begin(store, ada, LOBBY, 1, SIZE)), (Ok(file), Ok(Begun::Whole)));
        assert_eq!(begin(store, ada, LOBBY, 1, SIZE + 1), Err(StoreError::Conflict));
        assert_eq!((usage(store, FileScope::Account(ada)), usage(store, FileScope::Room(LOBBY))), ((1, SIZE), (1, SIZE)));
        assert_eq!(usage(store, FileScope::Server), (1, SIZE));
        let gone = store.run_blocking(move |tx| tx.cancel_upload(ada, blob(1))).unwrap();
        assert!(!gone, "the message shows it");
    }

    fn who_may_not_write_in_a_room_brings_nothing_for_it(store) {
        let (ada, bob, mallory) = (with_role(store, "ada", Role::Moderator), person(store, "bob"), person(store, "mallory"));
        let rust = room(store, ada, "rust");
        assert_eq!(begin(store, bob, rust, 1, SIZE), Err(StoreError::NotAMember));
        let mute = NewSanction::new(Target::Account(mallory), Kind::Mute, None, text("spam"));
        in_chat(store, ada, NOW, move |staff| staff.sanction(&mute)).unwrap();
        assert_eq!(begin(store, mallory, LOBBY, 1, SIZE), Err(StoreError::Muted));
    }

    fn quotas_count_what_is_under_way_and_give_back_what_goes(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Owner), person(store, "bob"));
        set(store, ada, Key::FilesMaxMib, "1");
        set(store, ada, Key::FilesAccountMib, "1");
        let most = 1_048_576 + 256;
        assert_eq!(begin(store, ada, LOBBY, 1, most + 65), Err(StoreError::TooLarge { mib: 1 }));
        assert_eq!(begin(store, ada, LOBBY, 1, most), Ok(Begun::Fresh));
        let full = Err(StoreError::QuotaExceeded { whose: "an account", mib: 1 });
        assert_eq!(begin(store, ada, LOBBY, 2, 1), full);
        assert!(store.run_blocking(move |tx| tx.cancel_upload(ada, blob(1))).unwrap());
        assert_eq!((usage(store, FileScope::Account(ada)), begin(store, ada, LOBBY, 2, SIZE)), ((0, 0), Ok(Begun::Fresh)));
        finish(store, ada, 2).unwrap();
        let posted = post(store, LOBBY, ada, 1, card(2, "a"), "").unwrap().entry.seq;
        for message in 2..=5 {
            post(store, LOBBY, ada, message, card(2, "a"), "").unwrap();
        }
        assert_eq!(post(store, LOBBY, ada, 6, card(2, "a"), "").map(|_| ()), full.map(|_| ()), "each message counts");
        append(store, entry(LOBBY, ada, 7, Content::Delete { target: posted })).unwrap();
        post(store, LOBBY, ada, 8, card(2, "a"), "").unwrap();
        assert_eq!(usage(store, FileScope::Account(ada)), (5, 5 * SIZE));
        set(store, ada, Key::FilesRoomMib, "1");
        assert_eq!(begin(store, bob, LOBBY, 3, SIZE), Err(StoreError::QuotaExceeded { whose: "a room", mib: 1 }));
        let rust = room(store, bob, "rust");
        assert_eq!(begin(store, bob, rust, 3, SIZE), Ok(Begun::Fresh));
        assert_eq!(begin(store, bob, LOBBY, 3, SIZE), Err(StoreError::QuotaExceeded { whose: "a room", mib: 1 }));
        set(store, ada, Key::FilesMaxMib, "0");
        assert_eq!(begin(store, bob, rust, 4, 1), Err(StoreError::TooLarge { mib: 0 }));
        assert_eq!(begin(store, bob, rust, 3, SIZE), Ok(Begun::GoesOn), "what was begun may be finished");
    }

    fn an_upload_for_one_room_can_be_moved_to_another(store) {
        let ada = person(store, "ada");
        let rust = room(store, ada, "rust");
        begin(store, ada, LOBBY, 1, SIZE).unwrap();
        assert_eq!(begin(store, ada, rust, 1, SIZE), Ok(Begun::GoesOn));
        assert_eq!((usage(store, FileScope::Room(LOBBY)), usage(store, FileScope::Room(rust))), ((0, 0), (1, SIZE)));
        finish(store, ada, 1).unwrap();
        post(store, LOBBY, ada, 1, card(1, "a"), "").unwrap();
        assert_eq!((usage(store, FileScope::Room(LOBBY)), usage(store, FileScope::Room(rust))), ((1, SIZE), (0, 0)));
    }

    fn an_account_brings_so_many_files_at_once(store) {
        let ada = person(store, "ada");
        for number in 0..32 {
            begin(store, ada, LOBBY, number, SIZE).unwrap();
        }
        let refused = begin(store, ada, LOBBY, 32, SIZE);
        assert!(matches!(refused, Err(StoreError::TooMany { max: 32, .. })), "{refused:?}");
        bring(store, ada, LOBBY, 0);
        post(store, LOBBY, ada, 1, card(0, "a"), "").unwrap();
        assert_eq!(begin(store, ada, LOBBY, 32, SIZE), Ok(Begun::Fresh));
    }

    fn a_file_goes_when_the_last_message_that_shows_it_does(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let file = bring(store, ada, LOBBY, 1);
        assert_eq!(bring(store, bob, LOBBY, 1), file, "one file, however often it is brought");
        let first = post(store, LOBBY, ada, 1, card(1, "a"), "").unwrap().entry.seq;
        let second = post(store, LOBBY, bob, 2, card(1, "a"), "").unwrap().entry.seq;
        assert_eq!((unused(store), usage(store, FileScope::Server)), (vec![], (1, SIZE)));
        append(store, entry(LOBBY, ada, 3, Content::Delete { target: first })).unwrap();
        assert_eq!(history(store, LOBBY, bob)[0].entry.content, Content::Removed { by: ada });
        assert_eq!((file_at(store, LOBBY, first, bob), unused(store)), (Err(StoreError::NoSuchFile), vec![]));
        assert!(!store.run_blocking(move |tx| tx.forget_blob(file)).unwrap(), "the other one shows it");
        append(store, entry(LOBBY, bob, 4, Content::Delete { target: second })).unwrap();
        assert_eq!(unused(store), [file]);
        assert!(store.run_blocking(move |tx| tx.forget_blob(file)).unwrap());
        assert_eq!((unused(store), usage(store, FileScope::Server)), (vec![], (0, 0)));
        assert_ne!(bring(store, ada, LOBBY, 1), file, "a number is never used again");
    }

    fn an_upload_that_rests_is_taken_away_and_its_bytes_are_told(store) {
        let ada = person(store, "ada");
        begin(store, ada, LOBBY, 1, SIZE).unwrap();
        let whole = bring(store, ada, LOBBY, 2);
        begin(store, ada, LOBBY, 3, SIZE).unwrap();
        store.run_blocking(move |tx| tx.touch_upload(ada, blob(3), NOW.plus_ms(1_000))).unwrap();
        let expire = |after_ms| store.run_blocking(move |tx| tx.expire_uploads(NOW.plus_ms(after_ms), 10)).unwrap();
        assert_eq!(expire(0), []);
        let gone: Vec<_> = expire(1).iter().map(|row| (row.blob, row.file)).collect();
        assert_eq!(gone, [(blob(1), None), (blob(2), Some(whole))]);
        assert_eq!((unused(store), usage(store, FileScope::Account(ada))), (vec![whole], (1, SIZE)));
        assert_eq!(finish(store, ada, 1), Err(StoreError::NoSuchFile));
        assert_eq!(store.run_blocking(move |tx| tx.touch_upload(ada, blob(1), NOW)), Err(StoreError::NoSuchFile));
    }

    fn caption_and_name_of_a_file_are_found_until_it_is_removed(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        for (number, name, caption) in [(1, "roof.png", "seen from above"), (2, "cellar.png", ""), (3, "attic.txt", "dust")] {
            bring(store, ada, LOBBY, number);
            post(store, LOBBY, ada, u64::from(number), card(number, name), caption).unwrap();
        }
        bring(store, ada, LOBBY, 4);
        post(store, LOBBY, ada, 4, locked(4), "only for some").unwrap();
        assert_eq!((found(store, bob, "above"), found(store, bob, "roof.png"), found(store, bob, "cellar")), (vec![1], vec![1], vec![2]));
        assert_eq!(found(store, bob, "some"), [4]);
        append(store, entry(LOBBY, ada, 9, Content::Delete { target: seq(1) })).unwrap();
        assert_eq!((found(store, bob, "above"), found(store, bob, "dust")), (vec![], vec![3]));
    }

    fn a_filter_is_tried_on_captions_and_names_too(store) {
        let ada = person(store, "ada");
        bring(store, ada, LOBBY, 1);
        post(store, LOBBY, ada, 1, card(1, "roof.png"), "seen from above").unwrap();
        append(store, say(LOBBY, ada, 2, "hello")).unwrap();
        let texts = store.read_blocking(|reads| reads.recent_texts(None, 10)).unwrap();
        let texts: Vec<_> = texts.iter().map(|text| text.body.as_str()).collect();
        assert_eq!(texts, ["hello", "seen from above roof.png"]);
    }

    fn a_file_is_reacted_to_and_answered_but_not_edited(store) {
        let ada = person(store, "ada");
        bring(store, ada, LOBBY, 1);
        post(store, LOBBY, ada, 1, card(1, "a"), "").unwrap();
        let edit = Content::Edit { target: seq(1), body: text("other words") };
        assert_eq!(append(store, entry(LOBBY, ada, 2, edit)).map(|_| ()), Err(StoreError::NoSuchEntry));
        let reaction = Content::Reaction { target: seq(1), emoji: text("+1"), change: proto::message::ReactionChange::Add };
        append(store, entry(LOBBY, ada, 3, reaction)).unwrap();
        assert_eq!(history(store, LOBBY, ada)[0].reactions.len(), 1);
        let answer = |to| Content::File { file: card(1, "a"), caption: text("again"), reply_to: Some(seq(to)) };
        append(store, entry(LOBBY, ada, 4, answer(1))).unwrap();
        assert_eq!(append(store, entry(LOBBY, ada, 5, answer(50))).map(|_| ()), Err(StoreError::NoSuchEntry));
    }

    fn a_purge_of_its_author_hides_a_file_and_then_takes_it(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Admin), person(store, "mallory"));
        let file = bring(store, mallory, LOBBY, 1);
        post(store, LOBBY, mallory, 1, card(1, "spam.png"), "spam").unwrap();
        let purge = as_proven(store, ada, 5, move |staff| staff.purge(mallory, NOW, &text("spam"), None)).unwrap();
        assert_eq!(history(store, LOBBY, ada)[0].entry.content, Content::Removed { by: ada });
        assert_eq!((file_at(store, LOBBY, seq(1), ada), unused(store)), (Err(StoreError::NoSuchFile), vec![]));
        as_proven(store, ada, 6, move |staff| staff.undo_purge(purge)).unwrap();
        assert!(file_at(store, LOBBY, seq(1), ada).is_ok());
        as_proven(store, ada, 7, move |staff| staff.purge(mallory, NOW, &text("spam"), None)).unwrap();
        while 0 < store.run_blocking(|tx| tx.sweep_purges(NOW.plus_ms(UNDO_MS + 10), 10)).unwrap() {}
        assert_eq!((unused(store), found(store, ada, "spam")), (vec![file], vec![]));
    }

    fn a_file_goes_with_its_entry_when_that_is_kept_no_longer(store) {
        let ada = person(store, "ada");
        let file = bring(store, ada, LOBBY, 1);
        post(store, LOBBY, ada, 1, card(1, "old.png"), "tides").unwrap();
        append(store, NewEntry { at: NOW.plus_ms(50), ..say(LOBBY, ada, 2, "newest") }).unwrap();
        assert_eq!(store.run_blocking(|tx| tx.sweep_old(NOW.plus_ms(10), 10)).unwrap(), 1);
        assert_eq!((unused(store), found(store, ada, "tides")), (vec![file], vec![]));
        assert_eq!(usage(store, FileScope::Room(LOBBY)), (0, 0));
    }

    fn a_file_that_is_held_back_is_read_by_nobody_and_not_brought_again_until_it_is_released(store) {
        let (ada, bob, mallory) = (with_role(store, "ada", Role::Admin), with_role(store, "bob", Role::Moderator), person(store, "mallory"));
        let file = bring(store, mallory, LOBBY, 1);
        post(store, LOBBY, mallory, 1, card(1, "bad.png"), "").unwrap();
        let since = ends(store);
        in_chat(store, bob, NOW, move |staff| staff.quarantine_file(file, &text("looks bad"))).unwrap();
        in_chat(store, bob, NOW, move |staff| staff.quarantine_file(file, &text("again"))).unwrap();
        assert_eq!(written(store, since), (vec![Act::FileQuarantined], vec![Change::FileChanged { file }]));
        assert_eq!(file_at(store, LOBBY, seq(1), mallory), Err(StoreError::Quarantined));
        assert_eq!(begin(store, ada, LOBBY, 1, SIZE), Err(StoreError::Quarantined));
        assert_eq!(post(store, LOBBY, mallory, 2, card(1, "bad.png"), "").map(|_| ()), Err(StoreError::Quarantined));
        let rows = store.read_blocking(|reads| reads.media_page(MediaFilter::Quarantined, None, 10)).unwrap().items;
        assert_eq!((rows.len(), rows[0].state, &*rows[0].reason), (1, FileState::Quarantined, "looks bad"));
        let release = move |staff: &mut store::Staff<'_, '_>| staff.release_file(file, &text("fine"));
        assert_eq!(in_chat(store, bob, NOW, release), Err(StoreError::NotPermitted));
        in_chat(store, ada, NOW, release).unwrap();
        assert!(file_at(store, LOBBY, seq(1), mallory).is_ok());
        assert_eq!((names(store, MediaFilter::Quarantined), audited(store, Act::FileReleased, ada)), (vec![], 1));
    }

    fn a_purged_file_is_gone_from_every_message_and_never_comes_again(store) {
        let (ada, bob, mallory) = (with_role(store, "ada", Role::Admin), person(store, "bob"), person(store, "mallory"));
        let direct = store.run_blocking(move |tx| tx.open_direct(mallory, bob, NOW)).unwrap().id;
        let file = bring(store, mallory, LOBBY, 1);
        begin(store, bob, LOBBY, 1, SIZE).unwrap();
        for message in 1..=60 {
            post(store, if message % 2 == 0 { direct } else { LOBBY }, mallory, message, card(1, "bad.png"), "spam").unwrap();
        }
        let before = last_change(store);
        assert_eq!(in_chat(store, ada, NOW, move |staff| staff.purge_file(file, &text("no"))), Err(StoreError::StepUpNeeded));
        on_duty(store, ada, move |staff| staff.purge_file(file, &text("no"))).unwrap();
        on_duty(store, ada, move |staff| staff.purge_file(file, &text("no"))).unwrap();
        assert_eq!((changes_since(store, before), audited(store, Act::FilePurged, ada)), (vec![Change::FileChanged { file }], 1));
        for place in [LOBBY, direct] {
            for item in history(store, place, mallory) {
                assert_eq!(file_at(store, place, item.entry.seq, mallory), Err(StoreError::NoSuchFile), "at once, everywhere");
            }
        }
        while 0 < store.run_blocking(|tx| tx.sweep_purged_files(7)).unwrap() {}
        let left = |place, reader| history(store, place, reader).iter().filter(|item| item.entry.content != Content::Removed { by: ada }).count();
        assert_eq!((left(LOBBY, bob), left(direct, bob), found(store, bob, "spam")), (0, 0, vec![]));
        assert_eq!((unused(store), usage(store, FileScope::Account(mallory))), (vec![file], (0, 0)));
        assert_eq!(finish(store, bob, 1), Err(StoreError::Quarantined));
        store.run_blocking(move |tx| tx.forget_blob(file)).unwrap();
        assert_eq!(begin(store, mallory, LOBBY, 1, SIZE), Err(StoreError::Quarantined), "its hash stays known");
        assert_eq!(on_duty(store, ada, move |staff| staff.release_file(file, &text("oh"))), Err(StoreError::NoSuchFile));
    }

    fn nobody_acts_on_the_files_of_those_above_them(store) {
        let (ada, bob) = (with_role(store, "ada", Role::Owner), with_role(store, "bob", Role::Moderator));
        let (hers, his) = (bring(store, ada, LOBBY, 1), bring(store, bob, LOBBY, 2));
        post(store, LOBBY, ada, 1, card(1, "a"), "").unwrap();
        post(store, LOBBY, bob, 2, card(2, "b"), "").unwrap();
        let hold = |file| in_chat(store, bob, NOW, move |staff| staff.quarantine_file(file, &text("no")));
        assert_eq!((hold(hers), hold(his)), (Err(StoreError::NotPermitted), Ok(())));
        let member = person(store, "mallory");
        assert_eq!(in_chat(store, member, NOW, move |staff| staff.quarantine_file(hers, &text("no"))), Err(StoreError::NotPermitted));
        let scan = |who, file| in_chat(store, who, NOW, move |staff| staff.note_scan(file, "nothing found"));
        assert_eq!((scan(bob, hers), scan(member, hers)), (Ok(()), Err(StoreError::NotPermitted)));
        assert_eq!(scan(bob, FileId::new(99).unwrap()), Err(StoreError::NoSuchFile));
        assert_eq!(audited(store, Act::FileScanned, bob), 1);
    }

    fn files_of_open_rooms_are_listed_newest_first_by_page_room_and_account(store) {
        let (ada, bob) = (person(store, "ada"), person(store, "bob"));
        let rust = room(store, ada, "rust");
        for (number, by, place) in [(1, ada, LOBBY), (2, bob, LOBBY), (3, ada, rust), (4, bob, LOBBY)] {
            bring(store, by, place, number);
            let file = if number == 4 { locked(4) } else { card(number, &format!("{number}.png")) };
            post(store, place, by, u64::from(number), file, "").unwrap();
        }
        assert_eq!(names(store, MediaFilter::All), ["(locked)", "3.png", "2.png", "1.png"]);
        assert_eq!(names(store, MediaFilter::Room(rust)), ["3.png"]);
        assert_eq!(names(store, MediaFilter::Account(bob)), ["(locked)", "2.png"]);
        let first = store.read_blocking(|reads| reads.media_page(MediaFilter::All, None, 3)).unwrap();
        let last = first.items[2].clone();
        let second = store.read_blocking(move |reads| reads.media_page(MediaFilter::All, Some(last.id), 3)).unwrap();
        assert_eq!((first.more, second.items.len(), second.more), (true, 1, false));
        let one = first.items[1].clone();
        let (row, file) = store.read_blocking(move |reads| reads.media(one.id)).unwrap().unwrap();
        assert_eq!((file, row.room, &*row.room_name, &*row.account_name, &*row.media), (card(3, "3.png"), rust, "rust", "ada", "image/png"));
    }

    fn a_file_that_waits_for_a_moderator_is_kept_until_the_decision(store) {
        let (ada, mallory) = (with_role(store, "ada", Role::Moderator), person(store, "mallory"));
        let (kept, rejected) = (bring(store, mallory, LOBBY, 1), bring(store, mallory, LOBBY, 2));
        let hold = |number: u8| {
            let new = NewHeld { room: LOBBY, author: mallory, message_id: id(u64::from(number)), content: shows(card(number, "x.png"), "look"), rule: "newcomers".to_owned(), filter: None, at: NOW };
            match store.run_blocking(move |tx| tx.hold(&new)).unwrap() { Held::Waits(held) => held, other => panic!("{other:?}") }
        };
        let (first, second) = (hold(1), hold(2));
        assert_eq!(hold(1), first);
        assert_eq!(store.run_blocking(|tx| tx.expire_uploads(NOW.plus_ms(1_000), 10)).unwrap(), []);
        assert!(!store.run_blocking(move |tx| tx.cancel_upload(mallory, blob(1))).unwrap());
        let line = store.read_blocking(|reads| reads.held(None, 10)).unwrap().items;
        assert_eq!(line[1].row.body, "[file] x.png (195 KiB): look");
        in_chat(store, ada, NOW, move |staff| staff.decide_held(first, HeldDecision::Release)).unwrap();
        in_chat(store, ada, NOW, move |staff| staff.decide_held(second, HeldDecision::Reject)).unwrap();
        let out = store.run_blocking(move |tx| tx.carry_out_held(first, NOW)).unwrap().unwrap();
        assert_eq!(out.entry.unwrap().content, shows(card(1, "x.png"), "look"));
        assert_eq!(store.run_blocking(move |tx| tx.carry_out_held(second, NOW)).unwrap().unwrap().entry, None);
        assert_eq!((unused(store), file_at(store, LOBBY, seq(1), ada).is_ok()), (vec![rejected], true));
        assert_eq!(usage(store, FileScope::Account(mallory)), (1, SIZE));
        assert_ne!(kept, rejected);
    }

    fn a_reported_file_stands_in_the_evidence_by_name_and_size(store) {
        let (ada, mallory) = (person(store, "ada"), person(store, "mallory"));
        bring(store, mallory, LOBBY, 1);
        post(store, LOBBY, mallory, 1, card(1, "bad.png"), "look").unwrap();
        let what = ReportOf::Messages { room: LOBBY, seqs: vec![seq(1)] };
        let new = NewReport { reporter: ada, what, category: ReportCategory::Illegal, note: text(""), at: NOW };
        let report = store.run_blocking(move |tx| tx.report(&new)).unwrap();
        let view = store.read_blocking(move |reads| reads.report_view(report)).unwrap().unwrap();
        assert_eq!(&*view.evidence[0].body, "[file] bad.png (195 KiB): look");
    }
}
