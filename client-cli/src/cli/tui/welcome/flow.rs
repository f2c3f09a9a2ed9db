//! Where somebody is on the way in, and what comes next. Decides only; the work is wished for and done elsewhere.

mod submit;
#[cfg(test)]
mod tests;
mod turns;

use std::collections::{BTreeMap, VecDeque};

use client_cli::ConnectError;
use crossterm::event::{KeyCode, KeyModifiers};
use proto::keys::fingerprint;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use zeroize::Zeroizing;

use super::page::{Heard, Kind, Note, Page, Press, Slot};
use super::paint::Foot;
use super::wish::{Done, Known, Server, Wish};
use super::words::{link_in, sentence, strength};
use super::{Why, forms};
use crate::cli::appeal;
use crate::cli::entering;
use crate::cli::exit::Failure;
use crate::cli::tui::input::Input;
use crate::cli::tui::theme::Theme;

/// The pages on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Choose,
    Join,
    Server,
    Trust,
    Account,
    LogIn,
    Factor,
    Codes,
    Pending,
    Banned,
    Over,
    Approval,
    Passphrase,
}

/// How it ends.
#[derive(Debug)]
pub(super) enum End {
    In,
    Left,
    Failed(Failure),
}

/// Something that is being done outside.
#[derive(Debug)]
struct Busy {
    words: String,
    stops: Stops,
}

/// What breaking off would cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stops {
    AtOnce,
    /// It can be left for later.
    GoesOn,
    /// The server may have done it already, and what it says is said once.
    Never,
}

/// What the server question is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Account,
    LogIn,
}

/// The way in. Pages are kept, so that nothing that was typed is lost on the way back.
pub(super) struct Flow {
    pages: BTreeMap<Place, Page>,
    place: Place,
    known: Option<Known>,
    /// The server whose key was given or compared.
    server: Option<Server>,
    offered: Option<Server>,
    purpose: Purpose,
    /// Which page asked for the account.
    applied_at: Place,
    busy: Option<Busy>,
    wishes: VecDeque<Wish>,
    /// What is saved to a file on request.
    to_save: Zeroizing<String>,
    ban: Option<Failure>,
    /// Whether Ctrl-C was pressed where it costs something.
    warned: bool,
    end: Option<End>,
}

impl Flow {
    /// Returns the beginning of the way for somebody whose login name here may be a good name there.
    pub(super) fn new(why: Why, known: Option<Known>, user: &str) -> Self {
        let name = known.as_ref().and_then(|known| known.account.as_deref()).unwrap_or(user);
        let address = known.as_ref().map(|known| known.server.address.to_string()).unwrap_or_default();
        let pages = BTreeMap::from([
            (Place::Choose, forms::choose()),
            (Place::Join, forms::join(user)),
            (Place::Account, forms::account(user)),
            (Place::Server, forms::server(&address)),
            (Place::LogIn, forms::log_in(name)),
            (Place::Passphrase, forms::passphrase()),
        ]);
        let server = known.as_ref().map(|known| known.server.clone());
        let mut flow = Self {
            pages,
            place: Place::Choose,
            known,
            server,
            offered: None,
            purpose: Purpose::LogIn,
            applied_at: Place::Join,
            busy: None,
            wishes: VecDeque::new(),
            to_save: Zeroizing::default(),
            ban: None,
            warned: false,
            end: None,
        };
        flow.begin(why);
        flow
    }

    fn begin(&mut self, why: Why) {
        match why {
            Why::NoProfile => {}
            Why::LogIn(sentence) => {
                if self.known.as_ref().is_some_and(|known| known.account.is_some()) {
                    self.ask_for_login();
                }
                self.page().complain(&sentence);
            }
            Why::Banned(refusal) => self.show_ban(&refusal),
            Why::KeysClosed => self.place = Place::Passphrase,
        }
        self.refresh();
    }

    /// Takes what a person did.
    pub(super) fn input(&mut self, input: Input) {
        if matches!(input, Input::Gone) {
            self.end = Some(End::Left);
            return;
        }
        if self.busy.is_some() {
            return;
        }
        let pasted = matches!(input, Input::Paste(_));
        let heard = match input {
            Input::Key(key) => self.page().key(key),
            Input::Paste(text) => self.page().paste(&text),
            Input::Mouse(mouse) => self.page().mouse(mouse),
            Input::Resized | Input::Focus(_) | Input::Gone => None,
        };
        match heard {
            None => {}
            Some(Heard::Press(press)) => self.press(press),
            Some(Heard::Typed(slot)) => self.typed(slot, pasted),
            Some(Heard::Back) => self.back(),
            Some(Heard::Leave) => self.leave(),
        }
        self.refresh();
    }

