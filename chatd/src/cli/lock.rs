//! One server per data folder: the second is told who the first is.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, Result, bail};
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

/// Held for as long as the server runs; the system lets go of it however the process ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: Flock<File>,
}

/// Takes the folder for this process.
pub(crate) fn take(folder: &Path) -> Result<FolderLock> {
    let path = folder.join("chatd.lock");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let file = options.open(&path).with_context(|| format!("{} cannot be opened", path.display()))?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(mut file) => {
            file.set_len(0)?;
            writeln!(file, "{}", std::process::id())?;
            Ok(FolderLock { _file: file })
        }
        Err((file, Errno::EWOULDBLOCK)) => {
            let mut holder = String::new();
            // The number only helps the person; without it the sentence still holds.
            let _ = file.take(20).read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "?" } else { holder.trim() };
            bail!(
                "another chatd (process {holder}) runs on {}; stop it first, or name another folder with --data",
                folder.display()
            )
        }
        Err((_, error)) => Err(error).with_context(|| format!("{} cannot be locked", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once_and_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path()).unwrap();
        let refused = take(folder.path()).unwrap_err().to_string();
        assert!(refused.contains(&format!("another chatd (process {})", std::process::id())), "{refused}");
        drop(first);
        take(folder.path()).unwrap();
    }
}
