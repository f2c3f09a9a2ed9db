//! Time-based codes (RFC 6238: SHA-1, six digits, steps of 30 seconds), the second factor.
//!
//! A code is good for its own step and one on either side. [`matching_step`] says which step matched and remembers
//! nothing: that no step is accepted twice is the store's part, in the transaction that records the login.

use std::fmt::{self, Write};

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::name::AccountName;
use crate::random;

/// A TOTP secret of 160 bits, the length RFC 4226 recommends; wiped when dropped, never printed.
#[derive(Clone)]
pub struct Secret20(Zeroizing<[u8; 20]>);

/// Seconds of one step.
pub const STEP_SECONDS: u64 = 30;
/// Steps accepted on either side of the current one, for clocks that differ.
pub const SKEW: u64 = 1;
/// Longest [`Secret20::uri`] in bytes, as the wire has it.
pub const URI_MAX: usize = 512;

const DIGITS: usize = 6;

impl Secret20 {
    /// Takes a secret as it was sealed.
    #[must_use]
    pub fn new(secret: [u8; 20]) -> Self {
        Self(Zeroizing::new(secret))
    }

    /// Returns a fresh random secret.
    #[must_use]
    pub fn generate() -> Self {
        Self(random::bytes())
    }

    /// Returns the secret for sealing it.
    #[must_use]
    pub fn expose(&self) -> &[u8; 20] {
        &self.0
    }

    /// Returns the secret in Base32, for typing it into an authenticator.
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(data_encoding::BASE32_NOPAD.encode(&self.0[..]))
    }

    /// Returns the `otpauth://` address for an authenticator; an issuer that makes it too long is cut.
    #[must_use]
    pub fn uri(&self, issuer: &str, account: &AccountName) -> Zeroizing<String> {
        // The colon separates issuer and account inside the label.
        let mut issuer = issuer.replace(':', " ");
        loop {
            let uri = self.uri_with(&issuer, account);
            if uri.len() <= URI_MAX || issuer.pop().is_none() {
                return uri;
            }
        }
    }

    fn uri_with(&self, issuer: &str, account: &AccountName) -> Zeroizing<String> {
        let (issuer, account, secret) = (percent(issuer), percent(account.as_str()), self.base32());
        let details = "algorithm=SHA1&digits=6&period=30";
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}&{details}",
            *secret
        ))
    }

    fn generator(&self) -> Totp {
        Builder::new().with_secret(*self.0).build_noncompliant()
    }
}

impl fmt::Debug for Secret20 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret20(***)")
    }
}

/// Returns the step whose code this is, looking one step back and one ahead. Spaces and dashes in the code do not
/// matter. The work is the same whether, and where, the code matches.
#[must_use]
pub fn matching_step(secret: &Secret20, code: &str, unix_seconds: u64) -> Option<u64> {
    let (typed, well_formed) = typed_digits(code);
    let generator = secret.generator();
    let current = unix_seconds / STEP_SECONDS;
    let (mut matched, mut found) = (0_u64, Choice::from(0));
    for step in current.saturating_sub(SKEW)..=current.saturating_add(SKEW) {
        let equal = digits_at(&generator, step)[..].ct_eq(&typed[..]);
        matched.conditional_assign(&step, equal);
        found |= equal;
    }
    bool::from(found & well_formed).then_some(matched)
}

/// Returns the six digits an authenticator shows at this time.
#[must_use]
pub fn code_at(secret: &Secret20, unix_seconds: u64) -> String {
    digits_at(&secret.generator(), unix_seconds / STEP_SECONDS)
        .iter()
        .map(|digit| char::from(*digit))
        .collect()
}

fn digits_at(generator: &Totp, step: u64) -> [u8; DIGITS] {
    let mut digits = [b'0'; DIGITS];
    let token = Zeroizing::new(generator.generate(step.saturating_mul(STEP_SECONDS)).to_string());
    for (digit, shown) in digits.iter_mut().zip(token.bytes()) {
        *digit = shown;
    }
    digits
}

