//! What `chatd doctor` finds in the database.

use std::time::Duration;

use proto::ids::Timestamp;
use store::{AuditSeq, FileScope, Missing, Options, Store, StoreError};

use super::Finding;
use crate::blobs::Folder;
use crate::cli::date;
use crate::cli::office::KEYS_MARK;
use crate::cli::place::Place;
use keys::Keys;
use service::clock;

/// Opens the database, which examines it, and looks at what must hold inside.
pub(super) fn all(place: &Place) -> Vec<Finding> {
    let path = place.config().database();
    let options =
        Options { missing: Missing::Refuse, readers: 1, read_limit: PATIENCE, ..Options::default() };
    let store = match Store::open_with(&path, &options) {
        Ok(store) => store,
        Err(StoreError::Missing { .. }) => {
            let said = format!("there is none at {}", path.display());
            return vec![Finding::failed(
                "database",
                said,
                format!("make it with: {}", place.command("init")),
            )];
        }
        Err(error) => return vec![Finding::split("database", &error.to_string())],
    };
    let files = files(place, &store);
    vec![sound(&store), keys(place, &store), owners(place, &store), newest(&store), files]
}

/// Reads everything that is stored; it takes a second for each 100 MB or so.
fn sound(store: &Store) -> Finding {
    match store.verify() {
        Ok(verified) => Finding::fine(
            "database",
            format!(
                "sound: {} messages, {} audit entries in an unbroken chain",
                verified.entries, verified.audit.0
            ),
        ),
        Err(error) => Finding::split("database", &error.to_string()),
    }
}

fn keys(place: &Place, store: &Store) -> Finding {
    let name = "keys match";
    let Ok(keys) = Keys::load(&place.config().keys_dir()) else {
        return Finding::failed(
            name,
            "the keys cannot be read, so this cannot be seen",
            "mend the keys first, see above",
        );
    };
    match store.read_blocking(|reads| reads.meta(KEYS_MARK)) {
        Ok(Some(mark)) if mark == keys.mark() => Finding::fine(name, "they belong to this database"),
        Ok(Some(_)) => Finding::failed(
            name,
            "they belong to another database",
            "put back the keys that were made with this one",
        ),
        Ok(None) => Finding::failed(
            name,
            "the installation is not complete",
            format!("run: {}", place.command("init")),
        ),
        Err(error) => Finding::split(name, &error.to_string()),
    }
}

fn owners(place: &Place, store: &Store) -> Finding {
    let add = |first: &str| place.command(&format!("user {first} NAME --role owner"));
    match store.read_blocking(|reads| reads.owners().map(u64::from)) {
        Ok(0) => Finding::failed("owners", "there is none", format!("run: {}", place.command("init"))),
        Ok(1) => Finding::warning(
            "owners",
            "there is only one; when that account is lost, only this machine helps",
            format!("make a second one: {}", add("add")),
        ),
        Ok(owners) => Finding::fine("owners", format!("there are {owners}")),
        Err(error) => Finding::split("owners", &error.to_string()),
    }
}

/// Whether every file that a message names lies in its folder, as long as its row says.
fn files(place: &Place, store: &Store) -> Finding {
    let name = "files";
    let looked = || {
        let usage = store.read_blocking(|reads| reads.file_usage(FileScope::Server))?;
        anyhow::Ok((usage, count_lost(store, &Folder::at(&place.config().blobs()))?))
    };
    match looked() {
        Ok((usage, 0)) => Finding::fine(
            name,
            format!("{} files, {} MiB, each in its place", usage.files, usage.bytes / (1024 * 1024)),
        ),
        Ok((usage, lost)) => Finding::failed(
            name,
            format!("{lost} of {} files are missing or cut short", usage.files),
            "put them back from a backup: chatd restore brings them, or copy its .files folder into blobs",
        ),
        Err(error) => Finding::split(name, &error.to_string()),
    }
}

fn count_lost(store: &Store, folder: &Folder) -> anyhow::Result<u64> {
    let (mut lost, mut after) = (0, None);
    loop {
        let rows = store.read_blocking(move |reads| reads.blobs_after(after, ROWS))?;
        let Some(last) = rows.last() else { return Ok(lost) };
        after = Some(last.id);
        for row in &rows {
            lost += u64::from(folder.size(row.blob)? != Some(row.size.get()));
        }
    }
}

/// A clock that is behind what was written already has stepped back.
fn newest(store: &Store) -> Finding {
    let newest = store.read_blocking(|reads| {
        let (head, _) = reads.audit_head()?;
        reads.audit_after(AuditSeq(head.0.saturating_sub(1)), 1)
    });
    match newest {
        Ok(rows) => since(rows.first().map_or(Timestamp(0), |row| row.event.at), clock::now()),
        Err(error) => Finding::split(TIME, &error.to_string()),
    }
}

fn since(newest: Timestamp, now: Timestamp) -> Finding {
    if now.plus_ms(TOLERANCE_MS) < newest {
        let said =
            format!("the clock is behind the newest entry of the audit log ({} UTC)", date::minute(newest));
        return Finding::failed(
            TIME,
            said,
            "set the clock (timedatectl set-ntp true); until then codes are refused",
        );
    }
    Finding::fine(TIME, format!("the newest entry of the audit log is of {} UTC", date::minute(newest)))
}

/// Rows that are read at a time.
const ROWS: usize = 500;
const TIME: &str = "time";
const TOLERANCE_MS: i64 = 30_000;
/// A disk that is busy with other things may take longer than a request should.
const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn a_clock_behind_the_newest_entry_fails_and_one_ahead_does_not() {
        let newest = Timestamp(1_800_000_000_000);
        assert_eq!(since(newest, newest.plus_ms(-30_000)).verdict, Verdict::Fine);
        assert_eq!(since(newest, newest.plus_ms(-30_001)).verdict, Verdict::Failed);
        assert_eq!(since(newest, newest.plus_ms(365 * 86_400_000)).verdict, Verdict::Fine);
    }
}
