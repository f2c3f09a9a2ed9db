//! `chat reveal`: what is hidden in an image.

use std::path::Path;

use client_cli::files::{FileError, Revealed, keep_in};
use zeroize::Zeroizing;

use crate::cli::args::files::Reveal;
use crate::cli::exit::{Exit, Failure};
use crate::cli::json::{FileRevealed, Object};
use crate::cli::output::{self, Format, talk};
use crate::cli::{prompt, secrets};

/// Shows what is hidden in an image on this machine. Nobody is asked over the network.
pub(crate) async fn reveal(format: Format, reveal: Reveal) -> Result<Exit, Failure> {
    show(&reveal.file, reveal.hide_pass_file.as_deref(), &reveal.out, format).await
}

/// Shows what is hidden in an image: a text on stdout, a file in the folder.
pub(super) async fn show(
    image: &Path,
    pass_file: Option<&Path>,
    folder: &Path,
    format: Format,
) -> Result<Exit, Failure> {
    let passphrase = passphrase(pass_file).await?;
    let revealed = client_cli::files::reveal(image, passphrase).await?;
    let shown = Shown::of(&revealed, folder)?;
    match format {
        Format::Json => {
            let (text, path) = match &shown {
                Shown::Text(text) => (Some(*text), None),
                Shown::File(path) => (None, Some(path.as_str())),
            };
            let size = revealed.bytes.len();
            output::json(&Object::Revealed(FileRevealed { text, path, size }).line())?;
        }
        Format::Text => match &shown {
            Shown::Text(text) => output::data(text)?,
            Shown::File(path) => {
                talk("A file was hidden in it:");
                output::data(path)?;
            }
        },
    }
    Ok(Exit::Ok)
}

/// What a person gets to see.
pub(crate) enum Shown<'a> {
    Text(&'a str),
    /// Where the file was put.
    File(String),
}

impl<'a> Shown<'a> {
    /// Puts a hidden file into the folder; a text stays one.
    pub(crate) fn of(revealed: &'a Revealed, folder: &Path) -> Result<Self, FileError> {
        match (&revealed.name, std::str::from_utf8(&revealed.bytes)) {
            (None, Ok(text)) => Ok(Self::Text(text)),
            (name, _) => {
                let path = keep_in(folder, name.as_deref().unwrap_or_default(), &revealed.bytes)?;
                Ok(Self::File(path.display().to_string()))
            }
        }
    }
}

async fn passphrase(file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    match file {
        Some(path) => secrets::first_line(path),
        None => {
            let question = "Passphrase of the hidden message (not shown)".to_owned();
            prompt::secret(question, "--hide-pass-file FILE").await
        }
    }
}
