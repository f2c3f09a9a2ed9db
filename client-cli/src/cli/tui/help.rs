//! The help as rows: keys as they are bound, and the commands that a role may use.

use proto::message::Role;

use super::keys::{ACTIONS, Action, Group, Keymap};
use crate::cli::conversation::commands::{self, TABLE, may_use, usage};

/// Returns the pages of the help, each with its title and rows of what is pressed or typed and what it does.
pub(crate) fn pages(keymap: &Keymap, role: Role) -> Vec<(String, Vec<(String, String)>)> {
    let keys = Group::ALL.map(|group| (group.title().to_owned(), keys(keymap, group)));
    let (staff, everybody): (Vec<_>, Vec<_>) =
        TABLE.iter().filter(|row| may_use(role, row)).partition(|row| commands::who(row) == "moderators");
    let rows = |rows: Vec<&commands::Row>| -> Vec<_> {
        rows.into_iter().map(|row| (usage(row), row.help.to_owned())).collect()
    };
    let mut said = rows(everybody);
    said.push(("//TEXT".to_owned(), "Says TEXT with one slash in front.".to_owned()));
    let commands = [("Commands".to_owned(), said), ("Commands of moderators".to_owned(), rows(staff))];
    keys.into_iter().chain(commands).filter(|(_, rows)| !rows.is_empty()).collect()
}

fn keys(keymap: &Keymap, group: Group) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let rooms_are_numbered = are_numbered(keymap);
    for row in ACTIONS.iter().filter(|row| row.group == group) {
        match row.action {
            Action::Room(1) if rooms_are_numbered => {
                rows.push(("alt-1 to alt-9".to_owned(), "Goes to the first to the ninth room.".to_owned()));
            }
            Action::Room(_) if rooms_are_numbered => {}
            action => rows.push((written(&keymap.keys_of(action)), row.help.to_owned())),
        }
    }
    rows
}

/// Nine rows that say the same would hide the others.
fn are_numbered(keymap: &Keymap) -> bool {
    (1..=9).all(|number| keymap.keys_of(Action::Room(number)) == [format!("alt-{number}")])
}

fn written(keys: &[String]) -> String {
    if keys.is_empty() { "(no key)".to_owned() } else { keys.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_shows_keys_as_they_are_bound() {
        let keymap = Keymap::with([("switcher", vec!["ctrl-t", "alt-k"]), ("copy", vec![])]).unwrap();
        let pages = pages(&keymap, Role::Member);
        let row = |help: &str| {
            let mut rows = pages.iter().flat_map(|(_, rows)| rows);
            rows.find(|(_, right)| right.contains(help)).map(|(left, _)| left.as_str()).unwrap()
        };
        assert_eq!(row("by a few letters"), "ctrl-t, alt-k");
        assert_eq!(row("Copies"), "(no key)");
        assert_eq!(row("first to the ninth"), "alt-1 to alt-9");
        let moved = Keymap::with([("room-3", ["ctrl-t"])]).unwrap();
        assert!(
            super::pages(&moved, Role::Member)[1]
                .1
                .contains(&("ctrl-t".to_owned(), "Goes to the third room.".to_owned()))
        );
    }

    #[test]
    fn every_action_and_every_permitted_command_has_a_row_and_no_other_command_does() {
        let pages_of = |role| {
            let pages = pages(&Keymap::default(), role);
            pages.into_iter().flat_map(|(_, rows)| rows).collect::<Vec<_>>()
        };
        let (member, owner) = (pages_of(Role::Member), pages_of(Role::Owner));
        for row in ACTIONS.iter().filter(|row| !matches!(row.action, Action::Room(_))) {
            assert!(member.iter().any(|(_, right)| right == row.help), "{}", row.name);
        }
        for row in TABLE {
            let shown = |rows: &[(String, String)]| rows.iter().any(|(left, _)| *left == usage(row));
            assert!(shown(&owner) && shown(&member) == may_use(Role::Member, row), "/{}", row.name);
        }
    }
}
