//! What a refusal or a goodbye means for the next try, and what an accepted command leaves in the log.

use std::time::Duration;

use proto::message::{Command, Content, Goodbye, GoodbyeReason};
use proto::refusal::{Code, Refusal};

use super::{LONGEST_WAIT, start_of};
use crate::event::Stopped;

/// Returns after how long a refusal may turn into an acceptance by itself; nothing when it never does.
pub(crate) fn passes(refusal: &Refusal) -> Option<Duration> {
    match refusal.code {
        Code::TooFast | Code::SlowMode | Code::Unavailable => {
            Some(start_of(refusal).unwrap_or(PASSES_AFTER).max(SHORTEST))
        }
        Code::Internal => Some(start_of(refusal).unwrap_or(BREAKS_AFTER).max(SHORTEST)),
        _ => None,
    }
}

/// Returns the wait a goodbye asks for, or that it is for good.
pub(super) fn comes_back(goodbye: Goodbye) -> Result<Option<Duration>, Stopped> {
    let told = goodbye.retry_after_ms.map(|ms| Duration::from_millis(ms).min(LONGEST_WAIT));
    match goodbye.reason {
        GoodbyeReason::Draining | GoodbyeReason::Slow | GoodbyeReason::Idle => Ok(told),
        GoodbyeReason::Replaced
        | GoodbyeReason::Kicked
        | GoodbyeReason::Banned
        | GoodbyeReason::Revoked
        | GoodbyeReason::Protocol
        | GoodbyeReason::PendingApproval
        | GoodbyeReason::Asked => match told {
            Some(wait) => Ok(Some(wait)),
            None => Err(Stopped::Goodbye(goodbye)),
        },
    }
}

/// Returns the entry's content that an accepted command leaves in the log.
pub(super) fn content_of(command: Command) -> Option<Content> {
    match command {
        Command::Send { body, reply_to, .. } => Some(Content::Text { body, reply_to }),
        Command::Edit { target, body, .. } => Some(Content::Edit { target, body }),
        Command::Delete { target, .. } => Some(Content::Delete { target }),
        Command::React { target, emoji, change, .. } => Some(Content::Reaction { target, emoji, change }),
        Command::SendFile { file, caption, reply_to, .. } => Some(Content::File { file, caption, reply_to }),
        Command::SetTopic { topic, .. } => Some(Content::Topic { topic }),
        _ => None,
    }
}

const PASSES_AFTER: Duration = Duration::from_secs(2);
const BREAKS_AFTER: Duration = Duration::from_secs(15);
const SHORTEST: Duration = Duration::from_millis(100);
