//! Noise's primitives on the RustCrypto crates: X25519, AES-256-GCM, SHA-256.
//!
//! `snow`'s own resolver uses an older AES-GCM that is less than half as fast on large frames.

use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::{Aes256Gcm, KeyInit};
use sha2::{Digest, Sha256};
use snow::Error;
use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::CryptoResolver;
use snow::types::{Cipher, Dh, Hash, Random};
use subtle::ConstantTimeEq;
use x25519_dalek::PublicKey;
use zeroize::Zeroizing;

use crate::keys::StaticKey;
use crate::limits;

/// Gives Noise its primitives, the static key, and one ephemeral key that was drawn before.
pub(super) struct Resolver {
    /// What Noise will set as its static key; its public half is not computed again for each handshake.
    pub(super) static_key: StaticKey,
    /// Handed to Noise once, when it asks for randomness.
    pub(super) ephemeral: Zeroizing<[u8; 32]>,
}

impl CryptoResolver for Resolver {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        Some(Box::new(Ephemeral { secret: Some(self.ephemeral.clone()) }))
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        (*choice == DHChoice::Curve25519).then(|| Box::new(X25519(self.static_key.clone())) as Box<dyn Dh>)
    }

    fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
        (*choice == HashChoice::SHA256).then(|| Box::new(Sha(Sha256::new())) as Box<dyn Hash>)
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        (*choice == CipherChoice::AESGCM)
            .then(|| Box::new(AesGcm(Aes256Gcm::new(&[0; 32].into()))) as Box<dyn Cipher>)
    }
}

/// The one draw of randomness a handshake makes: a second one fails, so no ephemeral key is used twice.
struct Ephemeral {
    secret: Option<Zeroizing<[u8; 32]>>,
}

impl Random for Ephemeral {
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Error> {
        let secret = self.secret.take().ok_or(Error::Rng)?;
        if out.len() != secret.len() {
            return Err(Error::Rng);
        }
        out.copy_from_slice(&*secret);
        Ok(())
    }
}

/// Starts as the static key and becomes what Noise sets or generates.
struct X25519(StaticKey);

impl Dh for X25519 {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        32
    }

    fn priv_len(&self) -> usize {
        32
    }

    fn set(&mut self, secret: &[u8]) {
        if !bool::from(self.0.secret().as_bytes().ct_eq(secret)) {
            self.0 = StaticKey::from_bytes(secret.try_into().expect("an X25519 secret has 32 bytes"));
        }
    }

    fn generate(&mut self, random: &mut dyn Random) -> Result<(), Error> {
        let mut secret = Zeroizing::new([0; 32]);
        random.try_fill_bytes(&mut *secret)?;
        self.0 = StaticKey::from_bytes(*secret);
        Ok(())
    }

    fn pubkey(&self) -> &[u8] {
        self.0.public_bytes()
    }

    fn privkey(&self) -> &[u8] {
        self.0.secret().as_bytes()
    }

    fn dh(&self, public: &[u8], out: &mut [u8]) -> Result<(), Error> {
        let public: [u8; 32] = *public.first_chunk().ok_or(Error::Dh)?;
        let shared = self.0.secret().diffie_hellman(&PublicKey::from(public));
        // A point of small order would make the secret the same for everybody.
        if !shared.was_contributory() {
            return Err(Error::Dh);
        }
        out[..32].copy_from_slice(shared.as_bytes());
        Ok(())
    }
}

struct Sha(Sha256);

impl Hash for Sha {
    fn name(&self) -> &'static str {
        "SHA256"
    }

    fn block_len(&self) -> usize {
        64
    }

    fn hash_len(&self) -> usize {
        32
    }

    fn reset(&mut self) {
        self.0 = Sha256::new();
    }

    fn input(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn result(&mut self, out: &mut [u8]) {
        out[..32].copy_from_slice(&self.0.finalize_reset());
    }
}

struct AesGcm(Aes256Gcm);

impl Cipher for AesGcm {
    fn name(&self) -> &'static str {
        "AESGCM"
    }

    fn set(&mut self, key: &[u8; 32]) {
        self.0 = Aes256Gcm::new(key.into());
    }

    fn encrypt(&self, nonce: u64, authtext: &[u8], plaintext: &[u8], out: &mut [u8]) -> usize {
        let (body, rest) = out.split_at_mut(plaintext.len());
        let buffer = InOutBuf::new(plaintext, body).expect("body has the length of plaintext");
        let tag = self
            .0
            .encrypt_inout_detached(&nonce_bytes(nonce).into(), authtext, buffer)
            .expect("a Noise message is far below the limit of AES-GCM");
        rest[..limits::TAG].copy_from_slice(&tag);
        plaintext.len() + limits::TAG
    }

    fn decrypt(
        &self,
        nonce: u64,
        authtext: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let (body, tag) = ciphertext.split_last_chunk::<{ limits::TAG }>().ok_or(Error::Decrypt)?;
        let buffer = InOutBuf::new(body, &mut out[..body.len()]).map_err(|_| Error::Decrypt)?;
        self.0
            .decrypt_inout_detached(&nonce_bytes(nonce).into(), authtext, buffer, tag.into())
            .map_err(|_| Error::Decrypt)?;
        Ok(body.len())
    }
}

/// Returns Noise's nonce for AES-GCM: four zero bytes and the counter, big-endian.
fn nonce_bytes(nonce: u64) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&nonce.to_be_bytes());
    bytes
}
