//! `/quiet`, `/ignore` and `/unignore` as they are typed.

use domain::text::term_safe;
use proto::ids::AccountId;
use proto::limits;
use proto::text::Text;

use crate::cli::conversation::ask::Ask;
use crate::cli::conversation::chat::Chat;
use crate::cli::conversation::commands::Verb;
use crate::cli::conversation::preferences::NotKept;
use crate::cli::render::room_name;

use super::{Step, Wrong, name_of, needs, note};

impl Chat {
    /// Reads a command about what one wants to hear.
    pub(super) fn prefer(&mut self, verb: Verb, rest: &str) -> Result<Step, Wrong> {
        match verb {
            Verb::Quiet => self.turn_quiet(rest),
            Verb::Ignore if rest.is_empty() => Ok(self.list_ignored()),
            Verb::Ignore => {
                let name = name_of(rest)?;
                if name.eq_ignore_ascii_case(&self.me.name) {
                    return Err(Wrong::Because("that is you".to_owned()));
                }
                match self.account_of(&name) {
                    Some(account) if self.is_ignored(account) => {
                        Err(Wrong::Because(format!("you ignore {} already", term_safe(&name))))
                    }
                    Some(account) => Ok(note(self.ignore(account, &name))),
                    None => {
                        let summary = &self.current_room().ok_or(Wrong::NoRoom)?.summary;
                        let (room, place) = (summary.room, room_name(summary));
                        Ok(Step::Ask(Ask::Ignore { room, place, name: term_safe(&name).into_owned() }))
                    }
                }
            }
            _ => self.unignore(needs(rest)?),
        }
    }

    /// Ignores somebody and returns the line that says so.
    pub(in crate::cli::conversation) fn ignore(
        &mut self,
        account: AccountId,
        name: &Text<{ limits::NAME }>,
    ) -> String {
        let kept = self.preferences.ignore(account, name.clone());
        let name = term_safe(name);
        match kept {
            Ok(()) => {
                format!("-- you see nothing that {name} says, on this device. /unignore {name} ends it.")
            }
            Err(why) => not_kept(&why),
        }
    }

    fn unignore(&mut self, typed: &str) -> Result<Step, Wrong> {
        let name = name_of(typed)?;
        let mut ignored = self.preferences.ignored_names();
        let account =
            ignored.find(|(_, known)| known.eq_ignore_ascii_case(&name)).map(|(account, _)| account);
        drop(ignored);
        let safe = term_safe(&name);
        let Some(account) = account.or_else(|| self.account_of(&name)) else {
            return Err(Wrong::Because(format!("you do not ignore anybody called {safe}")));
        };
        Ok(note(match self.preferences.unignore(account) {
            Ok(true) => format!("-- you see again what {safe} says; /history shows what was said meanwhile."),
            Ok(false) => format!("-- you do not ignore {safe}."),
            Err(why) => not_kept(&why),
        }))
    }

    fn turn_quiet(&mut self, rest: &str) -> Result<Step, Wrong> {
        let (room, name) = self.room_or_current(rest)?;
        Ok(note(match self.preferences.turn_quiet(room) {
            Ok(true) => format!("-- {name} is quiet: only mentions are told. /quiet {name} again undoes it."),
            Ok(false) => format!("-- {name} is not quiet any more."),
            Err(why) => not_kept(&why),
        }))
    }

    fn list_ignored(&self) -> Step {
        let names: Vec<_> = self.preferences.ignored_names().map(|(_, name)| term_safe(name)).collect();
        note(match names.is_empty() {
            true => "-- you ignore nobody. /ignore NAME begins.".to_owned(),
            false => format!("-- you ignore {}. /unignore NAME ends it.", names.join(", ")),
        })
    }
}

fn not_kept(why: &NotKept) -> String {
    match why {
        NotKept::TooMany => "-- there are too many already.".to_owned(),
        NotKept::Vault(error) => format!("-- this holds until the program ends, it cannot be kept: {error}."),
    }
}
