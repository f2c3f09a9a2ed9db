//! Getting in: registering, logging in, coming back, and servers that are not what they should be.

use client_cli::{Confirmed, ConnectError, Credentials, Options, TotpSecret};
use proto::handshake::{RefusalReason, clear_refusal};
use proto::keys::StaticKey;
use proto::limits;
use proto::message::{Command, Enrolment, Event, GoodbyeReason, Opening, ServerMessage};
use proto::refusal::{Code, Refusal};
use proto::text::Secret;
use tokio::io::AsyncWriteExt;

use crate::support::peer::FakeServer;
use crate::support::{soon, summary, welcome};

#[tokio::test]
async fn a_registration_confirms_a_code_and_ends_logged_in() {
    let server = FakeServer::start().await;
    let identity = server.identity();
    let device = identity.device_key.public();
    let serving = async {
        let mut peer = server.accept().await;
        assert_eq!(peer.device_key, device);
        let Opening::Register(register) = &peer.opening else { panic!("not a registration") };
        assert_eq!((register.name.to_string(), register.invite.reveal()), ("ada".to_owned(), "TOKEN"));
        peer.say(&enrolment()).await;
        let (request, _) = peer.command().await;
        peer.refuse(request, Refusal::new(Code::BadCredentials, "the code is wrong")).await;
        let (_, command) = peer.command().await;
        let Command::ConfirmTotp { code } = command else { panic!("not a code") };
        assert_eq!(code.reveal(), TotpSecret::parse(SECRET).unwrap().code_at(59).as_str());
        let mut welcome = welcome("ada");
        welcome.recovery_codes = proto::text::List::new(vec![Secret::new("aaaa-bbbb").unwrap()]).unwrap();
        peer.welcome(welcome, &[summary(0)]).await;
    };
    let registering = async {
        let registration = client_cli::register(identity, "TOKEN", &credentials(""), "").await.unwrap();
        let secret = TotpSecret::parse(registration.enrolment().totp_secret.reveal()).unwrap();
        let Confirmed::Wrong(registration, _) = registration.confirm("000000").await.unwrap() else {
            panic!("a wrong code was taken")
        };
        let Confirmed::Done(session) = registration.confirm(&secret.code_at(59)).await.unwrap() else {
            panic!("the right code was refused")
        };
        assert_eq!(session.welcome().recovery_codes.len(), 1);
        let (client, _events) = session.start(Options::default());
        assert!(client.welcome().recovery_codes.is_empty(), "codes do not stay in memory");
    };
    soon(async { tokio::join!(serving, registering) }).await;
}

#[tokio::test]
async fn a_wrong_password_is_told_as_the_server_says_it() {
    let server = FakeServer::start().await;
    let identity = server.identity();
    let serving = async {
        let mut peer = server.accept().await;
        assert!(matches!(&peer.opening, Opening::Login(login) if login.code.reveal() == "123456"));
        peer.say(&ServerMessage::Denied(Refusal::new(
            Code::BadCredentials,
            "name, password or code is wrong",
        )))
        .await;
    };
    let credentials = credentials("123456");
    let (_, result) = soon(async { tokio::join!(serving, client_cli::log_in(identity, &credentials)) }).await;
    assert!(matches!(result, Err(ConnectError::Denied(refusal)) if refusal.code == Code::BadCredentials));
}

#[tokio::test]
async fn a_changed_server_key_is_refused_before_the_device_or_the_password_is_shown() {
    let server = FakeServer::start().await;
    let mut identity = server.identity();
    identity.server_key = StaticKey::generate().public();
    let serving = async {
        let stream = server.accept_raw().await;
        crate::support::peer::shake_hands(stream, &server.key).await.is_none()
    };
    let (left_before_the_third_message, result) =
        soon(async { tokio::join!(serving, client_cli::resume(identity)) }).await;
    assert!(
        matches!(result, Err(ConnectError::UntrustedKey { offered, .. }) if offered == server.key.public())
    );
    assert!(left_before_the_third_message);
}

#[tokio::test]
async fn a_first_look_shows_the_server_s_key() {
    let server = FakeServer::start().await;
    let serving = async {
        let stream = server.accept_raw().await;
        crate::support::peer::shake_hands(stream, &server.key).await;
    };
    let address = server.address();
    let (_, key) = soon(async { tokio::join!(serving, client_cli::offered_key(&address)) }).await;
    assert_eq!(key.unwrap(), server.key.public());
}

