//! The shape of a file: its first line, its length, the ends of its lines.

use super::File;

const MOST_LINES: usize = 400;
const EXCUSE: &str = "tidy: long because ";
/// An excuse stands where a reader sees it at once.
const EXCUSE_WITHIN: usize = 5;

/// Returns what is wrong with the file's shape.
pub(crate) fn check(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    if file.path.ends_with(".rs") {
        // `x/tests.rs` has the subject of `x.rs`.
        findings.extend(first_line(file).filter(|_| !file.path.ends_with("/tests.rs")));
        findings.extend(length(file));
    }
    if !generated(&file.path) {
        findings.extend(line_ends(file));
    }
    findings
}

fn first_line(file: &File) -> Option<String> {
    let first = file.text.lines().next().unwrap_or_default();
    let says_its_subject = first.strip_prefix("//! ").is_some_and(|subject| 10 < subject.len());
    (!says_its_subject)
        .then(|| format!("{}: the first line does not say the file's subject (`//! ...`)", file.path))
}

fn length(file: &File) -> Option<String> {
    if is_test(&file.path) {
        return None;
    }
    let lines = lines_without_tests(&file.text);
    let excused = file.text.lines().take(EXCUSE_WITHIN).any(|line| line.contains(EXCUSE));
    (MOST_LINES < lines && !excused).then(|| {
        format!(
            "{}: {lines} lines, the limit is {MOST_LINES}; cut it, or write `{EXCUSE}...` on top",
            file.path
        )
    })
}

fn line_ends(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, line) in file.text.split('\n').enumerate() {
        if line.ends_with([' ', '\t', '\r']) {
            findings.push(format!(
                "{}:{}: space or carriage return at the end of the line",
                file.path,
                index + 1
            ));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        findings.push(format!("{}: the last line does not end", file.path));
    }
    findings
}

/// Tests at the bottom of a file do not count towards its length.
fn lines_without_tests(text: &str) -> usize {
    let bottom = text.find("\n#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..bottom].lines().count()
}

fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.starts_with("tests/e2e/") || path.contains("/tests/")
}

/// Written by programs, saved from one on purpose, or another project's file that must stay as it came.
fn generated(path: &str) -> bool {
    path == "Cargo.lock"
        || path.contains("/vendor/")
        || path.contains("/corpus/")
        || path.ends_with(".snap")
        || path.ends_with(".svg")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(lines: usize, top: &str) -> String {
        format!("//! A subject that is long enough.\n{top}{}", "fn a() {}\n".repeat(lines))
    }

    #[test]
    fn a_file_in_order_has_no_findings() {
        assert_eq!(check(&File::fake("chatd/src/a.rs", &source(300, ""))), Vec::<String>::new());
    }

    #[test]
    fn a_long_file_needs_a_reason_on_top() {
        assert_eq!(check(&File::fake("chatd/src/a.rs", &source(400, ""))).len(), 1);
        let excused = source(400, "// tidy: long because it is one table\n");
        assert_eq!(check(&File::fake("chatd/src/a.rs", &excused)), Vec::<String>::new());
        let late = source(400, &format!("{}// tidy: long because late\n", "\n".repeat(9)));
        assert_eq!(check(&File::fake("chatd/src/a.rs", &late)).len(), 1);
    }

    #[test]
    fn tests_do_not_count() {
        let with_tests = source(100, "") + "\n#[cfg(test)]\nmod tests {\n" + &"// x\n".repeat(600) + "}\n";
        assert_eq!(check(&File::fake("chatd/src/a.rs", &with_tests)), Vec::<String>::new());
        assert_eq!(check(&File::fake("chatd/src/a/tests.rs", &source(600, ""))), Vec::<String>::new());
    }

    #[test]
    fn spaces_at_the_end_and_a_missing_last_end_are_found() {
        let found = check(&File::fake("docs/A.md", "one \ntwo\r\nthree"));
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn a_file_that_does_not_say_its_subject_is_found() {
        assert_eq!(check(&File::fake("chatd/src/a.rs", "fn a() {}\n")).len(), 1);
        assert_eq!(check(&File::fake("chatd/src/a.rs", "//! x\n")).len(), 1);
    }
}
