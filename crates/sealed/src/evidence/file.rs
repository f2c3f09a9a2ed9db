//! Evidence as a file: JSON that a person can read, and the bytes that are signed. The readable part follows from the
//! bytes, so a file whose parts differ is refused whole.

use data_encoding::{BASE64, HEXLOWER};
use proto::message::{FileLock, ReactionChange};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::bundle::{Bundle, Named};
use crate::Body;

/// Bytes of a signature.
pub const SIGNATURE: usize = 64;

/// Evidence with the signature of the server that vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceFile {
    /// The evidence.
    pub bundle: Bundle,
    /// Over its [`encode`](Bundle::encode)d bytes.
    pub signature: [u8; SIGNATURE],
}

/// Why a text is no file of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FormError {
    /// Something else, or cut off.
    #[error("this is no file of evidence, or it was cut off")]
    NotEvidence,
    /// What a person reads is not what is signed.
    #[error("the readable part of the file is not what its signed part says: it was altered")]
    ReadableDiffers,
}

impl EvidenceFile {
    /// Returns the file.
    #[must_use]
    pub fn render(&self) -> String {
        let file = Written {
            form: FORM.to_owned(),
            readable: readable(&self.bundle),
            evidence: BASE64.encode(&self.bundle.encode()),
            signature: HEXLOWER.encode(&self.signature),
        };
        let text = serde_json::to_string_pretty(&file).expect("strings and numbers can be written as JSON");
        text + "\n"
    }

    /// Reads a file. Whose it is and whether it holds is found out with the keys.
    ///
    /// # Errors
    /// [`FormError`] when it is no such file, or a single character of it was altered without the signed part.
    pub fn parse(text: &str) -> Result<Self, FormError> {
        let signed: Signed = serde_json::from_str(text).map_err(|_| FormError::NotEvidence)?;
        if signed.form != FORM {
            return Err(FormError::NotEvidence);
        }
        let evidence = BASE64.decode(signed.evidence.as_bytes()).map_err(|_| FormError::NotEvidence)?;
        let signature = HEXLOWER.decode(signed.signature.as_bytes()).map_err(|_| FormError::NotEvidence)?;
        let file = Self {
            bundle: Bundle::decode(&evidence).ok_or(FormError::NotEvidence)?,
            signature: signature.try_into().map_err(|_| FormError::NotEvidence)?,
        };
        if file.render() == text { Ok(file) } else { Err(FormError::ReadableDiffers) }
    }
}

/// What counts when a file is read.
#[derive(Debug, Deserialize)]
struct Signed {
    form: String,
    evidence: String,
    signature: String,
}

/// The file, in this order.
#[derive(Debug, Serialize)]
struct Written {
    form: String,
    readable: Readable,
    evidence: String,
    signature: String,
}

#[derive(Debug, Serialize)]
struct Readable {
    server: String,
    report: u64,
    made_at_ms: i64,
    exported_at_ms: i64,
    category: &'static str,
    state: &'static str,
    account: Someone,
    what_the_reporter_says: String,
    messages: Vec<Message>,
}

#[derive(Debug, Serialize)]
struct Someone {
    id: u64,
    name: String,
}

#[derive(Debug, Serialize)]
struct Message {
    room: u64,
    place: u64,
    at_ms: i64,
    epoch: u64,
    author: Someone,
    device: u64,
    reported: bool,
    says: Says,
    checks: Vec<Checked>,
    checked_at_ms: i64,
}

#[derive(Debug, Serialize)]
struct Checked {
    check: &'static str,
    outcome: &'static str,
}

/// What a message says, in words of this format.
#[derive(Debug, Default, Serialize)]
struct Says {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_sha256: Option<String>,
}

fn readable(bundle: &Bundle) -> Readable {
    Readable {
        server: HEXLOWER.encode(&bundle.server.0),
        report: bundle.report.get(),
        made_at_ms: bundle.made_at.0,
        exported_at_ms: bundle.exported_at.0,
        category: bundle.category.word(),
        state: bundle.state.word(),
        account: Someone { id: bundle.account.id.get(), name: bundle.account.name.to_string() },
        what_the_reporter_says: bundle.note.to_string(),
        messages: bundle.messages.iter().map(message).collect(),
    }
}

fn message(named: &Named) -> Message {
    let (exhibit, opened) = (&named.exhibit, &named.exhibit.opened);
    let checks = exhibit.found.iter();
    Message {
        room: exhibit.room.get(),
        place: opened.seq.get(),
        at_ms: opened.at.0,
        epoch: opened.epoch.get(),
        author: Someone { id: opened.account.get(), name: named.author.to_string() },
        device: opened.device.get(),
        reported: !opened.context,
        says: Body::decode(&opened.body)
            .map_or_else(|_| Says { kind: "unreadable", ..Says::default() }, says),
        checks: checks
            .map(|finding| Checked { check: finding.check.word(), outcome: finding.outcome.word() })
            .collect(),
        checked_at_ms: exhibit.examined_at.0,
    }
}

fn says(body: Body) -> Says {
    let id = |id: proto::ids::MessageId| Some(HEXLOWER.encode(&id.0));
    match body {
        Body::Text { body, reply_to } => Says {
            kind: "text",
            text: Some(body.into_inner()),
            target: reply_to.and_then(id),
            ..Says::default()
        },
        Body::Edit { target, body } => {
            Says { kind: "edit", text: Some(body.into_inner()), target: id(target), ..Says::default() }
        }
        Body::Reaction { target, emoji, change } => {
            let kind = match change {
                ReactionChange::Add => "reaction",
                ReactionChange::Remove => "reaction taken back",
            };
            Says { kind, text: Some(emoji.into_inner()), target: id(target), ..Says::default() }
        }
        Body::File { card, caption, reply_to } => Says {
            kind: "file",
            text: Some(caption.into_inner()),
            target: reply_to.and_then(id),
            file_name: match &card.lock {
                FileLock::Key { facts, .. } => Some(facts.name.to_string()),
                FileLock::Passphrase { .. } => None,
            },
            file_sha256: Some(card.blob.to_string()),
        },
        Body::Meta { name, topic } => {
            Says { kind: "name and topic", text: Some(format!("{}\n{}", &*name, &*topic)), ..Says::default() }
        }
        Body::AskMeta => Says { kind: "question for name and topic", ..Says::default() },
    }
}

const FORM: &str = "livechat-evidence-1";
