//! Whatever strangers and the server send: nothing panics, nothing false is taken, and the member goes on.
#![allow(clippy::unwrap_used, reason = "what fails to unwrap is a failed test")]

#[path = "shared/room.rs"]
mod room;

use std::sync::OnceLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proto::bytes::Bytes;
use proto::ids::{AccountId, Epoch};
use proto::message::{Command, Content, Entry, EvictWhy, WelcomeCard};
use proto::text::List;
use sealed::host::{self, inspect};
use sealed::member::{Intent, Phase, What};
use sealed::vault::MemoryVault;
use sealed::{Host, Member};

use room::{Person, Room, SERVER, add_person, ids, now, person, read_by, room_id, text};

/// Bytes of the membership tag (RFC 9420, section 6.2).
const MEMBERSHIP_TAG: usize = 32;

/// A room of two in the middle of its life, to be spoilt again and again.
struct Base {
    bob: MemoryVault,
    carol: MemoryVault,
    snapshot: Vec<u8>,
    tree: Vec<u8>,
    /// What Ada made: a commit that adds Carol, and then what was in the log before.
    commit: [Vec<u8>; 3],
    group_info: Vec<u8>,
    message: Entry,
}

fn base() -> &'static Base {
    static BASE: OnceLock<Base> = OnceLock::new();
    BASE.get_or_init(|| {
        let (mut ada, mut bob, mut carol) = (person(11), person(22), person(33));
        let mut room = Room::of(&mut [&mut ada, &mut bob]);
        room.say(&mut ada, 1, "hello");
        let message = room.log.last().unwrap().clone();
        room.sync(&mut ada);
        let made = ada.commit(room_id(), add_person(&mut carol), now()).unwrap();
        let Command::Commit { commit, group_info, welcome, .. } = made else { panic!("a commit") };
        Base {
            bob: bob.into_vault(),
            carol: carol.into_vault(),
            snapshot: room.snapshot,
            tree: room.tree,
            commit: [commit.to_vec(), group_info.to_vec(), welcome.to_vec()],
            group_info: room.group_info,
            message,
        }
    })
}

fn reopened(vault: &MemoryVault, account: u64) -> Person {
    Member::open(vault.clone(), SERVER, ids(account).0, ids(account).1).unwrap()
}

fn judged(parts: &[Vec<u8>; 3]) -> Result<host::Judged, host::HostError> {
    let (account, device) = ids(11);
    let shut_out = std::collections::BTreeSet::new();
    let judgement =
        host::Judgement { account, device, shut_out: &shut_out, certified: &|_| true, now: now() };
    let host = Host::from_secret(SERVER, &[3; 32]);
    host.judge(room_id(), &base().snapshot, &parts[0], &parts[1], &parts[2], &judgement)
}

/// Bytes that were changed, cut or lengthened on their way.
fn spoilt(bytes: &[u8], at: usize, by: u8, cut: bool) -> Vec<u8> {
    let mut spoilt = bytes.to_vec();
    let at = at % bytes.len().max(1);
    match (cut, by) {
        (true, 0..128) => spoilt.truncate(at),
        (true, _) => spoilt.push(by),
        (false, _) => spoilt[at] ^= by.max(1),
    }
    spoilt
}

fn entry(content: Content) -> Entry {
    Entry { content, author: AccountId::new(11).unwrap(), ..base().message.clone() }
}

