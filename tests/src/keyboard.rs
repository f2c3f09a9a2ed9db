//! What an xterm sends for a key, by the names that the configuration uses.

use anyhow::{Result, bail};

/// Returns the bytes of a key: `ctrl-k`, `alt-enter`, `shift-right`, `f3`, `pageup`, `a`.
///
/// # Errors
/// When no keyboard has it.
pub fn bytes(key: &str) -> Result<Vec<u8>> {
    let (mut shift, mut alt, mut ctrl) = (false, false, false);
    let mut name = key;
    loop {
        let (held, rest) = match name.split_once('-') {
            Some(("ctrl", rest)) => (&mut ctrl, rest),
            Some(("alt", rest)) => (&mut alt, rest),
            Some(("shift", rest)) => (&mut shift, rest),
            _ => break,
        };
        *held = true;
        name = rest;
    }
    let modifier = 1 + u8::from(shift) + 2 * u8::from(alt) + 4 * u8::from(ctrl);
    if let Some((_, code)) = CODES.iter().find(|(known, _)| *known == name) {
        return Ok(sequence(*code, modifier));
    }
    let plain: Vec<u8> = match name {
        "enter" => b"\r".to_vec(),
        "tab" if shift => b"\x1b[Z".to_vec(),
        "tab" => b"\t".to_vec(),
        "backtab" => b"\x1b[Z".to_vec(),
        "esc" => b"\x1b".to_vec(),
        "backspace" => b"\x7f".to_vec(),
        "space" if ctrl => b"\0".to_vec(),
        "space" => b" ".to_vec(),
        letter if letter.chars().count() == 1 => match (letter.as_bytes(), ctrl) {
            ([byte @ (b'a'..=b'z' | b'[' | b']' | b'\\' | b'_')], true) => vec![byte & 0x1f],
            (_, true) => bail!("{key} is no key of an xterm"),
            (bytes, false) => bytes.to_vec(),
        },
        _ => bail!("{key} is no key"),
    };
    // Alt is an Esc in front.
    Ok([if alt { &b"\x1b"[..] } else { b"" }, &plain].concat())
}

/// How a key without a character is written.
#[derive(Debug, Clone, Copy)]
enum Code {
    /// `CSI letter`, `CSI 1;m letter`.
    Letter(char),
    /// `SS3 letter`, `CSI 1;m letter`.
    Pad(char),
    /// `CSI n~`, `CSI n;m~`.
    Number(u8),
}

fn sequence(code: Code, modifier: u8) -> Vec<u8> {
    let text = match (code, modifier) {
        (Code::Letter(letter), 1) => format!("\x1b[{letter}"),
        (Code::Pad(letter), 1) => format!("\x1bO{letter}"),
        (Code::Letter(letter) | Code::Pad(letter), held) => format!("\x1b[1;{held}{letter}"),
        (Code::Number(number), 1) => format!("\x1b[{number}~"),
        (Code::Number(number), held) => format!("\x1b[{number};{held}~"),
    };
    text.into_bytes()
}

const CODES: &[(&str, Code)] = &[
    ("up", Code::Letter('A')),
    ("down", Code::Letter('B')),
    ("right", Code::Letter('C')),
    ("left", Code::Letter('D')),
    ("home", Code::Letter('H')),
    ("end", Code::Letter('F')),
    ("insert", Code::Number(2)),
    ("delete", Code::Number(3)),
    ("pageup", Code::Number(5)),
    ("pagedown", Code::Number(6)),
    ("f1", Code::Pad('P')),
    ("f2", Code::Pad('Q')),
    ("f3", Code::Pad('R')),
    ("f4", Code::Pad('S')),
    ("f5", Code::Number(15)),
    ("f6", Code::Number(17)),
    ("f7", Code::Number(18)),
    ("f8", Code::Number(19)),
    ("f9", Code::Number(20)),
    ("f10", Code::Number(21)),
    ("f11", Code::Number(23)),
    ("f12", Code::Number(24)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sent_as_an_xterm_sends_them() {
        for (key, sent) in [
            ("a", "a"),
            ("ü", "ü"),
            ("enter", "\r"),
            ("alt-enter", "\x1b\r"),
            ("ctrl-k", "\x0b"),
            ("ctrl-c", "\x03"),
            ("alt-a", "\x1ba"),
            ("alt-1", "\x1b1"),
            ("esc", "\x1b"),
            ("f1", "\x1bOP"),
            ("f8", "\x1b[19~"),
            ("shift-right", "\x1b[1;2C"),
            ("alt-up", "\x1b[1;3A"),
            ("ctrl-left", "\x1b[1;5D"),
            ("alt-home", "\x1b[1;3H"),
            ("pageup", "\x1b[5~"),
            ("shift-pageup", "\x1b[5;2~"),
            ("shift-tab", "\x1b[Z"),
            ("ctrl-space", "\0"),
        ] {
            assert_eq!(bytes(key).unwrap(), sent.as_bytes(), "{key}");
        }
        assert!(bytes("ctrl-enterr").is_err() && bytes("ctrl-1").is_err() && bytes("").is_err());
    }
}
