//! The marked section of the document that holds the newest figures.

use std::path::Path;

use anyhow::{Context, Result};

/// The two lines around a section.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    begin: &'static str,
    end: &'static str,
}

/// Around the figures of `chatd`.
pub(crate) const SERVER: Marks = Marks {
    begin: "<!-- figures: begin, written by `cargo xtask bench --write` -->",
    end: "<!-- figures: end -->",
};
/// Around the figures of the dashboard.
pub(crate) const DASHBOARD: Marks = Marks {
    begin: "<!-- dashboard: begin, written by `cargo xtask bench dashboard --write` -->",
    end: "<!-- dashboard: end -->",
};

/// Around the figures of the full-screen client.
pub(crate) const CLIENT: Marks = Marks {
    begin: "<!-- client: begin, written by `cargo xtask bench --only tui --write` -->",
    end: "<!-- client: end -->",
};

/// Puts figures between the marks of a file.
///
/// # Errors
/// When the file is missing, has no such marks, or cannot be written.
pub(crate) fn write(path: &Path, marks: Marks, figures: &str) -> Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let Marks { begin, end } = marks;
    let filled = fill(&text, marks, figures)
        .with_context(|| format!("{} has no section between \"{begin}\" and \"{end}\"", path.display()))?;
    std::fs::write(path, filled).with_context(|| format!("writing {}", path.display()))
}

fn fill(text: &str, Marks { begin, end }: Marks, figures: &str) -> Option<String> {
    let (before, rest) = text.split_once(begin)?;
    let (_, after) = rest.split_once(end)?;
    Some(format!("{before}{begin}\n\n{}\n\n{end}{after}", figures.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced_and_again_gives_the_same() {
        let Marks { begin, end } = SERVER;
        let other = format!("{}\n{}\n", DASHBOARD.begin, DASHBOARD.end);
        let text = format!("# Head\n{begin}\nold\n{end}\ntail\n{other}");
        let once = fill(&text, SERVER, "new\n").unwrap();
        assert_eq!(once, format!("# Head\n{begin}\n\nnew\n\n{end}\ntail\n{other}"));
        assert_eq!(fill(&once, SERVER, "new").unwrap(), once);
    }

    #[test]
    fn a_document_without_marks_is_left_alone() {
        assert_eq!(fill("# Head\n", SERVER, "new"), None);
        assert_eq!(fill(SERVER.begin, SERVER, "new"), None);
        assert_eq!(fill(&format!("{}\n{}", SERVER.begin, SERVER.end), DASHBOARD, "new"), None);
    }
}
