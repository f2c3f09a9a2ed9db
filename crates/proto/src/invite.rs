//! Invite links: where the server is, which key it has, and the token that lets somebody in.
//!
//! `chat://host:port/i/TOKEN#k=KEY`. The key stands in the fragment, as it would never be sent anywhere.

use std::fmt;
use std::net::Ipv6Addr;

use thiserror::Error;

use crate::ids::PublicKey;
use crate::limits;

/// An invite as it is passed from person to person.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteLink {
    /// A DNS name or an address; an IPv6 address without its brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The server's static key, to be pinned from the first byte.
    pub server_key: PublicKey,
    /// The one-time token.
    pub token: String,
}

/// Why text is not an invite link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InviteLinkError {
    /// Longer than any link.
    #[error("invite link is {len} bytes, the limit is {max}", max = limits::INVITE_LINK)]
    TooLong {
        /// Bytes that came.
        len: usize,
    },
    /// Does not start as a link of this program does.
    #[error("an invite link starts with chat:// and looks like chat://host:port/i/TOKEN#k=KEY")]
    Scheme,
    /// The host is not a name or an address.
    #[error("the host in the invite link is not a host name or address")]
    Host,
    /// The port is missing or not a number from 1 to 65535.
    #[error("the invite link needs a port from 1 to 65535 after its host")]
    Port,
    /// The token is missing or has letters that no token has.
    #[error("the invite link has no valid token after /i/")]
    Token,
    /// The key is missing or is not 52 letters of Base32.
    #[error("the invite link has no valid server key after #k=; was it cut?")]
    Key,
}

impl InviteLink {
    /// Reads a link; spaces around it are ignored.
    ///
    /// # Errors
    /// [`InviteLinkError`] names the first part that is wrong.
    pub fn parse(text: &str) -> Result<Self, InviteLinkError> {
        let text = text.trim();
        if limits::INVITE_LINK < text.len() {
            return Err(InviteLinkError::TooLong { len: text.len() });
        }
        let rest = text.strip_prefix(SCHEME).ok_or(InviteLinkError::Scheme)?;
        let (address, rest) = rest.split_once("/i/").ok_or(InviteLinkError::Scheme)?;
        let (token, key) = rest.split_once("#k=").ok_or(InviteLinkError::Key)?;
        let (host, port) = parse_address(address)?;
        Ok(Self { host, port, server_key: parse_key(key)?, token: parse_token(token)? })
    }
}

impl fmt::Display for InviteLink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, server_key, token } = self;
        let key = data_encoding::BASE32_NOPAD.encode(&server_key.0).to_lowercase();
        if host.contains(':') {
            write!(formatter, "{SCHEME}[{host}]:{port}/i/{token}#k={key}")
        } else {
            write!(formatter, "{SCHEME}{host}:{port}/i/{token}#k={key}")
        }
    }
}

impl fmt::Debug for InviteLink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("InviteLink")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("server_key", &self.server_key)
            .field("token", &"***")
            .finish()
    }
}

fn parse_address(address: &str) -> Result<(String, u16), InviteLinkError> {
    let (host, port) = address.rsplit_once(':').ok_or(InviteLinkError::Port)?;
    let host = match host.strip_prefix('[') {
        Some(bracketed) => parse_ipv6(bracketed)?,
        None => parse_host_name(host)?,
    };
    if port.is_empty() || !port.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(InviteLinkError::Port);
    }
    match port.parse() {
        Ok(0) | Err(_) => Err(InviteLinkError::Port),
        Ok(port) => Ok((host, port)),
    }
}

fn parse_ipv6(bracketed: &str) -> Result<String, InviteLinkError> {
    let address = bracketed.strip_suffix(']').ok_or(InviteLinkError::Host)?;
    let address: Ipv6Addr = address.parse().map_err(|_| InviteLinkError::Host)?;
    Ok(address.to_string())
}

fn parse_host_name(host: &str) -> Result<String, InviteLinkError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if host.is_empty() || limits::HOST < host.len() || !host.bytes().all(allowed) {
        return Err(InviteLinkError::Host);
    }
    Ok(host.to_lowercase())
}

fn parse_token(token: &str) -> Result<String, InviteLinkError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if token.is_empty() || limits::INVITE < token.len() || !token.bytes().all(allowed) {
        return Err(InviteLinkError::Token);
    }
    Ok(token.to_owned())
}

