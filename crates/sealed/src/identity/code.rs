//! Numbers that two people, or two devices of one person, compare by eye or by voice.
//!
//! A safety number is Signal's numeric fingerprint (Marlinspike and Perrin's design, described in Signal's "Safety number
//! updates" and in the documentation of its library): each side is hashed 5,200 times with SHA-512, mixing its key in every
//! round, and the first 30 bytes become 30 digits; the smaller half stands first. One half resists about 2^112 work.

use proto::ids::{AccountId, DeviceId, IdentityKey, PublicKey, SignatureKey};
use sha2::{Digest, Sha512};

use crate::ids::{ServerId, id16};

const ROUNDS: usize = 5200;
const SAFETY_LABEL: &[u8] = b"livechat/safety/1\0";
const APPROVAL_LABEL: &[u8] = b"livechat/approve/1\0";

/// Returns the 60 digits that two accounts compare, in twelve groups of five; the order of the two does not matter.
#[must_use]
pub fn safety_number(
    server: ServerId,
    one: (AccountId, &IdentityKey),
    other: (AccountId, &IdentityKey),
) -> String {
    let half = |(account, key): (AccountId, &IdentityKey)| {
        let subject = [SAFETY_LABEL, &server.0, &id16(account.get())].concat();
        digits::<6>(&subject, &key.0)
    };
    let mut halves = [half(one), half(other)];
    halves.sort();
    halves.join(" ")
}

/// Returns the 20 digits that a new device and the device that approves it both show, in four groups of five.
///
/// They cover the account's key as well as the new device's keys: equal codes mean that the server shows neither device
/// another one's keys.
#[must_use]
pub fn approval_code(
    server: ServerId,
    account: AccountId,
    identity: &IdentityKey,
    device: DeviceId,
    noise_key: &PublicKey,
    signature_key: &SignatureKey,
) -> String {
    let subject = [APPROVAL_LABEL, &server.0, &id16(account.get()), &id16(device.get())].concat();
    let keys = [identity.0, noise_key.0, signature_key.0].concat();
    digits::<4>(&subject, &keys)
}

fn digits<const GROUPS: usize>(subject: &[u8], keys: &[u8]) -> String {
    let mut hash = Sha512::new().chain_update(subject).chain_update(keys).finalize();
    for _ in 1..ROUNDS {
        hash = Sha512::new().chain_update(hash).chain_update(keys).finalize();
    }
    let groups: [String; GROUPS] = std::array::from_fn(|index| {
        let number =
            hash[index * 5..index * 5 + 5].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        format!("{:05}", number % 100_000)
    });
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: ServerId = ServerId([9; 16]);

    fn account(number: u64) -> AccountId {
        AccountId::new(number).unwrap()
    }

    fn code(identity: u8, noise: u8, signature: u8) -> String {
        approval_code(
            SERVER,
            account(11),
            &IdentityKey([identity; 32]),
            DeviceId::new(5).unwrap(),
            &PublicKey([noise; 32]),
            &SignatureKey([signature; 32]),
        )
    }

    #[test]
    fn both_sides_see_the_same_sixty_digits() {
        let (ada, bob) = (IdentityKey([1; 32]), IdentityKey([2; 32]));
        let number = safety_number(SERVER, (account(11), &ada), (account(22), &bob));
        assert_eq!(number, safety_number(SERVER, (account(22), &bob), (account(11), &ada)));
        assert_eq!(number.chars().filter(char::is_ascii_digit).count(), 60);
        assert_eq!(number.split(' ').count(), 12);
    }

    #[test]
    fn another_key_account_or_server_gives_another_number() {
        let (ada, bob, mallory) = (IdentityKey([1; 32]), IdentityKey([2; 32]), IdentityKey([3; 32]));
        let number = safety_number(SERVER, (account(11), &ada), (account(22), &bob));
        assert_ne!(number, safety_number(SERVER, (account(11), &ada), (account(22), &mallory)));
        assert_ne!(number, safety_number(SERVER, (account(11), &ada), (account(23), &bob)));
        assert_ne!(number, safety_number(ServerId([8; 16]), (account(11), &ada), (account(22), &bob)));
    }

    #[test]
    fn an_approval_code_has_twenty_digits_and_covers_all_three_keys() {
        let honest = code(1, 2, 3);
        assert_eq!(honest.len(), 23);
        assert_eq!(honest, code(1, 2, 3));
        for other in [code(9, 2, 3), code(1, 9, 3), code(1, 2, 9)] {
            assert_ne!(honest, other);
        }
    }
}
