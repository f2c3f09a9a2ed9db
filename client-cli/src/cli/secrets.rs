//! Secrets in files: passwords read, recovery codes and TOTP secrets written.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use client_cli::TotpSecret;
use nix::unistd::{AccessFlags, access};
use zeroize::Zeroizing;

use super::exit::Failure;

/// Returns the first line of a file, or of stdin for `-`.
pub(crate) fn first_line(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    let read = if path == Path::new("-") {
        io::stdin().lock().take(LONGEST).read_to_string(&mut text)
    } else {
        fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::usage(format!("the first line of {} is empty", path.display())));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// Returns the TOTP secret in a file: Base32, or an `otpauth://` URI.
pub(crate) fn totp_secret(path: &Path) -> Result<TotpSecret, Failure> {
    let line = first_line(path)?;
    let secret = line.split(['?', '&']).find_map(|part| part.strip_prefix("secret=")).unwrap_or(&line);
    TotpSecret::parse(secret).map_err(|error| Failure::usage(error).context(path.display()))
}

/// Writes a secret to a file that did not exist and that only its owner can read.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error: io::Error| {
        let failure = Failure::usage(format!("cannot write {}: {error}", path.display()));
        match error.kind() {
            io::ErrorKind::AlreadyExists => failure.hint("choose a file that does not exist yet"),
            _ => failure,
        }
    })
}

/// Refuses a file that exists or cannot be written before anything is done that cannot be undone.
pub(crate) fn must_be_new(path: &Path) -> Result<(), Failure> {
    // A link that leads nowhere is no place for a file that must not exist either.
    if path.symlink_metadata().is_ok() {
        return Err(Failure::usage(format!("{} exists already", path.display()))
            .hint("choose a file that does not exist yet"));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(Failure::usage(format!("there is no folder {}", folder.display())));
    }
    access(folder, AccessFlags::W_OK | AccessFlags::X_OK)
        .map_err(|error| Failure::usage(format!("cannot write to {}: {}", folder.display(), error.desc())))
}

const LONGEST: u64 = 64 * 1024;
