use std::borrow::Cow;

use precis_profiles::precis_core::{DerivedPropertyValue, IdentifierClass, StringClass};
use proptest::prelude::*;
use unicode_normalization::char::{is_combining_mark, is_public_assigned};
use unicode_security::GeneralSecurityProfile;
use unicode_security::general_security_profile::IdentifierType;

use super::*;

/// What somebody would send to a terminal to clear it, set its title, forge a line, or hide text.
const ATTACKS: [&str; 21] = [
    "\u{1b}[2J\u{1b}[H",
    "\u{1b}]0;you have won\u{7}",
    "\u{1b}]52;c;cm0gLXJmIH4=\u{1b}\\",
    "\u{1b}]8;;https://evil.example\u{1b}\\click\u{1b}]8;;\u{1b}\\",
    "\u{1b}P+q544e\u{1b}\\",
    "\u{9b}2J",
    "\u{9d}0;title\u{9c}",
    "ok\rmallory: I am the owner",
    "ok\nmallory: I am the owner",
    "ok\u{85}mallory: next line",
    "ok\u{2028}mallory: line separator\u{2029}",
    "back\u{8}\u{8}\u{8}\u{8}",
    "bell\u{7}vertical\u{b}feed\u{c}nul\0del\u{7f}",
    "\u{202e}txt.exe",
    "\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c}",
    "ze\u{200b}ro\u{200c}wi\u{200d}dth\u{2060}\u{feff}\u{ad}\u{34f}\u{180e}",
    "filler\u{3164}\u{ffa0}\u{115f}\u{1160}",
    "tags\u{e0041}\u{e0042}\u{e007f}\u{e0001}",
    "selectors a\u{fe0f}b\u{fe0e}c\u{fe01}d\u{e0100}",
    "\u{fff9}annotated\u{fffa}hidden\u{fffb}",
    "\u{206a}\u{206f}\u{2061}\u{1d173}\u{13430}",
];

/// Text that is to arrive as it was sent.
const UNHARMED: [&str; 24] = [
    "",
    "plain text, {curly} \\ and `ticks`",
    "M\u{fc}ller, Jos\u{e9}, cafe\u{301}, Nguy\u{1ec5}n, x\u{304}",
    "\u{65e5}\u{672c}\u{8a9e} \u{d55c}\u{ad6d}\u{c5b4} \u{4e2d}\u{6587}\u{ff0c}\u{3002}",
    "\u{1112}\u{1161}\u{11ab}",
    "\u{845b}\u{e0100}\u{57ce}",
    "\u{5e9}\u{5c1}\u{5b8}\u{5dc}\u{5d5}\u{5b9}\u{5dd}",
    "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
    "\u{915}\u{94d}\u{200d}\u{937} \u{915}\u{94d}\u{200c}\u{937}",
    "\u{e01}\u{e33} \u{e2d}\u{e22}\u{e39}\u{e48}",
    "\u{1f642}",
    "\u{1f44d}\u{1f3fd}",
    "\u{2764}\u{fe0f}",
    "\u{260e}\u{fe0e}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}\u{200d}\u{1f466}",
    "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
    "\u{1f469}\u{1f3fd}\u{200d}\u{1f680}",
    "\u{1f3f4}\u{200d}\u{2620}\u{fe0f}",
    "\u{1f441}\u{fe0f}\u{200d}\u{1f5e8}\u{fe0f}",
    "\u{26f9}\u{1f3fb}\u{200d}\u{2640}\u{fe0f}",
    "1\u{fe0f}\u{20e3} #\u{fe0f}\u{20e3} *\u{20e3}",
    "\u{1f1e9}\u{1f1ea}\u{1f1eb}\u{1f1f7}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{2502} box \u{2588}\u{2591} braille \u{2801}\u{2800} arrows \u{2192} \u{2211} \u{20ac} \u{a0}wide\u{3000}",
];

#[test]
fn no_attack_reaches_the_terminal() {
    for attack in ATTACKS {
        assert!(
            dangerous(attack, Lines::Join).is_some(),
            "not an attack, the test proves nothing: {attack:?}"
        );
        assert_eq!(dangerous(&term_safe(attack), Lines::Join), None, "{attack:?}");
        assert_eq!(dangerous(&term_safe_lines(attack), Lines::Keep), None, "{attack:?}");
    }
}

#[test]
fn what_people_write_arrives_unharmed_and_is_not_copied() {
    for text in UNHARMED {
        assert!(
            matches!(term_safe(text), Cow::Borrowed(same) if same == text),
            "{text:?} becomes {:?}",
            term_safe(text)
        );
        assert!(matches!(term_safe_lines(text), Cow::Borrowed(same) if same == text), "{text:?}");
    }
}

