//! Another authenticator in place of one's own, from the chat: who gets it, what holds until then, and what not after.

use domain::audit::Action;
use domain::totp::{self, Secret20};
use proto::keys::StaticKey;
use proto::message::{Answer, Command, Enrolment, Role};
use proto::refusal::{Code, Refusal};
use proto::text::{Secret, Text};
use store::{AuditSeq, NewWebSession};

use crate::client::Client;
use crate::logins::{refused, wrong};
use crate::world::{PASSWORD, Somebody, World, now, welcomed};

#[tokio::test]
async fn the_confirmed_authenticator_holds_and_everything_old_is_void() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    open_web_session(&world, &ada).await;
    let mut laptop = world.online(&ada).await;
    let shown = renew(&mut laptop, PASSWORD, &ada.code()).await.unwrap();
    welcomed(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &ada.code()).await);
    assert_eq!(web_sessions(&world, &ada).await, 1, "nothing changes until the confirmation");

    let first = code(&shown, 0);
    let codes = confirm(&mut laptop, &first).await.unwrap();
    assert_eq!(codes.len(), 10);
    for (old, what) in [
        (ada.code(), "the old authenticator"),
        (ada.recovery_codes[0].clone(), "an old recovery code"),
        (first, "the code that confirmed"),
    ] {
        let answer = refused(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &old).await);
        assert_eq!(answer.code, Code::BadCredentials, "{what}");
    }
    welcomed(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &code(&shown, 1)).await);
    welcomed(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &codes[0]).await);
    world.online(&ada).await;
    assert_eq!(web_sessions(&world, &ada).await, 0);
    let rows = world.store.read(|reads| reads.audit_after(AuditSeq(0), 10)).await.unwrap();
    let written: Vec<_> = rows.iter().filter(|row| row.event.action == Action::TotpReset).collect();
    assert_eq!((written.len(), written[0].event.actor), (1, Some(ada.account)));
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_code_get_the_same_words_and_change_nothing() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut laptop = world.online(&ada).await;
    let before = row(&world, &ada).await;
    let right = ada.code();
    let mut answers = Vec::new();
    for (password, code) in [
        ("wrong password", &*right),
        (PASSWORD, &*wrong(&right)),
        (PASSWORD, "aaaa-aaaa-aaaa-aaaa"),
        // It was used up when the laptop logged in.
        (PASSWORD, &*ada.recovery_codes[9]),
        ("", ""),
    ] {
        answers.push(renew(&mut laptop, password, code).await.unwrap_err());
        assert_eq!(confirm(&mut laptop, &right).await.unwrap_err().code, Code::BadInput, "nothing waits");
    }
    assert_eq!(answers[0].code, Code::BadCredentials);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert!(row(&world, &ada).await == before);
    // The same words for a reason: with both right the secret is shown.
    renew(&mut laptop, PASSWORD, &right).await.unwrap();
}

#[tokio::test]
async fn the_code_of_a_renewal_is_used_up_for_renewals_and_logins() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut laptop = world.online(&ada).await;
    for code in [ada.code(), ada.recovery_codes[0].clone()] {
        renew(&mut laptop, PASSWORD, &code).await.unwrap();
        let again = renew(&mut laptop, PASSWORD, &code).await.unwrap_err();
        assert_eq!(again.code, Code::BadCredentials);
        let login = refused(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &code).await);
        assert_eq!(login.code, Code::BadCredentials);
    }
}

#[tokio::test]
async fn a_code_used_for_two_renewals_at_the_same_moment_shows_one_secret() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let telephone = StaticKey::generate();
    welcomed(world.log_in(&telephone, "ada", PASSWORD, &ada.code()).await);
    let mut one = world.online(&ada).await;
    let mut other = world.resume(&telephone).await;
    other.ready().await;
    let code = ada.code();
    let (one, other) = tokio::join!(renew(&mut one, PASSWORD, &code), renew(&mut other, PASSWORD, &code));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let late = one.err().or(other.err()).unwrap();
    assert_eq!((late.code, &*late.detail), (Code::BadCredentials, WRONG));
}

#[tokio::test]
async fn a_confirmation_of_nothing_says_how_to_begin() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let refusal = confirm(&mut world.online(&ada).await, &ada.code()).await.unwrap_err();
    assert_eq!(refusal.code, Code::BadInput);
    assert!(refusal.detail.contains("/totp"), "{refusal}");
}

#[tokio::test]
async fn five_wrong_codes_forget_the_secret_and_the_old_one_holds() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut laptop = world.online(&ada).await;
    let shown = renew(&mut laptop, PASSWORD, &ada.code()).await.unwrap();
    let bad = wrong(&code(&shown, 0));
    for _ in 0..4 {
        assert_eq!(confirm(&mut laptop, &bad).await.unwrap_err().code, Code::BadCredentials);
    }
    assert_eq!(confirm(&mut laptop, &bad).await.unwrap_err().code, Code::LimitReached);
    assert_eq!(confirm(&mut laptop, &code(&shown, 0)).await.unwrap_err().code, Code::BadInput);
    welcomed(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &ada.code()).await);
}

#[tokio::test]
async fn a_reconnect_forgets_the_secret_and_the_old_one_holds() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut laptop = world.online(&ada).await;
    let shown = renew(&mut laptop, PASSWORD, &ada.code()).await.unwrap();
    drop(laptop);
    let mut laptop = world.online(&ada).await;
    assert_eq!(confirm(&mut laptop, &code(&shown, 0)).await.unwrap_err().code, Code::BadInput);
    welcomed(world.log_in(&StaticKey::generate(), "ada", PASSWORD, &ada.code()).await);
}

