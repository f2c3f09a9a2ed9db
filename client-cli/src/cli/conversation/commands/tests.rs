use std::collections::BTreeSet;

use super::*;

#[test]
fn each_row_has_help_and_no_word_means_two_things() {
    let mut words = BTreeSet::new();
    for row in TABLE {
        assert!(row.help.ends_with('.') && row.help.len() < 100, "/{}", row.name);
        assert_eq!(row_of(row.verb).name, row.name);
        for word in std::iter::once(&row.name).chain(row.aliases) {
            assert!(words.insert(*word), "/{word} stands twice");
            assert_eq!(parse(&format!("/{word} a b")), Typed::Command(row.verb, "a b"));
        }
    }
}

#[test]
fn a_wrong_command_suggests_the_nearest_and_a_far_one_nothing() {
    assert_eq!(parse("/chatmembr"), Typed::Unknown("chatmembr", Some("chatmember")));
    assert_eq!(parse("/qiut"), Typed::Unknown("qiut", Some("quit")));
    assert_eq!(parse("/HELP me"), Typed::Command(Verb::Help, "me"));
    assert_eq!(parse("/xylophone"), Typed::Unknown("xylophone", None));
}

#[test]
fn two_slashes_say_one() {
    assert_eq!(parse("//etc/passwd is a file"), Typed::Say("/etc/passwd is a file"));
    assert_eq!(parse("a / b"), Typed::Say("a / b"));
    assert_eq!(parse("  "), Typed::Nothing);
}