    /// Takes a key while something is being done; whether it is to be broken off.
    pub(super) fn breaks_off(&mut self, input: &Input) -> bool {
        let Some(busy) = &self.busy else { return false };
        let Input::Key(key) = input else { return matches!(input, Input::Gone) };
        let wanted = key.code == KeyCode::Esc
            || (key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL));
        wanted && busy.stops != Stops::Never
    }

    /// What was wished for was broken off.
    pub(super) fn broke_off(&mut self) {
        if self.busy.take().is_some_and(|busy| busy.stops == Stops::GoesOn) {
            self.end = Some(End::In);
            return;
        }
        self.page().complain("Broken off. What you typed is still here.");
    }

    /// Takes what came of a wish.
    pub(super) fn done(&mut self, done: Result<Done, Failure>) {
        self.busy = None;
        match done {
            Err(failure) => self.failed(failure),
            Ok(Done::Looked(address, key)) => self.show_key(address, key),
            Ok(Done::Enrol(enrolment)) => self.open(Place::Factor, forms::factor(&enrolment)),
            Ok(Done::WrongCode(refusal)) => {
                let failure = Failure::from(ConnectError::Denied(refusal));
                let page = self.page();
                if let Some(field) = page.field_mut(Slot::Code) {
                    field.clear();
                }
                page.blame(Slot::Code, &sentence(&failure));
            }
            Ok(Done::Registered(codes)) => self.show_codes(codes),
            Ok(Done::LoggedIn) => self.wish(Wish::Enter, "opening the keys of sealed rooms", Stops::AtOnce),
            Ok(Done::Banned(refusal)) => self.show_ban(&refusal),
            Ok(Done::KeysClosed) => self.place = Place::Passphrase,
            Ok(Done::KeysOpen) => {
                self.wish(Wish::Settle, "publishing this device's keys ...   Esc goes on", Stops::GoesOn);
            }
            Ok(Done::SentAway(failure)) => self.end = Some(End::Failed(failure)),
            Ok(Done::Settled(None)) => self.end = Some(End::In),
            Ok(Done::Settled(Some(words))) => self.open(Place::Approval, forms::approval(&words)),
            Ok(Done::Saved(words)) => {
                self.page().say(Note::Saved, Kind::Good, &words);
                let page = self.page();
                page.focus = page.items.len() - 1;
            }
            Ok(Done::Appealed) => {
                let words = appeal::DELIVERED;
                self.open(Place::Over, forms::over("Appeal", words));
            }
        }
        self.refresh();
    }

    /// The registration that waited for a code is over.
    pub(super) fn registration_over(&mut self, failure: Failure) {
        self.busy = None;
        self.failed(failure.context("the registration has ended"));
        self.refresh();
    }

    /// Returns what has to be done next.
    pub(super) fn poll_wish(&mut self) -> Option<Wish> {
        self.wishes.pop_front()
    }

    /// Returns how it ended, once it has.
    pub(super) fn poll_end(&mut self) -> Option<End> {
        self.end.take()
    }

    /// Draws the page and returns where the cursor stands.
    pub(super) fn draw(&mut self, area: Rect, buffer: &mut Buffer, theme: &Theme) -> Option<Position> {
        let busy = self.busy.as_ref().map(|busy| busy.words.clone());
        let foot = busy.as_deref().map_or(Foot::Keys, Foot::Busy);
        self.page().draw(area, buffer, theme, &foot)
    }

    /// Whether a registration waits for a code from the person.
    pub(super) fn awaits_code(&self) -> bool {
        self.place == Place::Factor
    }

    fn press(&mut self, press: Press) {
        self.page().forgive();
        match press {
            Press::Join => self.place = Place::Join,
            Press::Open => self.ask_for_server(Purpose::Account),
            Press::LogIn => self.ask_for_login(),
            Press::OtherServer => self.place = Place::Server,
            Press::Same => self.trusted(),
            Press::Back => self.back(),
            Press::Leave => self.leave(),
            Press::Save => self.save(),
            Press::Go => self.go(),
        }
    }

    fn typed(&mut self, slot: Slot, pasted: bool) {
        self.warned = false;
        if slot != Slot::Invite || !pasted {
            return;
        }
        let page = self.page();
        match entering::invite(link_in(page.value(Slot::Invite))) {
            Ok(_) => page.focus_on(Slot::Name),
            Err(failure) => page.blame(Slot::Invite, &failure.message),
        }
    }

    fn back(&mut self) {
        let has_account = self.known.as_ref().is_some_and(|known| known.account.is_some());
        self.place = match self.place {
            Place::Join | Place::Account => Place::Choose,
            Place::LogIn if !has_account => Place::Choose,
            Place::Server if has_account => Place::LogIn,
            Place::Server => Place::Choose,
            Place::Trust => Place::Server,
            Place::Factor => self.applied_at,
            _ => return self.leave(),
        };
    }

    /// Leaves; where something would be lost that is never shown again, only the second time.
    fn leave(&mut self) {
        match self.place {
            Place::Codes | Place::Pending if !self.warned => {
                self.warned = true;
                self.page()
                    .complain("They are not shown again. Ctrl-C or Esc once more leaves all the same.");
            }
            Place::Approval => self.end = Some(End::In),
            Place::Banned | Place::Over => {
                self.end = Some(self.ban.take().map_or(End::Left, End::Failed));
            }
            _ => self.end = Some(End::Left),
        }
    }

    fn open(&mut self, place: Place, page: Page) {
        self.pages.insert(place, page);
        self.place = place;
    }

    fn wish(&mut self, wish: Wish, words: &str, stops: Stops) {
        self.busy = Some(Busy { words: domain::text::term_safe(words).into_owned(), stops });
        self.wishes.push_back(wish);
    }

    /// Brings the texts that follow from what is typed up to date.
    fn refresh(&mut self) {
        let server = match self.place {
            Place::Join => self.server_of_invite().map(|(server, _)| server),
            Place::Account | Place::LogIn => self.server.clone(),
            _ => return,
        };
        let words = server.map(|at| format!("Server {}\nkey {}", at.address, fingerprint(at.key)));
        let page = self.page();
        page.say(Note::Server, Kind::Good, &words.unwrap_or_default());
        let (kind, words) = strength(page.value(Slot::Name), page.typed(Slot::Password));
        page.say(Note::Strength, kind, &words);
    }

    fn page(&mut self) -> &mut Page {
        // Every way to another place leaves a page there.
        self.pages.entry(self.place).or_insert_with(forms::choose)
    }
}
