//! Pictures as they are taken: a file each, and what the guide says beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::glass::Glass;
use crate::svg::{self, Palette};

/// One picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    /// Its place in the guide; several pictures may stand there.
    pub(super) place: &'static str,
    pub(super) file: String,
    pub(super) title: String,
}

/// The pictures that were taken.
#[derive(Debug)]
pub(super) struct Album {
    folder: PathBuf,
    pictures: Vec<Picture>,
    /// A folder whose name is another one each time, which is shown under the second name.
    home: Option<(String, String)>,
}

impl Album {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, pictures: Vec::new(), home: None }
    }

    /// Shows this folder under a name that is the same each time, in as many cells.
    pub(super) fn calls(&mut self, home: &Path, name: &str) {
        let home = home.display().to_string();
        let name = format!("{name:<width$}", width = home.len());
        self.home = Some((home, name));
    }

    /// Draws what stands on the screen when it stands still.
    pub(super) fn shoot(
        &mut self,
        glass: &mut Glass,
        (place, name): (&'static str, &str),
        palette: &Palette,
        title: &str,
    ) -> Result<()> {
        glass.wait_quiet(STILL).with_context(|| name.to_owned())?;
        let (rows, columns) = glass.screen().size();
        let title = format!("{title} ({columns}x{rows})");
        let mut picture = svg::draw(glass.screen(), palette, &title);
        if let Some((home, name)) = &self.home {
            picture = picture.replace(home, name);
        }
        ensure!(picture.len() < LARGEST, "{name} has {} bytes", picture.len());
        let file = format!("{name}.svg");
        ensure!(self.pictures.iter().all(|picture| picture.file != file), "{file} is taken twice");
        fs::write(self.folder.join(&file), picture)?;
        self.pictures.push(Picture { place, file, title });
        Ok(())
    }

    pub(super) fn pictures(&self) -> &[Picture] {
        &self.pictures
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Nothing is drawn for so long when a screen is complete.
pub(super) const STILL: Duration = Duration::from_millis(400);
/// Pictures are kept with the text.
const LARGEST: usize = 200_000;
