//! Which messages call the person.

use super::{Calls, Focus, Heard, Seen, Waiting, When, Whose};

/// Returns whether a message is news: of somebody else, not before the person's eyes, and in a quiet room only by name.
pub(super) fn is_news(heard: &Heard, seen: &Seen) -> bool {
    let before_their_eyes = seen.focus == Focus::Focused && seen.open == Some(heard.room) && seen.at_end;
    let quiet = seen.quiet && heard.calls != Calls::ByName;
    heard.whose == Whose::Others && !before_their_eyes && !quiet
}

/// Returns whether news rings.
pub(super) fn rings(when: When, heard: &Heard, seen: &Seen) -> bool {
    match (when, heard.calls) {
        (When::Off, _) | (When::Mentions, Calls::Nobody) => false,
        (When::Mentions | When::All, Calls::ByName | Calls::Directly) => true,
        // A terminal that never tells about its window: a talk that goes on in the open room would ring at each line.
        (When::All, Calls::Nobody) => {
            let talking = seen.focus == Focus::Unknown && seen.open == Some(heard.room) && seen.at_end;
            !talking
        }
    }
}

/// Returns whether what was unread at the start rings.
pub(super) fn waiting_rings(when: When, waiting: &Waiting) -> bool {
    match when {
        When::Off => false,
        When::Mentions => waiting.direct,
        When::All => true,
    }
}
