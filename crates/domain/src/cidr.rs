//! Ranges of addresses, as people write them (`192.0.2.0/24`, `2001:db8::/32`) and in one form each.
//!
//! An IPv4 address written inside IPv6 (`::ffff:192.0.2.1`) is the IPv4 address it is, so a ban of one form binds both.

mod index;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

use crate::throttle::Network;

pub use index::CidrIndex;

/// A range of addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    base: IpAddr,
    bits: u8,
}

/// A range that cannot be used: what was wrong, what is expected, what to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CidrError {
    /// Nothing, or only spaces.
    #[error("address is empty; write one like 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32")]
    Empty,
    /// What stands before the `/` is no address.
    #[error("\"{0}\" is not an address; write one like 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32")]
    NotAnAddress(String),
    /// What stands after the `/` is no number.
    #[error("\"{0}\" after the / is not a number of bits; write one like /24 or /48")]
    NotANumber(String),
    /// More bits than the address has.
    #[error("/{bits} is more than the {most} bits of this address; write /0 to /{most}")]
    TooManyBits {
        /// Bits that came.
        bits: u8,
        /// Bits the address has.
        most: u8,
    },
    /// The address is not the first of its range.
    #[error(
        "{typed} has bits set behind its /{bits}; write {meant} for the range, or {single} for the one address"
    )]
    HostBits {
        /// What came.
        typed: String,
        /// Bits of the range.
        bits: u8,
        /// The range around it.
        meant: Cidr,
        /// The address alone.
        single: Cidr,
    },
    /// An IPv4 address inside IPv6 with a range that reaches beyond IPv4.
    #[error("an IPv4 address written as IPv6 needs /96 to /128, this has /{0}; write it as IPv4")]
    MappedTooWide(u8),
}

impl Cidr {
    /// Reads an address or a range as people type it. The address has to be the first of the range.
    ///
    /// # Errors
    /// [`CidrError`] in words for the person.
    pub fn parse(text: &str) -> Result<Self, CidrError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(CidrError::Empty);
        }
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(parse_bits(bits)?)),
            None => (text, None),
        };
        let base: IpAddr = address.parse().map_err(|_| CidrError::NotAnAddress(shortened(address)))?;
        let bits = bits.unwrap_or(length(base));
        if length(base) < bits {
            return Err(CidrError::TooManyBits { bits, most: length(base) });
        }
        let (base, bits) = match (base, base.to_canonical()) {
            (IpAddr::V6(_), IpAddr::V4(_)) if bits < MAPPED => return Err(CidrError::MappedTooWide(bits)),
            (IpAddr::V6(_), inner @ IpAddr::V4(_)) => (inner, bits - MAPPED),
            _ => (base, bits),
        };
        let range = Self::around(base, bits);
        if range.base != base {
            let single = Self::of(base);
            return Err(CidrError::HostBits { typed: shortened(text), bits, meant: range, single });
        }
        Ok(range)
    }

    /// Returns the range that holds this address alone.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        let base = address.to_canonical();
        Self { base, bits: length(base) }
    }

    /// Returns the range one customer holds: an IPv4 address, an IPv6 /64. Everything kept about where people come
    /// from is kept by this.
    #[must_use]
    pub fn of_person(address: IpAddr) -> Self {
        let network = Network::of(address);
        Self { base: network.base(), bits: network.bits() }
    }

    /// Returns the range of so many leading bits (at most what the address has) that an address is in.
    #[must_use]
    pub fn around(address: IpAddr, bits: u8) -> Self {
        let base = address.to_canonical();
        let bits = bits.min(length(base));
        match base {
            IpAddr::V4(base) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
                Self { base: Ipv4Addr::from_bits(base.to_bits() & mask).into(), bits }
            }
            IpAddr::V6(base) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
                Self { base: Ipv6Addr::from_bits(base.to_bits() & mask).into(), bits }
            }
        }
    }

    /// Reads back what [`to_bytes`](Self::to_bytes) gave.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[bits], address) = bytes.split_first_chunk::<1>()?;
        let base = match address.len() {
            4 => IpAddr::from(<[u8; 4]>::try_from(address).ok()?),
            16 => IpAddr::from(<[u8; 16]>::try_from(address).ok()?),
            _ => return None,
        };
        let range = Self { base, bits };
        (bits <= length(base) && range == Self::around(base, bits)).then_some(range)
    }

    /// Returns the one form as bytes: the number of bits, then the address (4 or 16 bytes).
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = vec![self.bits];
        match self.base {
            IpAddr::V4(base) => bytes.extend(base.octets()),
            IpAddr::V6(base) => bytes.extend(base.octets()),
        }
        bytes
    }

    /// Returns the first address.
    #[must_use]
    pub fn base(self) -> IpAddr {
        self.base
    }

    /// Returns how many leading bits all addresses share.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.bits
    }

    /// Returns whether these are IPv4 addresses.
    #[must_use]
    pub fn is_v4(self) -> bool {
        self.base.is_ipv4()
    }

    /// Returns whether no more than one customer is in it: an IPv4 address, an IPv6 /64 or less.
    #[must_use]
    pub fn is_single(self) -> bool {
        if self.is_v4() { self.bits == 32 } else { 64 <= self.bits }
    }

    /// Returns whether the address is in the range.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.is_v4() && Self::around(address, self.bits) == self
    }

    /// Returns whether every address of the other range is in this one.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.bits <= other.bits && self.contains(other.base)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits == length(self.base) {
            return self.base.fmt(formatter);
        }
        write!(formatter, "{}/{}", self.base, self.bits)
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        Self::parse(text)
    }
}

/// Bits before the IPv4 address in an IPv6 address that holds one.
const MAPPED: u8 = 96;

fn length(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn parse_bits(text: &str) -> Result<u8, CidrError> {
    // `u8::from_str` would also take "+24" and "024".
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| plain).ok_or_else(|| CidrError::NotANumber(shortened(text)))
}

/// What came, short enough for a message.
fn shortened(text: &str) -> String {
    const MOST: usize = 48;
    if text.len() <= MOST {
        text.to_owned()
    } else {
        format!("{}...", &text[..text.floor_char_boundary(MOST)])
    }
}

#[cfg(test)]
mod tests;
