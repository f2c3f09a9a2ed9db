//! Static keys: the long-lived X25519 key pair that is a server's or a device's identity.

use std::fmt;

use sha2::{Digest, Sha256};
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use crate::ids::PublicKey;

/// A secret static key with its public half; wiped when dropped and never printed.
#[derive(Clone)]
pub struct StaticKey {
    secret: StaticSecret,
    public: PublicKey,
}

impl StaticKey {
    /// Returns a fresh random key.
    ///
    /// # Panics
    /// When the operating system has no random bytes: nothing can be done safely then.
    #[must_use]
    pub fn generate() -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret).expect("the operating system gives random bytes");
        Self::from_bytes(*secret)
    }

    /// Returns the key with this secret; every 32 bytes are one.
    #[must_use]
    pub fn from_bytes(secret: [u8; 32]) -> Self {
        let secret = StaticSecret::from(secret);
        let public = PublicKey(x25519_dalek::PublicKey::from(&secret).to_bytes());
        Self { secret, public }
    }

    /// Returns the secret, for keeping it in a file that nobody else can read.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.secret.to_bytes())
    }

    /// Returns the public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public
    }

    pub(crate) fn secret(&self) -> &StaticSecret {
        &self.secret
    }

    pub(crate) fn public_bytes(&self) -> &[u8; 32] {
        &self.public.0
    }
}

impl fmt::Debug for StaticKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StaticKey").field("secret", &"***").field("public", &self.public).finish()
    }
}

/// Returns what two people read to each other to compare a key: five groups of four letters and digits,
/// 100 bits of a hash, so that nobody finds another key with the same ones.
#[must_use]
pub fn fingerprint(key: PublicKey) -> String {
    let digest = Sha256::new().chain_update(FINGERPRINT_LABEL).chain_update(key.0).finalize();
    let letters = data_encoding::BASE32_NOPAD.encode(&digest[..FINGERPRINT_BYTES]).to_lowercase();
    let groups: Vec<&str> = (0..FINGERPRINT_GROUPS).map(|group| &letters[4 * group..4 * group + 4]).collect();
    groups.join("-")
}

const FINGERPRINT_LABEL: &[u8] = b"chatd/1 fingerprint";
const FINGERPRINT_GROUPS: usize = 5;
/// Twenty letters of five bits are 12.5 bytes.
const FINGERPRINT_BYTES: usize = 13;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_bytes() {
        let key = StaticKey::generate();
        assert_eq!(StaticKey::from_bytes(*key.to_bytes()).public(), key.public());
    }

    #[test]
    fn two_generated_keys_differ() {
        assert_ne!(StaticKey::generate().public(), StaticKey::generate().public());
    }

    #[test]
    fn the_public_half_is_the_one_of_rfc_7748() {
        // Section 5.2, the first iteration: scalar and base point are both 9.
        let mut nine = [0; 32];
        nine[0] = 9;
        let expected = "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079";
        let public = StaticKey::from_bytes(nine).public();
        assert_eq!(data_encoding::HEXLOWER.encode(&public.0), expected);
    }

    #[test]
    fn the_secret_is_not_printed() {
        let key = StaticKey::from_bytes([7; 32]);
        let printed = format!("{key:?}");
        assert!(
            printed.contains("***") && !printed.contains("7, 7") && !printed.contains("0707"),
            "{printed}"
        );
    }

    #[test]
    fn a_fingerprint_has_five_groups_of_four_and_depends_on_the_key() {
        let ada = fingerprint(StaticKey::from_bytes([1; 32]).public());
        let bob = fingerprint(StaticKey::from_bytes([2; 32]).public());
        assert_ne!(ada, bob);
        assert!(ada.split('-').all(|group| group.len() == 4) && ada.split('-').count() == 5, "{ada}");
    }
}
