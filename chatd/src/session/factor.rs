//! Another authenticator in place of one's own: proven with the old one, shown, and only with its first code it holds.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use domain::name::AccountName;
use domain::throttle::{LoginAttempt, Network, Standing, Subject};
use domain::totp::{self, Secret20};
use proto::codec;
use proto::ids::{AccountId, DeviceId, RequestId};
use proto::limits;
use proto::message::{Answer, ServerMessage};
use proto::refusal::{Code, Refusal};
use proto::text::{List, Secret};
use store::{AccountRow, Actor, Factor, OwnSecret, StoreError};
use tokio::time::{self, Instant, Sleep};
use tracing::{debug, info};

use crate::auth::enrol::{self, RecoveryCodes};
use crate::auth::judge::{self, Claim, Denied, Proven};
use crate::outbox::Outbox;
use crate::refuse;
use crate::shared::Shared;
use service::clock;

/// What a session asks for about the authenticator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FactorWish {
    Renew { password: Secret<{ limits::PASSWORD }>, code: Secret<{ limits::CODE }> },
    Confirm { code: Secret<{ limits::CODE }> },
}

/// See the module. A fresh secret is here and nowhere else, and goes with the session.
pub(super) struct FactorChange {
    whose: Whose,
    waiting: Option<Waiting>,
    /// One thing at a time.
    job: Option<(RequestId, Job)>,
}

/// The account that is changed, and from where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose {
    pub(super) account: AccountId,
    pub(super) device: DeviceId,
    pub(super) address: IpAddr,
}

/// A fresh secret without its first code, and when it is forgotten.
struct Waiting {
    fresh: Fresh,
    end: Pin<Box<Sleep>>,
}

/// A secret of which no code has come, for an account as it was when its owner was proven.
#[derive(Clone)]
struct Fresh {
    secret: Secret20,
    wrong: u32,
    proven: Arc<AccountRow>,
}

/// What a code says about a fresh secret.
#[derive(Debug, PartialEq, Eq)]
enum Tried {
    /// It is the code of this step.
    Right(u64),
    Wrong,
    /// Wrong too often.
    Spent,
}

type Job = Pin<Box<dyn Future<Output = Result<Done, Failed>> + Send>>;

/// What was done.
enum Done {
    Shown(Fresh, Answer),
    Renewed(Answer),
}

/// What was not.
enum Failed {
    /// What waits goes on waiting.
    Refused(Refusal),
    /// What waited is of no use any more.
    Void(Refusal),
}

impl FactorChange {
    pub(super) fn new(whose: Whose) -> Self {
        Self { whose, waiting: None, job: None }
    }

    /// Begins what is asked for.
    ///
    /// # Errors
    /// A refusal while something else is going on, and for a code that is wrong or that nothing waits for.
    pub(super) fn begin(
        &mut self,
        shared: &Arc<Shared>,
        request: RequestId,
        wish: FactorWish,
    ) -> Result<(), Refusal> {
        if self.job.is_some() {
            let words = "Your authenticator is being looked at already. Wait for that answer.";
            return Err(Refusal::new(Code::LimitReached, words));
        }
        let (shared, whose) = (shared.clone(), self.whose);
        let job: Job = match wish {
            FactorWish::Renew { password, code } => Box::pin(renew(shared, whose, (password, code))),
            FactorWish::Confirm { code } => {
                let (fresh, step) = self.judge(&code)?;
                Box::pin(confirm(shared, whose, (fresh, step)))
            }
        };
        self.job = Some((request, job));
        Ok(())
    }

