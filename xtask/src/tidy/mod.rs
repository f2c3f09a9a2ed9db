//! `cargo xtask tidy`: house rules that no compiler and no lint checks.

mod borders;
mod docs;
mod files;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// A text file of the repository.
pub(crate) struct File {
    /// Its place below the root, with `/` between the parts.
    path: String,
    text: String,
}

/// Folders that hold nothing of ours.
const SKIPPED: &[&str] = &[".git", "target", "node_modules"];
/// A file above this is data, not text that people read.
const MOST_BYTES: u64 = 2 * 1024 * 1024;

/// Checks every file of the workspace and prints what is wrong.
///
/// # Errors
/// When anything is wrong, with the number of findings.
pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let files = collect(root)?;
    let mut findings = borders::check(root)?;
    for file in &files {
        findings.extend(files::check(file));
        findings.extend(words::check(file));
    }
    findings.extend(docs::check(root, &files)?);
    for finding in &findings {
        println!("tidy: {finding}");
    }
    if !findings.is_empty() {
        bail!("{} findings in {} files", findings.len(), files.len());
    }
    println!("tidy: {} files are in order", files.len());
    Ok(())
}

/// Every text file below the root, in the order of their names.
fn collect(root: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let kind = path.symlink_metadata()?.file_type();
            if kind.is_dir() && !skipped(&path) {
                folders.push(path);
            } else if kind.is_file() {
                files.extend(read(root, &path)?);
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn skipped(folder: &Path) -> bool {
    folder.file_name().is_some_and(|name| SKIPPED.iter().any(|skip| name == *skip))
}

/// A file that is not UTF-8 or very large is data and not looked at.
fn read(root: &Path, path: &PathBuf) -> Result<Option<File>> {
    if MOST_BYTES < path.metadata()?.len() {
        return Ok(None);
    }
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let Ok(text) = String::from_utf8(bytes) else { return Ok(None) };
    let below = path.strip_prefix(root).context("a file outside of the root")?;
    Ok(Some(File { path: below.to_string_lossy().replace('\\', "/"), text }))
}

#[cfg(test)]
impl File {
    /// Returns a file for a test.
    pub(crate) fn fake(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}
