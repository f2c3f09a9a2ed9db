//! What filters, the raid level and the newcomers' rule make of what somebody writes.
//!
//! What two people write to each other waits for nobody: a moderator would have to read it. There a rule refuses. The
//! words of sealed messages nobody here can judge.

use domain::filter::{Action, Cause, FilterSet, Links};
use domain::raid::RaidLevel;
use domain::settings::Settings;
use proto::ids::RoomId;
use proto::message::Content;
use proto::refusal::{Code, Refusal};

use super::Place;
use super::ruling::{Match, Penalty, Rule, Ruling};
use crate::hub::input::Deed;
use crate::hub::sealed::SealedDeed;

/// Whose words they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Who {
    pub(super) newcomer: bool,
    pub(super) level: RaidLevel,
}

/// Judges the words of a deed; with what filters found in them.
pub(super) fn judge(
    filters: &FilterSet,
    settings: &Settings,
    who: Who,
    deed: &Deed,
    place: Option<Place>,
) -> (Ruling, Vec<Match>) {
    if is_sealed_message(deed) && who.newcomer && who.level.holds_newcomers() {
        // Nobody but the members could judge it while it waits.
        return (wait(newcomers_wait(who.level), Rule::Raid, Form::Private), Vec::new());
    }
    let Some(words) = Words::of(deed, place) else { return (Ruling::Go, Vec::new()) };
    let links_wait = who.level.holds_links() || (who.newcomer && settings.newcomer_hold_links);
    let links = if links_wait { Links::Held } else { Links::Free };
    let verdict = filters.judge(deed.room().unwrap_or(NOWHERE), &words.text, links);
    let mut matches: Vec<Match> = Vec::new();
    if words.form != Form::Private {
        matches.extend(verdict.shadow.iter().map(|filter| Match { filter: *filter, acted: false }));
        matches.extend(verdict.matched.iter().map(|filter| Match { filter: *filter, acted: true }));
    }
    let ruling = match verdict.decided {
        Some((Cause::Filter(filter), action)) => {
            filtered(Rule::Filter(filter), filter.get(), action, words.form)
        }
        _ if who.newcomer && who.level.holds_newcomers() => {
            wait(newcomers_wait(who.level), Rule::Raid, words.form)
        }
        Some((Cause::Link, _)) if who.level.holds_links() => {
            wait(format!("At raid level {} links wait for a moderator.", who.level), Rule::Raid, words.form)
        }
        Some((Cause::Link, _)) => {
            wait("Links of newcomers wait for a moderator.".to_owned(), Rule::NewcomerLink, words.form)
        }
        None => Ruling::Go,
    };
    (ruling, matches)
}

/// What somebody writes.
struct Words {
    text: String,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A new message in an open room: it can wait.
    Message,
    /// A name, a topic or an edit, which cannot.
    Other,
    /// In a room of two.
    Private,
}

impl Words {
    fn of(deed: &Deed, place: Option<Place>) -> Option<Self> {
        let (text, form) = match deed {
            Deed::Append { content: Content::Text { body, .. }, .. } => (body.to_string(), Form::Message),
            Deed::Append { content: Content::File { file, caption, .. }, .. } => {
                (domain::file::words(file, caption), Form::Message)
            }
            Deed::Append { content: Content::Edit { body, .. }, .. } => (body.to_string(), Form::Other),
            Deed::Append { content: Content::Topic { topic }, .. } => (topic.to_string(), Form::Other),
            Deed::CreateRoom { name, topic } => (format!("{} {}", name.as_str(), &**topic), Form::Other),
            _ => return None,
        };
        let is_private = place.is_some_and(|place| place.kind.is_direct());
        Some(Self { text, form: if is_private { Form::Private } else { form } })
    }
}

fn is_sealed_message(deed: &Deed) -> bool {
    matches!(deed, Deed::Sealed(deed) if matches!(**deed, SealedDeed::Post { .. }))
}

fn newcomers_wait(level: RaidLevel) -> String {
    format!("At raid level {level} what newcomers write waits for a moderator.")
}

fn filtered(rule: Rule, number: u64, action: Action, form: Form) -> Ruling {
    let refusal = || {
        let words = format!("Filter {number} of this server does not let this through. Say it differently.");
        Refusal::new(Code::Filtered, &words)
    };
    match action {
        Action::Hold if form == Form::Message => Ruling::Hold {
            why: format!(
                "Filter {number} of this server stopped this message; a moderator decides about it."
            ),
            rule,
        },
        Action::Hold | Action::Refuse => Ruling::Refuse(refusal()),
        Action::Mute { seconds } => {
            let penalty = Penalty::Mute { seconds };
            Ruling::Punish { refusal: refusal(), penalty, rule }
        }
        Action::Kick => Ruling::Punish { refusal: refusal(), penalty: Penalty::Kick, rule },
    }
}

fn wait(why: String, rule: Rule, form: Form) -> Ruling {
    if form == Form::Message {
        return Ruling::Hold { why, rule };
    }
    let code = if rule == Rule::Raid { Code::Raid } else { Code::Filtered };
    Ruling::Refuse(Refusal::new(code, &format!("{why} This cannot wait, so it is not done.")))
}

/// No room has this number; filters of one room leave alone what is in none.
const NOWHERE: RoomId = RoomId::new(0).expect("0 is within the range of ids");
