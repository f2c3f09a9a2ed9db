//! What a page is for: its answers are looked at, and the work they ask for is wished for.

use client_cli::Address;
use proto::invite::InviteLink;
use zeroize::Zeroizing;

use super::{End, Flow, Place, Purpose, Stops};
use crate::cli::entering;
use crate::cli::exit::{Exit, Failure};
use crate::cli::tui::welcome::page::Slot;
use crate::cli::tui::welcome::wish::{Applicant, Returner, Server, Wish};
use crate::cli::tui::welcome::words::{link_in, sentence};

impl Flow {
    /// What the page is for.
    pub(super) fn go(&mut self) {
        match self.place {
            Place::Join | Place::Account => self.register(),
            Place::Server => self.check_server(),
            Place::LogIn => self.log_in(),
            Place::Factor => self.confirm(),
            Place::Codes => self.wish(Wish::Enter, "opening the keys of sealed rooms", Stops::AtOnce),
            Place::Passphrase => self.open_keys(),
            Place::Banned => self.appeal(),
            Place::Approval => self.end = Some(End::In),
            Place::Pending => {
                let failure = Failure::new(
                    Exit::Held,
                    "pending_approval",
                    "a moderator has yet to approve this account",
                );
                self.end = Some(End::Failed(failure.hint("come back later: chat")));
            }
            Place::Choose | Place::Trust | Place::Over => {}
        }
    }

    fn register(&mut self) {
        let server = match self.place {
            Place::Join => self.server_of_invite(),
            _ => self.server.clone().map(|server| (server, Zeroizing::default())),
        };
        self.applied_at = self.place;
        let page = self.page();
        let needed: &[Slot] = &[Slot::Name, Slot::Password, Slot::Again];
        let filled = page.filled(needed);
        let Some((server, token)) = server else {
            let text = page.value(Slot::Invite).to_owned();
            let words = entering::invite(link_in(&text)).err().map(|failure| failure.message);
            return page.blame(Slot::Invite, &words.unwrap_or_default());
        };
        if !filled {
            return;
        }
        if page.typed(Slot::Password) != page.typed(Slot::Again) {
            return page.blame(Slot::Again, "the two passwords are not the same");
        }
        let words = connecting(&server.address);
        let applicant = Applicant {
            server,
            token,
            name: page.value(Slot::Name).to_owned(),
            password: Zeroizing::new(page.typed(Slot::Password).to_owned()),
            application: page.value(Slot::Application).to_owned(),
        };
        self.wish(Wish::Register(Box::new(applicant)), &words, Stops::AtOnce);
    }

    pub(super) fn server_of_invite(&mut self) -> Option<(Server, Zeroizing<String>)> {
        let invite = InviteLink::parse(link_in(self.page().value(Slot::Invite))).ok()?;
        let address = Address { host: invite.host, port: invite.port };
        Some((Server { address, key: invite.server_key }, Zeroizing::new(invite.token)))
    }

    fn confirm(&mut self) {
        let page = self.page();
        if page.filled(&[Slot::Code]) {
            let code = Zeroizing::new(page.value(Slot::Code).to_owned());
            self.wish(Wish::Confirm(code), "the server looks at the code ...", Stops::Never);
        }
    }

    fn log_in(&mut self) {
        let account = self.known.as_ref().and_then(|known| known.account.clone());
        let Some(server) = self.server.clone() else { return self.ask_for_server(Purpose::LogIn) };
        let page = self.page();
        if !page.filled(&[Slot::Name, Slot::Password, Slot::Code]) {
            return;
        }
        let name = page.value(Slot::Name).to_owned();
        if let Err(failure) = entering::must_belong_to(account.as_deref(), &name) {
            return page.blame(Slot::Name, &sentence(&failure));
        }
        let words = connecting(&server.address);
        let returner = Returner {
            server,
            name,
            password: Zeroizing::new(page.typed(Slot::Password).to_owned()),
            code: Zeroizing::new(page.value(Slot::Code).to_owned()),
        };
        self.wish(Wish::LogIn(Box::new(returner)), &words, Stops::AtOnce);
    }

    /// Goes on when the key is known, and asks the server for it otherwise.
    fn check_server(&mut self) {
        let known = self.known.clone();
        let page = self.page();
        let address: Address = match page.value(Slot::Server).parse() {
            Ok(address) => address,
            Err(error) => return page.blame(Slot::Server, &Failure::from(error).message),
        };
        let typed = page.value(Slot::Key).to_owned();
        let given = (!typed.is_empty()).then(|| entering::server_key(&typed)).transpose();
        let given = match given {
            Ok(given) => given,
            Err(failure) => return page.blame(Slot::Key, &sentence(&failure)),
        };
        // The pinned key is the account's: it stays when only the address changes.
        let pinned = known.filter(|known| known.account.is_some() || known.server.address == address);
        match given.or(pinned.map(|known| known.server.key)) {
            Some(key) => self.use_server(Server { address, key }),
            None => {
                let words = connecting(&address);
                self.wish(Wish::Look(address), &words, Stops::AtOnce);
            }
        }
    }

    fn open_keys(&mut self) {
        let page = self.page();
        if page.filled(&[Slot::Passphrase]) {
            let passphrase = Zeroizing::new(page.typed(Slot::Passphrase).to_owned());
            self.wish(Wish::OpenKeys(passphrase), "opening the keys ...   Esc breaks off", Stops::AtOnce);
        }
    }

    fn appeal(&mut self) {
        let page = self.page();
        if page.filled(&[Slot::Words]) {
            let words = page.value(Slot::Words).to_owned();
            self.wish(Wish::Appeal(words), "sending the appeal ...", Stops::Never);
        }
    }

    pub(super) fn save(&mut self) {
        let text = self.to_save.clone();
        let page = self.page();
        if page.filled(&[Slot::File]) {
            let path = page.value(Slot::File).to_owned();
            self.wishes.push_back(Wish::Save { path, text });
        }
    }
}

fn connecting(address: &Address) -> String {
    format!("connecting to {address} ...   Esc breaks off")
}
