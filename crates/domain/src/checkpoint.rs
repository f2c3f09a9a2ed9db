//! Signed checkpoints: how far the audit log had come, as one line that is kept outside the database.
//!
//! `livechat-audit-v1 <server> <events> <head> <milliseconds> <signature>`: the server's name with everything but
//! plain signs as `%XX`, the number of events, the hash of the last as 64 hex digits, the time, and the Ed25519
//! signature (RFC 8032) of everything before its space, as 128 hex digits. A log that no longer has this hash at this
//! place was changed or cut off after the line was written.

use std::fmt;

use data_encoding::HEXLOWER;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use proto::ids::Timestamp;
use thiserror::Error;

use crate::audit::ChainHash;
use crate::random;

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The server's name.
    pub server: String,
    /// Events in the log.
    pub events: u64,
    /// The hash of the last one.
    pub head: ChainHash,
    /// When.
    pub at: Timestamp,
}

/// The key that signs checkpoints; wiped when dropped, never printed.
#[derive(Clone)]
pub struct CheckpointKey(SigningKey);

/// The key that checks them; may be known to everybody.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CheckpointPublicKey(VerifyingKey);

/// Why a line is no checkpoint of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// Not a line of this form.
    #[error("line is not an audit checkpoint")]
    Malformed,
    /// Signed by another key, or changed.
    #[error("signature of the audit checkpoint does not hold: it was changed, or made by another server")]
    BadSignature,
}

impl CheckpointKey {
    /// Takes a key from its file.
    #[must_use]
    pub fn new(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Returns a fresh random key.
    #[must_use]
    pub fn generate() -> Self {
        Self::new(&random::bytes())
    }

    /// Returns the key for writing it to its file.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Returns the key that checks what this one signs.
    #[must_use]
    pub fn public(&self) -> CheckpointPublicKey {
        CheckpointPublicKey(self.0.verifying_key())
    }

    /// Returns the checkpoint as a signed line, without a line break.
    #[must_use]
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let claim = claim(checkpoint);
        let signature = self.0.sign(claim.as_bytes());
        format!("{claim} {}", HEXLOWER.encode(&signature.to_bytes()))
    }

    /// Returns this server's signature on evidence that leaves it. Nothing that is signed for it begins like a
    /// checkpoint.
    #[must_use]
    pub fn vouch(&self, evidence: &[u8]) -> [u8; 64] {
        self.0.sign(&[EVIDENCE_LABEL, evidence].concat()).to_bytes()
    }
}

impl CheckpointPublicKey {
    /// Reads the 64 hex digits that [`Display`](fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 32] = HEXLOWER.decode(text.trim().as_bytes()).ok()?.try_into().ok()?;
        VerifyingKey::from_bytes(&bytes).ok().map(Self)
    }

    /// Reads a line and checks its signature.
    ///
    /// # Errors
    /// [`CheckpointError`] when it is of another form, was changed, or is another server's.
    pub fn verify(&self, line: &str) -> Result<Checkpoint, CheckpointError> {
        let (said, signature) =
            line.trim_end_matches(['\r', '\n']).rsplit_once(' ').ok_or(CheckpointError::Malformed)?;
        let checkpoint = parse(said).ok_or(CheckpointError::Malformed)?;
        let signature = HEXLOWER.decode(signature.as_bytes()).map_err(|_| CheckpointError::Malformed)?;
        let signature = Signature::from_slice(&signature).map_err(|_| CheckpointError::Malformed)?;
        self.0.verify_strict(said.as_bytes(), &signature).map_err(|_| CheckpointError::BadSignature)?;
        Ok(checkpoint)
    }

    /// Whether this server signed exactly this evidence.
    #[must_use]
    pub fn vouched(&self, evidence: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.0.verify_strict(&[EVIDENCE_LABEL, evidence].concat(), &signature).is_ok()
    }
}

impl fmt::Display for CheckpointPublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&HEXLOWER.encode(self.0.as_bytes()))
    }
}

impl fmt::Debug for CheckpointPublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CheckpointPublicKey({self})")
    }
}

impl fmt::Debug for CheckpointKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CheckpointKey(***)")
    }
}

const LABEL: &str = "livechat-audit-v1";
const EVIDENCE_LABEL: &[u8] = b"livechat-evidence-v1\0";

fn claim(checkpoint: &Checkpoint) -> String {
    let Checkpoint { server, events, head, at } = checkpoint;
    format!("{LABEL} {} {events} {head} {}", escaped(server), at.0)
}

