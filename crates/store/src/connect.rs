//! The one place where connections are opened, and how they are set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;

/// Statements a connection keeps ready: more than the crate has.
const STATEMENTS: usize = 256;

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Write,
    Read,
}

/// Opens a connection to an existing database.
pub(crate) fn connect(path: &Path, access: Access, busy_timeout: Duration) -> Result<Connection, StoreError> {
    let mode = match access {
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    let conn = Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(busy_timeout)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without it some statements are planned anew whenever a parameter changes, which costs more than running them.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; \
         PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON;",
    )?;
    match access {
        // `synchronous = FULL` is what makes a commit durable; the log is copied by our own rules.
        Access::Write => conn.execute_batch(
            "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA cache_size = -64000; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864; \
             PRAGMA wal_autocheckpoint = 0;",
        )?,
        Access::Read => conn.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -16000;")?,
    }
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(1);

    #[test]
    fn a_commit_waits_for_the_disk_and_removed_bytes_are_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let conn = fresh(&folder.path().join("chat.db"));
        let expected = [
            ("synchronous", "2"),
            ("journal_mode", "wal"),
            ("secure_delete", "1"),
            ("foreign_keys", "1"),
            ("trusted_schema", "0"),
            ("mmap_size", "0"),
            ("cell_size_check", "1"),
            ("auto_vacuum", "2"),
            ("wal_autocheckpoint", "0"),
        ];
        for (name, value) in expected {
            let set = conn.pragma_query_value(None, name, |row| {
                row.get::<_, String>(0).or_else(|_| row.get::<_, i64>(0).map(|number| number.to_string()))
            });
            assert_eq!(set.unwrap(), value, "{name}");
        }
    }

    #[test]
    fn a_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chat.db");
        let writer = fresh(&path);
        let reader = connect(&path, Access::Read, PATIENCE).unwrap();
        assert!(reader.execute("DELETE FROM said", []).is_err());
        // Not even after taking its own lock off: the file itself is open for reading alone.
        reader.pragma_update(None, "query_only", false).unwrap();
        assert!(reader.execute("DELETE FROM said", []).is_err());
        assert_eq!(writer.execute("DELETE FROM said", []), Ok(1));
    }

    fn fresh(path: &Path) -> Connection {
        std::fs::File::create_new(path).unwrap();
        let conn = connect(path, Access::Write, PATIENCE).unwrap();
        conn.execute_batch("CREATE TABLE said (body TEXT) STRICT; INSERT INTO said VALUES ('hello')")
            .unwrap();
        conn
    }
}
