//! Getting in, as `chat join`, `chat login` and the interface do it alike: whose server, which profile, what a refusal
//! is about, and what is left to do once somebody is in.

use std::time::Duration;

use client_cli::{
    Address, ClientEvent, Credentials, Events, Folders, Identity, LoggedIn, Options, Profile, ProfileError,
    Session, key_from_text,
};
use proto::ids::PublicKey;
use proto::invite::InviteLink;
use proto::keys::StaticKey;
use proto::limits;
use proto::message::Welcome;
use proto::text::Secret;
use vault::Vault;
use zeroize::Zeroizing;

use super::args::Global;
use super::exit::Failure;
use super::online;

/// Reads an invite as it is passed from person to person.
pub(crate) fn invite(text: &str) -> Result<InviteLink, Failure> {
    InviteLink::parse(text).map_err(|error| {
        Failure::usage(error).hint("an invite looks like chat://host:port/i/TOKEN#k=KEY; put it in quotes")
    })
}

/// Reads a server's key as an operator passes it on.
pub(crate) fn server_key(text: &str) -> Result<PublicKey, Failure> {
    key_from_text(text).ok_or_else(|| {
        Failure::usage("a server key has 52 letters and digits")
            .hint("it is shown by `chat status` and `chatd doctor`")
    })
}

/// Returns an identity for a server whose key is known, with a fresh device key.
pub(crate) fn fresh_identity(address: Address, server_key: PublicKey) -> Identity {
    Identity { address, server_key, device_key: StaticKey::generate() }
}

/// Opens the chosen profile, if there is one.
pub(crate) fn known_profile(global: &Global) -> Result<Option<Profile>, Failure> {
    match Profile::open(&Folders::from_environment()?, &global.profile) {
        Ok(profile) => Ok(Some(profile)),
        Err(ProfileError::Missing(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Makes the chosen profile, with the device's key on disk before an account exists: an account is never left without
/// its device.
pub(crate) fn make_profile(global: &Global, identity: &Identity) -> Result<Profile, Failure> {
    Ok(Profile::create(&Folders::from_environment()?, &global.profile, identity)?)
}

/// Pins another key or address when the person says so. Nothing else ever changes a pinned key.
pub(crate) fn repoint(
    profile: &mut Profile,
    address: Option<Address>,
    key: Option<PublicKey>,
) -> Result<(), Failure> {
    if address.is_none() && key.is_none() {
        return Ok(());
    }
    profile.change(|settings| {
        if let Some(address) = address {
            settings.server = address.to_string();
        }
        if let Some(key) = key {
            settings.pin(key);
        }
    })?;
    Ok(())
}

/// Refuses a profile of somebody else.
pub(crate) fn must_belong_to(account: Option<&str>, name: &str) -> Result<(), Failure> {
    match account {
        Some(account) if account != name => Err(Failure::usage(format!("this profile belongs to {account}"))
            .hint("use another one for another account: chat --profile NAME login")),
        _ => Ok(()),
    }
}

/// Logs the profile's device in and keeps whose it is, also when the account is banned: an appeal needs no more then.
pub(crate) async fn log_in(
    profile: &mut Profile,
    credentials: &Credentials<'_>,
    step: Option<u64>,
) -> Result<LoggedIn, Failure> {
    let entered = client_cli::log_in_or_appeal(profile.identity()?, credentials).await?;
    let account = match &entered {
        LoggedIn::In(session) => Some(session.welcome().name.to_string()),
        LoggedIn::Banned(_) => None,
    };
    profile.change(|settings| {
        match account {
            Some(account) => settings.account = Some(account),
            None => settings.account = settings.account.take().or_else(|| Some(credentials.name.to_owned())),
        }
        settings.totp_step = step.or(settings.totp_step);
    })?;
    Ok(entered)
}

/// Keeps whose the profile is from here on.
pub(crate) fn registered(profile: &mut Profile, session: &Session, step: Option<u64>) -> Result<(), Failure> {
    let name = session.welcome().name.to_string();
    profile.change(|settings| {
        settings.account = Some(name);
        settings.totp_step = step;
    })?;
    Ok(())
}

/// Returns the recovery codes of a fresh account, one a line.
pub(crate) fn recovery_codes(welcome: &Welcome) -> Zeroizing<String> {
    one_a_line(&welcome.recovery_codes)
}

/// Returns recovery codes as they are kept in a file, one a line.
pub(crate) fn one_a_line(codes: &[Secret<{ limits::CODE }>]) -> Zeroizing<String> {
    // With room for all of them, so that none is left behind where the text grew out of its memory.
    let mut text = Zeroizing::new(String::with_capacity(2_048));
    for code in codes {
        text.push_str(code.reveal());
        text.push('\n');
    }
    text
}

/// Waits until the server has let the device in, publishes its keys, and says goodbye. Returns what a person has to do
/// where another device of theirs has to approve this one.
pub(crate) async fn settle(
    session: Session,
    vault: Vault,
    patience: Duration,
) -> Result<Option<String>, Failure> {
    let options = Options { vault: Some(vault), patience, ..Default::default() };
    let (client, mut events) = session.start(options);
    let came = tokio::time::timeout(patience, let_in(&mut events)).await;
    let approval = match came {
        Ok(Ok(())) => online::publish_keys(&client).await,
        Ok(Err(_)) | Err(_) => None,
    };
    client.close().await;
    events.closed().await;
    // Who is not named any rooms in time has an account all the same.
    came.unwrap_or(Ok(()))?;
    Ok(approval)
}

/// What in a form a failure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum About {
    Invite,
    Server,
    Key,
    Name,
    Password,
    Code,
    Application,
    /// Nothing that another answer would change.
    Nothing,
}

/// Returns what a failure with this machine-readable reason is about.
pub(crate) fn about(code: &str) -> About {
    match code {
        "bad_invite" => About::Invite,
        "resolve" | "connect" | "registration_closed" | "version" | "garbage" => About::Server,
        "untrusted_key" => About::Key,
        "bad_name" | "name_taken" => About::Name,
        "weak_password" => About::Password,
        "bad_credentials" => About::Code,
        "bad_input" => About::Application,
        _ => About::Nothing,
    }
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
