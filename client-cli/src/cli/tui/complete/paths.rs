//! Paths that begin as it is typed: what lies in the folder, one level at a time.

use std::ffi::OsStr;
use std::fs::{self, DirEntry};

use domain::text::term_safe;

use super::Candidate;
use crate::cli::conversation::path::{from_home, quoted};

/// What may be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Folders,
}

/// Returns what the typed path can become. Folders stay open for what lies in them.
pub(super) fn candidates(typed: &str, kind: Kind) -> Vec<Candidate> {
    if typed == "~" {
        return vec![Candidate { text: "~/".to_owned(), hint: "your home folder".to_owned() }];
    }
    let (folder, beginning) = typed.rfind('/').map_or(("", typed), |slash| typed.split_at(slash + 1));
    let place = if folder.is_empty() { ".".into() } else { from_home(folder) };
    // A folder that cannot be read has nothing to offer; sending the file will say why.
    let Ok(entries) = fs::read_dir(place) else { return Vec::new() };
    let lower = beginning.to_lowercase();
    let mut found: Vec<(bool, String)> = entries
        .take(LOOKED_AT)
        .flatten()
        .filter_map(|entry| Some((is_folder(&entry), name(&entry.file_name())?)))
        .filter(|(is_folder, _)| *is_folder || kind == Kind::Any)
        .filter(|(_, name)| name.to_lowercase().starts_with(&lower))
        .filter(|(_, name)| !name.starts_with('.') || beginning.starts_with('.'))
        .collect();
    found.sort_by_cached_key(|(is_folder, name)| (!is_folder, name.to_lowercase()));
    found.truncate(OFFERED);
    found.into_iter().map(|(is_folder, name)| candidate(folder, &name, is_folder)).collect()
}

fn candidate(folder: &str, name: &str, is_folder: bool) -> Candidate {
    let path = format!("{folder}{name}");
    let text = match (is_folder, quoted(&path).into_owned()) {
        (false, quoted) => format!("{quoted} "),
        (true, quoted) => match quoted.strip_suffix(['"', '\'']) {
            // The quote stays open, so that the path goes on behind it.
            Some(open) if quoted.starts_with(['"', '\'']) => format!("{open}/"),
            _ => format!("{quoted}/"),
        },
    };
    let hint = if is_folder { "folder" } else { "" };
    Candidate { text, hint: hint.to_owned() }
}

/// A name with characters that a terminal takes for something else is left to the file explorer.
fn name(name: &OsStr) -> Option<String> {
    let name = name.to_str()?;
    (term_safe(name) == name).then(|| name.to_owned())
}

/// A link to a folder is one.
fn is_folder(entry: &DirEntry) -> bool {
    match entry.file_type() {
        Ok(kind) if kind.is_symlink() => entry.path().is_dir(),
        Ok(kind) => kind.is_dir(),
        Err(_) => false,
    }
}

/// A folder may have more files than a person waits for.
const LOOKED_AT: usize = 10_000;
const OFFERED: usize = 100;
