//! Stand-in.
use super::ask::Ask;
use super::commands::Verb;
#[derive(Debug)]
pub(crate) struct Consequences {
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
    pub(crate) yes: String,
    pub(crate) undoable: bool,
}
pub(crate) fn consequences(verb: Verb, _ask: &Ask) -> Option<Consequences> {
    match verb {
        Verb::Kick | Verb::Ban | Verb::RoomBan | Verb::Delete | Verb::Remove => Some(Consequences {
            title: "Sure?".to_owned(),
            lines: vec!["This cannot be undone.".to_owned()],
            yes: "Do it".to_owned(),
            undoable: false,
        }),
        _ => None,
    }
}
