//! The little of HTTP that the stories take: one request for each connection, and reading the whole answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

const PATIENCE: Duration = Duration::from_secs(10);

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// 200 when all is well.
    pub status: u16,
    /// Names in lower case, and values, in the order they came.
    pub headers: Vec<(String, String)>,
    /// What it says.
    pub body: String,
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `GET`, `POST` and so on.
    pub method: &'a str,
    /// What is asked for, with its query.
    pub path: &'a str,
    /// Beside `Host`, `Connection` and `Content-Length`.
    pub headers: &'a [(&'a str, &'a str)],
    /// What is sent along.
    pub body: &'a [u8],
    /// How long the answer may take.
    pub patience: Duration,
}

impl Page {
    /// Returns the first value of a header; the name is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Asks for a page and reads it to the end.
///
/// # Errors
/// When nothing answers in time, or something that is not HTTP.
pub fn get(address: SocketAddr, path: &str) -> Result<Page> {
    send(address, &Request { method: "GET", path, headers: &[], body: &[], patience: PATIENCE })
}

/// Sends a request and reads its answer to the end.
///
/// # Errors
/// When nothing answers in time, or something that is not HTTP.
pub fn send(address: SocketAddr, request: &Request<'_>) -> Result<Page> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).context("connecting")?;
    stream.set_read_timeout(Some(request.patience))?;
    stream.set_nodelay(true)?;
    let Request { method, path, body, .. } = request;
    let mut bytes = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for (name, value) in request.headers {
        bytes += &format!("{name}: {value}\r\n");
    }
    if *method != "GET" || !body.is_empty() {
        bytes += &format!("Content-Length: {}\r\n", body.len());
    }
    let mut bytes = (bytes + "\r\n").into_bytes();
    bytes.extend_from_slice(body);
    stream.write_all(&bytes).context("asking")?;
    let mut answer = Vec::new();
    let mut piece = [0; 16 * 1024];
    // Not every server closes when it is asked to, so a body of known length is not read past its end.
    while !is_whole(&answer) {
        match stream.read(&mut piece).context("reading the answer")? {
            0 => break,
            count => answer.extend_from_slice(&piece[..count]),
        }
    }
    parse(&answer)
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = end_of_head(answer) else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length =
        head.split("\r\n").find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    length.is_some_and(|length: usize| length <= answer.len() - end - 4)
}

fn end_of_head(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|four| four == b"\r\n\r\n")
}

/// Returns a metric's value; the name includes its labels, as in the text format.
#[must_use]
pub fn metric(page: &str, name: &str) -> Option<f64> {
    let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    line.split_whitespace().next()?.parse().ok()
}

fn parse(answer: &[u8]) -> Result<Page> {
    let end = end_of_head(answer).context("no end of the head")?;
    let head = std::str::from_utf8(&answer[..end]).context("a head that is not text")?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split_whitespace().nth(1)).context("no status")?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut page = Page { status: status.parse()?, headers, body: String::new() };
    let body = &answer[end + 4..];
    let chunked = page.header("transfer-encoding").is_some_and(|how| how.eq_ignore_ascii_case("chunked"));
    let body = if chunked { unchunk(body).context("broken chunks")? } else { body.to_vec() };
    page.body = String::from_utf8(body).context("a body that is not text")?;
    Ok(page)
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = std::str::from_utf8(&rest[..end]).ok()?;
        let length = usize::from_str_radix(length.trim(), 16).ok()?;
        rest = &rest[end + 2..];
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..length)?);
        rest = rest.get(length..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_found_by_its_whole_name() {
        let page = "# HELP a_total x\na_total 3\na_total_b 4\nc{d=\"e\"} 5.5 123\n";
        assert_eq!(metric(page, "a_total"), Some(3.0));
        assert_eq!(metric(page, "c{d=\"e\"}"), Some(5.5));
        assert_eq!(metric(page, "a"), None);
    }

    #[test]
    fn chunks_become_one_text_and_broken_ones_are_refused() {
        assert_eq!(unchunk(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").as_deref(), Some(b"abcde".as_slice()));
        assert_eq!(unchunk(b"9\r\nabc\r\n0\r\n"), None);
    }

    #[test]
    fn an_answer_is_taken_apart() {
        let page = parse(b"HTTP/1.1 303 See Other\r\nLocation: /a\r\nSet-Cookie: x=1\r\n\r\nbody").unwrap();
        assert_eq!((page.status, page.header("location"), page.body.as_str()), (303, Some("/a"), "body"));
        assert!(parse(b"HTTP/1.1 200 OK\r\n").is_err());
        assert!(is_whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"));
        assert!(!is_whole(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na"));
    }
}
