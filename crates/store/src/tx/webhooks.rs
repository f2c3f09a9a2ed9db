//! Notices for other programs: queued with what they tell of, tried until delivered or given up, bounded.

use proto::ids::Timestamp;

use super::Tx;
use crate::columns::{Column, get};
use crate::error::StoreError;
use crate::reads::webhook_row;
use crate::rows::{WEBHOOK_BODY, WebhookId, WebhookRow};

/// Most notices that wait; beyond that the oldest is given up.
const WAITING: i64 = 1_000;
/// How many delivered and given up ones are kept to be looked at.
const KEPT: i64 = 200;
/// How long whoever takes a notice has to say what became of it.
const LEASE_MS: i64 = 60_000;
/// The pause after the first failure; each further one doubles it.
const FIRST_PAUSE_MS: i64 = 10_000;
/// Longest pause between two attempts.
const LONGEST_PAUSE_MS: i64 = 3_600_000;
/// After so many attempts it is given up: about six hours.
const ATTEMPTS: u32 = 14;
/// How much of an error is kept, in bytes.
const ERROR: usize = 512;

impl Tx<'_> {
    /// Queues a notice. It never fails for there being too many: the oldest one that waits is given up instead.
    ///
    /// # Errors
    /// `TooMany` bytes.
    pub fn queue_webhook(&mut self, body: &str, at: Timestamp) -> Result<WebhookId, StoreError> {
        if WEBHOOK_BODY < body.len() {
            return Err(StoreError::TooMany { what: "bytes in a notice", max: WEBHOOK_BODY });
        }
        self.conn
            .prepare_cached(
                "UPDATE webhook_queue SET state = 2, error = 'too many others waited' WHERE state = 0 AND id <= \
                 (SELECT id FROM webhook_queue WHERE 0 < id AND +state = 0 ORDER BY id DESC LIMIT 1 OFFSET ?1)",
            )?
            .execute([WAITING - 1])?;
        let mut statement = self.conn.prepare_cached(
            "INSERT INTO webhook_queue (body, at_ms, next_at_ms) VALUES (?1, ?2, ?2) RETURNING id",
        )?;
        let id = statement.query_row((body, at.column()), |row| get(row, 0))?;
        self.forget_webhooks()?;
        Ok(id)
    }

    /// Takes notices that are due. Whoever takes one says [`Tx::webhook_done`] or [`Tx::webhook_failed`]; when they
    /// say nothing for a minute it is due again, so the receiver may see one twice.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn take_webhooks(&mut self, now: Timestamp, limit: usize) -> Result<Vec<WebhookRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, body, at_ms, next_at_ms, attempts, state, error FROM webhook_queue \
             WHERE state = 0 AND next_at_ms <= ?1 ORDER BY next_at_ms LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let due: Vec<WebhookRow> =
            statement.query_map((now.column(), limit), webhook_row)?.collect::<Result<_, _>>()?;
        for row in &due {
            self.conn
                .prepare_cached("UPDATE webhook_queue SET next_at_ms = ?2 WHERE id = ?1")?
                .execute((row.id.column(), now.plus_ms(LEASE_MS).column()))?;
        }
        Ok(due)
    }

    /// Notes that a notice was delivered.
    ///
    /// # Errors
    /// `NotFound`, also for one that no longer waits.
    pub fn webhook_done(&mut self, id: WebhookId) -> Result<(), StoreError> {
        let changed = self
            .conn
            .prepare_cached("UPDATE webhook_queue SET state = 1, error = '' WHERE id = ?1 AND state = 0")?
            .execute([id.column()])?;
        self.forget_webhooks()?;
        found(changed)
    }

    /// Notes that a notice could not be delivered: it is tried again after a pause that doubles each time, and given
    /// up after fourteen attempts.
    ///
    /// # Errors
    /// `NotFound`, also for one that no longer waits.
    pub fn webhook_failed(&mut self, id: WebhookId, error: &str, at: Timestamp) -> Result<(), StoreError> {
        let before: Option<u32> = crate::columns::optional(
            self.conn
                .prepare_cached("SELECT attempts FROM webhook_queue WHERE id = ?1 AND state = 0")?
                .query_row([id.column()], |row| get(row, 0)),
        )?;
        let attempts = before.ok_or(StoreError::NotFound { what: "notice" })?.saturating_add(1);
        let error = &error[..error.floor_char_boundary(ERROR)];
        let state = if attempts < ATTEMPTS { 0 } else { 2 };
        self.conn
            .prepare_cached(
                "UPDATE webhook_queue SET attempts = ?2, next_at_ms = ?3, error = ?4, state = ?5 WHERE id = ?1",
            )?
            .execute((id.column(), attempts, at.plus_ms(pause_ms(attempts)).column(), error, state))?;
        Ok(())
    }

    /// Tries a notice that was given up from the start again.
    ///
    /// # Errors
    /// `NotFound` if it was not given up.
    pub fn retry_webhook(&mut self, id: WebhookId, at: Timestamp) -> Result<(), StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE webhook_queue SET state = 0, attempts = 0, next_at_ms = ?2 WHERE id = ?1 AND state = 2",
            )?
            .execute((id.column(), at.column()))?;
        found(changed)
    }

    /// Takes away old ones that no longer wait.
    fn forget_webhooks(&self) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "DELETE FROM webhook_queue WHERE state <> 0 AND id <= \
                 (SELECT id FROM webhook_queue WHERE state <> 0 ORDER BY id DESC LIMIT 1 OFFSET ?1)",
            )?
            .execute([KEPT])?;
        Ok(())
    }
}

/// Returns the pause after so many failures.
fn pause_ms(attempts: u32) -> i64 {
    let doubled = attempts.saturating_sub(1).min(20);
    (FIRST_PAUSE_MS << doubled).min(LONGEST_PAUSE_MS)
}

fn found(changed: usize) -> Result<(), StoreError> {
    if changed == 0 { Err(StoreError::NotFound { what: "notice" }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let pauses: Vec<i64> = (1..=11).map(|attempts| pause_ms(attempts) / 1_000).collect();
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 3_600, 3_600]);
        assert_eq!(pause_ms(u32::MAX), LONGEST_PAUSE_MS);
    }
}
