//! A command's connection: open the profile, come back to the server, say goodbye at the end.

use client_cli::{Client, Events, Folders, Follow, Options, Profile};
use proto::message::RoomSummary;

use super::args::Global;
use super::exit::Failure;
use super::output::talk;

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
        let options = Options { follow, catch_up, patience: global.patience(), outbox };
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

/// Finds a room by the name a person typed; `@name` opens the direct room with that person.
pub(crate) async fn room(client: &Client, typed: &str) -> Result<RoomSummary, Failure> {
    let rooms = client.rooms().await?;
    if let Some(room) = client_cli::find_room(&rooms, typed) {
        return Ok(room.clone());
    }
    if typed.starts_with('@') {
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
