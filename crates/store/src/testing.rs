//! Databases of older schemas, and sealed rooms without MLS, for fixtures and for tests.

pub mod sealed;

use std::path::Path;
use std::time::Duration;

use crate::connect::{Access, connect};
use crate::error::StoreError;
use crate::migrate::{MIGRATIONS, migrate};
use crate::open::APPLICATION_ID;

/// The schema this version makes.
pub const SCHEMA: usize = MIGRATIONS.len();

/// Makes a database of this schema, runs the statements on it and closes it as one file without a log.
///
/// # Errors
/// Those of SQLite; the file must not exist.
pub fn make_database(path: &Path, schema: usize, statements: &str) -> Result<(), StoreError> {
    std::fs::File::create_new(path).map_err(|error| StoreError::unusable(path, error))?;
    let conn = connect(path, Access::Write, Duration::from_secs(5))?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate(&conn, path, &MIGRATIONS[..schema])?;
    conn.execute_batch(statements)?;
    conn.close().map_err(|(_, error)| error.into())
}
