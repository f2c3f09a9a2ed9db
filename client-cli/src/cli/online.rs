//! A command's connection: open the profile, come back to the server, say goodbye at the end.

use client_cli::sealed::DeviceState;
use client_cli::{Client, ConnectError, Events, Folders, Follow, Options, Profile};
use proto::message::{RoomKind, RoomSummary};

use super::args::Global;
use super::exit::Failure;
use super::output::talk;
use super::{prompt, secrets};

/// A profile and its running client.
pub(crate) struct Online {
    pub(crate) profile: Profile,
    pub(crate) client: Client,
    pub(crate) events: Events,
}

impl Online {
    /// Connects as the account of the chosen profile.
    pub(crate) async fn open(global: &Global, follow: Follow, catch_up: u64) -> Result<Self, Failure> {
        let profile = open_profile(global)?;
        let session = client_cli::resume(profile.identity()?).await?;
        let outbox = profile.outbox()?;
        for path in outbox.damaged() {
            talk(format_args!(
                "chat: {} is damaged and is not sent; look at it, then remove it",
                path.display()
            ));
        }
        let vault = Some(open_vault(&profile, global).await?);
        let options = Options { follow, catch_up, patience: global.patience(), outbox, vault };
        let (client, events) = session.start(options);
        Ok(Self { profile, client, events })
    }

    /// Connects for a question and its answer.
    pub(crate) async fn ask(global: &Global) -> Result<Self, Failure> {
        Self::open(global, Follow::Asked, 0).await
    }

    /// Says goodbye, so that the server does not take this for a cut.
    pub(crate) async fn close(self) {
        self.client.close().await;
        self.events.closed().await;
    }
}

/// Opens the chosen profile, which must have an account.
pub(crate) fn open_profile(global: &Global) -> Result<Profile, Failure> {
    Ok(Profile::open(&Folders::from_environment()?, &global.profile)?)
}

/// Opens the profile's keys of sealed rooms; a passphrase that closes them is read from its file or asked for.
pub(crate) async fn open_vault(profile: &Profile, global: &Global) -> Result<vault::Vault, Failure> {
    let passphrase = keys_passphrase(profile, global).await?;
    Ok(profile.keys().open(passphrase.as_ref().map(|passphrase| passphrase.as_str()))?)
}

/// Returns the passphrase of the profile's keys, if one closes them.
pub(crate) async fn keys_passphrase(
    profile: &Profile,
    global: &Global,
) -> Result<Option<zeroize::Zeroizing<String>>, Failure> {
    if !profile.keys().is_closed()? {
        return Ok(None);
    }
    if let Some(file) = &global.keys_passphrase_file {
        return secrets::first_line(file).map(Some);
    }
    let question = "Passphrase of this profile's keys (not shown)".to_owned();
    prompt::secret(question, "--keys-passphrase-file FILE").await.map(Some)
}

/// Publishes this device's keys, so that others can let it into sealed rooms from its first day on. Returns what a person
/// has to do when another device of theirs has to approve this one.
pub(crate) async fn publish_keys(client: &Client) -> Option<String> {
    let me = client.welcome().device;
    // Whatever stands in the way now is tried again with the next start.
    let keys = client.device_keys().await.unwrap_or_default();
    let own = keys.iter().find(|keys| keys.device == me)?;
    let code = own.code.as_ref().filter(|_| own.state == DeviceState::Asks)?;
    Some(format!(
        "This device cannot read sealed rooms until another of yours approves it.\n  There:  chat devices approve {me}    and compare this code:  {code}"
    ))
}

/// Returns whether trying again may help.
pub(crate) fn passes(error: &ConnectError) -> bool {
    matches!(
        error,
        ConnectError::Connect { .. }
            | ConnectError::Resolve { .. }
            | ConnectError::TimedOut { .. }
            | ConnectError::Cut(_)
            | ConnectError::Busy(_)
    )
}

/// Finds a room by the name a person typed; `@name` opens the direct room with that person.
pub(crate) async fn room(client: &Client, typed: &str) -> Result<RoomSummary, Failure> {
    let rooms = client.rooms().await?;
    match client_cli::find_room(&rooms, typed) {
        // An old conversation that the server can read is not gone on with unless it is asked for by `@@name`.
        Some(room) if room.kind == RoomKind::Direct && !typed.starts_with("@@") => {}
        Some(room) => return Ok(room.clone()),
        None => {}
    }
    if typed.starts_with('@') && !typed.starts_with("@@") {
        return Ok(client.direct(typed).await?);
    }
    let error = client_cli::RequestError::NoSuchRoom(typed.trim_start_matches('#').to_owned());
    Err(Failure::from(error).hint("see the rooms: chat rooms --all; join one: chat rooms join ROOM"))
}

/// Returns the name other people's devices list this one under.
pub(crate) fn device_label(given: Option<String>) -> String {
    given.unwrap_or_else(|| {
        let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
        host.filter(|name| !name.is_empty()).unwrap_or_else(|| "terminal".to_owned())
    })
}

/// Returns the seconds of Unix time on this machine's clock.
pub(crate) fn unix_seconds() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
