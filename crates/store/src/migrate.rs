//! From any older schema to the current one, step by step, each step whole or not at all.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::Connection;
use tracing::info;

use crate::error::StoreError;
use crate::open::{remove, sync_folder, with_suffix};

/// The steps; the first makes schema 1. A step is never edited after its release.
pub(crate) const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_base.sql"),
    include_str!("../migrations/0002_search.sql"),
    include_str!("../migrations/0003_moderation.sql"),
    include_str!("../migrations/0004_files.sql"),
    include_str!("../migrations/0005_sealed.sql"),
    include_str!("../migrations/0006_sealed_reports.sql"),
];

/// Brings the database to the schema of the last step, after saving a copy if there is data in it.
pub(crate) fn migrate(conn: &Connection, path: &Path, steps: &[&str]) -> Result<(), StoreError> {
    let found = version(conn)?;
    refuse_newer(found, steps)?;
    if found == newest(steps) {
        return Ok(());
    }
    if 0 < found {
        snapshot(conn, path, found)?;
    }
    for (step, number) in steps.iter().zip(1..) {
        apply(conn, step, number)?;
    }
    Ok(())
}

/// Compares every table, index, view and trigger with what the steps make; what somebody added is left alone.
///
/// # Errors
/// `Corrupt`, naming the first that is gone or reads differently: a flipped bit in a name, a trigger taken away.
pub(crate) fn check_schema(conn: &Connection) -> Result<(), StoreError> {
    let model = Connection::open_in_memory()?;
    for step in MIGRATIONS {
        model.execute_batch(step)?;
    }
    let found = definitions(conn)?;
    match definitions(&model)?.iter().find(|(name, text)| found.get(*name) != Some(text)) {
        Some((name, _)) => Err(StoreError::Corrupt { what: format!("the definition of {name} has changed") }),
        None => Ok(()),
    }
}

fn definitions(conn: &Connection) -> Result<BTreeMap<String, String>, StoreError> {
    let mut statement = conn.prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Refuses a schema that only a later version knows.
pub(crate) fn refuse_newer(found: i64, steps: &[&str]) -> Result<(), StoreError> {
    let known = newest(steps);
    if known < found { Err(StoreError::NewerSchema { found, known }) } else { Ok(()) }
}

fn newest(steps: &[&str]) -> i64 {
    i64::try_from(steps.len()).expect("there are few steps")
}

/// Applies one step, unless this or another process has done it.
fn apply(conn: &Connection, step: &str, number: i64) -> Result<(), StoreError> {
    let tx = rusqlite::Transaction::new_unchecked(conn, rusqlite::TransactionBehavior::Immediate)?;
    if number <= version(&tx)? {
        return Ok(());
    }
    tx.execute_batch(step).map_err(|error| misfit(number, error.into()))?;
    tx.pragma_update(None, "user_version", number)?;
    tx.commit()?;
    info!(schema = number, "database migrated");
    Ok(())
}

/// Says that the tables are not those of the schema the file claims to have.
fn misfit(number: i64, error: StoreError) -> StoreError {
    match error {
        StoreError::Other(why) => {
            StoreError::Corrupt { what: format!("its tables do not fit schema {}: {why}", number - 1) }
        }
        other => other,
    }
}

/// Copies the database as it is to a file beside it that is named after its schema.
fn snapshot(conn: &Connection, path: &Path, schema: i64) -> Result<(), StoreError> {
    let copy = with_suffix(path, &format!(".schema-{schema}.bak"));
    let draft = with_suffix(&copy, ".tmp");
    // Left by an attempt that was broken off.
    remove(&draft)?;
    copy_to(conn, &draft)?;
    fs::rename(&draft, &copy).map_err(|error| StoreError::unusable(&copy, error))?;
    info!(copy = %copy.display(), "database saved before migrating");
    sync_folder(path)
}

/// Writes a copy of the database to a new file that only its owner can read.
pub(crate) fn copy_to(conn: &Connection, target: &Path) -> Result<(), StoreError> {
    let private = OpenOptions::new().write(true).create_new(true).mode(0o600).open(target);
    drop(private.map_err(|error| StoreError::unusable(target, error))?);
    let name = target.to_str().ok_or_else(|| StoreError::unusable(target, "the path is not UTF-8"))?;
    conn.execute("VACUUM INTO ?1", [name])?;
    File::open(target)
        .and_then(|file| file.sync_all())
        .map_err(|error| StoreError::unusable(target, error))?;
    sync_folder(target)
}

fn version(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
