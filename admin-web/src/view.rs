//! Pieces of pages as values: people, marks, choices, links to further pages.

use std::fmt::Write as _;

use domain::role;
use proto::ids::AccountId;
use proto::message::Role;

use crate::request::encoded;
pub(crate) use crate::time::When;
pub(crate) use crate::time::grouped as count;

/// Somebody, with a link to their page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    pub(crate) role: &'static str,
}

/// A word in a colour that is never the only thing that tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) tone: &'static str,
    pub(crate) word: &'static str,
}

/// One entry of a menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

/// Where a list goes on; empty where it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pager {
    pub(crate) first: String,
    pub(crate) next: String,
}

/// A note of the team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NoteView {
    pub(crate) by: String,
    pub(crate) at: When,
    pub(crate) text: String,
}

/// Something that happened, from the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventView {
    pub(crate) what: String,
    pub(crate) by: Option<Who>,
    pub(crate) at: When,
    pub(crate) detail: String,
}

impl Who {
    pub(crate) fn new(id: AccountId, name: &str, role: Role) -> Self {
        Self { id, name: name.to_owned(), role: role::word(role) }
    }
}

impl Mark {
    pub(crate) const fn new(tone: &'static str, word: &'static str) -> Self {
        Self { tone, word }
    }
}

impl Choice {
    pub(crate) fn new(value: &str, label: &str, chosen: &str) -> Self {
        Self { value: value.to_owned(), label: label.to_owned(), chosen: value == chosen }
    }

    /// Returns a menu from values and labels.
    pub(crate) fn menu(pairs: &[(&str, &str)], chosen: &str) -> Vec<Self> {
        pairs.iter().map(|(value, label)| Self::new(value, label, chosen)).collect()
    }
}

impl Pager {
    /// Returns the links of a list at `path` with these filters; `from` is this page's place, `next` the next one's.
    pub(crate) fn new(path: &str, filters: &[(&str, &str)], from: &str, next: Option<String>) -> Self {
        let first = if from.is_empty() { String::new() } else { address(path, filters) };
        let next = next.map_or_else(String::new, |place| {
            let with: Vec<_> = filters.iter().copied().chain([("from", place.as_str())]).collect();
            address(path, &with)
        });
        Self { first, next }
    }
}

/// Returns a path with the parameters that are not empty.
pub(crate) fn address(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut whole = path.to_owned();
    for (index, (name, value)) in parameters.iter().filter(|(_, value)| !value.is_empty()).enumerate() {
        let mark = if index == 0 { '?' } else { '&' };
        let _ = write!(whole, "{mark}{name}={}", encoded(value));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_keep_filters_and_leave_out_what_is_empty() {
        let pager = Pager::new(
            "/bans",
            &[("state", "active"), ("q", ""), ("kind", "a&b")],
            "9",
            Some("7".to_owned()),
        );
        assert_eq!(pager.first, "/bans?state=active&kind=a%26b");
        assert_eq!(pager.next, "/bans?state=active&kind=a%26b&from=7");
        assert_eq!(Pager::new("/bans", &[], "", None), Pager::default());
    }
}