fn parse_key(key: &str) -> Result<PublicKey, InviteLinkError> {
    let bytes = data_encoding::BASE32_NOPAD
        .decode(key.to_ascii_uppercase().as_bytes())
        .map_err(|_| InviteLinkError::Key)?;
    bytes.try_into().map(PublicKey).map_err(|_| InviteLinkError::Key)
}

const SCHEME: &str = "chat://";

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "aebagbafaydqqcikbmga2dqpcaireeyuculbogazdinryhi6d4qa";

    #[test]
    fn a_link_reads_back() {
        for host in ["chat.example.org", "localhost", "192.0.2.7", "2001:db8::1", "my_server-2"] {
            let server_key = PublicKey(std::array::from_fn(|place| u8::try_from(place + 1).unwrap()));
            let token = "mfrggzdfmztwq2lknnwg".to_owned();
            let link = InviteLink { host: host.to_owned(), port: 7777, server_key, token };
            assert_eq!(InviteLink::parse(&link.to_string()), Ok(link));
        }
    }

    #[test]
    fn the_text_is_the_documented_one() {
        let text = format!("chat://[2001:db8::1]:7777/i/mfrggzdfmztwq2lknnwg#k={KEY}");
        let link = InviteLink::parse(&text).unwrap();
        assert_eq!(
            (link.host.as_str(), link.port, link.token.as_str()),
            ("2001:db8::1", 7777, "mfrggzdfmztwq2lknnwg")
        );
        assert_eq!(link.server_key.0[..4], [1, 2, 3, 4]);
        assert_eq!(link.to_string(), text);
    }

    #[test]
    fn spaces_around_and_capital_letters_are_forgiven() {
        let link =
            InviteLink::parse(&format!(" chat://Chat.Example:1/i/t#k={}\n", KEY.to_uppercase())).unwrap();
        assert_eq!(link.to_string(), format!("chat://chat.example:1/i/t#k={KEY}"));
    }

    #[test]
    fn the_first_wrong_part_is_named() {
        let cases = [
            ("", InviteLinkError::Scheme),
            ("https://h:1/i/t#k=KEY", InviteLinkError::Scheme),
            ("chat://h:1", InviteLinkError::Scheme),
            ("chat://h:1/x/t#k=KEY", InviteLinkError::Scheme),
            ("chat://h/i/t#k=KEY", InviteLinkError::Port),
            ("chat://h:/i/t#k=KEY", InviteLinkError::Port),
            ("chat://h:0/i/t#k=KEY", InviteLinkError::Port),
            ("chat://h:65536/i/t#k=KEY", InviteLinkError::Port),
            ("chat://h:+1/i/t#k=KEY", InviteLinkError::Port),
            ("chat://:1/i/t#k=KEY", InviteLinkError::Host),
            ("chat://a b:1/i/t#k=KEY", InviteLinkError::Host),
            ("chat://user@h:1/i/t#k=KEY", InviteLinkError::Host),
            ("chat://h\u{1b}[2J:1/i/t#k=KEY", InviteLinkError::Host),
            ("chat://bücher.example:1/i/t#k=KEY", InviteLinkError::Host),
            ("chat://2001:db8::1:1/i/t#k=KEY", InviteLinkError::Host),
            ("chat://[2001:db8::1:1/i/t#k=KEY", InviteLinkError::Host),
            ("chat://[h]:1/i/t#k=KEY", InviteLinkError::Host),
            ("chat://h:1/i/#k=KEY", InviteLinkError::Token),
            ("chat://h:1/i/a/b#k=KEY", InviteLinkError::Token),
            ("chat://h:1/i/t", InviteLinkError::Key),
            ("chat://h:1/i/t#k=", InviteLinkError::Key),
            ("chat://h:1/i/t#k=KEYx", InviteLinkError::Key),
            ("chat://h:1/i/t#k=KEY&x=1", InviteLinkError::Key),
        ];
        for (text, error) in cases {
            assert_eq!(InviteLink::parse(&text.replace("KEY", KEY)), Err(error), "{text}");
        }
        // One letter less, and a last letter that says more bits than a key has.
        assert_eq!(InviteLink::parse(&format!("chat://h:1/i/t#k={}", &KEY[1..])), Err(InviteLinkError::Key));
        assert_eq!(
            InviteLink::parse(&format!("chat://h:1/i/t#k={}b", &KEY[..51])),
            Err(InviteLinkError::Key)
        );
    }

    #[test]
    fn the_token_is_not_printed_by_debug() {
        let link = InviteLink::parse(&format!("chat://h:1/i/topsecret#k={KEY}")).unwrap();
        assert!(!format!("{link:?}").contains("topsecret"));
    }
}
