//! Everything a page can refuse, and what the person then sees and can do: decided here once.

use std::time::Duration;

use askama::Template;
use domain::role::{self, Action};
use store::StoreError;
use tracing::{error, warn};
use warp::http::StatusCode;
use warp::http::header::{ALLOW, HeaderValue, RETRY_AFTER};

use crate::csrf::Forged;
use crate::reply::Reply;
use crate::request::{BodyFault, encoded};
use crate::theme::Theme;

/// Why a page does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Nobody is logged in; come back to this path.
    LoggedOut(String),
    /// The role does not permit it.
    Forbidden(Action),
    /// The role permits it, but not on this person or thing.
    NotOnThem,
    /// Password and code are wanted again; come back to this path.
    StepUp(String),
    NotFound,
    /// The path has other methods, these.
    WrongMethod(String),
    /// Somebody else was faster; what happened meanwhile.
    Stale(String),
    /// What was sent cannot be used; what is wrong and what to do.
    Invalid(String),
    Forged(Forged),
    Body(BodyFault),
    /// Too many tries.
    Wait(Duration),
    /// Too much work at this moment.
    Busy,
    /// Our own fault; the log says what.
    Failed,
}

/// A page without navigation: a heading, what happened, what to do.
#[derive(Template)]
#[template(path = "refusal.html")]
struct Page<'a> {
    theme: Theme,
    status: u16,
    title: &'a str,
    words: &'a str,
    request_id: &'a str,
}

impl Refusal {
    /// Returns the answer.
    pub(crate) fn reply(&self, theme: Theme, request_id: &str) -> Reply {
        match self {
            Self::LoggedOut(back) => return Reply::to(&with_next("/login", back)),
            Self::StepUp(back) => return Reply::to(&with_next("/sudo", back)),
            _ => {}
        }
        let (status, title, words) = self.words();
        let page = Page { theme, status: status.as_u16(), title, words: &words, request_id };
        let mut reply = Reply::page_as(status, &page);
        match self {
            Self::WrongMethod(allowed) => {
                if let Ok(value) = HeaderValue::try_from(allowed) {
                    reply.set(ALLOW, value);
                }
            }
            Self::Wait(wait) => reply.set(RETRY_AFTER, HeaderValue::from(whole_seconds(*wait))),
            Self::Busy => reply.set(RETRY_AFTER, HeaderValue::from(2)),
            _ => {}
        }
        reply
    }

