//! Figures over time, and what a process says about itself.

use proto::ids::Timestamp;

use super::Tx;
use crate::columns::Column;
use crate::error::StoreError;
use crate::rows::{Measure, NewSample, STATUS_KEY, STATUS_VALUE, Step};

/// Most lines of state.
const LINES: usize = 256;

impl Tx<'_> {
    /// Remembers figures for ten seconds, puts the minute and the hour they are in together anew, and forgets what is
    /// too old.
    ///
    /// # Errors
    /// `TooMany` letters in a name.
    pub fn add_samples(&mut self, samples: &[NewSample], at: Timestamp) -> Result<(), StoreError> {
        for sample in samples {
            within(sample.series, STATUS_KEY, "bytes in a series' name")?;
            self.add_sample(sample, at)?;
            self.put_together(sample, Step::TenSeconds, Step::Minute, at)?;
            self.put_together(sample, Step::Minute, Step::Hour, at)?;
            for step in Step::ALL {
                let oldest = at.column().saturating_sub(step.kept_seconds() * 1_000);
                self.conn
                    .prepare_cached(
                        "DELETE FROM metric_samples WHERE series = ?1 AND step = ?2 AND at_ms < ?3",
                    )?
                    .execute((sample.series, step.seconds(), oldest))?;
            }
        }
        Ok(())
    }

    /// Writes a line of what this process says about itself; an empty one takes it away.
    ///
    /// # Errors
    /// `TooMany` bytes or lines.
    pub fn put_status(&mut self, key: &str, value: &str, at: Timestamp) -> Result<(), StoreError> {
        within(key, STATUS_KEY, "bytes in the name of a line")?;
        within(value, STATUS_VALUE, "bytes in a line")?;
        if value.is_empty() {
            self.conn.prepare_cached("DELETE FROM status WHERE key = ?1")?.execute([key])?;
            return Ok(());
        }
        let others: i64 = self
            .conn
            .prepare_cached("SELECT count(*) FROM status WHERE key <> ?1")?
            .query_row([key], |row| row.get(0))?;
        if LINES <= usize::try_from(others).unwrap_or(usize::MAX) {
            return Err(StoreError::TooMany { what: "lines of state", max: LINES });
        }
        self.conn
            .prepare_cached(
                "INSERT INTO status (key, value, at_ms) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value, at_ms = excluded.at_ms",
            )?
            .execute((key, value, at.column()))?;
        Ok(())
    }

    fn add_sample(&self, sample: &NewSample, at: Timestamp) -> Result<(), StoreError> {
        let step = Step::TenSeconds;
        let count = sample.measure == Measure::Count;
        self.conn
            .prepare_cached(
                "INSERT INTO metric_samples (series, step, at_ms, value) VALUES (?1, ?2, ?3, ?4) \
                 ON CONFLICT (series, step, at_ms) DO UPDATE SET value = iif(?5, value, 0.0) + excluded.value",
            )?
            .execute((sample.series, step.seconds(), start(step, at), sample.value, count))?;
        Ok(())
    }

    /// Makes the coarser sample this time is in from the finer ones.
    fn put_together(
        &self,
        sample: &NewSample,
        finer: Step,
        coarser: Step,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let first = start(coarser, at);
        let after = first + coarser.seconds() * 1_000;
        let count = sample.measure == Measure::Count;
        self.conn
            .prepare_cached(
                "INSERT INTO metric_samples (series, step, at_ms, value) \
                 SELECT ?1, ?2, ?3, iif(?4, sum(value), avg(value)) FROM metric_samples \
                 WHERE series = ?1 AND step = ?5 AND ?3 <= at_ms AND at_ms < ?6 \
                 ON CONFLICT (series, step, at_ms) DO UPDATE SET value = excluded.value",
            )?
            .execute((sample.series, coarser.seconds(), first, count, finer.seconds(), after))?;
        Ok(())
    }
}

/// Returns the start of the step this time is in.
fn start(step: Step, at: Timestamp) -> i64 {
    let length = step.seconds() * 1_000;
    at.column().div_euclid(length).saturating_mul(length)
}

fn within(text: &str, max: usize, what: &'static str) -> Result<(), StoreError> {
    if max < text.len() { Err(StoreError::TooMany { what, max }) } else { Ok(()) }
}