#[tokio::test]
async fn garbage_instead_of_a_handshake_is_named_and_does_not_hang() {
    for garbage in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], &[0xff; 5_000], &[0, 1, 7], &[4, 160, 1, 2, 3]]
    {
        let server = FakeServer::start().await;
        let serving = async {
            let mut stream = server.accept_raw().await;
            stream.write_all(garbage).await.unwrap();
            stream.shutdown().await.unwrap();
            stream
        };
        let (_stream, result) =
            soon(async { tokio::join!(serving, client_cli::resume(server.identity())) }).await;
        assert!(matches!(result, Err(ConnectError::Garbage(_) | ConnectError::Cut(_))), "{result:?}");
    }
}

#[tokio::test]
async fn a_server_that_turns_us_away_in_the_clear_is_understood() {
    for (reason, version) in
        [(RefusalReason::Busy, false), (RefusalReason::Network, false), (RefusalReason::Version, true)]
    {
        let server = FakeServer::start().await;
        let serving = async {
            let mut stream = server.accept_raw().await;
            stream.write_all(&clear_refusal(reason)).await.unwrap();
            stream
        };
        let (_stream, result) =
            soon(async { tokio::join!(serving, client_cli::resume(server.identity())) }).await;
        match result {
            Err(ConnectError::Version(_)) => assert!(version),
            Err(ConnectError::Busy(_)) => assert!(!version),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_at_the_limit() {
    let server = FakeServer::start().await;
    let serving = async {
        let _stream = server.accept_raw().await;
        // The client is connected; from here on the clock jumps to whatever is waited for.
        tokio::time::pause();
        std::future::pending::<()>().await;
    };
    let started = tokio::time::Instant::now();
    let result = tokio::select! {
        () = serving => unreachable!("it waits for ever"),
        result = client_cli::resume(server.identity()) => result,
    };
    assert!(matches!(result, Err(ConnectError::TimedOut { .. })), "{result:?}");
    assert_eq!(started.elapsed().as_secs(), limits::HANDSHAKE_TIME.as_secs());
}

#[tokio::test]
async fn an_end_in_the_middle_of_a_handshake_is_a_cut() {
    let server = FakeServer::start().await;
    let serving = async { drop(server.accept_raw().await) };
    let (_, result) = soon(async { tokio::join!(serving, client_cli::resume(server.identity())) }).await;
    assert!(matches!(result, Err(ConnectError::Cut(_))), "{result:?}");
}

#[tokio::test]
async fn a_goodbye_instead_of_a_welcome_is_a_goodbye() {
    let server = FakeServer::start().await;
    let serving = async { server.accept().await.goodbye(GoodbyeReason::Draining, "back in a minute").await };
    let (_, result) = soon(async { tokio::join!(serving, client_cli::resume(server.identity())) }).await;
    assert!(matches!(result, Err(ConnectError::Goodbye(goodbye)) if &*goodbye.detail == "back in a minute"));
}

#[tokio::test]
async fn an_event_instead_of_a_welcome_is_not_taken_for_one() {
    let server = FakeServer::start().await;
    let serving = async { server.accept().await.event(Event::Ready).await };
    let (_, result) = soon(async { tokio::join!(serving, client_cli::resume(server.identity())) }).await;
    assert!(matches!(result, Err(ConnectError::Garbage(_))), "{result:?}");
}

#[tokio::test]
async fn nobody_listening_is_a_plain_sentence() {
    let server = FakeServer::start().await;
    let identity = server.identity();
    drop(server);
    let error = soon(client_cli::resume(identity.clone())).await.unwrap_err();
    assert!(error.to_string().starts_with(&format!("cannot connect to {}", identity.address)), "{error}");
}

fn credentials(code: &str) -> Credentials<'_> {
    Credentials { name: "ada", password: "a long enough password", code, device_label: "test" }
}

fn enrolment() -> ServerMessage {
    let uri = format!("otpauth://totp/Test:ada?secret={SECRET}&issuer=Test");
    ServerMessage::Enrol(Enrolment {
        totp_uri: Secret::new(uri).unwrap(),
        totp_secret: Secret::new(SECRET).unwrap(),
    })
}

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
