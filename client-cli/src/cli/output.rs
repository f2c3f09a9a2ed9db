//! What leaves the program: data on stdout, talk on stderr, nothing remote that a terminal would obey.

use std::fmt::Display;
use std::io::{self, Write};

use domain::text::{term_safe, term_safe_lines};
use serde::Serialize;

use super::exit::Failure;

/// Whether a command prints lines for people or JSON for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Prints one line of data. It is made safe here, whatever is in it.
pub(crate) fn data(line: &str) -> Result<(), Failure> {
    write_line(&mut io::stdout().lock(), &term_safe_lines(line)).map_err(Failure::from)
}

/// Prints one JSON object on one line.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    write_line(&mut io::stdout().lock(), &json_line(value)).map_err(Failure::from)
}

/// Says something to the person; it may have several lines.
pub(crate) fn talk(line: impl Display) {
    // Nobody can be told that nobody can be told.
    let _ = write_line(&mut io::stderr().lock(), &term_safe_lines(&line.to_string()));
}

/// Returns a value as JSON whose every character is harmless on a terminal; a JSON reader sees no difference.
pub(crate) fn json_line(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).expect("the types of the schema have string keys only");
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text;
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut letter = [0; 4];
    for character in text.chars() {
        let alone: &str = character.encode_utf8(&mut letter);
        // Outside of strings JSON is ASCII, so an escape can stand wherever such a character does.
        if matches!(character, ' '..='~') || term_safe(alone) == alone {
            safe.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    safe
}

fn write_line(output: &mut impl Write, line: &str) -> io::Result<()> {
    output.write_all(line.as_bytes())?;
    output.write_all(b"\n")?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn json_reads_back_as_it_was_and_has_no_dangerous_character(text in hostile()) {
            let line = json_line(&text);
            prop_assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
            prop_assert!(line.chars().all(is_harmless), "{:?}", line);
        }
    }

    fn hostile() -> impl Strategy<Value = String> {
        prop_oneof![".*", "[\u{0}-\u{9f}\u{200b}-\u{202e}\u{2066}-\u{2069}\u{e0001}👩‍🚀é]*"]
    }

    fn is_harmless(character: char) -> bool {
        !character.is_control()
            && !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    }
}
