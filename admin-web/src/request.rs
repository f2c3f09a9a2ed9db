//! A request taken apart once: method, path, fields, headers, where it comes from, and a body that is bounded.

use std::net::IpAddr;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::time;
use warp::http::{HeaderMap, Method};

/// Name and value pairs of an address or a form, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    pairs: Vec<(String, String)>,
    files: Vec<(String, Bytes)>,
}

/// One request as the rest of the program sees it.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Fields,
    /// The query as it stands in the address, for links back.
    pub(crate) raw_query: String,
    pub(crate) headers: HeaderMap,
    /// The host the browser asked for: `Host`, or the authority under HTTP/2.
    pub(crate) authority: Option<String>,
    pub(crate) peer: IpAddr,
    pub(crate) body: Result<Bytes, BodyFault>,
}

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyFault {
    TooLarge,
    TooSlow,
    Broken,
}

/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(10);
/// Fields one form may have.
const MOST_FIELDS: usize = 2_000;

impl Fields {
    /// Takes `a=1&b=2` apart; what is not UTF-8 after decoding is dropped, and so is what comes after too many.
    pub(crate) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).take(MOST_FIELDS);
        let pairs = pairs.filter_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decoded(name)?, decoded(value)?))
        });
        Self { pairs: pairs.collect(), files: Vec::new() }
    }

    /// Takes the parts of a `multipart/form-data` body apart; a part with a file name is a file.
    pub(crate) fn parse_multipart(body: &Bytes, boundary: &str) -> Self {
        let mut fields = Self::default();
        let delimiter = [b"\r\n--", boundary.as_bytes()].concat();
        let Some(mut at) = position(body, &delimiter[2..]).map(|at| at + delimiter.len() - 2) else {
            return fields;
        };
        while let Some(length) = position(&body[at..], &delimiter).filter(|_| fields.len() < MOST_FIELDS) {
            fields.take_part(&body.slice(at..at + length));
            at += length + delimiter.len();
        }
        fields
    }

    /// Returns the first file of this name that is not empty.
    pub(crate) fn file(&self, name: &str) -> Option<&[u8]> {
        let found = self.files.iter().find(|(known, bytes)| known == name && !bytes.is_empty());
        found.map(|(_, bytes)| &bytes[..])
    }

    /// Returns the first value of this name without spaces around it, empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// Returns the first value of this name as it was sent: for passwords.
    pub(crate) fn raw(&self, name: &str) -> &str {
        self.pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Returns every value of this name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Returns whether a box of this name is ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// Returns the fields as a query that holds this value instead of others of its name; an empty one takes it out.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let others = self.pairs.iter().filter(|(known, old)| known != name && !old.is_empty());
        let pairs = others.map(|(name, value)| (name.as_str(), value.as_str()));
        let added = (!value.is_empty()).then_some((name, value));
        let pairs: Vec<String> =
            pairs.chain(added).map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        pairs.join("&")
    }

    fn len(&self) -> usize {
        self.pairs.len() + self.files.len()
    }

    fn take_part(&mut self, part: &Bytes) {
        let Some(end) = position(part, b"\r\n\r\n") else { return };
        let head = String::from_utf8_lossy(&part[..end]).into_owned();
        let quoted = |key: &str| {
            let start = head.find(&format!("; {key}=\""))? + key.len() + 4;
            Some(head[start..].split('"').next().unwrap_or_default().to_owned())
        };
        let content = part.slice(end + 4..);
        match (quoted("name"), quoted("filename")) {
            (Some(name), Some(_)) => self.files.push((name, content)),
            (Some(name), None) => {
                if let Ok(text) = String::from_utf8(content.to_vec()) {
                    self.pairs.push((name, text));
                }
            }
            (None, _) => {}
        }
    }
}

/// Reads a body up to this many bytes.
pub(crate) async fn read_body<B: Buf>(
    body: impl Stream<Item = Result<B, warp::Error>>,
    most: usize,
) -> Result<Bytes, BodyFault> {
    let read = async {
        let mut body = std::pin::pin!(body);
        let mut bytes = BytesMut::new();
        while let Some(piece) = body.next().await {
            let mut piece = piece.map_err(|_| BodyFault::Broken)?;
            if most < bytes.len().saturating_add(piece.remaining()) {
                return Err(BodyFault::TooLarge);
            }
            bytes.extend_from_slice(&piece.copy_to_bytes(piece.remaining()));
        }
        Ok(bytes.freeze())
    };
    time::timeout(BODY_TIME, read).await.unwrap_or(Err(BodyFault::TooSlow))
}

