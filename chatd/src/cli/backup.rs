//! `chatd backup` and `chatd restore`: a copy of the database that was opened and examined before it counts, and the
//! files that its messages name beside it.

mod files;

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use domain::audit::{Action, Target};
use sha2::{Digest, Sha256};
use store::{Actor, Missing, Options, Store, Verified};

use super::args::{BackupArgs, RestoreArgs};
use super::failure::Failure;
use super::office::{KEYS_MARK, Office};
use super::place::Place;
use super::screen::say;
use super::{audit, date, lock};
use crate::blobs::sync_folder;
use files::Look;
use keys::Keys;
use service::clock;

/// Writes a copy of the database while the server may be running.
pub(crate) fn back_up(args: &BackupArgs, place: &Place) -> Result<(), Failure> {
    let office = Office::visit(place)?;
    let target = target_of(&args.dest)?;
    let draft = Draft::beside(&target)?;
    office.store.copy_to(&draft.database())?;
    let verified = if args.verify { Some(examine(&draft.database())?) } else { None };
    let look = if args.verify { Look::Inside } else { Look::AtCopies };
    // After the database: a file that is taken away in between belongs to a message that is gone.
    let carried = files::carry(&draft.database(), &place.config().blobs(), &draft.files(), look)?;
    let (size, sum) = measure(&draft.database())?;
    draft.keep_files_as(&files::beside(&target))?;
    draft.keep_as(&target)?;
    note(&office, &target, (size, verified.is_some()))?;

    say(&format!("  backup    {} (0600), {}", target.display(), in_words(size)))?;
    say(&format!("  sha256    {sum}"))?;
    match verified {
        Some(verified) => say_verified(&verified)?,
        None => say("  not opened again; --verify does that")?,
    }
    carried.say(&files::beside(&target))?;
    say(&format!(
        "The keys are not in it: keep a copy of {} apart from it.",
        place.config().keys_dir().display()
    ))?;
    Ok(say(&format!("To go back to it:  {}", place.command(&format!("restore {}", target.display()))))?)
}

/// Writes down that a copy was made: the dashboard shows when the newest one was. The copy itself does not know.
fn note(office: &Office, target: &Path, (size, verified): (u64, bool)) -> Result<(), Failure> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let checked = if verified { "verified" } else { "not verified" };
    let detail = format!("{name}, {}, {checked}", in_words(size));
    office.write(move |tx| {
        tx.staff(&Actor::OPERATOR, clock::now())?.log(Action::BackupMade, Target::Server, &detail)
    })?;
    Ok(())
}

/// Puts a backup in the place of the database; the one that was there is kept under another name.
pub(crate) fn restore(args: &RestoreArgs, place: &Place) -> Result<(), Failure> {
    let config = place.config();
    let database = config.database();
    let _lock = lock::take(&config.data_dir)?;
    let keys = Keys::load(&config.keys_dir())?;
    let draft = Draft::beside(&database)?;
    fs::copy(&args.file, draft.database())
        .with_context(|| format!("{} cannot be read", args.file.display()))?;
    let verified = examine(&draft.database())?;
    adopt(&draft.database(), &keys, &args.file)?;

    let carried = files::carry(&draft.database(), &files::beside(&args.file), &draft.files(), Look::Inside)?;

    let aside = set_aside(&database)?;
    let files_aside = files::set_aside(&config.blobs(), aside.as_deref())?;
    draft.keep_files_as(&config.blobs())?;
    draft.keep_as(&database)?;
    say(&format!("  restored  {}", database.display()))?;
    say_verified(&verified)?;
    carried.say(&config.blobs())?;
    for aside in aside.iter().chain(&files_aside) {
        say(&format!("  kept      {} is what was there before", aside.display()))?;
    }
    Ok(say(&format!("\nNext:  {}", place.command("run")))?)
}

/// Checks that a backup belongs to these keys, and marks that its logs are another history from here on.
fn adopt(copy: &Path, keys: &Keys, from: &Path) -> Result<(), Failure> {
    let store = Store::open_with(copy, &options())?;
    let mark = store.read_blocking(|reads| reads.meta(KEYS_MARK))?;
    if mark != Some(keys.mark()) {
        let what = format!("{} was made with other keys", from.display());
        return Err(Failure::new(format!("{what}; put the keys that belong to it in place first")));
    }
    let name = from.file_name().unwrap_or_default().to_string_lossy().into_owned();
    store.run_blocking(move |tx| {
        tx.renew_incarnation()?;
        tx.audit(&audit::event(Action::ServerInitialised, Target::Server, &format!("restored from {name}")))?;
        Ok(())
    })?;
    store.close();
    Ok(())
}