fn typed_digits(code: &str) -> ([u8; DIGITS], Choice) {
    let mut digits = [0; DIGITS];
    let mut count = 0_usize;
    let mut only_digits = true;
    for character in code.chars().filter(|character| !character.is_whitespace() && *character != '-') {
        only_digits &= character.is_ascii_digit();
        if let (Some(digit), Ok(byte)) = (digits.get_mut(count), u8::try_from(character)) {
            *digit = byte;
        }
        count = count.saturating_add(1);
    }
    (digits, Choice::from(u8::from(only_digits && count == DIGITS)))
}

/// Escapes everything but the unreserved characters of RFC 3986.
fn percent(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the SHA-1 rows: seconds and eight digits; the last six are the six-digit code.
    const RFC_6238: [(u64, &str); 6] = [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ];

    #[test]
    fn the_vectors_of_rfc_6238_hold() {
        for (seconds, eight_digits) in RFC_6238 {
            assert_eq!(code_at(&rfc_secret(), seconds), eight_digits[2..], "at {seconds}");
            assert_eq!(matching_step(&rfc_secret(), &eight_digits[2..], seconds), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_is_good_for_its_step_and_one_on_either_side() {
        let step = 1_234_567_890 / 30;
        let code = code_at(&rfc_secret(), step * 30);
        for (shift, expected) in [(-2, None), (-1, Some(step)), (0, Some(step)), (1, Some(step)), (2, None)] {
            let seconds = (step.checked_add_signed(shift).unwrap()) * 30;
            assert_eq!(matching_step(&rfc_secret(), &code, seconds), expected, "shift {shift}");
            assert_eq!(
                matching_step(&rfc_secret(), &code, seconds + 29),
                expected,
                "shift {shift} at its end"
            );
        }
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for seconds in [0, 1, 29, 30, u64::MAX - 1, u64::MAX] {
            let code = code_at(&rfc_secret(), seconds);
            assert!(matching_step(&rfc_secret(), &code, seconds).is_some(), "at {seconds}");
        }
    }

    #[test]
    fn spaces_and_dashes_do_not_matter_and_anything_else_does() {
        let seconds = 1_234_567_890;
        assert!(matching_step(&rfc_secret(), " 005-924 ", seconds).is_some());
        for typed in ["", "00592", "0059240", "+05924", "005924x", "00592\u{664}", "O05924", "005\u{0}924"] {
            assert_eq!(matching_step(&rfc_secret(), typed, seconds), None, "{typed:?}");
        }
    }

    #[test]
    fn every_wrong_digit_is_refused() {
        let seconds = 1_234_567_890;
        let good = code_at(&rfc_secret(), seconds);
        let accepted = (0..1_000_000)
            .step_by(97)
            .map(|number| format!("{number:06}"))
            .filter(|code| matching_step(&rfc_secret(), code, seconds).is_some());
        let three: Vec<_> = [seconds - 30, seconds, seconds + 30].map(|at| code_at(&rfc_secret(), at)).into();
        assert!(accepted.into_iter().all(|code| three.contains(&code)));
        assert!(three.contains(&good));
    }

    #[test]
    fn the_address_has_what_an_authenticator_needs() {
        let uri = rfc_secret().uri("Chat: Example & Co", &AccountName::parse("ada").unwrap());
        assert_eq!(
            *uri,
            "otpauth://totp/Chat%20%20Example%20%26%20Co:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Chat%20%20Example%20%26%20Co&algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn the_longest_names_still_fit_the_wire() {
        let account = AccountName::parse(&"\u{5b57}".repeat(21)).unwrap();
        let uri = rfc_secret().uri(&"\u{5b57}".repeat(200), &account);
        assert!(uri.len() <= URI_MAX, "{} bytes", uri.len());
        assert!(uri.contains("issuer=%E5%AD%97"));
    }

    #[test]
    fn secrets_are_random_and_not_printed() {
        assert_ne!(Secret20::generate().expose(), Secret20::generate().expose());
        assert_eq!(format!("{:?}", rfc_secret()), "Secret20(***)");
    }

    fn rfc_secret() -> Secret20 {
        Secret20::new(*b"12345678901234567890")
    }
}