    /// Returns status, title, and what to do.
    pub(crate) fn words(&self) -> (StatusCode, &'static str, String) {
        let say = |status, title, words: &str| (status, title, words.to_owned());
        match self {
            Self::LoggedOut(_) | Self::StepUp(_) => {
                say(StatusCode::UNAUTHORIZED, "Log in", "Log in to go on.")
            }
            Self::Forbidden(action) => (
                StatusCode::FORBIDDEN,
                "Not permitted",
                format!(
                    "Your role does not permit this: {}. Ask an admin or the owner.",
                    role::words(*action)
                ),
            ),
            Self::NotOnThem => say(
                StatusCode::FORBIDDEN,
                "Not permitted",
                "You cannot do this to yourself or to somebody of your own role or above. \
                 Ask somebody with a higher role.",
            ),
            Self::NotFound => say(
                StatusCode::NOT_FOUND,
                "Nothing here",
                "There is no such page, or what it showed is gone. Go back, or search for it.",
            ),
            Self::WrongMethod(_) => say(
                StatusCode::METHOD_NOT_ALLOWED,
                "Not like this",
                "This address does something else. Go back and use the buttons of the page.",
            ),
            Self::Stale(what) => (
                StatusCode::CONFLICT,
                "Somebody was faster",
                format!("{what} Open the page again to see how it stands; nothing of yours was changed."),
            ),
            Self::Invalid(what) => (StatusCode::UNPROCESSABLE_ENTITY, "That cannot be used", what.clone()),
            Self::Forged(_) => say(
                StatusCode::FORBIDDEN,
                "Not from this page",
                "The form is too old or did not come from the dashboard, so nothing was done. \
                 Open the page again and send it once more.",
            ),
            Self::Body(fault) => body_words(*fault),
            Self::Wait(wait) => (
                StatusCode::TOO_MANY_REQUESTS,
                "Too many tries",
                format!("Too many tries. Wait {} seconds, then try again.", whole_seconds(*wait)),
            ),
            Self::Busy => say(
                StatusCode::SERVICE_UNAVAILABLE,
                "Busy",
                "The server has too much to do at this moment, and nothing was done. Try again in a few seconds.",
            ),
            Self::Failed => say(
                StatusCode::INTERNAL_SERVER_ERROR,
                "That went wrong",
                "It is not your fault, and nothing was done. Tell the operator the number below; \
                 the server's log has the reason under it.",
            ),
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } | StoreError::NoSuchFile => Self::NotFound,
            StoreError::NotPermitted => Self::NotOnThem,
            StoreError::Banned => Self::LoggedOut("/".to_owned()),
            StoreError::QueueFull | StoreError::Busy | StoreError::TooSlow => {
                warn!(%error, "the store is busy");
                Self::Busy
            }
            StoreError::StepUpNeeded => Self::StepUp("/".to_owned()),
            StoreError::Stale { .. } => {
                Self::Stale("Somebody else changed this while you looked at it.".to_owned())
            }
            StoreError::NameTaken
            | StoreError::RoomNameTaken
            | StoreError::BadInvite
            | StoreError::CodeUsed
            | StoreError::Conflict
            | StoreError::TooMany { .. }
            | StoreError::NoSuchEntry
            | StoreError::NotAMember
            | StoreError::Pending
            | StoreError::Muted
            | StoreError::RoomLocked
            | StoreError::QuotaExceeded { .. }
            | StoreError::TooLarge { .. }
            | StoreError::Quarantined
            | StoreError::SelfLockout
            | StoreError::TooWide(_)
            | StoreError::Invalid(_)
            | StoreError::InThePast
            | StoreError::Report(_)
            | StoreError::Unproven { .. }
            | StoreError::Full => Self::Invalid(sentence(&error.to_string())),
            other => {
                error!(error = %other, "the store failed");
                Self::Failed
            }
        }
    }
}

fn body_words(fault: BodyFault) -> (StatusCode, &'static str, String) {
    let (status, title, words) = match fault {
        BodyFault::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "Too large",
            "What you sent is larger than this server takes. Send it in smaller parts.",
        ),
        BodyFault::TooSlow => {
            (StatusCode::REQUEST_TIMEOUT, "Too slow", "The form did not arrive in time. Send it again.")
        }
        BodyFault::Broken => {
            (StatusCode::BAD_REQUEST, "Cut off", "The form did not arrive whole. Send it again.")
        }
    };
    (status, title, words.to_owned())
}

/// Returns an error's words as a sentence.
fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() != 0)).max(1)
}

fn with_next(path: &str, back: &str) -> String {
    if back == "/" { path.to_owned() } else { format!("{path}?next={}", encoded(back)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_do_and_never_what_failed_inside() {
        let inside = StoreError::Other("no such table: accounts".to_owned());
        let (status, _, words) = Refusal::from(inside).words();
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!words.contains("table"), "{words}");
        let (status, _, words) = Refusal::Forbidden(Action::Purge).words();
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(words.contains("purge messages") && words.contains("Ask"), "{words}");
    }

    #[test]
    fn waiting_is_told_in_whole_seconds_and_never_as_zero() {
        assert_eq!(whole_seconds(Duration::from_millis(1)), 1);
        assert_eq!(whole_seconds(Duration::from_millis(2_001)), 3);
        assert_eq!(whole_seconds(Duration::ZERO), 1);
    }

    #[test]
    fn the_way_back_is_escaped() {
        assert_eq!(with_next("/login", "/bans?q=a b&x=1"), "/login?next=%2Fbans%3Fq%3Da%20b%26x%3D1");
        assert_eq!(with_next("/login", "/"), "/login");
    }
}
