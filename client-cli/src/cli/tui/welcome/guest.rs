//! Does what the way in wishes for: connections, the profile, the keys, files.

use std::path::PathBuf;
use std::pin::pin;

use client_cli::{Appealing, Confirmed, Credentials, LoggedIn, Profile, Registration, Session};
use tokio::task::JoinHandle;
use vault::Vault;
use zeroize::Zeroizing;

use super::wish::{Applicant, Done, Known, Returner, Server, Wish};
use crate::cli::args::Global;
use crate::cli::exit::{Exit, Failure};
use crate::cli::online::device_label;
use crate::cli::{appeal, entering, secrets};

/// Everything that is open while somebody is on the way in.
pub(super) struct Guest<'a> {
    global: &'a Global,
    profile: Option<Profile>,
    registration: Option<Registration>,
    session: Option<Box<Session>>,
    vault: Option<Vault>,
    appealing: Option<Appealing>,
    settling: Option<JoinHandle<Result<Option<String>, Failure>>>,
}

impl<'a> Guest<'a> {
    /// Opens the chosen profile, if there is one.
    pub(super) fn new(global: &'a Global) -> Result<Self, Failure> {
        let profile = entering::known_profile(global)?;
        Ok(Self {
            global,
            profile,
            registration: None,
            session: None,
            vault: None,
            appealing: None,
            settling: None,
        })
    }

    /// Does one thing. Dropping the future breaks it off.
    pub(super) async fn carry_out(&mut self, wish: Wish) -> Result<Done, Failure> {
        match wish {
            Wish::Look(address) => {
                let key = client_cli::offered_key(&address).await?;
                Ok(Done::Looked(address, key))
            }
            Wish::Register(applicant) => self.register(&applicant).await,
            Wish::Confirm(code) => self.confirm(&code).await,
            Wish::LogIn(returner) => self.log_in(&returner).await,
            Wish::Enter => self.enter().await,
            Wish::OpenKeys(passphrase) => self.open_keys(passphrase).await,
            Wish::Settle => self.settle().await,
            Wish::Save { path, text } => save(&path, &text).map(Done::Saved),
            Wish::Appeal(words) => self.appeal(&words).await,
        }
    }

    /// Keeps a registration open while the person looks for the telephone; returns when it is over.
    pub(super) async fn keep_open(&mut self) -> Failure {
        match &mut self.registration {
            None => std::future::pending().await,
            Some(registration) => match registration.keep_open().await {
                Ok(()) => std::future::pending().await,
                Err(error) => {
                    self.registration = None;
                    error.into()
                }
            },
        }
    }

    /// Ends a registration that nobody goes on with; name and invite stay free.
    pub(super) fn give_up_registration(&mut self) {
        self.registration = None;
    }

    /// Returns what is open at the end: the profile, and its keys.
    pub(super) fn into_parts(self) -> Result<(Profile, Vault), Failure> {
        if let Some(settling) = self.settling {
            // The chat connects with the same device, and a device is connected once.
            settling.abort();
        }
        self.profile.zip(self.vault).ok_or_else(over)
    }

    pub(super) fn known(&self) -> Result<Option<Known>, Failure> {
        let Some(profile) = &self.profile else { return Ok(None) };
        let identity = profile.identity()?;
        let server = Server { address: identity.address, key: identity.server_key };
        Ok(Some(Known { server, account: profile.settings().account.clone() }))
    }

    async fn register(&mut self, applicant: &Applicant) -> Result<Done, Failure> {
        let Server { address, key } = applicant.server.clone();
        let identity = entering::fresh_identity(address, key);
        // One profile at a time can be open.
        self.profile = None;
        self.registration = None;
        self.profile = Some(entering::make_profile(self.global, &identity)?);
        let label = device_label(None);
        let credentials = Credentials {
            name: &applicant.name,
            password: &applicant.password,
            code: "",
            device_label: &label,
        };
        let registration =
            client_cli::register(identity, &applicant.token, &credentials, &applicant.application).await?;
        let enrolment = registration.enrolment().clone();
        self.registration = Some(registration);
        Ok(Done::Enrol(enrolment))
    }

    async fn confirm(&mut self, code: &str) -> Result<Done, Failure> {
        let Some(registration) = self.registration.take() else { return Err(over()) };
        let session = match registration.confirm(code).await? {
            Confirmed::Done(session) => session,
            Confirmed::Wrong(again, refusal) => {
                self.registration = Some(*again);
                return Ok(Done::WrongCode(refusal));
            }
        };
        let Some(profile) = &mut self.profile else { return Err(over()) };
        entering::registered(profile, &session, None)?;
        let codes = entering::recovery_codes(session.welcome());
        // The rest is done while the person writes the codes down; what stands in its way is told afterwards.
        match profile.keys().open(None) {
            Ok(vault) => {
                let settling = entering::settle(*session, vault.clone(), self.global.patience());
                self.settling = Some(tokio::spawn(settling));
                self.vault = Some(vault);
            }
            Err(_) => self.session = Some(session),
        }
        Ok(Done::Registered(codes))
    }

