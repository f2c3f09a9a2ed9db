use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

#[test]
fn a_network_holds_sixteen_connections_and_its_neighbours_are_unaffected() {
    let (mut gate, now) = fresh();
    for _ in 0..16 {
        assert_eq!(gate.knock(address(1), now), Knock::Open);
    }
    assert_eq!(gate.knock(address(1), now), Knock::Crowded);
    assert_eq!(gate.knock(address(2), now), Knock::Open, "the same /24");
    assert_eq!(gate.knock(address(70_000), now), Knock::Open, "another /24");
    gate.close(address(1), now);
    assert_eq!(gate.knock(address(1), now), Knock::Open);
    assert_eq!(gate.open(), 18);
}

#[test]
fn a_range_of_networks_cannot_take_all_connections() {
    let (mut gate, now) = fresh();
    let host = |net: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, net, 0, 0, 0, 1));
    let open = (0..u16::MAX).filter(|net| gate.knock(host(*net), now) == Knock::Open).count();
    assert_eq!(open, 512, "a /48 with 65,536 networks");
    assert_eq!(gate.knock(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 1)), now), Knock::Open);
    for net in 0..512 {
        gate.close(host(net), now);
    }
    assert_eq!(gate.knock(host(9), now), Knock::Open);
}

#[test]
fn addresses_of_one_ipv6_network_count_together() {
    let (mut gate, now) = fresh();
    let host = |host: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0, 0, 0, host));
    let open = (0..1_000).filter(|at| gate.knock(host(*at), now) == Knock::Open).count();
    assert_eq!(open, 16);
}

#[test]
fn the_server_has_a_limit_of_its_own() {
    let (_, now) = fresh();
    let mut gate = ConnectionGate::new(GateLimits { total: 100, ..GateLimits::default() });
    for number in 0..100 {
        assert_eq!(gate.knock(address(number << 8), now), Knock::Open);
    }
    assert_eq!(gate.knock(address(200 << 8), now), Knock::Full);
    gate.close(address(0), now);
    assert_eq!(gate.knock(address(200 << 8), now), Knock::Open);
}

#[test]
fn a_network_that_connects_and_leaves_all_the_time_has_to_slow_down() {
    let (mut gate, now) = fresh();
    for _ in 0..60 {
        assert_eq!(gate.knock(address(1), now), Knock::Open);
        gate.close(address(1), now);
    }
    assert_eq!(gate.knock(address(1), now), Knock::Wait(Duration::from_secs(1)));
    assert_eq!(gate.knock(address(1), now + Duration::from_secs(1)), Knock::Open);
}

#[test]
fn penalties_start_after_a_few_offences_and_double_up_to_ten_minutes() {
    let (mut gate, mut now) = fresh();
    let mut penalties = Vec::new();
    for _ in 0..14 {
        gate.offence(address(1), now);
        match gate.knock(address(1), now) {
            Knock::Wait(wait) => {
                penalties.push(wait.as_secs());
                assert_eq!(gate.knock(address(2), now), Knock::Open, "a neighbour");
                gate.close(address(2), now);
                now += wait;
            }
            knock => {
                assert_eq!(knock, Knock::Open);
                gate.close(address(1), now);
            }
        }
    }
    assert_eq!(penalties, [5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600]);
    assert_eq!(gate.knock(address(1), now), Knock::Open);
}

#[test]
fn offences_are_forgotten_after_a_while_of_peace_and_not_before() {
    for (peace, shut) in [(599, true), (601, false)] {
        let (mut gate, now) = fresh();
        for _ in 0..3 {
            gate.offence(address(1), now);
        }
        let later = now + Duration::from_secs(peace);
        gate.offence(address(1), later);
        assert_eq!(matches!(gate.knock(address(1), later), Knock::Wait(_)), shut, "after {peace} s");
    }
}

#[test]
fn a_flood_of_networks_fills_no_memory_frees_no_offender_and_miscounts_nothing() {
    let (mut gate, now) = fresh();
    for _ in 0..8 {
        gate.offence(address(1), now);
    }
    for _ in 0..16 {
        gate.knock(address(2), now);
    }
    for number in 1..70_000_u32 {
        gate.offence(address(number << 8), now);
    }
    assert_eq!(gate.networks(), TABLE);
    assert_eq!(gate.knock(address(1), now), Knock::Wait(Duration::from_secs(80)));
    assert_eq!(gate.knock(address(2), now), Knock::Crowded);
    let later = now + Duration::from_secs(3_600);
    for number in 1..40_000_u32 {
        gate.offence(address((number << 8) + 7), later);
    }
    assert!(gate.networks() < TABLE, "what is past is dropped as others come");
}

#[test]
fn a_clock_that_steps_back_shuts_nobody_out_for_longer_than_the_longest_penalty() {
    let (mut gate, now) = fresh();
    for _ in 0..20 {
        gate.offence(address(1), now);
    }
    let before = now - Duration::from_secs(7_200);
    assert_eq!(gate.knock(address(1), before), Knock::Wait(Duration::from_secs(600)));
    assert_eq!(gate.knock(address(2), before), Knock::Open);
    let over = before + Duration::from_secs(600);
    assert_eq!(
        gate.knock(address(1), over),
        Knock::Wait(Duration::from_secs(1)),
        "the bucket of new connections"
    );
    assert_eq!(gate.knock(address(1), over + Duration::from_secs(1)), Knock::Open);
}

#[test]
fn closing_what_was_never_open_changes_nothing() {
    let (mut gate, now) = fresh();
    gate.close(address(1), now);
    gate.knock(address(2), now);
    gate.close(address(1), now);
    assert_eq!(gate.open(), 1);
}

proptest! {
    #[test]
    fn counts_are_right_whatever_happens(steps in proptest::collection::vec((0_u8..6, 0_u32..6, 0_u64..40), 0..300)) {
        let (_, mut now) = fresh();
        let limits = GateLimits { total: 8, per_network: 3, per_range: 5, ..GateLimits::default() };
        let mut gate = ConnectionGate::new(limits);
        let mut open: BTreeMap<IpAddr, u32> = BTreeMap::new();
        for (act, number, seconds) in steps {
            now += Duration::from_secs(seconds);
            // Two /24s of three addresses.
            let address = address((number % 2) * 256 + number / 2);
            match act {
                0 => gate.offence(address, now),
                1 | 2 => {
                    if let Some(count) = open.get_mut(&address).filter(|count| 0 < **count) {
                        *count -= 1;
                        gate.close(address, now);
                    }
                }
                _ => {
                    if gate.knock(address, now) == Knock::Open {
                        *open.entry(address).or_default() += 1;
                    }
                }
            }
            let total: u32 = open.values().sum();
            prop_assert_eq!(gate.open(), total as usize);
            prop_assert!(total <= 8 && open.values().all(|count| *count <= 3));
            let in_ranges: u32 = gate.ranges.values().sum();
            prop_assert_eq!(in_ranges, total);
            prop_assert!(gate.ranges.values().all(|count| (1..=5).contains(count)));
            let idle: BTreeSet<_> = gate.callers.iter().filter(|(_, caller)| caller.open == 0)
                .map(|(network, caller)| (caller.clear_at(), *network)).collect();
            prop_assert_eq!(&idle, &gate.idle);
        }
    }
}

fn fresh() -> (ConnectionGate, Instant) {
    // A day after the clock's own start, so that tests can step back.
    (ConnectionGate::new(GateLimits::default()), Instant::now() + Duration::from_secs(86_400))
}

/// Numbers that differ only in the lowest eight bits lie in one /24.
fn address(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(0x0b00_0000 + number))
}
