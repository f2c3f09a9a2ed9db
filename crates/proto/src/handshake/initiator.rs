//! The client's side: start, read the server's reply, look at its key, finish with the opening.

use std::fmt;

use snow::HandshakeState;
use zeroize::Zeroizing;

use super::HandshakeError;
use super::kem::{CT, DecapsulationKey, psk};
use super::message::framed;
use super::noise::{self, M1, M2, M3_OVERHEAD, Side};
use super::preamble::Version;
use crate::ids::PublicKey;
use crate::keys::StaticKey;
use crate::message::Opening;
use crate::transport::Transport;

/// A client that has sent its first message and waits for the reply.
pub struct Initiator {
    noise: HandshakeState,
    decapsulation_key: DecapsulationKey,
}

/// A client that knows the server's key and has not yet shown its own.
pub struct Introduced {
    noise: HandshakeState,
}

/// The randomness of one handshake on the client's side.
pub(super) struct InitiatorSeed {
    pub(super) ephemeral: Zeroizing<[u8; 32]>,
    /// FIPS 203's `d || z`.
    pub(super) kem: Zeroizing<[u8; 64]>,
}

impl Initiator {
    /// Starts a handshake with this device's key; the bytes go to the server.
    ///
    /// # Panics
    /// When the operating system has no random bytes.
    #[must_use]
    pub fn start(key: &StaticKey) -> (Self, Vec<u8>) {
        Self::start_with(Version::NEWEST, key, &InitiatorSeed::random())
    }

    pub(super) fn start_with(version: Version, key: &StaticKey, seed: &InitiatorSeed) -> (Self, Vec<u8>) {
        let decapsulation_key = DecapsulationKey::from_seed(&seed.kem);
        let mut noise = noise::state(Side::Initiator, version, key, &seed.ephemeral);
        let mut m1 = [0; M1];
        noise
            .write_message(&decapsulation_key.encapsulation_key(), &mut m1)
            .expect("it is our turn, the key fits, and there is randomness for one ephemeral key");
        let bytes = [&version.preamble()[..], &framed(&m1)].concat();
        (Self { noise, decapsulation_key }, bytes)
    }

    /// Reads the server's message, without its length.
    ///
    /// # Errors
    /// [`HandshakeError`]; the connection is over.
    pub fn read_reply(mut self, m2: &[u8]) -> Result<Introduced, HandshakeError> {
        let wrong_length = HandshakeError::Length { number: 2, len: m2.len(), expected: M2 };
        if m2.len() != M2 {
            return Err(wrong_length);
        }
        let Some((ciphertext, noise_message)) = m2.split_first_chunk::<CT>() else {
            return Err(wrong_length);
        };
        let shared = self.decapsulation_key.decapsulate(ciphertext);
        let psk = psk(&shared, ciphertext, self.noise.get_handshake_hash());
        noise::with_psk(&mut self.noise, &psk, |noise| {
            let mut payload = [0; M2];
            noise
                .read_message(noise_message, &mut payload)
                .map_err(|_| HandshakeError::NotAuthentic { number: 2 })
        })?;
        Ok(Introduced { noise: self.noise })
    }
}

impl Introduced {
    /// Returns the server's key; the caller compares it with the pinned one before it goes on.
    #[must_use]
    pub fn server_key(&self) -> PublicKey {
        noise::remote_key(&self.noise)
    }

    /// Shows this device's key and says the opening; the bytes go to the server, then the transport is ready.
    ///
    /// # Errors
    /// [`HandshakeError`] when the opening cannot be sealed, which no opening of this version causes.
    pub fn finish(self, opening: &Opening) -> Result<(Vec<u8>, Transport), HandshakeError> {
        let (m3, transport) = self.finish_with(&noise::pad_opening(opening))?;
        Ok((framed(&m3), transport))
    }

    pub(super) fn finish_with(mut self, payload: &[u8]) -> Result<(Vec<u8>, Transport), HandshakeError> {
        let mut m3 = vec![0; M3_OVERHEAD + payload.len()];
        self.noise.write_message(payload, &mut m3).map_err(|_| HandshakeError::NotAuthentic { number: 3 })?;
        Ok((m3, Transport::new(self.noise)))
    }
}

impl InitiatorSeed {
    fn random() -> Self {
        let mut seed = Self { ephemeral: Zeroizing::new([0; 32]), kem: Zeroizing::new([0; 64]) };
        getrandom::fill(&mut *seed.ephemeral).expect("the operating system gives random bytes");
        getrandom::fill(&mut *seed.kem).expect("the operating system gives random bytes");
        seed
    }
}

impl fmt::Debug for Initiator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Initiator").finish_non_exhaustive()
    }
}

impl fmt::Debug for Introduced {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Introduced").field("server_key", &self.server_key()).finish_non_exhaustive()
    }
}
