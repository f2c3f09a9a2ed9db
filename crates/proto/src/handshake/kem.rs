//! ML-KEM-768 (FIPS 203), and the key that carries its secret into Noise.

use ml_kem::kem::{Decapsulate, Kem, KeyExport};
use ml_kem::{EncapsulationKey, MlKem768, TryKeyInit};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of an encapsulation key.
pub(super) const EK: usize = 1184;
/// Bytes of a ciphertext.
pub(super) const CT: usize = 1088;

/// A secret key for one handshake.
pub(super) struct DecapsulationKey(<MlKem768 as Kem>::DecapsulationKey);

impl DecapsulationKey {
    /// Returns the key of FIPS 203's `d || z`.
    pub(super) fn from_seed(seed: &[u8; 64]) -> Self {
        Self(ml_kem::DecapsulationKey::from_seed((*seed).into()))
    }

    pub(super) fn encapsulation_key(&self) -> [u8; EK] {
        self.0.encapsulation_key().to_bytes().into()
    }

    /// Returns the shared secret; a changed ciphertext gives another one and no error.
    pub(super) fn decapsulate(&self, ciphertext: &[u8; CT]) -> Zeroizing<[u8; 32]> {
        let mut shared = self.0.decapsulate(ciphertext.into());
        let copy = Zeroizing::new(shared.into());
        shared.zeroize();
        copy
    }
}

/// Returns the ciphertext for this key and the shared secret; nothing when the key breaks FIPS 203's modulus check.
pub(super) fn encapsulate(key: &[u8; EK], random: &[u8; 32]) -> Option<([u8; CT], Zeroizing<[u8; 32]>)> {
    let key = EncapsulationKey::<MlKem768>::new_from_slice(key).ok()?;
    let (ciphertext, mut shared) = key.encapsulate_deterministic(random.into());
    let copy = Zeroizing::new(shared.into());
    shared.zeroize();
    Some((ciphertext.into(), copy))
}

/// Returns the Noise psk: everything that an attacker could have swapped goes into it.
pub(super) fn psk(shared: &[u8; 32], ciphertext: &[u8; CT], hash_after_m1: &[u8]) -> Zeroizing<[u8; 32]> {
    let digest = Sha256::new()
        .chain_update(PSK_LABEL)
        .chain_update(shared)
        .chain_update(Sha256::digest(ciphertext))
        .chain_update(hash_after_m1)
        .finalize();
    Zeroizing::new(digest.into())
}

const PSK_LABEL: &[u8] = b"chatd/1 psk2";
