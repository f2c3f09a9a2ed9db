//! Pseudonyms of networks: the same network has the same tag on one server, and nobody without the key gets from the
//! tag to an address, though there are only four billion of them.

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::base32;
use crate::cidr::Cidr;
use crate::seal::SealKey;

/// The key of all tags on one server; made from the key for secrets at rest, wiped when dropped, never printed.
#[derive(Clone)]
pub struct TagKey(Zeroizing<[u8; 32]>);

/// A network's pseudonym, 80 bits: shown as `net-xxxx-xxxx`, the first half of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkTag(pub [u8; 10]);

impl TagKey {
    /// Returns the key that belongs to this server's key for secrets.
    #[must_use]
    pub fn derive(key: &SealKey) -> Self {
        let mut derived = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, key.expose())
            .expand(b"livechat/network-tag/v1", &mut *derived)
            .expect("32 bytes are within what HKDF gives");
        Self(derived)
    }

    /// Returns the pseudonym of a network.
    #[must_use]
    pub fn tag(&self, network: Cidr) -> NetworkTag {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0).expect("HMAC takes keys of every length");
        mac.update(&network.to_bytes());
        let mut tag = [0; 10];
        tag.copy_from_slice(&mac.finalize().into_bytes()[..10]);
        NetworkTag(tag)
    }
}

impl fmt::Debug for TagKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TagKey(***)")
    }
}

impl NetworkTag {
    /// Returns all of it as 16 characters, for addresses of pages.
    #[must_use]
    pub fn full(self) -> String {
        base32::encode(&self.0)
    }

    /// Reads what [`full`](Self::full) gave, in any case, with or without dashes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base32::decode(&base32::normalise(text))?;
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for NetworkTag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let full = self.full();
        write!(formatter, "net-{}-{}", &full[..4], &full[4..8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes were computed by another program: HKDF-SHA256 and HMAC-SHA256 over bits and address.
    #[test]
    fn a_network_has_this_tag_under_this_key() {
        let key = TagKey::derive(&SealKey::new([7; 32]));
        let tag = key.tag(Cidr::parse("192.0.2.7").unwrap());
        assert_eq!(data_encoding::HEXLOWER.encode(&tag.0), "14dba4c2a82238e587f5");
        assert_eq!(tag.to_string(), format!("net-{}-{}", &tag.full()[..4], &tag.full()[4..8]));
    }

    #[test]
    fn another_network_or_another_key_has_another_tag() {
        let (one, other) = (TagKey::derive(&SealKey::new([7; 32])), TagKey::derive(&SealKey::new([8; 32])));
        let network = Cidr::parse("192.0.2.0/24").unwrap();
        assert_ne!(one.tag(network), other.tag(network));
        assert_ne!(one.tag(network), one.tag(Cidr::parse("192.0.2.0/25").unwrap()));
        assert_ne!(one.tag(network), one.tag(Cidr::parse("192.0.2.0").unwrap()));
        assert_eq!(format!("{one:?}"), "TagKey(***)");
    }

    #[test]
    fn a_tag_reads_back_from_all_of_it_and_not_from_a_part() {
        let tag = NetworkTag([0xff, 0, 0x44, 0x32, 0x14, 0xc7, 1, 2, 3, 4]);
        assert_eq!(NetworkTag::parse(&tag.full()), Some(tag));
        assert_eq!(NetworkTag::parse(&tag.full().to_uppercase()), Some(tag));
        assert_eq!(NetworkTag::parse(&tag.full()[..15]), None);
        assert_eq!(NetworkTag::parse("not a tag at all!"), None);
        assert_eq!(tag.to_string().len(), 13);
    }
}