    async fn log_in(&mut self, returner: &Returner) -> Result<Done, Failure> {
        self.make_or_repoint(&returner.server)?;
        let Some(profile) = &mut self.profile else { return Err(over()) };
        let label = device_label(None);
        let credentials = Credentials {
            name: &returner.name,
            password: &returner.password,
            code: &returner.code,
            device_label: &label,
        };
        match entering::log_in(profile, &credentials, None).await? {
            LoggedIn::In(session) => {
                self.session = Some(session);
                Ok(Done::LoggedIn)
            }
            LoggedIn::Banned(appealing) => {
                let refusal = appealing.refusal().clone();
                self.appealing = Some(*appealing);
                Ok(Done::Banned(refusal))
            }
        }
    }

    /// A profile with an account keeps its device; one without is made anew for another server.
    fn make_or_repoint(&mut self, server: &Server) -> Result<(), Failure> {
        let Server { address, key } = server.clone();
        let same = self.known()?.is_some_and(|known| known.server == *server);
        match &mut self.profile {
            Some(_) if same => Ok(()),
            Some(profile) if profile.settings().account.is_some() => {
                entering::repoint(profile, Some(address), Some(key))
            }
            _ => {
                self.profile = None;
                let identity = entering::fresh_identity(address, key);
                self.profile = Some(entering::make_profile(self.global, &identity)?);
                Ok(())
            }
        }
    }

    async fn enter(&mut self) -> Result<Done, Failure> {
        if self.vault.is_some() {
            return Ok(Done::KeysOpen);
        }
        let Some(profile) = &self.profile else { return Err(over()) };
        if !profile.keys().is_closed()? {
            self.vault = Some(profile.keys().open(None)?);
            return Ok(Done::KeysOpen);
        }
        match &self.global.keys_passphrase_file {
            Some(file) => self.open_keys(secrets::first_line(file)?).await,
            None => Ok(Done::KeysClosed),
        }
    }

    /// The passphrase is stretched on a thread of its own: that takes a while, and the screen has to stay alive.
    async fn open_keys(&mut self, passphrase: Zeroizing<String>) -> Result<Done, Failure> {
        let Some(profile) = &self.profile else { return Err(over()) };
        let keys = profile.keys().clone();
        let opened = tokio::task::spawn_blocking(move || keys.open(Some(&passphrase))).await;
        self.vault = Some(opened.map_err(Failure::usage)??);
        Ok(Done::KeysOpen)
    }

    async fn settle(&mut self) -> Result<Done, Failure> {
        let settled = match (&mut self.settling, self.session.take(), &self.vault) {
            (Some(settling), _, _) => {
                let settled = pin!(settling).await;
                self.settling = None;
                settled.unwrap_or(Ok(None))
            }
            (None, Some(session), Some(vault)) => {
                entering::settle(*session, vault.clone(), self.global.patience()).await
            }
            _ => Ok(None),
        };
        match settled {
            Ok(approval) => Ok(Done::Settled(approval)),
            // The account is there: the chat tries again by itself.
            Err(failure) if failure.exit == Exit::Network => Ok(Done::Settled(None)),
            Err(failure) => Ok(Done::SentAway(failure)),
        }
    }

    async fn appeal(&mut self, words: &str) -> Result<Done, Failure> {
        let appealing = match (self.appealing.take(), &self.profile) {
            (Some(appealing), _) => appealing,
            (None, Some(profile)) => client_cli::appeal(profile.identity()?).await?,
            (None, None) => return Err(over()),
        };
        appeal::deliver(appealing, words).await?;
        Ok(Done::Appealed)
    }
}

/// Writes a secret to a file as its path is typed, and returns what to say about it. What exists is never written over.
pub(crate) fn save(path: &str, text: &str) -> Result<String, Failure> {
    let path = at_home(path);
    secrets::write_new(&path, text)?;
    Ok(format!("Saved to {} (only you can read it).", path.display()))
}

/// Returns a path as it is typed, with `~` for the home folder.
fn at_home(typed: &str) -> PathBuf {
    match (typed.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    }
}

fn over() -> Failure {
    Failure::new(Exit::Network, "closed", "the connection is over; start again")
}
