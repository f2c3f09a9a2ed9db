//! Measures how long one look-up among 100,000 ranges takes: the index, a map per prefix length, and looking at all.
//!
//! `cargo run --release -p domain --example cidr_lookup`. The same ranges and addresses for all three, which must agree.

use std::collections::HashMap;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use domain::cidr::{Cidr, CidrIndex};

const RANGES: usize = 100_000;
const LOOKUPS: usize = 200_000;
/// Looking at all ranges takes so long that fewer look-ups have to do.
const SCANS: usize = 2_000;

fn main() {
    println!("| addresses | way | median | p99 | found |");
    println!("|---|---|---|---|---|");
    for (family, range, address) in [
        ("IPv4", v4_range as fn(&mut Dice) -> Cidr, v4_address as fn(&mut Dice) -> IpAddr),
        ("IPv6", v6_range, v6_address),
    ] {
        measure(family, range, address);
    }
}

fn measure(family: &str, range: fn(&mut Dice) -> Cidr, address: fn(&mut Dice) -> IpAddr) {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let (mut index, mut maps, mut list) = (CidrIndex::new(), PrefixMaps::default(), Vec::new());
    while list.len() < RANGES {
        let range = range(&mut dice);
        if index.get(range).is_none() {
            index.insert(range, list.len());
            maps.insert(range, list.len());
            list.push(range);
        }
    }
    // Half of the addresses are in some range, the other half are anywhere.
    let addresses: Vec<IpAddr> =
        (0..LOOKUPS)
            .map(|number| {
                if number % 2 == 0 { inside(list[dice.below(RANGES)], &mut dice) } else { address(&mut dice) }
            })
            .collect();
    let scan = |address: IpAddr| {
        let holding = list.iter().enumerate().filter(|(_, range)| range.contains(address));
        holding.max_by_key(|(_, range)| range.bits()).map(|(place, range)| (range.bits(), place))
    };
    let walk = |address| index.longest(address).map(|(range, place)| (range.bits(), *place));
    for address in &addresses[..SCANS] {
        let found = walk(*address);
        assert_eq!(found.map(|(bits, _)| bits), scan(*address).map(|(bits, _)| bits), "{address}");
        assert_eq!(found, maps.longest(*address), "{address}");
    }
    report(family, "index", &addresses, walk);
    report(family, "map per length", &addresses, |address| maps.longest(address));
    report(family, "look at all", &addresses[..SCANS], scan);
}

fn report(family: &str, way: &str, addresses: &[IpAddr], look: impl Fn(IpAddr) -> Option<(u8, usize)>) {
    let mut found = 0;
    let mut took: Vec<Duration> = addresses
        .iter()
        .map(|address| {
            let start = Instant::now();
            found += usize::from(black_box(look(black_box(*address))).is_some());
            start.elapsed()
        })
        .collect();
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!("| {family} | {way} | {:?} | {:?} | {} % |", at(50), at(99), found * 100 / addresses.len());
}

/// The plain way: one map for each prefix length in use, longest first.
#[derive(Default)]
struct PrefixMaps {
    maps: Vec<(u8, HashMap<Cidr, usize>)>,
}

impl PrefixMaps {
    fn insert(&mut self, range: Cidr, value: usize) {
        let place = self.maps.binary_search_by(|(bits, _)| range.bits().cmp(bits));
        let place = place.unwrap_or_else(|place| {
            self.maps.insert(place, (range.bits(), HashMap::new()));
            place
        });
        self.maps[place].1.insert(range, value);
    }

    fn longest(&self, address: IpAddr) -> Option<(u8, usize)> {
        self.maps
            .iter()
            .find_map(|(bits, map)| map.get(&Cidr::around(address, *bits)).map(|value| (*bits, *value)))
    }
}

fn v4_range(dice: &mut Dice) -> Cidr {
    let bits = 12 + dice.below(21);
    Cidr::around(v4_address(dice), u8::try_from(bits).expect("at most 32"))
}

fn v6_range(dice: &mut Dice) -> Cidr {
    let bits = 24 + dice.below(105);
    Cidr::around(v6_address(dice), u8::try_from(bits).expect("at most 128"))
}

fn v4_address(dice: &mut Dice) -> IpAddr {
    Ipv4Addr::from_bits(u32::try_from(dice.next() >> 32).expect("32 bits are left")).into()
}

/// Addresses as they are given out: in few blocks of 2000::/3, dense inside them.
fn v6_address(dice: &mut Dice) -> IpAddr {
    let block = 0x2000 + (dice.next() & 0x3ff);
    let rest = (u128::from(dice.next()) << 64 | u128::from(dice.next())) >> 16;
    Ipv6Addr::from_bits(u128::from(block) << 112 | rest).into()
}

fn inside(range: Cidr, dice: &mut Dice) -> IpAddr {
    match range.base() {
        IpAddr::V4(base) => {
            let host = u32::MAX.checked_shr(range.bits().into()).unwrap_or(0);
            Ipv4Addr::from_bits(
                base.to_bits() | (u32::try_from(dice.next() >> 32).expect("32 bits are left") & host),
            )
            .into()
        }
        IpAddr::V6(base) => {
            let host = u128::MAX.checked_shr(range.bits().into()).unwrap_or(0);
            Ipv6Addr::from_bits(
                base.to_bits() | (u128::from(dice.next()) << 64 | u128::from(dice.next())) & host,
            )
            .into()
        }
    }
}

/// The same numbers on every run (xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below the bound")
    }
}
