//! `chat join`: from an invite to an account.

use std::path::Path;

use client_cli::{
    Address, Confirmed, ConnectError, Credentials, Identity, Registration, Session, TotpSecret,
};
use proto::invite::InviteLink;
use zeroize::Zeroizing;

use super::args::{Global, Join};
use super::entering::{self, About};
use super::exit::Failure;
use super::json::Object;
use super::online::{device_label, unix_seconds};
use super::output::{self, Format, talk};
use super::{login, prompt, second_factor, secrets};

/// Makes an account and leaves this device logged in.
pub(crate) async fn join(global: &Global, format: Format, join: Join) -> Result<(), Failure> {
    let invite = join.invite.as_deref().map(read_invite).transpose()?;
    second_factor::look_at_files(join.totp_secret_out.as_deref(), join.recovery_out.as_deref())?;
    let identity = match &invite {
        Some(invite) => Identity::from_invite(invite),
        None => without_invite(&join).await?,
    };
    let mut profile = entering::make_profile(global, &identity)?;
    let whose = if invite.is_some() { "of the invite" } else { "you trust" };
    talk(format_args!(
        "Server {} with the key {whose}: {}",
        identity.address,
        proto::keys::fingerprint(identity.server_key)
    ));
    let token = invite.as_ref().map_or("", |invite| &invite.token);
    let application = application(&join, token).await?;
    let mut answers = Answers::new(&join, application);
    let registration = answers.register(&identity, token).await?;
    let (session, step) = enrol(registration, &join).await?;

    entering::registered(&mut profile, &session, step)?;
    second_factor::hand_over_codes(&session.welcome().recovery_codes, join.recovery_out.as_deref()).await?;
    if format == Format::Json {
        output::json(&Object::whoami(session.welcome()).line())?;
    }
    let welcome = session.welcome();
    talk(format_args!("\nWelcome to {}, {}.", &*welcome.server, &*welcome.name));
    let vault = profile.keys().open(None)?;
    if let Some(approval) = entering::settle(*session, vault, global.patience()).await? {
        talk(approval);
    }
    Ok(())
}

/// A server that takes people without an invite: its key is given, or compared by the person.
async fn without_invite(join: &Join) -> Result<Identity, Failure> {
    let address: Address = join.server.as_deref().unwrap_or_default().parse()?;
    let server_key = match &join.server_key {
        Some(key) => entering::server_key(key)?,
        None => login::ask_for_trust(&address).await?,
    };
    Ok(entering::fresh_identity(address, server_key))
}

/// What the moderators read where they approve each account; asked for only where no invite speaks for the person.
async fn application(join: &Join, token: &str) -> Result<String, Failure> {
    match &join.application {
        Some(application) => Ok(application.clone()),
        None if token.is_empty() && prompt::somebody_is_there() => {
            let question = "Who are you? The moderators may want to know (Enter for nothing)".to_owned();
            prompt::line(question, Some(String::new()), "--application TEXT").await
        }
        None => Ok(String::new()),
    }
}

/// What the person wants to be called, and their password.
struct Answers<'a> {
    join: &'a Join,
    name: Option<String>,
    password: Option<Zeroizing<String>>,
    label: String,
    application: String,
}

impl<'a> Answers<'a> {
    fn new(join: &'a Join, application: String) -> Self {
        let label = device_label(join.label.clone());
        Self { join, name: join.name.clone(), password: None, label, application }
    }

    /// Asks the server for the account, and the person again when the name or the password is not accepted.
    async fn register(&mut self, identity: &Identity, token: &str) -> Result<Registration, Failure> {
        loop {
            let name = match self.name.take() {
                Some(name) => name,
                None => prompt::line("Name".to_owned(), std::env::var("USER").ok(), "--name NAME").await?,
            };
            let password = match (self.password.take(), &self.join.password_file) {
                (Some(password), _) => password,
                (None, Some(path)) => secrets::first_line(path)?,
                (None, None) => prompt::new_password("--password-file FILE").await?,
            };
            let credentials =
                Credentials { name: &name, password: &password, code: "", device_label: &self.label };
            let registering =
                client_cli::register(identity.clone(), token, &credentials, &self.application).await;
            let failure = match registering {
                Ok(registration) => return Ok(registration),
                Err(error) => Failure::from(error),
            };
            match self.can_be_asked_again(&failure) {
                Some(Again::Name) => self.password = Some(password),
                Some(Again::Password) => self.name = Some(name),
                None => return Err(failure),
            }
            talk(format_args!("Not accepted: {}", failure.message));
        }
    }

    fn can_be_asked_again(&self, failure: &Failure) -> Option<Again> {
        if !prompt::somebody_is_there() {
            return None;
        }
        match entering::about(failure.code) {
            About::Name if self.join.name.is_none() => Some(Again::Name),
            About::Password if self.join.password_file.is_none() => Some(Again::Password),
            _ => None,
        }
    }
}

enum Again {
    Name,
    Password,
}

/// Sets the second factor up. Returns the step of the last code when this program made it.
async fn enrol(mut registration: Registration, join: &Join) -> Result<(Box<Session>, Option<u64>), Failure> {
    if let Some(path) = &join.totp_secret_out {
        let secret = second_factor::write_secret(registration.enrolment(), path)?;
        let now = unix_seconds();
        return match registration.confirm(&secret.code_at(now)).await? {
            Confirmed::Done(session) => Ok((session, Some(TotpSecret::step_at(now)))),
            Confirmed::Wrong(_, refusal) => {
                Err(Failure::from(ConnectError::Denied(refusal)).hint(second_factor::CLOCK))
            }
        };
    }
    second_factor::show(registration.enrolment())?;
    loop {
        let typed = prompt::line("Code from the app".to_owned(), None, "--totp-secret-out FILE");
        let code = tokio::select! {
            code = typed => Zeroizing::new(code?),
            ended = registration.keep_open() => match ended {
                Err(error) => return Err(Failure::from(error).context("the registration has ended")),
                Ok(()) => continue,
            },
        };
        match registration.confirm(&code).await? {
            Confirmed::Done(session) => return Ok((session, None)),
            Confirmed::Wrong(again, refusal) => {
                talk(format_args!("Not accepted: {refusal}"));
                registration = *again;
            }
        }
    }
}

fn read_invite(invite: &str) -> Result<InviteLink, Failure> {
    let text = match invite {
        "-" => secrets::first_line(Path::new("-"))?,
        text => Zeroizing::new(text.to_owned()),
    };
    entering::invite(&text)
}
