//! Opened messages of sealed rooms on a report's page: what was said, and what was found when it was reported.

use keys::Keys;
use proto::ids::Timestamp;
use proto::message::{FileLock, ReactionChange};
use sealed::Body;
use sealed::evidence::{Check, Exhibit, Finding, Outcome};
use store::EvidenceRow;

use crate::pages::words;
use crate::view::{Mark, When};

/// What is shown beside an opened message.
pub(crate) struct Proof {
    pub(crate) mark: Mark,
    pub(crate) checks: Vec<Checked>,
    /// The device, the epoch, the sender's id of the message.
    pub(crate) facts: String,
    pub(crate) examined: Option<When>,
}

/// One check with what it found.
pub(crate) struct Checked {
    pub(crate) mark: Mark,
    pub(crate) claim: &'static str,
}

/// Returns an opened message's words and its proof.
pub(super) fn shown(keys: &Keys, row: &EvidenceRow, now: Timestamp) -> (String, Proof) {
    match open(keys, row) {
        Some(exhibit) => (said(&exhibit), proof(&exhibit, now)),
        None => {
            (String::new(), Proof { mark: LOST, checks: Vec::new(), facts: String::new(), examined: None })
        }
    }
}

/// Returns the evidence of a row; `None` when it was encrypted with another key, or is damaged.
pub(super) fn open(keys: &Keys, row: &EvidenceRow) -> Option<Exhibit> {
    let bytes = keys.open_evidence(row.author, row.room, row.seq, &row.exhibit)?;
    Exhibit::decode(&bytes).filter(|exhibit| {
        let opened = &exhibit.opened;
        (exhibit.room, opened.seq, opened.account) == (row.room, row.seq, row.author)
    })
}

/// Returns what a message says, in words for a moderator.
fn said(exhibit: &Exhibit) -> String {
    let Ok(body) = Body::decode(&exhibit.opened.body) else {
        return format!("{} bytes that are no message.", exhibit.opened.body.len());
    };
    match body {
        Body::Text { body, .. } => body.into_inner(),
        Body::Edit { body, .. } => format!("Changed an earlier message to:\n{}", &*body),
        Body::Reaction { emoji, change: ReactionChange::Add, .. } => format!("Reacted with {}", &*emoji),
        Body::Reaction { emoji, change: ReactionChange::Remove, .. } => {
            format!("Took back the reaction {}", &*emoji)
        }
        Body::File { card, caption, .. } => {
            let name = match &card.lock {
                FileLock::Key { facts, .. } => format!("{} ({})", &*facts.name, &*facts.media),
                FileLock::Passphrase { .. } => words::UNDER_A_PASSPHRASE.to_owned(),
            };
            let size = crate::time::bytes(card.sealed_size.get());
            let caption = if caption.is_empty() { String::new() } else { format!("\n{}", &*caption) };
            format!("File: {name}, {size} sealed, SHA-256 of the sealed bytes {}{caption}", card.blob)
        }
        Body::Meta { name, topic } => format!("Named the room: {}\nTopic: {}", &*name, &*topic),
        Body::AskMeta => "Asked for the room's name and topic.".to_owned(),
    }
}

fn proof(exhibit: &Exhibit, now: Timestamp) -> Proof {
    let (found, opened) = (&exhibit.found, &exhibit.opened);
    let mark = match (found.refusal(), found.of(Check::File)) {
        (Some(_), _) => Mark::new("bad", "does not hold"),
        (None, Outcome::Failed) => Mark::new("warn", "verified, names another file"),
        (None, _) => Mark::new("good", "verified"),
    };
    Proof {
        mark,
        checks: found.iter().map(checked).collect(),
        facts: format!(
            "device #{}, epoch {}, stamp of key {}",
            opened.device, opened.epoch, opened.stamp.kid
        ),
        examined: Some(When::new(exhibit.examined_at, now)),
    }
}

fn checked(finding: Finding) -> Checked {
    match finding.outcome {
        Outcome::Held => Checked { mark: Mark::new("good", "held"), claim: finding.check.claim() },
        Outcome::Failed => Checked { mark: Mark::new("bad", "failed"), claim: finding.check.claim() },
        Outcome::NothingToCompare => {
            Checked { mark: Mark::new("muted", "nothing to compare"), claim: finding.check.claim() }
        }
    }
}

const LOST: Mark = Mark::new("bad", "cannot be opened");
