//! Another authenticator in place of the one there is, as the small server does it.

use std::collections::BTreeMap;

use client_cli::TotpSecret;
use proto::message::{Answer, Command, Enrolment};
use proto::refusal::{Code, Refusal};
use proto::text::Secret;

use super::door::is_code;
use super::{Did, MiniServer, State};

/// What was begun, and what the next try is told.
#[derive(Default)]
pub(super) struct Renewals {
    /// The connections that have asked; the secret they were given is [`SECRET`].
    begun: BTreeMap<u64, TotpSecret>,
    refusal: Option<Refusal>,
}

impl MiniServer {
    /// Refuses every new authenticator with these words.
    pub(crate) fn refuse_renewals(&self, refusal: Refusal) {
        self.state.lock().unwrap().renewals.refusal = Some(refusal);
    }
}

impl State {
    pub(super) fn totp(&mut self, name: &str, connection: u64, command: &Command) -> Did {
        match command {
            Command::RenewTotp { password, code } => {
                self.renew(name, connection, password.reveal(), code.reveal())
            }
            Command::ConfirmTotp { code } => self.confirm(name, connection, code.reveal()),
            _ => Did::Nothing,
        }
    }

    pub(super) fn forget_renewal(&mut self, connection: u64) {
        self.renewals.begun.remove(&connection);
    }

    fn renew(&mut self, name: &str, connection: u64, password: &str, code: &str) -> Did {
        if let Some(refusal) = self.renewals.refusal.clone() {
            return Did::Refuse(refusal);
        }
        if !self.proves(name, password, code) {
            return Did::Refuse(Refusal::new(Code::BadCredentials, "password or code is wrong"));
        }
        self.renewals.begun.insert(connection, TotpSecret::parse(SECRET).unwrap());
        let uri = format!("otpauth://totp/Test:{name}?secret={SECRET}&issuer=Test");
        Did::Answer(Answer::Totp(Enrolment {
            totp_uri: Secret::new(uri).unwrap(),
            totp_secret: Secret::new(SECRET).unwrap(),
        }))
    }

    fn confirm(&mut self, name: &str, connection: u64, code: &str) -> Did {
        let Some(secret) = self.renewals.begun.get(&connection) else {
            return Did::Refuse(Refusal::new(Code::NotPermitted, "no authenticator waits for a code"));
        };
        if !is_code(secret, code) {
            return Did::Refuse(Refusal::new(Code::BadCredentials, "the code is wrong"));
        }
        self.codes.insert(code.to_owned());
        let secret = self.renewals.begun.remove(&connection).unwrap();
        self.accounts.get_mut(name).unwrap().secret = secret;
        Did::Answer(Answer::RecoveryCodes { codes: super::recovery_codes("more") })
    }
}

/// Another secret than the one that joining gives.
const SECRET: &str = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U";
