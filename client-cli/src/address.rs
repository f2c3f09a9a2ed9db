//! Where a server listens: a host and a port, as people type them.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A host name or IP address and a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// The host name or IP address, an IPv6 address without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

/// The port of a server when none is named.
pub const DEFAULT_PORT: u16 = 7777;

/// Why text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AddressError {
    /// Nothing stands where the host should be.
    #[error("the address has no host; expected host:port, for example chat.example.org:{DEFAULT_PORT}")]
    NoHost,
    /// The host has characters no host has.
    #[error("the host of an address has letters, digits, dots, dashes and colons only")]
    BadHost,
    /// What follows the colon is not a port.
    #[error("the port is a number between 1 and 65535")]
    BadPort,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (host, port) = split(text.trim())?;
        if host.is_empty() {
            return Err(AddressError::NoHost);
        }
        if !host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:%".contains(c)) {
            return Err(AddressError::BadHost);
        }
        let port = match port {
            None => DEFAULT_PORT,
            Some(digits) => digits.parse().ok().filter(|&port| port != 0).ok_or(AddressError::BadPort)?,
        };
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            return write!(formatter, "[{}]:{}", self.host, self.port);
        }
        write!(formatter, "{}:{}", self.host, self.port)
    }
}

/// Splits `host`, `host:port`, `[v6]`, `[v6]:port` and a bare IPv6 address.
fn split(text: &str) -> Result<(&str, Option<&str>), AddressError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or(AddressError::BadHost)?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if after.is_empty() => Ok((host, None)),
            None => Err(AddressError::BadPort),
        };
    }
    match text.split_once(':') {
        Some((_, after)) if after.contains(':') => Ok((text, None)),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((text, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_way_to_write_an_address_is_understood() {
        for (text, host, port) in [
            ("chat.example.org", "chat.example.org", DEFAULT_PORT),
            (" localhost:80 ", "localhost", 80),
            ("[::1]:9", "::1", 9),
            ("::1", "::1", DEFAULT_PORT),
        ] {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.host.as_str(), address.port), (host, port));
            assert_eq!(address.to_string().parse::<Address>().unwrap(), address);
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused_with_its_reason() {
        for (text, error) in [
            ("", AddressError::NoHost),
            (":7", AddressError::NoHost),
            ("a b", AddressError::BadHost),
            ("host:0", AddressError::BadPort),
            ("host:70000", AddressError::BadPort),
            ("[::1]x", AddressError::BadPort),
        ] {
            assert_eq!(text.parse::<Address>(), Err(error), "{text:?}");
        }
    }
}
