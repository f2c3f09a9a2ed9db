//! Files and passphrases: read with a bound, written as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use stego::{Passphrase, Progress};

use crate::args;
use crate::fail::Failure;

/// Reads a file of at most `limit` bytes; - is the standard input.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let bound = limit.saturating_add(1);
    if path == Path::new("-") {
        io::stdin().take(bound).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        File::open(path).map_err(failed)?.take(bound).read_to_end(&mut bytes).map_err(failed)?;
    }
    if limit < bytes.len() as u64 {
        return Err(Failure::Large(path.to_owned(), limit));
    }
    Ok(bytes)
}

/// Whether a file may take the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    Refuse,
    Replace,
}

impl Existing {
    pub(crate) fn from_flag(overwrite: bool) -> Self {
        if overwrite { Self::Replace } else { Self::Refuse }
    }
}

/// Writes a file beside its place and moves it there when it is complete.
pub(crate) fn write(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    if existing == Existing::Refuse && path.symlink_metadata().is_ok() {
        return Err(Failure::Exists(path.to_owned()));
    }
    let partial = partial(path);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&partial)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| match existing {
            // A link fails where a file has come meanwhile; a rename would replace it.
            Existing::Refuse => fs::hard_link(&partial, path).and_then(|()| fs::remove_file(&partial)),
            Existing::Replace => fs::rename(&partial, path),
        });
    if written.is_err() {
        // It may not exist; there is nothing more to be done about it.
        let _ = fs::remove_file(&partial);
    }
    written.map_err(failed)
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    name.into()
}

/// The passphrase from where the arguments say, or from the terminal.
pub(crate) fn passphrase(from: &args::Passphrase, ask: Ask) -> Result<Passphrase, Failure> {
    if let Some(key) = &from.key {
        return Ok(Passphrase::new(key)?);
    }
    if let Some(path) = &from.pass_file {
        let bytes = zeroize::Zeroizing::new(read(path, PASS_FILE)?);
        let text = std::str::from_utf8(&bytes)
            .map_err(|error| Failure::File { path: path.clone(), source: io::Error::other(error) })?;
        return Ok(Passphrase::new(text.lines().next().unwrap_or_default())?);
    }
    let first = terminal::ask_secret("Passphrase: ").map_err(Failure::Terminal)?;
    if ask == Ask::Twice && *terminal::ask_secret("Again: ").map_err(Failure::Terminal)? != *first {
        return Err(Failure::Terminal(io::Error::other("the two are different")));
    }
    Ok(Passphrase::new(&first)?)
}

/// How often a passphrase is asked for: a slip while hiding would lose the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    Once,
    Twice,
}

/// Shows how far a long work is, where somebody looks on; only when there are steps enough to wait for.
pub(crate) fn show(progress: Progress) {
    if WORTH_SHOWING < progress.total && io::stderr().is_terminal() {
        let end = if progress.done == progress.total { "\r\x1b[K" } else { "" };
        eprint!("\r{} of {}{end}", progress.done, progress.total);
    }
}

/// Steps of hiding in a picture of some megapixels.
const WORTH_SHOWING: usize = 8;

const PASS_FILE: u64 = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_not_replaced_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.png");
        write(&path, b"one", Existing::Refuse).unwrap();
        assert!(matches!(write(&path, b"two", Existing::Refuse), Err(Failure::Exists(_))));
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, b"three", Existing::Replace).unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"three");
        assert!(matches!(read(&path, 4), Err(Failure::Large(..))));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
