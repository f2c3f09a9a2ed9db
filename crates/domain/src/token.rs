//! Invite tokens: 120 random bits as text. The database keeps only their digest.

use sha2::{Digest, Sha256};

use crate::{base32, random};

/// Returns a fresh token of 24 characters.
#[must_use]
pub fn generate() -> String {
    base32::encode(&random::bytes::<15>()[..])
}

/// Returns what the database keeps of a token. Case, spaces and dashes do not matter, so a token can be read aloud.
#[must_use]
pub fn digest(token: &str) -> [u8; 32] {
    // A token has 120 random bits: nobody finds it from a plain hash, so no key is needed.
    Sha256::new()
        .chain_update(b"livechat/invite/v1\0")
        .chain_update(base32::normalise(token))
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn tokens_are_24_plain_characters_and_never_repeat() {
        let tokens: BTreeSet<_> = (0..1_000).map(|_| generate()).collect();
        assert_eq!(tokens.len(), 1_000);
        for token in tokens {
            assert_eq!(token.len(), 24);
            assert!(token.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{token}");
        }
    }

    #[test]
    fn a_token_typed_with_other_case_and_dashes_has_the_same_digest() {
        let token = generate();
        let typed = format!(" {}-{} ", token[..12].to_uppercase(), &token[12..]);
        assert_eq!(digest(&typed), digest(&token));
        assert_ne!(digest(&token[1..]), digest(&token));
    }
}
