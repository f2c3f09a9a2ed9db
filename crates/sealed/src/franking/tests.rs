use data_encoding::HEXLOWER;
use proptest::prelude::*;
use proto::ids::{Epoch, Seq, StampMac, Timestamp};
use proto::message::Stamp;

use super::*;
use crate::ServerId;

const SERVER: ServerId = ServerId([9; 16]);
const TEXT: &[u8] = b"you are an idiot";

/// A message as a member keeps it: everything a report needs.
#[derive(Debug, Clone)]
struct Kept {
    input: StampInput,
    stamp: Stamp,
    key: FrankingKey,
    body: Vec<u8>,
}

#[test]
fn a_genuine_message_is_proven() {
    assert_eq!(report(&kept()), Ok(()));
}

#[test]
fn an_altered_text_does_not_open() {
    let mut kept = kept();
    *kept.body.last_mut().unwrap() ^= 1;
    assert_eq!(report(&kept), Err(Broken::Commitment));
}

#[test]
fn an_appended_text_does_not_open() {
    let mut kept = kept();
    kept.body.push(b'!');
    assert_eq!(report(&kept), Err(Broken::Commitment));
}

#[test]
fn another_franking_key_does_not_open() {
    let mut kept = kept();
    let mut key = *kept.key.reveal();
    key[0] ^= 1;
    kept.key = FrankingKey::new(key);
    assert_eq!(report(&kept), Err(Broken::Commitment));
}

#[test]
fn another_account_cannot_be_blamed() {
    forged(|input| input.account = account(MALLORY));
}

#[test]
fn another_device_cannot_be_blamed() {
    forged(|input| input.device = device(2_002));
}

#[test]
fn a_message_cannot_be_moved_to_another_room() {
    forged(|input| input.room = room(88));
}

#[test]
fn a_message_cannot_be_moved_to_another_time() {
    forged(|input| input.at = input.at.plus_ms(60_000));
}

#[test]
fn a_message_cannot_be_moved_to_another_place() {
    forged(|input| input.seq = input.seq.next());
}

#[test]
fn a_message_cannot_be_moved_to_another_epoch() {
    forged(|input| input.epoch = Epoch::new(input.epoch.get() + 1).unwrap());
}

#[test]
fn a_message_cannot_be_given_another_id() {
    forged(|input| input.message_id.0[0] ^= 1);
}

#[test]
fn a_forged_stamp_does_not_hold() {
    let mut kept = kept();
    kept.stamp.mac = StampMac([7; 32]);
    assert_eq!(report(&kept), Err(Broken::Stamp(StampError::Forged)));
}

#[test]
fn a_stamp_that_names_another_key_does_not_hold() {
    let mut kept = kept();
    kept.stamp.kid = 1;
    assert_eq!(report(&kept), Err(Broken::Stamp(StampError::Forged)));
}

#[test]
fn a_stamp_that_names_an_unknown_key_is_told_so() {
    let mut kept = kept();
    kept.stamp.kid = 9;
    assert_eq!(report(&kept), Err(Broken::Stamp(StampError::UnknownKey(9))));
}

#[test]
fn another_servers_stamp_does_not_hold() {
    let kept = kept();
    let theirs = verify(&keys(), ServerId([8; 16]), &kept.input, &kept.stamp);
    assert_eq!(theirs, Err(StampError::Forged));
}

#[test]
fn a_text_made_up_with_ones_own_commitment_has_no_stamp() {
    let mut kept = kept();
    kept.body = b"something worse".to_vec();
    kept.key = FrankingKey::new([1; 32]);
    kept.input.commitment = commitment(&kept.key, &origin(&kept.input), &kept.body);
    assert_eq!(report(&kept), Err(Broken::Stamp(StampError::Forged)));
}

#[test]
fn a_stolen_commitment_sent_by_another_member_blames_nobody() {
    let ada = kept();
    let sent_by_mallory = StampInput {
        account: account(MALLORY),
        device: device(2_002),
        seq: ada.input.seq.next(),
        message_id: MessageId([0xbb; 16]),
        ..ada.input
    };
    let stamp = stamp(&keys(), SERVER, &sent_by_mallory);
    let as_mallory = Kept { input: sent_by_mallory, stamp, ..ada.clone() };
    assert_eq!(report(&as_mallory), Err(Broken::Commitment));
    let as_ada = StampInput { account: ada.input.account, device: ada.input.device, ..sent_by_mallory };
    assert_eq!(report(&Kept { input: as_ada, stamp, ..ada }), Err(Broken::Stamp(StampError::Forged)));
}

#[test]
fn a_commitment_replayed_into_another_room_does_not_open_there() {
    let ada = kept();
    let elsewhere = StampInput { room: room(88), seq: Seq::new(3).unwrap(), ..ada.input };
    let stamp = stamp(&keys(), SERVER, &elsewhere);
    assert_eq!(report(&Kept { input: elsewhere, stamp, ..ada }), Err(Broken::Commitment));
}

