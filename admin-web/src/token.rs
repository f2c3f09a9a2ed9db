//! Random tokens, their digests, and keyed proofs: 32 bytes as text without padding.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// What a browser holds; whoever has it is logged in. Never printed.
#[derive(Clone)]
pub(crate) struct Token(Zeroizing<[u8; 32]>);

/// What the server keeps of a token.
pub(crate) type TokenDigest = [u8; 32];

/// A key for proofs, made of the server's seal key for one use.
#[derive(Clone)]
pub(crate) struct ProofKey(Zeroizing<[u8; 32]>);

impl Token {
    /// Returns a fresh token; `None` when the system has no randomness.
    pub(crate) fn generate() -> Option<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut()).ok()?;
        Some(Self(bytes))
    }

    /// Returns the token of a cookie.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.as_bytes()).ok()?);
        bytes.as_slice().try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Returns the token for a cookie.
    pub(crate) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64URL_NOPAD.encode(&self.0[..]))
    }

    /// Returns what the server keeps. A token has 256 random bits, so a plain hash is enough.
    pub(crate) fn digest(&self) -> TokenDigest {
        Sha256::new().chain_update(b"livechat/web-session/v1\0").chain_update(&self.0[..]).finalize().into()
    }
}

impl ProofKey {
    /// Returns the key for this use.
    pub(crate) fn derive(secret: &[u8; 32], label: &str) -> Self {
        Self(Zeroizing::new(mac(secret, &[b"livechat/proof/v1/", label.as_bytes()])))
    }

    /// Returns the proof of this subject, as a form carries it.
    pub(crate) fn prove(&self, subject: &[u8]) -> String {
        BASE64URL_NOPAD.encode(&mac(&self.0, &[subject]))
    }

    /// Returns whether this is the proof of this subject, in the same time whatever is wrong with it.
    pub(crate) fn holds(&self, subject: &[u8], proof: &str) -> bool {
        self.prove(subject).as_bytes().ct_eq(proof.as_bytes()).into()
    }
}

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_random_and_survives_its_cookie() {
        let (one, two) = (Token::generate().unwrap(), Token::generate().unwrap());
        assert_ne!(one.digest(), two.digest());
        assert_eq!(one.text().len(), 43);
        assert_eq!(Token::parse(&one.text()).unwrap().digest(), one.digest());
        for text in ["", "x", &one.text()[..42], "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_proof_holds_for_its_subject_key_and_use_alone() {
        let key = ProofKey::derive(&[7; 32], "csrf");
        let proof = key.prove(b"session one");
        assert!(key.holds(b"session one", &proof));
        assert!(!key.holds(b"session two", &proof));
        assert!(!key.holds(b"session one", "") && !key.holds(b"session one", &proof[1..]));
        assert!(!ProofKey::derive(&[7; 32], "other").holds(b"session one", &proof));
        assert!(!ProofKey::derive(&[8; 32], "csrf").holds(b"session one", &proof));
    }
}
