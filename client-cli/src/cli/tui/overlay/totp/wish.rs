//! What another authenticator wants done outside, and what comes of it.

use std::fmt;
use std::rc::Rc;

use client_cli::{Client, RequestError};
use proto::message::Enrolment;
use zeroize::Zeroizing;

use crate::cli::entering;
use crate::cli::exit::{Exit, Failure};
use crate::cli::tui::welcome::guest;

/// Something to be done, and who wants it.
#[derive(Debug)]
pub(crate) struct TotpWish {
    pub(crate) asker: Asker,
    pub(crate) step: Step,
}

/// What came of it. Who asked may be gone by now, and somebody else there.
#[derive(Debug)]
pub(crate) struct TotpAnswer {
    pub(crate) asker: Asker,
    pub(crate) came: Result<Came, Failure>,
}

/// An overlay that waits for answers; equal to its own copies only.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asker(Rc<()>);

impl PartialEq for Asker {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The steps to another authenticator.
pub(crate) enum Step {
    Renew {
        password: Zeroizing<String>,
        code: Zeroizing<String>,
    },
    /// Send a code of the new one.
    Confirm(Zeroizing<String>),
    Save {
        path: String,
        text: Zeroizing<String>,
    },
}

/// What a step brought.
pub(crate) enum Came {
    /// The second factor to set up.
    Enrolment(Enrolment),
    /// The new one holds; these are its recovery codes, one a line.
    Codes(Zeroizing<String>),
    Saved(String),
    /// A code was sent, and no answer says what became of it.
    Unclear(Failure),
}

impl TotpWish {
    /// Does it.
    pub(crate) async fn carry_out(self, client: &Client) -> TotpAnswer {
        let came = match self.step {
            Step::Renew { password, code } => match client.renew_totp(&password, &code).await {
                Ok(enrolment) => Ok(Came::Enrolment(enrolment)),
                Err(error) => Err(not_begun(error)),
            },
            Step::Confirm(code) => match client.confirm_totp(&code).await {
                Ok(codes) => Ok(Came::Codes(entering::one_a_line(&codes))),
                Err(error) if may_be_done(&error) => Ok(Came::Unclear(error.into())),
                Err(error) => Err(error.into()),
            },
            Step::Save { path, text } => guest::save(&path, &text).map(Came::Saved),
        };
        TotpAnswer { asker: self.asker, came }
    }
}

/// Asking for another authenticator changes nothing, whether it arrived or not.
fn not_begun(error: RequestError) -> Failure {
    match error {
        RequestError::Cut => {
            Failure::new(Exit::Network, "cut", "the connection was cut; nothing has changed")
        }
        other => other.into(),
    }
}

/// Returns whether the server may have done what it was asked for all the same.
fn may_be_done(error: &RequestError) -> bool {
    match error {
        RequestError::Refused(_) | RequestError::Full | RequestError::TooLong(_) => false,
        RequestError::Cut
        | RequestError::TimedOut
        | RequestError::Stopped(_)
        | RequestError::Unexpected
        | RequestError::NotYet { .. }
        | RequestError::Held { .. }
        | RequestError::NoSuchRoom(_)
        | RequestError::Sealed(_)
        | RequestError::Disk(_) => true,
    }
}

/// Most of it is secret.
impl fmt::Debug for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Renew { .. } => "Renew",
            Self::Confirm(_) => "Confirm",
            Self::Save { .. } => "Save",
        })
    }
}

/// Most of it is secret.
impl fmt::Debug for Came {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Enrolment(_) => "Enrolment",
            Self::Codes(_) => "Codes",
            Self::Saved(_) => "Saved",
            Self::Unclear(_) => "Unclear",
        })
    }
}

#[cfg(test)]
mod tests {
    use proto::refusal::{Code, Refusal};

    use super::*;

    #[test]
    fn only_a_refusal_and_what_was_never_sent_leave_the_authenticator_as_it_was_for_sure() {
        let refused = RequestError::Refused(Refusal::new(Code::BadCredentials, "no"));
        for error in [refused, RequestError::Full] {
            assert!(!may_be_done(&error), "{error}");
        }
        for error in [RequestError::Cut, RequestError::TimedOut, RequestError::Unexpected] {
            assert!(may_be_done(&error), "{error}");
        }
    }

    #[test]
    fn nothing_secret_is_in_debug() {
        let password = Zeroizing::new("kettle".to_owned());
        let step = Step::Renew { password: password.clone(), code: password.clone() };
        let wish = TotpWish { asker: Asker::default(), step };
        let answer = TotpAnswer { asker: wish.asker.clone(), came: Ok(Came::Codes(password)) };
        assert!(!format!("{wish:?}{answer:?}").contains("kettle"));
    }
}
