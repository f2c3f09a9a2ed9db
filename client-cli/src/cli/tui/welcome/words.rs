//! What is said on the way in, and which field it is said at.

use domain::name::AccountName;
use domain::password_rules::PasswordRules;

use super::page::{Kind, Slot};
use crate::cli::entering::About;
use crate::cli::exit::Failure;

/// Returns the field that a failure is about.
pub(crate) fn slot_of(about: About, code: &str) -> Option<Slot> {
    match about {
        _ if code == "wrong_passphrase" => Some(Slot::Passphrase),
        About::Invite => Some(Slot::Invite),
        About::Server => Some(Slot::Server),
        About::Key => Some(Slot::Key),
        About::Name => Some(Slot::Name),
        About::Password => Some(Slot::Password),
        About::Code => Some(Slot::Code),
        About::Application => Some(Slot::Application),
        About::Nothing => None,
    }
}

/// Returns what is said about a password while it is typed; the server has the last word.
pub(super) fn strength(name: &str, password: &str) -> (Kind, String) {
    let rules = PasswordRules::default();
    if password.is_empty() {
        return (
            Kind::Faint,
            format!("{} characters or more; a few unrelated words are good", rules.min_chars),
        );
    }
    let stranger = AccountName::parse("somebody.else").ok();
    let Some(name) = AccountName::parse(name).ok().or(stranger) else { return (Kind::Faint, String::new()) };
    if let Err(weak) = rules.check(&name, password) {
        return (Kind::Bad, format!("not yet: {weak}"));
    }
    let length = password.chars().count();
    let word = match length {
        0..16 => "fair",
        16..24 => "good",
        _ => "strong",
    };
    (Kind::Good, format!("{word}: {length} characters"))
}

/// Returns the invite in what was pasted, which may be the whole command line around it.
pub(super) fn link_in(text: &str) -> &str {
    let Some(start) = text.find("chat://") else { return text };
    let link = &text[start..];
    link.find(|letter: char| letter.is_whitespace() || "'\"<>".contains(letter))
        .map_or(link, |end| &link[..end])
}

/// Returns what went wrong and, below it, what can be done.
pub(crate) fn sentence(failure: &Failure) -> String {
    match &failure.hint {
        Some(hint) => format!("{}\n{hint}", failure.message),
        None => failure.message.clone(),
    }
}
