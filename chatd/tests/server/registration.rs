//! Making an account by invite.

use chatd::settings::Registration;
use proto::codec;
use proto::ids::RequestId;
use proto::keys::StaticKey;
use proto::message::{ClientMessage, Command, Enrolment, Opening, Register, Role, ServerMessage, Welcome};
use proto::refusal::{Code, Refusal};
use proto::text::{Secret, Text};

use crate::client::{Client, LOBBY};
use crate::logins::{refused, wrong};
use crate::world::{PASSWORD, World, now, welcomed};

#[tokio::test]
async fn an_invite_a_name_a_password_and_a_proven_authenticator_make_an_account() {
    let world = World::start().await;
    let token = world.invite(Role::Moderator).await;
    let device = StaticKey::generate();
    let mut client = world.connect(&device, &register(&token, "Zoë", PASSWORD)).await;
    let enrolment = enrolling(client.first().await);
    assert!(enrolment.totp_uri.reveal().starts_with("otpauth://totp/"));
    let code = code(&enrolment);
    let refusal = confirm(&mut client, &wrong(&code)).await.unwrap_err();
    assert_eq!(refusal.code, Code::BadCredentials);
    let welcome = confirm(&mut client, &code).await.unwrap();
    assert_eq!((&*welcome.name, welcome.role, welcome.recovery_codes.len()), ("zoë", Role::Moderator, 10));
    client.ready().await;
    client.say(LOBBY, "I am new").await;

    // The code it was confirmed with is used up; the recovery codes are not.
    let other = StaticKey::generate();
    assert_eq!(refused(world.log_in(&other, "zoë", PASSWORD, &code).await).code, Code::BadCredentials);
    let recovery = welcome.recovery_codes[3].reveal();
    welcomed(world.log_in(&other, "zoë", PASSWORD, recovery).await);
    // So is the invite.
    let third = StaticKey::generate();
    let mut client = world.connect(&third, &register(&token, "other", PASSWORD)).await;
    assert_eq!(refused(client.first().await).code, Code::BadInvite);
}

#[tokio::test]
async fn a_registration_that_is_broken_off_leaves_name_and_invite_free() {
    let world = World::start().await;
    let token = world.invite(Role::Member).await;
    let mut client = world.connect(&StaticKey::generate(), &register(&token, "ada", PASSWORD)).await;
    enrolling(client.first().await);
    drop(client);
    let mut client = world.connect(&StaticKey::generate(), &register(&token, "ada", PASSWORD)).await;
    let enrolment = enrolling(client.first().await);
    confirm(&mut client, &code(&enrolment)).await.unwrap();
}

#[tokio::test]
async fn of_two_who_use_one_invite_at_once_one_gets_the_account() {
    let world = World::start().await;
    let token = world.invite(Role::Member).await;
    let mut ada = world.connect(&StaticKey::generate(), &register(&token, "ada", PASSWORD)).await;
    let mut bob = world.connect(&StaticKey::generate(), &register(&token, "bob", PASSWORD)).await;
    let (first, second) = (enrolling(ada.first().await), enrolling(bob.first().await));
    confirm(&mut ada, &code(&first)).await.unwrap();
    assert_eq!(confirm(&mut bob, &code(&second)).await.unwrap_err().code, Code::BadInvite);
}

#[tokio::test]
async fn names_passwords_and_invites_that_will_not_do_are_told_apart() {
    let world = World::start().await;
    world.newcomer("ada", Role::Member).await;
    let token = world.invite(Role::Member).await;
    for (name, password, expected) in [
        ("ada", PASSWORD, Code::NameTaken),
        ("аda", PASSWORD, Code::BadName), // a Cyrillic letter among Latin ones
        ("ada\u{200b}", PASSWORD, Code::BadName),
        ("eve", "short", Code::WeakPassword),
        ("eve", "eveeveeve", Code::WeakPassword),
    ] {
        let mut client = world.connect(&StaticKey::generate(), &register(&token, name, password)).await;
        assert_eq!(refused(client.first().await).code, expected, "{name}");
    }
    let mut client = world.connect(&StaticKey::generate(), &register("no such", "eve", PASSWORD)).await;
    assert_eq!(refused(client.first().await).code, Code::BadInvite);
}

#[tokio::test]
async fn closing_registration_takes_effect_without_a_restart() {
    let world = World::start().await;
    let token = world.invite(Role::Member).await;
    world.settings.send_modify(|settings| settings.registration = Registration::Closed);
    let mut client = world.connect(&StaticKey::generate(), &register(&token, "ada", PASSWORD)).await;
    assert_eq!(refused(client.first().await).code, Code::RegistrationClosed);
    world.settings.send_modify(|settings| settings.registration = Registration::Invite);
    let mut client = world.connect(&StaticKey::generate(), &register(&token, "ada", PASSWORD)).await;
    enrolling(client.first().await);
}

#[tokio::test]
async fn an_enrolment_cannot_be_guessed_and_allows_nothing_else() {
    let world = World::start().await;
    let token = world.invite(Role::Member).await;
    let mut client = world.connect(&StaticKey::generate(), &register(&token, "ada", PASSWORD)).await;
    let enrolment = enrolling(client.first().await);
    let command = client.message(LOBBY, "too early");
    let request = client.send(command).await;
    assert!(matches!(client.first().await, ServerMessage::Refused(to, _) if to == request));
    let wrong = wrong(&code(&enrolment));
    for _ in 0..9 {
        assert_eq!(confirm(&mut client, &wrong).await.unwrap_err().code, Code::BadCredentials);
    }
    client.send(Command::ConfirmTotp { code: Secret::new(&*wrong).unwrap() }).await;
    assert_eq!(refused(client.first().await).code, Code::BadCredentials);
    assert!(client.next().await.is_none());
}

pub(crate) fn register(invite: &str, name: &str, password: &str) -> Opening {
    Opening::Register(Register {
        invite: Secret::new(invite).unwrap(),
        name: Text::cut(name),
        password: Secret::new(password).unwrap(),
        device_label: Text::cut("laptop"),
        client: Text::cut("test 1"),
        application: Text::default(),
    })
}

pub(crate) fn enrolling(first: ServerMessage) -> Enrolment {
    match first {
        ServerMessage::Enrol(enrolment) => enrolment,
        other => panic!("no enrolment: {other:?}"),
    }
}

pub(crate) fn code(enrolment: &Enrolment) -> String {
    let bytes = data_encoding::BASE32_NOPAD.decode(enrolment.totp_secret.reveal().as_bytes()).unwrap();
    let secret = domain::totp::Secret20::new(bytes.try_into().unwrap());
    domain::totp::code_at(&secret, u64::try_from(now().0 / 1_000).unwrap())
}

pub(crate) async fn confirm(client: &mut Client, code: &str) -> Result<Welcome, Refusal> {
    let command = Command::ConfirmTotp { code: Secret::new(code).unwrap() };
    client.send_bytes(&codec::encode(&ClientMessage { request: RequestId(77), command })).await;
    match client.first().await {
        ServerMessage::Welcome(welcome) => Ok(welcome),
        ServerMessage::Refused(RequestId(77), refusal) | ServerMessage::Denied(refusal) => Err(refusal),
        other => panic!("neither in nor out: {other:?}"),
    }
}
