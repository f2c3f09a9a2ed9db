//! Making an account: an invite where one is needed, a name, a password, and an authenticator that is proven before anything is stored.

use std::sync::Arc;
use std::time::Instant;

use domain::name::AccountName;
use domain::password::PasswordRules;
use domain::settings::RegistrationMode;
use domain::throttle::{LoginAttempt, Standing, Subject, Verdict};
use domain::totp::Secret20;
use domain::{token, totp};
use proto::codec;
use proto::ids::{AccountId, Timestamp};
use proto::limits;
use proto::message::{Answer, ClientMessage, Command, Register, Role, ServerMessage};
use proto::refusal::{Code, Refusal};
use proto::text::{Secret, Text};
use store::{Factor, NewAccount, StoreError};
use tokio::time;
use tracing::info;

use super::enrol::{self, RecoveryCodes};
use super::{Caller, Entrance, Turned, one_line};
use crate::metrics::AuthFailure;
use crate::refuse;
use crate::settings::Registration;
use crate::shared::Shared;
use crate::wire::Wire;
use service::clock;

/// Leads somebody through registration.
pub(super) async fn register(
    shared: &Arc<Shared>,
    wire: &mut Wire,
    caller: Caller,
    register: Register,
) -> Result<Entrance, Turned> {
    let name = judge_words(&register)?;
    let way = way_in(shared, &register)?;
    // Without an invite, tries are counted against the network alone; each has its own name.
    let subject = if way.invite().is_some() { register.invite.reveal() } else { &register.name };
    let attempt = LoginAttempt {
        network: caller.network,
        subject: Subject::of_text(subject),
        standing: Standing::Stranger,
    };
    if let Verdict::Wait(wait) = shared.logins().admit(&attempt, Instant::now()) {
        return Err(Turned::away(refuse::too_fast(wait), AuthFailure::Throttled));
    }
    look_up(shared, caller, name.clone(), way.invite()).await?;
    let password = register.password.clone();
    let hash = shared.hashers.run(move |hasher| hasher.hash(password.reveal())).await;
    let Ok(Ok(password_hash)) = hash else {
        return Err(Turned::away(refuse::unavailable(), AuthFailure::Unavailable));
    };
    // Bounded by itself, so that people with a telephone in their hand do not keep others out.
    let Ok(_place) = shared.enrolments.try_acquire() else {
        return Err(Turned::away(refuse::unavailable(), AuthFailure::Unavailable));
    };
    let secret = Secret20::generate();
    let step = confirm(shared, wire, &secret, &name).await?;
    // The raid level may have risen while somebody was looking for their telephone.
    if shared.rules.level(clock::now()).is_for_known_only() {
        return Err(Turned::away(refuse::registration_closed(), AuthFailure::Raid));
    }
    let application = way.application().cloned();
    let invite_digest = way.invite();
    let new =
        NewAccount { name, role: Role::Member, password_hash, invite_digest, at: clock::now(), application };
    let made = make(shared, caller, (new, secret, step), &register).await?;
    shared.logins().give_back(&attempt, Instant::now());
    shared.joined();
    match made {
        Made::Entrance(entrance) => {
            info!(user.id = %entrance.account, "account made");
            entrance.log("registration");
            Ok(entrance)
        }
        Made::Applied(account, codes) => {
            info!(user.id = %account, "somebody applied for an account");
            Err(Turned::away(refuse::applied(&codes), AuthFailure::Pending))
        }
    }
}

/// By which way somebody gets an account.
#[derive(Debug, Clone, PartialEq, Eq)]
enum WayIn {
    Invite([u8; 32]),
    Open,
    Approval(Text<{ limits::REASON }>),
}

impl WayIn {
    fn invite(&self) -> Option<[u8; 32]> {
        match self {
            Self::Invite(digest) => Some(*digest),
            Self::Open | Self::Approval(_) => None,
        }
    }

    fn application(&self) -> Option<&Text<{ limits::REASON }>> {
        match self {
            Self::Approval(said) => Some(said),
            Self::Invite(_) | Self::Open => None,
        }
    }
}

/// Whoever has an invite uses it; without one it depends on the server.
fn way_in(shared: &Shared, register: &Register) -> Result<WayIn, Turned> {
    let closed = || Turned::away(refuse::registration_closed(), AuthFailure::Closed);
    let mode = shared.rules.settings().registration;
    if shared.settings().registration == Registration::Closed || mode == RegistrationMode::Closed {
        return Err(closed());
    }
    if !register.invite.reveal().is_empty() {
        return Ok(WayIn::Invite(token::digest(register.invite.reveal())));
    }
    match mode {
        RegistrationMode::Open => Ok(WayIn::Open),
        RegistrationMode::Approval => {
            one_line(&register.application)?;
            Ok(WayIn::Approval(register.application.clone()))
        }
        RegistrationMode::Invite => Err(Turned::away(refuse::bad_invite(), AuthFailure::BadInvite)),
        RegistrationMode::Closed => Err(closed()),
    }
}

fn judge_words(register: &Register) -> Result<AccountName, Turned> {
    one_line(&register.device_label)?;
    one_line(&register.client)?;
    let name = AccountName::parse(&register.name)
        .map_err(|error| Turned::away(refuse::name(&error), AuthFailure::BadInput))?;
    let rules = PasswordRules::default();
    rules.check(&name, register.password.reveal()).map_err(|error| {
        Turned::away(Refusal::new(Code::WeakPassword, &error.to_string()), AuthFailure::BadInput)
    })?;
    Ok(name)
}

