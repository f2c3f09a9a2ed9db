//! Device certificates: the account's key says that a signature key is this device's.
//!
//! ```text
//! 01 || server_id (16) || account (16) || device (16) || account key (32) || not_after u64 (seconds) || signature (64)
//! ```
//!
//! The signature covers `livechat/devcert/1\0`, everything before the signature, and the device's MLS signature key, which
//! stands beside the certificate wherever it is used.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use proto::ids::{AccountId, DeviceId, IdentityKey, SignatureKey, Timestamp};
use zeroize::Zeroizing;

use super::IdentityError;
use crate::ids::{ServerId, id16, number_of};

/// Bytes of a certificate.
pub const CERTIFICATE: usize = SIGNED + 64;
/// How long a certificate holds, in seconds: ten years. A device ends when it is revoked, not when time passes.
pub const VALID_FOR: u64 = 10 * 365 * 24 * 3600;

const SIGNED: usize = 1 + 16 + 16 + 16 + 32 + 8;
const VERSION: u8 = 1;
const LABEL: &[u8; 19] = b"livechat/devcert/1\0";

/// What a certificate says. One that exists carries a good signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certificate {
    /// The server whose account it is.
    pub server: ServerId,
    /// The account.
    pub account: AccountId,
    /// Its device.
    pub device: DeviceId,
    /// The account's key, which signed.
    pub identity: IdentityKey,
    /// When it ends, in seconds since 1970.
    pub not_after: u64,
}

impl Certificate {
    /// Reads the certificate of the device with this signature key, and checks the account's signature.
    ///
    /// # Errors
    /// [`IdentityError`] when it is malformed or not signed by the key it names. Time is for [`Self::check_time`].
    pub fn read(bytes: &[u8], signature_key: &SignatureKey) -> Result<Self, IdentityError> {
        let read = Self::parse(bytes)?;
        let key = VerifyingKey::from_bytes(&read.identity.0).map_err(|_| IdentityError::Signature)?;
        let signature = Signature::from_bytes(&part(bytes, SIGNED));
        let signed = [LABEL.as_slice(), &bytes[..SIGNED], &signature_key.0].concat();
        key.verify_strict(&signed, &signature).map_err(|_| IdentityError::Signature)?;
        Ok(read)
    }

    /// Reads a certificate whose signature was checked when its device became a member.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, IdentityError> {
        if bytes.len() != CERTIFICATE || bytes[0] != VERSION {
            return Err(IdentityError::Shape);
        }
        let id = |at| number_of(part(bytes, at));
        Ok(Self {
            server: ServerId(part(bytes, 1)),
            account: id(17).and_then(AccountId::new).ok_or(IdentityError::Id)?,
            device: id(33).and_then(DeviceId::new).ok_or(IdentityError::Id)?,
            identity: IdentityKey(part(bytes, 49)),
            not_after: u64::from_be_bytes(part(bytes, 81)),
        })
    }

    /// Refuses a certificate that has run out.
    ///
    /// # Errors
    /// [`IdentityError::Expired`].
    pub fn check_time(&self, now: Timestamp) -> Result<(), IdentityError> {
        if self.not_after < seconds(now) {
            return Err(IdentityError::Expired { not_after: self.not_after });
        }
        Ok(())
    }

    /// Refuses another device's certificate, also the same device's under another server or account key.
    ///
    /// # Errors
    /// [`IdentityError::SomebodyElse`].
    pub fn check_owner(
        &self,
        server: ServerId,
        account: AccountId,
        device: DeviceId,
        identity: IdentityKey,
    ) -> Result<(), IdentityError> {
        if (self.server, self.account, self.device, self.identity) != (server, account, device, identity) {
            return Err(IdentityError::SomebodyElse);
        }
        Ok(())
    }
}

/// An account's secret identity key. Every certified device of the account has it; the server never does.
#[derive(Clone)]
pub struct AccountKey(SigningKey);

impl AccountKey {
    /// Returns a fresh random key.
    ///
    /// # Panics
    /// When the operating system has no random bytes: nothing can be done safely then.
    #[must_use]
    pub fn generate() -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret).expect("the operating system gives random bytes");
        Self::from_secret(&secret)
    }

    /// Returns the key with this secret; every 32 bytes are one.
    #[must_use]
    pub fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// Returns the secret, for a vault or a parcel.
    #[must_use]
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// Returns the public key, by which others know the account.
    #[must_use]
    pub fn identity(&self) -> IdentityKey {
        IdentityKey(self.0.verifying_key().to_bytes())
    }

    /// Certifies a device for ten years.
    #[must_use]
    pub fn certify(
        &self,
        server: ServerId,
        account: AccountId,
        device: DeviceId,
        signature_key: &SignatureKey,
        now: Timestamp,
    ) -> Vec<u8> {
        let not_after = seconds(now).saturating_add(VALID_FOR);
        let mut certificate = vec![VERSION];
        certificate.extend(server.0);
        certificate.extend(id16(account.get()));
        certificate.extend(id16(device.get()));
        certificate.extend(self.identity().0);
        certificate.extend(not_after.to_be_bytes());
        let signed = [LABEL.as_slice(), &certificate, &signature_key.0].concat();
        certificate.extend(self.0.sign(&signed).to_bytes());
        certificate
    }
}

/// Returns whole seconds since 1970; 0 for times before.
pub(crate) fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.0 / 1000).unwrap_or(0)
}

/// Returns the `N` bytes at `at`. The caller has checked the length.
fn part<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[at..at + N]);
    part
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);
    const KEY: SignatureKey = SignatureKey([7; 32]);
    const SERVER: ServerId = ServerId([9; 16]);

    fn ada() -> (AccountKey, AccountId, DeviceId) {
        (AccountKey::from_secret(&[1; 32]), AccountId::new(11).unwrap(), DeviceId::new(1_000_011).unwrap())
    }

    fn certificate() -> Vec<u8> {
        let (key, account, device) = ada();
        key.certify(SERVER, account, device, &KEY, NOW)
    }

    #[test]
    fn a_certificate_says_whose_device_it_is() {
        let (key, account, device) = ada();
        let read = Certificate::read(&certificate(), &KEY).unwrap();
        assert_eq!(certificate().len(), CERTIFICATE);
        assert_eq!(read.check_owner(SERVER, account, device, key.identity()), Ok(()));
        let other = DeviceId::new(5).unwrap();
        let refused = read.check_owner(SERVER, account, other, key.identity());
        assert_eq!(refused, Err(IdentityError::SomebodyElse));
    }

    #[test]
    fn a_certificate_is_for_one_signature_key() {
        assert_eq!(Certificate::read(&certificate(), &SignatureKey([8; 32])), Err(IdentityError::Signature));
    }

    #[test]
    fn no_bit_of_a_certificate_can_be_changed() {
        for bit in 0..CERTIFICATE * 8 {
            let mut changed = certificate();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(Certificate::read(&changed, &KEY).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_certificate_holds_to_its_last_second_and_not_longer() {
        let read = Certificate::read(&certificate(), &KEY).unwrap();
        let last = i64::try_from(read.not_after * 1000).unwrap();
        assert_eq!(read.check_time(Timestamp(last)), Ok(()));
        let expired = IdentityError::Expired { not_after: read.not_after };
        assert_eq!(read.check_time(Timestamp(last + 1000)), Err(expired));
    }

    proptest! {
        #[test]
        fn garbage_is_no_certificate(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Certificate::read(&bytes, &KEY).is_err());
        }
    }
}
