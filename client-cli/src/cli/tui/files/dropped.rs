//! Paths that terminals type or paste when files are dropped on them.

use std::env;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// Returns the files that a pasted text names: absolute paths or `file://` addresses, plain, in quotes or with
/// backslashes, one or several. Nothing when one of them does not exist: then it is a text like any other.
pub(crate) fn paths(text: &str) -> Option<Vec<PathBuf>> {
    let text = text.trim();
    // Text that is no path is looked at no further, whatever its length.
    if text.is_empty() || LONGEST < text.len() || !begins_like_a_path(text) {
        return None;
    }
    // Some terminals paste the path as it is, spaces and all.
    let whole = (!text.contains('\n')).then(|| plain(text)).flatten();
    if let Some(path) = whole.filter(|path| path.exists()) {
        return Some(vec![path]);
    }
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match plain(line).filter(|path| path.exists()) {
            Some(path) => found.push(path),
            None => found.extend(words(line)?),
        }
        if MOST < found.len() {
            return None;
        }
    }
    Some(found)
}

/// Reads a line as a shell would; each word must be there.
fn words(line: &str) -> Option<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut letters = line.chars().peekable();
    while let Some(&letter) = letters.peek() {
        if letter.is_whitespace() {
            letters.next();
            continue;
        }
        let mut word = String::new();
        let mut quote = None;
        while let Some(letter) = letters.next() {
            match (quote, letter) {
                (Some(open), letter) if open == letter => quote = None,
                (None, '\'' | '"') => quote = Some(letter),
                (None, '\\') => word.push(letters.next()?),
                // Between double quotes a shell escapes these; a backslash before anything else is one.
                (Some('"'), '\\') => match letters.next_if(|next| matches!(next, '"' | '\\' | '$' | '`')) {
                    Some(next) => word.push(next),
                    None => word.push('\\'),
                },
                (None, letter) if letter.is_whitespace() => break,
                (_, letter) => word.push(letter),
            }
        }
        let path = plain(&word).filter(|path| quote.is_none() && path.exists())?;
        if MOST < found.len() {
            return None;
        }
        found.push(path);
    }
    Some(found)
}

/// Reads one path or address without quotes.
fn plain(text: &str) -> Option<PathBuf> {
    if let Some(address) = text.strip_prefix("file://") {
        // `file://host/path` names a file of another machine, except for the two names of this one.
        let path = address.strip_prefix("localhost").unwrap_or(address);
        return path.starts_with('/').then(|| decoded(path)).flatten();
    }
    if let Some(behind) = text.strip_prefix("~/") {
        return Some(PathBuf::from(env::var_os("HOME")?).join(behind));
    }
    (text.starts_with('/') && !text.contains('\0')).then(|| PathBuf::from(text))
}

/// Undoes `%20` and the like; bytes that are no text stay what they are.
fn decoded(text: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte == b'%' {
            let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok())?;
            let value = u8::from_str_radix(digits, 16).ok().filter(|&value| value != 0)?;
            bytes.push(value);
            rest = &rest[2..];
        } else {
            bytes.push(byte);
        }
    }
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

fn begins_like_a_path(text: &str) -> bool {
    let text = text.trim_start_matches(['\'', '"']);
    text.starts_with('/') || text.starts_with("~/") || text.starts_with("file://")
}

/// A longer paste is a text.
const LONGEST: usize = 64 * 1024;
/// More files than these are not offered at once.
const MOST: usize = 50;

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn paths_are_read_however_a_terminal_writes_them() {
        let folder = pictures();
        let at = folder.path().display().to_string();
        let (tea, space, quote) =
            (place(&folder, "tea.png"), place(&folder, "my tea.png"), place(&folder, "it's \"é\".png"));
        for (text, expected) in [
            (format!("{at}/tea.png"), vec![&tea]),
            (format!("  {at}/tea.png \r\n"), vec![&tea]),
            (format!("{at}/my tea.png"), vec![&space]),
            (format!("'{at}/my tea.png'"), vec![&space]),
            (format!("\"{at}/my tea.png\""), vec![&space]),
            (format!("{at}/my\\ tea.png"), vec![&space]),
            (format!("{at}/tea.png {at}/my\\ tea.png"), vec![&tea, &space]),
            (format!("'{at}/tea.png' '{at}/my tea.png'"), vec![&tea, &space]),
            (format!("{at}/tea.png\n{at}/my tea.png\n"), vec![&tea, &space]),
            (format!("file://{at}/my%20tea.png"), vec![&space]),
            (format!("file://localhost{at}/tea.png\r\nfile://{at}/my%20tea.png"), vec![&tea, &space]),
            (format!("file://{at}/it's%20%22%C3%A9%22.png"), vec![&quote]),
            (format!("'{at}/it'\\''s \"é\".png'"), vec![&quote]),
            (format!("\"{at}/it's \\\"é\\\".png\""), vec![&quote]),
        ] {
            let expected: Vec<PathBuf> = expected.into_iter().cloned().collect();
            assert_eq!(paths(&text), Some(expected), "{text}");
        }
    }

    #[test]
    fn ordinary_text_is_never_taken_for_a_path() {
        let folder = pictures();
        let at = folder.path().display().to_string();
        for text in [
            String::new(),
            "hello".to_owned(),
            "tea.png".to_owned(),
            "/join ops".to_owned(),
            "/me waves".to_owned(),
            format!("look at {at}/tea.png"),
            format!("{at}/tea.png is hot"),
            format!("{at}/tea.png {at}/gone.png"),
            format!("'{at}/tea.png"),
            format!("{at}/tea.png\\"),
            format!("file://other.example{at}/tea.png"),
            format!("file://{at}/tea%2.png"),
            format!("file://{at}/tea.png%00"),
            format!("{at}/tea.png\0"),
            "/".repeat(100_000),
            format!("{at}/tea.png\n").repeat(MOST + 10),
        ] {
            assert_eq!(paths(&text), None, "{text:.60}");
        }
    }

    fn pictures() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["tea.png", "my tea.png", "it's \"é\".png"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        folder
    }

    fn place(folder: &TempDir, name: &str) -> PathBuf {
        folder.path().join(name)
    }
}
