//! Settings that are more than a number or a path: the server's name and its address for people.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use proto::limits;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The server's name for people: one line, 1 to 64 bytes, no control characters, no colon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerName(String);

/// Text that cannot be a server name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ServerNameError {
    /// Nothing in it.
    #[error("server name is empty, expected 1 to {max} bytes", max = limits::NAME)]
    Empty,
    /// Too long for a client's `Welcome`.
    #[error("server name is {len} bytes, the limit is {max}", max = limits::NAME)]
    TooLong {
        /// Bytes that came.
        len: usize,
    },
    /// Control characters and the colon, which authenticators use as a separator.
    #[error("server name holds {0:?}, expected letters, digits, spaces and punctuation other than a colon")]
    Character(char),
}

/// A host with an optional port: `chat.example.org`, `chat.example.org:7777`, `[2001:db8::1]:7777`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostPort {
    host: String,
    port: Option<u16>,
}

/// Text that is not a host with an optional port.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "address is {0:?}, expected a host name or IP address with an optional port, like chat.example.org:7777"
)]
pub struct HostPortError(String);

impl ServerName {
    /// Takes a name as it stands in the file, without the spaces around it.
    ///
    /// # Errors
    /// [`ServerNameError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ServerNameError> {
        let name = text.trim();
        if name.is_empty() {
            return Err(ServerNameError::Empty);
        }
        if limits::NAME < name.len() {
            return Err(ServerNameError::TooLong { len: name.len() });
        }
        if let Some(bad) = name.chars().find(|&c| c.is_control() || c == ':') {
            return Err(ServerNameError::Character(bad));
        }
        Ok(Self(name.to_owned()))
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ServerName {
    fn default() -> Self {
        Self("LiveChat".to_owned())
    }
}

impl TryFrom<String> for ServerName {
    type Error = ServerNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ServerName> for String {
    fn from(name: ServerName) -> Self {
        name.0
    }
}

impl HostPort {
    /// Returns the host: a name, an IPv4 address, or an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port, if one was given.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }
}

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || HostPortError(text.to_owned());
        if text.parse::<Ipv6Addr>().is_ok() {
            return Ok(Self { host: text.to_owned(), port: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => {
                (host, Some(port.parse().ok().filter(|&port| port != 0).ok_or_else(error)?))
            }
            None => (text, None),
        };
        let host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inner) => inner.parse::<Ipv6Addr>().map_err(|_| error())?.to_string(),
            None => host.to_owned(),
        };
        if host.parse::<IpAddr>().is_err() && !is_host_name(&host) {
            return Err(error());
        }
        Ok(Self { host, port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.host.contains(':'), self.port) {
            (true, Some(port)) => write!(formatter, "[{}]:{port}", self.host),
            (false, Some(port)) => write!(formatter, "{}:{port}", self.host),
            (_, None) => formatter.write_str(&self.host),
        }
    }
}

impl TryFrom<String> for HostPort {
    type Error = HostPortError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<HostPort> for String {
    fn from(address: HostPort) -> Self {
        address.to_string()
    }
}

fn is_host_name(host: &str) -> bool {
    let label_is_fine = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(label_is_fine)
}