/// Opens a copy as a server would and reads everything in it.
fn examine(copy: &Path) -> Result<Verified, Failure> {
    let store = Store::open_with(copy, &options())?;
    let verified = store.verify()?;
    store.verify_search()?;
    store.close();
    Ok(verified)
}

fn options() -> Options {
    Options { missing: Missing::Refuse, readers: 1, ..Options::default() }
}

/// A private folder in which a copy comes to be, on the disk where it will lie. Gone when it is dropped.
#[derive(Debug)]
struct Draft {
    folder: PathBuf,
}

impl Draft {
    fn beside(target: &Path) -> Result<Self> {
        let folder = parent(target).join(format!(".chatd-copy-{}", std::process::id()));
        let made = DirBuilder::new().mode(0o700).create(&folder);
        made.with_context(|| format!("folder {} cannot be made", folder.display()))?;
        Ok(Self { folder })
    }

    fn database(&self) -> PathBuf {
        self.folder.join("chat.db")
    }

    fn files(&self) -> PathBuf {
        self.folder.join("files")
    }

    /// Moves the files to their place, if there are any.
    fn keep_files_as(&self, target: &Path) -> Result<()> {
        if self.files().exists() {
            anyhow::ensure!(!target.exists(), "{} is there already", target.display());
            fs::rename(self.files(), target)
                .with_context(|| format!("{} cannot be written", target.display()))?;
            sync_folder(parent(target))?;
        }
        Ok(())
    }

    /// Moves the copy to its place, unless something is there.
    fn keep_as(self, target: &Path) -> Result<()> {
        fs::set_permissions(self.database(), Permissions::from_mode(0o600))?;
        File::open(self.database())?.sync_all()?;
        fs::hard_link(self.database(), target)
            .with_context(|| format!("{} cannot be written", target.display()))?;
        File::open(parent(target))?.sync_all()?;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // A folder that does not go holds nothing that is needed; its name says where it came from.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A folder gets a file with the date in its name; a file must not exist.
fn target_of(dest: &Path) -> Result<PathBuf> {
    if !dest.is_dir() {
        anyhow::ensure!(
            !dest.exists(),
            "{} is there already; name another file, or a folder",
            dest.display()
        );
        return Ok(dest.to_owned());
    }
    let time = date::time(clock::now()).replace([':', '-'], "");
    Ok(dest.join(format!("chatd-{time}.db")))
}

/// Moves the database and what belongs to it out of the way.
fn set_aside(database: &Path) -> Result<Option<PathBuf>> {
    let time = date::time(clock::now()).replace([':', '-'], "");
    let aside = with_suffix(database, &format!(".before-{time}"));
    for suffix in ["-wal", "-shm", ""] {
        let (from, to) = (with_suffix(database, suffix), with_suffix(&aside, suffix));
        match fs::rename(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if suffix.is_empty() {
                    return Ok(None);
                }
            }
            moved => moved.with_context(|| format!("{} cannot be moved", from.display()))?,
        }
    }
    Ok(Some(aside))
}

fn measure(file: &Path) -> Result<(u64, String)> {
    let mut file = BufReader::with_capacity(PIECE, File::open(file)?);
    let (mut digest, mut size) = (Sha256::new(), 0_u64);
    loop {
        let piece = file.fill_buf()?;
        let length = piece.len();
        if length == 0 {
            return Ok((size, HEXLOWER.encode(&digest.finalize())));
        }
        digest.update(piece);
        size = size.saturating_add(u64::try_from(length)?);
        file.consume(length);
    }
}

fn say_verified(verified: &Verified) -> io::Result<()> {
    let Verified { entries, audit, audit_hash } = verified;
    say(&format!("  verified  {entries} entries, pages and search index sound"))?;
    let hash = HEXLOWER.encode(&audit_hash.0);
    say(&format!("  audit     {} entries, unbroken, head {hash}", audit.0))
}

fn in_words(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes.div_ceil(1024)),
        _ => format!("{} MiB", bytes.div_ceil(1_048_576)),
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Bytes that are read at a time.
const PIECE: usize = 1 << 16;
