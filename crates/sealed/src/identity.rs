//! Who a device belongs to: account keys, the certificates they sign, and what people compare.

mod certificate;
mod code;
mod parcel;

pub(crate) use certificate::seconds;
pub use certificate::{AccountKey, CERTIFICATE, Certificate, VALID_FOR};
pub use code::{approval_code, safety_number};
pub(crate) use parcel::Recipient;

/// Why something that proves an identity is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Not a certificate of version 1.
    #[error("a device certificate has {CERTIFICATE} bytes and version 1")]
    Shape,
    /// An account or device number that no id has.
    #[error("the device certificate names an id that cannot exist")]
    Id,
    /// The account's key did not sign this.
    #[error("the device certificate is not signed by the account's key")]
    Signature,
    /// It belongs to another server, account or device.
    #[error("the device certificate belongs to somebody else")]
    SomebodyElse,
    /// It has run out.
    #[error("the device certificate ended at {not_after} s")]
    Expired {
        /// In seconds since 1970.
        not_after: u64,
    },
    /// The parcel is for another device, or was changed on its way.
    #[error("the parcel with the account's key does not open")]
    Parcel,
}
