//! Passwords: Argon2id with a pepper, stored as PHC strings.
//!
//! Hashing takes a tenth of a second of CPU and tens of MiB; the caller bounds how many run at once.

use std::fmt;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, PasswordHasher, PasswordVerifier, Version};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

pub use crate::password_rules::{PasswordRules, WeakPassword};

use crate::random;

/// The key mixed into every password hash and recovery digest; it lies outside the database.
#[derive(Clone)]
pub struct Pepper(Zeroizing<[u8; 32]>);

/// What one hash costs. Never below OWASP's minimum, see [`Params::new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Parameters that are too weak, or that Argon2 does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParamsError {
    /// Below the minimum for memory.
    #[error("argon2 memory is {0} KiB, at least {min} are needed; raise memory_kib", min = Params::MIN_MEMORY_KIB)]
    Memory(u32),
    /// More than one login may take.
    #[error("argon2 memory is {0} KiB, the limit is {max}; lower memory_kib", max = Params::MAX_MEMORY_KIB)]
    TooMuchMemory(u32),
    /// Below the minimum for time, or so high that logins take minutes.
    #[error("argon2 makes {0} passes, {min} to {max} are possible; change passes", min = Params::MIN_PASSES, max = Params::MAX_PASSES)]
    Passes(u32),
    /// No lanes, or more than make sense.
    #[error("argon2 has {0} lanes, 1 to {max} are possible; change lanes", max = Params::MAX_LANES)]
    Lanes(u32),
}

/// Why a password could be neither hashed nor verified. Says nothing about whether it was right.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HashError {
    /// Argon2 could not work: its memory could not be had.
    #[error("password hashing failed: {0}")]
    Failed(String),
    /// The stored hash is not one.
    #[error("stored password hash is not an argon2id PHC string: {0}")]
    Malformed(String),
}

/// Makes and verifies password hashes with one set of parameters.
pub struct Hasher {
    params: Params,
    pepper: Pepper,
    dummy: String,
}

impl Pepper {
    /// Takes a pepper from its file.
    #[must_use]
    pub fn new(pepper: [u8; 32]) -> Self {
        Self(Zeroizing::new(pepper))
    }

    /// Returns a fresh random pepper.
    #[must_use]
    pub fn generate() -> Self {
        Self(random::bytes())
    }

    /// Returns the pepper for writing it to its file.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Pepper(***)")
    }
}

impl Params {
    /// OWASP's minimum for memory (19 MiB with two passes and one lane).
    pub const MIN_MEMORY_KIB: u32 = 19 * 1024;
    /// One hash never takes more memory than this (4 GiB).
    pub const MAX_MEMORY_KIB: u32 = 4 * 1024 * 1024;
    /// OWASP's minimum of passes at that memory.
    pub const MIN_PASSES: u32 = 2;
    /// Most passes.
    pub const MAX_PASSES: u32 = 64;
    /// Most lanes.
    pub const MAX_LANES: u32 = 64;
    /// The least this crate accepts: for tests and small machines.
    pub const MINIMUM: Self = Self { memory_kib: Self::MIN_MEMORY_KIB, passes: Self::MIN_PASSES, lanes: 1 };

    /// Takes parameters within the limits.
    ///
    /// # Errors
    /// [`ParamsError`] names the parameter, its limit and the config key.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, ParamsError> {
        if memory_kib < Self::MIN_MEMORY_KIB {
            return Err(ParamsError::Memory(memory_kib));
        }
        if Self::MAX_MEMORY_KIB < memory_kib {
            return Err(ParamsError::TooMuchMemory(memory_kib));
        }
        if !(Self::MIN_PASSES..=Self::MAX_PASSES).contains(&passes) {
            return Err(ParamsError::Passes(passes));
        }
        if !(1..=Self::MAX_LANES).contains(&lanes) {
            return Err(ParamsError::Lanes(lanes));
        }
        Ok(Self { memory_kib, passes, lanes })
    }

    /// Returns the memory of one hash in KiB.
    #[must_use]
    pub fn memory_kib(&self) -> u32 {
        self.memory_kib
    }

    fn argon2(&self) -> argon2::Params {
        argon2::Params::new(self.memory_kib, self.passes, self.lanes, Some(HASH))
            .expect("Params::new keeps within what Argon2 allows")
    }
}

