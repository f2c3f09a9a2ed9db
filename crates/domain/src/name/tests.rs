use proptest::prelude::*;

use super::*;

/// Names that imitate `admin` with characters that are not for names.
const REFUSED: [(&str, &str); 24] = [
    ("Cyrillic a among Latin letters", "\u{430}dmin"),
    ("Greek alpha among Latin letters", "\u{3b1}dmin"),
    ("Cyrillic and Latin letters in turn", "a\u{434}\u{43c}i\u{43f}"),
    ("right-to-left override", "\u{202e}nimda"),
    ("right-to-left override at the end", "admin\u{202e}"),
    ("right-to-left isolate", "ad\u{2067}min"),
    ("Arabic letter mark", "admin\u{61c}"),
    ("zero-width space", "ad\u{200b}min"),
    ("zero-width non-joiner", "ad\u{200c}min"),
    ("zero-width joiner", "ad\u{200d}min"),
    ("word joiner", "admin\u{2060}"),
    ("byte order mark", "\u{feff}admin"),
    ("soft hyphen", "ad\u{ad}min"),
    ("grapheme joiner", "ad\u{34f}min"),
    ("variation selector", "admin\u{fe0f}"),
    ("tag letter", "admin\u{e0061}"),
    ("Hangul filler", "admin\u{3164}"),
    ("NUL", "admin\0"),
    ("terminal escape", "adm\u{1b}[31min"),
    ("line break", "adm\nin"),
    ("mathematical letters", "\u{1d41a}dmin"),
    ("small capital", "\u{1d00}dmin"),
    ("stroke laid over a letter", "a\u{338}dmin"),
    ("pile of accents", "admin\u{300}\u{301}\u{302}\u{303}"),
];

/// Names that imitate `admin` with letters and accents some language needs: free, but equal in the database.
const COLLIDING: [(&str, &str); 10] = [
    ("capitals", "ADMIN"),
    ("full width", "\u{ff41}\u{ff44}\u{ff4d}\u{ff49}\u{ff4e}"),
    ("spaces around", " admin\u{a0}"),
    ("i without a dot", "adm\u{131}n"),
    ("capital I with a dot", "ADM\u{130}N"),
    ("i with a second dot", "admi\u{307}n"),
    ("r and n for m", "adrnin"),
    ("dot below a letter", "\u{1ea1}dmin"),
    ("dot below the last letter", "admi\u{1e47}"),
    ("dot below, in pieces", "a\u{323}dmin"),
];

#[test]
fn no_imitation_of_a_name_gets_past_all_three_defences() {
    for (trick, name) in REFUSED {
        assert!(AccountName::parse(name).is_err(), "{trick}");
    }
    for (trick, name) in COLLIDING {
        let imitation = AccountName::parse(name).unwrap_or_else(|error| panic!("{trick}: {error}"));
        assert_eq!(imitation.skeleton(), account("admin").skeleton(), "{trick}");
    }
}

/// Takes the defences away one by one: each of them is needed.
#[test]
fn precis_alone_accepts_imitations_and_so_do_two_defences_without_the_third() {
    let precis_accepts = |name: &str| UsernameCaseMapped::enforce(name).is_ok();
    for imitation in ["\u{430}dmin", "adm\u{131}n", "adrnin", "a\u{338}dmin", "admi\u{307}n"] {
        assert!(precis_accepts(imitation), "PRECIS alone refuses {imitation:?}");
    }
    assert!("adm\u{131}n".is_single_script() && "adrnin".is_single_script());
    assert_ne!("adm\u{131}n", "admin");
    let hidden = "ad\u{200b}min";
    assert!(hidden.is_single_script(), "one script and the skeleton do not see a zero-width space");
    assert_eq!(skeleton_of(hidden), skeleton_of("admin"));
    assert!(!precis_accepts(hidden));
}

