//! Password and code. Everything is judged before anything is answered, and an unknown name costs what a known one does.

use std::sync::Arc;
use std::time::Instant;

use domain::name::AccountName;
use domain::password::HashError;
use domain::throttle::{Finding, Judgement, LoginAttempt, Standing, Subject, Verdict};
use domain::{recovery, totp};
use proto::ids::{AccountId, Timestamp};
use proto::limits;
use proto::message::Login;
use proto::refusal::{Code, Refusal};
use proto::text::Secret;
use store::{AccountRow, AccountState, Factor, LoggedIn, StoreError};
use tracing::{debug, error, warn};

use super::{Caller, Entrance, Turned, banned, one_line};
use crate::load;
use crate::metrics::AuthFailure;
use crate::refuse;
use crate::shared::Shared;
use service::clock;

/// Judges a login and records it.
pub(super) async fn login(shared: &Arc<Shared>, caller: Caller, login: Login) -> Result<Entrance, Turned> {
    one_line(&login.device_label)?;
    one_line(&login.client)?;
    let name = AccountName::parse(&login.name).ok();
    let found = look_up(shared, caller, name.clone()).await?;
    let attempt = LoginAttempt {
        network: caller.network,
        subject: name.as_ref().map_or_else(|| Subject::of_text(&login.name), Subject::of),
        standing: found.standing,
    };
    if let Verdict::Wait(wait) = shared.logins().admit(&attempt, Instant::now()) {
        return Err(Turned::away(refuse::too_fast(wait), AuthFailure::Throttled));
    }
    let now = clock::now();
    let password = check_password(shared, &attempt, &login, found.account.as_ref()).await?;
    let factor = check_code(shared, &login, found.account.as_ref(), now).await?;
    let finding = match (password, &factor) {
        (Password::Wrong, _) => Finding::WrongPassword,
        (_, None) => Finding::WrongCode,
        (_, Some(Factor::Totp { .. })) => Finding::RightCode,
        (_, Some(Factor::Recovery { .. })) => Finding::RecoveryCode,
    };
    let judgement = shared.logins().judge(&attempt, finding, Instant::now());
    let (Judgement::Accept, Some(account), Some(factor)) = (judgement, found.account, factor) else {
        return Err(refused(shared, judgement, finding, found.id));
    };
    caller.papers.check(shared, (account.id, account.role, account.created_at)).await?;
    let (label, client) = (login.device_label.clone(), login.client.clone());
    let until = shared.login_until(now);
    let record = store::Login {
        account: account.id,
        key: caller.key,
        label,
        client,
        factor,
        at: now,
        login_until: until,
    };
    let logged_in = record_login(shared, record, now).await?;
    shared.logins().give_back(&attempt, Instant::now());
    if password == Password::RightButOld {
        renew_hash(shared, &account, login.password);
    }
    let entrance = Entrance {
        account: account.id,
        name: account.name,
        role: account.role,
        device: logged_in.device,
        login_until: until,
        new_device: logged_in.first_time.then_some(login.device_label),
        recovery_codes: Vec::new(),
    };
    entrance.log("password and code");
    Ok(entrance)
}

