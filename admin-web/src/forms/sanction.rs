//! The form of a measure: against whom, what, where, for how long, why.

use std::fmt;

use domain::cidr::Cidr;
use domain::name::{AccountName, RoomName};
use domain::sanction::{Kind, Length, from_word, refuse_width};
use proto::ids::{AccountId, DeviceId, InviteId, RoomId};
use proto::limits;
use proto::text::Text;

use super::{Faults, length, paragraph, reason, sentence};
use store::NOTE;

use crate::request::Fields;

/// A measure as typed, valid by itself; whether its target exists is for the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SanctionForm {
    pub(crate) target: TargetRef,
    pub(crate) kind: Kind,
    pub(crate) scope: ScopeRef,
    /// A kick has none.
    pub(crate) length: Option<Length>,
    pub(crate) reason: Text<{ limits::REASON }>,
    pub(crate) note: Text<NOTE>,
    pub(crate) appealable: bool,
}

/// Whom or what a form names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TargetRef {
    Account(AccountRef),
    Device(DeviceId),
    Network(Cidr),
    Lineage(InviteId),
}

/// An account by its name or its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccountRef {
    Id(AccountId),
    Name(AccountName),
}

/// Where a measure holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ScopeRef {
    Server,
    Room(RoomId),
    RoomNamed(RoomName),
}

impl SanctionForm {
    /// Reads the form.
    ///
    /// # Errors
    /// What is wrong, by field.
    pub(crate) fn read(fields: &Fields) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let target = TargetRef::read(fields.get("against"), fields.get("target"), &mut faults);
        let kind = match from_word(fields.get("kind")) {
            Some(kind) => Some(kind),
            None => {
                faults.add("kind", "Choose what to do: ban, mute, time-out, soft ban or kick.");
                None
            }
        };
        let scope = ScopeRef::read(fields.get("scope"), fields.get("room"), &mut faults);
        let length = if kind == Some(Kind::Kick) { None } else { length(fields, &mut faults) };
        let reason = reason(fields, &mut faults);
        let note = paragraph("note", fields.get("note"), &mut faults);
        let appealable = fields.get("no_appeal").is_empty();
        match (target, kind, scope, reason, note) {
            (Some(target), Some(kind), Some(scope), Some(reason), Some(note)) if faults.is_empty() => {
                Ok(Self { target, kind, scope, length, reason, note, appealable })
            }
            _ => Err(faults),
        }
    }
}

impl TargetRef {
    /// Reads whom a measure is against: what kind of target, and what was typed for it.
    pub(crate) fn read(against: &str, typed: &str, faults: &mut Faults) -> Option<Self> {
        let typed = typed.trim();
        match against {
            "account" => faults.take("target", AccountRef::read(typed)).map(Self::Account),
            "device" => {
                let id = numbered(typed).and_then(DeviceId::new);
                let wrong = "Write the device's number, as the person's page shows it.";
                faults.take("target", id.map(Self::Device).ok_or(wrong))
            }
            "address" => {
                let range = faults.take("target", Cidr::parse(typed).map_err(sentence))?;
                let wide = "This is a range of addresses; choose \"network\" for it.";
                faults.take("target", if range.is_single() { Ok(Self::Network(range)) } else { Err(wide) })
            }
            "network" => {
                let range = faults.take("target", Cidr::parse(typed).map_err(sentence))?;
                faults.take("target", refuse_width(range).map_err(sentence).map(|()| Self::Network(range)))
            }
            "lineage" => {
                let id = numbered(typed).and_then(InviteId::new);
                let wrong = "Write the invite's number, as the page of invites shows it.";
                faults.take("target", id.map(Self::Lineage).ok_or(wrong))
            }
            _ => {
                faults.add("against", "Choose what this is against.");
                None
            }
        }
    }
}

impl AccountRef {
    /// Reads a name (with or without `@`) or `#` and a number.
    ///
    /// # Errors
    /// A sentence for the page.
    pub(crate) fn read(typed: &str) -> Result<Self, String> {
        let typed = typed.trim();
        if let Some(number) = typed.strip_prefix('#') {
            let id = number.parse().ok().and_then(AccountId::new);
            return id.map(Self::Id).ok_or_else(|| "After # comes the account's number.".to_owned());
        }
        let name = typed.strip_prefix('@').unwrap_or(typed);
        AccountName::parse(name).map(Self::Name).map_err(sentence)
    }
}

