//! Lines of stdin, read by a thread of their own so that waiting for one stops nothing else.

use std::io::{self, BufRead, Read};

use tokio::sync::mpsc;

/// A line of input, or why there is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Text(String),
    /// Longer than anything that could be sent; it was thrown away.
    TooLong,
    /// Not UTF-8; it was thrown away.
    NotText,
}

/// Reads stdin line by line until its end.
pub(crate) fn lines() -> mpsc::Receiver<Line> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Ok(Some(line)) = next_line(&mut input) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

fn next_line(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    if input.take(LONGEST).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.last() != Some(&b'\n') && LONGEST <= bytes.len().try_into().unwrap_or(u64::MAX) {
        skip_line(input)?;
        return Ok(Some(Line::TooLong));
    }
    while matches!(bytes.last(), Some(b'\n' | b'\r')) {
        bytes.pop();
    }
    Ok(Some(String::from_utf8(bytes).map_or(Line::NotText, Line::Text)))
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (used, ended) = match buffer.iter().position(|&byte| byte == b'\n') {
            Some(place) => (place + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}

const AHEAD: usize = 16;
/// Room for the longest message with every character written as a JSON escape.
const LONGEST: u64 = 128 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_without_their_ends_and_the_last_one_needs_none() {
        let mut input = &b"one\r\n\ntwo"[..];
        let mut lines = Vec::new();
        while let Some(line) = next_line(&mut input).unwrap() {
            lines.push(line);
        }
        assert_eq!(lines, ["one", "", "two"].map(|text| Line::Text(text.to_owned())));
    }

    #[test]
    fn a_line_without_end_takes_bounded_memory_and_the_next_line_is_whole() {
        let endless = vec![b'a'; 1_000_000];
        let mut input = &[&endless[..], b"\n\xff\nnext\n"].concat()[..];
        assert_eq!(next_line(&mut input).unwrap(), Some(Line::TooLong));
        assert_eq!(next_line(&mut input).unwrap(), Some(Line::NotText));
        assert_eq!(next_line(&mut input).unwrap(), Some(Line::Text("next".to_owned())));
    }
}