/// What the database says about a name and a device key.
struct Found {
    account: Option<AccountRow>,
    /// Of the account; for log lines.
    id: Option<AccountId>,
    standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Password {
    Wrong,
    Right,
    /// Right, and hashed with parameters of the past.
    RightButOld,
}

async fn look_up(shared: &Shared, caller: Caller, name: Option<AccountName>) -> Result<Found, Turned> {
    let found = shared.store.read(move |reads| {
        let account = match &name {
            Some(name) => reads.account_by_name(name)?,
            None => None,
        };
        let device = reads.device_by_key(&caller.key)?.filter(|device| !device.revoked);
        let id = account.as_ref().map(|account| account.id);
        let is_known = device.is_some_and(|device| Some(device.account) == id);
        let standing = if is_known { Standing::KnownDevice } else { Standing::Stranger };
        Ok(Found { account, id, standing })
    });
    found.await.map_err(|error| Turned::failed(&error))
}

async fn check_password(
    shared: &Shared,
    attempt: &LoginAttempt,
    login: &Login,
    account: Option<&AccountRow>,
) -> Result<Password, Turned> {
    let password = login.password.clone();
    let stored = account.map(|account| account.password_hash.clone());
    let checked = shared.hashers.run(move |hasher| -> Result<Password, HashError> {
        Ok(match (hasher.verify(password.reveal(), stored.as_deref())?, stored) {
            (true, Some(stored)) if hasher.needs_rehash(&stored) => Password::RightButOld,
            (true, Some(_)) => Password::Right,
            _ => Password::Wrong,
        })
    });
    match checked.await {
        Ok(Ok(password)) => Ok(password),
        Ok(Err(error)) => {
            error!(%error, user.id = account.map(|account| tracing::field::display(account.id)), "a password could not be checked");
            Err(Turned::away(refuse::unavailable(), AuthFailure::Unavailable))
        }
        Err(busy) => {
            warn!("{busy}");
            shared.logins().give_back(attempt, Instant::now());
            Err(Turned::away(refuse::unavailable(), AuthFailure::Unavailable))
        }
    }
}

/// Looks at the code, with a stand-in for an account that does not exist. What the code looks like decides the work,
/// never whether the account exists or the password was right.
async fn check_code(
    shared: &Shared,
    login: &Login,
    account: Option<&AccountRow>,
    now: Timestamp,
) -> Result<Option<Factor>, Turned> {
    let dummy = &shared.dummy;
    let (id, sealed) =
        account.map_or((dummy.id, &dummy.totp_sealed), |account| (account.id, &account.totp_sealed));
    if let Some(code) = recovery::normalise(login.code.reveal()) {
        let digest = recovery::digest(&shared.keys.pepper, id, &code);
        let unused = shared.store.read(move |reads| reads.has_recovery_code(id, &digest)).await;
        let unused = unused.map_err(|error| Turned::failed(&error))?;
        return Ok((unused && account.is_some()).then_some(Factor::Recovery { digest }));
    }
    let Some(secret) = shared.keys.open_totp(id, sealed) else {
        error!(user.id = %id, "a TOTP secret does not open with this server's seal key; is it another database's?");
        return Err(Turned::away(refuse::unavailable(), AuthFailure::Unavailable));
    };
    let step = totp::matching_step(&secret, login.code.reveal(), clock::unix_seconds(now));
    // The transaction has the last word on used steps; looking here makes a used code look like any wrong one.
    let step = step.filter(|step| account.is_some_and(|account| account.totp_last_step < *step));
    Ok(step.map(|step| Factor::Totp { step }))
}

async fn record_login(shared: &Shared, login: store::Login, now: Timestamp) -> Result<LoggedIn, Turned> {
    let (account, key) = (login.account, login.key);
    match shared.store.run(move |tx| tx.record_login(&login)).await {
        Ok(logged_in) => Ok(logged_in),
        Err(StoreError::Banned) => {
            let ban = shared.store.read(move |reads| {
                let device = reads.device_by_key(&key)?.map(|device| device.device);
                load::ban_of(reads, account, device, now)
            });
            match ban.await {
                Ok(Some(ban)) => Err(banned(shared, account, &ban, now).await),
                _ => Err(Turned::away(refuse::store(&StoreError::Banned), AuthFailure::Banned)),
            }
        }
        Err(StoreError::Pending) => Err(not_approved(shared, account).await),
        Err(StoreError::CodeUsed) => {
            Err(Turned::away(refuse::bad_credentials(), AuthFailure::BadCredentials))
        }
        Err(StoreError::DeviceRevoked) => Err(Turned::away(
            Refusal::new(Code::BadInput, "This device was revoked. Log in with a fresh profile."),
            AuthFailure::LoginNeeded,
        )),
        Err(error) => Err(Turned::failed(&error)),
    }
}

/// Words for somebody who has proven to be the owner of an account that is not to be used.
async fn not_approved(shared: &Shared, account: AccountId) -> Turned {
    let row = shared.store.read(move |reads| reads.account(account)).await;
    let refused = matches!(row, Ok(Some(row)) if row.state == AccountState::Rejected);
    Turned::away(if refused { refuse::rejected() } else { refuse::pending() }, AuthFailure::Pending)
}

fn refused(shared: &Shared, judgement: Judgement, finding: Finding, account: Option<AccountId>) -> Turned {
    debug!(?finding, "login refused");
    if let (Judgement::RefuseAndWarn, Some(account)) = (judgement, account) {
        warn!(user.id = %account, "somebody with the right password is guessing codes");
        shared.warn_owner(account);
    }
    Turned::away(refuse::bad_credentials(), AuthFailure::BadCredentials)
}

/// Puts a hash with today's parameters in place of the one that was just verified, unless it was changed meanwhile.
/// The login does not wait for it: a right password with a wrong code must not take longer than a wrong password.
fn renew_hash(shared: &Arc<Shared>, account: &AccountRow, password: Secret<{ limits::PASSWORD }>) {
    let (shared, id, old) = (shared.clone(), account.id, account.password_hash.clone());
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        let fresh = match shared.hashers.run(move |hasher| hasher.hash(password.reveal())).await {
            Ok(Ok(fresh)) => fresh,
            Ok(Err(error)) => return warn!(%error, user.id = %id, "a password could not be hashed anew"),
            Err(busy) => return debug!(%busy, user.id = %id, "the next login renews the password's hash"),
        };
        let renewed = shared.store.run(move |tx| match tx.reads().account(id)? {
            Some(row) if row.password_hash == old => tx.set_password(id, &fresh),
            _ => Ok(()),
        });
        if let Err(error) = renewed.await {
            warn!(%error, user.id = %id, "a password's hash could not be renewed");
        }
    });
}
