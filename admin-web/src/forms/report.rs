//! The form that closes a report: what to do to the person, to the messages, and what to tell the reporter.

use domain::sanction::{Kind, Length};
use proto::limits;
use proto::text::Text;
use store::NOTE;

use super::{Faults, length, line, paragraph, reason};
use crate::request::Fields;

/// The stretches of time that can be removed with a decision, in hours.
pub(crate) const HOURS: [i64; 3] = [1, 24, 168];

/// What a moderator decided about a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutcomeForm {
    /// The report's version the moderator saw.
    pub(crate) version: u64,
    pub(crate) measure: Measure,
    /// What the person wrote in so many hours is removed.
    pub(crate) remove_hours: Option<i64>,
    pub(crate) note: Text<NOTE>,
    /// What the reporter is told.
    pub(crate) outcome: Text<{ limits::REASON }>,
    /// Whether the report stays open for a further act.
    pub(crate) keep_open: bool,
}

/// What is done to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Measure {
    Nothing,
    Sanction { kind: Kind, in_room: bool, length: Option<Length>, reason: Text<{ limits::REASON }> },
}

impl OutcomeForm {
    /// Reads the form.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub(crate) fn read(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let version = version(fields, &mut faults);
        let measure = measure(fields, &mut faults);
        let remove_hours = match fields.get("remove") {
            "" => Some(None),
            hours => match hours.parse().ok().filter(|hours| HOURS.contains(hours)) {
                Some(hours) => Some(Some(hours)),
                None => {
                    faults.add("remove", "Choose what to remove.");
                    None
                }
            },
        };
        let note = paragraph("note", fields.get("note"), &mut faults);
        let outcome = line("outcome", fields.get("outcome"), &mut faults);
        let keep_open = !fields.get("keep_open").is_empty();
        match (version, measure, remove_hours, note, outcome) {
            (Some(version), Some(measure), Some(remove_hours), Some(note), Some(outcome))
                if faults.is_empty() =>
            {
                Ok(Self { version, measure, remove_hours, note, outcome, keep_open })
            }
            _ => Err(faults),
        }
    }
}

/// Reads which state of the report the page showed.
fn version(fields: &Fields, faults: &mut Faults) -> Option<u64> {
    let wrong = "The page was incomplete. Open the report again.";
    faults.take("version", fields.get("version").parse().map_err(|_| wrong))
}

fn measure(fields: &Fields, faults: &mut Faults) -> Option<Measure> {
    let kind = match fields.get("act") {
        "none" => return Some(Measure::Nothing),
        "mute" => Kind::Mute,
        "timeout" => Kind::Timeout,
        "ban" => Kind::Ban,
        "kick" => Kind::Kick,
        _ => {
            faults.add("act", "Choose what to do about the person.");
            return None;
        }
    };
    let length = if kind == Kind::Kick { None } else { Some(length(fields, faults)?) };
    let reason = reason(fields, faults)?;
    Some(Measure::Sanction { kind, in_room: fields.get("scope") == "room", length, reason })
}

#[cfg(test)]
mod tests {
    use super::super::fields;
    use super::*;

    #[test]
    fn several_acts_fit_one_form() {
        let form = OutcomeForm::read(&fields(&[
            ("version", "3"),
            ("act", "ban"),
            ("scope", "room"),
            ("length", "1d"),
            ("preset", "Harassment"),
            ("outcome", "Thank you. The person was banned for a day."),
        ]))
        .unwrap();
        assert_eq!(form.version, 3);
        let Measure::Sanction { kind, in_room, length, reason } = form.measure else { panic!("no measure") };
        assert_eq!((kind, in_room, length.unwrap().to_string()), (Kind::Ban, true, "1 d".to_owned()));
        assert_eq!(&*reason, "Harassment");
        assert!(!form.keep_open);
    }

    #[test]
    fn doing_nothing_to_the_person_needs_no_reason_and_everything_else_does() {
        let read =
            |act: &str| OutcomeForm::read(&fields(&[("version", "1"), ("act", act), ("length", "1h")]));
        assert_eq!(read("none").unwrap().measure, Measure::Nothing);
        for act in ["mute", "timeout", "ban", "kick"] {
            assert!(!read(act).unwrap_err().of("reason").is_empty(), "{act}");
        }
        assert!(!read("").unwrap_err().of("act").is_empty());
    }

    #[test]
    fn what_is_removed_is_one_of_the_stretches_on_offer() {
        let read = |remove: &str| {
            OutcomeForm::read(&fields(&[("version", "1"), ("act", "none"), ("remove", remove)]))
        };
        assert_eq!(read("").unwrap().remove_hours, None);
        assert_eq!(read("24").unwrap().remove_hours, Some(24));
        for wrong in ["2", "-1", "all"] {
            assert!(!read(wrong).unwrap_err().of("remove").is_empty(), "{wrong}");
        }
    }

    #[test]
    fn a_form_without_its_version_is_refused() {
        let faults = OutcomeForm::read(&fields(&[("act", "none")])).unwrap_err();
        assert!(faults.of("version").contains("Open the report again"));
    }
}