impl Default for Params {
    /// The second recommendation of RFC 9106: 64 MiB, three passes, four lanes.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 4 }
    }
}

/// Bytes of the hash itself.
const HASH: usize = 32;

impl Hasher {
    /// Returns a hasher; costs nothing.
    #[must_use]
    pub fn new(params: Params, pepper: Pepper) -> Self {
        // 32 zero bytes of hash: no password leads there, yet verifying against it does all the work.
        let Params { memory_kib, passes, lanes } = params;
        let (salt, zeros) = ("A".repeat(22), "A".repeat(43));
        let dummy = format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}${zeros}");
        Self { params, pepper, dummy }
    }

    /// Returns the PHC string to store, with a fresh random salt.
    ///
    /// # Errors
    /// [`HashError::Failed`] when memory is short.
    pub fn hash(&self, password: &str) -> Result<String, HashError> {
        let salt = random::bytes::<16>();
        let hash = self.argon2()?.hash_password_with_salt(prepared(password).as_bytes(), &salt[..]);
        hash.map(|hash| hash.to_string()).map_err(|error| HashError::Failed(error.to_string()))
    }

    /// Returns whether the password belongs to the stored hash. `None` stands for an account that does not exist: the
    /// same work is done and the answer is no.
    ///
    /// # Errors
    /// [`HashError`] when the question could not be answered.
    pub fn verify(&self, password: &str, stored: Option<&str>) -> Result<bool, HashError> {
        let stored = PasswordHash::new(stored.unwrap_or(&self.dummy))
            .map_err(|error| HashError::Malformed(error.to_string()))?;
        match self.argon2()?.verify_password(prepared(password).as_bytes(), &stored) {
            Ok(()) => Ok(true),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(HashError::Failed(error.to_string())),
        }
    }

    /// Returns whether a stored hash was made with other parameters; then the next right password is hashed anew.
    #[must_use]
    pub fn needs_rehash(&self, stored: &str) -> bool {
        let Ok(stored) = PasswordHash::new(stored) else { return true };
        let Ok(params) = argon2::Params::try_from(&stored) else { return true };
        let cost = (params.m_cost(), params.t_cost(), params.p_cost());
        stored.algorithm != Algorithm::Argon2id.ident()
            || stored.version != Some(Version::V0x13.into())
            || cost != (self.params.memory_kib, self.params.passes, self.params.lanes)
    }

    fn argon2(&self) -> Result<Argon2<'_>, HashError> {
        Argon2::new_with_secret(
            self.pepper.expose(),
            Algorithm::Argon2id,
            Version::V0x13,
            self.params.argon2(),
        )
        .map_err(|error| HashError::Failed(error.to_string()))
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hasher").field("params", &self.params).finish_non_exhaustive()
    }
}

