//! The files of a backup: linked where that is possible, copied where not, and known by their hashes.
//!
//! A file in its place never changes, so a link is as good as a copy on the same disk, and costs nothing.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use proto::ids::BlobId;
use sha2::{Digest, Sha256};
use store::{BlobRow, Store};

use super::{PIECE, in_words, options, with_suffix};
use crate::blobs::{Folder, sync_folder};
use crate::cli::date;
use crate::cli::screen::say;
use service::clock;

/// How closely files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// What is copied is hashed on the way, what is linked is not read.
    AtCopies,
    /// Every byte is hashed.
    Inside,
}

/// What came over.
#[derive(Debug, Default)]
pub(super) struct Carried {
    files: u64,
    bytes: u64,
    linked: u64,
    missing: u64,
    damaged: u64,
}

/// Returns where a backup's files lie: beside its database.
pub(super) fn beside(backup: &Path) -> PathBuf {
    with_suffix(backup, ".files")
}

/// Brings every file that the messages of a database name from one folder into another, which is made if there are any.
pub(super) fn carry(database: &Path, from: &Path, to: &Path, look: Look) -> Result<Carried> {
    let store = Store::open_with(database, &options())?;
    let carried = carry_rows(&store, from, to, look);
    store.close();
    carried
}

/// Moves a folder of files out of the way: beside its database, so that both can be gone back to.
pub(super) fn set_aside(blobs: &Path, database: Option<&Path>) -> Result<Option<PathBuf>> {
    let time = date::time(clock::now()).replace([':', '-'], "");
    let aside = database.map_or_else(|| with_suffix(blobs, &format!(".before-{time}")), beside);
    match fs::rename(blobs, &aside) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        moved => {
            moved.with_context(|| format!("{} cannot be moved", blobs.display()))?;
            Ok(Some(aside))
        }
    }
}

fn carry_rows(store: &Store, from: &Path, to: &Path, look: Look) -> Result<Carried> {
    let (mut carried, mut after, mut target) = (Carried::default(), None, None);
    loop {
        let rows = store.read_blocking(move |reads| reads.blobs_after(after, ROWS))?;
        let Some(last) = rows.last() else { return Ok(carried) };
        after = Some(last.id);
        let target = match &target {
            Some(target) => target,
            None => {
                target.insert(Folder::open(to).with_context(|| format!("{} cannot be made", to.display()))?)
            }
        };
        for row in &rows {
            let source = Folder::at(from).blob(row.blob);
            match bring(&source, (target, to), row, look) {
                Ok(Brought::Linked) => carried.count(row, 1),
                Ok(Brought::Copied) => carried.count(row, 0),
                Ok(Brought::Damaged) => carried.damaged += 1,
                Err(error) if error.kind() == ErrorKind::NotFound => carried.missing += 1,
                Err(error) => return Err(error).with_context(|| source.display().to_string()),
            }
        }
    }
}

enum Brought {
    Linked,
    Copied,
    Damaged,
}

fn bring(source: &Path, (target, to): (&Folder, &Path), row: &BlobRow, look: Look) -> io::Result<Brought> {
    let draft = to.join("draft");
    let linked = match fs::hard_link(source, &draft) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(error),
        Err(_) => false,
    };
    let sound = if linked {
        let is_whole = fs::metadata(&draft)?.len() == row.size.get();
        is_whole && (look == Look::AtCopies || hash(&mut File::open(&draft)?, io::sink())? == row.blob)
    } else {
        let mut options = OpenOptions::new();
        let mut copy = options.write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
        let sound = hash(&mut File::open(source)?, &mut copy)? == row.blob;
        copy.sync_all()?;
        sound
    };
    if !sound {
        fs::remove_file(&draft)?;
        return Ok(Brought::Damaged);
    }
    target.place(&draft, row.blob)?;
    sync_folder(to)?;
    Ok(if linked { Brought::Linked } else { Brought::Copied })
}

/// Hashes what it passes on.
fn hash(from: &mut File, mut to: impl Write) -> io::Result<BlobId> {
    let (mut digest, mut piece) = (Sha256::new(), vec![0; PIECE]);
    loop {
        let length = from.read(&mut piece)?;
        if length == 0 {
            return Ok(BlobId(digest.finalize().into()));
        }
        digest.update(&piece[..length]);
        to.write_all(&piece[..length])?;
    }
}

impl Carried {
    fn count(&mut self, row: &BlobRow, linked: u64) {
        self.files += 1;
        self.linked += linked;
        self.bytes = self.bytes.saturating_add(row.size.get());
    }

    /// Says what came over, and what did not.
    pub(super) fn say(&self, to: &Path) -> io::Result<()> {
        let Self { files, bytes, linked, missing, damaged } = *self;
        if files != 0 {
            let size = in_words(bytes);
            say(&format!(
                "  files     {} (0700), {files} files, {size}, {linked} of them linked",
                to.display()
            ))?;
        }
        if missing != 0 {
            say(&format!("  missing   {missing} files of messages are not there; chatd doctor counts them"))?;
        }
        if damaged != 0 {
            say(&format!("  damaged   {damaged} files are not what their names say and were left out"))?;
        }
        Ok(())
    }
}

/// Rows that are read at a time.
const ROWS: usize = 500;