#[test]
fn a_malformed_header_is_refused() {
    let aad = sealed().aad;
    assert!(read_aad(&aad).is_ok());
    for malformed in [&aad[..48], &[&aad[..], &[0]].concat(), &[&[2][..], &aad[1..]].concat(), &[]] {
        assert_eq!(read_aad(malformed), Err(FrankingError::Aad));
    }
}

#[test]
fn a_malformed_envelope_is_refused() {
    let Franked { aad, envelope, .. } = sealed();
    for malformed in [&envelope[..32], &[&[2][..], &envelope[1..]].concat(), &[]] {
        assert_eq!(receive(&ada(), &aad, malformed).unwrap_err(), FrankingError::Envelope);
    }
}

#[test]
fn a_sender_who_commits_to_another_text_is_not_shown() {
    let (sent, innocent) = (sealed(), seal(&ada(), b"innocent"));
    assert_eq!(receive(&ada(), &innocent.aad, &sent.envelope), Err(FrankingError::Unfrankable));
}

#[test]
fn a_sender_whom_the_server_names_otherwise_is_not_shown() {
    let Franked { aad, envelope, .. } = sealed();
    for origin in [
        Origin { account: account(MALLORY), ..ada() },
        Origin { device: device(2_002), ..ada() },
        Origin { room: room(88), ..ada() },
    ] {
        assert_eq!(receive(&origin, &aad, &envelope), Err(FrankingError::Unfrankable));
    }
    let origin = Origin { message_id: MessageId([1; 16]), ..ada() };
    assert_eq!(receive(&origin, &aad, &envelope), Err(FrankingError::OtherMessageId));
}

#[test]
fn what_was_sealed_is_received_with_its_key_and_commitment() {
    let Franked { key, aad, envelope } = sealed();
    let received = receive(&ada(), &aad, &envelope).unwrap();
    assert_eq!((received.body.as_slice(), &received.key), (TEXT, &key));
    assert_eq!(received.commitment, commitment(&key, &ada(), TEXT));
}

#[test]
fn the_same_text_twice_looks_different_to_the_server() {
    assert_ne!(sealed().aad, sealed().aad);
}

/// Computed by another program from the layouts in the documentation.
#[test]
fn the_bytes_are_these() {
    let key = FrankingKey::new(std::array::from_fn(|index| u8::try_from(index).unwrap()));
    let commitment = commitment(&key, &ada(), TEXT);
    assert_eq!(
        HEXLOWER.encode(&commitment.0),
        "7b6007fbd35a0b7486054c6557120f95bf126434f49ee3ac27a337275490cd81"
    );
    let aad = Aad { message_id: ada().message_id, commitment }.bytes();
    assert_eq!(
        HEXLOWER.encode(&aad),
        "01a0a1a2a3a4a5a6a7a8a9aaabacadaeaf7b6007fbd35a0b7486054c6557120f95bf126434f49ee3ac27a337275490cd81"
    );
    let stamp = stamp(&keys(), SERVER, &input(commitment));
    assert_eq!(stamp.kid, 3);
    assert_eq!(
        HEXLOWER.encode(&stamp.mac.0),
        "9db2202cb45889f4aa7003065dab8677247dc27d0d8bc27d766503d0a23a0535"
    );
}

#[test]
fn the_document_has_these_bytes() {
    let key = FrankingKey::new(std::array::from_fn(|index| u8::try_from(index).unwrap()));
    let commitment = commitment(&key, &ada(), TEXT);
    let input = input(commitment);
    for bytes in [
        &commitment.0[..],
        &Aad { message_id: ada().message_id, commitment }.bytes(),
        &stamp::context(3, &input),
        &stamp(&keys(), SERVER, &input).mac.0,
    ] {
        let hex = HEXLOWER.encode(bytes);
        assert!(DOCUMENT.contains(&format!("| `{hex}` |")), "docs/PROTOCOL.md needs {hex}");
    }
}

#[test]
fn keys_are_in_use_for_a_month_and_kept_as_long_as_reports_are_taken() {
    const DAY: i64 = 24 * 3_600_000;
    let mut keys = StampKeys::first(Timestamp(0), Secret32::new([0; 32]));
    assert!(!keys.is_due(Timestamp(30 * DAY - 1)));
    assert!(keys.is_due(Timestamp(30 * DAY)));
    for month in 1..20 {
        keys = keys.rotated(Timestamp(month * 30 * DAY), Secret32::new([u8::try_from(month).unwrap(); 32]));
    }
    // The key of month 5 made its last stamp in month 6, 390 days before month 19; the one before it, 420 days.
    let kids: Vec<u32> = keys.iter().map(|key| key.kid).collect();
    assert_eq!(kids, (5..20).map(|month| month * 30).collect::<Vec<_>>());
    assert_eq!(keys.current().kid, 570);
}

#[test]
fn keys_have_rising_numbers_also_when_the_clock_goes_back() {
    let keys = StampKeys::new(vec![stamp_key(700, 0)]).unwrap();
    assert_eq!(keys.rotated(Timestamp(0), Secret32::new([1; 32])).current().kid, 701);
}

