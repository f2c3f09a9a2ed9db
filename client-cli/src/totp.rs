//! Codes made from a TOTP secret, for bots and tests that have no authenticator.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// A TOTP secret: codes are six digits and change every thirty seconds (RFC 6238 with SHA-1).
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Zeroizing<Vec<u8>>);

/// Why text is not a TOTP secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a TOTP secret is at least 16 bytes in Base32, for example JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP")]
pub struct TotpError;

impl TotpSecret {
    /// Reads a secret in Base32; spaces, dashes and case do not matter.
    ///
    /// # Errors
    /// [`TotpError`] for anything else, and for secrets that are too short to be safe.
    pub fn parse(text: &str) -> Result<Self, TotpError> {
        let letters = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '='));
        let letters: Zeroizing<String> = Zeroizing::new(letters.map(|c| c.to_ascii_uppercase()).collect());
        let bytes = data_encoding::BASE32_NOPAD.decode(letters.as_bytes()).map_err(|_| TotpError)?;
        let bytes = Zeroizing::new(bytes);
        if bytes.len() < SHORTEST { Err(TotpError) } else { Ok(Self(bytes)) }
    }

    /// Returns the code of the step that this second of Unix time belongs to.
    #[must_use]
    pub fn code_at(&self, unix_seconds: u64) -> Zeroizing<String> {
        let totp = totp_rs::Builder::new().with_secret(self.0.as_slice()).build_noncompliant();
        Zeroizing::new(totp.generate(unix_seconds).to_string())
    }

    /// Returns the number of the step that this second belongs to.
    #[must_use]
    pub fn step_at(unix_seconds: u64) -> u64 {
        unix_seconds / STEP_SECONDS
    }

    /// Returns the first second of a step.
    #[must_use]
    pub fn second_of(step: u64) -> u64 {
        step.saturating_mul(STEP_SECONDS)
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

const SHORTEST: usize = 16;
const STEP_SECONDS: u64 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_last_six_digits_of_rfc_6238_s_table() {
        // Appendix B, SHA-1, the secret "12345678901234567890".
        let secret = TotpSecret::parse("GEZD GNBV GY3T QOJQ gezd-gnbv-gy3t-qojq").unwrap();
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(secret.code_at(second).as_str(), code);
        }
        assert_eq!(TotpSecret::second_of(TotpSecret::step_at(59)), 30);
    }

    #[test]
    fn a_secret_is_not_printed_and_a_short_one_is_refused() {
        let secret = TotpSecret::parse("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        assert_eq!(format!("{secret:?}"), "***");
        for text in ["", "GEZDGNBV", "not base32!", "123456"] {
            assert_eq!(TotpSecret::parse(text), Err(TotpError), "{text:?}");
        }
    }
}