/// Returns the password as RFC 8265 (OpaqueString) compares it: NFC, every kind of space the same. Keyboards of
/// different systems send the same password in different code points.
fn prepared(password: &str) -> Zeroizing<String> {
    let same_space = |character: char| if character.is_whitespace() { ' ' } else { character };
    Zeroizing::new(password.chars().map(same_space).nfc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_is_accepted_and_others_are_not() {
        let hash = hasher(1).hash("correct horse battery").unwrap();
        assert_eq!(hasher(1).verify("correct horse battery", Some(&hash)), Ok(true));
        for other in ["", "correct horse batterY", "correct horse battery ", "correct horse"] {
            assert_eq!(hasher(1).verify(other, Some(&hash)), Ok(false), "{other:?}");
        }
    }

    #[test]
    fn a_hash_is_worthless_without_the_pepper() {
        let hash = hasher(1).hash("correct horse battery").unwrap();
        assert_eq!(hasher(2).verify("correct horse battery", Some(&hash)), Ok(false));
    }

    #[test]
    fn the_stored_form_names_its_parameters_and_never_repeats() {
        let hash = hasher(1).hash("correct horse battery").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hasher(1).hash("correct horse battery").unwrap(), hash);
    }

    #[test]
    fn an_account_that_does_not_exist_costs_the_same_hash_and_is_refused() {
        for password in ["", "correct horse battery", "AAAA"] {
            assert_eq!(hasher(1).verify(password, None), Ok(false));
        }
        let hasher = hasher(1);
        let real = hasher.hash("correct horse battery").unwrap();
        let parts = |hash: &str| hash.split('$').map(str::to_owned).collect::<Vec<_>>();
        let (real, dummy) = (parts(&real), parts(&hasher.dummy));
        assert_eq!(real[..4], dummy[..4], "algorithm, version and cost");
        assert_eq!((real[4].len(), real[5].len()), (dummy[4].len(), dummy[5].len()), "salt and hash");
    }

    #[test]
    fn a_hash_with_other_parameters_still_verifies_and_is_to_be_renewed() {
        let old = hasher(1).hash("correct horse battery").unwrap();
        let new = Hasher::new(Params::new(20 * 1024, 2, 2).unwrap(), pepper(1));
        assert_eq!(new.verify("correct horse battery", Some(&old)), Ok(true));
        assert!(new.needs_rehash(&old));
        assert!(!new.needs_rehash(&new.hash("correct horse battery").unwrap()));
        assert!(!hasher(1).needs_rehash(&old));
        assert!(hasher(1).needs_rehash(&old.replace("argon2id", "argon2i")));
        assert!(hasher(1).needs_rehash("nonsense"));
    }

    #[test]
    fn a_broken_stored_hash_is_an_error_and_not_a_wrong_password() {
        for stored in ["", "nonsense", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$AAAA"] {
            assert!(hasher(1).verify("correct horse battery", Some(stored)).is_err(), "{stored:?}");
        }
    }

    #[test]
    fn the_same_password_from_another_keyboard_is_the_same_password() {
        let hash = hasher(1).hash("caf\u{e9} au lait").unwrap();
        assert_eq!(hasher(1).verify("cafe\u{301} au\u{a0}lait", Some(&hash)), Ok(true));
        assert_eq!(hasher(1).verify("cafe au lait", Some(&hash)), Ok(false));
    }

    #[test]
    fn parameters_below_owasp_or_without_measure_are_refused() {
        assert_eq!(Params::default(), Params::new(64 * 1024, 3, 4).unwrap());
        assert_eq!(Params::MINIMUM, Params::new(19 * 1024, 2, 1).unwrap());
        assert_eq!(Params::new(19 * 1024 - 1, 2, 1), Err(ParamsError::Memory(19 * 1024 - 1)));
        assert_eq!(
            Params::new(4 * 1024 * 1024 + 1, 2, 1),
            Err(ParamsError::TooMuchMemory(4 * 1024 * 1024 + 1))
        );
        assert!(Params::new(4 * 1024 * 1024, 64, 64).is_ok());
        assert_eq!(Params::new(64 * 1024, 1, 1), Err(ParamsError::Passes(1)));
        assert_eq!(Params::new(64 * 1024, 65, 1), Err(ParamsError::Passes(65)));
        assert_eq!(Params::new(64 * 1024, 2, 0), Err(ParamsError::Lanes(0)));
        assert_eq!(Params::new(64 * 1024, 2, 65), Err(ParamsError::Lanes(65)));
        let message = Params::new(1024, 2, 1).unwrap_err().to_string();
        assert_eq!(message, "argon2 memory is 1024 KiB, at least 19456 are needed; raise memory_kib");
    }

    #[test]
    fn nothing_secret_is_printed() {
        assert_eq!(format!("{:?}", pepper(0xab)), "Pepper(***)");
        assert!(!format!("{:?}", hasher(0xab)).contains("171"));
    }

    fn hasher(seed: u8) -> Hasher {
        Hasher::new(Params::MINIMUM, pepper(seed))
    }

    fn pepper(seed: u8) -> Pepper {
        Pepper::new([seed; 32])
    }
}
