//! Bad days made on purpose: a disk that is small, a clock that jumps.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use tempfile::TempDir;

use crate::server::Setup;

/// A small disk of its own.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
}

/// A clock that one process believes.
#[derive(Debug)]
pub struct Clock {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts a disk of this many bytes in memory.
    ///
    /// # Errors
    /// When this process may not mount: the test cannot be made then, and says so.
    pub fn new(bytes: u64) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let options = format!("size={bytes},mode=0700");
        mount(Some("tmpfs"), folder.path(), Some("tmpfs"), MsFlags::empty(), Some(options.as_str()))
            .context("mounting a small disk; that takes root")?;
        Ok(Self { folder })
    }

    /// Returns where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Fills it to the last byte.
    ///
    /// # Errors
    /// When it cannot be written for another reason than being full.
    pub fn fill(&self) -> Result<()> {
        let mut file = File::options().create(true).append(true).open(self.ballast())?;
        for size in [64 * 1024, 4096, 1] {
            let block = vec![0; size];
            loop {
                match file.write_all(&block) {
                    Ok(()) => {}
                    Err(error) if error.kind() == std::io::ErrorKind::StorageFull => break,
                    Err(error) => return Err(error).context("filling the disk"),
                }
            }
        }
        Ok(())
    }

    /// Makes room again.
    ///
    /// # Errors
    /// When it was not full.
    pub fn free(&self) -> Result<()> {
        fs::remove_file(self.ballast()).context("making room")
    }

    fn ballast(&self) -> PathBuf {
        self.path().join("chatd.ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A process that dies at this moment may still hold it; detached, it goes with that process.
        let _ = umount2(self.folder.path(), MntFlags::MNT_DETACH);
    }
}

impl Clock {
    /// Returns a clock that is right until it is moved.
    ///
    /// # Errors
    /// When libfaketime is not installed; `cargo xtask ci` installs it.
    pub fn new() -> Result<Self> {
        let clock = Self { folder: tempfile::tempdir()? };
        clock.shift("+0")?;
        Self::library()?;
        Ok(clock)
    }

    /// Moves the clock against the true time: `-1h`, `+1y`, `+0`.
    ///
    /// # Errors
    /// When the file that says so cannot be written.
    pub fn shift(&self, by: &str) -> Result<()> {
        // Written aside and renamed: the process reads it at any moment.
        let aside = self.folder.path().join("aside");
        fs::write(&aside, format!("{by}\n"))?;
        fs::rename(aside, self.file()).context("moving the clock")
    }

    /// Stops the clock at a moment of UTC: `2026-05-04 09:12:00`. Nothing that waits waits for it.
    ///
    /// # Errors
    /// When the file that says so cannot be written.
    pub fn stop_at(&self, moment: &str) -> Result<()> {
        self.shift(moment)
    }

    /// Returns the setup with a process that believes this clock.
    ///
    /// # Errors
    /// When libfaketime is not installed.
    pub fn believed(&self, setup: Setup) -> Result<Setup> {
        let variables = self.variables()?;
        Ok(variables.iter().fold(setup, |setup, (name, value)| setup.environment(name, value)))
    }

    /// Returns what a process has in its environment that believes this clock.
    ///
    /// # Errors
    /// When libfaketime is not installed.
    pub fn variables(&self) -> Result<Vec<(&'static str, String)>> {
        let on = || "1".to_owned();
        Ok(vec![
            ("LD_PRELOAD", Self::library()?.to_string_lossy().into_owned()),
            ("FAKETIME_TIMESTAMP_FILE", self.file().to_string_lossy().into_owned()),
            ("FAKETIME_NO_CACHE", on()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", on()),
            ("DONT_FAKE_MONOTONIC", on()),
            ("TZ", "UTC".to_owned()),
        ])
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    fn library() -> Result<PathBuf> {
        let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
        let places = folders.map(|folder| Path::new(folder).join("faketime/libfaketimeMT.so.1"));
        match places.into_iter().find(|place| place.is_file()) {
            Some(place) => Ok(place),
            None => bail!("libfaketime is not installed; cargo xtask ci installs it"),
        }
    }
}
