//! Who somebody is: name, password and code judged together, so that which of them was wrong cannot be told from
//! the answer or from its time. An unknown name costs what a known one does.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use domain::audit::{Action, AuditEvent, Target};
use domain::name::AccountName;
use domain::throttle::{Finding, Judgement, LoginAttempt, Network, Standing, Subject, Verdict};
use domain::{recovery, totp};
use proto::ids::{AccountId, Timestamp};
use proto::limits;
use proto::text::Text;
use service::clock;
use store::{AccountRow, Factor};
use tracing::{debug, error, warn};
use zeroize::Zeroizing;

use crate::app::App;

/// What somebody typed to show who they are.
pub(crate) struct Claim<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    pub(crate) code: &'a str,
    pub(crate) peer: IpAddr,
    /// Known: they hold a session of this account already.
    pub(crate) standing: Standing,
}

/// Somebody who is who they say.
pub(crate) struct Proven {
    pub(crate) account: AccountRow,
    /// Still to be used up.
    pub(crate) factor: Factor,
    attempt: LoginAttempt,
}

/// Why somebody is not let in; the first says nothing more on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    Wrong,
    Wait(Duration),
    Unavailable,
}

/// What everybody reads who is not let in, whatever the reason.
pub(crate) const WRONG: &str = "That is not right. Check name, password and code; each code works once.";

/// Judges a claim. The factor is not used up yet: the caller does that in its own transaction.
pub(crate) async fn judge(app: &App, claim: Claim<'_>, now: Timestamp) -> Result<Proven, Denied> {
    let name = AccountName::parse(claim.name).ok();
    let attempt = LoginAttempt {
        network: Network::of(claim.peer),
        subject: name.as_ref().map_or_else(|| Subject::of_text(claim.name), Subject::of),
        standing: claim.standing,
    };
    if let Verdict::Wait(wait) = app.logins().admit(&attempt, Instant::now()) {
        return Err(Denied::Wait(wait));
    }
    let account = match name {
        Some(name) => app.store.read(move |reads| reads.account_by_name(&name)).await,
        None => Ok(None),
    };
    let account = account.map_err(|error| unavailable(&error))?;
    let password = check_password(app, &attempt, claim.password, account.as_ref()).await?;
    let factor = check_code(app, claim.code, account.as_ref(), now).await?;
    let finding = match (password, &factor) {
        (false, _) => Finding::WrongPassword,
        (true, None) => Finding::WrongCode,
        (true, Some(Factor::Totp { .. })) => Finding::RightCode,
        (true, Some(Factor::Recovery { .. })) => Finding::RecoveryCode,
    };
    let judgement = app.logins().judge(&attempt, finding, Instant::now());
    match (judgement, account, factor) {
        (Judgement::Accept, Some(account), Some(factor)) => Ok(Proven { account, factor, attempt }),
        (judgement, account, _) => {
            debug!(?finding, "login refused");
            if let (Judgement::RefuseAndWarn, Some(account)) = (judgement, account) {
                warn!(user.id = %account.id, "somebody with the right password is guessing codes");
                note_guessing(app, account.id, now).await;
            }
            Err(Denied::Wrong)
        }
    }
}

impl Proven {
    /// Gives the try back, once the login is recorded.
    pub(crate) fn give_back(&self, app: &App) {
        app.logins().give_back(&self.attempt, Instant::now());
    }
}

/// Writes down that somebody has the password and not the code: the owner of the account should know.
async fn note_guessing(app: &App, account: AccountId, at: Timestamp) {
    let detail = Text::cut("right password, wrong codes again and again");
    let (action, target) = (Action::StaffLoginRefused, Target::Account(account));
    let event = AuditEvent { at, actor: None, action, target, detail };
    if let Err(error) = app.store.run(move |tx| tx.audit(&event)).await {
        warn!(%error, "the audit log cannot be written");
    }
}

async fn check_password(
    app: &App,
    attempt: &LoginAttempt,
    password: &str,
    account: Option<&AccountRow>,
) -> Result<bool, Denied> {
    // A password nobody can have still costs its hash.
    let possible = password.len() <= limits::PASSWORD;
    let password = Zeroizing::new(if possible { password.to_owned() } else { String::new() });
    let stored = account.map(|account| account.password_hash.clone());
    let checked = app.hashers.run(move |hasher| hasher.verify(&password, stored.as_deref()));
    match checked.await {
        Ok(Ok(right)) => Ok(right && possible && account.is_some()),
        Ok(Err(error)) => Err(unavailable(&error)),
        Err(busy) => {
            app.logins().give_back(attempt, Instant::now());
            Err(unavailable(&busy))
        }
    }
}

/// Looks at the code, with a stand-in for an account that does not exist. What the code looks like decides the work,
/// never whether the account exists or the password was right.
async fn check_code(
    app: &App,
    code: &str,
    account: Option<&AccountRow>,
    now: Timestamp,
) -> Result<Option<Factor>, Denied> {
    let (id, sealed) =
        account.map_or((app.dummy.id, &app.dummy.totp_sealed), |row| (row.id, &row.totp_sealed));
    if let Some(code) = recovery::normalise(code) {
        let digest = recovery::digest(&app.keys.pepper, id, &code);
        let unused = app.store.read(move |reads| reads.has_recovery_code(id, &digest)).await;
        let unused = unused.map_err(|error| unavailable(&error))?;
        return Ok((unused && account.is_some()).then_some(Factor::Recovery { digest }));
    }
    let Some(secret) = app.keys.open_totp(id, sealed) else {
        error!(user.id = %id, "a TOTP secret does not open with this server's seal key; is it another database's?");
        return Err(Denied::Unavailable);
    };
    let step = totp::matching_step(&secret, code, clock::unix_seconds(now));
    // The transaction has the last word on used steps; looking here makes a used code look like any wrong one.
    let step = step.filter(|step| account.is_some_and(|account| account.totp_last_step < *step));
    Ok(step.map(|step| Factor::Totp { step }))
}

fn unavailable(error: &dyn std::fmt::Display) -> Denied {
    error!(%error, "a login could not be judged");
    Denied::Unavailable
}
