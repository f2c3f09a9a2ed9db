//! Another authenticator in place of one's own, over the whole screen: who it is, the new secret, the new recovery codes.

pub(crate) mod wish;

#[cfg(test)]
mod tests;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::{Clear, Widget};
use zeroize::Zeroizing;

use super::{Overlay, Then, closes};
use crate::cli::entering;
use crate::cli::exit::Failure;
use crate::cli::tui::act::Act;
use crate::cli::tui::theme::Theme;
use crate::cli::tui::welcome::forms;
use crate::cli::tui::welcome::page::{Heard, Kind, Note, Page, Press, Slot};
use crate::cli::tui::welcome::paint::Foot;
use crate::cli::tui::welcome::words::{sentence, slot_of};
use wish::{Asker, Came, Step, TotpAnswer, TotpWish};

/// The way to another authenticator. A page is forgotten, with all that was typed there, when the next one comes.
#[derive(Debug)]
pub(crate) struct Totp {
    page: Page,
    place: Place,
    asker: Asker,
    /// What is waited for, in words; until it comes nothing else is asked.
    busy: Option<&'static str>,
}

/// The pages on the way.
enum Place {
    /// Password and a code of the present authenticator.
    Present,
    /// A code of the new one; whether one was sent of which nobody knows what became.
    New { unclear: bool },
    /// The recovery codes.
    Codes { text: Zeroizing<String>, saved: bool, warned: bool },
}

impl Totp {
    pub(crate) fn new() -> Self {
        Self { page: forms::another_factor(), place: Place::Present, asker: Asker::default(), busy: None }
    }

    fn heard(&mut self, heard: Option<Heard>) -> Then {
        match heard {
            None => Then::Stay,
            Some(Heard::Typed(_)) => {
                if let Place::Codes { warned, .. } = &mut self.place {
                    *warned = false;
                }
                Then::Stay
            }
            Some(Heard::Press(Press::Go)) => self.go(),
            Some(Heard::Press(Press::Save)) => self.save(),
            Some(Heard::Press(_) | Heard::Back | Heard::Leave) => self.close(),
        }
    }

    /// What the page is for.
    fn go(&mut self) -> Then {
        self.page.forgive();
        match self.place {
            Place::Present if self.page.filled(&[Slot::Password, Slot::Code]) => {
                let password = Zeroizing::new(self.page.typed(Slot::Password).to_owned());
                let code = self.code();
                self.wish(Step::Renew { password, code }, "the server looks at password and code ...")
            }
            Place::New { .. } if self.page.filled(&[Slot::Code]) => {
                let code = self.code();
                self.wish(Step::Confirm(code), "the server looks at the code ...")
            }
            Place::Codes { .. } => Then::Do(Act::Say(CHANGED)),
            Place::Present | Place::New { .. } => Then::Stay,
        }
    }

    fn save(&mut self) -> Then {
        self.page.forgive();
        let Place::Codes { text, .. } = &self.place else { return Then::Stay };
        let text = text.clone();
        if !self.page.filled(&[Slot::File]) {
            return Then::Stay;
        }
        let path = self.page.value(Slot::File).to_owned();
        self.wish(Step::Save { path, text }, "saving the codes ...")
    }

    /// Closes; where something would be lost that is never shown again, only the second time.
    fn close(&mut self) -> Then {
        match &mut self.place {
            Place::Present => Then::Do(Act::Say(AS_IT_WAS)),
            Place::New { unclear: false } => Then::Do(Act::Say(NOT_TAKEN)),
            Place::New { unclear: true } => Then::Do(Act::Say(UNCLEAR)),
            Place::Codes { saved: false, warned, .. } if !*warned => {
                *warned = true;
                self.page.complain("They are not shown again. Ctrl-C or Esc once more leaves all the same.");
                Then::Stay
            }
            Place::Codes { .. } => Then::Do(Act::Say(CHANGED)),
        }
    }

