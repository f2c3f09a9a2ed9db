use proptest::prelude::*;

use super::*;

#[test]
fn a_range_is_read_as_people_write_it() {
    for (typed, shown) in [
        ("192.0.2.7", "192.0.2.7"),
        (" 192.0.2.7/32 ", "192.0.2.7"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:DB8:0:0::/32", "2001:db8::/32"),
        ("2001:db8::1", "2001:db8::1"),
        ("::/0", "::/0"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
    ] {
        assert_eq!(Cidr::parse(typed).unwrap().to_string(), shown, "{typed}");
    }
}

#[test]
fn what_is_wrong_is_said_with_what_to_write() {
    for (typed, words) in [
        ("", "address is empty; write one like 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"),
        ("mallory", "\"mallory\" is not an address; write one like 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32"),
        (
            "192.0.2/24",
            "\"192.0.2\" is not an address; write one like 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32",
        ),
        ("192.0.2.0/", "\"\" after the / is not a number of bits; write one like /24 or /48"),
        ("192.0.2.0/+24", "\"+24\" after the / is not a number of bits; write one like /24 or /48"),
        ("192.0.2.0/024", "\"024\" after the / is not a number of bits; write one like /24 or /48"),
        ("192.0.2.0/24/8", "\"24/8\" after the / is not a number of bits; write one like /24 or /48"),
        ("192.0.2.0/33", "/33 is more than the 32 bits of this address; write /0 to /32"),
        ("2001:db8::/129", "/129 is more than the 128 bits of this address; write /0 to /128"),
        (
            "192.0.2.7/24",
            "192.0.2.7/24 has bits set behind its /24; write 192.0.2.0/24 for the range, or 192.0.2.7 for the one address",
        ),
        (
            "::ffff:192.0.2.0/64",
            "an IPv4 address written as IPv6 needs /96 to /128, this has /64; write it as IPv4",
        ),
        (
            "fe80::1%eth0",
            "\"fe80::1%eth0\" is not an address; write one like 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32",
        ),
    ] {
        assert_eq!(Cidr::parse(typed).unwrap_err().to_string(), words, "{typed}");
    }
}

#[test]
fn a_message_about_a_flood_of_characters_stays_short() {
    let error = Cidr::parse(&"\u{1f480}".repeat(10_000)).unwrap_err().to_string();
    assert!(error.len() < 200, "{error}");
}

#[test]
fn an_address_is_in_a_range_whichever_way_it_is_written() {
    let range = Cidr::parse("192.0.2.0/24").unwrap();
    for inside in ["192.0.2.0", "192.0.2.255", "::ffff:192.0.2.9"] {
        assert!(range.contains(inside.parse().unwrap()), "{inside}");
    }
    for outside in ["192.0.3.0", "192.0.1.255", "::192.0.2.9", "2001:db8::1"] {
        assert!(!range.contains(outside.parse().unwrap()), "{outside}");
    }
    assert!(!Cidr::parse("::/0").unwrap().contains("192.0.2.1".parse().unwrap()));
}

#[test]
fn one_customer_is_an_address_or_a_64() {
    for (range, single) in [
        ("192.0.2.7", true),
        ("192.0.2.6/31", false),
        ("2001:db8::1", true),
        ("2001:db8::/64", true),
        ("2001:db8::/63", false),
    ] {
        assert_eq!(Cidr::parse(range).unwrap().is_single(), single, "{range}");
    }
    let person = Cidr::of_person("2001:db8:1:2:3::4".parse().unwrap());
    assert_eq!(person.to_string(), "2001:db8:1:2::/64");
    assert_eq!(Cidr::of_person("::ffff:192.0.2.7".parse().unwrap()).to_string(), "192.0.2.7");
}

#[test]
fn only_bytes_of_a_range_read_back() {
    assert_eq!(Cidr::parse("192.0.2.0/24").unwrap().to_bytes(), [24, 192, 0, 2, 0]);
    for wrong in [&[][..], &[24], &[33, 192, 0, 2, 0], &[24, 192, 0, 2, 1], &[24, 192, 0, 2, 0, 0]] {
        assert_eq!(Cidr::from_bytes(wrong), None, "{wrong:?}");
    }
    let mapped = [&[128][..], &"::ffff:192.0.2.7".parse::<Ipv6Addr>().unwrap().octets()].concat();
    assert_eq!(Cidr::from_bytes(&mapped), None, "one range has one form");
}

pub(super) fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| Ipv4Addr::from(bits).into()),
        any::<u128>().prop_map(|bits| Ipv6Addr::from(bits).into())
    ]
}

pub(super) fn range() -> impl Strategy<Value = Cidr> {
    (address(), 0..=128_u8).prop_map(|(address, bits)| Cidr::around(address, bits))
}

proptest! {
    #[test]
    fn a_range_reads_back_from_its_words_and_its_bytes(range in range()) {
        prop_assert_eq!(Cidr::parse(&range.to_string()), Ok(range));
        prop_assert_eq!(Cidr::from_bytes(&range.to_bytes()), Some(range));
    }

    #[test]
    fn a_range_covers_another_when_it_has_its_first_and_its_last_address(left in range(), right in range()) {
        let last = match right.base() {
            IpAddr::V4(base) => IpAddr::from(Ipv4Addr::from_bits(base.to_bits() | u32::MAX.checked_shr(right.bits().into()).unwrap_or(0))),
            IpAddr::V6(base) => IpAddr::from(Ipv6Addr::from_bits(base.to_bits() | u128::MAX.checked_shr(right.bits().into()).unwrap_or(0))),
        };
        prop_assert!(right.contains(last));
        prop_assert_eq!(left.covers(right), left.contains(right.base()) && left.contains(last));
        prop_assert!(left.covers(left));
    }

    #[test]
    fn nothing_typed_panics(typed in "\\PC{0,60}", digits in "[0-9a-f:./%]{0,44}") {
        let _ = Cidr::parse(&typed);
        if let Ok(range) = Cidr::parse(&digits) {
            prop_assert!(range.contains(range.base()));
        }
    }
}
