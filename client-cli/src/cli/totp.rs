//! `chat totp`: a new authenticator in place of the one there is.

use std::fs;
use std::path::Path;
use std::time::Duration;

use client_cli::{Client, ClientEvent, Events, Follow, Options, Profile, RequestError, TotpSecret};
use proto::limits;
use proto::message::Enrolment;
use proto::refusal::Code;
use proto::text::Secret;
use tokio::time;
use zeroize::Zeroizing;

use super::args::{Global, Totp};
use super::exit::{Exit, Failure};
use super::json::Object;
use super::online::{open_profile, unix_seconds};
use super::output::{self, Format, talk};
use super::{login, prompt, second_factor, secrets};

/// Replaces the account's authenticator and recovery codes.
pub(crate) async fn totp(global: &Global, format: Format, totp: Totp) -> Result<Exit, Failure> {
    second_factor::look_at_files(totp.totp_secret_out.as_deref(), totp.recovery_out.as_deref())?;
    let mut profile = open_profile(global)?;
    let session = client_cli::resume(profile.identity()?).await?;
    // Nothing here is about rooms: neither their keys nor what is unsent are needed.
    let options = Options { follow: Follow::Asked, patience: global.patience(), ..Options::default() };
    let (client, mut events) = session.start(options);
    let welcome = client.welcome();
    let replaced = replace(&client, &mut events, &mut profile, &totp).await;
    client.close().await;
    events.closed().await;
    replaced?;
    if format == Format::Json {
        output::json(&Object::whoami(&welcome).line())?;
    }
    Ok(Exit::Ok)
}

async fn replace(
    client: &Client,
    events: &mut Events,
    profile: &mut Profile,
    totp: &Totp,
) -> Result<(), Failure> {
    let password = match &totp.password_file {
        Some(path) => secrets::first_line(path)?,
        None => prompt::secret("Password (not shown)".to_owned(), "--password-file FILE").await?,
    };
    let (code, used) = login::code(&totp.code, profile.settings().totp_step).await?;
    let enrolment = client.renew_totp(&password, &code).await?;
    profile.change(|settings| settings.totp_step = used.or(settings.totp_step))?;

    let (codes, confirmed) = match &totp.totp_secret_out {
        Some(path) => by_itself(client, &enrolment, path).await?,
        None => by_asking(client, events, &enrolment).await?,
    };
    talk("The new authenticator holds. The old one and the old recovery codes are void.");
    let kept = profile.change(|settings| settings.totp_step = confirmed.max(used).or(settings.totp_step));
    // The codes come first: they are told this once.
    second_factor::hand_over_codes(&codes, totp.recovery_out.as_deref()).await?;
    Ok(kept?)
}

/// The new recovery codes, and the step of the last code when this program made it.
type Confirmed = (Vec<Secret<{ limits::CODE }>>, Option<u64>);

/// Writes the secret to a file and proves it with a code made from it.
async fn by_itself(client: &Client, enrolment: &Enrolment, path: &Path) -> Result<Confirmed, Failure> {
    let secret = second_factor::write_secret(enrolment, path)?;
    let now = unix_seconds();
    match client.confirm_totp(&secret.code_at(now)).await {
        Ok(codes) => Ok((codes, Some(TotpSecret::step_at(now)))),
        Err(error @ RequestError::Refused(_)) => {
            // The secret is worth nothing. A file that stays would only be in the way of the next try.
            let _ = fs::remove_file(path);
            Err(Failure::from(error).hint(second_factor::CLOCK))
        }
        Err(error) => Err(unsure(error)),
    }
}

/// Shows the secret and asks for a code of it, until one is right.
async fn by_asking(
    client: &Client,
    events: &mut Events,
    enrolment: &Enrolment,
) -> Result<Confirmed, Failure> {
    // What is here already was before the server's answer, so it does not end what that began.
    while let Ok(Some(_)) = time::timeout(Duration::ZERO, events.next()).await {}
    second_factor::show(enrolment)?;
    loop {
        let typed = prompt::line("Code from the new app".to_owned(), None, "--totp-secret-out FILE");
        let code = tokio::select! {
            code = typed => Zeroizing::new(code?),
            failure = cut(events) => return Err(failure.hint(AGAIN)),
        };
        match client.confirm_totp(&code).await {
            Ok(codes) => return Ok((codes, None)),
            Err(error) if can_be_asked_again(&error) => talk(format_args!("Not accepted: {error}")),
            Err(error @ RequestError::Refused(_)) => return Err(Failure::from(error).hint(AGAIN)),
            Err(error) => return Err(unsure(error)),
        }
    }
}

/// Waits for the end of the connection; the server forgets the new secret with it.
async fn cut(events: &mut Events) -> Failure {
    while let Some(event) = events.next().await {
        match event {
            ClientEvent::Stopped(stopped) => return stopped.into(),
            ClientEvent::Offline { why, .. } => return Failure::new(Exit::Network, "cut", why),
            _ => {}
        }
    }
    RequestError::Cut.into()
}

fn can_be_asked_again(error: &RequestError) -> bool {
    match error {
        RequestError::Refused(refusal) => {
            matches!(refusal.code, Code::BadCredentials | Code::TooFast)
        }
        RequestError::TooLong(_) => true,
        _ => false,
    }
}

/// The failure of a confirmation that has no answer.
fn unsure(error: RequestError) -> Failure {
    Failure::from(error).hint(
        "the new authenticator may hold already: keep both until a login shows which one does, then run chat totp for recovery codes",
    )
}

const AGAIN: &str = "the old authenticator still holds; start over: chat totp";