    /// Takes a key while something is waited for: only what changes nothing can be left.
    fn while_busy(&self, key: &KeyEvent) -> Then {
        match self.place {
            Place::Present if closes(key) => Then::Do(Act::Say(AS_IT_WAS)),
            // The answer has the recovery codes, and what it says is said once.
            _ => Then::Stay,
        }
    }

    fn wish(&mut self, step: Step, words: &'static str) -> Then {
        self.busy = Some(words);
        Then::Also(Act::Totp(TotpWish { asker: self.asker.clone(), step }))
    }

    fn came(&mut self, came: &Came) {
        match came {
            Came::Enrolment(enrolment) => {
                self.page = forms::factor(enrolment);
                self.place = Place::New { unclear: false };
            }
            Came::Codes(codes) => {
                self.page = forms::other_codes(codes);
                self.place = Place::Codes { text: codes.clone(), saved: false, warned: false };
            }
            Came::Saved(words) => {
                self.page.say(Note::Saved, Kind::Good, words);
                self.page.focus = self.page.items.len() - 1;
                if let Place::Codes { saved, .. } = &mut self.place {
                    *saved = true;
                }
            }
            Came::Unclear(failure) => {
                self.place = Place::New { unclear: true };
                self.page.complain(&format!("{}.\n{KEEP_BOTH}", failure.message));
            }
        }
    }

    /// Brings a failure to what it is about; nothing that was typed is lost but a code that is wrong.
    fn failed(&mut self, failure: &Failure) {
        let slot = match self.place {
            Place::Codes { .. } => Some(Slot::File),
            _ => slot_of(entering::about(failure.code), failure.code),
        };
        if slot == Some(Slot::Code)
            && let Some(field) = self.page.field_mut(Slot::Code)
        {
            field.clear();
        }
        let words = sentence_here(failure);
        match slot {
            Some(slot) => self.page.blame(slot, &words),
            None => self.page.complain(&words),
        }
    }

    fn code(&self) -> Zeroizing<String> {
        Zeroizing::new(self.page.value(Slot::Code).to_owned())
    }
}

impl Overlay for Totp {
    fn key(&mut self, key: KeyEvent) -> Then {
        if self.busy.is_some() {
            return self.while_busy(&key);
        }
        let heard = self.page.key(key);
        self.heard(heard)
    }

    fn paste(&mut self, text: &str) -> Then {
        if self.busy.is_some() {
            return Then::Stay;
        }
        let heard = self.page.paste(text);
        self.heard(heard)
    }

    fn mouse(&mut self, mouse: MouseEvent) -> Then {
        if self.busy.is_some() {
            return Then::Stay;
        }
        let heard = self.page.mouse(mouse);
        self.heard(heard)
    }

    fn needs_colours(&self) -> bool {
        self.page.picture.is_some()
    }

    fn totp(&mut self, answer: &TotpAnswer) {
        if answer.asker != self.asker {
            return;
        }
        self.busy = None;
        match &answer.came {
            Ok(came) => self.came(came),
            Err(failure) => self.failed(failure),
        }
    }

    fn draw(&mut self, screen: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        Clear.render(screen, buffer);
        let foot = self.busy.map_or(Foot::Keys, Foot::Busy);
        self.page.draw(screen, buffer, theme, &foot)
    }
}

/// Says nothing of the codes.
impl std::fmt::Debug for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Present => "Present",
            Self::New { .. } => "New",
            Self::Codes { .. } => "Codes",
        })
    }
}

/// Returns what went wrong, with what can be done about it from in here.
fn sentence_here(failure: &Failure) -> String {
    match &failure.hint {
        Some(hint) if hint.contains("chat ") => failure.message.clone(),
        _ => sentence(failure),
    }
}

const AS_IT_WAS: &str = "the authenticator is as it was";
const NOT_TAKEN: &str = "the authenticator is as it was; the code that was given for a new one is used up";
const CHANGED: &str = "the authenticator is changed; the old one and the old recovery codes are void";
const UNCLEAR: &str =
    "it is not known whether the authenticator was changed; /totp with a code of the new one tells";
const KEEP_BOTH: &str =
    "Keep both secrets in the app. If a code of the new one works with /totp, it holds already.";