#[test]
fn a_dangerous_character_becomes_visible_where_it_stood() {
    assert_eq!(term_safe("a\u{1b}[2Jb"), "a\u{241b}[2Jb");
    assert_eq!(term_safe("a\u{202e}b"), "a<U+202E>b");
    assert_eq!(term_safe("a\u{9b}b\u{7f}"), "a<U+009B>b\u{2421}");
    assert_eq!(term_safe("one\ntwo\tthree\r"), "one\u{240a}two\u{2409}three\u{240d}");
    assert_eq!(term_safe_lines("one\n\ttwo\r\n"), "one\n    two\u{240d}\n");
    assert_eq!(term_safe("a\u{200d}b \u{1f468}\u{200d}x"), "a<U+200D>b \u{1f468}<U+200D>x");
    assert_eq!(term_safe("1\u{fe0f}2"), "1<U+FE0F>2");
    assert_eq!(term_safe("\u{1f3f4}\u{e0067}\u{e0062}"), "\u{1f3f4}<U+E0067><U+E0062>");
}

#[test]
fn a_flag_has_room_for_a_region_and_not_for_hidden_words() {
    let flag = |tags: usize| format!("\u{1f3f4}{}\u{e007f}", "\u{e0067}".repeat(tags));
    for (tags, stays) in [(0, false), (3, false), (4, true), (6, true), (7, false), (60, false)] {
        assert_eq!(term_safe(&flag(tags)) == flag(tags), stays, "{tags} tags");
    }
}

#[test]
fn an_accent_lands_on_nothing_the_client_printed_and_a_pile_of_them_is_cut() {
    assert_eq!(term_safe("\u{301}x"), "\u{25cc}\u{301}x");
    assert_eq!(term_safe_lines("a\n\u{301}x"), "a\n\u{25cc}\u{301}x");
    let pile = format!("z{}y", "\u{316}".repeat(1_000));
    assert_eq!(term_safe(&pile), format!("z{}\u{2026}y", "\u{316}".repeat(8)));
    let hidden_pile = format!("\u{915}{}", "\u{94d}\u{200d}".repeat(1_000));
    let shown = term_safe(&hidden_pile);
    let (before_cut, _) = shown.split_once('\u{2026}').unwrap();
    assert_eq!(before_cut.matches('\u{94d}').count(), 8, "joiners between the accents do not hide the pile");
}

/// Two sources that know nothing of this crate's tables: the standard library's idea of a printable character (among
/// those assigned long enough for it to know them), and UTS 39's list of what is ignored when text is drawn.
#[test]
fn every_invisible_character_of_unicode_is_shown() {
    let class = IdentifierClass::default();
    for character in ('\0'..='\u{2ffff}').chain('\u{e0000}'..='\u{e0fff}') {
        let unprintable = class.get_value_from_char(character) != DerivedPropertyValue::Unassigned
            && is_public_assigned(character)
            && !character.is_whitespace()
            && !character.is_alphanumeric()
            && !is_combining_mark(character)
            && !is_arabic_number_sign(character)
            && character.escape_debug().next() == Some('\\')
            && !matches!(character, '\\' | '\'' | '"');
        let ignored = character.identifier_type() == Some(IdentifierType::Default_Ignorable);
        if unprintable || ignored || character.is_control() {
            let safe = term_safe(&format!("a{character}b")).into_owned();
            assert!(!safe.contains(character), "U+{:04X} in {safe:?}", u32::from(character));
        }
    }
}

#[test]
fn every_single_character_is_safe_before_after_and_between_others() {
    // Without ideographs, syllables and private use, which are half a million of the same.
    let plain = [
        '\u{3400}'..='\u{d7a3}',
        '\u{e000}'..='\u{f8ff}',
        '\u{17000}'..='\u{18fff}',
        '\u{20000}'..='\u{dffff}',
        '\u{e1000}'..=char::MAX,
    ];
    for character in
        ('\0'..=char::MAX).filter(|character| !plain.iter().any(|range| range.contains(character)))
    {
        for text in [format!("{character}a{character}"), format!("\u{1f468}{character}\u{1f468}")] {
            let safe = term_safe(&text);
            assert_eq!(dangerous(&safe, Lines::Join), None, "U+{:04X}", u32::from(character));
            assert_eq!(term_safe(&safe), safe, "U+{:04X}", u32::from(character));
        }
    }
}

#[test]
fn a_message_needs_something_to_see_and_no_control_characters() {
    assert_eq!(message_body("hello\n\tworld \u{1f642}"), Ok(()));
    assert_eq!(message_body("\u{645}\u{6cc}\u{200c}\u{62e} \u{200f}"), Ok(()));
    for blank in ["", " ", "\n\n\t", "\u{200b}", "\u{3164}\u{2800}\u{a0}", "\u{202e}\u{feff}"] {
        assert_eq!(message_body(blank), Err(TextError::Blank), "{blank:?}");
    }
    for control in ['\0', '\u{7}', '\r', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}'] {
        assert_eq!(message_body(&format!("a{control}b")), Err(TextError::Control(control)));
    }
}

