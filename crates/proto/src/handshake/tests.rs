//! Handshakes between our two sides, and with peers that do it wrong.

use bytes::BytesMut;
use snow::Builder;

use super::initiator::{Initiator, InitiatorSeed, Introduced};
use super::kem::CT;
use super::noise::{M1, M2, M3_OVERHEAD};
use super::resolver::Resolver;
use super::responder::{Accepted, Responder, Waiting};
use super::*;
use crate::keys::StaticKey;
use crate::message::{Login, Opening, Resume};
use crate::plaintext;
use crate::text::{Secret, Text};
use crate::transport::Transport;
use zeroize::Zeroizing;

#[test]
fn both_sides_end_with_the_same_hash_and_know_each_other() {
    let (initiator, first) = Initiator::start(&device());
    assert_eq!(parse_preamble(first[..10].try_into().unwrap()), Ok(Version::NEWEST));
    let (second, waiting) = Responder::new(&server()).read_first(unframed(&first[10..])).unwrap();
    let introduced = initiator.read_reply(unframed(&second)).unwrap();
    assert_eq!(introduced.server_key(), server().public());
    let (third, client) = introduced.finish(&resume()).unwrap();
    let accepted = waiting.read_third(unframed(&third)).unwrap();
    assert_eq!(accepted.opening, resume());
    assert_eq!(accepted.device_key, device().public());
    assert_eq!(accepted.transport.handshake_hash(), client.handshake_hash());
}

#[test]
fn two_handshakes_of_the_same_keys_share_nothing() {
    let (ada, bob) = (pair().0, pair().0);
    assert_ne!(ada.handshake_hash(), bob.handshake_hash());
}

#[test]
fn messages_have_the_documented_sizes() {
    let (initiator, first) = Initiator::start(&device());
    let (second, _) = Responder::new(&server()).read_first(&first[12..]).unwrap();
    let (third, _) = initiator.read_reply(&second[2..]).unwrap().finish(&resume()).unwrap();
    assert_eq!((first.len(), second.len(), third.len()), (10 + 2 + 1232, 2 + 1184, 2 + 576));
}

#[test]
fn the_kinds_of_opening_cannot_be_told_apart_by_size() {
    let login = Login {
        name: Text::cut("ada"),
        password: Secret::new("a long enough password").unwrap(),
        code: Secret::new("123456").unwrap(),
        device_label: Text::cut("laptop"),
        client: Text::cut("test"),
    };
    let (short, _) = introduced().0.finish(&resume()).unwrap();
    let (long, _) = introduced().0.finish(&Opening::Login(login)).unwrap();
    assert_eq!(short.len(), long.len());
}

#[test]
fn the_longest_opening_fits() {
    let login = Login {
        name: Text::cut(&"n".repeat(64)),
        password: Secret::new("p".repeat(1024)).unwrap(),
        code: Secret::new("c".repeat(32)).unwrap(),
        device_label: Text::cut(&"d".repeat(64)),
        client: Text::cut(&"c".repeat(64)),
    };
    let opening = Opening::Login(login);
    let (introduced, waiting) = introduced();
    let (third, _) = introduced.finish(&opening).unwrap();
    assert_eq!(waiting.read_third(&third[2..]).unwrap().opening, opening);
}

#[test]
fn a_man_in_the_middle_cannot_show_the_pinned_key() {
    let (initiator, first) = Initiator::start(&device());
    let mallory = StaticKey::from_bytes([66; 32]);
    let (second, _) = Responder::new(&mallory).read_first(&first[12..]).unwrap();
    assert_ne!(initiator.read_reply(&second[2..]).unwrap().server_key(), server().public());
}

#[test]
fn a_version_changed_on_the_way_ends_the_handshake() {
    let (_, first) = Initiator::start_with(Version::TWO, &device(), &initiator_seed());
    let error = Responder::new(&server()).read_first(&first[12..]).unwrap_err();
    assert!(matches!(error, HandshakeError::NotAuthentic { number: 1 }), "{error}");

    let (_, first) = Initiator::start(&device());
    Responder::new(&server()).read_first(&first[12..]).expect("without the change it goes on");
}

