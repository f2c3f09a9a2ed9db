//! Entry points for fuzzers: each takes any bytes, must not panic, and checks what was taken.
//!
//! `fuzz/` holds the targets for cargo-fuzz and the corpus; a test in this file replays the corpus.

use bytes::BytesMut;
use minicbor::{Decode, Encode};

use crate::codec;
use crate::handshake::{self, Responder};
use crate::invite::InviteLink;
use crate::keys::StaticKey;
use crate::limits;
use crate::message::{ClientMessage, Opening, ServerMessage};
use crate::plaintext;
use crate::transport;

/// Takes any bytes; a panic is a finding.
pub type Target = fn(&[u8]);

/// A name for each entry point: the name of its target and of its folder in the corpus.
pub const TARGETS: [(&str, Target); 7] = [
    ("handshake", fuzz_handshake),
    ("frames", fuzz_frames),
    ("plaintext", fuzz_plaintext),
    ("opening", fuzz_opening),
    ("client_message", fuzz_client_message),
    ("server_message", fuzz_server_message),
    ("invite", fuzz_invite),
];

/// The first bytes of a connection, as a server and as a client get them.
pub fn fuzz_handshake(bytes: &[u8]) {
    let mut from_server = BytesMut::from(bytes);
    while let Ok(Some(_)) = handshake::next_message(&mut from_server) {}
    let Some((preamble, rest)) = bytes.split_first_chunk() else { return };
    if handshake::parse_preamble(preamble).is_err() {
        return;
    }
    let mut from_client = BytesMut::from(rest);
    if let Ok(Some(handshake::HandshakeMessage::Message(m1))) = handshake::next_message(&mut from_client)
        && let Ok((m2, waiting)) = Responder::new(&StaticKey::from_bytes([1; 32])).read_first(&m1)
    {
        assert_eq!(m2.len(), 2 + 1184);
        assert!(waiting.read_third(&from_client).is_err(), "nobody guesses a sealed opening");
    }
}

/// A stream of frames, in pieces as the network cuts them. The first byte is the size of the pieces.
pub fn fuzz_frames(bytes: &[u8]) {
    let Some((size, stream)) = bytes.split_first() else { return };
    let mut whole = BytesMut::from(stream);
    let mut expected = Vec::new();
    while let Ok(Some(frame)) = transport::next_frame(&mut whole) {
        assert!((limits::FRAME_SMALLEST..=limits::NOISE_MESSAGE).contains(&frame.len()));
        expected.push(frame);
    }
    let (mut buffer, mut frames) = (BytesMut::new(), Vec::new());
    for piece in stream.chunks(usize::from(*size) + 1) {
        buffer.extend_from_slice(piece);
        while let Ok(Some(frame)) = transport::next_frame(&mut buffer) {
            frames.push(frame);
        }
    }
    assert_eq!(frames, expected, "pieces make no difference");
}

/// What is inside an authentic frame of a broken or hostile peer.
pub fn fuzz_plaintext(bytes: &[u8]) {
    let Ok(used) = plaintext::check(bytes, limits::FRAME_PADDED) else { return };
    let mut packed = Vec::new();
    for message in plaintext::messages(&bytes[..used]) {
        take_as::<ClientMessage>(message);
        take_as::<ServerMessage>(message);
        plaintext::push(message, &mut packed);
    }
    packed.resize(plaintext::padded_len(packed.len(), limits::FRAME_PADDED), 0);
    assert_eq!(packed, bytes, "there is one way to pack these messages");
}

/// What is inside message 3 of a broken or hostile client.
pub fn fuzz_opening(bytes: &[u8]) {
    take_as::<Opening>(bytes);
}

/// A message of a client.
pub fn fuzz_client_message(bytes: &[u8]) {
    take_as::<ClientMessage>(bytes);
}

/// A message of a server.
pub fn fuzz_server_message(bytes: &[u8]) {
    take_as::<ServerMessage>(bytes);
}

/// An invite link as somebody pasted it.
pub fn fuzz_invite(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(link) = InviteLink::parse(text) {
        assert_eq!(InviteLink::parse(&link.to_string()), Ok(link), "a link reads back");
    }
}

fn take_as<T>(bytes: &[u8])
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    if let Ok(message) = codec::decode::<T>(bytes) {
        assert_eq!(codec::encode(&message), bytes, "there is one encoding");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_corpus_passes() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        for (name, target) in TARGETS {
            let files: Vec<_> = fs::read_dir(corpus.join(name)).unwrap().collect();
            assert!(4 <= files.len(), "{name} has a corpus");
            for file in files {
                target(&fs::read(file.unwrap().path()).unwrap());
            }
        }
    }

    #[test]
    fn every_entry_point_is_a_target_of_the_fuzzer() {
        let manifest = include_str!("../fuzz/Cargo.toml");
        for (name, _) in TARGETS {
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
    }
}
