//! The server's side: answer the first message, wait, learn who the device is and what it says.

use std::fmt;

use snow::HandshakeState;
use zeroize::Zeroizing;

use super::HandshakeError;
use super::kem::{CT, EK, encapsulate, psk};
use super::message::framed;
use super::noise::{self, M1, M2, M3_OVERHEAD, Side};
use super::preamble::Version;
use crate::ids::PublicKey;
use crate::keys::StaticKey;
use crate::limits;
use crate::message::Opening;
use crate::transport::Transport;

/// A server that has read a preamble and waits for the first message.
pub struct Responder {
    noise: HandshakeState,
    random: Zeroizing<[u8; 32]>,
}

/// A server that has answered and waits for the third message.
pub struct Waiting {
    noise: HandshakeState,
}

/// A finished handshake.
#[derive(Debug)]
pub struct Accepted {
    /// What the client said.
    pub opening: Opening,
    /// The device's static key, proven.
    pub device_key: PublicKey,
    /// The frames that follow.
    pub transport: Transport,
}

/// The randomness of one handshake on the server's side.
pub(super) struct ResponderSeed {
    pub(super) ephemeral: Zeroizing<[u8; 32]>,
    /// FIPS 203's `m`.
    pub(super) kem: Zeroizing<[u8; 32]>,
}

impl Responder {
    /// Prepares to answer a client that asked for the newest version.
    ///
    /// # Panics
    /// When the operating system has no random bytes.
    #[must_use]
    pub fn new(key: &StaticKey) -> Self {
        Self::new_with(Version::NEWEST, key, ResponderSeed::random())
    }

    pub(super) fn new_with(version: Version, key: &StaticKey, seed: ResponderSeed) -> Self {
        Self { noise: noise::state(Side::Responder, version, key, &seed.ephemeral), random: seed.kem }
    }

    /// Reads the first message, without its length, and returns the reply for the client.
    ///
    /// # Errors
    /// [`HandshakeError`]; the connection is over.
    pub fn read_first(mut self, m1: &[u8]) -> Result<(Vec<u8>, Waiting), HandshakeError> {
        if m1.len() != M1 {
            return Err(HandshakeError::Length { number: 1, len: m1.len(), expected: M1 });
        }
        let mut payload = [0; EK + limits::TAG];
        self.noise.read_message(m1, &mut payload).map_err(|_| HandshakeError::NotAuthentic { number: 1 })?;
        let key: &[u8; EK] = payload.first_chunk().expect("the payload of m1 is as long as a key");
        let (ciphertext, shared) = encapsulate(key, &self.random).ok_or(HandshakeError::EncapsulationKey)?;
        let psk = psk(&shared, &ciphertext, self.noise.get_handshake_hash());
        let m2: [u8; M2 - CT] = noise::with_psk(&mut self.noise, &psk, |noise| {
            let mut message = [0; M2 - CT];
            // A key of small order from the client fails here.
            noise.write_message(&[], &mut message).map_err(|_| HandshakeError::NotAuthentic { number: 1 })?;
            Ok(message)
        })?;
        Ok((framed(&[&ciphertext[..], &m2].concat()), Waiting { noise: self.noise }))
    }
}

impl Waiting {
    /// Reads the third message, without its length.
    ///
    /// # Errors
    /// [`HandshakeError`]; the connection is over.
    pub fn read_third(mut self, m3: &[u8]) -> Result<Accepted, HandshakeError> {
        let lengths = M3_OVERHEAD + limits::OPENING_PADDED..=limits::HANDSHAKE_MESSAGE;
        if !lengths.contains(&m3.len()) {
            return Err(HandshakeError::OpeningLength { len: m3.len() });
        }
        let mut payload = Zeroizing::new(vec![0; m3.len()]);
        let len = self
            .noise
            .read_message(m3, &mut payload)
            .map_err(|_| HandshakeError::NotAuthentic { number: 3 })?;
        let opening = noise::unpad_opening(&payload[..len])?;
        let device_key = noise::remote_key(&self.noise);
        Ok(Accepted { opening, device_key, transport: Transport::new(self.noise) })
    }
}

impl ResponderSeed {
    fn random() -> Self {
        let mut seed = Self { ephemeral: Zeroizing::new([0; 32]), kem: Zeroizing::new([0; 32]) };
        getrandom::fill(&mut *seed.ephemeral).expect("the operating system gives random bytes");
        getrandom::fill(&mut *seed.kem).expect("the operating system gives random bytes");
        seed
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Responder").finish_non_exhaustive()
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Waiting").finish_non_exhaustive()
    }
}
