//! The header: a random salt, and numbers under a mask. Nothing in it can be told from random bytes.

use super::key::Keys;
use crate::Method;

/// Bytes of the salt: it makes the keys of every picture its own.
pub(crate) const SALT: usize = 12;
/// Bytes of the masked numbers.
pub(crate) const NUMBERS: usize = 6;
/// Bytes of a header.
pub(crate) const HEADER: usize = SALT + NUMBERS;

/// What a reader must know before it can read the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) method: Method,
    /// Bytes of the sealed body, below 2^31.
    pub(crate) length: u32,
    /// The part of its bits that lies in the second bit, in 65,535ths.
    pub(crate) far_share: u16,
}

impl Header {
    /// The header as it is embedded.
    pub(crate) fn to_bytes(self, salt: &[u8; SALT], keys: &Keys) -> [u8; HEADER] {
        let method = match self.method {
            Method::Lsb => PLAIN,
            Method::Adaptive => 0,
        };
        let mut bytes = [0; HEADER];
        bytes[..SALT].copy_from_slice(salt);
        bytes[SALT..SALT + 4].copy_from_slice(&(self.length | method).to_be_bytes());
        bytes[SALT + 4..].copy_from_slice(&self.far_share.to_be_bytes());
        for (byte, mask) in bytes[SALT..].iter_mut().zip(&*keys.mask) {
            *byte ^= mask;
        }
        bytes
    }

    /// The numbers under the mask; random ones where the key is wrong or nothing is hidden.
    pub(crate) fn from_numbers(masked: [u8; NUMBERS], keys: &Keys) -> Self {
        let mut numbers = masked;
        for (byte, mask) in numbers.iter_mut().zip(&*keys.mask) {
            *byte ^= mask;
        }
        let [a, b, c, d, e, f] = numbers;
        let length = u32::from_be_bytes([a, b, c, d]);
        Self {
            method: if length & PLAIN == 0 { Method::Adaptive } else { Method::Lsb },
            length: length & !PLAIN,
            far_share: u16::from_be_bytes([e, f]),
        }
    }

    /// How many of `bits` lie in the second bit.
    pub(crate) fn far_bits(self, bits: usize) -> usize {
        let share = u64::from(self.far_share);
        usize::try_from(bits as u64 * share / u64::from(u16::MAX)).unwrap_or(bits)
    }
}

const PLAIN: u32 = 1 << 31;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Passphrase;

    #[test]
    fn a_header_comes_back_with_its_key_and_is_noise_without() {
        let salt = [9; SALT];
        let keys = Passphrase::new("one").unwrap().keys(&salt);
        for method in [Method::Lsb, Method::Adaptive] {
            let header = Header { method, length: 12_345, far_share: 30_000 };
            let bytes = header.to_bytes(&salt, &keys);
            let numbers: [u8; NUMBERS] = bytes[SALT..].try_into().unwrap();
            assert_eq!(bytes[..SALT], salt);
            assert_eq!(Header::from_numbers(numbers, &keys), header);
            let others = Passphrase::new("two").unwrap().keys(&salt);
            assert_ne!(Header::from_numbers(numbers, &others), header);
        }
    }

    #[test]
    fn shares_cover_everything_from_none_to_all() {
        let header = |far_share| Header { method: Method::Adaptive, length: 0, far_share };
        assert_eq!(header(0).far_bits(1000), 0);
        assert_eq!(header(u16::MAX).far_bits(1000), 1000);
        assert_eq!(header(u16::MAX / 2).far_bits(1000), 499);
    }
}
