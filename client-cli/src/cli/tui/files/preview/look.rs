//! What can be said of a file before it is sent.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use client_cli::files::{SNIFFED, media_type, safe_name};
use domain::file::size_words;
use proto::limits;

/// A file as it would be sent.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) path: PathBuf,
    /// Its name as others will see it.
    pub(super) name: String,
    pub(super) size: u64,
    /// What its content says it is.
    pub(super) media: &'static str,
    /// What the person should know before it goes.
    pub(super) warnings: Vec<String>,
}

impl Look {
    /// Looks at a file; what cannot be sent is told in one sentence.
    pub(super) fn at(path: &Path) -> Result<Self, String> {
        let called = path.file_name().unwrap_or_default().to_string_lossy();
        let refused = |error: &io::Error| match error.kind() {
            io::ErrorKind::NotFound => format!("There is no file {}.", path.display()),
            io::ErrorKind::PermissionDenied => format!("You may not read {}.", path.display()),
            _ => format!("{} cannot be read: {error}.", path.display()),
        };
        let metadata = fs::metadata(path).map_err(|error| refused(&error))?;
        if metadata.is_dir() {
            return Err(format!("{} is a folder; only files can be sent.", path.display()));
        }
        // A pipe would never end, and opening one waits for somebody to write.
        if !metadata.is_file() {
            return Err(format!("{} is not a file.", path.display()));
        }
        let size = metadata.len();
        if limits::FILE_BYTES < size {
            return Err(format!("{called} has {}, more than any server takes.", size_words(size)));
        }
        let mut beginning = Vec::new();
        let read = File::open(path).and_then(|file| file.take(SNIFFED as u64).read_to_end(&mut beginning));
        read.map_err(|error| refused(&error))?;
        let name = safe_name(&called);
        let mut warnings = Vec::new();
        if name != called {
            warnings.push(format!("Here it is called {called}; others get a name that is safe for them."));
        }
        if size == 0 {
            warnings.push("This file is empty.".to_owned());
        }
        let media = media_type(&beginning);
        if is_program(&name, media, &beginning) {
            warnings.push("This is a program: who opens it runs it.".to_owned());
        }
        Ok(Self { path: path.to_owned(), name, size, media, warnings })
    }

    /// Returns whether it is a picture that can be shown and that a text can be hidden in.
    pub(super) fn is_picture(&self) -> bool {
        matches!(self.media, "image/png" | "image/jpeg" | "image/bmp")
    }
}

/// The content counts, and for what only its name makes a program, the ending. The executable bit does not: some file
/// systems give it to everything.
fn is_program(name: &str, media: &str, beginning: &[u8]) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase()).unwrap_or_default();
    media == "application/x-executable" || beginning.starts_with(b"#!") || PROGRAMS.contains(&ending.as_str())
}

/// Endings that some system runs when such a file is opened.
const PROGRAMS: &[&str] = &[
    "apk", "app", "appimage", "bat", "cmd", "com", "command", "cpl", "deb", "desktop", "dmg", "exe", "hta",
    "jar", "js", "jse", "lnk", "msi", "pkg", "ps1", "reg", "rpm", "scr", "sh", "vbe", "vbs", "wsf",
];
