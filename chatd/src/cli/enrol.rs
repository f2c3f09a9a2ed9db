//! A new second factor: shown to a person who proves that it works, or written to files that only they can read.

use domain::name::AccountName;
use domain::recovery;
use domain::totp::{self, Secret20};
use proto::ids::AccountId;
use proto::limits;
use store::AccountSecrets;
use zeroize::Zeroizing;

use super::qr;
use super::screen::{Person, draw};
use keys::Keys;
use service::clock;

/// An authenticator secret and the recovery codes that stand in for it.
pub(crate) struct SecondFactor {
    secret: Secret20,
    codes: [Zeroizing<String>; limits::RECOVERY_CODES],
}

impl SecondFactor {
    /// Returns a fresh one.
    pub(crate) fn generate() -> Self {
        Self { secret: Secret20::generate(), codes: recovery::generate() }
    }

    /// Returns what the database keeps of it for this account.
    pub(crate) fn kept(&self, keys: &Keys, account: AccountId) -> AccountSecrets {
        AccountSecrets {
            totp_sealed: keys.seal_totp(account, &self.secret),
            recovery_digests: self
                .codes
                .iter()
                .map(|code| recovery::digest(&keys.pepper, account, code))
                .collect(),
        }
    }

    /// Shows the secret and asks until a code made with it comes back.
    pub(crate) fn prove(&self, person: &Person, server: &str, name: &AccountName) -> anyhow::Result<()> {
        let uri = self.secret.uri(server, name);
        person.show("  Scan this with your authenticator app:\n")?;
        if let Some(picture) = qr::picture(&uri) {
            draw(&picture)?;
        }
        person.show(&format!("\n  no camera?  {}", *self.grouped_secret()))?;
        person.show(&format!("  or          {}\n", *uri))?;
        loop {
            let code = Zeroizing::new(person.ask("  code from the app: ")?);
            let now = clock::unix_seconds(clock::now());
            match offset(&self.secret, &code, now) {
                Some(0) => return Ok(person.show("  ok")?),
                Some(seconds) => {
                    let way = if seconds < 0 { "behind" } else { "ahead" };
                    let by = seconds.unsigned_abs();
                    return Ok(person
                        .show(&format!("  ok; the clock of the app is about {by} s {way} of this one"))?);
                }
                None => person.show(&self.why_not(&code, now))?,
            }
        }
    }

    /// Returns the secret in Base32.
    pub(crate) fn base32(&self) -> Zeroizing<String> {
        self.secret.base32()
    }

    /// Returns the address for an authenticator.
    pub(crate) fn uri(&self, server: &str, name: &AccountName) -> Zeroizing<String> {
        self.secret.uri(server, name)
    }

    /// Returns the recovery codes, one a line.
    pub(crate) fn code_lines(&self) -> Zeroizing<String> {
        let mut lines = Zeroizing::new(String::with_capacity(self.codes.len() * (limits::CODE + 1)));
        for code in &self.codes {
            lines.push_str(code);
            lines.push('\n');
        }
        lines
    }

    fn grouped_secret(&self) -> Zeroizing<String> {
        let secret = self.secret.base32();
        let mut grouped = Zeroizing::new(String::with_capacity(secret.len() * 2));
        for (at, letter) in secret.chars().enumerate() {
            if 0 < at && at % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(letter);
        }
        grouped
    }

    /// Tells a mistyped code from a clock that is wrong.
    fn why_not(&self, code: &str, now: u64) -> String {
        let far = |minutes: &u64| {
            let seconds = minutes * 60;
            let earlier = totp::matching_step(&self.secret, code, now.saturating_sub(seconds)).is_some();
            earlier || totp::matching_step(&self.secret, code, now.saturating_add(seconds)).is_some()
        };
        match (1..=CLOCK_SEARCH_MINUTES).find(far) {
            Some(minutes) => format!(
                "  That code is right for a clock about {minutes} min away from this one. \
                 Set both clocks, then type the next code."
            ),
            None => "  That is not the code. Wait for the next one and type its six digits.".to_owned(),
        }
    }
}

/// Returns by how many seconds the clock that made the code differs, in whole steps, if the code is good at all.
fn offset(secret: &Secret20, code: &str, now: u64) -> Option<i64> {
    let step = i64::try_from(totp::matching_step(secret, code, now)?).ok()?;
    let here = i64::try_from(now / totp::STEP_SECONDS).ok()?;
    Some((step - here) * i64::try_from(totp::STEP_SECONDS).ok()?)
}

/// How far away a clock is looked for before the code counts as mistyped.
const CLOCK_SEARCH_MINUTES: u64 = 26 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_015;

    #[test]
    fn a_code_of_this_step_or_its_neighbours_is_good_and_tells_the_offset() {
        let factor = SecondFactor::generate();
        for (shift, expected) in [(-60, None), (-30, Some(-30)), (0, Some(0)), (30, Some(30)), (60, None)] {
            let code = totp::code_at(&factor.secret, NOW.checked_add_signed(shift).unwrap());
            assert_eq!(offset(&factor.secret, &code, NOW), expected, "shift {shift}");
        }
    }

    #[test]
    fn a_clock_that_is_an_hour_off_is_told_from_a_mistyped_code() {
        let factor = SecondFactor::generate();
        let code = totp::code_at(&factor.secret, NOW + 3600);
        assert!(factor.why_not(&code, NOW).contains("about 60 min away"), "{}", factor.why_not(&code, NOW));
        assert!(factor.why_not("12345", NOW).contains("not the code"));
    }

    #[test]
    fn the_secret_is_shown_in_groups_of_four() {
        let factor = SecondFactor::generate();
        let grouped = factor.grouped_secret();
        assert!(grouped.split(' ').all(|group| group.len() == 4) && grouped.split(' ').count() == 8);
        assert_eq!(grouped.replace(' ', ""), *factor.base32());
    }

    #[test]
    fn there_is_one_line_for_each_recovery_code() {
        let factor = SecondFactor::generate();
        let lines = factor.code_lines();
        let lines: Vec<_> = lines.lines().collect();
        assert_eq!(lines.len(), limits::RECOVERY_CODES);
        assert!(lines.iter().zip(&factor.codes).all(|(line, code)| *line == code.as_str()));
    }
}
