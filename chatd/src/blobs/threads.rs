//! Threads of their own for files: a slow disk holds up transfers and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread};

use service::priority::step_back;
use thiserror::Error;
use tokio::sync::{Semaphore, oneshot};
use tracing::error;

/// A few threads and the places in the queue before them.
#[derive(Debug)]
pub(crate) struct Threads {
    jobs: Sender<Job>,
    places: Arc<Semaphore>,
}

/// The work was not done to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the threads for files have stopped")]
pub(crate) struct Stopped;

type Job = Box<dyn FnOnce() + Send>;

impl Threads {
    /// Starts the threads.
    ///
    /// # Errors
    /// What the system says when a thread cannot be started.
    pub(crate) fn start(name: &str, threads: usize) -> io::Result<Self> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..threads {
            let queue = queue.clone();
            thread::Builder::new().name(format!("{name}-{number}")).spawn(move || work(&queue))?;
        }
        Ok(Self { jobs, places: Arc::new(Semaphore::new(WAITING)) })
    }

    /// Does this on one of the threads; waits for its turn before.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let place = self.places.clone().acquire_owned().await.map_err(|_| Stopped)?;
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move || {
            let done = work();
            drop(place);
            // Whoever asked may have gone away meanwhile; what they asked for is done all the same.
            let _: Result<(), _> = reply.send(done);
        });
        self.jobs.send(job).map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}

/// Ends when the threads are dropped.
fn work(queue: &Mutex<Receiver<Job>>) {
    // Where all cores are busy, messages go before files.
    step_back("files");
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // Whoever waits for it hears that it was not done; the others still have this thread.
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            error!("work on a file panicked");
        }
    }
}

/// Jobs that may wait for a thread; who comes later waits before.
const WAITING: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_job_that_panics_is_told_and_the_thread_goes_on() {
        let threads = Threads::start("test", 1).unwrap();
        let broken = threads
            .run(|| {
                if threads_are_one() {
                    panic!("as asked")
                }
            })
            .await;
        assert_eq!(broken, Err(Stopped));
        assert_eq!(threads.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn more_jobs_than_places_wait_and_all_are_done() {
        let threads = Arc::new(Threads::start("test", 2).unwrap());
        let jobs: Vec<_> = (0..WAITING * 3)
            .map(|number| {
                let threads = threads.clone();
                tokio::spawn(async move { threads.run(move || number).await })
            })
            .collect();
        for (number, job) in jobs.into_iter().enumerate() {
            assert_eq!(job.await.unwrap(), Ok(number));
        }
        assert_eq!(threads.places.available_permits(), WAITING);
    }

    fn threads_are_one() -> bool {
        true
    }
}
