//! From passphrase and payload to bytes that look random: keys, header, sealed body.

pub(crate) mod body;
pub(crate) mod header;
pub(crate) mod key;
