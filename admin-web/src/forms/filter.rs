//! The form of a filter.

use domain::filter::{Action, Kind, Mode, PATTERN};

use super::{Faults, sentence};
use crate::forms::ScopeRef;
use crate::request::Fields;

/// A filter as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilterForm {
    pub(crate) scope: ScopeRef,
    pub(crate) kind: Kind,
    pub(crate) pattern: String,
    pub(crate) action: Action,
    pub(crate) mode: Mode,
}

impl FilterForm {
    /// Reads the form. Whether a regular expression compiles is for the filters' own rules.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub(crate) fn read(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let scope = ScopeRef::read(fields.get("scope"), fields.get("room"), &mut faults);
        let kind =
            Kind::from_word(fields.get("kind")).ok_or("Choose what to look for: words, a pattern or links.");
        let kind = faults.take("kind", kind);
        let pattern = pattern(fields.get("pattern"), &mut faults);
        let action = action(fields, &mut faults);
        let mode =
            Mode::from_word(fields.get("mode")).ok_or("Choose whether the filter acts: off, shadow or on.");
        let mode = faults.take("mode", mode);
        match (scope, kind, pattern, action, mode) {
            (Some(scope), Some(kind), Some(pattern), Some(action), Some(mode)) => {
                Ok(Self { scope, kind, pattern, action, mode })
            }
            _ => Err(faults),
        }
    }
}

fn pattern(typed: &str, faults: &mut Faults) -> Option<String> {
    let typed = typed.trim();
    if typed.is_empty() {
        faults.add("pattern", "Write what to look for.");
        return None;
    }
    if PATTERN < typed.len() {
        faults.add("pattern", format!("This is {} bytes long, the limit is {PATTERN}.", typed.len()));
        return None;
    }
    Some(typed.to_owned())
}

fn action(fields: &Fields, faults: &mut Faults) -> Option<Action> {
    let word = fields.get("action");
    let typed =
        if word == "mute" { format!("mute {}", fields.get("mute_seconds").trim()) } else { word.to_owned() };
    faults.take("action", Action::parse(&typed).map_err(sentence))
}

#[cfg(test)]
mod tests {
    use super::super::fields;
    use super::*;

    #[test]
    fn a_filter_is_read_with_its_action() {
        let good = [
            ("kind", "word"),
            ("pattern", " buy now "),
            ("action", "mute"),
            ("mute_seconds", "600"),
            ("mode", "shadow"),
        ];
        let form = FilterForm::read(&fields(&good)).unwrap();
        assert_eq!(form.pattern, "buy now");
        assert_eq!(form.action, Action::Mute { seconds: 600 });
        assert_eq!((form.kind, form.mode, form.scope), (Kind::Word, Mode::Shadow, ScopeRef::Server));
    }

    #[test]
    fn an_incomplete_filter_names_every_field() {
        let faults = FilterForm::read(&fields(&[])).unwrap_err();
        let fields: Vec<_> = faults.0.keys().copied().collect();
        assert_eq!(fields, ["action", "kind", "mode", "pattern"]);
    }
}