#[test]
fn a_line_is_one_line_that_reorders_nothing_and_may_be_empty() {
    for fine in ["", "Rust and friends", "\u{645}\u{6cc}\u{200c}\u{62e}", "\u{1f468}\u{200d}\u{1f469}"] {
        assert_eq!(line(fine), Ok(()));
    }
    for broken in ["a\nb", "a\rb", "a\u{85}b", "a\u{2028}b", "a\u{2029}b"] {
        assert_eq!(line(broken), Err(TextError::LineBreak), "{broken:?}");
    }
    assert_eq!(line("a\tb"), Err(TextError::Control('\t')));
    assert_eq!(line("a\0b"), Err(TextError::Control('\0')));
    assert_eq!(line("a\u{202e}b"), Err(TextError::Reorders('\u{202e}')));
    assert_eq!(line("a\u{2068}b"), Err(TextError::Reorders('\u{2068}')));
}

#[test]
fn a_reaction_is_exactly_one_emoji() {
    for emoji in
        UNHARMED.iter().skip(10).take(10).chain(&[UNHARMED[22], "1\u{fe0f}\u{20e3}", "\u{1f1e9}\u{1f1ea}"])
    {
        assert_eq!(reaction(emoji), Ok(()), "{emoji:?}");
    }
    for other in [
        "",
        " ",
        "a",
        "+1",
        "1",
        "#",
        "\u{1f642}\u{1f642}",
        "\u{1f642} ",
        "\u{1f642}\u{200d}",
        "\u{1f1e9}",
        "\u{200d}",
    ] {
        assert_eq!(reaction(other), Err(TextError::NotAnEmoji), "{other:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8 * ProptestConfig::default().cases))]

    #[test]
    fn no_text_reaches_the_terminal_with_anything_that_moves_hides_or_reorders(text in hostile()) {
        prop_assert_eq!(dangerous(&term_safe(&text), Lines::Join), None);
        prop_assert_eq!(dangerous(&term_safe_lines(&text), Lines::Keep), None);
    }

    #[test]
    fn making_safe_text_safe_changes_nothing(text in hostile()) {
        let safe = term_safe(&text);
        prop_assert_eq!(term_safe(&safe), safe.as_ref());
        let lines = term_safe_lines(&text);
        prop_assert_eq!(term_safe_lines(&lines), lines.as_ref());
    }

    #[test]
    fn harmless_text_stays_and_is_not_copied(text in "[ -~\u{e0}-\u{17f}\u{391}-\u{3c9}\u{4e00}-\u{4e50}\u{1f600}-\u{1f640}]{0,40}") {
        prop_assert!(matches!(term_safe(&text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn lines_stay_lines(text in hostile()) {
        prop_assert_eq!(term_safe_lines(&text).matches('\n').count(), text.matches('\n').count());
        prop_assert!(!term_safe(&text).contains('\n'));
    }

    #[test]
    fn an_accepted_line_has_nothing_that_acts_on_a_terminal(text in hostile()) {
        if line(&text).is_ok() {
            prop_assert!(!text.chars().any(char::is_control));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    Keep,
    Join,
}

/// Finds what a terminal would act on, by rules of this test's own: a joiner or selector is harmless only right after
/// something that is neither ASCII nor a control.
fn dangerous(text: &str, lines: Lines) -> Option<char> {
    let mut before = ' ';
    for character in text.chars() {
        let acts = match character {
            '\n' => lines == Lines::Join,
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
            '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' => true,
            '\u{ad}'
            | '\u{34f}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{180b}'..='\u{180e}'
            | '\u{3164}'
            | '\u{ffa0}' => true,
            '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{13430}'..='\u{1343f}' => {
                true
            }
            '\u{e0001}' | '\u{e0041}'..='\u{e005a}' => true,
            '\u{fe0e}' | '\u{fe0f}' => before.is_ascii_alphabetic() || before == ' ',
            '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0d}' | '\u{e0020}'..='\u{e01ef}' => {
                before.is_ascii()
            }
            _ => false,
        };
        if acts {
            return Some(character);
        }
        before = character;
    }
    None
}

/// Visible signs before a number, which the standard library counts as unprintable.
fn is_arabic_number_sign(character: char) -> bool {
    matches!(
        character,
        '\u{600}'
            ..='\u{605}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'
                | '\u{891}'
                | '\u{8e2}'
                | '\u{110bd}'
                | '\u{110cd}'
    )
}

/// Attacks, innocent text, and single characters of every dangerous kind, in any order.
fn hostile() -> impl Strategy<Value = String> {
    let special = "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{fe00}-\u{fe0f}\
                   \u{e0000}-\u{e01ef}]";
    let joinable = "[\u{1f468}\u{1f3f4}\u{1f3fd}\u{1f1e9}\u{20e3}19#\u{94d}\u{915}\u{6cc}\u{64b}\u{301}\u{845b}\u{2764}]";
    let piece = prop_oneof![
        proptest::sample::select(&ATTACKS[..]).prop_map(str::to_owned),
        proptest::sample::select(&UNHARMED[..]).prop_map(str::to_owned),
        special.prop_map(String::from),
        special.prop_map(String::from),
        joinable.prop_map(String::from),
        joinable.prop_map(String::from),
        any::<char>().prop_map(String::from),
        "\u{301}{7,10}".prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}
