//! `/invite`, `/remove`, `/keys`, `/verify` and `/devices` as they are typed.

use proto::ids::DeviceId;

use crate::cli::conversation::ask::Ask;
use crate::cli::conversation::chat::Chat;
use crate::cli::conversation::commands::{Verb, first_word};
use crate::cli::render::room_name;

use super::{Step, Wrong, needs};

impl Chat {
    /// Reads a command about members and keys.
    pub(super) fn sealed(&self, verb: Verb, rest: &str) -> Result<Step, Wrong> {
        if verb == Verb::Verify {
            let (name, word) = first_word(needs(rest)?);
            let name = name.trim_start_matches('@').to_owned();
            return match word {
                "" => Ok(Step::Ask(Ask::Verify { name, matches: false })),
                "matches" => Ok(Step::Ask(Ask::Verify { name, matches: true })),
                _ => Err(Wrong::Arguments),
            };
        }
        let summary = &self.current_room().ok_or(Wrong::NoRoom)?.summary;
        let (room, place) = (summary.room, room_name(summary));
        if verb == Verb::Keys {
            return Ok(Step::Ask(Ask::Keys { room, place, kind: summary.kind }));
        }
        let name = needs(rest)?.trim_start_matches('@').to_owned();
        if !summary.kind.is_sealed() {
            return Err(Wrong::Because(format!(
                "{place} is open: everybody may /join it, and moderators remove people with /kick"
            )));
        }
        Ok(Step::Ask(match verb {
            Verb::Invite => Ask::Invite { room, place, name },
            _ => Ask::PutOut { room, place, name },
        }))
    }
}

/// `[approve NUMBER CODE|revoke NUMBER]`.
pub(super) fn devices(rest: &str) -> Result<Step, Wrong> {
    let (word, rest) = first_word(rest);
    let (number, code) = first_word(rest);
    let device = || number.parse().ok().and_then(DeviceId::new).ok_or(Wrong::Arguments);
    match (word, code) {
        ("", _) => Ok(Step::Ask(Ask::Devices)),
        ("revoke", "") => Ok(Step::Ask(Ask::Revoke(device()?))),
        ("approve", code) if !code.is_empty() => {
            Ok(Step::Ask(Ask::Approve { device: device()?, code: code.to_owned() }))
        }
        _ => Err(Wrong::Arguments),
    }
}
