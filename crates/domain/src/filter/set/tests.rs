use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

#[test]
fn a_word_is_found_whole_and_however_it_is_written() {
    let set = set(&[filter(1, Kind::Word, "Free Coins")]);
    for text in [
        "free coins",
        "get FREE   coins!",
        "free-coins",
        "\u{ff26}ree coins",
        "fr\u{435}e c\u{43e}ins",
        "fr\u{200b}ee co\u{ad}ins",
        "fre\u{435} c0ins",
        "free\ncoins",
    ] {
        assert_eq!(set.judge(lobby(), text, Links::Free).matched, [id(1)], "{text:?}");
    }
    for text in ["freecoins", "free", "coins free", "carefree coins", "free coinsy", "", "free the coins"] {
        assert_eq!(set.judge(lobby(), text, Links::Free).matched, [], "{text:?}");
    }
}

#[test]
fn a_pattern_and_a_host_are_found() {
    let set = set(&[
        filter(1, Kind::Regex, r"\b\d{4}-\d{4}\b"),
        filter(2, Kind::Link, "*.example.org"),
        filter(3, Kind::Link, "*"),
    ]);
    let matched = |text| set.judge(lobby(), text, Links::Free).matched;
    assert_eq!(matched("card 1234-5678"), [id(1)]);
    assert_eq!(matched("https://a.example.org 1234-5678"), [id(1), id(2), id(3)]);
    assert_eq!(matched("https://other.example"), [id(3)]);
    assert_eq!(matched("nothing"), []);
}

#[test]
fn a_pattern_ignores_case() {
    let set = set(&[filter(1, Kind::Regex, "straße")]);
    assert_eq!(set.judge(lobby(), "STRAßE", Links::Free).matched, [id(1)]);
}

#[test]
fn a_filter_of_one_room_says_nothing_elsewhere() {
    let set = set(&[Filter { room: Some(room(303)), ..filter(1, Kind::Word, "spoiler") }]);
    assert_eq!(set.judge(room(303), "spoiler", Links::Free).matched, [id(1)]);
    assert_eq!(set.judge(lobby(), "spoiler", Links::Free).decided, None);
}

#[test]
fn shadow_counts_and_does_nothing_and_off_is_not_even_compiled() {
    let set = set(&[
        Filter { mode: Mode::Shadow, ..filter(1, Kind::Word, "bad") },
        Filter { mode: Mode::Off, ..filter(2, Kind::Word, "bad") },
    ]);
    let verdict = set.judge(lobby(), "bad", Links::Free);
    assert_eq!(verdict, Verdict { decided: None, matched: vec![], shadow: vec![id(1)] });
}

#[test]
fn the_strictest_rule_decides_and_among_equals_the_first() {
    let with = |number, action| Filter { action, ..filter(number, Kind::Word, "bad") };
    let set = set(&[
        with(5, Action::Refuse),
        with(4, Action::Hold),
        with(3, Action::Mute { seconds: 60 }),
        with(2, Action::Mute { seconds: 600 }),
        with(6, Action::Mute { seconds: 600 }),
        with(1, Action::Kick),
    ]);
    let verdict = set.judge(lobby(), "bad", Links::Held);
    assert_eq!(verdict.decided, Some((Cause::Filter(id(2)), Action::Mute { seconds: 600 })));
    assert_eq!(verdict.matched, [1, 2, 3, 4, 5, 6].map(id));
}

#[test]
fn links_wait_when_they_have_to_and_other_text_does_not() {
    let set = FilterSet::default();
    let held = set.judge(lobby(), "see https://example.org", Links::Held);
    assert_eq!(held.decided, Some((Cause::Link, Action::Hold)));
    assert_eq!(set.judge(lobby(), "see https://example.org", Links::Free).decided, None);
    assert_eq!(set.judge(lobby(), "hello", Links::Held).decided, None);
}

