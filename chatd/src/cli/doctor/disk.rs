//! What the disk under the data folder is like: room, speed of a flush, kind of file system.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::statfs::{FsType, NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, statfs};
use nix::sys::statvfs::statvfs;

use super::Finding;

/// Free space against the reserve.
pub(super) fn room(folder: &Path, reserve_mib: u64) -> Finding {
    match free_mib(folder) {
        Ok(free) if free < reserve_mib => Finding::warning(
            "disk",
            format!("{free} MiB free under {}, the reserve is {reserve_mib} MiB", folder.display()),
            "free some space, or move data_dir to a larger disk; when it is full, nothing can be said any more",
        ),
        Ok(free) => Finding::fine("disk", format!("{free} MiB free, reserve {reserve_mib} MiB")),
        Err(error) => {
            Finding::failed("disk", error.to_string(), "check that the folder exists and can be opened")
        }
    }
}

/// Free space in MiB for accounts other than root.
pub(crate) fn free_mib(folder: &Path) -> io::Result<u64> {
    let disk = statvfs(folder)?;
    Ok(disk.blocks_available().saturating_mul(disk.fragment_size()) / (1024 * 1024))
}

/// How long one flush takes: every acknowledged message waits for one.
pub(super) fn flush(folder: &Path) -> Finding {
    match median_flush(folder) {
        Ok(time) if SLOW_FLUSH < time => Finding::warning(
            "flush",
            format!(
                "writing to the disk for good takes {} ms, every message waits that long",
                time.as_millis()
            ),
            "put data_dir on a faster disk",
        ),
        Ok(time) => {
            Finding::fine("flush", format!("{:.1} ms to write for good", time.as_secs_f64() * 1000.0))
        }
        Err(error) => {
            Finding::failed("flush", format!("cannot write in {}: {error}", folder.display()), WRITABLE)
        }
    }
}

/// SQLite's log needs shared memory and locks that network file systems do not give.
pub(super) fn file_system(folder: &Path) -> Finding {
    match statfs(folder) {
        Ok(system) if NETWORK.contains(&system.filesystem_type()) => Finding::failed(
            "file system",
            format!("{} is on a network file system, where the database can be damaged", folder.display()),
            "put data_dir on a disk of this machine",
        ),
        Ok(_) => Finding::fine("file system", "on this machine"),
        Err(error) => Finding::failed("file system", error.to_string(), WRITABLE),
    }
}

fn median_flush(folder: &Path) -> io::Result<Duration> {
    let path = folder.join(format!(".chatd.{}.probe", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    let measured = (0..PROBES)
        .map(|_| {
            let start = Instant::now();
            file.write_all(&[0; 4096])?;
            file.sync_data()?;
            Ok(start.elapsed())
        })
        .collect::<io::Result<Vec<_>>>();
    fs::remove_file(&path)?;
    let mut times = measured?;
    times.sort();
    Ok(times[times.len() / 2])
}

const PROBES: usize = 9;
const SLOW_FLUSH: Duration = Duration::from_millis(50);
const WRITABLE: &str = "run this as the account that owns the folder, and check that it can be written";
/// CIFS, which nix does not name.
const CIFS: FsType = FsType(0xff53_4d42);
const NETWORK: [FsType; 3] = [NFS_SUPER_MAGIC, SMB_SUPER_MAGIC, CIFS];

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn too_little_room_is_a_warning_and_enough_is_not() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(room(folder.path(), 0).verdict, Verdict::Fine);
        assert_eq!(room(folder.path(), u64::MAX).verdict, Verdict::Warning);
        assert_eq!(room(&folder.path().join("gone"), 1).verdict, Verdict::Failed);
    }

    #[test]
    fn measuring_a_flush_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        assert_ne!(flush(folder.path()).verdict, Verdict::Failed);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
