//! Sealed rooms: one commit for each epoch, nobody writes while somebody has to go, everything is handed out once.
//!
//! The store knows no MLS: snapshots, commits and trees are bytes here.

use domain::sanction::{Kind, Scope, Target};
use proto::bytes::Bytes;
use proto::ids::{
    AccountId, BlobId, DeviceId, Epoch, FileSize, IdentityKey, PublicKey, RoomId, Seq, SignatureKey,
    StampMac, Timestamp,
};
use proto::message::{Content, EvictWhy, Role, RoomKind, Stamp};
use store::{
    Appended, CommitDone, Factor, JudgedLeaf, LOBBY, LeafRow, Login, NewCommit, NewEvict, NewGroup, NewHeld,
    NewIdentity, NewKeyPackages, NewProposals, NewSanction, NewSealed, NewSealedRoom, NewUpload, Published,
    Store, StoreError,
};

use crate::support::{NOW, append, entry, history, id, in_chat, person, room, say, seq, text, with_role};

/// Somebody with one device that their identity vouches for.
#[derive(Clone, Copy)]
struct Who {
    account: AccountId,
    device: DeviceId,
}

fn who(store: &Store, name: &str) -> Who {
    certified(store, person(store, name))
}

fn certified(store: &Store, account: AccountId) -> Who {
    let device = device(store, account, 1);
    publish(store, Who { account, device }, None).unwrap();
    Who { account, device }
}

fn device(store: &Store, account: AccountId, number: u8) -> DeviceId {
    let mut key = [number; 32];
    key[..8].copy_from_slice(&account.get().to_be_bytes());
    let login = Login {
        account,
        key: PublicKey(key),
        label: text("laptop"),
        client: text("chat 0.1.0"),
        factor: Factor::Totp { step: number.into() },
        at: NOW,
        login_until: NOW.plus_ms(1_000),
    };
    store.run_blocking(move |tx| tx.record_login(&login)).unwrap().device
}

fn identity(account: AccountId, generation: u8) -> IdentityKey {
    let mut key = [generation; 32];
    key[..8].copy_from_slice(&account.get().to_be_bytes());
    IdentityKey(key)
}

fn signature_key(device: DeviceId) -> SignatureKey {
    let mut key = [5; 32];
    key[..8].copy_from_slice(&device.get().to_be_bytes());
    SignatureKey(key)
}

fn publish(store: &Store, who: Who, replaces: Option<u8>) -> Result<Published, StoreError> {
    let generation = replaces.map_or(1, |replaced| replaced + 1);
    let new = NewIdentity {
        account: who.account,
        device: who.device,
        key: identity(who.account, generation),
        certificate: bytes("certificate"),
        signature_key: signature_key(who.device),
        replaces: replaces.map(|generation| identity(who.account, generation)),
        at: NOW,
    };
    store.run_blocking(move |tx| tx.publish_identity(&new))
}

fn bytes<const MAX: usize>(words: &str) -> Bytes<MAX> {
    Bytes::new(words.as_bytes().to_vec()).unwrap()
}

fn epoch(number: u64) -> Epoch {
    Epoch::new(number).unwrap()
}

fn leaf(leaf: u32, who: Who) -> JudgedLeaf {
    let row =
        LeafRow { leaf, account: who.account, device: who.device, signature_key: signature_key(who.device) };
    JudgedLeaf { row, identity: identity(who.account, 1) }
}

fn create(store: &Store, by: AccountId, with: Option<AccountId>, number: u64) -> Result<RoomId, StoreError> {
    let new = NewSealedRoom { by, with, message_id: id(number), at: NOW };
    store.run_blocking(move |tx| tx.create_sealed(&new)).map(|(room, _)| room.id)
}

fn start(store: &Store, room: RoomId, by: Who) -> Result<(), StoreError> {
    let new = NewGroup {
        room,
        by: by.account,
        device: by.device,
        epoch: Epoch::START,
        snapshot: b"snapshot 0".to_vec(),
        group_info: bytes("info 0"),
        tree: b"tree 0".to_vec(),
        leaf: leaf(0, by),
        at: NOW,
    };
    store.run_blocking(move |tx| tx.start_group(&new))
}

