use std::collections::BTreeSet;

use domain::role;
use proto::message::Role;

use super::*;
use crate::cli::conversation::commands::{TABLE, row_of};
use crate::cli::conversation::typed::Step;
use crate::cli::conversation::typed::tests::chat;

#[test]
fn every_command_that_only_staff_may_use_has_its_consequences_and_a_reason() {
    for row in TABLE {
        let staff_only = row.needs.is_some_and(|action| !role::permits(Role::Member, action));
        let ruled = RULES.iter().find(|rule| rule.verb == row.verb);
        assert!(!staff_only || ruled.is_some(), "/{}", row.name);
    }
    let verbs: BTreeSet<_> = RULES.iter().map(|rule| row_of(rule.verb).name).collect();
    assert_eq!(verbs.len(), RULES.len(), "no command stands twice");
    assert!(RULES.iter().all(|rule| 10 < rule.why.len()));
}

#[test]
fn what_cannot_be_taken_back_asks_and_the_rest_does_not() {
    for (line, undoable, words) in [
        ("/kick mallory spam", false, "told why: spam"),
        ("/ban mallory 7d", false, "for 7 d"),
        ("/ban mallory", false, "for good"),
        ("/unban mallory", true, "can log in again"),
        ("/roomban mallory 1h", false, "for 1 h"),
        ("/roomunban mallory", true, "again"),
        ("/mute here mallory 10m", true, "/unmute here mallory ends it"),
        ("/unmute mallory", true, "everywhere"),
        ("/slow 30s", true, "30 s"),
        ("/slow off", true, "as they like"),
        ("/raid 2 1h bots", true, "for 1 h"),
        ("/raid 1", false, "cut off at once"),
        ("/purge mallory", false, "in the last"),
        ("/purge mallory all", false, "ever wrote"),
        ("/delete 12", false, "nobody can bring it back"),
        ("/leave", true, "come back at any time"),
        ("/devices revoke 70001", false, "70001"),
        ("/report 12 spam", true, "a few lines around"),
        ("/report mallory", true, "mallory"),
    ] {
        let told = of(line);
        assert_eq!(told.undoable, undoable, "{line}");
        let text = told.lines.join(" ");
        assert!(text.contains(words), "{line}: {text}");
        assert!(told.title.ends_with('?') && !told.yes.is_empty(), "{told:?}");
    }
}

#[test]
fn in_a_sealed_room_leaving_and_reporting_ask_and_say_what_is_opened() {
    let room = RoomId::new(20).unwrap();
    let leave = consequences(Verb::Leave, &Ask::Leave { room, name: "~board".to_owned() }).unwrap();
    assert!(!leave.undoable && leave.lines[1].contains("A member has to let you in"));
    let ask = Ask::ReportSealed {
        room,
        seqs: vec![proto::ids::Seq::new(12).unwrap()],
        about: "12 of ~board".to_owned(),
        category: proto::message::ReportCategory::Spam,
        note: String::new(),
    };
    let report = consequences(Verb::Report, &ask).unwrap();
    assert!(!report.undoable && report.lines[0].contains("opens this message to them"), "{report:?}");
    let ask = Ask::PutOut { room, place: "~board".to_owned(), name: "mallory".to_owned() };
    let put_out = consequences(Verb::Remove, &ask).unwrap();
    assert!(!put_out.undoable && put_out.lines[2].contains("/invite mallory"));
}

#[test]
fn what_has_no_consequences_asks_nothing() {
    for line in ["/rooms", "/devices", "hello", "/react 12 👍"] {
        let Step::Ask(ask) = chat().typed(line) else { panic!("{line}") };
        for rule in RULES {
            assert_eq!(consequences(rule.verb, &ask), None, "{line}");
        }
    }
}

#[test]
fn hostile_names_and_reasons_stay_harmless_lines() {
    let hostile = "m\x1b[2J\u{202e}x";
    for line in [format!("/ban {hostile} 1h {hostile}\u{85}"), format!("/purge {hostile}")] {
        let told = of(&line);
        for text in told.lines.iter().chain([&told.title]) {
            assert!(!text.chars().any(|c| c.is_control() || c == '\u{202e}'), "{text:?}");
        }
    }
}

fn of(line: &str) -> Consequences {
    let word = line.trim_start_matches('/').split(' ').next().unwrap();
    let verb = crate::cli::conversation::commands::find(word).unwrap().verb;
    let Step::Ask(ask) = chat().typed(line) else { panic!("{line}") };
    consequences(verb, &ask).unwrap_or_else(|| panic!("{line} has none"))
}
