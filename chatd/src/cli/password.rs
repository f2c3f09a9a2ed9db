//! A new password: typed twice, generated, or read from a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use domain::name::AccountName;
use domain::password::{Hasher, Params, PasswordRules};
use domain::token;
use zeroize::Zeroizing;

use super::failure::Failure;
use super::screen::Person;
use crate::config::Argon2;
use keys::Keys;

/// A password that meets the rules.
pub(crate) struct NewPassword {
    text: Zeroizing<String>,
    /// Whether we made it up, so that it must be shown or written down somewhere.
    pub(crate) is_generated: bool,
}

impl NewPassword {
    /// Returns a random password of 120 bits in four groups.
    pub(crate) fn generate() -> Self {
        let token = Zeroizing::new(token::generate());
        let groups: Vec<&str> = (0..4).filter_map(|group| token.get(6 * group..6 * group + 6)).collect();
        Self { text: Zeroizing::new(groups.join("-")), is_generated: true }
    }

    /// Asks until it gets the same good password twice, or nothing, which means: generate one.
    pub(crate) fn ask(person: &Person, name: &AccountName) -> anyhow::Result<Self> {
        let rules = PasswordRules::default();
        loop {
            let question =
                format!("  password ({}+ characters, or Enter to generate one): ", rules.min_chars);
            let text = person.ask_secret(&question)?;
            if text.is_empty() {
                return Ok(Self::generate());
            }
            if let Err(weak) = rules.check(name, &text) {
                person.show(&format!("  {weak}. Try again."))?;
                continue;
            }
            if person.ask_secret("  the same password again: ")? == text {
                return Ok(Self { text, is_generated: false });
            }
            person.show("  These were not the same. Try again.")?;
        }
    }

    /// Reads the first line of a file, or of standard input for `-`.
    pub(crate) fn read(file: &Path, name: &AccountName) -> Result<Self, Failure> {
        let text = if file == Path::new("-") {
            first_line(io::stdin().lock()).context("the password cannot be read from standard input")?
        } else {
            let cannot = || format!("password file {} cannot be read", file.display());
            first_line(BufReader::new(File::open(file).with_context(cannot)?)).with_context(cannot)?
        };
        PasswordRules::default().check(name, &text).map_err(|weak| Failure::Usage(weak.to_string()))?;
        Ok(Self { text, is_generated: false })
    }

    /// Returns the text, to be shown to a person or written to a private file.
    pub(crate) fn reveal(&self) -> &str {
        &self.text
    }

    /// Returns the hash to store, and says what it cost.
    pub(crate) fn hash(&self, keys: &Keys, cost: &Argon2) -> anyhow::Result<Hashed> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes)?;
        let start = Instant::now();
        let phc = Hasher::new(params, keys.pepper.clone()).hash(&self.text)?;
        let cost =
            format!("Argon2id, {} MiB, {:.2} s", cost.memory_kib / 1024, start.elapsed().as_secs_f64());
        Ok(Hashed { phc, cost })
    }
}

/// A password as the database keeps it.
pub(crate) struct Hashed {
    /// A PHC string.
    pub(crate) phc: String,
    /// What one check costs, for people.
    pub(crate) cost: String,
}

fn first_line(reader: impl BufRead) -> anyhow::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::with_capacity(LONGEST));
    reader.take(LONGEST as u64).read_line(&mut line)?;
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    anyhow::ensure!(
        line.len() <= proto::limits::PASSWORD,
        "the password is longer than {} bytes",
        proto::limits::PASSWORD
    );
    Ok(line)
}

/// Enough for the longest password and a line end, so that the buffer never moves and leaves a copy behind.
const LONGEST: usize = proto::limits::PASSWORD + 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_password_meets_the_rules_for_every_name() {
        for name in ["ada", "bob", "mallory"] {
            let name = AccountName::parse(name).unwrap();
            let password = NewPassword::generate();
            PasswordRules::default().check(&name, password.reveal()).unwrap();
            assert_eq!(password.reveal().len(), 27);
        }
    }

    #[test]
    fn only_the_first_line_counts_and_its_end_does_not() {
        for text in ["correct horse battery\n", "correct horse battery\r\nmore\n", "correct horse battery"] {
            assert_eq!(*first_line(text.as_bytes()).unwrap(), "correct horse battery");
        }
        assert!(first_line("x".repeat(1025).as_bytes()).is_err());
        assert!(first_line("x".repeat(1024).as_bytes()).is_ok());
    }
}
