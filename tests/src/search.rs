//! Looking for words where they must be, or must not be: in files, in what was said, on the wire.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use regex::bytes::Regex;

use crate::program::PATIENCE;

/// A heap of bytes with a name.
#[derive(Debug, Clone)]
pub struct Place {
    /// What it is.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Place {
    /// Returns a place for bytes that are not in a file.
    #[must_use]
    pub fn new(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), bytes: bytes.into() }
    }

    /// Returns every file below a folder, without the folders called `skip`.
    ///
    /// # Errors
    /// When something cannot be read. Files that go away meanwhile are left out.
    pub fn files(folder: &Path, skip: &[&str]) -> Result<Vec<Self>> {
        let mut places = Vec::new();
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() {
                let skipped = path.file_name().is_some_and(|name| skip.iter().any(|skip| name == *skip));
                places.extend(if skipped { Vec::new() } else { Self::files(&path, skip)? });
            } else if path.is_file()
                && let Ok(bytes) = fs::read(&path)
            {
                places.push(Self::new(&path.to_string_lossy(), bytes));
            }
        }
        Ok(places)
    }

    /// Tells whether the bytes occur here.
    #[must_use]
    pub fn has(&self, needle: &[u8]) -> bool {
        !needle.is_empty() && pattern(needle).is_match(&self.bytes)
    }
}

/// A literal, for a search that is fast enough for a process's memory.
fn pattern(needle: &[u8]) -> Regex {
    let escaped: String = needle.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    Regex::new(&format!("(?s-u:{escaped})")).expect("escaped bytes are a pattern")
}

/// Returns which of the needles occur where, each as a sentence.
#[must_use]
pub fn found(places: &[Place], needles: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut found = Vec::new();
    for place in places {
        for (what, needle) in needles {
            if place.has(needle) {
                found.push(format!("{what} is in {}", place.name));
            }
        }
    }
    found
}

/// Waits until a file below a folder, with a name that ends like this, has these bytes.
///
/// # Errors
/// When none has in time.
pub fn until_a_file_has(folder: &Path, end: &str, needle: &[u8]) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !Place::files(folder, &[])?.iter().any(|place| place.name.ends_with(end) && place.has(needle)) {
        if deadline < Instant::now() {
            bail!("no file in {} has {:?}", folder.display(), String::from_utf8_lossy(needle));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_found_with_its_place_and_what_is_not_is_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("keys")).unwrap();
        fs::write(folder.path().join("keys/one"), "a secret").unwrap();
        fs::write(folder.path().join("two"), "nothing\0a secret\0").unwrap();
        let needles = [("it".to_owned(), b"a secret".to_vec()), ("else".to_owned(), b"another".to_vec())];
        let places = Place::files(folder.path(), &["keys"]).unwrap();
        let found = found(&places, &needles);
        assert!(
            found.len() == 1 && found[0].starts_with("it is in ") && found[0].ends_with("two"),
            "{found:?}"
        );
    }
}
