//! A message in an image: hidden before the image is sealed, shown after it was opened.

use std::fmt;
use std::fs;
use std::path::Path;

use stego::{Amount, HideOptions, Limits, Method, Passphrase, Payload};
use zeroize::Zeroizing;

use super::control::Control;
use super::error::{FileError, io_at};
use super::progress::Stage;
use super::upload::blocking;

/// What is hidden, and how.
#[derive(Clone)]
pub struct Hiding {
    /// A hidden file's name; nothing for a text.
    pub name: Option<String>,
    /// The text or the file.
    pub bytes: Zeroizing<Vec<u8>>,
    /// What shows it again.
    pub passphrase: Zeroizing<String>,
    /// How it is hidden.
    pub method: Method,
    /// Hides also what is more than is safe.
    pub force: bool,
}

/// What was hidden in an image.
pub struct Revealed {
    /// A hidden file's name as it was sent; nothing for a text.
    pub name: Option<String>,
    /// The text or the file.
    pub bytes: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Hiding {
    /// Never shows the message or the passphrase.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Hiding").field("method", &self.method).finish_non_exhaustive()
    }
}

impl Hiding {
    /// Returns a text to hide in the usual way.
    #[must_use]
    pub fn text(text: &str, passphrase: Zeroizing<String>) -> Self {
        let bytes = Zeroizing::new(text.as_bytes().to_vec());
        Self { name: None, bytes, passphrase, method: Method::Adaptive, force: false }
    }

    /// Returns the image at this place with the message in it. Blocks.
    pub(super) fn into_image(self, path: &Path, control: &Control) -> Result<Vec<u8>, FileError> {
        let cover = read_image(path)?;
        let payload = Payload { name: self.name, bytes: self.bytes.to_vec() };
        let amount = if self.force { Amount::Forced } else { Amount::Safe };
        let options = HideOptions { method: self.method, amount, ..HideOptions::default() };
        let passphrase = Passphrase::new(&self.passphrase)?;
        let hidden = stego::hide(&cover, &payload, &passphrase, &options, &mut |progress| {
            control.step(Stage::Hiding, progress.done as u64, progress.total as u64);
        });
        control.check()?;
        Ok(hidden?.image)
    }
}

/// Returns what is hidden in an image on this machine.
///
/// # Errors
/// [`FileError::NothingHidden`] when there is nothing, or the passphrase is another: nobody can tell which.
pub async fn reveal(path: &Path, passphrase: Zeroizing<String>) -> Result<Revealed, FileError> {
    let path = path.to_owned();
    blocking(move || {
        let image = read_image(&path)?;
        let passphrase = Passphrase::new(&passphrase)?;
        let payload = stego::reveal(&image, &passphrase, &Limits::default(), &mut |_| {})?;
        Ok(Revealed { name: payload.name, bytes: Zeroizing::new(payload.bytes) })
    })
    .await
}

fn read_image(path: &Path) -> Result<Vec<u8>, FileError> {
    let limit = Limits::default().file_bytes;
    let length = fs::metadata(path).map_err(io_at("read", path))?.len();
    if limit < length {
        return Err(FileError::NotAnImage(format!("it has {length} bytes, the limit is {limit}")));
    }
    fs::read(path).map_err(io_at("read", path))
}