    /// Goes on with what was begun; the answer goes to the outbox. Forgets a secret whose time is over.
    pub(super) fn poll(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<()> {
        if self.waiting.as_mut().is_some_and(|waiting| waiting.end.as_mut().poll(context).is_ready()) {
            self.waiting = None;
        }
        let Some((request, job)) = &mut self.job else { return Poll::Pending };
        let (request, done) = (*request, ready!(job.as_mut().poll(context)));
        self.job = None;
        let message = match done {
            Ok(Done::Shown(fresh, answer)) => {
                self.waiting = Some(Waiting { fresh, end: Box::pin(time::sleep(enrol::TIME)) });
                ServerMessage::Answer(request, answer)
            }
            Ok(Done::Renewed(answer)) => {
                self.waiting = None;
                ServerMessage::Answer(request, answer)
            }
            Err(Failed::Refused(refusal)) => ServerMessage::Refused(request, refusal),
            Err(Failed::Void(refusal)) => {
                self.waiting = None;
                ServerMessage::Refused(request, refusal)
            }
        };
        outbox.answer(codec::encode(&message).into());
        // An answer may have set a timer that nobody has looked at.
        Poll::Ready(())
    }

    fn judge(&mut self, code: &Secret<{ limits::CODE }>) -> Result<(Fresh, u64), Refusal> {
        let Some(waiting) = self.waiting.as_mut().filter(|waiting| Instant::now() < waiting.end.deadline())
        else {
            let words = "No authenticator waits for its first code here. Begin with password and code: /totp";
            return Err(Refusal::new(Code::BadInput, words));
        };
        match waiting.fresh.judge(code.reveal(), clock::unix_seconds(clock::now())) {
            Tried::Right(step) => Ok((waiting.fresh.clone(), step)),
            Tried::Wrong => Err(enrol::wrong_code()),
            Tried::Spent => {
                self.waiting = None;
                let words = "Too many wrong codes: the new authenticator is forgotten, and the one you had holds. \
                             Check the clock of your device and begin again: /totp";
                Err(Refusal::new(Code::LimitReached, words))
            }
        }
    }
}

impl Fresh {
    fn judge(&mut self, code: &str, unix_seconds: u64) -> Tried {
        if let Some(step) = totp::matching_step(&self.secret, code, unix_seconds) {
            return Tried::Right(step);
        }
        self.wrong += 1;
        if self.wrong < TRIES { Tried::Wrong } else { Tried::Spent }
    }
}

/// Judges password and code as a login does, uses the code up, and makes a secret.
async fn renew(
    shared: Arc<Shared>,
    whose: Whose,
    (password, code): (Secret<{ limits::PASSWORD }>, Secret<{ limits::CODE }>),
) -> Result<Done, Failed> {
    let Whose { account, device, address } = whose;
    let row = shared.store.read(move |reads| reads.account(account)).await;
    let row = row.and_then(|row| row.ok_or(StoreError::NotFound { what: "account" }));
    let row = row.map_err(|error| Failed::Refused(refuse::store(&error)))?;
    let name = AccountName::parse(&row.name).map_err(|error| Failed::Refused(refuse::name(&error)))?;
    let attempt = LoginAttempt {
        network: Network::of(address),
        subject: Subject::of(&name),
        standing: Standing::KnownDevice,
    };
    let claim = Claim { attempt, password, code };
    let judged = judge::judge(&shared, &claim, Some(row)).await;
    let Proven { account: row, factor, .. } = judged.map_err(|denied| turned_away(&shared, denied))?;
    let now = clock::now();
    let used = shared.store.run(move |tx| tx.prove_again((account, device), &factor, now));
    used.await.map_err(|error| match error {
        // Somebody else was a moment faster with the same code.
        StoreError::CodeUsed => turned_away(&shared, Denied::Wrong),
        error => Failed::Refused(refuse::store(&error)),
    })?;
    shared.logins().give_back(&attempt, std::time::Instant::now());
    let secret = Secret20::generate();
    let enrolment = enrol::enrolment(&shared, &secret, &name).map_err(Failed::Refused)?;
    debug!(user.id = %account, device.id = %device, "an authenticator waits for its first code");
    Ok(Done::Shown(Fresh { secret, wrong: 0, proven: Arc::new(row) }, Answer::Totp(enrolment)))
}

/// Puts the new authenticator in place of the old one, in one transaction with everything that goes with it.
async fn confirm(shared: Arc<Shared>, whose: Whose, (fresh, step): (Fresh, u64)) -> Result<Done, Failed> {
    let Whose { account, device, .. } = whose;
    let codes = RecoveryCodes::generate();
    let secrets = codes.sealed_with(&fresh.secret, account, &shared.keys);
    let now = clock::now();
    let changed = shared.store.run(move |tx| {
        let row = tx.reads().account(account)?.ok_or(StoreError::NotFound { what: "account" })?;
        if !is_proven(&row, &fresh.proven) {
            return Err(StoreError::Conflict);
        }
        tx.set_totp(account, &secrets)?;
        tx.prove_again((account, device), &Factor::Totp { step }, now)?;
        tx.staff(&Actor::in_chat(account), now)?.log_own(OwnSecret::Authenticator)?;
        tx.close_web_sessions(account, None, now)
    });
    let ended = changed.await.map_err(|error| match error {
        StoreError::Conflict => {
            let words = "Your password or authenticator was changed meanwhile, so this one is forgotten. \
                         Begin again: /totp";
            Failed::Void(Refusal::new(Code::Conflict, words))
        }
        error => Failed::Refused(refuse::store(&error)),
    })?;
    info!(user.id = %account, device.id = %device, web_sessions = ended, "authenticator replaced");
    Ok(Done::Renewed(Answer::RecoveryCodes { codes: List::new(codes.shown()).unwrap_or_default() }))
}

/// Whether what the proof was made with still holds: nobody keeps a door open past a reset.
fn is_proven(row: &AccountRow, proven: &AccountRow) -> bool {
    row.totp_sealed == proven.totp_sealed && row.password_hash == proven.password_hash
}

/// Counts it like a login that failed. Password and code are not told apart.
fn turned_away(shared: &Shared, denied: Denied) -> Failed {
    shared.metrics.turned_away(denied.why());
    Failed::Refused(match denied {
        Denied::Wrong => Refusal::new(
            Code::BadCredentials,
            "Password or code is wrong. Check both and try again; each code works once.",
        ),
        Denied::Wait(wait) => refuse::too_fast(wait),
        Denied::Unavailable(refusal) => refusal,
    })
}

/// Wrong codes after which a fresh secret is forgotten.
const TRIES: u32 = 5;

#[cfg(test)]
mod tests {
    use proto::ids::Timestamp;
    use proto::message::Role;
    use proto::text::Text;
    use store::AccountState;

