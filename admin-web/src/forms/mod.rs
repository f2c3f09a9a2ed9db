//! What people type into forms, as typed values; each field that does not fit has one clear sentence.

mod bulk;
mod csv;
mod filter;
mod raid;
mod report;
mod sanction;

use std::collections::BTreeMap;

use domain::sanction::Length;
use proto::limits;
use proto::text::Text;

use crate::request::Fields;

pub(crate) use bulk::{BulkAct, BulkForm};
pub(crate) use csv::{Line, LineError, cell, read_lines};
pub(crate) use filter::FilterForm;
pub(crate) use raid::RaidForm;
pub(crate) use report::{Measure, OutcomeForm};
pub(crate) use sanction::{AccountRef, SanctionForm, ScopeRef, TargetRef};

/// What is wrong with a form: field and sentence. Empty means nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Faults(BTreeMap<&'static str, String>);

impl Faults {
    /// Notes what is wrong with a field; the first sentence for a field stays.
    pub(crate) fn add(&mut self, field: &'static str, sentence: impl Into<String>) {
        self.0.entry(field).or_insert_with(|| sentence.into());
    }

    /// Takes the value, or notes why there is none.
    pub(crate) fn take<T, E: ToString>(&mut self, field: &'static str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.add(field, error.to_string())).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the sentence for a field; empty if it is fine.
    pub(crate) fn of(&self, field: &str) -> &str {
        self.0.get(field).map_or("", String::as_str)
    }
}

/// The reasons offered beside the box for an own one.
pub(crate) const REASONS: [&str; 9] = [
    "Spam or advertising",
    "Harassment",
    "Hate",
    "Threats",
    "Flooding",
    "Impersonation",
    "Illegal content",
    "Evading a ban",
    "Part of a raid",
];

/// Reads the reason for an act: a preset, own words, or both. One of them is required.
pub(crate) fn reason(fields: &Fields, faults: &mut Faults) -> Option<Text<{ limits::REASON }>> {
    let preset = fields.get("preset");
    let own = fields.get("reason").trim();
    if !preset.is_empty() && !REASONS.contains(&preset) {
        faults.add("reason", "Choose a reason from the list, or write your own.");
        return None;
    }
    let joined = match (preset.is_empty(), own.is_empty()) {
        (true, true) => {
            faults.add("reason", "Say why: choose a reason or write one. The person is told.");
            return None;
        }
        (false, true) => preset.to_owned(),
        (true, false) => own.to_owned(),
        (false, false) => format!("{preset}: {own}"),
    };
    line("reason", &joined, faults)
}

/// Reads one line of text that may be empty.
pub(crate) fn line<const MAX: usize>(
    field: &'static str,
    typed: &str,
    faults: &mut Faults,
) -> Option<Text<MAX>> {
    let typed = typed.trim();
    if typed.chars().any(char::is_control) {
        faults.add(field, "This is one line of text, without line breaks or control characters.");
        return None;
    }
    paragraph(field, typed, faults)
}

/// Reads text of several lines that may be empty.
pub(crate) fn paragraph<const MAX: usize>(
    field: &'static str,
    typed: &str,
    faults: &mut Faults,
) -> Option<Text<MAX>> {
    // Browsers send every line break as two characters.
    let typed = typed.trim().replace("\r\n", "\n");
    let too_long = |error: proto::text::TooLong| {
        format!("This is {} bytes long, the limit is {}.", error.len, error.max)
    };
    faults.take(field, Text::new(typed).map_err(too_long))
}

/// Reads how long a measure stands: a length from the list, or an own one.
pub(crate) fn length(fields: &Fields, faults: &mut Faults) -> Option<Length> {
    let (chosen, own) = (fields.get("length"), fields.get("other_length").trim());
    let typed = if own.is_empty() { chosen } else { own };
    if typed.is_empty() || typed == "other" {
        faults.add("length", "Say for how long: choose a length, or write one like 90m, 3d or \"for good\".");
        return None;
    }
    faults.take("length", Length::parse(typed).map_err(sentence))
}

/// Returns an error of the rules as a sentence for a page.
#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err as it is")]
pub(crate) fn sentence(error: impl ToString) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return text };
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

/// Reads a number from a field.
pub(crate) fn number<T: std::str::FromStr + PartialOrd + std::fmt::Display + Copy>(
    field: &'static str,
    fields: &Fields,
    least: T,
    most: T,
    faults: &mut Faults,
) -> Option<T> {
    let value = fields.get(field).trim().parse::<T>().ok().filter(|value| least <= *value && *value <= most);
    if value.is_none() {
        faults.add(field, format!("Write a whole number from {least} to {most}."));
    }
    value
}

/// Returns a form with these fields, for tests.
#[cfg(test)]
pub(crate) fn fields(pairs: &[(&str, &str)]) -> Fields {
    use crate::request::encoded;
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
    Fields::parse(&pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_preset_own_words_or_both_and_never_missing() {
        let read = |pairs: &[(&str, &str)]| {
            let mut faults = Faults::default();
            let reason = reason(&fields(pairs), &mut faults);
            (reason.map(|reason| reason.to_string()), faults.of("reason").to_owned())
        };
        assert_eq!(read(&[("preset", "Hate")]).0.as_deref(), Some("Hate"));
        assert_eq!(read(&[("preset", "Hate"), ("reason", " in #ops ")]).0.as_deref(), Some("Hate: in #ops"));
        assert_eq!(read(&[("reason", "rude")]).0.as_deref(), Some("rude"));
        for wrong in [&[][..], &[("reason", "  ")], &[("preset", "Because")], &[("reason", "a\nb")]] {
            let (reason, sentence) = read(wrong);
            assert!(reason.is_none() && !sentence.is_empty(), "{wrong:?}");
        }
        let long = "x".repeat(limits::REASON + 1);
        assert_eq!(read(&[("reason", &long)]).1, "This is 513 bytes long, the limit is 512.");
    }

    #[test]
    fn an_own_length_counts_before_the_chosen_one() {
        let read = |pairs: &[(&str, &str)]| {
            let mut faults = Faults::default();
            (length(&fields(pairs), &mut faults).map(|length| length.to_string()), faults)
        };
        assert_eq!(read(&[("length", "1h")]).0.as_deref(), Some("1 h"));
        assert_eq!(read(&[("length", "1h"), ("other_length", "2d")]).0.as_deref(), Some("2 d"));
        assert_eq!(read(&[("length", "for good")]).0.as_deref(), Some("for good"));
        for wrong in [&[][..], &[("length", "other")], &[("other_length", "soon")], &[("other_length", "0m")]]
        {
            let (length, faults) = read(wrong);
            assert!(length.is_none() && !faults.of("length").is_empty(), "{wrong:?}");
        }
        assert!(read(&[("other_length", "soon")]).1.of("length").starts_with("\"soon\" is not a length"));
    }

    #[test]
    fn a_number_is_kept_within_its_bounds() {
        let read = |typed: &str| {
            let mut faults = Faults::default();
            number("seconds", &fields(&[("seconds", typed)]), 0_u32, 21_600, &mut faults)
        };
        assert_eq!(read(" 30 "), Some(30));
        assert_eq!(read("21600"), Some(21_600));
        for wrong in ["", "-1", "21601", "1e3", "many"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_error_of_the_rules_becomes_a_sentence() {
        assert_eq!(sentence("a time-out needs an end"), "A time-out needs an end.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), "");
    }
}
