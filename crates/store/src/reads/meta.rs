//! Facts about the server itself.

use proto::limits;
use proto::text::Text;

use super::Reads;
use crate::columns::optional;
use crate::error::StoreError;

impl Reads<'_> {
    /// Returns the server's name for people.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn server_name(&self) -> Result<Text<{ limits::NAME }>, StoreError> {
        Ok(Text::cut(&self.meta("server_name")?.unwrap_or_default()))
    }

    /// Returns the number that changes when the server is restored from a backup.
    ///
    /// # Errors
    /// `Damaged` if it is missing.
    pub fn incarnation(&self) -> Result<u64, StoreError> {
        let number = self.meta("incarnation")?.and_then(|text| text.parse().ok());
        number.ok_or_else(|| StoreError::Damaged { what: "the incarnation is missing".to_owned() })
    }

    /// Returns a value by its key.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        let mut statement = self.conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
        optional(statement.query_row([key], |row| row.get(0)))
    }
}
