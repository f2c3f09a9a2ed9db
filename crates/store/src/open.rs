//! From a path to a sound database of the current schema, or a clear refusal.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::connect::{Access, connect};
use crate::error::StoreError;
use crate::migrate::{MIGRATIONS, check_schema, migrate, refuse_newer};
use crate::options::{Check, Missing, Options};
use crate::tx::catch_up;

/// Marks the file as ours ("LCha"), so that no other program's database is ever migrated.
pub(crate) const APPLICATION_ID: i32 = 0x4c43_6861;
/// Files above this size are examined beside the work.
const CHECKED_AT_OPEN: u64 = 1 << 30;
/// File systems of other machines, as Linux names them.
const NETWORK: [&str; 9] = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "ncpfs", "fuse.sshfs"];
/// The first bytes of every SQLite database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// The size of a database's header.
const HEADER: usize = 100;

/// Whether a file still has to be examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Examined {
    Yes,
    /// It is too large to wait for.
    Later,
}

/// Opens the writer's connection, making or migrating the database as needed.
pub(crate) fn open(path: &Path, options: &Options) -> Result<(Connection, Examined), StoreError> {
    refuse_network(&folder_of(path))?;
    if !exists(path)? {
        if log_of(path).exists() {
            let why = "the file is gone while its log is still there".to_owned();
            return Err(StoreError::NotADatabase { path: path.to_owned(), why });
        }
        match options.missing {
            Missing::Create => create(path, options)?,
            Missing::Refuse => return Err(StoreError::Missing { path: path.to_owned() }),
        }
    }
    inspect(path)?;
    let conn = connect(path, Access::Write, options.busy_timeout).map_err(|error| name_file(path, error))?;
    let size = fs::metadata(path).map_err(|error| StoreError::unusable(path, error))?.len();
    let examined = match options.check {
        Check::BySize if size <= CHECKED_AT_OPEN => {
            quick_check(&conn).map_err(StoreError::into_damage).map(|()| Examined::Yes)?
        }
        Check::BySize | Check::Beside => Examined::Later,
        Check::Skip => Examined::Yes,
    };
    migrate(&conn, path, MIGRATIONS)?;
    check_schema(&conn).map_err(StoreError::into_damage)?;
    catch_up(&conn)?;
    Ok((conn, examined))
}

/// Reads every page and reports the first things that are wrong with their structure.
pub(crate) fn quick_check(conn: &Connection) -> Result<(), StoreError> {
    let mut statement = conn.prepare("PRAGMA quick_check(3)")?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
    if lines == ["ok"] { Ok(()) } else { Err(StoreError::Corrupt { what: lines.join("; ") }) }
}

/// Refuses folders of other machines: two processes there do not see each other's locks and shared memory.
fn refuse_network(folder: &Path) -> Result<(), StoreError> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    // A folder that is not there is told of by what needs it.
    let Ok(folder) = folder.canonicalize() else { return Ok(()) };
    match network_type(&mounts, &folder) {
        Some(kind) => Err(StoreError::unusable(
            &folder,
            format_args!("it lies on a network file system ({kind}), use a local disk"),
        )),
        None => Ok(()),
    }
}

/// Returns the file system of the mount the folder is on, if it is one of another machine.
fn network_type<'m>(mounts: &'m str, folder: &Path) -> Option<&'m str> {
    let mount = |line: &'m str| {
        let (place, after) = line.split_once(" - ")?;
        Some((Path::new(place.split(' ').nth(4)?), after.split(' ').next()?))
    };
    let under = mounts.lines().filter_map(mount).filter(|(place, _)| folder.starts_with(place));
    let (_, kind) = under.max_by_key(|(place, _)| place.components().count())?;
    NETWORK.contains(&kind).then_some(kind)
}

