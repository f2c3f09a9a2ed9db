//! The raid level and settings.

use domain::raid::{Posture, RaidLevel};
use rusqlite::Row;

use super::Reads;
use crate::columns::{get, get_option, get_text};
use crate::error::StoreError;
use crate::rows::{PostureRow, SettingRow};

impl Reads<'_> {
    /// Returns the raid level and who set it.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn posture(&self) -> Result<PostureRow, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT level, until_ms, back_to, by_account, reason, at_ms FROM posture WHERE id = 1",
        )?;
        let mut row = statement.query_row([], |row| {
            Ok(PostureRow {
                posture: Posture { level: level(row, 0)?, until: get_option(row, 1)?, then: level(row, 2)? },
                by: get_option(row, 3)?,
                by_name: None,
                reason: get_text(row, 4)?,
                at: get(row, 5)?,
            })
        })?;
        row.by_name = self.name_of(row.by)?;
        Ok(row)
    }

    /// Returns every setting that somebody has set; the others have their defaults.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn settings(&self) -> Result<Vec<SettingRow>, StoreError> {
        let mut statement =
            self.conn.prepare_cached("SELECT key, value, by_account, at_ms FROM settings ORDER BY key")?;
        let rows = statement.query_map([], |row| {
            Ok(SettingRow {
                key: row.get(0)?,
                value: row.get(1)?,
                by: get_option(row, 2)?,
                by_name: None,
                at: get(row, 3)?,
            })
        })?;
        let mut settings: Vec<SettingRow> = rows.collect::<Result<_, _>>()?;
        for setting in &mut settings {
            setting.by_name = self.name_of(setting.by)?;
        }
        Ok(settings)
    }
}

fn level(row: &Row<'_>, column: usize) -> rusqlite::Result<RaidLevel> {
    let number: i64 = row.get(column)?;
    let level = u8::try_from(number).ok().and_then(RaidLevel::new);
    level.ok_or(rusqlite::Error::IntegralValueOutOfRange(column, number))
}
