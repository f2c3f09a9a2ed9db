//! The documents that are made from the program's tables: sections of the user guide, the man page, scripts for shells,
//! the annotated configuration. `cargo xtask guide` writes them, and a test fails while one of them is old.

mod guide;
mod man;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use super::completions::{Shell, script};
use super::tui::config::table;

#[test]
fn every_document_says_what_the_tables_say() {
    let mut old = Vec::new();
    for (path, text) in documents() {
        let there = fs::read_to_string(root().join(&path)).unwrap_or_default();
        if there == text {
            continue;
        }
        if std::env::var_os("UPDATE_GUIDE").is_some() {
            let path = root().join(&path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        } else {
            old.push(path);
        }
    }
    assert!(old.is_empty(), "{old:?} differ from the tables: cargo xtask guide writes them anew");
}

/// Every document as it should be, by its place in the repository.
fn documents() -> Vec<(PathBuf, String)> {
    let script = |shell| String::from_utf8(script(shell)).unwrap();
    let guide = fs::read_to_string(root().join(GUIDE)).unwrap();
    let whole = [
        (GUIDE, guide::filled(&guide)),
        ("deploy/chat.toml", table::example()),
        ("deploy/man/chat.1", man::page()),
        ("deploy/completions/chat.bash", script(Shell::Bash)),
        ("deploy/completions/_chat", script(Shell::Zsh)),
        ("deploy/completions/chat.fish", script(Shell::Fish)),
    ];
    whole.into_iter().map(|(path, text)| (PathBuf::from(path), text)).collect()
}

#[test]
fn completions_offer_what_help_shows_and_nothing_hidden() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let script = String::from_utf8(script(shell)).unwrap();
        assert!(script.contains("password-file") && script.contains("completions"), "{shell:?}");
        assert!(!script.contains("Refused: others"), "{shell:?}");
        assert!(!script.split_whitespace().any(|word| word.trim_matches('"') == "--password"), "{shell:?}");
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

const GUIDE: &str = "docs/USERGUIDE.md";
