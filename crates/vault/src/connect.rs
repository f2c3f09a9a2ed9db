//! The one place where the connection is opened, and how it is set up.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::VaultError;

/// Opens the file for this program alone; one that others can open is refused, a missing one is made with mode 0600.
pub(crate) fn connect(path: &Path) -> Result<Connection, VaultError> {
    make_private(path)?;
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(path, flags)?;
    // Nobody waits for a program that keeps its vault open as long as it runs.
    conn.busy_timeout(std::time::Duration::ZERO)?;
    // With an exclusive lock the log of SQLite needs no shared memory, and the lock holds until the connection ends.
    // A commit is on disk when it returns; what is deleted is overwritten, in the log at the next checkpoint.
    let set_up = conn.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; \
         PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA wal_autocheckpoint = 64; \
         BEGIN EXCLUSIVE; COMMIT;",
    );
    set_up.map_err(|error| set_up_error(path, error))?;
    Ok(conn)
}

fn make_private(path: &Path) -> Result<(), VaultError> {
    let unusable = |why: String| VaultError::Unusable { path: path.to_owned(), why };
    match OpenOptions::new().write(true).create_new(true).mode(MODE).open(path) {
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(unusable(error.to_string())),
    }
    let metadata = path.symlink_metadata().map_err(|error| unusable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(unusable("it is not a plain file".to_owned()));
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(unusable(format!(
            "others can read or change it (mode {mode:o}); run: chmod 600 {}",
            path.display()
        )));
    }
    Ok(())
}

fn set_up_error(path: &Path, error: rusqlite::Error) -> VaultError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => VaultError::InUse(path.to_owned()),
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            VaultError::Unusable { path: path.to_owned(), why: "it is damaged".to_owned() }
        }
        _ => error.into(),
    }
}

const MODE: u32 = 0o600;
