use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;

use super::*;

#[test]
fn commands_complete_by_their_name_first_and_then_by_their_other_words() {
    assert_eq!(texts("/chatm"), ["/chatmember "]);
    assert_eq!(texts("/mem"), ["/members "]);
    let found = texts("/re");
    assert!(found.contains(&"/reply ".to_owned()) && found.contains(&"/report ".to_owned()), "{found:?}");
    let (_, found) = at_end("/Q", Role::Member).unwrap();
    assert_eq!((found[0].text.as_str(), found[1].text.as_str()), ("/quiet ", "/quit "));
    assert!(found[1].hint.starts_with("as /disconnect"), "{found:?}");
    assert_eq!(texts("//chatm"), [""; 0]);
    assert_eq!(texts("say /chatm"), [""; 0]);
}

#[test]
fn commands_that_a_role_may_not_use_are_not_offered() {
    assert_eq!(texts("/roomb"), [""; 0]);
    let (_, found) = at_end("/roomb", Role::Moderator).unwrap();
    assert_eq!(found[0].text, "/roomban ");
}

#[test]
fn names_keep_their_order_and_their_at_sign() {
    assert_eq!(texts("hi @b"), ["@bob ", "@beth "]);
    assert_eq!(texts("/msg b"), ["bob ", "beth "]);
    assert_eq!(texts("/msg @be"), ["@beth "]);
    assert_eq!(texts("/msg bob hello @be"), ["@beth "]);
    assert_eq!(texts("/verify bob "), ["matches "]);
}

#[test]
fn rooms_complete_with_and_without_their_mark() {
    assert_eq!(texts("/room op"), ["#ops "]);
    assert_eq!(texts("/room #"), ["#ops "]);
    assert_eq!(texts("see #o"), ["#ops "]);
    assert_eq!(texts("see ~b"), ["~board "]);
    assert_eq!(texts("/room @"), ["@mallory ", "@bob ", "@beth "]);
    assert_eq!(texts("/who "), ["#ops ", "~board ", "@mallory "]);
}

#[test]
fn what_a_command_takes_is_read_from_its_row() {
    assert_eq!(texts("/devices "), ["approve ", "revoke "]);
    assert_eq!(texts("/report 12 im"), ["impersonation "]);
    assert_eq!(texts("/download l"), ["last "]);
    assert_eq!(texts("/help chatm"), ["chatmember "]);
    assert_eq!(texts("/theme h"), ["high-contrast "]);
    assert_eq!(texts("/stego "), ["hide ", "reveal "]);
    assert_eq!(texts("/stego reveal l"), ["last "]);
    let moderator = |line| {
        let (_, found) = at_end(line, Role::Moderator).unwrap();
        found.into_iter().map(|found| found.text).collect::<Vec<_>>()
    };
    assert_eq!(moderator("/mute h"), ["here "]);
    assert_eq!(moderator("/mute here mal"), ["mallory "]);
    assert_eq!(moderator("/ban mallory 3"), ["3m ", "3h ", "3d ", "3w "]);
    assert_eq!(moderator("/ban mallory f"), ["forever "]);
    assert_eq!(moderator("/raid 2"), ["2 "]);
    assert_eq!(moderator("/slow o"), ["off "]);
}

#[test]
fn emoji_complete_by_their_words_and_smileys_are_left_alone() {
    assert_eq!(texts("well :tea")[0], "🍵 ");
    assert_eq!(texts("/react 12 thumbsu")[0], "👍 ");
    assert_eq!(texts("/react 12 ")[0], "👍 ");
    for line in [":D", "10:30", "a ::", ": tea"] {
        assert_eq!(texts(line), [""; 0], "{line}");
    }
    let words = Known { emoji: false, ..known(Role::Member) };
    assert_eq!(complete(":tea", 4, &words).unwrap().1[0].text, ":tea: ");
}

