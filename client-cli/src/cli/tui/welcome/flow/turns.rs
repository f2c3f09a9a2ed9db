//! Where a failure, a server's key, a ban and fresh codes lead.

use client_cli::{Address, ConnectError};
use proto::ids::PublicKey;
use proto::keys::fingerprint;
use proto::refusal::{Code, Refusal};
use zeroize::Zeroizing;

use super::{Flow, Place, Purpose, Stops};
use crate::cli::entering::{self, About};
use crate::cli::exit::Failure;
use crate::cli::tui::welcome::forms;
use crate::cli::tui::welcome::page::Slot;
use crate::cli::tui::welcome::wish::{Server, Wish};
use crate::cli::tui::welcome::words::{sentence, slot_of};

impl Flow {
    /// Brings a failure back to what it is about; nothing that was typed is lost.
    pub(super) fn failed(&mut self, failure: Failure) {
        let about = entering::about(failure.code);
        match failure.code {
            "pending_approval" if self.place == Place::Factor => {
                self.to_save = Zeroizing::new(format!("{}\n", failure.message));
                return self.open(Place::Pending, forms::pending(&failure.message));
            }
            "login_needed" if self.place == Place::Banned => self.ask_for_login(),
            "not_banned" => {
                return self.wish(Wish::Enter, "opening the keys of sealed rooms", Stops::AtOnce);
            }
            // No login can tell more than that there is a ban, and no appeal is possible.
            "banned" => {
                self.open(Place::Over, forms::over("Banned", &failure.message));
                self.ban = Some(failure);
                return;
            }
            _ => {}
        }
        if self.place == Place::Factor {
            self.back();
        }
        if about == About::Key && self.place != Place::Join {
            self.place = Place::Server;
        }
        let words = sentence(&failure);
        match slot_of(about, failure.code) {
            Some(slot) => self.page().blame(slot, &words),
            None => self.page().complain(&words),
        }
    }

    pub(super) fn ask_for_login(&mut self) {
        match self.server {
            Some(_) if self.known.is_some() => self.place = Place::LogIn,
            _ => self.ask_for_server(Purpose::LogIn),
        }
    }

    pub(super) fn ask_for_server(&mut self, purpose: Purpose) {
        self.purpose = purpose;
        self.place = Place::Server;
    }

    pub(super) fn show_key(&mut self, address: Address, key: PublicKey) {
        self.open(Place::Trust, forms::trust(&address.to_string(), &fingerprint(key)));
        self.offered = Some(Server { address, key });
    }

    pub(super) fn trusted(&mut self) {
        if let Some(server) = self.offered.take() {
            self.use_server(server);
        }
    }

    pub(super) fn use_server(&mut self, server: Server) {
        self.server = Some(server);
        self.place = match self.purpose {
            Purpose::Account => Place::Account,
            Purpose::LogIn => Place::LogIn,
        };
    }

    pub(super) fn show_codes(&mut self, codes: Zeroizing<String>) {
        if codes.is_empty() {
            return self.wish(Wish::Enter, "opening the keys of sealed rooms", Stops::AtOnce);
        }
        self.open(Place::Codes, forms::codes(&codes));
        self.to_save = codes;
    }

    pub(super) fn show_ban(&mut self, refusal: &Refusal) {
        let failure = Failure::from(ConnectError::Denied(refusal.clone()));
        let mut page = match refusal.code {
            Code::Banned => forms::banned(&failure.message),
            _ => forms::over("Banned", &failure.message),
        };
        let words = self.pages.get(&Place::Banned).map(|page| page.typed(Slot::Words).to_owned());
        if let (Some(words), Some(field)) = (words, page.field_mut(Slot::Words)) {
            field.set(&words);
        }
        self.open(Place::Banned, page);
        self.ban = Some(failure);
    }
}