impl ScopeRef {
    /// Reads where a measure holds: the server, or one room by name or number.
    pub(crate) fn read(scope: &str, room: &str, faults: &mut Faults) -> Option<Self> {
        match scope {
            "" | "server" => Some(Self::Server),
            "room" => {
                let typed = room.trim();
                if let Some(id) = typed.parse().ok().and_then(RoomId::new) {
                    return Some(Self::Room(id));
                }
                let name = typed.strip_prefix('#').unwrap_or(typed);
                faults.take("room", RoomName::parse(name).map_err(sentence)).map(Self::RoomNamed)
            }
            _ => {
                faults.add("scope", "Choose where this holds: everywhere, or in one room.");
                None
            }
        }
    }
}

impl fmt::Display for AccountRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(formatter, "#{id}"),
            Self::Name(name) => write!(formatter, "@{}", name.as_str()),
        }
    }
}

/// Returns the number that was typed, with or without `#`.
fn numbered(typed: &str) -> Option<u64> {
    typed.strip_prefix('#').unwrap_or(typed).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::fields;
    use super::*;

    const GOOD: [(&str, &str); 5] = [
        ("against", "account"),
        ("target", "@Mallory"),
        ("kind", "ban"),
        ("length", "7d"),
        ("preset", "Flooding"),
    ];

    #[test]
    fn a_whole_form_becomes_a_measure() {
        let form = SanctionForm::read(&fields(&GOOD)).unwrap();
        assert_eq!(form.target, TargetRef::Account(AccountRef::Name(AccountName::parse("mallory").unwrap())));
        assert_eq!((form.kind, form.scope), (Kind::Ban, ScopeRef::Server));
        assert_eq!(form.length.unwrap().to_string(), "7 d");
        assert_eq!(&*form.reason, "Flooding");
        assert!(form.appealable);
    }

    #[test]
    fn each_field_that_does_not_fit_has_its_own_sentence() {
        for (field, value, fault) in [
            ("against", "everybody", "against"),
            ("target", "", "target"),
            ("target", "#x", "target"),
            ("kind", "shadowban", "kind"),
            ("length", "", "length"),
            ("preset", "", "reason"),
            ("scope", "galaxy", "scope"),
        ] {
            let faults = SanctionForm::read(&with(&[(field, value)])).unwrap_err();
            assert_eq!(faults.0.keys().copied().collect::<Vec<_>>(), [fault], "{field}={value}");
        }
    }

    #[test]
    fn networks_are_ranges_and_addresses_are_one() {
        let read = |against: &str, target: &str| {
            let form = with(&[("against", against), ("target", target)]);
            SanctionForm::read(&form).map_err(|faults| faults.of("target").to_owned())
        };
        assert!(read("address", "192.0.2.7").is_ok());
        assert!(read("network", "192.0.2.0/24").is_ok());
        assert!(read("address", "192.0.2.0/24").unwrap_err().contains("choose \"network\""));
        assert!(read("network", "10.0.0.0/7").unwrap_err().contains("wider than /8"));
        assert!(read("network", "192.0.2.7/24").unwrap_err().contains("192.0.2.0/24"));
        assert!(read("address", "ada").unwrap_err().contains("is not an address"));
    }

    #[test]
    fn numbers_name_accounts_devices_invites_and_rooms() {
        let target = |against: &str| {
            SanctionForm::read(&with(&[("against", against), ("target", "#41")])).unwrap().target
        };
        assert_eq!(target("account"), TargetRef::Account(AccountRef::Id(AccountId::new(41).unwrap())));
        assert_eq!(target("device"), TargetRef::Device(DeviceId::new(41).unwrap()));
        assert_eq!(target("lineage"), TargetRef::Lineage(InviteId::new(41).unwrap()));
        let scope =
            |room: &str| SanctionForm::read(&with(&[("scope", "room"), ("room", room)])).unwrap().scope;
        assert_eq!(scope("41"), ScopeRef::Room(RoomId::new(41).unwrap()));
        assert_eq!(scope("#ops"), ScopeRef::RoomNamed(RoomName::parse("ops").unwrap()));
    }

    #[test]
    fn a_kick_has_no_length_and_an_appeal_can_be_ruled_out() {
        let kick =
            SanctionForm::read(&with(&[("kind", "kick"), ("length", ""), ("no_appeal", "1")])).unwrap();
        assert_eq!((kick.length, kick.appealable), (None, false));
    }

    /// The good form with some fields replaced.
    fn with(changes: &[(&str, &str)]) -> Fields {
        let kept = GOOD.iter().filter(|(field, _)| changes.iter().all(|(changed, _)| changed != field));
        let pairs: Vec<_> = kept.chain(changes).copied().collect();
        fields(&pairs)
    }
}