#[test]
fn what_is_spoilt_below_is_good_as_it_is() {
    let judged = judged(&base().commit).unwrap();
    assert_eq!(judged.leaves.len(), 3);
    let mut bob = reopened(&base().bob, 22);
    bob.process(&base().message).unwrap();
    assert_eq!(read_by(&bob), [text("hello")]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_spoilt_commit_or_group_info_is_refused_by_the_server(
        which in 0_usize..2, at in any::<usize>(), by in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut parts = base().commit.clone();
        let good = parts[which].clone();
        parts[which] = spoilt(&good, at, by, cut);
        // The tag at the end of a commit is made with a key of the members: they check it, the server cannot.
        let tag_alone = which == 0 && !cut && good.len() - MEMBERSHIP_TAG <= at % good.len();
        prop_assert_eq!(judged(&parts).is_ok(), tag_alone);
    }

    #[test]
    fn a_spoilt_commit_leaves_a_member_lost_and_never_half_changed(
        at in any::<usize>(), by in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut bob = reopened(&base().bob, 22);
        bob.process(&base().message).unwrap();
        let epoch = bob.room(room_id()).unwrap().unwrap().epoch;
        let message = Bytes::new(spoilt(&base().commit[0], at, by, cut)).unwrap();
        let mut spoilt = entry(Content::Commit { device: ids(11).1, epoch, message });
        spoilt.seq = spoilt.seq.next();
        bob.process(&spoilt).unwrap();
        prop_assert_eq!(bob.room(room_id()).unwrap().unwrap().phase, Phase::Lost);
        prop_assert_eq!(read_by(&bob), [text("hello")]);
    }

    #[test]
    fn a_spoilt_message_is_unreadable_and_the_good_one_can_still_be_read(
        at in any::<usize>(), by in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut bob = reopened(&base().bob, 22);
        let Content::Sealed { device, epoch, message, blob, stamp } = base().message.content.clone() else {
            panic!("a message")
        };
        let message = Bytes::new(spoilt(&message, at, by, cut)).unwrap();
        let line = bob.process(&entry(Content::Sealed { device, epoch, message, blob, stamp })).unwrap().line.unwrap();
        let unreadable = matches!(line.what, What::Unreadable { .. });
        prop_assert!(unreadable);
        let mut good = base().message.clone();
        good.seq = good.seq.next();
        bob.process(&good).unwrap();
        prop_assert_eq!(read_by(&bob), [text("hello")]);
    }

    #[test]
    fn a_made_up_eviction_never_removes_anybody(proposal in vec(any::<u8>(), 0..200)) {
        let mut bob = reopened(&base().bob, 22);
        let epoch = bob.room(room_id()).unwrap().unwrap().epoch;
        let proposals = List::new(vec![Bytes::new(proposal).unwrap()]).unwrap();
        bob.process(&entry(Content::Evict { epoch, proposals, why: EvictWhy::Banned })).unwrap();
        let state = bob.room(room_id()).unwrap().unwrap();
        prop_assert!(state.evicting.is_empty());
        prop_assert!(bob.commit(room_id(), Intent::Evictions, now()).is_err());
    }

    #[test]
    fn a_spoilt_welcome_or_tree_lets_nobody_in(
        which in any::<bool>(), at in any::<usize>(), by in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut carol = reopened(&base().carol, 33);
        let (mut welcome, mut tree) = (base().commit[2].clone(), judged(&base().commit).unwrap().tree);
        if which {
            welcome = spoilt(&welcome, at, by, cut);
        } else {
            tree = spoilt(&tree, at, by, cut);
        }
        let card = WelcomeCard {
            id: proto::ids::WelcomeId::new(1).unwrap(),
            room: room_id(),
            epoch: Epoch::new(2).unwrap(),
            seq: base().message.seq.next(),
            welcome: Bytes::new(welcome).unwrap(),
        };
        prop_assert!(carol.join(&card, &tree, now()).is_err());
        prop_assert_eq!(carol.room(room_id()).unwrap(), None);
    }

    #[test]
    fn random_bytes_are_nothing(bytes in vec(any::<u8>(), 0..400)) {
        let host = Host::from_secret(SERVER, &[3; 32]);
        let (account, device) = ids(11);
        prop_assert!(inspect(&bytes).is_err());
        prop_assert!(host.start(room_id(), (account, device), &bytes, &base().tree, now()).is_err());
        prop_assert!(host.start(room_id(), (account, device), &base().group_info, &bytes, now()).is_err());
        prop_assert!(host.check_key_package(&bytes, account, device, now()).is_err());
        prop_assert!(host.propose_removal(room_id(), &bytes, &[0]).is_err());
        let mut dave = person(44);
        prop_assert!(dave.rejoin(room_id(), base().message.seq, &bytes, &base().tree, now()).is_err());
        prop_assert!(dave.rejoin(room_id(), base().message.seq, &base().group_info, &bytes, now()).is_err());
        prop_assert!(dave.create(room_id(), &[account].into(), &bytes, now()).is_err());
    }
}
