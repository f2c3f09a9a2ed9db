//! A person's credentials in a test: name, password, authenticator, recovery codes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use domain::totp::{STEP_SECONDS, Secret20, code_at};

/// A person who knows their password and has their phone at hand.
#[derive(Debug, Clone)]
pub struct Account {
    /// The account's name.
    pub name: String,
    /// Its password.
    pub password: String,
    /// The codes for when the phone is lost.
    pub recovery: Vec<String>,
    secret: Secret20,
    /// No code of this step or an earlier one is given out again.
    last_step: u64,
}

impl Account {
    /// Returns an account with the authenticator secret as people type it.
    ///
    /// # Errors
    /// When the secret is not 20 bytes of Base32.
    pub fn new(name: &str, password: &str, secret: &str) -> Result<Self> {
        let letters = secret.replace([' ', '-'], "").to_uppercase();
        let bytes = data_encoding::BASE32_NOPAD.decode(letters.trim_end_matches('=').as_bytes())?;
        let secret: [u8; 20] = bytes.try_into().ok().context("the secret is not 20 bytes long")?;
        Ok(Self {
            name: name.to_owned(),
            password: password.to_owned(),
            recovery: Vec::new(),
            secret: Secret20::new(secret),
            last_step: 0,
        })
    }

    /// Returns a code that was not given out before. Waits for the next step when both good ones are used.
    pub fn code(&mut self) -> String {
        let mut step = unix_seconds() / STEP_SECONDS;
        while step < self.last_step {
            std::thread::sleep(Duration::from_millis(100));
            step = unix_seconds() / STEP_SECONDS;
        }
        self.last_step = step.max(self.last_step + 1);
        code_at(&self.secret, self.last_step * STEP_SECONDS)
    }

    /// Returns the code of this moment, used before or not.
    #[must_use]
    pub fn code_of_now(&self) -> String {
        code_at(&self.secret, unix_seconds())
    }

    /// Returns the code of another time.
    #[must_use]
    pub fn code_at(&self, seconds: u64) -> String {
        code_at(&self.secret, seconds)
    }

    /// Returns six digits that are not the code of this moment or one near it.
    #[must_use]
    pub fn wrong_code(&self) -> String {
        let now = unix_seconds();
        let near: Vec<String> = (0..9)
            .map(|step| code_at(&self.secret, (now + step * STEP_SECONDS).saturating_sub(4 * STEP_SECONDS)))
            .collect();
        let wrong = (0..1_000_000).map(|number| format!("{number:06}")).find(|code| !near.contains(code));
        wrong.expect("nine codes are not all of a million")
    }

    /// Returns everything about this account that must never be found anywhere, with a name for each.
    #[must_use]
    pub fn secrets(&self) -> Vec<(String, Vec<u8>)> {
        let name = &self.name;
        let mut secrets = vec![
            (format!("{name}'s password"), self.password.clone().into_bytes()),
            (format!("{name}'s authenticator secret"), self.secret.expose().to_vec()),
            (format!("{name}'s authenticator secret as text"), self.secret.base32().as_bytes().to_vec()),
        ];
        secrets.extend(self.recovery.iter().flat_map(|code| {
            let written = (format!("a recovery code of {name}"), code.clone().into_bytes());
            let bare =
                (format!("a recovery code of {name} without dashes"), code.replace('-', "").into_bytes());
            [written, bare]
        }));
        secrets
    }
}

/// Returns the seconds since 1970.
#[must_use]
pub fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ";

    #[test]
    fn two_codes_in_a_row_differ_and_both_are_good() {
        let mut ada = Account::new("ada", "x", SECRET).unwrap();
        let secret = ada.secret.clone();
        let (first, second) = (ada.code(), ada.code());
        let now = unix_seconds();
        let steps = [&first, &second].map(|code| domain::totp::matching_step(&secret, code, now));
        assert!(steps[0].is_some() && steps[0] < steps[1], "{steps:?}");
    }

    #[test]
    fn a_wrong_code_is_wrong() {
        let ada = Account::new("ada", "x", SECRET).unwrap();
        assert_eq!(domain::totp::matching_step(&ada.secret, &ada.wrong_code(), unix_seconds()), None);
    }
}
