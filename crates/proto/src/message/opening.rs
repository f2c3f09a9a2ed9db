//! What a client says inside the third handshake message, and what it hears when it is let in.

use minicbor::{Decode, Encode};

use super::server::Role;
use crate::ids::{AccountId, DeviceId, Timestamp};
use crate::limits;
use crate::text::{List, Secret, Text};

/// The client's first words. They travel encrypted, with the device's static key already proven.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(flat)]
pub enum Opening {
    /// This device logged in before: its key alone is enough until the login period ends.
    #[n(0)]
    Resume(#[n(0)] Resume),
    /// Password and code; the device is remembered afterwards.
    #[n(1)]
    Login(#[n(0)] Login),
    /// A new account; the server answers with an [`Enrolment`].
    #[n(2)]
    Register(#[n(0)] Register),
}

/// Coming back with a known device.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Resume {
    /// The client's name and version, for the person's list of devices.
    #[n(0)]
    pub client: Text<{ limits::CLIENT_NAME }>,
}

/// Logging in. All parts are judged before any answer, so that a refusal says nothing about which was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Login {
    /// The account's name.
    #[n(0)]
    pub name: Text<{ limits::NAME }>,
    /// The password.
    #[n(1)]
    pub password: Secret<{ limits::PASSWORD }>,
    /// Six TOTP digits or a recovery code.
    #[n(2)]
    pub code: Secret<{ limits::CODE }>,
    /// What the person calls this device.
    #[n(3)]
    pub device_label: Text<{ limits::DEVICE_LABEL }>,
    /// The client's name and version.
    #[n(4)]
    pub client: Text<{ limits::CLIENT_NAME }>,
}

/// Making an account.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Register {
    /// The one-time token of the invite; empty where registration is open or by approval.
    #[n(0)]
    pub invite: Secret<{ limits::INVITE }>,
    /// The wanted name.
    #[n(1)]
    pub name: Text<{ limits::NAME }>,
    /// The wanted password.
    #[n(2)]
    pub password: Secret<{ limits::PASSWORD }>,
    /// What the person calls this device.
    #[n(3)]
    pub device_label: Text<{ limits::DEVICE_LABEL }>,
    /// The client's name and version.
    #[n(4)]
    pub client: Text<{ limits::CLIENT_NAME }>,
    /// What the applicant tells the moderators where registration is by approval; empty otherwise.
    #[n(5)]
    pub application: Text<{ limits::REASON }>,
}

/// A second factor, of a new account or in place of the one it has. Nothing is stored until a code made with it comes back
/// (`Command::ConfirmTotp`), so a registration that is broken off leaves the name and the invite free.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Enrolment {
    /// `otpauth://totp/...` with the secret, for a QR picture.
    #[n(0)]
    pub totp_uri: Secret<512>,
    /// The secret alone in Base32, for typing.
    #[n(1)]
    pub totp_secret: Secret<64>,
}

/// The connection is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Welcome {
    /// The account.
    #[n(0)]
    pub account: AccountId,
    /// Its name as others see it.
    #[n(1)]
    pub name: Text<{ limits::NAME }>,
    /// Its role on this server.
    #[n(2)]
    pub role: Role,
    /// This device.
    #[n(3)]
    pub device: DeviceId,
    /// The server's name for people.
    #[n(4)]
    pub server: Text<{ limits::NAME }>,
    /// The server's clock.
    #[n(5)]
    pub now: Timestamp,
    /// When this device must log in again with password and code.
    #[n(6)]
    pub login_until: Timestamp,
    /// Made anew when the server is restored from a backup: cached places in logs are void then.
    #[n(7)]
    pub incarnation: u64,
    /// Right after enrolment: the recovery codes, shown this once. Otherwise empty.
    #[n(8)]
    pub recovery_codes: List<Secret<{ limits::CODE }>, { limits::RECOVERY_CODES }>,
}