#[tokio::test]
async fn another_renewal_replaces_the_secret_that_waits() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut laptop = world.online(&ada).await;
    let older = renew(&mut laptop, PASSWORD, &ada.code()).await.unwrap();
    let newer = renew(&mut laptop, PASSWORD, &ada.code()).await.unwrap();
    assert_eq!(confirm(&mut laptop, &code(&older, 0)).await.unwrap_err().code, Code::BadCredentials);
    confirm(&mut laptop, &code(&newer, 0)).await.unwrap();
    let again = confirm(&mut laptop, &code(&newer, 1)).await.unwrap_err();
    assert_eq!(again.code, Code::BadInput, "what is confirmed waits no longer");
}

#[tokio::test]
async fn a_second_renewal_while_one_is_judged_is_refused() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut laptop = world.online(&ada).await;
    let (one, other) = (command(PASSWORD, &ada.code()), command(PASSWORD, &ada.code()));
    let [one, other] = laptop.send_together([one, other]).await;
    assert_eq!(laptop.answer(other).await.unwrap_err().code, Code::LimitReached);
    assert!(matches!(laptop.answer(one).await, Ok(Answer::Totp(_))));
}

#[tokio::test]
async fn a_reset_in_between_voids_the_secret() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut laptop = world.online(&ada).await;
    let shown = renew(&mut laptop, PASSWORD, &ada.code()).await.unwrap();
    let account = ada.account;
    world.store.run(move |tx| tx.set_password(account, "$argon2id$of somebody else")).await.unwrap();
    let before = row(&world, &ada).await;
    assert_eq!(confirm(&mut laptop, &code(&shown, 0)).await.unwrap_err().code, Code::Conflict);
    assert_eq!(confirm(&mut laptop, &code(&shown, 0)).await.unwrap_err().code, Code::BadInput);
    assert!(row(&world, &ada).await == before);
}

#[tokio::test]
async fn guessing_from_a_session_is_slowed_down_and_counted() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut laptop = world.online(&ada).await;
    let mut guesses = 0;
    let slowed = loop {
        let refusal = renew(&mut laptop, "guess", "000000").await.unwrap_err();
        if refusal.code == Code::TooFast {
            break refusal;
        }
        guesses += 1;
        assert!(guesses <= 12, "guessing is slowed down within a dozen tries");
    };
    assert!(slowed.retry_after_ms.is_some_and(|wait| 1_000 < wait));
    let right = renew(&mut laptop, PASSWORD, &ada.code()).await.unwrap_err();
    assert_eq!(right.code, Code::TooFast, "with everything right too");
    let metrics = crate::metrics::get(world.metrics, "/metrics").await.1;
    let counted = format!("chatd_auth_failures_total{{reason=\"bad_credentials\"}} {guesses}");
    assert!(metrics.contains(&counted), "{metrics}");
}

#[tokio::test]
async fn codes_are_not_guessed_with_the_right_password() {
    let world = World::start().await;
    let ada = world.somebody("ada", Role::Member).await;
    let mut laptop = world.online(&ada).await;
    let right = ada.code();
    for _ in 0..5 {
        let refusal = renew(&mut laptop, PASSWORD, &wrong(&right)).await.unwrap_err();
        assert_eq!(refusal.code, Code::BadCredentials);
    }
    let lucky = renew(&mut laptop, PASSWORD, &right).await.unwrap_err();
    assert_eq!(
        (lucky.code, &*lucky.detail),
        (Code::BadCredentials, WRONG),
        "and nobody learns that it was right"
    );
}

fn command(password: &str, code: &str) -> Command {
    Command::RenewTotp { password: Secret::new(password).unwrap(), code: Secret::new(code).unwrap() }
}

async fn renew(client: &mut Client, password: &str, code: &str) -> Result<Enrolment, Refusal> {
    match client.ask(command(password, code)).await? {
        Answer::Totp(enrolment) => Ok(enrolment),
        other => panic!("no enrolment: {other:?}"),
    }
}

async fn confirm(client: &mut Client, code: &str) -> Result<Vec<String>, Refusal> {
    match client.ask(Command::ConfirmTotp { code: Secret::new(code).unwrap() }).await? {
        Answer::RecoveryCodes { codes } => Ok(codes.iter().map(|code| code.reveal().to_owned()).collect()),
        other => panic!("no recovery codes: {other:?}"),
    }
}

/// Returns what the authenticator shows now, or so many steps ahead.
fn code(enrolment: &Enrolment, ahead: i64) -> String {
    let bytes = data_encoding::BASE32_NOPAD.decode(enrolment.totp_secret.reveal().as_bytes()).unwrap();
    let secret = Secret20::new(bytes.try_into().unwrap());
    totp::code_at(&secret, u64::try_from(now().0 / 1_000 + ahead * 30).unwrap())
}

async fn row(world: &World, somebody: &Somebody) -> store::AccountRow {
    let account = somebody.account;
    world.store.read(move |reads| reads.account(account)).await.unwrap().unwrap()
}

async fn open_web_session(world: &World, somebody: &Somebody) {
    let new = NewWebSession {
        digest: [7; 32],
        account: somebody.account,
        at: now(),
        ends_at: now().plus_ms(3_600_000),
        agent: Text::cut("browser"),
        tag: [0; 10],
    };
    world.store.run(move |tx| tx.open_web_session(&new)).await.unwrap();
}

async fn web_sessions(world: &World, somebody: &Somebody) -> usize {
    let account = somebody.account;
    world.store.read(move |reads| reads.web_sessions_of(account)).await.unwrap().len()
}

const WRONG: &str = "Password or code is wrong. Check both and try again; each code works once.";
