//! Bytes from a stranger: flipped, cut, random. Nothing panics, and what is taken is canonical.

use bytes::BytesMut;
use minicbor::{Decode, Encode};
use proptest::prelude::*;
use proto::codec;
use proto::handshake::{Responder, next_message, parse_clear_refusal, parse_preamble};
use proto::invite::InviteLink;
use proto::keys::StaticKey;
use proto::message::{ClientMessage, Opening, ServerMessage};
use proto::transport::next_frame;

use crate::samples;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn random_bytes_are_no_message_or_a_canonical_one(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        take_as_every_message(&bytes);
    }

    #[test]
    fn bytes_that_look_like_cbor_are_no_message_or_a_canonical_one(bytes in cbor_like()) {
        take_as_every_message(&bytes);
    }

    #[test]
    fn changed_samples_are_no_message_or_a_canonical_one(
        sample in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let samples = samples::encoded();
        let mut bytes = samples[sample.index(samples.len())].clone();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        take_as_every_message(&bytes);
    }

    #[test]
    fn any_text_is_no_invite_or_one_that_reads_back(text in "(chat://)?[a-zA-Z0-9:./\\[\\]_-]{0,30}(/i/)?[a-z2-7#=k]{0,70}") {
        take_as_invite(&text);
    }

    #[test]
    fn any_stream_is_split_into_frames_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let mut frames = BytesMut::from(&bytes[..]);
        while let Ok(Some(_)) = next_frame(&mut frames) {}
        let mut messages = BytesMut::from(&bytes[..]);
        while let Ok(Some(_)) = next_message(&mut messages) {}
    }

    #[test]
    fn any_first_bytes_are_no_preamble_or_ours(bytes in any::<[u8; 10]>(), refusal in any::<[u8; 5]>()) {
        prop_assert_eq!(parse_preamble(&bytes).is_ok(), bytes == *b"LiveChat\x00\x01");
        prop_assert_eq!(parse_clear_refusal(&refusal).is_some(), (1..=3).contains(&refusal[0]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_first_message_is_refused(bytes in prop::collection::vec(any::<u8>(), 1232)) {
        prop_assert!(Responder::new(&StaticKey::from_bytes([1; 32])).read_first(&bytes).is_err());
    }
}

#[test]
fn every_cut_of_every_message_is_refused() {
    for bytes in samples::encoded() {
        for len in 0..bytes.len() {
            take_as_every_message(&bytes[..len]);
        }
    }
    for (_, message) in samples::client_messages() {
        let bytes = codec::encode(&message);
        for len in 0..bytes.len() {
            assert!(codec::decode::<ClientMessage>(&bytes[..len]).is_err(), "{message:?} cut at {len}");
        }
    }
}

#[test]
fn every_single_flipped_bit_of_every_message_gives_another_value_or_none() {
    for (_, message) in samples::client_messages() {
        let good = codec::encode(&message);
        for bit in 0..8 * good.len() {
            let mut bytes = good.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(other) = codec::decode::<ClientMessage>(&bytes) {
                assert_ne!(other, message);
            }
        }
    }
}

pub(crate) fn take_as_every_message(bytes: &[u8]) {
    take_as::<Opening>(bytes);
    take_as::<ClientMessage>(bytes);
    take_as::<ServerMessage>(bytes);
}

pub(crate) fn take_as_invite(text: &str) {
    if let Ok(link) = InviteLink::parse(text) {
        assert_eq!(InviteLink::parse(&link.to_string()), Ok(link));
    }
}

fn take_as<T>(bytes: &[u8])
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    if let Ok(message) = codec::decode::<T>(bytes) {
        assert_eq!(codec::encode(&message), bytes);
    }
}

/// Bytes made of CBOR heads, so that the decoder gets past the first one.
fn cbor_like() -> impl Strategy<Value = Vec<u8>> {
    let head = prop_oneof![
        6 => 0_u8..24,
        4 => (0_u8..12).prop_map(|count| 0x80 + count),
        2 => (0_u8..6).prop_map(|len| 0x60 + len),
        1 => prop::sample::select(vec![0x18, 0x19, 0x1a, 0x1b, 0x50, 0x78, 0x98, 0x9f, 0xa1, 0xf4, 0xf5, 0xf6, 0xff]),
        1 => any::<u8>(),
    ];
    prop::collection::vec(head, 0..60)
}