#[test]
fn paths_complete_level_by_level_and_are_quoted_as_the_command_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["tea.png", "Tea time.txt", ".hidden", "esc\u{1b}[31m.png"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    fs::create_dir(folder.path().join("tea cups")).unwrap();
    fs::write(folder.path().join("tea cups/one.png"), "").unwrap();
    let place = folder.path().display();
    let found = texts(&format!("/upload {place}/t"));
    assert_eq!(
        found,
        [format!("\"{place}/tea cups/"), format!("\"{place}/Tea time.txt\" "), format!("{place}/tea.png ")]
    );
    let line = format!("/upload \"{place}/tea cups/");
    assert_eq!(complete(&line, line.len(), &known(Role::Member)).unwrap().0, 8..line.len());
    assert_eq!(texts(&line), [format!("\"{place}/tea cups/one.png\" ")]);
    assert_eq!(texts(&format!("/upload {place}/.h")), [format!("{place}/.hidden ")]);
    assert_eq!(texts(&format!("/download 12 {place}/t")), [format!("\"{place}/tea cups/")]);
    assert_eq!(texts(&format!("/upload {place}/e")), [""; 0]);
    assert_eq!(texts("/upload /no/such/folder/x"), [""; 0]);
    assert_eq!(texts("/upload ~"), ["~/"]);
    assert_eq!(texts("/upload \"tea.png\" hot for @be"), ["@beth "]);
}

#[test]
fn what_stands_behind_the_cursor_stays_and_no_blank_is_doubled() {
    let (range, found) = complete("/room op now", 8, &known(Role::Member)).unwrap();
    assert_eq!((range, found[0].text.as_str()), (6..8, "#ops"));
    let (range, found) = complete("one\n@b", 6, &known(Role::Member)).unwrap();
    assert_eq!((range, found[0].text.as_str()), (4..6, "@bob "));
    assert!(complete("日", 1, &known(Role::Member)).is_none());
}

/// A placeholder in a row that nothing completes is either on this list or a mistake.
#[test]
fn every_placeholder_of_the_table_is_known() {
    const READ_OFF_THE_SCREEN: [&str; 4] = ["NUMBER", "COUNT", "CODE", "WORDS"];
    let known: BTreeSet<_> = [
        "NAME", "ROOM", "FILE", "FOLDER", "COMMAND", "THEME", "CATEGORY", "LEVEL", "DURATION", "EMOJI",
        "TEXT", "REASON", "NOTE", "CAPTION", "TOPIC",
    ]
    .into_iter()
    .chain(READ_OFF_THE_SCREEN)
    .collect();
    for row in TABLE {
        for placeholder in arguments::placeholders(row.arguments) {
            assert!(known.contains(placeholder), "/{}: {placeholder}", row.name);
        }
    }
}

proptest! {
    #[test]
    fn nothing_that_can_be_typed_panics_and_ranges_are_whole_letters(
        line in "(/|//|)[a-z@#~: /\"'\\\\日\u{301}\u{202e}\n-]{0,40}",
        cut in 0usize..60,
    ) {
        let cursor = cut.min(line.len());
        if let Some((range, found)) = complete(&line, cursor, &known(Role::Owner)) {
            prop_assert!(line.get(range.clone()).is_some() && range.end == cursor && !found.is_empty());
        }
    }
}

fn texts(line: &str) -> Vec<String> {
    let found = at_end(line, Role::Member).map(|(_, found)| found).unwrap_or_default();
    found.into_iter().map(|found| found.text).collect()
}

fn at_end(line: &str, role: Role) -> Option<(Range<usize>, Vec<Candidate>)> {
    complete(line, line.len(), &known(role))
}

fn known(role: Role) -> Known<'static> {
    static NAMES: std::sync::LazyLock<[String; 3]> =
        std::sync::LazyLock::new(|| ["mallory", "bob", "beth"].map(str::to_owned));
    static ROOMS: std::sync::LazyLock<[String; 3]> =
        std::sync::LazyLock::new(|| ["#ops", "~board", "@mallory"].map(str::to_owned));
    Known { role, names: &*NAMES, rooms: &*ROOMS, emoji: true }
}
