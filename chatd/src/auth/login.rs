//! Password and code let a device in. Everything is judged before anything is answered.

use std::sync::Arc;
use std::time::Instant;

use domain::name::AccountName;
use domain::throttle::{LoginAttempt, Standing, Subject};
use proto::ids::{AccountId, Timestamp};
use proto::limits;
use proto::message::Login;
use proto::refusal::{Code, Refusal};
use proto::text::Secret;
use store::{AccountRow, AccountState, LoggedIn, StoreError};
use tracing::{debug, warn};

use super::judge::{self, Claim, Proven};
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
    let (account, standing) = look_up(shared, caller, name.clone()).await?;
    let attempt = LoginAttempt {
        network: caller.network,
        subject: name.as_ref().map_or_else(|| Subject::of_text(&login.name), Subject::of),
        standing,
    };
    let claim = Claim { attempt, password: login.password, code: login.code };
    let Proven { account, factor, is_old_hash } = judge::judge(shared, &claim, account).await?;
    let now = clock::now();
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
    if is_old_hash {
        renew_hash(shared, &account, claim.password);
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

/// Returns what the database says about a name and a device key.
async fn look_up(
    shared: &Shared,
    caller: Caller,
    name: Option<AccountName>,
) -> Result<(Option<AccountRow>, Standing), Turned> {
    let found = shared.store.read(move |reads| {
        let account = match &name {
            Some(name) => reads.account_by_name(name)?,
            None => None,
        };
        let device = reads.device_by_key(&caller.key)?.filter(|device| !device.revoked);
        let id = account.as_ref().map(|account| account.id);
        let is_known = device.is_some_and(|device| Some(device.account) == id);
        let standing = if is_known { Standing::KnownDevice } else { Standing::Stranger };
        Ok((account, standing))
    });
    found.await.map_err(|error| Turned::failed(&error))
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