#[test]
fn a_whole_name_in_lookalikes_collides_with_the_genuine_one() {
    assert_eq!(account("\u{430}\u{441}\u{435}").skeleton(), account("ace").skeleton(), "Cyrillic");
    assert_eq!(account("\u{3bf}\u{3bf}").skeleton(), account("oo").skeleton(), "Greek");
    assert_eq!(account("r00t").skeleton(), account("root").skeleton(), "digits");
    assert_eq!(RoomName::parse("1obby").unwrap().skeleton(), RoomName::lobby().skeleton());
}

#[test]
fn names_of_many_languages_are_welcome() {
    for (typed, shown) in [
        ("Ada", "ada"),
        ("ada.lovelace-1815_x", "ada.lovelace-1815_x"),
        ("Jos\u{e9}", "jos\u{e9}"),
        ("Jose\u{301}", "jos\u{e9}"),
        ("M\u{fc}ller", "m\u{fc}ller"),
        ("Nguy\u{1ec5}n", "nguy\u{1ec5}n"),
        ("\u{130}brahim", "ibrahim"),
        ("\u{410}\u{434}\u{430}", "\u{430}\u{434}\u{430}"),
        ("\u{391}\u{3bb}\u{3ad}\u{3be}\u{3b7}\u{3c2}", "\u{3b1}\u{3bb}\u{3ad}\u{3be}\u{3b7}\u{3c2}"),
        ("\u{674e}\u{660e}", "\u{674e}\u{660e}"),
        ("\u{7530}\u{4e2d}\u{305f}\u{308d}\u{3046}", "\u{7530}\u{4e2d}\u{305f}\u{308d}\u{3046}"),
        ("\u{645}\u{62d}\u{645}\u{62f}", "\u{645}\u{62d}\u{645}\u{62f}"),
        ("\u{5d3}\u{5d5}\u{5d3}", "\u{5d3}\u{5d5}\u{5d3}"),
        ("\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}", "\u{928}\u{92e}\u{938}\u{94d}\u{924}\u{947}"),
        (
            "\u{1019}\u{103c}\u{103d}\u{103e}\u{1031}\u{1038}",
            "\u{1019}\u{103c}\u{103d}\u{103e}\u{1031}\u{1038}",
        ),
        ("7", "7"),
    ] {
        assert_eq!(account(typed).as_str(), shown);
    }
}

#[test]
fn a_refusal_says_what_was_wrong_and_what_to_do() {
    for (typed, message) in [
        ("", "name is empty; choose at least one letter or digit"),
        (" \t ", "name is empty; choose at least one letter or digit"),
        ("ada lovelace", "name contains a space; write it without, or with '-' or '_'"),
        (
            "ada\u{202e}",
            "name contains the character U+202E, which is not for names; use letters, digits, '-' and '_'",
        ),
        (
            "@ada",
            "name contains the character U+0040, which is not for names; use letters, digits, '-' and '_'",
        ),
        ("-ada", "name starts or ends with '-', '_' or '.'; start and end with a letter or digit"),
        ("ada.", "name starts or ends with '-', '_' or '.'; start and end with a letter or digit"),
        (
            "\u{430}da",
            "name mixes letters of different alphabets, which is how names are forged; use one alphabet",
        ),
        (
            "x\u{31b}\u{323}\u{301}\u{302}",
            "name puts too many accents on one letter; use at most 3, each once",
        ),
        ("x\u{301}\u{301}", "name puts too many accents on one letter; use at most 3, each once"),
        (
            "\u{5d3}abc",
            "name mixes directions of writing so that it displays in another order; use one direction",
        ),
        (
            "Everyone",
            "name is reserved because it reads like an announcement or the server itself; choose another",
        ),
    ] {
        assert_eq!(AccountName::parse(typed).unwrap_err().to_string(), message, "{typed:?}");
    }
    let error = RoomName::parse("a.b").unwrap_err();
    assert_eq!(
        error.to_string(),
        "room name contains the character U+002E, which is not for names; use letters, digits, '-' and '_'"
    );
}

