//! What both sides of the handshake share: the Noise state, its randomness, and the opening's bytes.

use snow::{Builder, HandshakeState};
use zeroize::Zeroizing;

use super::HandshakeError;
use super::kem::{CT, EK};
use super::preamble::Version;
use super::resolver::Resolver;
use crate::codec;
use crate::ids::PublicKey;
use crate::keys::StaticKey;
use crate::limits;
use crate::message::Opening;
use crate::plaintext;

/// Bytes of the first handshake message: ephemeral key, encapsulation key, tag.
pub(super) const M1: usize = 32 + EK + limits::TAG;
/// Bytes of the second: ciphertext, ephemeral key, static key with tag, empty payload with tag.
pub(super) const M2: usize = CT + 32 + 32 + limits::TAG + limits::TAG;
/// Bytes of the third without its payload: static key with tag, tag.
pub(super) const M3_OVERHEAD: usize = 32 + limits::TAG + limits::TAG;

/// Which end of the handshake a state is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Initiator,
    Responder,
}

/// Returns the Noise state at the start of a handshake.
pub(super) fn state(
    side: Side,
    version: Version,
    key: &StaticKey,
    ephemeral: &Zeroizing<[u8; 32]>,
) -> HandshakeState {
    let pattern = PATTERN.parse().expect("the pattern is one that snow knows");
    let resolver = Box::new(Resolver { static_key: key.clone(), ephemeral: ephemeral.clone() });
    let secret = key.to_bytes();
    let prologue = version.preamble();
    Builder::with_resolver(pattern, resolver)
        .local_private_key(&*secret)
        .and_then(|builder| builder.prologue(&prologue))
        .and_then(|builder| match side {
            Side::Initiator => builder.build_initiator(),
            Side::Responder => builder.build_responder(),
        })
        .expect("the resolver knows the pattern's primitives and the key has 32 bytes")
}

/// Mixes the psk in with the message that `step` reads or writes, then wipes it: snow would leave it in memory.
pub(super) fn with_psk<T>(
    noise: &mut HandshakeState,
    psk: &Zeroizing<[u8; 32]>,
    step: impl FnOnce(&mut HandshakeState) -> Result<T, HandshakeError>,
) -> Result<T, HandshakeError> {
    noise.set_psk(PSK, &**psk).expect("the psk has 32 bytes and its place exists");
    let result = step(noise);
    noise.set_psk(PSK, &[0; 32]).expect("the psk has 32 bytes and its place exists");
    result
}

/// Returns the peer's static key, once the message that holds it was read.
pub(super) fn remote_key(noise: &HandshakeState) -> PublicKey {
    let key = noise.get_remote_static().expect("the message with the static key was read");
    PublicKey(key.try_into().expect("an X25519 key has 32 bytes"))
}

/// Returns the plaintext of message 3: the opening, padded so far that its kinds look the same.
pub(super) fn pad_opening(opening: &Opening) -> Zeroizing<Vec<u8>> {
    // Room for all of it from the start, so that no half-written copy stays behind.
    let mut encoded = Zeroizing::new(Vec::with_capacity(limits::HANDSHAKE_MESSAGE));
    codec::encode_into(opening, &mut encoded);
    let padded = plaintext::padded_len(plaintext::LENGTH_FIELD + encoded.len(), limits::OPENING_PADDED);
    let mut bytes = Zeroizing::new(Vec::with_capacity(padded));
    plaintext::push(&encoded, &mut bytes);
    bytes.resize(padded, 0);
    bytes
}

/// Returns the opening in the plaintext of message 3.
pub(super) fn unpad_opening(bytes: &[u8]) -> Result<Opening, HandshakeError> {
    let used = plaintext::check(bytes, limits::OPENING_PADDED)?;
    let mut messages = plaintext::messages(&bytes[..used]);
    match (messages.next(), messages.next()) {
        (Some(encoded), None) => Ok(codec::decode(encoded)?),
        _ => Err(HandshakeError::SeveralOpenings),
    }
}

/// Where the psk token stands in XXpsk2.
const PSK: usize = 2;
const PATTERN: &str = "Noise_XXpsk2_25519_AESGCM_SHA256";