    use super::*;

    #[test]
    fn the_fifth_wrong_code_ends_it_and_a_right_one_before_does_not_count() {
        let mut fresh = fresh();
        let right = totp::code_at(&fresh.secret, NOW);
        for _ in 1..TRIES {
            assert_eq!(fresh.judge("no code", NOW), Tried::Wrong);
            assert_eq!(fresh.judge(&right, NOW), Tried::Right(NOW / totp::STEP_SECONDS));
        }
        assert_eq!(fresh.judge("no code", NOW), Tried::Spent);
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_is_gone_after_ten_minutes_and_not_before() {
        let whose =
            Whose { account: id(), device: DeviceId::new(70_001).unwrap(), address: [127, 0, 0, 1].into() };
        let mut change = FactorChange::new(whose);
        let fresh = fresh();
        let end = Box::pin(time::sleep(enrol::TIME));
        change.waiting = Some(Waiting { fresh, end });
        let outbox = Outbox::new();
        time::advance(enrol::TIME - std::time::Duration::from_millis(2)).await;
        look(&mut change, &outbox).await;
        assert!(change.waiting.is_some());
        let wrong = Secret::new("no code").unwrap();
        assert_eq!(change.judge(&wrong).err().unwrap().code, Code::BadCredentials);
        time::advance(std::time::Duration::from_millis(3)).await;
        assert_eq!(change.judge(&wrong).err().unwrap().code, Code::BadInput);
        look(&mut change, &outbox).await;
        assert!(change.waiting.is_none(), "it is not kept for a question that may never come");
    }

    #[test]
    fn a_reset_of_password_or_authenticator_voids_the_proof() {
        let row = row();
        assert!(is_proven(&row, &row.clone()));
        assert!(!is_proven(&AccountRow { password_hash: "other".into(), ..row.clone() }, &row));
        assert!(!is_proven(&AccountRow { totp_sealed: vec![2], ..row.clone() }, &row));
        assert!(
            is_proven(&AccountRow { totp_last_step: 9, ..row.clone() }, &row),
            "its own code was used up"
        );
    }

    async fn look(change: &mut FactorChange, outbox: &Outbox) {
        std::future::poll_fn(|context| {
            assert!(change.poll(outbox, context).is_pending());
            Poll::Ready(())
        })
        .await;
    }

    fn fresh() -> Fresh {
        Fresh { secret: Secret20::generate(), wrong: 0, proven: Arc::new(row()) }
    }

    fn row() -> AccountRow {
        AccountRow {
            id: id(),
            name: Text::cut("ada"),
            role: Role::Member,
            password_hash: "hash".into(),
            totp_sealed: vec![1],
            totp_last_step: 0,
            invite: None,
            created_at: Timestamp(0),
            state: AccountState::Active,
        }
    }

    fn id() -> AccountId {
        AccountId::new(7).unwrap()
    }

    const NOW: u64 = 1_767_000_000;
}
