//! The form of the raid level.

use domain::raid::RaidLevel;
use domain::sanction::Length;
use proto::limits;
use proto::text::Text;

use super::{Faults, length, reason, sentence};
use crate::request::Fields;

/// A raid level as chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RaidForm {
    pub(crate) level: RaidLevel,
    /// How long until everything returns to normal; level 5 and "for good" have no end.
    pub(crate) length: Option<Length>,
    pub(crate) reason: Text<{ limits::REASON }>,
}

impl RaidForm {
    /// Reads the form.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub(crate) fn read(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let level = faults.take("level", RaidLevel::parse(fields.get("level")).map_err(sentence));
        let stays = level == Some(RaidLevel::NORMAL);
        let length = if stays { None } else { length(fields, &mut faults) };
        let reason = reason(fields, &mut faults);
        match (level, reason) {
            (Some(level), Some(reason)) if faults.is_empty() => Ok(Self { level, length, reason }),
            _ => Err(faults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields;
    use super::*;

    #[test]
    fn a_raised_level_needs_a_length_and_the_normal_one_does_not() {
        let read = |level: &str, length: &str| {
            RaidForm::read(&fields(&[("level", level), ("length", length), ("reason", "test")]))
        };
        assert_eq!(read("3", "1h").unwrap().length.unwrap().to_string(), "1 h");
        assert_eq!(read("5", "").unwrap().length, None);
        assert!(!read("3", "").unwrap_err().of("length").is_empty());
        assert!(!read("6", "1h").unwrap_err().of("level").is_empty());
    }
}