#[test]
fn another_program_is_told_from_another_version() {
    assert_eq!(parse_preamble(b"GET / HTTP"), Err(PreambleError::Foreign));
    assert_eq!(parse_preamble(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03"), Err(PreambleError::Foreign));
    assert_eq!(parse_preamble(b"livechat\x00\x01"), Err(PreambleError::Foreign));
    assert_eq!(parse_preamble(b"LiveChat\x00\x00"), Err(PreambleError::Version { wanted: 0 }));
    assert_eq!(parse_preamble(b"LiveChat\x00\x02"), Err(PreambleError::Version { wanted: 2 }));
    assert_eq!(parse_preamble(b"LiveChat\x01\x00"), Err(PreambleError::Version { wanted: 256 }));
    assert_eq!(parse_preamble(b"LiveChat\x00\x01"), Ok(Version::NEWEST));
}

#[test]
fn a_refusal_in_the_clear_reads_back_and_an_unknown_one_does_not() {
    for reason in [RefusalReason::Version, RefusalReason::Busy, RefusalReason::Network] {
        let mut wire = BytesMut::from(&clear_refusal(reason)[..]);
        let refusal = ClearRefusal { reason, oldest: 1, newest: 1 };
        assert_eq!(next_message(&mut wire), Ok(Some(HandshakeMessage::Refused(refusal))));
        assert!(wire.is_empty());
    }
    for reason in (0..=u8::MAX).filter(|reason| !(1..=3).contains(reason)) {
        assert_eq!(parse_clear_refusal(&[reason, 0, 1, 0, 1]), None);
    }
}

#[test]
fn an_encapsulation_key_out_of_range_is_refused() {
    let error = first_message_with(&[0xff; 1184]).unwrap_err();
    assert!(matches!(error, HandshakeError::EncapsulationKey), "{error}");
    // 3328 is the largest number in range, 3329 the first out of it; each number has 12 bits.
    assert!(first_message_with(&key_starting_with(3328)).is_ok());
    let error = first_message_with(&key_starting_with(3329)).unwrap_err();
    assert!(matches!(error, HandshakeError::EncapsulationKey), "{error}");
}

#[test]
fn an_ephemeral_key_of_small_order_is_refused() {
    // The identity, and a point of order eight (RFC 7748, section 6.1 asks for the check).
    let eight = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
    for point in [[0; 32], data_encoding::HEXLOWER.decode(eight.as_bytes()).unwrap().try_into().unwrap()] {
        let m1 = forged_first_message(&point);
        let error = Responder::new(&server()).read_first(&m1).unwrap_err();
        assert!(matches!(error, HandshakeError::NotAuthentic { number: 1 }), "{error}");
    }
}

#[test]
fn a_ciphertext_from_another_handshake_is_refused() {
    let (initiator, first) = Initiator::start(&device());
    let (second, _) = Responder::new(&server()).read_first(&first[12..]).unwrap();
    let (other, _) = Responder::new(&server()).read_first(&first[12..]).unwrap();
    let swapped = [&other[2..2 + CT], &second[2 + CT..]].concat();
    let error = initiator.read_reply(&swapped).unwrap_err();
    assert!(matches!(error, HandshakeError::NotAuthentic { number: 2 }), "{error}");
}

#[test]
fn without_the_kem_secret_message_two_does_not_open() {
    let (initiator, first) = Initiator::start(&device());
    let error = initiator.read_reply(&second_message_with_psk(&first[12..], &[0; 32])).unwrap_err();
    assert!(matches!(error, HandshakeError::NotAuthentic { number: 2 }), "{error}");
}

#[test]
fn a_changed_bit_anywhere_ends_the_handshake() {
    for place in 0..M1 {
        let (_, mut first) = Initiator::start_with(Version::NEWEST, &device(), &initiator_seed());
        first[12 + place] ^= 1 << (place % 8);
        assert!(Responder::new(&server()).read_first(&first[12..]).is_err(), "m1, byte {place}");
    }
    for place in 0..M2 {
        let (initiator, first) = Initiator::start_with(Version::NEWEST, &device(), &initiator_seed());
        let (mut second, _) = Responder::new(&server()).read_first(&first[12..]).unwrap();
        second[2 + place] ^= 1 << (place % 8);
        assert!(initiator.read_reply(&second[2..]).is_err(), "m2, byte {place}");
    }
    for place in 0..M3_OVERHEAD + limits::OPENING_PADDED {
        let (introduced, waiting) = introduced();
        let (mut third, _) = introduced.finish(&resume()).unwrap();
        third[2 + place] ^= 1 << (place % 8);
        assert!(waiting.read_third(&third[2..]).is_err(), "m3, byte {place}");
    }
}

#[test]
fn a_message_of_another_length_is_refused() {
    let (_, first) = Initiator::start(&device());
    for len in [0, 1, 31, 32, 1231] {
        let error = Responder::new(&server()).read_first(&first[12..12 + len]).unwrap_err();
        assert!(matches!(error, HandshakeError::Length { number: 1, expected: 1232, .. }), "{error}");
    }
    for len in [0, 1087, 1088, 1183, 1185] {
        let (initiator, _) = Initiator::start(&device());
        let error = initiator.read_reply(&vec![0; len]).unwrap_err();
        assert!(matches!(error, HandshakeError::Length { number: 2, expected: 1184, .. }), "{error}");
    }
    for len in [0, 63, 575, 4097] {
        let error = introduced().1.read_third(&vec![0; len]).unwrap_err();
        assert!(matches!(error, HandshakeError::OpeningLength { .. }), "{error}");
    }
    for len in [576, 4096] {
        let error = introduced().1.read_third(&vec![0; len]).unwrap_err();
        assert!(matches!(error, HandshakeError::NotAuthentic { number: 3 }), "{error}");
    }
}

#[test]
fn a_message_of_an_earlier_handshake_is_refused() {
    let (introduced_before, waiting_before) = introduced();
    let (third, _) = introduced_before.finish(&resume()).unwrap();
    waiting_before.read_third(&third[2..]).unwrap();
    let (_, waiting) = introduced();
    let error = waiting.read_third(&third[2..]).unwrap_err();
    assert!(matches!(error, HandshakeError::NotAuthentic { number: 3 }), "{error}");
}

#[test]
fn an_opening_must_be_one_canonical_padded_message() {
    let encoded = crate::codec::encode(&resume());
    let refused = |inside: Vec<u8>| third_message_with(&inside).unwrap_err();
    let mut good = Vec::new();
    plaintext::push(&encoded, &mut good);
    let used = good.len();
    good.resize(512, 0);
    assert_eq!(third_message_with(&good).unwrap().opening, resume());

    let mut dirty = good.clone();
    dirty[511] = 1;
    assert!(matches!(refused(dirty), HandshakeError::Plaintext(_)));
    let mut longer = good.clone();
    longer.resize(513, 0);
    assert!(matches!(refused(longer), HandshakeError::Plaintext(_)));
    assert!(matches!(refused(vec![0; 512]), HandshakeError::Plaintext(_)));
    let mut two = good[..used].repeat(2);
    two.resize(512, 0);
    assert!(matches!(refused(two), HandshakeError::SeveralOpenings));
    let mut other = good.clone();
    other[used - 1] = 0xff;
    assert!(matches!(refused(other), HandshakeError::Opening(_)));
}

#[test]
fn a_length_above_the_limit_is_refused_before_its_bytes_come_and_reserves_nothing() {
    let mut buffer = BytesMut::from(&[0x10, 0x01][..]);
    assert_eq!(next_message(&mut buffer), Err(FramingError::TooLong { len: 4097 }));
    let mut buffer = BytesMut::from(&[0x10, 0x00][..]);
    let capacity = buffer.capacity();
    assert_eq!(next_message(&mut buffer), Ok(None));
    assert_eq!(buffer.capacity(), capacity);
    buffer.extend_from_slice(&[7; 4097]);
    let Ok(Some(HandshakeMessage::Message(message))) = next_message(&mut buffer) else {
        panic!("no message")
    };
    assert_eq!((message.len(), buffer.len()), (4096, 1));
}

#[test]
fn a_stream_that_comes_byte_by_byte_gives_the_same_message() {
    let (_, first) = Initiator::start(&device());
    let mut buffer = BytesMut::new();
    for byte in &first[10..first.len() - 1] {
        buffer.extend_from_slice(&[*byte]);
        assert_eq!(next_message(&mut buffer), Ok(None));
    }
    buffer.extend_from_slice(&first[first.len() - 1..]);
    let expected = HandshakeMessage::Message(BytesMut::from(&first[12..]));
    assert_eq!(next_message(&mut buffer), Ok(Some(expected)));
}

#[test]
fn states_and_keys_do_not_print_secrets() {
    let (initiator, first) = Initiator::start(&device());
    let responder = Responder::new(&server());
    assert_eq!(format!("{initiator:?} {responder:?}"), "Initiator { .. } Responder { .. }");
    let (_, waiting) = responder.read_first(&first[12..]).unwrap();
    assert_eq!(format!("{waiting:?}"), "Waiting { .. }");
}

/// Returns the two ends of a finished handshake: client, server.
pub(crate) fn pair() -> (Transport, Transport) {
    let (introduced, waiting) = introduced();
    let (third, client) = introduced.finish(&resume()).unwrap();
    (client, waiting.read_third(&third[2..]).unwrap().transport)
}

fn introduced() -> (Introduced, Waiting) {
    let (initiator, first) = Initiator::start(&device());
    let (second, waiting) = Responder::new(&server()).read_first(&first[12..]).unwrap();
    (initiator.read_reply(&second[2..]).unwrap(), waiting)
}

fn first_message_with(key: &[u8; 1184]) -> Result<Waiting, HandshakeError> {
    let mut noise =
        noise::state(noise::Side::Initiator, Version::NEWEST, &device(), &initiator_seed().ephemeral);
    let mut m1 = [0; M1];
    noise.write_message(key, &mut m1).unwrap();
    Responder::new(&server()).read_first(&m1).map(|(_, waiting)| waiting)
}

/// Returns an encapsulation key that is zero but for its first number.
fn key_starting_with(number: u16) -> [u8; 1184] {
    let mut key = [0; 1184];
    [key[0], key[1]] = number.to_le_bytes();
    key
}

/// Returns a first message with this ephemeral public key. Anybody can make one: its payload is
/// sealed under a key that depends on nothing secret.
fn forged_first_message(ephemeral: &[u8; 32]) -> Vec<u8> {
    use aes_gcm::aead::{Aead, Payload};
    use aes_gcm::{Aes256Gcm, KeyInit};
    use sha2::{Digest, Sha256};

    let protocol: [u8; 32] = *b"Noise_XXpsk2_25519_AESGCM_SHA256";
    let hash = Sha256::new().chain_update(protocol).chain_update(Version::NEWEST.preamble()).finalize();
    let hash = Sha256::new().chain_update(hash).chain_update(ephemeral).finalize();
    let chain = hmac(&protocol, ephemeral);
    let chaining_key = hmac(&chain, &[1]);
    let key = hmac(&chain, &[&chaining_key[..], &[2]].concat());
    let payload = Payload { msg: &key_starting_with(1), aad: &hash };
    let sealed = Aes256Gcm::new(&key.into()).encrypt(&[0; 12].into(), payload).unwrap();
    [&ephemeral[..], &sealed].concat()
}

fn hmac(key: &[u8; 32], data: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};

    let padded = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(block, key)| *block ^= key);
        block
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(data).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

/// Answers as a server would that knows everything but ML-KEM.
fn second_message_with_psk(m1: &[u8], psk: &[u8; 32]) -> Vec<u8> {
    let resolver = Box::new(Resolver { static_key: server(), ephemeral: Zeroizing::new([9; 32]) });
    let secret = server().to_bytes();
    let prologue = Version::NEWEST.preamble();
    let mut noise = Builder::with_resolver("Noise_XXpsk2_25519_AESGCM_SHA256".parse().unwrap(), resolver)
        .local_private_key(&*secret)
        .and_then(|builder| builder.prologue(&prologue))
        .and_then(|builder| builder.psk(2, psk))
        .and_then(Builder::build_responder)
        .unwrap();
    let (mut payload, mut message) = ([0; M1], [0; M2 - CT]);
    noise.read_message(m1, &mut payload).unwrap();
    noise.write_message(&[], &mut message).unwrap();
    [&[0; CT][..], &message].concat()
}

fn third_message_with(inside: &[u8]) -> Result<Accepted, HandshakeError> {
    let (introduced, waiting) = introduced();
    waiting.read_third(&introduced.finish_with(inside)?.0)
}

fn unframed(bytes: &[u8]) -> &[u8] {
    let (length, message) = bytes.split_first_chunk().unwrap();
    assert_eq!(usize::from(u16::from_be_bytes(*length)), message.len());
    message
}

fn initiator_seed() -> InitiatorSeed {
    InitiatorSeed { ephemeral: Zeroizing::new([3; 32]), kem: Zeroizing::new([4; 64]) }
}

fn resume() -> Opening {
    Opening::Resume(Resume { client: Text::cut("test") })
}

fn server() -> StaticKey {
    StaticKey::from_bytes([1; 32])
}

fn device() -> StaticKey {
    StaticKey::from_bytes([2; 32])
}
