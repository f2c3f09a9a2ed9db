//! What a notice says: who, where, and as much of what was said as the settings allow.

use domain::text::term_safe;
use unicode_segmentation::UnicodeSegmentation;

use super::{Calls, Heard, ShowText, Words};

/// Returns the notice of one message.
pub(super) fn of_one(heard: &Heard, show: ShowText) -> Words {
    let (author, place) = (line(&heard.author, NAME), line(&heard.place, NAME));
    let title = match heard.calls {
        Calls::ByName => format!("{author} mentions you in {place}"),
        Calls::Directly => format!("message from {author}"),
        Calls::Nobody => format!("message from {author} in {place}"),
    };
    let shown = match show {
        ShowText::Never => false,
        ShowText::Open => !heard.sealed,
        ShowText::Always => true,
    };
    let body = if shown { line(&heard.text, BODY) } else { String::new() };
    Words { title, body }
}

/// Returns remote text on one line, with nothing in it that a terminal would act upon, cut where it is long.
pub(super) fn line(text: &str, most: usize) -> String {
    // Longer text is never shown: no need to look at all of it. A letter with its accents is a few bytes.
    let mut end = text.len().min(most * BYTES_EACH);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let spaced = text[..end].split_whitespace().collect::<Vec<_>>().join(" ");
    let safe = term_safe(&spaced);
    let mut graphemes = safe.graphemes(true);
    let mut cut: String = graphemes.by_ref().take(most).collect();
    if graphemes.next().is_some() || end < text.len() {
        cut.push('…');
    }
    cut
}

const BYTES_EACH: usize = 32;
/// Most letters of a name.
pub(super) const NAME: usize = 40;
/// Most letters of what was said.
const BODY: usize = 160;