/// Makes the database beside its place and moves it there when it is whole: a crash leaves no half of one.
fn create(path: &Path, options: &Options) -> Result<(), StoreError> {
    let fresh = with_suffix(path, ".new");
    for leftover in
        [fresh.clone(), log_of(&fresh), with_suffix(&fresh, "-shm"), with_suffix(&fresh, "-journal")]
    {
        remove(&leftover)?;
    }
    let private = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh);
    drop(private.map_err(|error| StoreError::unusable(&fresh, error))?);
    let conn = connect(&fresh, Access::Write, options.busy_timeout)?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate(&conn, &fresh, MIGRATIONS)?;
    conn.close().map_err(|(_, error)| StoreError::from(error))?;
    File::open(&fresh)
        .and_then(|file| file.sync_all())
        .map_err(|error| StoreError::unusable(&fresh, error))?;
    match fs::hard_link(&fresh, path) {
        // Somebody else made it at the same moment; theirs is as good.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        linked => linked.map_err(|error| StoreError::unusable(path, error))?,
    }
    remove(&fresh)?;
    sync_folder(path)
}

/// Looks at the header before SQLite does, because SQLite takes an empty file for a new database.
fn inspect(path: &Path) -> Result<(), StoreError> {
    let unusable = |error: io::Error| StoreError::unusable(path, error);
    let not_ours = |why: String| StoreError::NotADatabase { path: path.to_owned(), why };
    let mut file = File::open(path).map_err(unusable)?;
    let mut header = Vec::with_capacity(HEADER);
    file.by_ref().take(HEADER as u64).read_to_end(&mut header).map_err(unusable)?;
    let Ok(header) = <[u8; HEADER]>::try_from(header) else {
        let size = file.metadata().map_err(unusable)?.len();
        return Err(not_ours(format!("it has only {size} bytes")));
    };
    if !header.starts_with(MAGIC) {
        return Err(not_ours("it does not start like one".to_owned()));
    }
    let number = |at: usize| i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let application = number(68);
    if application != APPLICATION_ID {
        return Err(not_ours(format!("it carries the mark {application:#x} of another program")));
    }
    // With a log the number may be an old one; it is asked for again when the log has been read.
    refuse_newer(number(60).into(), MIGRATIONS)?;
    whole(path, &header)
}

/// Compares the size the header tells with the file's; with a log beside it, the log may hold the rest.
fn whole(path: &Path, header: &[u8; HEADER]) -> Result<(), StoreError> {
    let size = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.len());
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    let pages = u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]]));
    let (found, expected) = (size(path), page * pages);
    if found < expected && size(&log_of(path)) == 0 {
        let what = format!("{} is cut off: {found} bytes of {expected}", path.display());
        return Err(StoreError::Corrupt { what });
    }
    Ok(())
}

/// Returns the path of the file's write-ahead log.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    with_suffix(path, "-wal")
}

/// Returns the path with something after its last letter.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Removes a file if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::unusable(path, error)),
        _ => Ok(()),
    }
}

/// Makes a file's name durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = folder_of(path);
    File::open(&folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| StoreError::unusable(&folder, error))
}

/// Returns the folder a file lies in.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn exists(path: &Path) -> Result<bool, StoreError> {
    path.try_exists().map_err(|error| StoreError::unusable(path, error))
}

/// Says which file SQLite could not make sense of.
fn name_file(path: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Other(why) => StoreError::unusable(path, why),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
        30 22 0:40 / /srv rw shared:2 - nfs4 files:/srv rw,vers=4.2\n\
        31 30 0:41 / /srv/chat/fast rw - xfs /dev/vdb rw\n\
        32 22 0:42 / /mnt/ada/share rw - cifs //files/ada rw\n";

    #[test]
    fn the_innermost_mount_says_whether_a_folder_is_another_machines() {
        let kind = |folder| network_type(MOUNTS, Path::new(folder));
        assert_eq!(kind("/var/lib/chat"), None);
        assert_eq!(kind("/srv/chat"), Some("nfs4"));
        assert_eq!(kind("/srv/chat/fast/data"), None);
        assert_eq!(kind("/srvother"), None);
        assert_eq!(kind("/mnt/ada/share"), Some("cifs"));
    }

    #[test]
    fn mounts_that_cannot_be_read_stop_nobody() {
        for mounts in ["", "\n", "nonsense - ", "1 2 3 - nfs"] {
            assert_eq!(network_type(mounts, Path::new("/srv")), None, "{mounts:?}");
        }
    }
}
