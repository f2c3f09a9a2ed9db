//! The folder of sealed files: where each lies, how one is put in its place for good, and what lies there.
//!
//! A file in its place is whole, on the disk for good, and never changes: its name is the hash of its bytes.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use nix::sys::statvfs::statvfs;
use proto::ids::{AccountId, BlobId};

/// Whose upload of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UploadKey {
    pub(crate) account: AccountId,
    pub(crate) blob: BlobId,
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Opens the folder, and makes it when it is not there. Only this account can look into it.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        for folder in [root, &root.join(INCOMING)] {
            match DirBuilder::new().mode(0o700).create(folder) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
                }
                made => made?,
            }
        }
        if let Some(parent) = root.parent() {
            sync_folder(parent)?;
        }
        Ok(Self { root: root.to_owned() })
    }

    /// Returns a folder for looking at, whether it is there or not.
    pub(crate) fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Returns where an upload comes in.
    pub(crate) fn part(&self, key: UploadKey) -> PathBuf {
        let UploadKey { account, blob } = key;
        self.root.join(INCOMING).join(format!("{account}-{blob}{PART}"))
    }

    /// Returns where a whole file lies.
    pub(crate) fn blob(&self, blob: BlobId) -> PathBuf {
        let name = blob.to_string();
        self.root.join(&name[..2]).join(name)
    }

    /// Moves a whole file that is on the disk already to its place. When this returns, a power cut does not undo it.
    pub(crate) fn place(&self, from: &Path, blob: BlobId) -> io::Result<()> {
        let to = self.blob(blob);
        let folder = to.parent().unwrap_or(&self.root);
        match DirBuilder::new().mode(0o700).create(folder) {
            Ok(()) => sync_folder(&self.root)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        fs::rename(from, &to)?;
        sync_folder(folder)
    }

    /// Opens a file for reading; nothing when it is not there.
    pub(crate) fn read(&self, blob: BlobId) -> io::Result<Option<File>> {
        found(File::open(self.blob(blob)))
    }

    /// Returns how long a file in its place is; nothing when it is not there.
    pub(crate) fn size(&self, blob: BlobId) -> io::Result<Option<u64>> {
        Ok(found(fs::metadata(self.blob(blob)))?.map(|data| data.len()))
    }

    /// Moves a file out of its place, back to where it came in.
    pub(crate) fn take_back(&self, key: UploadKey) -> io::Result<()> {
        fs::rename(self.blob(key.blob), self.part(key))
    }

    /// Returns how much came in of an upload.
    pub(crate) fn part_size(&self, key: UploadKey) -> io::Result<u64> {
        Ok(found(fs::metadata(self.part(key)))?.map_or(0, |data| data.len()))
    }

    /// Takes a file away; returns whether it was there.
    pub(crate) fn remove(&self, blob: BlobId) -> io::Result<bool> {
        Ok(found(fs::remove_file(self.blob(blob)))?.is_some())
    }

    /// Takes away what came in of an upload; returns whether there was anything.
    pub(crate) fn remove_part(&self, key: UploadKey) -> io::Result<bool> {
        Ok(found(fs::remove_file(self.part(key)))?.is_some())
    }

    /// Returns the files whose hash starts with this byte. Names that are no hashes are left alone.
    pub(crate) fn blobs(&self, first: u8) -> io::Result<Vec<BlobId>> {
        let folder = self.root.join(HEXLOWER.encode(&[first]));
        let blobs = names(&folder)?.into_iter().filter_map(|name| BlobId::parse(&name));
        Ok(blobs.filter(|blob| blob.0[0] == first).collect())
    }

    /// Returns the uploads of which something came in.
    pub(crate) fn parts(&self) -> io::Result<Vec<UploadKey>> {
        let names = names(&self.root.join(INCOMING))?;
        Ok(names.into_iter().filter_map(|name| key_of(&name)).collect())
    }

    /// Returns the free bytes of the disk, for accounts other than root.
    pub(crate) fn free_bytes(&self) -> io::Result<u64> {
        let disk = statvfs(&self.root)?;
        Ok(disk.blocks_available().saturating_mul(disk.fragment_size()))
    }
}