/// A commit in this epoch that leaves these people in the room.
fn commit(store: &Store, room: RoomId, by: Who, ends: u64, left: &[Who]) -> NewCommit {
    let group = store.read_blocking(|reads| reads.group(room)).unwrap().unwrap();
    let leaves = (0..).zip(left).map(|(number, who)| leaf(number, *who)).collect();
    NewCommit {
        room,
        author: by.account,
        device: by.device,
        message_id: id(1_000 + 10 * ends + by.account.get() % 10),
        epoch: epoch(ends),
        version: group.version,
        message: bytes(&format!("commit {ends} of {}", by.account)),
        group_info: bytes(&format!("info {}", ends + 1)),
        welcome: bytes("welcome"),
        snapshot: format!("snapshot {}", ends + 1).into_bytes(),
        tree: format!("tree {}", ends + 1).into_bytes(),
        leaves,
        at: NOW.plus_ms(5_000),
    }
}

fn take(store: &Store, new: NewCommit) -> Result<CommitDone, StoreError> {
    store.run_blocking(move |tx| tx.commit_group(&new))
}

/// Makes a room of these people, in epoch 1.
fn group(store: &Store, people: &[Who]) -> RoomId {
    let room = create(store, people[0].account, None, 1).unwrap();
    start(store, room, people[0]).unwrap();
    take(store, commit(store, room, people[0], 0, people)).unwrap();
    room
}

fn sealed(room: RoomId, by: Who, number: u64, of: u64) -> NewSealed {
    NewSealed {
        room,
        author: by.account,
        device: by.device,
        message_id: id(number),
        epoch: epoch(of),
        message: bytes("sealed words"),
        blob: None,
        at: NOW,
    }
}

fn send(store: &Store, new: NewSealed) -> Result<Appended, StoreError> {
    store.run_blocking(move |tx| tx.append_sealed(&new, &stamped))
}

/// A stamp that tells for which place it was made.
fn stamped(seq: Seq, _: Timestamp) -> Stamp {
    Stamp { kid: u32::try_from(seq.get()).unwrap(), mac: StampMac([9; 32]) }
}

fn ban(store: &Store, by: AccountId, whom: AccountId) {
    let new = NewSanction::new(Target::Account(whom), Kind::Ban, None, text("spam"));
    in_chat(store, by, NOW, move |staff| staff.sanction(&new)).unwrap();
}

/// Does what the server does on the word of the feed; how many entries that made.
fn propose(store: &Store, room: RoomId) -> usize {
    let Some(found) = store.read_blocking(|reads| reads.to_propose(room)).unwrap() else { return 0 };
    let entries = found.evictions.iter().map(|(row, leaves)| NewEvict {
        message_id: id(5_000 + row.id.get()),
        account: row.account,
        why: row.why,
        evictions: vec![row.id],
        proposals: leaves.iter().map(|leaf| bytes(&format!("remove {}", leaf.leaf))).collect(),
    });
    let new = NewProposals {
        room,
        epoch: found.group.epoch,
        version: found.group.version,
        snapshot: b"snapshot with proposals".to_vec(),
        entries: entries.collect(),
        covered: Vec::new(),
        at: NOW,
    };
    store.run_blocking(move |tx| tx.propose_evictions(&new)).unwrap().len()
}

fn members(store: &Store, room: RoomId) -> Vec<String> {
    let page = store.read_blocking(|reads| reads.members(room, "", 50)).unwrap();
    page.items.iter().map(|row| row.name.to_string()).collect()
}

