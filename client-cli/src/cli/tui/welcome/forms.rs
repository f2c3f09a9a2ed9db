//! The pages there are, and what stands on them at first.

use client_cli::DEFAULT_PORT;
use proto::limits;
use proto::message::Enrolment;

use super::page::{Kind, Note, Page, Press, Slot};
use crate::cli::qr::{self, Picture};
use crate::cli::tui::field::Field;

/// Which way somebody wants in.
pub(super) fn choose() -> Page {
    Page::new("Welcome")
        .text(Kind::Title, "Nobody is logged in here yet.")
        .gap()
        .button(Press::Join, "Join with an invite")
        .button(Press::Open, "Make an account without invite")
        .button(Press::LogIn, "Log in: I have an account")
        .gap()
        .button(Press::Leave, "Leave")
}

/// An account by invite: everything on one page.
pub(super) fn join(user: &str) -> Page {
    let page = Page::new("Join with an invite")
        .text(Kind::Faint, "Paste the invite, and choose a name and a password.")
        .field(
            Slot::Invite,
            Field::new("Invite", 4 * limits::INVITE_LINK).placeholder("chat://host:port/i/TOKEN#k=KEY"),
        )
        .note(Note::Server);
    who(page, user).button(Press::Go, "Make the account").button(Press::Back, "Back")
}

/// An account on a server that takes everybody, once it is known which server that is.
pub(super) fn account(user: &str) -> Page {
    let page = Page::new("Make an account").note(Note::Server);
    who(page, user)
        .text(Kind::Faint, "Who are you? The moderators may want to know.")
        .field(Slot::Application, Field::new("For them", limits::REASON).placeholder("may stay empty"))
        .button(Press::Go, "Make the account")
        .button(Press::OtherServer, "Another server")
        .button(Press::Back, "Back")
}

fn who(page: Page, user: &str) -> Page {
    page.field(Slot::Name, Field::new("Name", limits::NAME).with(user))
        .field(Slot::Password, Field::new("Password", limits::PASSWORD).masked())
        .note(Note::Strength)
        .field(Slot::Again, Field::new("Again", limits::PASSWORD).masked().placeholder("the same password"))
}

/// Which server, and the key it must show.
pub(super) fn server(address: &str) -> Page {
    let address = Field::new("Server", limits::HOST + 16)
        .placeholder(&format!("chat.example.org:{DEFAULT_PORT}"))
        .with(address);
    let key = Field::new("Server key", 128).placeholder("empty: you compare it");
    Page::new("Which server?")
        .text(Kind::Faint, "The operator knows its address and key; so does `chat status` on another device.")
        .field(Slot::Server, address)
        .field(Slot::Key, key)
        .button(Press::Go, "Go on")
        .button(Press::Back, "Back")
}

/// Whether a key is the right one. No is where the keys go first: nobody trusts a server by accident.
pub(super) fn trust(address: &str, fingerprint: &str) -> Page {
    Page::new("Is this the right server?")
        .text(Kind::Plain, &format!("The server at {address} shows the key"))
        .gap()
        .text(Kind::Title, fingerprint)
        .gap()
        .text(
            Kind::Plain,
            "Compare it with what the operator told you, or with `chat status` on another device of yours. \
             Until you say yes, nothing is sent.",
        )
        .gap()
        .button(Press::Same, "It is the same")
        .button(Press::Back, "It is not, or I do not know")
        .focused_on(Press::Back)
}

/// Setting up the second factor.
pub(crate) fn factor(enrolment: &Enrolment) -> Page {
    let (uri, secret) = (enrolment.totp_uri.reveal(), enrolment.totp_secret.reveal());
    let mut page = Page::new("Second factor")
        .text(Kind::Plain, "Put this secret into an authenticator app:")
        .secret(&qr::groups(secret))
        .text(Kind::Plain, "or open the link:")
        .secret(uri)
        .gap()
        .field(Slot::Code, Field::new("Code", limits::CODE).placeholder("six digits from the app"))
        .button(Press::Go, "Confirm")
        .button(Press::Back, "Back")
        .shown_from_the_top();
    page.picture = Picture::of(uri);
    page
}

