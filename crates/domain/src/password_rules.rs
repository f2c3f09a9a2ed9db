//! Which passwords are refused when one is chosen, and what the person is told.

use std::collections::BTreeSet;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::name::AccountName;

/// Rules for a new password. A second factor stands behind it, so they refuse what is guessed first and no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordRules {
    /// Fewest characters, spaces included.
    pub min_chars: usize,
}

/// Why a password is refused. The text never contains the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WeakPassword {
    /// Fewer characters than the rules ask for.
    #[error(
        "password has {chars} characters, at least {min} are needed; a few unrelated words are easy to remember"
    )]
    TooShort {
        /// Characters that came.
        chars: usize,
        /// Characters that are needed.
        min: usize,
    },
    /// Contains a character no keyboard types: a control character.
    #[error("password contains a control character; use letters, digits, punctuation and spaces")]
    Control,
    /// Is, or mostly is, the account's name.
    #[error(
        "password is built from the account's name; choose something a person who knows the name cannot guess"
    )]
    ContainsName,
    /// The same few characters or the same block over and over, or a run such as 123456 or qwerty.
    #[error(
        "password is mostly repetition or a run such as 123456 or qwerty; choose a few unrelated words instead"
    )]
    Pattern,
    /// A word from the top of every list of leaked passwords, with little around it.
    #[error("password is one of the first an attacker tries; choose a few unrelated words instead")]
    Common,
}

impl PasswordRules {
    /// Returns whether the password may be used for this account.
    ///
    /// # Errors
    /// [`WeakPassword`] with the first rule that is broken.
    pub fn check(&self, name: &AccountName, password: &str) -> Result<(), WeakPassword> {
        let chars = password.chars().count();
        if chars < self.min_chars {
            return Err(WeakPassword::TooShort { chars, min: self.min_chars });
        }
        if password.chars().any(char::is_control) {
            return Err(WeakPassword::Control);
        }
        let lower = Zeroizing::new(password.to_lowercase());
        if is_built_from(&lower, &name.as_str().to_lowercase()) {
            return Err(WeakPassword::ContainsName);
        }
        if is_pattern(&lower) {
            return Err(WeakPassword::Pattern);
        }
        if is_common(&lower) {
            return Err(WeakPassword::Common);
        }
        Ok(())
    }
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self { min_chars: 12 }
    }
}

/// Characters that must be left when everything foreseeable is taken away.
const UNFORESEEN: usize = 6;
/// Fewest different characters.
const DIFFERENT: usize = 5;
/// Longest block whose repetition counts as a pattern.
const BLOCK: usize = 8;
/// Rows of keyboards in wide use, and the digits as they stand above the letters.
const ROWS: [&str; 5] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop"];
/// Words people build passwords from; written for this file, not taken from a leak.
const WORDS: [&str; 28] = [
    "password",
    "passphrase",
    "passwort",
    "passw",
    "letmein",
    "welcome",
    "admin",
    "administrator",
    "moderator",
    "owner",
    "root",
    "user",
    "login",
    "secret",
    "changeme",
    "default",
    "iloveyou",
    "qwerty",
    "azerty",
    "dragon",
    "monkey",
    "football",
    "sunshine",
    "princess",
    "superman",
    "livechat",
    "chat",
    "test",
];

/// Whether little is left of the password when the word is taken out, forwards or backwards.
fn is_built_from(lower: &str, word: &str) -> bool {
    if word.chars().count() < 3 {
        return false;
    }
    let backwards: String = word.chars().rev().collect();
    [word, backwards.as_str()].into_iter().any(|word| {
        let left = Zeroizing::new(lower.replace(word, ""));
        left.len() < lower.len() && left.chars().count() < UNFORESEEN
    })
}

fn is_pattern(lower: &str) -> bool {
    let letters = Zeroizing::new(lower.chars().collect::<Vec<_>>());
    let different: BTreeSet<_> = letters.iter().collect();
    let unforeseen = 1 + letters.windows(2).filter(|pair| !is_foreseen(pair[0], pair[1])).count();
    let repeats =
        (1..=BLOCK.min(letters.len() / 2)).any(|block| letters[block..] == letters[..letters.len() - block]);
    different.len() < DIFFERENT || unforeseen < UNFORESEEN || repeats
}

/// Whether a character follows from the one before it: the same, its neighbour in the alphabet or on the keyboard.
fn is_foreseen(before: char, character: char) -> bool {
    u32::from(before).abs_diff(u32::from(character)) <= 1
        || ROWS.iter().any(|row| are_neighbours(row, before, character))
}

