//! The two ways in which a JPEG is refused, in short.

use crate::carrier::ReadError;

/// The file ends before the picture does.
pub(super) const CUT_SHORT: ReadError = damaged("it ends too early");

/// Something contradicts the standard or another part of the file.
pub(super) const fn damaged(what: &'static str) -> ReadError {
    ReadError::Damaged { format: "JPEG", what }
}