/// Looks whether it can succeed before the expensive part; the transaction looks again.
async fn look_up(
    shared: &Shared,
    caller: Caller,
    name: AccountName,
    invite: Option<[u8; 32]>,
) -> Result<(), Turned> {
    let now = clock::now();
    let found = shared.store.read(move |reads| {
        if let Some(digest) = invite
            && !reads.invite_by_digest(&digest)?.is_some_and(|invite| invite.is_good(now))
        {
            return Err(StoreError::BadInvite);
        }
        if reads.account_by_name(&name)?.is_some() {
            return Err(StoreError::NameTaken);
        }
        match reads.device_by_key(&caller.key)? {
            Some(_) => Err(StoreError::DeviceTaken),
            None => Ok(()),
        }
    });
    found.await.map_err(|error| turned(&error))
}

/// Shows the secret and waits for a code made with it.
async fn confirm(
    shared: &Shared,
    wire: &mut Wire,
    secret: &Secret20,
    name: &AccountName,
) -> Result<u64, Turned> {
    let enrolment = enrol::enrolment(shared, secret, name)
        .map_err(|refusal| Turned::away(refusal, AuthFailure::Unavailable))?;
    wire.say(&ServerMessage::Enrol(enrolment)).await.map_err(|_| Turned::Left)?;
    let deadline = time::Instant::now() + enrol::TIME;
    let mut tries = 0;
    loop {
        let heard = time::timeout_at(deadline, wire.hear()).await;
        let Ok(messages) = heard else {
            let words = "Setting up the authenticator took too long. The invite is still good: start again.";
            return Err(Turned::away(Refusal::new(Code::TooFast, words), AuthFailure::Abandoned));
        };
        let messages = messages.map_err(|_| Turned::Left)?;
        for message in messages.iter() {
            let Ok(message) = codec::decode::<ClientMessage>(message) else {
                return Err(Turned::away(
                    refuse::protocol("The message cannot be read."),
                    AuthFailure::Protocol,
                ));
            };
            let ClientMessage { request, command } = message;
            let reply = match command {
                Command::ConfirmTotp { code } => {
                    let now = clock::unix_seconds(clock::now());
                    if let Some(step) = totp::matching_step(secret, code.reveal(), now) {
                        return Ok(step);
                    }
                    tries += 1;
                    ServerMessage::Refused(request, enrol::wrong_code())
                }
                Command::Ping => ServerMessage::Answer(request, Answer::Done),
                Command::Bye => return Err(Turned::Left),
                _ => ServerMessage::Refused(request, refuse::protocol("Confirm the authenticator first.")),
            };
            if TRIES <= tries {
                let words = "Too many wrong codes. Check the clock of your device and start again.";
                return Err(Turned::away(
                    Refusal::new(Code::BadCredentials, words),
                    AuthFailure::BadCredentials,
                ));
            }
            wire.say(&reply).await.map_err(|_| Turned::Left)?;
        }
    }
}

/// What came of a registration.
enum Made {
    Entrance(Entrance),
    /// A moderator decides; with the recovery codes, which are shown this once.
    Applied(AccountId, Vec<Secret<{ limits::CODE }>>),
}

/// Makes account and device in one transaction: nobody ends up with one and not the other. Whoever has to be approved
/// has no device yet.
async fn make(
    shared: &Arc<Shared>,
    caller: Caller,
    (new, secret, step): (NewAccount, Secret20, u64),
    register: &Register,
) -> Result<Made, Turned> {
    let at: Timestamp = new.at;
    let until = shared.login_until(at);
    let codes = RecoveryCodes::generate();
    let shown = codes.shown();
    let applies = new.application.is_some();
    let keys = shared.keys.clone();
    let (label, client) = (register.device_label.clone(), register.client.clone());
    let made = shared.store.run(move |tx| {
        let account = tx.create_account(&new, |account| codes.sealed_with(&secret, account, &keys))?;
        let row = tx.reads().account(account)?.ok_or(StoreError::NotFound { what: "account" })?;
        if applies {
            return Ok((row, None));
        }
        let factor = Factor::Totp { step };
        let login = store::Login { account, key: caller.key, label, client, factor, at, login_until: until };
        let device = tx.record_login(&login)?.device;
        Ok((row, Some(device)))
    });
    let (row, device) = made.await.map_err(|error| turned(&error))?;
    let Some(device) = device else { return Ok(Made::Applied(row.id, shown)) };
    Ok(Made::Entrance(Entrance {
        account: row.id,
        name: row.name,
        role: row.role,
        device,
        login_until: until,
        new_device: None,
        recovery_codes: shown,
    }))
}

fn turned(error: &StoreError) -> Turned {
    let why = match error {
        StoreError::BadInvite => AuthFailure::BadInvite,
        StoreError::NameTaken | StoreError::DeviceTaken => AuthFailure::BadInput,
        _ => AuthFailure::Unavailable,
    };
    Turned::away(refuse::store(error), why)
}

/// Wrong codes after which an enrolment starts over.
const TRIES: u32 = 10;
