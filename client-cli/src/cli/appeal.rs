//! `chat appeal`: a banned person answers the ban, once.

use std::path::Path;

use client_cli::{Appealing, ConnectError, Credentials, LoggedIn, Profile};
use proto::limits;
use proto::refusal::{Code, Refusal};

use super::args::{Appeal, Global};
use super::exit::{Exit, Failure};
use super::json::Object;
use super::online::{device_label, open_profile};
use super::output::{self, Format, talk};
use super::{login, prompt, secrets};

/// Appeals: with the device this machine logged in with, or with password and code.
pub(crate) async fn appeal(global: &Global, format: Format, appeal: Appeal) -> Result<Exit, Failure> {
    let words = match appeal.text.as_deref() {
        Some("-") => Some(secrets::first_line(Path::new("-"))?.to_string()),
        Some(words) => Some(words.to_owned()),
        None => None,
    };
    let mut profile = open_profile(global)?;
    let appealing = match client_cli::appeal(profile.identity()?).await {
        Ok(appealing) => appealing,
        Err(ConnectError::Denied(refusal)) if refusal.code == Code::LoginNeeded => {
            with_credentials(&mut profile, &appeal).await?
        }
        Err(error) => return Err(error.into()),
    };
    show(appealing.refusal());
    let words = match words {
        Some(words) => words,
        None => prompt::line(QUESTION.to_owned(), Some(String::new()), "--text TEXT").await?,
    };
    if words.trim().is_empty() {
        return Err(Failure::usage("nothing was written, so nothing was sent"));
    }
    send(appealing, &words).await?;
    if format == Format::Json {
        output::json(&Object::Appealed.line())?;
    }
    Ok(Exit::Ok)
}

/// Offers an appeal to a person whose login was just refused because of a ban; `connect` gets the connection for it.
pub(crate) async fn offer(refusal: &Refusal, appealing: Appealing) -> Result<(), Failure> {
    show(refusal);
    let words = prompt::line(QUESTION.to_owned(), Some(String::new()), "chat appeal --text TEXT").await?;
    if words.trim().is_empty() {
        talk("Nothing was sent. Later:  chat appeal");
        return Ok(());
    }
    send(appealing, &words).await
}

async fn with_credentials(profile: &mut Profile, appeal: &Appeal) -> Result<Appealing, Failure> {
    let Some(name) = profile.settings().account.clone() else {
        return Err(Failure::usage("this profile has no account yet").hint("log in first: chat login"));
    };
    let password = match &appeal.password_file {
        Some(path) => secrets::first_line(path)?,
        None => prompt::secret("Password (not shown)".to_owned(), "--password-file FILE").await?,
    };
    let (code, step) = login::code(&appeal.code, profile.settings().totp_step).await?;
    let label = device_label(None);
    let credentials = Credentials { name: &name, password: &password, code: &code, device_label: &label };
    let entered = client_cli::log_in_or_appeal(profile.identity()?, &credentials).await?;
    profile.change(|settings| settings.totp_step = step.or(settings.totp_step))?;
    match entered {
        LoggedIn::Banned(appealing) => Ok(*appealing),
        LoggedIn::In(_) => Err(ConnectError::NotBanned.into()),
    }
}

async fn send(appealing: Appealing, words: &str) -> Result<(), Failure> {
    deliver(appealing, words).await?;
    talk(DELIVERED);
    Ok(())
}

/// Hands an appeal to the moderators.
pub(crate) async fn deliver(appealing: Appealing, words: &str) -> Result<(), Failure> {
    if limits::APPEAL < words.len() {
        let (len, max) = (words.len(), limits::APPEAL);
        return Err(Failure::usage(format!("an appeal has at most {max} bytes, this has {len}")));
    }
    Ok(appealing.send(words).await?)
}

fn show(refusal: &Refusal) {
    talk(&*refusal.detail);
}

/// What is said once an appeal is with the moderators.
pub(crate) const DELIVERED: &str =
    "The moderators have your appeal. Their answer is what a later login says.";
const QUESTION: &str = "Your appeal, on one line (Enter alone sends nothing)";
