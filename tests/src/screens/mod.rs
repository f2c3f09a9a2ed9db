//! The screens of the user guide: the real program on a real server, drawn as SVG. `cargo xtask screens` takes them.
//!
//! The clock of everything stands at chosen moments, so that a second run gives the same pictures but for what is random.

mod album;
mod cast;
mod guide;
mod shots;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use album::Album;
use cast::Cast;

/// Takes all pictures into `docs/screenshots/client` and puts them into `docs/USERGUIDE.md`.
///
/// # Errors
/// When a screen does not come up or a file cannot be written.
pub fn take(docs: &Path) -> Result<()> {
    let folder = docs.join("screenshots/client");
    fs::create_dir_all(&folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut album = Album::new(folder);
    let mut cast = runtime.block_on(Cast::make()).context("making a server with life in it")?;
    album.calls(cast.home(), "/data/ada/files");
    shots::take(&mut cast, &mut album, &runtime)?;
    let guide = docs.join("USERGUIDE.md");
    let text = fs::read_to_string(&guide).with_context(|| guide.display().to_string())?;
    fs::write(&guide, guide::fill(&text, album.pictures())?)?;
    println!("{} screens are in {}", album.pictures().len(), album.folder().display());
    Ok(())
}