impl Request {
    /// Returns a header as text, empty when it is absent or no text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// Returns a cookie's value.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.headers.get_all("cookie").iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Returns whether htmx asks, so that a piece of a page is enough.
    pub(crate) fn is_htmx(&self) -> bool {
        self.header("hx-request") == "true"
    }

    /// Returns the form that came as the body, whichever of the two ways a browser sent it.
    pub(crate) fn form(&self) -> Result<Fields, BodyFault> {
        let body = self.body.as_ref().map_err(|fault| *fault)?;
        let kind = self.header("content-type");
        if let Some((_, boundary)) =
            kind.split_once("boundary=").filter(|_| kind.starts_with("multipart/form-data"))
        {
            return Ok(Fields::parse_multipart(body, boundary.trim_matches('"')));
        }
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Ok(Fields::default());
        }
        Ok(std::str::from_utf8(body).map(Fields::parse).unwrap_or_default())
    }

    /// Returns path and query, for coming back here.
    pub(crate) fn here(&self) -> String {
        if self.raw_query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.raw_query)
        }
    }
}

/// Escapes what has a meaning in an address.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write;
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

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (high, low) = (digit(*rest.first()?)?, digit(*rest.get(1)?)?);
                bytes.push(high << 4 | low);
                rest = rest.get(2..)?;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_once_and_keep_their_order() {
        let fields = Fields::parse("a=1&b=x%20y+z&a=%32&empty=&flag&bad=%f0%9f&cut=%4&%c3%a4=%2526");
        assert_eq!(fields.get("a"), "1");
        assert_eq!(fields.all("a"), ["1", "2"]);
        assert_eq!(fields.get("b"), "x y z");
        assert_eq!((fields.get("empty"), fields.get("flag"), fields.get("absent")), ("", "", ""));
        assert_eq!((fields.get("bad"), fields.get("cut")), ("", ""));
        assert_eq!(fields.get("\u{e4}"), "%26");
    }

    #[test]
    fn a_query_with_another_value_keeps_the_rest_and_drops_what_is_empty() {
        let fields = Fields::parse("kind=ban&q=a%26b&cursor=7&state=");
        assert_eq!(fields.with("cursor", "9"), "kind=ban&q=a%26b&cursor=9");
        assert_eq!(fields.with("cursor", ""), "kind=ban&q=a%26b");
        assert_eq!(Fields::parse(&fields.with("q", "1 & 2")).get("q"), "1 & 2");
    }

    #[test]
    fn what_is_encoded_decodes_to_itself() {
        for text in ["", "a b", "&=?#%+", "\u{1f600}", "\"><script>"] {
            assert_eq!(decoded(&encoded(text)).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_form_with_a_file_is_taken_apart_and_garbage_gives_nothing() {
        let body = "--XX\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nproof\r\n--XX\r\n\
                    Content-Disposition: form-data; name=\"file\"; filename=\"bans.csv\"\r\n\
                    Content-Type: text/csv\r\n\r\na,b\r\nc,d\r\n--XX--\r\n";
        let fields = Fields::parse_multipart(&Bytes::from(body), "XX");
        assert_eq!(fields.get("csrf"), "proof");
        assert_eq!(fields.file("file"), Some(&b"a,b\r\nc,d"[..]));
        assert_eq!(fields.file("csrf"), None);
        for garbage in ["", "--XX", "--XX\r\n\r\n", "--XX--", "--XX\r\nname=\"a\"\r\n\r\nx"] {
            assert_eq!(
                Fields::parse_multipart(&Bytes::from(garbage), "XX"),
                Fields::default(),
                "{garbage:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit_and_not_beyond() {
        let pieces = |sizes: &[usize]| {
            let pieces: Vec<_> = sizes.iter().map(|size| Ok(Bytes::from(vec![b'x'; *size]))).collect();
            futures_util::stream::iter(pieces)
        };
        assert_eq!(read_body(pieces(&[6, 4]), 10).await.map(|bytes| bytes.len()), Ok(10));
        assert_eq!(read_body(pieces(&[6, 5]), 10).await, Err(BodyFault::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let body = futures_util::stream::pending::<Result<Bytes, warp::Error>>();
        assert_eq!(read_body(body, 10).await, Err(BodyFault::TooSlow));
    }
}