/// Whether somebody is who they say before they get another second factor.
pub(crate) fn another_factor() -> Page {
    Page::new("Another authenticator")
        .text(
            Kind::Plain,
            "You get a new secret, and with the last step, not before, your present authenticator and recovery \
             codes become void and logins to the dashboard end.",
        )
        .gap()
        .field(Slot::Password, Field::new("Password", limits::PASSWORD).masked())
        .field(Slot::Code, Field::new("Code", limits::CODE).placeholder("from the app, or a recovery code"))
        .button(Press::Go, "Go on")
        .button(Press::Back, "Cancel")
}

/// The recovery codes, this once.
pub(super) fn codes(codes: &str) -> Page {
    shown_once(Page::new("Recovery codes"), codes)
}

/// The recovery codes that come with another second factor, this once.
pub(crate) fn other_codes(codes: &str) -> Page {
    let page = Page::new("New recovery codes")
        .text(Kind::Good, "The new authenticator holds. The old one and the old recovery codes are void.");
    shown_once(page, codes)
}

fn shown_once(page: Page, codes: &str) -> Page {
    let page = page
        .text(
            Kind::Plain,
            "Each works once instead of a code from the app. They are not shown again: write them down.",
        )
        .secret(codes.trim_end());
    saving(page)
}

/// An account that a moderator has yet to approve; the server's words hold the recovery codes.
pub(super) fn pending(words: &str) -> Page {
    let page = Page::new("A moderator decides")
        .secret(words)
        .text(Kind::Faint, "This is not shown again. Later, log in with password and code.");
    saving(page)
}

fn saving(page: Page) -> Page {
    page.gap()
        .field(Slot::File, Field::new("File", 1_024).placeholder("~/recovery-codes.txt"))
        .button(Press::Save, "Save to this file")
        .note(Note::Saved)
        .button(Press::Go, "I wrote them down")
        .shown_from_the_top()
}

/// An account that exists, on this device.
pub(super) fn log_in(user: &str) -> Page {
    Page::new("Log in")
        .note(Note::Server)
        .field(Slot::Name, Field::new("Name", limits::NAME).with(user))
        .field(Slot::Password, Field::new("Password", limits::PASSWORD).masked())
        .field(Slot::Code, Field::new("Code", limits::CODE).placeholder("from the app, or a recovery code"))
        .button(Press::Go, "Log in")
        .button(Press::OtherServer, "Another server or key")
        .button(Press::Back, "Back")
}

/// A ban that can be answered.
pub(super) fn banned(words: &str) -> Page {
    Page::new("Banned")
        .text(Kind::Bad, words)
        .gap()
        .text(Kind::Plain, "When you think this is wrong, you can answer once. The moderators read it.")
        .field(Slot::Words, Field::new("Appeal", limits::APPEAL))
        .button(Press::Go, "Send it")
        .button(Press::Leave, "Leave")
}

/// The end of the way: words, and the door.
pub(super) fn over(title: &'static str, words: &str) -> Page {
    Page::new(title).text(Kind::Plain, words).gap().button(Press::Leave, "Leave")
}

/// What another device has to do before this one reads sealed rooms.
pub(super) fn approval(words: &str) -> Page {
    Page::new("One more step for sealed rooms").text(Kind::Plain, words).gap().button(Press::Go, "Go on")
}

/// The passphrase that closes the keys of this profile.
pub(super) fn passphrase() -> Page {
    Page::new("Keys of sealed rooms")
        .text(Kind::Plain, "A passphrase closes this profile's keys of sealed rooms.")
        .field(Slot::Passphrase, Field::new("Passphrase", 1_024).masked())
        .button(Press::Go, "Open them")
        .button(Press::Leave, "Leave")
}
