//! Where a connection comes from, as far as one person can choose it freely.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address range that belongs to one customer: an IPv4 address, or an IPv6 /64. An IPv4 address inside IPv6 counts
/// as the IPv4 address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

impl Network {
    /// Returns the network an address is in.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::v4(address, 32),
            IpAddr::V6(address) => Self::v6(address, 64),
        }
    }

    /// Returns the range around it that one customer may hold as a whole: an IPv4 /24, an IPv6 /48.
    #[must_use]
    pub fn around(self) -> Self {
        match self.base {
            IpAddr::V4(base) => Self::v4(base, 24),
            IpAddr::V6(base) => Self::v6(base, 48),
        }
    }

    /// Returns the first address.
    #[must_use]
    pub fn base(self) -> IpAddr {
        self.base
    }

    /// Returns how many leading bits all its addresses share.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.bits
    }

    fn v4(address: Ipv4Addr, bits: u8) -> Self {
        let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
        Self { base: Ipv4Addr::from_bits(address.to_bits() & mask).into(), bits }
    }

    fn v6(address: Ipv6Addr, bits: u8) -> Self {
        let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
        Self { base: Ipv6Addr::from_bits(address.to_bits() & mask).into(), bits }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.base, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_address_stands_for_itself_and_an_ipv6_address_for_its_64() {
        assert_eq!(network("192.0.2.7").to_string(), "192.0.2.7/32");
        assert_eq!(network("2001:db8:1:2:3:4:5:6").to_string(), "2001:db8:1:2::/64");
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.7"), network("192.0.2.8"));
    }

    #[test]
    fn an_ipv4_address_inside_ipv6_is_the_same_network() {
        assert_eq!(network("::ffff:192.0.2.7"), network("192.0.2.7"));
    }

    #[test]
    fn the_range_around_is_a_24_or_a_48() {
        assert_eq!(network("192.0.2.7").around().to_string(), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2::1").around().to_string(), "2001:db8:1::/48");
        assert_ne!(network("192.0.2.0").around(), network("192.0.2.0"));
    }

    fn network(address: &str) -> Network {
        Network::of(address.parse().unwrap())
    }
}
