//! Lists of measures as comma-separated lines, in and out.
//!
//! The columns are target, kind, length, reason, note. The first line may name them, in any order.

use domain::cidr::Cidr;
use domain::sanction::{Kind, Length, from_word};
use proto::limits;
use proto::text::Text;
use store::NOTE;
use thiserror::Error;

use super::{AccountRef, TargetRef};

/// Most lines of one file.
pub(crate) const MOST: usize = 10_000;
/// The columns, in the order of a file without a first line that names them.
pub(crate) const COLUMNS: [&str; 5] = ["target", "kind", "length", "reason", "note"];

/// A line of a file that makes sense by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) target: TargetRef,
    pub(crate) kind: Kind,
    pub(crate) length: Length,
    pub(crate) reason: Text<{ limits::REASON }>,
    pub(crate) note: Text<NOTE>,
}

/// A line that makes no sense: its number, and why.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {why}")]
pub(crate) struct LineError {
    pub(crate) line: usize,
    pub(crate) why: String,
}

/// The number of a line, and what it says.
pub(crate) type Read = (usize, Result<Line, LineError>);

/// Reads a whole file. Each line is judged by itself, so that one slip does not hide the others.
///
/// # Errors
/// A sentence, if the file as a whole cannot be read.
pub(crate) fn read_lines(text: &str) -> Result<Vec<Read>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let rows = rows(text)?;
    let (order, skip) = match rows.first().and_then(|(_, row)| header(row)) {
        Some(order) => (order, 1),
        None => ([Some(0), Some(1), Some(2), Some(3), Some(4)], 0),
    };
    if rows.len() == skip {
        return Err("There are no lines in it. Each line is: target, kind, length, reason, note.".to_owned());
    }
    if MOST + skip < rows.len() {
        return Err(format!("It has {} lines, the limit is {MOST}. Split the file.", rows.len() - skip));
    }
    let read = |(line, row): &(usize, Vec<String>)| {
        let cell =
            |column: usize| order[column].and_then(|place| row.get(place)).map_or("", |cell| cell.trim());
        let read = read_line(cell).map_err(|why| LineError { line: *line, why });
        (*line, read)
    };
    Ok(rows.iter().skip(skip).map(read).collect())
}

/// Returns a cell as it is written to a file: quoted, and never taken for a formula by a spreadsheet.
pub(crate) fn cell(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guarded}{}\"", text.replace('"', "\"\""))
}

fn read_line<'t>(cell: impl Fn(usize) -> &'t str) -> Result<Line, String> {
    // What `cell` guarded on the way out is taken back in.
    let plain = |column| {
        let text: &str = cell(column);
        text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(text)
    };
    let target = target(plain(0))?;
    let kind = plain(1);
    let kind = if kind.is_empty() { Some(Kind::Ban) } else { from_word(kind) };
    let kind = kind.ok_or_else(|| "the kind is ban, mute, timeout or softban".to_owned())?;
    if kind == Kind::Kick {
        return Err("a kick happens once and cannot be imported".to_owned());
    }
    let length = match plain(2) {
        "" => domain::sanction::NETWORK_DEFAULT,
        typed => Length::parse(typed).map_err(|error| error.to_string())?,
    };
    let reason = plain(3);
    if reason.is_empty() {
        return Err("the reason is missing".to_owned());
    }
    Ok(Line { target, kind, length, reason: text("reason", reason)?, note: text("note", plain(4))? })
}

fn target(typed: &str) -> Result<TargetRef, String> {
    if typed.is_empty() {
        return Err("the target is missing".to_owned());
    }
    if !typed.starts_with(['@', '#']) && typed.contains(['.', ':', '/']) {
        if let Ok(range) = Cidr::parse(typed) {
            return Ok(TargetRef::Network(range));
        }
        // A name may have a dot in it; a slash or a colon is only in addresses.
        if typed.contains(['/', ':']) {
            return Cidr::parse(typed).map(TargetRef::Network).map_err(|error| error.to_string());
        }
    }
    AccountRef::read(typed).map(TargetRef::Account)
}

