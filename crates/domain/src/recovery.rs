//! Recovery codes: ten one-use stand-ins for the authenticator, 80 random bits each.
//!
//! The database keeps `HMAC-SHA256(pepper, label || account || code)`. A code is random enough that a slow hash would
//! add nothing, and the pepper lies outside the database. Using a code up is the store's part: one statement deletes
//! the digest and says whether it was there.

use hmac::{Hmac, KeyInit, Mac};
use proto::ids::AccountId;
use proto::limits;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::password::Pepper;
use crate::{base32, random};

/// Characters of a code without its dashes.
const CHARACTERS: usize = 16;

/// Returns ten fresh codes, each as `xxxx-xxxx-xxxx-xxxx`.
#[must_use]
pub fn generate() -> [Zeroizing<String>; limits::RECOVERY_CODES] {
    std::array::from_fn(|_| Zeroizing::new(grouped(&base32::encode(&random::bytes::<10>()[..]))))
}

/// Returns the code as [`digest`] wants it, whatever case, spaces, dashes and lookalikes a person typed, or nothing if
/// this cannot be a recovery code.
#[must_use]
pub fn normalise(typed: &str) -> Option<Zeroizing<String>> {
    let code = Zeroizing::new(base32::normalise(typed));
    (code.len() == CHARACTERS && code.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(code)
}

/// Returns what the database keeps of a code. Takes a code as [`generate`] or [`normalise`] gives it.
#[must_use]
pub fn digest(pepper: &Pepper, account: AccountId, code: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(pepper.expose()).expect("HMAC takes keys of any length");
    mac.update(b"livechat/recovery/v1\0");
    mac.update(&account.get().to_be_bytes());
    mac.update(Zeroizing::new(base32::normalise(code)).as_bytes());
    mac.finalize().into_bytes().into()
}

fn grouped(code: &str) -> String {
    let mut text = String::with_capacity(code.len() + code.len() / 4);
    for (at, character) in code.chars().enumerate() {
        if at != 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(character);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_four_groups_of_four_and_fit_the_wire() {
        for code in generate() {
            assert_eq!(code.len(), 19);
            assert!(code.len() <= limits::CODE);
            assert!(code.split('-').all(|group| group.len() == 4), "{}", *code);
            assert_eq!(normalise(&code).map(|code| code.len()), Some(CHARACTERS));
        }
    }

    #[test]
    fn ten_codes_are_all_different() {
        let codes = generate();
        for (at, code) in codes.iter().enumerate() {
            assert!(codes[..at].iter().all(|earlier| earlier != code));
        }
    }

    #[test]
    fn typing_habits_do_not_change_the_digest() {
        let [code, ..] = generate();
        let typed =
            format!("  {} ", code.to_uppercase().replace('-', " ").replace('0', "O").replace('1', "l"));
        let typed = normalise(&typed).unwrap();
        assert_eq!(digest(&pepper(1), ada(), &typed), digest(&pepper(1), ada(), &code));
    }

    #[test]
    fn account_pepper_and_every_character_change_the_digest() {
        let [code, ..] = generate();
        let original = digest(&pepper(1), ada(), &code);
        assert_ne!(digest(&pepper(2), ada(), &code), original);
        assert_ne!(digest(&pepper(1), AccountId::new(4_242).unwrap(), &code), original);
        for at in (0..code.len()).filter(|at| !code[*at..].starts_with('-')) {
            let other = if &code[at..=at] == "7" { "8" } else { "7" };
            let changed = format!("{}{other}{}", &code[..at], &code[at + 1..]);
            assert_ne!(digest(&pepper(1), ada(), &changed), original, "at {at}");
        }
    }

    #[test]
    fn a_totp_code_and_garbage_are_not_recovery_codes() {
        for typed in [
            "",
            "123456",
            "123 456",
            "0000-0000-0000-000",
            "0000-0000-0000-0000-0",
            "0000-0000-0000-00\u{e4}",
        ] {
            assert!(normalise(typed).is_none(), "{typed}");
        }
    }

    fn ada() -> AccountId {
        AccountId::new(7).unwrap()
    }

    fn pepper(seed: u8) -> Pepper {
        Pepper::new([seed; 32])
    }
}