#[test]
fn no_refusal_repeats_what_was_typed() {
    let error = AccountName::parse("\u{1b}]0;title\u{7}").unwrap_err().to_string();
    assert!(error.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{error:?}");
}

#[test]
fn both_sides_of_each_length_limit_are_where_they_should_be() {
    assert!(AccountName::parse("x").is_ok());
    assert!(AccountName::parse(&"x".repeat(32)).is_ok());
    let fault = |text: &str| AccountName::parse(text).unwrap_err().fault;
    assert_eq!(fault(&"x".repeat(33)), NameFault::TooManyChars { chars: 33, max: 32 });
    assert!(AccountName::parse(&"\u{5b57}".repeat(21)).is_ok(), "63 bytes");
    assert_eq!(fault(&"\u{5b57}".repeat(22)), NameFault::TooManyBytes { bytes: 66, max: 64 });
    assert_eq!(fault(&"x".repeat(1_000_000)), NameFault::TooManyBytes { bytes: 1_000_000, max: 64 });
    assert!(RoomName::parse(&"x".repeat(48)).is_ok());
    assert!(RoomName::parse(&"x".repeat(49)).is_err());
    assert!(RoomName::parse(&"\u{5b57}".repeat(16)).is_ok());
    assert!(RoomName::parse(&"\u{5b57}".repeat(17)).is_err());
}

#[test]
fn the_hash_before_a_room_name_is_optional_and_not_part_of_it() {
    assert_eq!(RoomName::parse(" #Rust "), RoomName::parse("rust"));
    assert_eq!(RoomName::parse("\u{ff03}rust").unwrap_err().fault, NameFault::Character('#'));
    assert!(RoomName::parse("##rust").is_err());
    assert_eq!(RoomName::parse("#").unwrap_err().fault, NameFault::Empty);
    assert_eq!(RoomName::parse("Lobby"), Ok(RoomName::lobby()));
    assert_eq!(RoomName::lobby().to_string(), "#lobby");
}

proptest! {
    #[test]
    fn a_parsed_name_parses_to_itself(text in name_like()) {
        if let Ok(name) = AccountName::parse(&text) {
            prop_assert_eq!(AccountName::parse(name.as_str()), Ok(name));
        }
        if let Ok(name) = RoomName::parse(&text) {
            prop_assert_eq!(RoomName::parse(&name.to_string()), Ok(name));
        }
    }

    #[test]
    fn a_parsed_name_fits_the_wire_and_shows_only_letters(text in name_like()) {
        if let Ok(name) = AccountName::parse(&text) {
            prop_assert!(!name.as_str().is_empty() && name.as_str().len() <= limits::NAME);
            prop_assert!(!name.skeleton().is_empty());
            prop_assert_eq!(crate::text::term_safe(name.as_str()), name.as_str());
            prop_assert!(name.as_str().chars().all(|shown| is_for_names(shown) || "-_.".contains(shown)));
        }
    }

    #[test]
    fn garbage_never_panics(text in any::<String>()) {
        let _ = AccountName::parse(&text);
        let _ = RoomName::parse(&text);
    }
}

/// Texts of which a fair part are names: letters of some scripts, accents, punctuation, and a little of everything.
fn name_like() -> impl Strategy<Value = String> {
    let latin = "[a-zA-Z0-9\u{e0}-\u{17f}\u{1e00}-\u{1eff}]";
    let others =
        "[\u{370}-\u{52f}\u{5d0}-\u{5ea}\u{620}-\u{64a}\u{900}-\u{94f}\u{3040}-\u{30ff}\u{4e00}-\u{4eff}]";
    let piece = prop_oneof![
        8 => latin.prop_map(String::from),
        2 => others.prop_map(String::from),
        2 => "[\u{300}-\u{345}_.\\-]".prop_map(String::from),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn account(name: &str) -> AccountName {
    AccountName::parse(name).unwrap()
}
