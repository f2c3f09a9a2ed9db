//! The marked section of the document that holds the newest figures.

use std::path::Path;

use anyhow::{Context, Result};

const BEGIN: &str = "<!-- figures: begin, written by `cargo xtask bench --write` -->";
const END: &str = "<!-- figures: end -->";

/// Puts the figures between the marks of a file.
///
/// # Errors
/// When the file is missing, has no marks, or cannot be written.
pub(crate) fn write(path: &Path, figures: &str) -> Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let filled = fill(&text, figures)
        .with_context(|| format!("{} has no section between \"{BEGIN}\" and \"{END}\"", path.display()))?;
    std::fs::write(path, filled).with_context(|| format!("writing {}", path.display()))
}

fn fill(text: &str, figures: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", figures.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced_and_again_gives_the_same() {
        let text = format!("# Head\n{BEGIN}\nold\n{END}\ntail\n");
        let once = fill(&text, "new\n").unwrap();
        assert_eq!(once, format!("# Head\n{BEGIN}\n\nnew\n\n{END}\ntail\n"));
        assert_eq!(fill(&once, "new").unwrap(), once);
    }

    #[test]
    fn a_document_without_marks_is_left_alone() {
        assert_eq!(fill("# Head\n", "new"), None);
        assert_eq!(fill(BEGIN, "new"), None);
    }
}
