//! Password hashing on its own few threads, so that logins cannot starve chat or eat the memory.

use std::io;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use domain::password::Hasher;
use thiserror::Error;
use tokio::sync::oneshot;

use crate::priority::step_back;

/// The threads and the queue in front of them.
#[derive(Debug)]
pub struct HashPool {
    jobs: SyncSender<Job>,
}

/// Too many passwords wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too many passwords wait to be checked")]
pub struct Busy;

type Job = Box<dyn FnOnce(&Hasher) + Send>;

impl HashPool {
    /// Starts the threads: half the cores, so that chat keeps the other half.
    ///
    /// # Errors
    /// What the system says when a thread cannot be started.
    pub fn start(hasher: Hasher, waiting: usize) -> io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let (jobs, queue) = sync_channel(waiting);
        let (hasher, queue) = (Arc::new(hasher), Arc::new(Mutex::new(queue)));
        for number in 0..cores.div_ceil(2) {
            let (hasher, queue) = (hasher.clone(), queue.clone());
            thread::Builder::new().name(format!("argon2-{number}")).spawn(move || work(&hasher, &queue))?;
        }
        Ok(Self { jobs })
    }

    /// Does this on one of the threads. Work nobody waits for any more is skipped.
    ///
    /// # Errors
    /// [`Busy`] at once when the queue is full.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Hasher) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |hasher| {
            if !reply.is_closed() {
                // Whoever asked may have gone away meanwhile.
                let _: Result<(), _> = reply.send(work(hasher));
            }
        });
        match self.jobs.try_send(job) {
            Ok(()) => answer.await.map_err(|_| Busy),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => Err(Busy),
        }
    }
}

/// Ends when the pool is dropped.
fn work(hasher: &Hasher, queue: &Mutex<Receiver<Job>>) {
    // A hash takes a tenth of a second, a message is due in a millisecond.
    step_back("password hashing");
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(hasher),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use domain::password::{Params, Pepper};

    use super::*;

    #[tokio::test]
    async fn more_work_than_the_queue_holds_is_refused_at_once_and_not_kept() {
        let pool = Arc::new(HashPool::start(hasher(), 2).unwrap());
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get).div_ceil(2);
        let (release, held) = channel::<()>();
        let held = Arc::new(Mutex::new(held));
        let (started, mut running) = tokio::sync::mpsc::unbounded_channel();
        let mut tasks = Vec::new();
        for _ in 0..threads {
            let (pool, held, started) = (pool.clone(), held.clone(), started.clone());
            tasks.push(tokio::spawn(async move {
                let work = move |_: &Hasher| {
                    started.send(()).unwrap();
                    held.lock().unwrap().recv().unwrap();
                };
                pool.run(work).await
            }));
        }
        for _ in 0..threads {
            running.recv().await.unwrap();
        }
        let mut waiting: Vec<_> = (0..2).map(|_| Box::pin(pool.run(|_| ()))).collect();
        for future in &mut waiting {
            assert!(futures_poll(future.as_mut()).is_pending());
        }
        assert_eq!(pool.run(|_| ()).await, Err(Busy));
        for _ in 0..threads {
            release.send(()).unwrap();
        }
        for task in tasks {
            assert_eq!(task.await.unwrap(), Ok(()));
        }
        for future in waiting {
            assert_eq!(future.await, Ok(()));
        }
    }

    #[tokio::test]
    async fn never_more_hashes_run_at_once_than_there_are_cores() {
        let pool = HashPool::start(hasher(), 64).unwrap();
        let running = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let jobs: Vec<_> = (0..16)
            .map(|_| {
                let running = running.clone();
                Box::pin(pool.run(move |hasher| {
                    use std::sync::atomic::Ordering::SeqCst;
                    let now = running.fetch_add(1, SeqCst) + 1;
                    hasher.hash("correct horse").unwrap();
                    running.fetch_sub(1, SeqCst);
                    now
                }))
            })
            .collect();
        for job in jobs {
            assert!(job.await.unwrap() <= cores);
        }
    }

    #[tokio::test]
    async fn hashing_steps_back_and_the_rest_does_not() {
        let pool = HashPool::start(hasher(), 1).unwrap();
        let before = rustix::process::getpriority_process(None).unwrap();
        let inside = pool.run(|_| rustix::process::getpriority_process(None).unwrap()).await.unwrap();
        assert_eq!(inside, (before + crate::priority::NICENESS).min(19));
        assert_eq!(rustix::process::getpriority_process(None).unwrap(), before);
    }

    fn hasher() -> Hasher {
        Hasher::new(Params::MINIMUM, Pepper::generate())
    }

    fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
        future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
    }
}