fn text<const MAX: usize>(what: &str, typed: &str) -> Result<Text<MAX>, String> {
    if typed.chars().any(|letter| letter.is_control() && letter != '\n') {
        return Err(format!("the {what} has control characters in it"));
    }
    Text::new(typed)
        .map_err(|error| format!("the {what} is {} bytes long, the limit is {}", error.len, error.max))
}

/// Returns where each column stands, if this row names them.
fn header(row: &[String]) -> Option<[Option<usize>; 5]> {
    let place = |name: &str| row.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
    let order = COLUMNS.map(place);
    order[0].map(|_| order)
}

/// Splits the text into rows of cells, each with the number of its first line. Empty lines are left out.
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut line, mut began) = (false, 1, 1);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                line += 1;
                row.push(std::mem::take(&mut cell));
                finish(&mut rows, began, &mut row);
                began = line;
            }
            _ => {
                line += usize::from(letter == '\n');
                cell.push(letter);
            }
        }
    }
    if quoted {
        return Err(format!("A quotation mark that opens on line {began} never closes."));
    }
    row.push(cell);
    finish(&mut rows, began, &mut row);
    Ok(rows)
}

fn finish(rows: &mut Vec<(usize, Vec<String>)>, began: usize, row: &mut Vec<String>) {
    let row = std::mem::take(row);
    if row.iter().any(|cell| !cell.trim().is_empty()) {
        rows.push((began, row));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_line_is_judged_by_itself() {
        let file = "target,kind,length,reason,note\r\n192.0.2.0/24,ban,7d,\"spam, much\",\"said \"\"hi\"\"\"\r\n\r\nmallory,mute,1h,rude\n10.0.0.1/8,,,x\nada,ban,soon,x\n";
        let lines = read_lines(file).unwrap();
        let numbers: Vec<_> = lines.iter().map(|(line, _)| *line).collect();
        assert_eq!(numbers, [2, 4, 5, 6]);
        let first = lines[0].1.as_ref().unwrap();
        assert_eq!((&*first.reason as &str, &*first.note as &str), ("spam, much", "said \"hi\""));
        assert_eq!(first.target, TargetRef::Network(Cidr::parse("192.0.2.0/24").unwrap()));
        assert_eq!(lines[1].1.as_ref().unwrap().kind, Kind::Mute);
        assert!(lines[2].1.as_ref().unwrap_err().why.contains("10.0.0.0/8"));
        assert!(lines[3].1.as_ref().unwrap_err().to_string().starts_with("line 6: \"soon\""));
    }

    #[test]
    fn columns_are_found_by_their_names_and_without_names_by_their_order() {
        let named = read_lines("reason,target\nspam,mallory").unwrap();
        let bare = read_lines("mallory,ban,1d,spam").unwrap();
        assert_eq!(named[0].1.as_ref().unwrap(), bare[0].1.as_ref().unwrap());
    }

    #[test]
    fn what_is_no_list_is_refused_with_a_sentence() {
        assert!(read_lines("").unwrap_err().contains("no lines"));
        assert!(read_lines("target,reason\n").unwrap_err().contains("no lines"));
        assert!(read_lines("a,\"b").unwrap_err().contains("never closes"));
        let many = "a,ban,1d,x\n".repeat(MOST + 1);
        assert!(read_lines(&many).unwrap_err().contains("10001 lines"));
        assert!(read_lines(&many[11..]).is_ok());
    }

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("@ada"), "\"'@ada\"");
        assert_eq!(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
        assert_eq!(cell("plain"), "\"plain\"");
    }

    proptest! {
        #[test]
        fn a_reason_that_was_written_reads_back(reason in "[^\\p{Cc}]{0,40}[a-z]") {
            let file = format!("mallory,ban,1d,{}", cell(reason.trim()));
            let lines = read_lines(&file).unwrap();
            prop_assume!(!reason.trim().starts_with('\''));
            prop_assert_eq!(&*lines[0].1.as_ref().unwrap().reason, reason.trim());
        }

        #[test]
        fn garbage_is_refused_and_never_a_panic(text in ".{0,200}") {
            let _ = read_lines(&text);
        }
    }
}
