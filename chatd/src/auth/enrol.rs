//! A second factor that is being set up: what is shown of it, and what the database keeps.

use std::time::Duration;

use domain::name::AccountName;
use domain::recovery;
use domain::totp::Secret20;
use keys::Keys;
use proto::ids::AccountId;
use proto::limits;
use proto::message::Enrolment;
use proto::refusal::{Code, Refusal};
use proto::text::{Secret, TooLong};
use store::AccountSecrets;
use tracing::error;
use zeroize::Zeroizing;

use crate::refuse;
use crate::shared::Shared;

/// Time to find the telephone and scan a picture.
pub(crate) const TIME: Duration = Duration::from_secs(600);

/// Recovery codes before anybody has seen them.
pub(crate) struct RecoveryCodes([Zeroizing<String>; limits::RECOVERY_CODES]);

/// Returns what the person needs to set up their authenticator.
///
/// # Errors
/// A refusal when it does not fit the wire.
pub(crate) fn enrolment(
    shared: &Shared,
    secret: &Secret20,
    name: &AccountName,
) -> Result<Enrolment, Refusal> {
    let issuer = shared.settings().server_name.clone();
    let fits = || -> Result<Enrolment, TooLong> {
        Ok(Enrolment {
            totp_uri: Secret::new(secret.uri(&issuer, name).as_str())?,
            totp_secret: Secret::new(secret.base32().as_str())?,
        })
    };
    fits().map_err(|error| {
        error!(%error, "the enrolment does not fit the wire");
        refuse::unavailable()
    })
}

#[must_use]
pub(crate) fn wrong_code() -> Refusal {
    let words = "The code does not match. Wait for the next one and check the clock of your device.";
    Refusal::new(Code::BadCredentials, words)
}

impl RecoveryCodes {
    pub(crate) fn generate() -> Self {
        Self(recovery::generate())
    }

    /// Returns the codes for the person, who is shown them once.
    pub(crate) fn shown(&self) -> Vec<Secret<{ limits::CODE }>> {
        self.0.iter().filter_map(|code| Secret::new(code.as_str()).ok()).collect()
    }

    /// Returns what the database keeps of an authenticator and of these codes.
    pub(crate) fn sealed_with(&self, secret: &Secret20, account: AccountId, keys: &Keys) -> AccountSecrets {
        let digest = |code: &Zeroizing<String>| recovery::digest(&keys.pepper, account, code);
        AccountSecrets {
            totp_sealed: keys.seal_totp(account, secret),
            recovery_digests: self.0.iter().map(digest).collect(),
        }
    }
}
