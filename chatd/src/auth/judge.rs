//! Password and code, judged together: which of them was wrong shows neither in the answer nor in its time, and an
//! unknown name costs what a known one does.

use std::time::{Duration, Instant};

use domain::password::HashError;
use domain::throttle::{Finding, Judgement, LoginAttempt, Verdict};
use domain::{recovery, totp};
use proto::ids::Timestamp;
use proto::limits;
use proto::refusal::Refusal;
use proto::text::Secret;
use store::{AccountRow, Factor};
use tracing::{debug, error, warn};

use super::Turned;
use crate::metrics::AuthFailure;
use crate::refuse;
use crate::shared::Shared;
use service::clock;

/// What somebody says to show who they are.
#[derive(Debug)]
pub(crate) struct Claim {
    /// For the throttle.
    pub(crate) attempt: LoginAttempt,
    pub(crate) password: Secret<{ limits::PASSWORD }>,
    pub(crate) code: Secret<{ limits::CODE }>,
}

/// Somebody who is who they say.
pub(crate) struct Proven {
    pub(crate) account: AccountRow,
    /// Still to be used up: the caller does that in its own transaction.
    pub(crate) factor: Factor,
    /// The password is right, and hashed with parameters of the past.
    pub(super) is_old_hash: bool,
}

/// Why somebody is not believed; the first says nothing more on purpose.
#[derive(Debug)]
pub(crate) enum Denied {
    Wrong,
    Wait(Duration),
    Unavailable(Refusal),
}

/// Judges a claim, for an account that may not exist. Whoever records it gives the try back to the throttle.
pub(crate) async fn judge(
    shared: &Shared,
    claim: &Claim,
    account: Option<AccountRow>,
) -> Result<Proven, Denied> {
    let attempt = &claim.attempt;
    if let Verdict::Wait(wait) = shared.logins().admit(attempt, Instant::now()) {
        return Err(Denied::Wait(wait));
    }
    let now = clock::now();
    let password = check_password(shared, claim, account.as_ref()).await?;
    let factor = check_code(shared, &claim.code, account.as_ref(), now).await?;
    let finding = match (password, &factor) {
        (Password::Wrong, _) => Finding::WrongPassword,
        (_, None) => Finding::WrongCode,
        (_, Some(Factor::Totp { .. })) => Finding::RightCode,
        (_, Some(Factor::Recovery { .. })) => Finding::RecoveryCode,
    };
    let judgement = shared.logins().judge(attempt, finding, Instant::now());
    match (judgement, account, factor) {
        (Judgement::Accept, Some(account), Some(factor)) => {
            Ok(Proven { account, factor, is_old_hash: password == Password::RightButOld })
        }
        (judgement, account, _) => {
            debug!(?finding, "login refused");
            if let (Judgement::RefuseAndWarn, Some(account)) = (judgement, account) {
                warn!(user.id = %account.id, "somebody with the right password is guessing codes");
                shared.warn_owner(account.id);
            }
            Err(Denied::Wrong)
        }
    }
}

impl Denied {
    /// Returns what it counts as.
    pub(crate) fn why(&self) -> AuthFailure {
        match self {
            Self::Wrong => AuthFailure::BadCredentials,
            Self::Wait(_) => AuthFailure::Throttled,
            Self::Unavailable(_) => AuthFailure::Unavailable,
        }
    }
}

impl From<Denied> for Turned {
    fn from(denied: Denied) -> Self {
        let why = denied.why();
        let refusal = match denied {
            Denied::Wrong => refuse::bad_credentials(),
            Denied::Wait(wait) => refuse::too_fast(wait),
            Denied::Unavailable(refusal) => refusal,
        };
        Self::away(refusal, why)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Password {
    Wrong,
    Right,
    /// Right, and hashed with parameters of the past.
    RightButOld,
}

async fn check_password(
    shared: &Shared,
    claim: &Claim,
    account: Option<&AccountRow>,
) -> Result<Password, Denied> {
    let password = claim.password.clone();
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
            Err(Denied::Unavailable(refuse::unavailable()))
        }
        Err(busy) => {
            warn!("{busy}");
            shared.logins().give_back(&claim.attempt, Instant::now());
            Err(Denied::Unavailable(refuse::unavailable()))
        }
    }
}

/// Looks at the code, with a stand-in for an account that does not exist. What the code looks like decides the work,
/// never whether the account exists or the password was right.
async fn check_code(
    shared: &Shared,
    code: &Secret<{ limits::CODE }>,
    account: Option<&AccountRow>,
    now: Timestamp,
) -> Result<Option<Factor>, Denied> {
    let dummy = &shared.dummy;
    let (id, sealed) =
        account.map_or((dummy.id, &dummy.totp_sealed), |account| (account.id, &account.totp_sealed));
    if let Some(code) = recovery::normalise(code.reveal()) {
        let digest = recovery::digest(&shared.keys.pepper, id, &code);
        let unused = shared.store.read(move |reads| reads.has_recovery_code(id, &digest)).await;
        let unused = unused.map_err(|error| Denied::Unavailable(refuse::store(&error)))?;
        return Ok((unused && account.is_some()).then_some(Factor::Recovery { digest }));
    }
    let Some(secret) = shared.keys.open_totp(id, sealed) else {
        error!(user.id = %id, "a TOTP secret does not open with this server's seal key; is it another database's?");
        return Err(Denied::Unavailable(refuse::unavailable()));
    };
    let step = totp::matching_step(&secret, code.reveal(), clock::unix_seconds(now));
    // The transaction has the last word on used steps; looking here makes a used code look like any wrong one.
    let step = step.filter(|step| account.is_some_and(|account| account.totp_last_step < *step));
    Ok(step.map(|step| Factor::Totp { step }))
}
