//! The ways into a server: coming back, logging in, registering. Each ends in a [`Session`].

use std::time::Duration;

use proto::ids::{PublicKey, RequestId};
use proto::limits;
use proto::message::{
    Answer, ClientMessage, Command, Enrolment, Event, Login, Opening, Register, Resume, ServerMessage,
    Welcome,
};
use proto::refusal::{Code, Refusal};
use proto::text::{Secret, Text};
use tokio::time;

use crate::address::Address;
use crate::error::ConnectError;
use crate::identity::Identity;
use crate::wire::{self, Connection, within};

/// A logged-in connection that nobody drives yet: see [`Session::start`](crate::Session::start).
#[derive(Debug)]
pub struct Session {
    pub(crate) identity: Identity,
    pub(crate) connection: Connection,
    pub(crate) welcome: Welcome,
}

/// A registration that waits for a code from the person's authenticator.
#[derive(Debug)]
pub struct Registration {
    identity: Identity,
    connection: Connection,
    enrolment: Enrolment,
    requests: u32,
}

/// What came of a login.
#[derive(Debug)]
pub enum LoggedIn {
    /// Let in.
    In(Box<Session>),
    /// The account is banned, and an appeal is possible now.
    Banned(Box<Appealing>),
}

/// A connection that was denied because of a ban and waits for an appeal, five minutes at most.
#[derive(Debug)]
pub struct Appealing {
    connection: Connection,
    refusal: Refusal,
}

/// What came of a code.
#[derive(Debug)]
pub enum Confirmed {
    /// The account exists and this device is logged in. The welcome has the recovery codes.
    Done(Box<Session>),
    /// The code was wrong; another one can be tried.
    Wrong(Box<Registration>, Refusal),
}

/// Who logs in, and how.
#[derive(Debug)]
pub struct Credentials<'a> {
    /// The account's name.
    pub name: &'a str,
    /// The password.
    pub password: &'a str,
    /// Six TOTP digits or a recovery code. Not used for registering.
    pub code: &'a str,
    /// What the person calls this device.
    pub device_label: &'a str,
}

/// Returns the key a server shows, for a person to compare before it is pinned. Proves nothing by itself.
///
/// # Errors
/// [`ConnectError`] when no server is there.
pub async fn offered_key(address: &Address) -> Result<PublicKey, ConnectError> {
    wire::offered_key(address).await
}

/// Comes back with a device that has logged in before.
///
/// # Errors
/// [`ConnectError::Denied`] with `LoginNeeded` when the device must log in again; others as they say.
pub async fn resume(identity: Identity) -> Result<Session, ConnectError> {
    let (connection, welcome) = resume_connection(&identity).await?;
    Ok(Session { identity, connection, welcome })
}

/// Logs in with password and code.
///
/// # Errors
/// [`ConnectError::Denied`] with `BadCredentials` whichever of the three was wrong; others as they say.
pub async fn log_in(identity: Identity, credentials: &Credentials<'_>) -> Result<Session, ConnectError> {
    let opening = login_opening(credentials)?;
    let mut connection = wire::dial(&identity, &opening).await?;
    let welcome = welcomed(&mut connection).await?;
    Ok(Session { identity, connection, welcome })
}

/// As [`log_in`], for somebody who may be banned: then an appeal can be written on the same connection, so that the code
/// is not asked for twice.
///
/// # Errors
/// As [`log_in`]; a ban that cannot be appealed is [`ConnectError::Denied`].
pub async fn log_in_or_appeal(
    identity: Identity,
    credentials: &Credentials<'_>,
) -> Result<LoggedIn, ConnectError> {
    enter(identity, &login_opening(credentials)?).await
}

/// Comes back with a device that has logged in before, to appeal against the account's ban.
///
/// # Errors
/// [`ConnectError::NotBanned`] when the account is let in; others as [`resume`].
pub async fn appeal(identity: Identity) -> Result<Appealing, ConnectError> {
    let opening = Opening::Resume(Resume { client: client_name() });
    match enter(identity, &opening).await? {
        LoggedIn::Banned(appealing) => Ok(*appealing),
        LoggedIn::In(_) => Err(ConnectError::NotBanned),
    }
}

async fn enter(identity: Identity, opening: &Opening) -> Result<LoggedIn, ConnectError> {
    let mut connection = wire::dial(&identity, opening).await?;
    match within(ENTRANCE_TIME, "the server's answer", connection.next()).await? {
        ServerMessage::Welcome(welcome) => {
            Ok(LoggedIn::In(Box::new(Session { identity, connection, welcome })))
        }
        ServerMessage::Denied(refusal) if refusal.code == Code::Banned => {
            Ok(LoggedIn::Banned(Box::new(Appealing { connection, refusal })))
        }
        other => Err(unwelcome(other)),
    }
}

impl Appealing {
    /// Returns the ban: its reason, its end, and whether it can be appealed.
    #[must_use]
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// Sends the appeal and waits until the moderators have it.
    ///
    /// # Errors
    /// [`ConnectError::Denied`] when it is not taken: appealed before, too long, or too late.
    pub async fn send(mut self, words: &str) -> Result<(), ConnectError> {
        let request = RequestId(0);
        let command = Command::Appeal { text: text("appeal", words)? };
        self.connection.push(&ClientMessage { request, command })?;
        match within(ENTRANCE_TIME, "the server's answer", self.connection.next()).await? {
            ServerMessage::Answer(_, Answer::Done) => Ok(()),
            other => Err(unwelcome(other)),
        }
    }
}