/// Reads a stretch of a file; shorter at its end only.
pub(crate) fn read_at(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    let mut read = 0;
    while read < length {
        let at = offset.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        match file.read_at(&mut bytes[read..], at) {
            Ok(0) => break,
            Ok(more) => read += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}

/// Makes a change of a folder's names last.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let Some(entries) = found(fs::read_dir(folder))? else { return Ok(Vec::new()) };
    let names = entries.map(|entry| Ok(entry?.file_name().into_string().ok()));
    names.filter_map(Result::transpose).collect()
}

fn key_of(name: &str) -> Option<UploadKey> {
    let (account, blob) = name.strip_suffix(PART)?.split_once('-')?;
    let account = AccountId::new(account.parse().ok()?)?;
    Some(UploadKey { account, blob: BlobId::parse(blob)? })
}

const INCOMING: &str = "incoming";
const PART: &str = ".part";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_lies_under_its_hash_and_is_listed_until_it_is_removed() {
        let (_temp, folder) = folder();
        let (ada, blob) = (key(11), key(11).blob);
        fs::write(folder.part(ada), b"sealed").unwrap();
        assert_eq!(folder.parts().unwrap(), [ada]);
        assert_eq!(folder.size(blob).unwrap(), None);
        folder.place(&folder.part(ada), blob).unwrap();
        assert_eq!((folder.parts().unwrap(), folder.size(blob).unwrap()), (vec![], Some(6)));
        assert_eq!(folder.blobs(0xab).unwrap(), [blob]);
        assert_eq!(folder.blobs(0xac).unwrap(), []);
        assert!(folder.remove(blob).unwrap());
        assert!(!folder.remove(blob).unwrap());
        assert!(folder.read(blob).unwrap().is_none());
    }

    #[test]
    fn only_this_account_can_look_inside() {
        let (temp, folder) = folder();
        fs::write(folder.part(key(11)), b"sealed").unwrap();
        folder.place(&folder.part(key(11)), key(11).blob).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let root = temp.path().join("blobs");
        assert_eq!([mode(&root), mode(&root.join("incoming")), mode(&root.join("ab"))], [0o700; 3]);
        fs::set_permissions(&root, Permissions::from_mode(0o755)).unwrap();
        Folder::open(&root).unwrap();
        assert_eq!(mode(&root), 0o700);
    }

    #[test]
    fn names_that_are_no_hashes_are_left_alone() {
        let (temp, folder) = folder();
        let incoming = temp.path().join("blobs/incoming");
        let hash = "ab".repeat(32);
        for name in ["notes.txt", "0-ab.part", &format!("x-{hash}.part"), &format!("7-{hash}")] {
            fs::write(incoming.join(name), b"x").unwrap();
        }
        fs::create_dir(temp.path().join("blobs/ab")).unwrap();
        fs::write(temp.path().join("blobs/ab").join("cd".repeat(32)), b"x").unwrap();
        assert_eq!(folder.parts().unwrap(), []);
        assert_eq!(folder.blobs(0xab).unwrap(), []);
    }

    #[test]
    fn a_stretch_is_short_at_the_end_of_a_file_only() {
        let (_temp, folder) = folder();
        fs::write(folder.part(key(11)), b"0123456789").unwrap();
        let file = File::open(folder.part(key(11))).unwrap();
        assert_eq!(read_at(&file, 2, 3).unwrap(), b"234");
        assert_eq!(read_at(&file, 8, 3).unwrap(), b"89");
        assert_eq!(read_at(&file, 10, 3).unwrap(), b"");
        assert_eq!(read_at(&file, u64::MAX >> 2, 3).unwrap(), b"");
    }

    fn folder() -> (tempfile::TempDir, Folder) {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::open(&temp.path().join("blobs")).unwrap();
        (temp, folder)
    }

    fn key(account: u64) -> UploadKey {
        UploadKey { account: AccountId::new(account).unwrap(), blob: BlobId([0xab; 32]) }
    }
}
