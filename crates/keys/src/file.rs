//! One secret of 32 bytes in a file of one line: `livechat-server-key-1 BASE32`.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::BASE32_NOPAD;
use nix::unistd::geteuid;
use proto::bytes::Secret32;
use zeroize::Zeroizing;

use super::KeyError;

/// Longest key file that is read.
const LONGEST: usize = 256;

/// Returns what a key file of this kind starts with.
pub(super) fn prefix(kind: &str) -> String {
    format!("livechat-{kind}-key-1 ")
}

/// Reads the key of this kind from its folder.
pub(super) fn read(folder: &Path, kind: &'static str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let text = read_text(folder, kind, LONGEST)?;
    let malformed = || KeyError::Malformed { path: path(folder, kind), kind };
    let encoded = text.strip_prefix(&prefix(kind)).ok_or_else(malformed)?;
    let bytes = BASE32_NOPAD.decode(encoded.trim_end().as_bytes()).map(Zeroizing::new);
    let bytes = bytes.map_err(|_| malformed())?;
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| malformed())?;
    Ok(Zeroizing::new(key))
}

/// Reads at most `longest` bytes of the key file of this kind, if nobody else can open it.
pub(super) fn read_text(
    folder: &Path,
    kind: &'static str,
    longest: usize,
) -> Result<Zeroizing<String>, KeyError> {
    let path = path(folder, kind);
    let file = File::open(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => KeyError::Missing(path.clone()),
        _ => failed(&path, "read")(source),
    })?;
    // The open file is judged, not the path: nobody can swap it in between.
    judge(&path, &file.metadata().map_err(failed(&path, "read"))?, 0o600)?;
    let mut text = Zeroizing::new(String::with_capacity(longest));
    file.take(longest as u64).read_to_string(&mut text).map_err(failed(&path, "read"))?;
    Ok(text)
}

/// Writes a random key of this kind, unless there is a file of that name.
pub(super) fn make_if_missing(folder: &Path, kind: &str) -> Result<(), KeyError> {
    let path = path(folder, kind);
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    let encoded = Zeroizing::new(BASE32_NOPAD.encode(random(folder, kind)?.reveal()));
    let line = Zeroizing::new(format!("{}{}\n", prefix(kind), *encoded));
    write_private(&path, line.as_bytes()).map_err(failed(&path, "written"))
}

/// Returns a random key for a file of this kind.
pub(super) fn random(folder: &Path, kind: &str) -> Result<Secret32, KeyError> {
    let mut key = Zeroizing::new([0; 32]);
    let filled = getrandom::fill(key.as_mut());
    filled.map_err(|error| failed(&path(folder, kind), "made")(io::Error::other(error)))?;
    Ok(Secret32::new(*key))
}

/// Writes a file that only this account can read, whole or not at all; one that is there stays.
///
/// # Errors
/// What the system says; `AlreadyExists` when there is something of that name.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    // A link fails when the name is taken, where a rename would replace.
    write(path, content, |draft| fs::hard_link(draft, path))
}

/// Writes a file that only this account can read in the place of one that is there, whole or not at all.
pub(super) fn replace_private(path: &Path, content: &[u8]) -> io::Result<()> {
    write(path, content, |draft| fs::rename(draft, path))
}

fn write(path: &Path, content: &[u8], place: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let draft = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(content)?;
        file.sync_all()?;
        place(&draft)?;
        File::open(folder)?.sync_all()
    })();
    let removed = match fs::remove_file(&draft) {
        // It was put in its place.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    };
    written.and(removed)
}

/// Makes a folder that only this account can open, with the folders above it. One that is there and empty is closed to
/// others; one with something in it is only checked.
///
/// # Errors
/// [`KeyError`] when it cannot be made or others can open it.
pub fn make_private_folder(folder: &Path) -> Result<(), KeyError> {
    if !folder.exists() {
        if let Some(above) = folder.parent() {
            fs::create_dir_all(above).map_err(failed(above, "made"))?;
        }
        DirBuilder::new().mode(0o700).create(folder).map_err(failed(folder, "made"))?;
    } else if fs::read_dir(folder).map_err(failed(folder, "read"))?.next().is_none() {
        fs::set_permissions(folder, Permissions::from_mode(0o700))
            .map_err(failed(folder, "closed to others"))?;
    }
    check_private(folder, 0o700)
}

/// Checks that a file or folder belongs to this account (or root) and that nobody else can open it.
///
/// # Errors
/// [`KeyError`] says which of this is not so, and the command that changes it.
pub fn check_private(path: &Path, expected: u32) -> Result<(), KeyError> {
    let metadata = fs::metadata(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => KeyError::Missing(path.to_owned()),
        _ => failed(path, "read")(source),
    })?;
    judge(path, &metadata, expected)
}

fn judge(path: &Path, metadata: &fs::Metadata, expected: u32) -> Result<(), KeyError> {
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Open { path: path.to_owned(), mode, expected });
    }
    let (owner, me) = (metadata.uid(), geteuid().as_raw());
    if owner != me && owner != 0 {
        return Err(KeyError::Owner { path: path.to_owned(), owner, me });
    }
    Ok(())
}

pub(super) fn path(folder: &Path, kind: &str) -> PathBuf {
    folder.join(format!("{kind}.key"))
}

pub(super) fn failed<'a>(path: &'a Path, verb: &'static str) -> impl Fn(io::Error) -> KeyError + 'a {
    move |source| KeyError::Io { path: path.to_owned(), verb, source }
}