#[test]
fn a_list_of_keys_is_in_order_and_not_empty() {
    assert_eq!(StampKeys::new(vec![]), Err(StampKeysError::Empty));
    let twice = StampKeys::new(vec![stamp_key(2, 0), stamp_key(2, 0)]);
    assert_eq!(twice, Err(StampKeysError::Order { kid: 2, before: 2 }));
}

#[test]
fn no_key_is_printed() {
    let shown = format!("{:?} {:?}", keys(), FrankingKey::new([0xab; 32]));
    assert!(shown.contains("***") && !shown.contains("171") && !shown.contains("67, 67"), "{shown}");
}

proptest! {
    #[test]
    fn every_text_is_received_as_it_was_sent(body in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let Franked { aad, envelope, .. } = seal(&ada(), &body);
        prop_assert_eq!(receive(&ada(), &aad, &envelope).unwrap().body, body);
    }

    #[test]
    fn no_flipped_bit_of_header_or_envelope_is_shown(bit in any::<prop::sample::Index>()) {
        let Franked { aad, envelope, .. } = sealed();
        let mut bytes = [&aad[..], &envelope].concat();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(receive(&ada(), &bytes[..AAD_BYTES], &bytes[AAD_BYTES..]).is_err());
    }

    #[test]
    fn no_flipped_bit_of_a_stamp_holds(bit in 0..256_usize) {
        let mut kept = kept();
        kept.stamp.mac.0[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(report(&kept), Err(Broken::Stamp(StampError::Forged)));
    }

    #[test]
    fn garbage_never_panics(aad in proptest::collection::vec(any::<u8>(), 0..80), envelope in proptest::collection::vec(any::<u8>(), 0..80)) {
        prop_assert!(receive(&ada(), &aad, &envelope).is_err());
    }

    /// Two messages that differ anywhere have different contexts under the same commitment.
    #[test]
    fn a_stamp_is_good_for_one_statement(
        one in (1..9_u64, 1..9_u64, 1..9_i64, 1..9_u64, 1..9_u64, 1..9_u64),
        other in (1..9_u64, 1..9_u64, 1..9_i64, 1..9_u64, 1..9_u64, 1..9_u64),
    ) {
        let statement = |(at_room, seq, at, epoch, by, from)| StampInput {
            room: room(at_room),
            seq: Seq::new(seq).unwrap(),
            at: Timestamp(at),
            epoch: Epoch::new(epoch).unwrap(),
            account: account(by),
            device: device(from),
            message_id: MessageId([5; 16]),
            commitment: Commitment([6; 32]),
        };
        let made = stamp(&keys(), SERVER, &statement(one));
        prop_assert_eq!(verify(&keys(), SERVER, &statement(other), &made).is_ok(), one == other);
    }
}

/// What did not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    Stamp(StampError),
    Commitment,
}

/// What the server does with a report.
fn report(kept: &Kept) -> Result<(), Broken> {
    verify(&keys(), SERVER, &kept.input, &kept.stamp).map_err(Broken::Stamp)?;
    let opens = opens(&kept.key, &origin(&kept.input), &kept.body, &kept.input.commitment);
    if opens { Ok(()) } else { Err(Broken::Commitment) }
}

fn forged(change: impl FnOnce(&mut StampInput)) {
    let mut kept = kept();
    change(&mut kept.input);
    assert_eq!(report(&kept), Err(Broken::Stamp(StampError::Forged)));
}

fn kept() -> Kept {
    let Franked { aad, envelope, .. } = sealed();
    let received = receive(&ada(), &aad, &envelope).unwrap();
    let input = input(received.commitment);
    Kept { stamp: stamp(&keys(), SERVER, &input), input, key: received.key, body: received.body }
}

fn sealed() -> Franked {
    seal(&ada(), TEXT)
}

fn ada() -> Origin {
    Origin {
        room: room(77),
        account: account(101),
        device: device(1_001),
        message_id: MessageId(std::array::from_fn(|index| 0xa0 + u8::try_from(index).unwrap())),
    }
}

fn input(commitment: Commitment) -> StampInput {
    let Origin { room, account, device, message_id } = ada();
    StampInput {
        room,
        seq: Seq::new(12).unwrap(),
        at: Timestamp(1_790_000_000_000),
        epoch: Epoch::new(5).unwrap(),
        account,
        device,
        message_id,
        commitment,
    }
}

fn origin(input: &StampInput) -> Origin {
    Origin { room: input.room, account: input.account, device: input.device, message_id: input.message_id }
}

fn keys() -> StampKeys {
    let current = std::array::from_fn(|index| 0x40 + u8::try_from(index).unwrap());
    let current = StampKey { kid: 3, made_at: Timestamp(0), key: Secret32::new(current) };
    StampKeys::new(vec![stamp_key(1, 0), current]).unwrap()
}

fn stamp_key(kid: u32, made_at: i64) -> StampKey {
    StampKey { kid, made_at: Timestamp(made_at), key: Secret32::new([67; 32]) }
}

fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

fn device(number: u64) -> DeviceId {
    DeviceId::new(number).unwrap()
}

fn room(number: u64) -> RoomId {
    RoomId::new(number).unwrap()
}

const MALLORY: u64 = 202;
const DOCUMENT: &str = include_str!("../../../../docs/PROTOCOL.md");