#[test]
fn a_pattern_that_cannot_be_used_is_told_and_left_out() {
    for (kind, pattern, words) in [
        (Kind::Word, "!!!", "the pattern is empty, or has no letter or digit; write what to look for"),
        (Kind::Regex, "", "the pattern is empty, or has no letter or digit; write what to look for"),
        (Kind::Regex, "(unclosed", "the pattern is not a regular expression: unclosed group"),
        (
            Kind::Regex,
            "a*",
            "the pattern also matches an empty text, so it would match every message; require at least one character",
        ),
        (
            Kind::Regex,
            r"\pL{1000}{1000}",
            "the pattern is too big when compiled; repeat less, or make two filters of it",
        ),
        (
            Kind::Link,
            "https://x",
            "\"https://x\" is not a host; write one like example.org, or * for every link",
        ),
    ] {
        let (set, problems) = FilterSet::compile(&[filter(7, kind, pattern), filter(8, Kind::Word, "fine")]);
        assert_eq!(
            problems.iter().map(|(id, problem)| (*id, problem.to_string())).collect::<Vec<_>>(),
            [(id(7), words.to_owned())]
        );
        assert_eq!(set.judge(lobby(), "fine", Links::Free).matched, [id(8)]);
    }
    assert_eq!(FilterSet::check(&filter(1, Kind::Word, &"a".repeat(513))), Err(PatternError::TooLong(513)));
}

/// Patterns that take other engines hours. The bound is generous: it only has to tell linear from exponential.
#[test]
fn no_pattern_makes_a_long_message_slow() {
    let text = "a".repeat(16 * 1024);
    for pattern in ["(a+)+$b", "(a|aa)+b", "(a|a|a)*b", ".*.*.*.*=x", "(x+x+)+y", r"([a-z]{1,20}){1,5}\s!"] {
        let set = set(&[filter(1, Kind::Regex, pattern)]);
        let start = Instant::now();
        assert_eq!(set.judge(lobby(), &text, Links::Free).matched, [], "{pattern}");
        assert!(start.elapsed() < Duration::from_secs(5), "{pattern} took {:?}", start.elapsed());
    }
}

proptest! {
    #[test]
    fn a_word_is_found_in_any_company(word in "[a-z]{3,8}", before in "[ .,!?a-z]{0,20}", after in "[ .,!?a-z]{0,20}") {
        let set = set(&[filter(1, Kind::Word, &word)]);
        let text = format!("{before} {word} {after}");
        prop_assert_eq!(set.judge(lobby(), &text, Links::Free).matched, [id(1)]);
        let shouted = text.to_uppercase();
        prop_assert_eq!(set.judge(lobby(), &shouted, Links::Free).matched, [id(1)]);
    }

    #[test]
    fn no_pattern_and_no_text_panics(pattern in "\\PC{0,30}", regex in r"[a-c()|*+?\[\]{}0-9\\wds.^$-]{0,20}", text in "\\PC{0,80}") {
        for (kind, pattern) in [(Kind::Word, &pattern), (Kind::Regex, &regex), (Kind::Regex, &pattern), (Kind::Link, &pattern)] {
            let (set, problems) = FilterSet::compile(&[filter(1, kind, pattern)]);
            let verdict = set.judge(lobby(), &text, Links::Held);
            prop_assert!(problems.is_empty() || verdict.matched.is_empty());
        }
    }
}

fn set(filters: &[Filter]) -> FilterSet {
    let (set, problems) = FilterSet::compile(filters);
    assert_eq!(problems, []);
    set
}

fn filter(number: u64, kind: Kind, pattern: &str) -> Filter {
    Filter {
        id: id(number),
        room: None,
        kind,
        pattern: pattern.to_owned(),
        action: Action::Hold,
        mode: Mode::On,
    }
}

fn id(number: u64) -> FilterId {
    FilterId::new(number).unwrap()
}

fn room(number: u64) -> RoomId {
    RoomId::new(number).unwrap()
}

fn lobby() -> RoomId {
    room(1)
}
