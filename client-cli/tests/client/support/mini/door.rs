//! How people get into the small server: registering, logging in, coming back.

use std::sync::Mutex;

use client_cli::TotpSecret;
use proto::ids::AccountId;
use proto::message::{Answer, Command, Enrolment, GoodbyeReason, Opening, ServerMessage};
use proto::refusal::{Code, Refusal};
use proto::text::Secret;

use super::{Account, State};
use crate::support::peer::Peer;

impl State {
    /// Whether password and code are the account's. A code is used up.
    pub(super) fn proves(&mut self, name: &str, password: &str, code: &str) -> bool {
        let fits = self
            .accounts
            .get(name)
            .is_some_and(|account| account.password == password && is_code(&account.secret, code));
        fits && self.codes.insert(code.to_owned())
    }
}

/// Lets a client in, or says why not.
pub(super) async fn enter(peer: &mut Peer, state: &Mutex<State>) -> Option<Result<String, Refusal>> {
    let name = match peer.opening.clone() {
        Opening::Resume(_) => match state.lock().unwrap().devices.get(&peer.device_key).cloned() {
            Some(name) => name,
            None => return Some(Err(Refusal::new(Code::LoginNeeded, "this device must log in"))),
        },
        Opening::Login(login) => {
            let mut state = state.lock().unwrap();
            let name = login.name.to_string();
            if !state.proves(&name, login.password.reveal(), login.code.reveal()) {
                return Some(Err(Refusal::new(Code::BadCredentials, "name, password or code is wrong")));
            }
            state.devices.insert(peer.device_key, name.clone());
            name
        }
        Opening::Register(register) => {
            let approves = state.lock().unwrap().approves;
            if register.invite.reveal() != "GOODTOKEN" && !(approves && register.invite.reveal().is_empty()) {
                return Some(Err(Refusal::new(Code::BadInvite, "the invite is not known")));
            }
            if register.password.reveal().len() < 12 {
                return Some(Err(Refusal::new(Code::WeakPassword, "12 characters are the least")));
            }
            enrol(peer, state, &register).await?
        }
    };
    if let Some(refusal) = state.lock().unwrap().bans.get(&name).cloned() {
        return Some(Err(refusal));
    }
    let mut welcome = state.lock().unwrap().welcome(&name, matches!(peer.opening, Opening::Register(_)));
    welcome.device = state.lock().unwrap().device_of(peer.device_key, &name);
    peer.say(&ServerMessage::Welcome(welcome)).await;
    let application = match &peer.opening {
        Opening::Register(register) => Some(register.application.to_string()),
        Opening::Resume(_) | Opening::Login(_) => None,
    };
    if let Some(application) = application
        && state.lock().unwrap().must_wait(&name, application)
    {
        peer.say(&super::goodbye(GoodbyeReason::PendingApproval)).await;
        return None;
    }
    Some(Ok(name))
}

async fn enrol(peer: &mut Peer, state: &Mutex<State>, register: &proto::message::Register) -> Option<String> {
    let uri = format!("otpauth://totp/Test:{}?secret={SECRET}&issuer=Test", &*register.name);
    let enrolment =
        Enrolment { totp_uri: Secret::new(uri).unwrap(), totp_secret: Secret::new(SECRET).unwrap() };
    peer.say(&ServerMessage::Enrol(enrolment)).await;
    let secret = TotpSecret::parse(SECRET).unwrap();
    loop {
        let message = peer.next().await?;
        match message.command {
            Command::ConfirmTotp { code } if is_code(&secret, code.reveal()) => {
                let mut state = state.lock().unwrap();
                let name = register.name.to_string();
                let id = AccountId::new(1_000 + state.accounts.len() as u64).unwrap();
                let password = register.password.reveal().to_owned();
                state.codes.insert(code.reveal().to_owned());
                state.accounts.insert(name.clone(), Account { id, password, secret });
                state.devices.insert(peer.device_key, name.clone());
                return Some(name);
            }
            Command::ConfirmTotp { .. } => {
                peer.refuse(message.request, Refusal::new(Code::BadCredentials, "the code is wrong")).await;
            }
            _ => peer.answer(message.request, Answer::Done).await,
        }
    }
}

pub(super) fn is_code(secret: &TotpSecret, code: &str) -> bool {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    [now - 30, now, now + 30].iter().any(|&second| secret.code_at(second).as_str() == code)
}

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
