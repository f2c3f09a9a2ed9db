//! Files and folders that only their owner can read.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use zeroize::Zeroizing;

use super::ProfileError;

/// Makes folders with mode 0700 where they are missing, and checks the ones that are there.
pub(super) fn make_folders(folders: &[PathBuf]) -> Result<(), ProfileError> {
    for folder in folders {
        let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder);
        made.map_err(|source| io_error(folder, source))?;
    }
    check_folders(folders)
}

/// Refuses folders that others can look into.
pub(super) fn check_folders(folders: &[PathBuf]) -> Result<(), ProfileError> {
    for folder in folders {
        let metadata = fs::metadata(folder).map_err(|source| io_error(folder, source))?;
        if !metadata.is_dir() {
            return Err(ProfileError::NotPlain(folder.display().to_string()));
        }
        check(folder, &metadata, FOLDER_MODE)?;
    }
    Ok(())
}

/// Reads a file that only its owner can read; nothing when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, ProfileError> {
    let mut file = match plain().read(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(open_error(path, source)),
    };
    let metadata = file.metadata().map_err(|source| io_error(path, source))?;
    if !metadata.is_file() {
        return Err(ProfileError::NotPlain(path.display().to_string()));
    }
    check(path, &metadata, FILE_MODE)?;
    if LARGEST < metadata.len() {
        let what = format!("it has {} bytes, the limit is {LARGEST}", metadata.len());
        return Err(ProfileError::Damaged { path: path.display().to_string(), what });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.read_to_end(&mut bytes).map_err(|source| io_error(path, source))?;
    Ok(Some(bytes))
}

/// Replaces a file in one step, so that a crash leaves the old or the new one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), ProfileError> {
    let writing = path.with_extension("writing");
    let replace = || {
        remove_if_there(&writing)?;
        let mut file = plain().write(true).create_new(true).mode(FILE_MODE).open(&writing)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&writing, path)?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    replace().map_err(|source| io_error(path, source))
}

/// Opens a file for locking, made when missing.
pub(super) fn open_or_make(path: &Path) -> Result<File, ProfileError> {
    let opened = plain().read(true).write(true).create(true).truncate(false).mode(FILE_MODE).open(path);
    opened.map_err(|source| open_error(path, source))
}

/// Removes a file; it need not be there.
pub(super) fn remove_file(path: &Path) -> Result<(), ProfileError> {
    remove_if_there(path).map_err(|source| io_error(path, source))
}

/// Removes a folder with all that is in it; it need not be there.
pub(super) fn remove_folder(path: &Path) -> Result<(), ProfileError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(path, error)),
        _ => Ok(()),
    }
}

pub(super) fn io_error(path: &Path, source: io::Error) -> ProfileError {
    ProfileError::Io { path: path.display().to_string(), source }
}

fn open_error(path: &Path, source: io::Error) -> ProfileError {
    // A link where a secret should be: the open refuses to follow it.
    if source.raw_os_error() == Some(nix::errno::Errno::ELOOP as i32) {
        return ProfileError::NotPlain(path.display().to_string());
    }
    io_error(path, source)
}

fn plain() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags((OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).bits());
    options
}

fn check(path: &Path, metadata: &Metadata, expected: u32) -> Result<(), ProfileError> {
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(ProfileError::Loose { path: path.display().to_string(), mode, expected });
    }
    if metadata.uid() != nix::unistd::geteuid().as_raw() {
        return Err(ProfileError::Foreign(path.display().to_string()));
    }
    Ok(())
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// No file of a profile is larger.
const LARGEST: u64 = 256 * 1024;
