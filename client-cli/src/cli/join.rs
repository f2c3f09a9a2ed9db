//! `chat join`: from an invite to an account.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use client_cli::{
    Address, ClientEvent, Confirmed, ConnectError, Credentials, Events, Folders, Identity, Profile,
    Registration, Session, TotpSecret,
};
use proto::invite::InviteLink;
use proto::keys::StaticKey;
use proto::message::Enrolment;
use proto::refusal::Code;
use zeroize::Zeroizing;

use super::args::{Global, Join};
use super::exit::{Exit, Failure};
use super::json::Object;
use super::online::{device_label, unix_seconds};
use super::output::{self, Format, talk};
use super::{login, online, prompt, qr, secrets};

/// Makes an account and leaves this device logged in.
pub(crate) async fn join(global: &Global, format: Format, join: Join) -> Result<(), Failure> {
    let invite = join.invite.as_deref().map(read_invite).transpose()?;
    for path in [&join.recovery_out, &join.totp_secret_out].into_iter().flatten() {
        secrets::must_be_new(path)?;
    }
    let identity = match &invite {
        Some(invite) => Identity::from_invite(invite),
        None => without_invite(&join).await?,
    };
    // The device's key is on disk before the account exists: an account is never left without its device.
    let mut profile = Profile::create(&Folders::from_environment()?, &global.profile, &identity)?;
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

    let name = session.welcome().name.to_string();
    profile.change(|settings| {
        settings.account = Some(name);
        settings.totp_step = step;
    })?;
    hand_over_codes(&session, &join).await?;
    if format == Format::Json {
        output::json(&Object::whoami(session.welcome()).line())?;
    }
    let welcome = session.welcome();
    talk(format_args!("\nWelcome to {}, {}.", &*welcome.server, &*welcome.name));
    let vault = Some(profile.keys().open(None)?);
    let options = client_cli::Options { vault, patience: global.patience(), ..Default::default() };
    let (client, mut events) = session.start(options);
    let came = tokio::time::timeout(global.patience(), let_in(&mut events)).await;
    if matches!(came, Ok(Ok(()))) {
        online::publish_keys(&client).await;
    }
    client.close().await;
    events.closed().await;
    // Who is not named any rooms in time has an account all the same.
    came.unwrap_or(Ok(()))
}

/// Waits until the server has named the rooms, or says that a moderator has to approve the account first.
async fn let_in(events: &mut Events) -> Result<(), Failure> {
    while let Some(event) = events.next().await {
        match event {
            ClientEvent::Ready => return Ok(()),
            ClientEvent::Stopped(stopped) => return Err(stopped.into()),
            _ => {}
        }
    }
    Ok(())
}

/// A server that takes people without an invite: its key is given, or compared by the person.
async fn without_invite(join: &Join) -> Result<Identity, Failure> {
    let address: Address = join.server.as_deref().unwrap_or_default().parse()?;
    let server_key = match &join.server_key {
        Some(key) => login::key_given(key)?,
        None => login::ask_for_trust(&address).await?,
    };
    Ok(Identity { address, server_key, device_key: StaticKey::generate() })
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
            let error =
                match client_cli::register(identity.clone(), token, &credentials, &self.application).await {
                    Ok(registration) => return Ok(registration),
                    Err(error) => error,
                };
            match self.can_be_asked_again(&error) {
                Some(Again::Name) => self.password = Some(password),
                Some(Again::Password) => self.name = Some(name),
                None => return Err(error.into()),
            }
            talk(format_args!("Not accepted: {error}"));
        }
    }

    fn can_be_asked_again(&self, error: &ConnectError) -> Option<Again> {
        let ConnectError::Denied(refusal) = error else { return None };
        if !prompt::somebody_is_there() {
            return None;
        }
        match refusal.code {
            Code::BadName | Code::NameTaken if self.join.name.is_none() => Some(Again::Name),
            Code::WeakPassword if self.join.password_file.is_none() => Some(Again::Password),
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
        let secret = TotpSecret::parse(registration.enrolment().totp_secret.reveal())
            .map_err(|error| Failure::new(Exit::Network, "garbage", error))?;
        secrets::write_new(path, &format!("{}\n", registration.enrolment().totp_secret.reveal()))?;
        let now = unix_seconds();
        return match registration.confirm(&secret.code_at(now)).await? {
            Confirmed::Done(session) => Ok((session, Some(TotpSecret::step_at(now)))),
            Confirmed::Wrong(_, refusal) => Err(Failure::from(ConnectError::Denied(refusal))
                .hint("is this machine's clock right? codes depend on the time")),
        };
    }
    show(registration.enrolment())?;
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

/// Shows the secret as a picture, for typing, and as a link. The link is the server's text and made safe.
fn show(enrolment: &Enrolment) -> Result<(), Failure> {
    talk("\nSet up the second factor: scan this with an authenticator app.\n");
    if io::stderr().is_terminal()
        && let Some(picture) = qr::picture(enrolment.totp_uri.reveal())
    {
        io::stderr().lock().write_all(picture.as_bytes())?;
    }
    talk(format_args!("\nOr type the secret:  {}", qr::groups(enrolment.totp_secret.reveal())));
    talk(format_args!("Or open the link:    {}\n", enrolment.totp_uri.reveal()));
    Ok(())
}

/// Shows the recovery codes this once, and saves them where the person wants them.
async fn hand_over_codes(session: &Session, join: &Join) -> Result<(), Failure> {
    let codes = &session.welcome().recovery_codes;
    if codes.is_empty() {
        return Ok(());
    }
    let mut text = Zeroizing::new(String::new());
    for code in codes.iter() {
        text.push_str(code.reveal());
        text.push('\n');
    }
    if let Some(path) = &join.recovery_out {
        secrets::write_new(path, &text)?;
        talk(format_args!("Recovery codes: in {} (only you can read it)", path.display()));
        return Ok(());
    }
    talk("\nRecovery codes. Each works once instead of a code from the app. They are not shown again:\n");
    for code in codes.iter() {
        talk(format_args!("  {}", code.reveal()));
    }
    talk("");
    if prompt::somebody_is_there() {
        offer_to_save(&text).await;
    } else {
        talk("Keep them in a safe place. (--recovery-out FILE saves them.)");
    }
    Ok(())
}

/// The account exists by now: a file that cannot be written is asked for again and never ends the program.
async fn offer_to_save(text: &str) {
    loop {
        let question = "Save them to a file? Its name, or Enter when you wrote them down".to_owned();
        let Ok(name) = prompt::line(question, Some(String::new()), "--recovery-out FILE").await else {
            return;
        };
        if name.is_empty() {
            return;
        }
        match secrets::write_new(Path::new(&name), text) {
            Ok(()) => return talk(format_args!("Saved to {name} (only you can read it).")),
            Err(failure) => talk(failure.message),
        }
    }
}

fn read_invite(invite: &str) -> Result<InviteLink, Failure> {
    let text = match invite {
        "-" => secrets::first_line(Path::new("-"))?,
        text => Zeroizing::new(text.to_owned()),
    };
    InviteLink::parse(&text).map_err(|error| {
        Failure::usage(error).hint("an invite looks like chat://host:port/i/TOKEN#k=KEY; put it in quotes")
    })
}
