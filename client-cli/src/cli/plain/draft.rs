//! The line that was half typed when the program was stopped: sealed in the vault, because it may be for a sealed room.

use vault::{Batch, Table, Vault};

/// Takes the line out; none when there is none, or when it does not open.
pub(super) fn take(vault: &Vault) -> String {
    let kept = vault.get(Table::Client, LINE).ok().flatten();
    if kept.is_none() {
        return String::new();
    }
    write(vault, &[]);
    kept.and_then(|line| String::from_utf8(line.to_vec()).ok()).unwrap_or_default()
}

/// Keeps a line; there is none to keep when nothing was typed.
pub(super) fn keep(vault: &Vault, line: &str) {
    if !line.is_empty() {
        write(vault, line.as_bytes());
    }
}

fn write(vault: &Vault, line: &[u8]) {
    let mut batch = Batch::new();
    if line.is_empty() {
        batch.remove(Table::Client, LINE);
    } else {
        batch.put(Table::Client, LINE, line);
    }
    // A convenience: a disk that does not take it keeps nobody from chatting or leaving.
    if let Err(error) = vault.commit(&batch) {
        tracing::warn!(%error, "a half-typed line could not be kept");
    }
}

const LINE: &[u8] = b"interface/line";

#[cfg(test)]
mod tests {
    use vault::VaultKey;

    use super::*;

    #[test]
    fn a_line_is_there_once_and_lies_open_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&folder.path().join("vault.db"), VaultKey::random()).unwrap();
        assert_eq!(take(&vault), "");
        keep(&vault, "");
        keep(&vault, "half a thought");
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!bytes.windows(7).any(|window| window == b"thought"));
        }
        assert_eq!((take(&vault), take(&vault)), ("half a thought".to_owned(), String::new()));
    }
}
