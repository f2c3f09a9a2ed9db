//! Ids as they stand in byte layouts: 16 bytes, big-endian, the upper half zero.

use proto::ids::PublicKey;
use sha2::{Digest, Sha256};

const SERVER_LABEL: &[u8] = b"livechat/server/1";

/// A server as it stands in byte layouts: the first half of the SHA-256 of a label and its Noise public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub [u8; 16]);

impl ServerId {
    /// Returns the id of the server with this key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        let digest = Sha256::new().chain_update(SERVER_LABEL).chain_update(key.0).finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&digest[..16]);
        Self(id)
    }
}

/// Returns a numeric id as 16 bytes: 8 zero bytes, then the number in big-endian order.
#[must_use]
pub fn id16(number: u64) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

/// Reads a numeric id back; `None` when its upper half is not zero.
#[must_use]
pub fn number_of(bytes: [u8; 16]) -> Option<u64> {
    u64::try_from(u128::from_be_bytes(bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_back_from_its_sixteen_bytes() {
        assert_eq!(id16(0x0102_0304), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]);
        assert_eq!(number_of(id16(u64::MAX)), Some(u64::MAX));
        assert_eq!(number_of([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }

    #[test]
    fn the_id_of_a_server_follows_from_its_key() {
        let (one, other) = (ServerId::of(&PublicKey([1; 32])), ServerId::of(&PublicKey([2; 32])));
        assert_ne!(one, other);
        assert_eq!(one, ServerId::of(&PublicKey([1; 32])));
    }
}
