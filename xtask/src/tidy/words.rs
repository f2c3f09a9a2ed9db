//! Words that do not belong in a file: skipped tests, placeholders, silenced lints, places of one machine.

use super::File;

/// A word, the files it is looked for in, and why it must not be there.
struct Banned {
    word: &'static str,
    only_in_rust: bool,
    why: &'static str,
}

/// The words are put together from halves, so that this table does not find itself.
const BANNED: &[Banned] = &[
    rust(concat!("#[ig", "nore"), "a test runs or does not exist"),
    rust(concat!("#[should", "_panic"), "assert the error instead"),
    rust(concat!("tod", "o!("), "unfinished code is not committed"),
    rust(concat!("unimple", "mented!("), "unfinished code is not committed"),
    rust(concat!("db", "g!("), "left over from a search"),
    anywhere(concat!("/ho", "me/"), "a place of one machine"),
    anywhere(concat!("/ro", "ot/"), "a place of one machine"),
    anywhere(concat!("/Us", "ers/"), "a place of one machine"),
    anywhere(concat!("/wo", "rk/"), "a place of one machine"),
    anywhere(concat!("/tmp/", "tgt"), "a place of one machine"),
    anywhere(concat!("/tmp/", "plan"), "a place of one machine"),
    anywhere(concat!("index.cra", "tes.io"), "registries are the client's business"),
    anywhere(concat!("static.cra", "tes.io"), "registries are the client's business"),
    anywhere(concat!("py", "pi.org"), "registries are the client's business"),
    anywhere(concat!("python", "hosted.org"), "registries are the client's business"),
    anywhere(concat!("deb.deb", "ian.org"), "registries are the client's business"),
    anywhere(concat!("registry.np", "mjs.org"), "registries are the client's business"),
    anywhere(concat!("proxy.go", "lang.org"), "registries are the client's business"),
    anywhere(concat!("<<<<", "<<< "), "an unfinished merge"),
];

const fn rust(word: &'static str, why: &'static str) -> Banned {
    Banned { word, only_in_rust: true, why }
}

const fn anywhere(word: &'static str, why: &'static str) -> Banned {
    Banned { word, only_in_rust: false, why }
}

/// Returns the words in this file that should not be there.
pub(crate) fn check(file: &File) -> Vec<String> {
    // Written by cargo, names the registry it read.
    if file.path == "Cargo.lock" {
        return Vec::new();
    }
    let is_rust = file.path.ends_with(".rs");
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for banned in BANNED.iter().filter(|banned| is_rust || !banned.only_in_rust) {
            if line.contains(banned.word) {
                findings.push(format!("{}:{}: `{}`: {}", file.path, index + 1, banned.word, banned.why));
            }
        }
    }
    if is_rust {
        findings.extend(silenced(file));
        findings.extend(database(file));
    }
    findings
}

/// A lint may be silenced, with a reason, on the smallest item.
fn silenced(file: &File) -> Vec<String> {
    let mut findings = Vec::new();
    for start in ["[allow(", "[expect("] {
        for (at, _) in file.text.match_indices(start).filter(|(at, _)| file.text[..*at].ends_with(['#', '!']))
        {
            let attribute = file.text[at..].split(")]").next().unwrap_or_default();
            if !attribute.contains("reason = ") {
                let line = file.text[..at].lines().count();
                findings.push(format!("{}:{line}: a lint is silenced without a reason", file.path));
            }
        }
    }
    findings
}

/// Only `store` and `vault` know SQLite; examples and tests of others may bring their own.
fn database(file: &File) -> Option<String> {
    let knows_it = ["crates/store/", "crates/vault/"].iter().any(|member| file.path.starts_with(member));
    let mine = knows_it || !file.path.contains("/src/");
    let names_it = file.text.contains(concat!("rusq", "lite::"));
    (!mine && names_it).then(|| format!("{}: names SQLite; only `store` and `vault` do", file.path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_code_has_no_findings() {
        let text = "//! x\n#[expect(dead_code, reason = \"shown later\")]\nfn a() {}\n";
        assert_eq!(check(&File::fake("chatd/src/a.rs", text)), Vec::<String>::new());
    }

    #[test]
    fn each_word_of_the_table_is_found_once() {
        for banned in BANNED {
            let text = format!("before {} after\n", banned.word);
            assert_eq!(check(&File::fake("chatd/src/a.rs", &text)).len(), 1, "{}", banned.word);
        }
    }

    #[test]
    fn words_for_rust_are_fine_in_prose() {
        let text = format!("write no {}\n", BANNED[0].word);
        assert_eq!(check(&File::fake("docs/A.md", &text)), Vec::<String>::new());
    }

    #[test]
    fn a_silenced_lint_without_a_reason_is_found() {
        let text = concat!("#![al", "low(unused)]\n#[al", "low(\n    dead_code,\n)]\nfn a() {}\n");
        assert_eq!(check(&File::fake("chatd/src/a.rs", text)).len(), 2);
    }

    #[test]
    fn sqlite_is_named_in_store_alone() {
        let text = concat!("use rusq", "lite::Connection;\n");
        assert_eq!(check(&File::fake("chatd/src/a.rs", text)).len(), 1);
        assert_eq!(check(&File::fake("crates/store/src/a.rs", text)), Vec::<String>::new());
        assert_eq!(check(&File::fake("client-cli/examples/a.rs", text)), Vec::<String>::new());
    }
}