laws! {
    fn the_same_id_and_the_same_two_people_have_one_sealed_room(store) {
        let (ada, bob) = (who(store, "ada").account, who(store, "bob").account);
        let one = create(store, ada, None, 1).unwrap();
        assert_eq!(create(store, ada, None, 1), Ok(one));
        assert_ne!(create(store, ada, None, 2), Ok(one));
        let two = create(store, ada, Some(bob), 3).unwrap();
        assert_eq!(create(store, bob, Some(ada), 4), Ok(two));
        assert_eq!(create(store, ada, Some(bob), 5), Ok(two));
        assert_eq!(create(store, ada, Some(ada), 6), Err(StoreError::NotPermitted));
        assert_eq!(create(store, ada, None, 3), Err(StoreError::Conflict), "the id of another room");
        assert_eq!(members(store, one), ["ada"]);
        assert_eq!(members(store, two), ["ada", "bob"]);
        let summary = |reader| store.read_blocking(|reads| reads.summary(two, reader)).unwrap().unwrap();
        assert_eq!((summary(ada).kind, &*summary(ada).name), (RoomKind::SealedDirect, "bob"));
        assert_eq!(&*summary(bob).name, "ada");
        let own = store.read_blocking(|reads| reads.summary(one, ada)).unwrap().unwrap();
        assert_eq!((own.kind, &*own.name, own.joined), (RoomKind::Sealed, "", true));
        assert_eq!(store.read_blocking(|reads| reads.summary(one, bob)), Ok(None), "a stranger learns nothing");
    }

    fn a_group_starts_once_and_with_its_maker_alone(store) {
        let (ada, bob) = (who(store, "ada"), who(store, "bob"));
        let room = create(store, ada.account, None, 1).unwrap();
        let stranger = Err(StoreError::NotFound { what: "room" });
        assert_eq!(start(store, room, bob), stranger);
        assert_eq!(send(store, sealed(room, ada, 2, 0)).map(|_| ()), Err(StoreError::StaleEpoch { now: epoch(0) }));
        start(store, room, ada).unwrap();
        assert_eq!(start(store, room, ada), Err(StoreError::Conflict));
        send(store, sealed(room, ada, 2, 0)).unwrap();
        let open = self::room(store, ada.account, "dock");
        assert_eq!(start(store, open, ada), Err(StoreError::NotPermitted));
    }

    fn of_two_commits_of_an_epoch_the_first_wins_and_is_told_again_for_ever(store) {
        let (ada, bob, carol) = (who(store, "ada"), who(store, "bob"), who(store, "carol"));
        let room = group(store, &[ada, bob]);
        assert_eq!(members(store, room), ["ada", "bob"]);
        let (ours, theirs) = (commit(store, room, ada, 1, &[ada, bob, carol]), commit(store, room, bob, 1, &[ada, bob]));
        let done = take(store, ours.clone()).unwrap();
        assert!(done.fresh);
        assert_eq!(done.joined.iter().map(|(account, _)| *account).collect::<Vec<_>>(), [carol.account]);
        assert_eq!(done.welcomed, [(carol.account, carol.device)]);
        assert_eq!(take(store, theirs).map(|_| ()), Err(StoreError::StaleEpoch { now: epoch(2) }));
        let again = take(store, ours).unwrap();
        assert_eq!((again.fresh, again.entry.seq), (false, done.entry.seq));
        let group = store.read_blocking(|reads| reads.group_of(room, carol.account)).unwrap();
        assert_eq!((group.epoch, group.seq, &group.snapshot[..]), (epoch(2), done.entry.seq, &b"snapshot 2"[..]));
        let stranger = who(store, "mallory");
        assert!(take(store, commit(store, room, stranger, 2, &[ada, bob, carol, stranger])).is_err());
    }

    fn a_message_counts_in_its_epoch_and_its_retry_in_any(store) {
        let (ada, bob) = (who(store, "ada"), who(store, "bob"));
        let room = group(store, &[ada, bob]);
        let first = send(store, sealed(room, ada, 50, 1)).unwrap();
        let Content::Sealed { stamp, .. } = first.entry.content else { panic!("sealed") };
        assert_eq!(u64::from(stamp.kid), first.entry.seq.get(), "stamped for its place");
        take(store, commit(store, room, bob, 1, &[ada, bob])).unwrap();
        let again = send(store, sealed(room, ada, 50, 1)).unwrap();
        assert_eq!((again.fresh, again.entry.seq), (false, first.entry.seq));
        let stale = Err(StoreError::StaleEpoch { now: epoch(2) });
        assert_eq!(send(store, sealed(room, ada, 51, 1)).map(|_| ()), stale);
        assert_eq!(send(store, sealed(room, ada, 50, 2)).map(|_| ()), Err(StoreError::Conflict));
        let log = history(store, room, bob.account);
        assert!(log.iter().any(|item| item.entry.content == again.entry.content));
    }

    fn what_the_server_could_read_has_no_place_in_a_sealed_room_and_the_other_way_round(store) {
        let (ada, bob) = (who(store, "ada"), who(store, "bob"));
        let room = group(store, &[ada, bob]);
        assert_eq!(append(store, say(room, ada.account, 60, "in the clear")).map(|_| ()), Err(StoreError::NotPermitted));
        assert_eq!(send(store, sealed(LOBBY, ada, 61, 1)).map(|_| ()), Err(StoreError::NotPermitted));
        let content = Content::Text { body: text("to wait"), reply_to: None };
        let rule = "spam".to_owned();
        let new = NewHeld { room, author: ada.account, message_id: id(59), content, rule, filter: None, at: NOW };
        assert_eq!(store.run_blocking(move |tx| tx.hold(&new)).map(|_| ()), Err(StoreError::NotPermitted));
        let said = send(store, sealed(room, ada, 62, 1)).unwrap().entry.seq;
        let delete = |by: Who, number| append(store, entry(room, by.account, number, Content::Delete { target: said }));
        assert_eq!(delete(bob, 63).map(|_| ()), Err(StoreError::NotPermitted));
        delete(ada, 64).unwrap();
        let log = history(store, room, bob.account);
        let removed = log.iter().find(|item| item.entry.seq == said).unwrap();
        assert_eq!(removed.entry.content, Content::Removed { by: ada.account });
    }

    fn a_ban_stops_writing_until_a_member_has_carried_it_out(store) {
        let olga = with_role(store, "olga", Role::Owner);
        let (ada, bob) = (who(store, "ada"), who(store, "bob"));
        let room = group(store, &[ada, bob]);
        ban(store, olga, bob.account);
        // The fence stands with the ban, before the server has proposed anything.
        assert_eq!(send(store, sealed(room, ada, 70, 1)).map(|_| ()), Err(StoreError::PendingEviction));
        assert_eq!(members(store, room), ["ada"]);
        assert!(store.read_blocking(|reads| reads.group_of(room, bob.account)).is_err(), "nothing more to fetch");
        let early = commit(store, room, ada, 1, &[ada]);
        assert_eq!(take(store, early.clone()).map(|_| ()), Err(StoreError::PendingEviction));
        assert_eq!(store.read_blocking(|reads| reads.rooms_to_propose()), Ok(vec![room]));
        assert_eq!((propose(store, room), propose(store, room)), (1, 0));
        // It was judged before the proposals were there.
        assert_eq!(take(store, early).map(|_| ()), Err(StoreError::PendingEviction));
        assert_eq!(store.read_blocking(|reads| reads.sealed_counts()).unwrap().evicting, 1);
        let done = take(store, commit(store, room, ada, 1, &[ada])).unwrap();
        assert_eq!((done.gone.as_slice(), done.evicting), (&[bob.account][..], false));
        let evicted = done.evicted[0];
        assert_eq!((evicted.why, evicted.done_by), (EvictWhy::Banned, Some((ada.account, ada.device))));
        assert_eq!(store.read_blocking(|reads| reads.sealed_counts()).unwrap().evicting, 0);
        send(store, sealed(room, ada, 71, 2)).unwrap();
        let log = history(store, room, ada.account);
        assert!(matches!(&log[2].entry.content, Content::Evict { why: EvictWhy::Banned, .. }));
        assert_eq!(log[2].entry.author, bob.account);
        // Back in only when the ban is over and a member brings them.
        let back = commit(store, room, ada, 2, &[ada, bob]);
        assert_eq!(take(store, back).map(|_| ()), Err(StoreError::Banned));
    }

    fn whoever_leaves_is_kicked_or_banned_from_the_room_has_to_go(store) {
        let olga = with_role(store, "olga", Role::Owner);
        let people = [who(store, "ada"), who(store, "bob"), who(store, "carol"), who(store, "dave")];
        let room = group(store, &people);
        let [ada, bob, carol, dave] = people;
        store.run_blocking(move |tx| tx.leave(room, bob.account, NOW)).unwrap();
        in_chat(store, olga, NOW, move |staff| staff.kick(room, carol.account, &text("rude"))).unwrap();
        let mut out = NewSanction::new(Target::Account(dave.account), Kind::Ban, None, text("spam"));
        out.scope = Scope::Room(room);
        in_chat(store, olga, NOW, move |staff| staff.sanction(&out)).unwrap();
        let whys: Vec<_> = store.read_blocking(|reads| reads.open_evictions(room)).unwrap().iter().map(|row| row.why).collect();
        assert_eq!(whys, [EvictWhy::Left, EvictWhy::Kicked, EvictWhy::RoomBanned]);
        assert_eq!(propose(store, room), 3);
        let done = take(store, commit(store, room, ada, 1, &[ada])).unwrap();
        assert_eq!((done.evicted.len(), done.members), (3, 1));
    }

    fn an_eviction_that_a_commit_left_open_is_proposed_again_for_the_next_epoch(store) {
        let olga = with_role(store, "olga", Role::Owner);
        let (ada, bob) = (who(store, "ada"), who(store, "bob"));
        let room = group(store, &[ada, bob]);
        ban(store, olga, bob.account);
        propose(store, room);
        // A device that comes back by itself cannot carry proposals along.
        let done = take(store, commit(store, room, ada, 1, &[ada, bob])).unwrap();
        assert!(done.evicting && done.evicted.is_empty());
        assert_eq!(send(store, sealed(room, ada, 80, 2)).map(|_| ()), Err(StoreError::PendingEviction));
        assert_eq!(propose(store, room), 1);
        take(store, commit(store, room, ada, 2, &[ada])).unwrap();
        send(store, sealed(room, ada, 80, 3)).unwrap();
    }

    fn a_group_whose_last_member_has_to_go_is_over_and_can_start_anew(store) {
        let olga = with_role(store, "olga", Role::Owner);
        let (ada, bob) = (who(store, "ada"), who(store, "bob"));
        let room = create(store, ada.account, Some(bob.account), 1).unwrap();
        start(store, room, ada).unwrap();
        ban(store, olga, ada.account);
        assert_eq!(store.read_blocking(|reads| reads.sealed_counts()).unwrap().evicting, 0);
        assert!(!store.read_blocking(|reads| reads.group(room)).unwrap().unwrap().live);
        assert_eq!(propose(store, room), 0);
        start(store, room, bob).unwrap();
        send(store, sealed(room, bob, 2, 0)).unwrap();
    }

    fn a_revoked_device_has_to_go_alone_and_its_account_stays(store) {
        let ada = who(store, "ada");
        let bob = who(store, "bob");
        let phone = Who { device: device(store, bob.account, 2), ..bob };
        let asked = phone;
        store.run_blocking(move |tx| tx.ask_approval((asked.account, asked.device), &signature_key(asked.device), NOW)).unwrap();
        store.run_blocking(move |tx| {
            let key = signature_key(phone.device);
            tx.approve_device((bob.account, bob.device), (phone.device, &key), &bytes("certificate"), &bytes("parcel"))
        }).unwrap();
        let room = group(store, &[ada, bob, phone]);
        store.run_blocking(move |tx| tx.revoke_device(phone.account, phone.device, NOW)).unwrap();
        assert_eq!(members(store, room), ["ada", "bob"]);
        assert_eq!(propose(store, room), 1);
        let done = take(store, commit(store, room, bob, 1, &[ada, bob])).unwrap();
        assert_eq!((done.gone.len(), done.evicted[0].device), (0, Some(phone.device)));
        assert_eq!(store.read_blocking(|reads| reads.device_identity(phone.device)), Ok(None));
        assert_eq!(take(store, commit(store, room, bob, 2, &[ada, bob, phone])).map(|_| ()), Err(StoreError::NoIdentity));
    }

    fn another_identity_ends_the_certificates_and_places_of_the_old_one(store) {
        let (ada, bob) = (who(store, "ada"), who(store, "bob"));
        let room = group(store, &[ada, bob]);
        let fresh = Who { device: device(store, bob.account, 2), ..bob };
        assert_eq!(publish(store, fresh, Some(7)), Err(StoreError::Conflict), "it replaces none that there is");
        let published = publish(store, fresh, Some(1)).unwrap();
        assert_eq!(published, Published { replaced: true, rooms: vec![room] });
        assert_eq!(publish(store, fresh, Some(1)), Ok(Published::default()), "the same again");
        assert_eq!(store.read_blocking(|reads| reads.device_identity(bob.device)), Ok(None));
        assert_eq!(members(store, room), ["ada"]);
        let open = store.read_blocking(|reads| reads.open_evictions(room)).unwrap();
        assert_eq!(open[0].why, EvictWhy::IdentityReplaced);
    }

    fn a_key_package_is_handed_out_once_and_then_the_last_resort(store) {
        let olga = with_role(store, "olga", Role::Owner);
        let (ada, bob) = (who(store, "ada"), who(store, "bob"));
        let room = group(store, &[ada]);
        let far = NOW.plus_ms(1_000_000);
        let new = NewKeyPackages {
            account: bob.account,
            device: bob.device,
            packages: vec![(bytes("one"), far), (bytes("two"), far), (bytes("past its end"), NOW)],
            last_resort: Some((bytes("last"), far)),
            at: NOW,
        };
        assert_eq!(store.run_blocking(move |tx| tx.publish_key_packages(&new)), Ok(2));
        let take = || {
            let taken = store.run_blocking(move |tx| tx.take_key_packages((room, ada.account), bob.account, NOW));
            taken.map(|list| list.iter().map(|(_, package)| String::from_utf8(package.to_vec()).unwrap()).collect::<Vec<_>>())
        };
        assert_eq!([take(), take(), take(), take()], [Ok(vec!["one".to_owned()]), Ok(vec!["two".to_owned()]), Ok(vec!["last".to_owned()]), Ok(vec!["last".to_owned()])]);
        let by_stranger = store.run_blocking(move |tx| tx.take_key_packages((room, bob.account), ada.account, NOW));
        assert!(by_stranger.is_err(), "only members ask");
        // A restored server may have handed them out before.
        store.run_blocking(|tx| tx.renew_incarnation()).unwrap();
        assert_eq!(take(), Ok(Vec::new()));
        ban(store, olga, bob.account);
        assert_eq!(take(), Err(StoreError::Banned));
    }

    fn a_device_without_a_certificate_leaves_no_key_packages_and_approves_nobody(store) {
        let bob = who(store, "bob");
        let phone = Who { device: device(store, bob.account, 2), ..bob };
        let new = NewKeyPackages { account: bob.account, device: phone.device, packages: Vec::new(), last_resort: None, at: NOW };
        assert_eq!(store.run_blocking(move |tx| tx.publish_key_packages(&new)), Err(StoreError::NoIdentity));
        let approve = move |store: &Store| store.run_blocking(move |tx| {
            let key = signature_key(bob.device);
            tx.approve_device((bob.account, phone.device), (bob.device, &key), &bytes("certificate"), &bytes("parcel"))
        });
        assert_eq!(approve(store), Err(StoreError::NoIdentity));
        let ada = person(store, "ada");
        let laptop = device(store, ada, 1);
        let ask = store.run_blocking(move |tx| tx.ask_approval((ada, laptop), &signature_key(laptop), NOW));
        assert_eq!(ask, Err(StoreError::NoIdentity), "nobody could approve it");
    }

    fn a_welcome_waits_with_its_tree_until_its_device_drops_it(store) {
        let (ada, bob) = (who(store, "ada"), who(store, "bob"));
        let room = group(store, &[ada, bob]);
        take(store, commit(store, room, ada, 1, &[ada, bob])).unwrap();
        let waiting = || store.read_blocking(|reads| reads.welcomes(bob.device)).unwrap().items;
        let card = waiting().remove(0);
        assert_eq!((card.room, card.epoch, &card.welcome[..]), (room, epoch(1), &b"welcome"[..]));
        let tree = |of| store.read_blocking(|reads| reads.tree_piece((room, bob.account), epoch(of), (0, 100)));
        assert_eq!((tree(1), tree(2)), (Ok(b"tree 1".to_vec()), Ok(b"tree 2".to_vec())));
        assert_eq!(tree(0), Err(StoreError::NotFound { what: "tree" }));
        let (theirs, ours, id) = (ada.device, bob.device, card.id);
        store.run_blocking(move |tx| tx.drop_welcome(theirs, id)).unwrap();
        assert_eq!(waiting().len(), 1, "nobody drops the Welcome of another device");
        store.run_blocking(move |tx| tx.drop_welcome(ours, id)).unwrap();
        assert_eq!((waiting().len(), tree(1).is_err(), tree(2).is_ok()), (0, true, true));
    }

    fn a_file_of_a_sealed_message_is_read_by_members_and_says_nothing_of_itself(store) {
        let (ada, bob) = (who(store, "ada"), who(store, "bob"));
        let room = group(store, &[ada, bob]);
        let blob = BlobId([3; 32]);
        let new = NewUpload { account: ada.account, room, blob, size: FileSize::new(4_096).unwrap(), at: NOW };
        store.run_blocking(move |tx| tx.begin_upload(&new)).unwrap();
        let early = NewSealed { blob: Some(blob), ..sealed(room, ada, 90, 1) };
        assert_eq!(send(store, early.clone()).map(|_| ()), Err(StoreError::NoSuchFile));
        store.run_blocking(move |tx| tx.finish_upload(ada.account, blob, NOW)).unwrap();
        let said = send(store, early).unwrap().entry.seq;
        let found = store.read_blocking(|reads| reads.file_at(room, said, bob.account)).unwrap();
        assert_eq!((found.blob, found.size.get()), (blob, 4_096));
        append(store, entry(room, ada.account, 91, Content::Delete { target: said })).unwrap();
        assert!(store.read_blocking(|reads| reads.file_at(room, said, bob.account)).is_err());
        assert_eq!(store.read_blocking(|reads| reads.unused_blobs(9)).unwrap().len(), 1, "nothing holds it");
    }

    fn who_was_in_the_group_when_something_was_said_is_remembered(store) {
        let (ada, bob, carol) = (who(store, "ada"), who(store, "bob"), who(store, "carol"));
        let room = group(store, &[ada, bob]);
        let said = send(store, sealed(room, ada, 95, 1)).unwrap().entry.seq;
        take(store, commit(store, room, ada, 1, &[ada, carol])).unwrap();
        let was = |whom: Who, place: Seq| store.read_blocking(|reads| reads.was_in_group(room, whom.account, place)).unwrap();
        assert_eq!((was(bob, said), was(carol, said)), (true, false));
        assert_eq!((was(bob, seq(said.get() + 2)), was(carol, seq(said.get() + 1))), (false, true));
        let note = |place| store.run_blocking(move |tx| tx.cannot_read((room, place), (carol.account, carol.device), NOW));
        assert_eq!([note(said), note(said)], [Ok(true), Ok(false)], "counted once for each device");
        assert_eq!(store.read_blocking(|reads| reads.unreadable_of(ada.account, NOW)), Ok(1));
        assert_eq!(note(seq(1)), Err(StoreError::NoSuchEntry), "the first entry is no message");
    }
}