/// Reads a claim in its one form.
fn parse(said: &str) -> Option<Checkpoint> {
    let [label, server, events, head, at]: [&str; 5] = said.split(' ').collect::<Vec<_>>().try_into().ok()?;
    if label != LABEL {
        return None;
    }
    let checkpoint = Checkpoint {
        server: unescaped(server)?,
        events: events.parse().ok()?,
        head: ChainHash(HEXLOWER.decode(head.as_bytes()).ok()?.try_into().ok()?),
        at: Timestamp(at.parse().ok()?),
    };
    (claim(&checkpoint) == said).then_some(checkpoint)
}

fn escaped(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'%';
    name.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") })
        .collect()
}

fn unescaped(name: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), name.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_first_chunk::<2>()?;
            bytes.push(*HEXLOWER.decode(digits).ok()?.first()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The signature was computed by another program from the form in the module's documentation.
    #[test]
    fn a_checkpoint_is_this_line() {
        let line = CheckpointKey::new(&[7; 32]).sign(&checkpoint());
        let (said, signature) = line.rsplit_once(' ').unwrap();
        assert_eq!(said, format!("livechat-audit-v1 Ada's%20caf%c3%a9 12 {} 1700000000000", "ab".repeat(32)));
        assert_eq!(
            signature,
            "1ef9327f4cec885a7e504bb2f25ee774d465b7675826e9283a629069bcc0f9b5f23c3b5b4fcd24b7b9f15e48602f4d9aca8160d151f5c486490a165dee3cef09"
        );
        assert_eq!(
            CheckpointKey::new(&[7; 32]).public().to_string(),
            "ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"
        );
    }

    #[test]
    fn a_changed_line_and_another_servers_line_do_not_hold() {
        let key = CheckpointKey::generate();
        let line = key.sign(&checkpoint());
        assert_eq!(key.public().verify(&format!("{line}\n")), Ok(checkpoint()));
        assert_eq!(CheckpointKey::generate().public().verify(&line), Err(CheckpointError::BadSignature));
        let fewer = line.replacen(" 12 ", " 11 ", 1);
        assert_eq!(key.public().verify(&fewer), Err(CheckpointError::BadSignature));
        for malformed in
            ["", "livechat-audit-v1", &line[..line.len() - 2], &line.replacen(" 12 ", " 012 ", 1)]
        {
            assert_eq!(key.public().verify(malformed), Err(CheckpointError::Malformed), "{malformed}");
        }
    }

    #[test]
    fn evidence_is_vouched_for_as_it_is_and_a_checkpoint_is_no_evidence() {
        let key = CheckpointKey::generate();
        let signature = key.vouch(b"evidence");
        assert!(key.public().vouched(b"evidence", &signature));
        assert!(!key.public().vouched(b"evidenc3", &signature));
        assert!(!key.public().vouched(b"evidence", &[7; 64]));
        assert!(!CheckpointKey::generate().public().vouched(b"evidence", &signature));
        let line = key.sign(&checkpoint());
        let (said, signature) = line.rsplit_once(' ').unwrap();
        let signature = HEXLOWER.decode(signature.as_bytes()).unwrap().try_into().unwrap();
        assert!(!key.public().vouched(said.as_bytes(), &signature));
    }

    #[test]
    fn keys_read_back_and_the_secret_one_is_not_printed() {
        let key = CheckpointKey::generate();
        assert_eq!(CheckpointPublicKey::parse(&key.public().to_string()), Some(key.public()));
        assert_eq!(CheckpointKey::new(key.expose()).public(), key.public());
        assert_eq!(CheckpointPublicKey::parse("ab"), None);
        assert_eq!(format!("{key:?}"), "CheckpointKey(***)");
    }

    proptest! {
        #[test]
        fn every_checkpoint_reads_back(server in "\\PC{0,20}", events in any::<u64>(), head in any::<[u8; 32]>(), at in any::<i64>()) {
            let (key, checkpoint) = (CheckpointKey::new(&[7; 32]), Checkpoint { server, events, head: ChainHash(head), at: Timestamp(at) });
            prop_assert_eq!(key.public().verify(&key.sign(&checkpoint)), Ok(checkpoint));
        }

        #[test]
        fn any_changed_byte_shows(place in any::<prop::sample::Index>(), flip in 1..128_u8) {
            let key = CheckpointKey::new(&[7; 32]);
            let mut line = key.sign(&checkpoint()).into_bytes();
            let place = place.index(line.len());
            line[place] ^= flip;
            if let Ok(line) = String::from_utf8(line) {
                prop_assert!(key.public().verify(&line).is_err());
            }
        }
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            server: "Ada's caf\u{e9}".to_owned(),
            events: 12,
            head: ChainHash([0xab; 32]),
            at: Timestamp(1_700_000_000_000),
        }
    }
}
