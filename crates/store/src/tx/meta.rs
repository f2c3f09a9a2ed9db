//! Facts about the server itself.

use proto::limits;
use proto::text::Text;

use super::Tx;
use crate::error::StoreError;

impl Tx<'_> {
    /// Sets the server's name for people.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn set_server_name(&mut self, name: &Text<{ limits::NAME }>) -> Result<(), StoreError> {
        self.set_meta("server_name", name)
    }

    /// Draws a new incarnation, as after a restore from a backup: cached places in logs are void then, and key packages
    /// that may have been handed out before are thrown away.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn renew_incarnation(&mut self) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE meta SET value = CAST(random() & 0x7fffffffffffffff AS TEXT) WHERE key = 'incarnation'",
            )?
            .execute([])?;
        self.forget_key_packages().map(|_| ())
    }

    /// Remembers a value under a key of the caller's.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn set_meta(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2",
            )?
            .execute((key, value))?;
        Ok(())
    }
}
