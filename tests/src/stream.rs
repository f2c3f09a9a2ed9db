//! What a full-screen program may write to a terminal: an allow-list, read from the raw stream.
//!
//! Drawing needs few sequences. Whatever else appears came from somewhere else: from a name, a message, a file's name.

/// Returns what is not allowed, each with what stands around it; nothing when all is well.
#[must_use]
pub fn trespasses(written: &[u8]) -> Vec<String> {
    let text = match std::str::from_utf8(written) {
        Ok(text) => text,
        Err(error) => return vec![format!("not text after {} bytes", error.valid_up_to())],
    };
    let mut reader = Reader { text, at: 0, found: Vec::new() };
    while let Some(letter) = reader.next() {
        match letter {
            '\x1b' => reader.escape(),
            // The bell is the interface's own; line ends stand before and after the full screen.
            '\x07' | '\r' | '\n' => {}
            letter if is_printable(letter) => {}
            letter => reader.report(&format!("U+{:04X}", u32::from(letter))),
        }
    }
    reader.found
}

/// Returns the texts of all OSC sequences: titles, notices, clipboard.
#[must_use]
pub fn asides(written: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(written);
    let parts = text.split("\x1b]").skip(1);
    parts.map(|part| part.split(['\x07', '\x1b']).next().unwrap_or_default().to_owned()).collect()
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    found: Vec<String>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.text[self.at..].chars().next()?;
        self.at += letter.len_utf8();
        Some(letter)
    }

    fn escape(&mut self) {
        match self.next() {
            Some('[') => self.control_sequence(),
            Some(']') => self.command('\x07'),
            // A question whether the terminal draws pictures, and pictures themselves.
            Some('_') if self.text[self.at..].starts_with('G') => self.command('\0'),
            // Cursor saved and restored.
            Some('7' | '8') => {}
            Some(other) => self.report(&format!("ESC {other:?}")),
            // Cut in the middle: the rest was not written.
            None => {}
        }
    }

    fn control_sequence(&mut self) {
        let from = self.at;
        while let Some(letter) = self.next() {
            match letter {
                '0'..='?' | ' '..='/' => {}
                '@'..='~' => {
                    let (parameters, _) = self.text[from..].split_at(self.at - from - 1);
                    if !is_allowed(parameters, letter) {
                        let sequence = format!("CSI {parameters}{letter}");
                        self.report(&sequence);
                    }
                    return;
                }
                _ => return self.report("a control sequence that is none"),
            }
        }
    }

    /// A sequence with text in it, up to a bell or ST. The text is judged as text.
    fn command(&mut self, end: char) {
        let from = self.at;
        let number = self.text[from..].split([';', '\x07', '\x1b']).next().unwrap_or_default();
        if end == '\x07' && !OSC.contains(&number) {
            self.report(&format!("OSC {number}"));
        }
        while let Some(letter) = self.next() {
            match letter {
                letter if letter == end => return,
                '\x1b' if self.text[self.at..].starts_with('\\') => {
                    self.at += 1;
                    return;
                }
                letter if is_printable(letter) => {}
                letter => self.report(&format!("U+{:04X} inside an aside", u32::from(letter))),
            }
        }
    }

    fn report(&mut self, what: &str) {
        let before: String = self.text[..self.at].chars().rev().take(30).collect();
        let before: String = before.chars().rev().collect();
        let after: String = self.text[self.at..].chars().take(30).collect();
        self.found.push(format!("{what} in {:?}", before + &after));
    }
}

fn is_allowed(parameters: &str, letter: char) -> bool {
    if let Some(modes) = parameters.strip_prefix('?') {
        return match letter {
            'h' | 'l' => modes.split(';').all(|mode| MODES.contains(&mode)),
            // What the keyboard can do.
            'u' => modes.is_empty(),
            _ => false,
        };
    }
    let is_number = parameters.bytes().all(|byte| byte.is_ascii_digit() || byte == b';' || byte == b':');
    match letter {
        // Moving, clearing, colours; questions about the cursor, the terminal and the size of its cells; the title put
        // aside and taken back.
        'A'..='D' | 'G' | 'H' | 'J' | 'K' | 'd' | 'm' => is_number,
        'c' => matches!(parameters, "" | "0"),
        'n' => matches!(parameters, "5" | "6"),
        't' => matches!(parameters, "14" | "16" | "18" | "22;2" | "23;2"),
        'q' => parameters == ">0" || parameters.ends_with(' '),
        _ => false,
    }
}

/// Letters, signs and emoji; no controls, nothing that turns the line around, nothing that cannot be seen except what
/// joins an emoji.
fn is_printable(letter: char) -> bool {
    !letter.is_control() && !HIDDEN.iter().any(|range| range.contains(&letter))
}

const HIDDEN: &[std::ops::RangeInclusive<char>] = &[
    '\u{ad}'..='\u{ad}',
    '\u{61c}'..='\u{61c}',
    '\u{180e}'..='\u{180e}',
    '\u{200b}'..='\u{200c}',
    '\u{200e}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{fdd0}'..='\u{fdef}',
    '\u{feff}'..='\u{feff}',
    '\u{fff9}'..='\u{fffb}',
];
/// Cursor, other screen, paste, focus, mouse, frames in one piece.
const MODES: &[&str] =
    &["7", "12", "25", "1000", "1002", "1003", "1004", "1006", "1015", "1049", "2004", "2026"];
/// Title, notices, clipboard, hyperlinks' absence: those are off by default.
const OSC: &[&str] = &["0", "2", "9", "52", "777"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drawing_needs_is_allowed() {
        let drawn = "\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[2J\x1b[3;7H\x1b[38;5;12;48;2;1;2;3mada 日本 👩‍🚀 ❤️\x1b[0m\x1b[K\
                     \x1b]2;chat (3)\x07\x1b]777;notify;ada;hello\x1b\\\x07\x1b[6n\x1b[?1049l\r\n";
        assert_eq!(trespasses(drawn.as_bytes()), Vec::<String>::new());
        assert_eq!(asides(drawn.as_bytes()), ["2;chat (3)", "777;notify;ada;hello"]);
    }

    #[test]
    fn everything_else_is_found() {
        for (written, found) in [
            ("a\u{202e}b", "U+202E"),
            ("a\u{200b}b", "U+200B"),
            ("a\u{9b}31m", "U+009B"),
            ("\x08", "U+0008"),
            ("\x1bc", "ESC 'c'"),
            ("\x1bP+q\x1b\\", "ESC 'P'"),
            ("\x1b[5i", "CSI 5i"),
            ("\x1b[?1;2c", "CSI ?1;2c"),
            ("\x1b[21t", "CSI 21t"),
            ("\x1b[?47h", "CSI ?47h"),
            ("\x1b]50;font\x07", "OSC 50"),
            ("\x1b]2;a\u{202e}b\x07", "U+202E inside an aside"),
            ("\x1b]8;;http://a\x07", "OSC 8"),
        ] {
            let all = trespasses(written.as_bytes());
            assert!(all.first().is_some_and(|first| first.starts_with(found)), "{written:?}: {all:?}");
        }
        assert_eq!(trespasses(b"\xff").len(), 1);
    }
}
