//! The parcel: an account's secret key on its way from one of its devices to the next, through the server.
//!
//! ```text
//! 01 || ephemeral X25519 key (32) || AES-256-GCM of the secret (32 + 16)
//! ```
//!
//! The key is HKDF-SHA256 over the shared secret, with both public keys as salt and the server, account, device and
//! signature key as info. It seals one parcel, so its nonce is zero.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use hkdf::Hkdf;
use proto::ids::{AccountId, DeviceId, PublicKey, SignatureKey};
use proto::keys::StaticKey;
use sha2::Sha256;
use x25519_dalek::StaticSecret;
use zeroize::Zeroizing;

use super::{AccountKey, IdentityError};
use crate::ids::{ServerId, id16};

/// Bytes of a parcel.
const PARCEL: usize = 1 + 32 + 32 + 16;

const VERSION: u8 = 1;
const LABEL: &[u8] = b"livechat/parcel/1\0";

/// The device that a parcel is for; every part of it is bound into the parcel.
#[derive(Clone, Copy)]
pub(crate) struct Recipient<'r> {
    pub(crate) server: ServerId,
    pub(crate) account: AccountId,
    pub(crate) device: DeviceId,
    pub(crate) noise_key: &'r PublicKey,
    pub(crate) signature_key: &'r SignatureKey,
}

impl Recipient<'_> {
    /// Packs the account's key for this device alone.
    ///
    /// # Errors
    /// [`IdentityError::Parcel`] when the device's Noise key is not one that a secret can be shared with.
    pub(crate) fn pack(&self, account_key: &AccountKey) -> Result<Vec<u8>, IdentityError> {
        let ephemeral = StaticKey::generate();
        let public = ephemeral.public();
        let key = self.key(&ephemeral.to_bytes(), &public, self.noise_key)?;
        let secret = account_key.secret();
        let sealed = Aes256Gcm::new(&key).encrypt(&Nonce::default(), secret.as_slice());
        let sealed = sealed.map_err(|_| IdentityError::Parcel)?;
        Ok([&[VERSION], public.0.as_slice(), &sealed].concat())
    }

    /// Opens a parcel with this device's Noise secret.
    ///
    /// # Errors
    /// [`IdentityError::Parcel`] when it is for another device or was changed.
    pub(crate) fn open(&self, noise_secret: &[u8; 32], parcel: &[u8]) -> Result<AccountKey, IdentityError> {
        if parcel.len() != PARCEL || parcel[0] != VERSION {
            return Err(IdentityError::Parcel);
        }
        let mut ephemeral = PublicKey([0; 32]);
        ephemeral.0.copy_from_slice(&parcel[1..33]);
        let key = self.key(noise_secret, &ephemeral, &ephemeral)?;
        let sealed = Payload { msg: &parcel[33..], aad: &[] };
        let opened = Aes256Gcm::new(&key).decrypt(&Nonce::default(), sealed);
        let opened = Zeroizing::new(opened.map_err(|_| IdentityError::Parcel)?);
        let mut secret = Zeroizing::new([0; 32]);
        secret.copy_from_slice(&opened);
        Ok(AccountKey::from_secret(&secret))
    }

    /// Derives the parcel's key from one side's secret and the other side's public key.
    fn key(
        &self,
        secret: &[u8; 32],
        ephemeral: &PublicKey,
        peer: &PublicKey,
    ) -> Result<Key<Aes256Gcm>, IdentityError> {
        let shared = StaticSecret::from(*secret).diffie_hellman(&x25519_dalek::PublicKey::from(peer.0));
        if !shared.was_contributory() {
            return Err(IdentityError::Parcel);
        }
        let salt = [ephemeral.0, self.noise_key.0].concat();
        let ids = [self.server.0, id16(self.account.get()), id16(self.device.get())].concat();
        let mut key = Key::<Aes256Gcm>::default();
        Hkdf::<Sha256>::new(Some(&salt), shared.as_bytes())
            .expand_multi_info(&[LABEL, &ids, &self.signature_key.0], &mut key)
            .expect("32 bytes are within HKDF's output");
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: ServerId = ServerId([9; 16]);
    const SIGNATURE: SignatureKey = SignatureKey([7; 32]);

    fn recipient(noise_key: &PublicKey) -> Recipient<'_> {
        let (account, device) = (AccountId::new(11).unwrap(), DeviceId::new(5).unwrap());
        Recipient { server: SERVER, account, device, noise_key, signature_key: &SIGNATURE }
    }

    #[test]
    fn the_new_device_gets_the_accounts_key() {
        let (key, noise) = (AccountKey::generate(), StaticKey::generate());
        let public = noise.public();
        let parcel = recipient(&public).pack(&key).unwrap();
        assert_eq!(parcel.len(), PARCEL);
        let opened = recipient(&public).open(&noise.to_bytes(), &parcel).unwrap();
        assert_eq!(opened.identity(), key.identity());
    }

    #[test]
    fn a_parcel_opens_for_nobody_else_and_no_bit_of_it_can_be_changed() {
        let (key, noise, other) = (AccountKey::generate(), StaticKey::generate(), StaticKey::generate());
        let public = noise.public();
        let parcel = recipient(&public).pack(&key).unwrap();
        assert!(recipient(&public).open(&other.to_bytes(), &parcel).is_err());
        let (account, device) = (AccountId::new(11).unwrap(), DeviceId::new(6).unwrap());
        let wrong = Recipient { account, device, ..recipient(&public) };
        assert!(wrong.open(&noise.to_bytes(), &parcel).is_err());
        for bit in 0..PARCEL * 8 {
            let mut changed = parcel.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(recipient(&public).open(&noise.to_bytes(), &changed).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_noise_key_of_small_order_gets_no_parcel() {
        let zero = PublicKey([0; 32]);
        assert_eq!(recipient(&zero).pack(&AccountKey::generate()).err(), Some(IdentityError::Parcel));
    }
}