fn login_opening(credentials: &Credentials<'_>) -> Result<Opening, ConnectError> {
    Ok(Opening::Login(Login {
        name: text("name", credentials.name)?,
        password: secret("password", credentials.password)?,
        code: secret("code", credentials.code)?,
        device_label: Text::cut(credentials.device_label),
        client: client_name(),
    }))
}

/// Asks for a new account; it exists once a code was confirmed. The token may be empty where registration is open, and
/// `application` is what the moderators read where they approve each account.
///
/// # Errors
/// [`ConnectError::Denied`] when the invite, the name or the password is not accepted; the invite stays good.
pub async fn register(
    identity: Identity,
    invite_token: &str,
    credentials: &Credentials<'_>,
    application: &str,
) -> Result<Registration, ConnectError> {
    let opening = Opening::Register(Register {
        invite: secret("invite", invite_token)?,
        name: text("name", credentials.name)?,
        password: secret("password", credentials.password)?,
        device_label: Text::cut(credentials.device_label),
        client: client_name(),
        application: text("application", application)?,
    });
    let mut connection = wire::dial(&identity, &opening).await?;
    let answer = within(ENTRANCE_TIME, "the server's answer", connection.next()).await?;
    let enrolment = match answer {
        ServerMessage::Enrol(enrolment) => enrolment,
        other => return Err(unwelcome(other)),
    };
    Ok(Registration { identity, connection, enrolment, requests: 0 })
}

impl Registration {
    /// Sends a code made with [`Self::enrolment`].
    ///
    /// # Errors
    /// [`ConnectError`] when the registration is over: refused for another reason than the code, or cut.
    pub async fn confirm(mut self, code: &str) -> Result<Confirmed, ConnectError> {
        let code = secret("code", code)?;
        let request = self.push(Command::ConfirmTotp { code })?;
        loop {
            match within(ENTRANCE_TIME, "the server's answer", self.connection.next()).await? {
                ServerMessage::Welcome(welcome) => {
                    let Self { identity, connection, .. } = self;
                    return Ok(Confirmed::Done(Box::new(Session { identity, connection, welcome })));
                }
                ServerMessage::Refused(number, refusal) if number == request => {
                    return match refusal.code {
                        Code::BadCredentials | Code::BadInput | Code::TooFast => {
                            Ok(Confirmed::Wrong(Box::new(self), refusal))
                        }
                        _ => Err(ConnectError::Denied(refusal)),
                    };
                }
                // Answers to pings that were sent while the person looked for the phone.
                ServerMessage::Answer(..) | ServerMessage::Refused(..) => {}
                other => return Err(unwelcome(other)),
            }
        }
    }

    /// Keeps the connection open until dropped; for the time a person needs to scan and type.
    ///
    /// # Errors
    /// [`ConnectError`] when the registration is over.
    pub async fn keep_open(&mut self) -> Result<(), ConnectError> {
        let mut pings = time::interval(limits::PING_EVERY);
        pings.tick().await;
        loop {
            tokio::select! {
                _ = pings.tick() => { self.push(Command::Ping)?; }
                turn = self.connection.turn() => { turn?; }
            }
            while let Some(message) = self.connection.received() {
                match message {
                    ServerMessage::Answer(..) | ServerMessage::Refused(..) => {}
                    other => return Err(unwelcome(other)),
                }
            }
        }
    }

    /// Returns the TOTP secret, as a URI and for typing.
    #[must_use]
    pub fn enrolment(&self) -> &Enrolment {
        &self.enrolment
    }

    fn push(&mut self, command: Command) -> Result<RequestId, ConnectError> {
        let request = RequestId(self.requests);
        self.requests = self.requests.wrapping_add(1);
        self.connection.push(&ClientMessage { request, command })?;
        Ok(request)
    }
}

impl Session {
    /// Returns what the server said when it let us in; after a registration with the recovery codes.
    #[must_use]
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Returns the identity this session uses.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }
}

pub(crate) async fn resume_connection(identity: &Identity) -> Result<(Connection, Welcome), ConnectError> {
    let opening = Opening::Resume(Resume { client: client_name() });
    let mut connection = wire::dial(identity, &opening).await?;
    let welcome = welcomed(&mut connection).await?;
    Ok((connection, welcome))
}

async fn welcomed(connection: &mut Connection) -> Result<Welcome, ConnectError> {
    match within(ENTRANCE_TIME, "the server's answer", connection.next()).await? {
        ServerMessage::Welcome(welcome) => Ok(welcome),
        other => Err(unwelcome(other)),
    }
}

fn unwelcome(message: ServerMessage) -> ConnectError {
    match message {
        ServerMessage::Denied(refusal) | ServerMessage::Refused(_, refusal) => ConnectError::Denied(refusal),
        ServerMessage::Event(Event::Goodbye(goodbye)) => ConnectError::Goodbye(goodbye),
        ServerMessage::Answer(..)
        | ServerMessage::Event(_)
        | ServerMessage::Welcome(_)
        | ServerMessage::Enrol(_) => {
            ConnectError::Garbage("another message than the one expected".to_owned())
        }
    }
}

fn client_name() -> Text<{ limits::CLIENT_NAME }> {
    Text::cut(concat!("chat ", env!("CARGO_PKG_VERSION")))
}

fn text<const MAX: usize>(what: &'static str, text: &str) -> Result<Text<MAX>, ConnectError> {
    Text::new(text).map_err(|source| ConnectError::TooLong { what, source })
}

fn secret<const MAX: usize>(what: &'static str, text: &str) -> Result<Secret<MAX>, ConnectError> {
    Secret::new(text).map_err(|source| ConnectError::TooLong { what, source })
}

/// The server may have to wait for its turn to compute a password hash.
const ENTRANCE_TIME: Duration = Duration::from_secs(30);