fn are_neighbours(row: &str, left: char, right: char) -> bool {
    match (row.find(left), row.find(right)) {
        (Some(left), Some(right)) => left.abs_diff(right) == 1,
        _ => false,
    }
}

/// Whether little is left when the usual words are taken out, with 0 for o, 3 for e and so on undone.
fn is_common(lower: &str) -> bool {
    let letters = Zeroizing::new(lower.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>());
    let digits = letters.chars().filter(char::is_ascii_digit).count();
    let mut left = Zeroizing::new(letters.chars().map(plain).collect::<String>());
    let mut found = false;
    for word in WORDS {
        found |= left.contains(word);
        left = Zeroizing::new(left.replace(word, ""));
    }
    found && left.chars().count().saturating_sub(digits) < UNFORESEEN / 2
}

fn plain(letter: char) -> char {
    match letter {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn passwords_people_should_choose_are_accepted() {
        for password in [
            "correct horse battery staple",
            "vier Wolken und ein Tisch",
            "my password is a long story about herons",
            "Tr0ub4dor&3-xkq",
            "\u{306a}\u{3064}\u{306e}\u{3046}\u{307f}\u{3078}\u{3044}\u{304f}\u{3072}\u{3068}\u{305f}\u{3061}",
            "ada likes green tea",
            "k2#vQ9!xT7pL",
        ] {
            assert_eq!(check(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn twelve_characters_are_enough_and_eleven_are_not() {
        assert_eq!(check("k2#vQ9!xT7pL"), Ok(()));
        assert_eq!(check("k2#vQ9!xT7p"), Err(WeakPassword::TooShort { chars: 11, min: 12 }));
        assert_eq!(check("\u{e4}\u{f6}\u{fc}k2#vQ9!x"), Err(WeakPassword::TooShort { chars: 11, min: 12 }));
        let strict = PasswordRules { min_chars: 16 };
        assert!(strict.check(&ada(), "k2#vQ9!xT7pL").is_err());
    }

    #[test]
    fn the_name_with_decoration_is_refused() {
        for password in [
            "ada.lovelace",
            "Ada.Lovelace1815",
            "1815ada.lovelace",
            "!ecalevol.ada!!",
            "ada.lovelaceada.lovelace",
        ] {
            assert_eq!(check(password), Err(WeakPassword::ContainsName), "{password}");
        }
    }

    #[test]
    fn runs_and_repetitions_are_refused() {
        for password in [
            "aaaaaaaaaaaaaaaa",
            "abababababab",
            "123456789012",
            "abcdefghijklmnop",
            "9876543210zyxwvu",
            "qwertyuiopasdfgh",
            "aabbccddeeff",
            "tr0ub4tr0ub4",
            "xk7#Q xk7#Q xk7#Q ",
            "111111222222",
        ] {
            assert_eq!(check(password), Err(WeakPassword::Pattern), "{password}");
        }
    }

    #[test]
    fn common_words_with_decoration_are_refused() {
        for password in [
            "password1234!",
            "P4ssw0rd!2026",
            "Welcome2026!!",
            "letmein-letmein",
            "Admin.Admin.99",
            "iloveyou-12345",
            "changeme!!!!2026",
        ] {
            assert_eq!(check(password), Err(WeakPassword::Common), "{password}");
        }
    }

    #[test]
    fn control_characters_are_refused() {
        assert_eq!(check("k2#vQ9!xT7pL\0"), Err(WeakPassword::Control));
        assert_eq!(check("k2#vQ9!xT7pL\u{1b}"), Err(WeakPassword::Control));
    }

    #[test]
    fn random_passwords_are_never_refused() {
        for number in 0..20_000_u32 {
            let hash = data_encoding::BASE32_NOPAD.encode(&Sha256::digest(number.to_be_bytes())[..10]);
            assert_eq!(check(&hash), Ok(()), "{hash}");
        }
    }

    #[test]
    fn no_refusal_repeats_the_password() {
        for password in ["short", "ada.lovelace", "aaaaaaaaaaaaaaaa", "password1234!", "k2#vQ9!xT7pL\0"] {
            let message = check(password).unwrap_err().to_string();
            assert!(!message.contains(password), "{message}");
        }
    }

    fn check(password: &str) -> Result<(), WeakPassword> {
        PasswordRules::default().check(&ada(), password)
    }

    fn ada() -> AccountName {
        AccountName::parse("ada.lovelace").unwrap()
    }
}
