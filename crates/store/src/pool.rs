//! The read-only connections, lent to one reader at a time.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use crate::connect::{Access, connect};
use crate::error::StoreError;
use crate::options::Options;
use crate::reads::Reads;

/// SQLite instructions between two looks at the clock.
const LOOK_EVERY: i32 = 1_000;

#[derive(Debug)]
pub(crate) struct Pool {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
    /// One permit per connection, so that waiting tasks do not fill the blocking threads.
    permits: Arc<Semaphore>,
    limit: Duration,
}

impl Pool {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Self, StoreError> {
        let count = options.readers.max(1);
        let idle = (0..count).map(|_| connect(path, Access::Read, options.busy_timeout));
        Ok(Self {
            idle: Mutex::new(idle.collect::<Result<_, _>>()?),
            returned: Condvar::new(),
            permits: Arc::new(Semaphore::new(count)),
            limit: options.read_limit,
        })
    }

    /// Returns the permits a task takes before it asks for a blocking thread.
    pub(crate) fn permits(&self) -> Arc<Semaphore> {
        self.permits.clone()
    }

    /// Runs the queries on one moment of the database.
    pub(crate) fn read<T>(
        &self,
        queries: impl FnOnce(&Reads<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut lent = Lent { conn: Some(self.take()), pool: self };
        let conn = lent.conn.as_mut().expect("it is taken back only when dropped");
        let end = Instant::now() + self.limit;
        conn.progress_handler(LOOK_EVERY, Some(move || end < Instant::now()))?;
        let tx = conn.unchecked_transaction()?;
        queries(&Reads::new(&tx)).map_err(|error| match error {
            StoreError::Broken { why } => StoreError::Other(format!("the disk failed while reading ({why})")),
            other => other,
        })
    }

    fn take(&self) -> Connection {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(conn) = idle.pop() {
                return conn;
            }
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A connection that goes back to the pool, also when a query panics.
struct Lent<'p> {
    conn: Option<Connection>,
    pool: &'p Pool,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut idle = self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.conn.take());
        self.pool.returned.notify_one();
    }
}
