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

/// The user guide's table is made from this one: run with `UPDATE_GUIDE=1` after a change here.
#[test]
fn the_user_guide_lists_these_commands() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/USERGUIDE.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let (start, end) = ("<!-- commands: from the program's table -->\n", "<!-- end of commands -->");
    let (before, rest) = guide.split_once(start).expect("the guide has the table's start mark");
    let (table, after) = rest.split_once(end).expect("the guide has the table's end mark");
    if std::env::var_os("UPDATE_GUIDE").is_some() {
        std::fs::write(path, format!("{before}{start}{}{end}{after}", guide_table())).unwrap();
        return;
    }
    assert_eq!(table, guide_table());
}

fn guide_table() -> String {
    let mut table = String::from("\n| command | also | who | what it does |\n|---|---|---|---|\n");
    for row in TABLE {
        let also: Vec<_> = row.aliases.iter().map(|alias| format!("`/{alias}`")).collect();
        let line = format!("| `{}` | {} | {} | {} |\n", usage(row), also.join(" "), who(row), row.help);
        table.push_str(&line);
    }
    table.push('\n');
    table
}
