//! Files of a session: a bounded number of pieces in each direction, one job at a time, past the hub.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use proto::codec;
use proto::ids::{AccountId, BlobId, FileSize, RequestId, RoomId, Seq};
use proto::limits;
use proto::message::ServerMessage;
use proto::refusal::{Code, Refusal};
use tokio::sync::OwnedSemaphorePermit;

use crate::blobs::{Stretch, UploadKey};
use crate::files::{self, Outcome};
use crate::outbox::Outbox;
use crate::refuse;
use crate::shared::Shared;

/// What a session asks for about files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FileWish {
    Begin { room: RoomId, blob: BlobId, size: FileSize },
    Piece { blob: BlobId, offset: u64, bytes: Vec<u8> },
    Finish { blob: BlobId },
    Cancel { blob: BlobId },
    Fetch { room: RoomId, seq: Seq, stretch: Stretch },
}

/// See the module.
#[derive(Default)]
pub(super) struct Transfers {
    uploads: Lane<Upload>,
    fetches: Lane<Fetch>,
}

/// One direction.
struct Lane<T> {
    waiting: VecDeque<(RequestId, T)>,
    /// Pieces that wait or are being worked on.
    pieces: usize,
    job: Option<Job>,
}

/// The answers of a job, and how many pieces they are for.
struct Job {
    work: Pin<Box<dyn Future<Output = Vec<Bytes>> + Send>>,
    pieces: usize,
}

enum Upload {
    Begin { room: RoomId, blob: BlobId, size: FileSize },
    Piece { blob: BlobId, offset: u64, bytes: Bytes, place: OwnedSemaphorePermit },
    Finish { blob: BlobId },
    Cancel { blob: BlobId },
}

struct Fetch {
    of: (RoomId, Seq),
    stretch: Stretch,
}

impl Transfers {
    /// Queues what is asked for.
    ///
    /// # Errors
    /// A refusal when too much waits already, in this session or in all of them.
    pub(super) fn push(
        &mut self,
        shared: &Shared,
        request: RequestId,
        wish: FileWish,
    ) -> Result<(), Refusal> {
        let upload = match wish {
            FileWish::Fetch { room, seq, stretch } => {
                self.fetches.count_piece()?;
                self.fetches.waiting.push_back((request, Fetch { of: (room, seq), stretch }));
                return Ok(());
            }
            FileWish::Piece { blob, offset, bytes } => {
                self.uploads.count_piece()?;
                let Ok(place) = shared.pieces.clone().try_acquire_owned() else {
                    self.uploads.pieces -= 1;
                    return Err(refuse::unavailable());
                };
                Upload::Piece { blob, offset, bytes: bytes.into(), place }
            }
            FileWish::Begin { room, blob, size } => Upload::Begin { room, blob, size },
            FileWish::Finish { blob } => Upload::Finish { blob },
            FileWish::Cancel { blob } => Upload::Cancel { blob },
        };
        self.uploads.waiting.push_back((request, upload));
        Ok(())
    }

    /// Goes on with what waits; answers go to the outbox.
    pub(super) fn poll(
        &mut self,
        (shared, account): (&Arc<Shared>, AccountId),
        outbox: &Outbox,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        let fetched = self.fetches.poll(context, |waiting| next_fetch(waiting, (shared, account), outbox));
        if let Poll::Ready(answers) = fetched {
            for answer in answers {
                outbox.answer_bulk(answer);
            }
            return Poll::Ready(());
        }
        let answers = ready!(self.uploads.poll(context, |waiting| next_upload(waiting, (shared, account))));
        for answer in answers {
            outbox.answer(answer);
        }
        Poll::Ready(())
    }
}

impl<T> Lane<T> {
    fn count_piece(&mut self) -> Result<(), Refusal> {
        if limits::PIECES_IN_FLIGHT <= self.pieces {
            let words = format!("More than {} pieces wait for their answer.", limits::PIECES_IN_FLIGHT);
            return Err(Refusal::new(Code::LimitReached, &words));
        }
        self.pieces += 1;
        Ok(())
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
        next: impl FnOnce(&mut VecDeque<(RequestId, T)>) -> Option<Job>,
    ) -> Poll<Vec<Bytes>> {
        if self.job.is_none() {
            self.job = next(&mut self.waiting);
        }
        let Some(job) = &mut self.job else { return Poll::Pending };
        let answers = ready!(job.work.as_mut().poll(context));
        self.pieces -= job.pieces;
        self.job = None;
        if self.waiting.is_empty() {
            self.waiting = VecDeque::new();
        }
        Poll::Ready(answers)
    }
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), pieces: 0, job: None }
    }
}

/// Takes the next thing about an upload; pieces of one file that follow each other are one job.
fn next_upload(
    waiting: &mut VecDeque<(RequestId, Upload)>,
    (shared, account): (&Arc<Shared>, AccountId),
) -> Option<Job> {
    let (request, upload) = waiting.pop_front()?;
    let (shared, key) = (shared.clone(), move |blob| UploadKey { account, blob });
    let (blob, first) = match upload {
        Upload::Begin { room, blob, size } => {
            let key = key(blob);
            return Some(Job::one(async move { (request, files::begin(&shared, key, (room, size)).await) }));
        }
        Upload::Finish { blob } => {
            let key = key(blob);
            return Some(Job::one(async move { (request, files::finish(&shared, key).await) }));
        }
        Upload::Cancel { blob } => {
            let key = key(blob);
            return Some(Job::one(async move { (request, files::cancel(&shared, key).await) }));
        }
        Upload::Piece { blob, offset, bytes, place } => (blob, (offset, bytes, place)),
    };
    let (mut requests, mut places) = (vec![request], vec![first.2]);
    let mut pieces = vec![(first.0, first.1)];
    while let Some((_, Upload::Piece { blob: other, .. })) = waiting.front()
        && *other == blob
        && let Some((request, Upload::Piece { offset, bytes, place, .. })) = waiting.pop_front()
    {
        requests.push(request);
        pieces.push((offset, bytes));
        places.push(place);
    }
    let count = pieces.len();
    let work = async move {
        let outcomes = files::write(&shared, key(blob), pieces).await;
        drop(places);
        encode(requests, outcomes)
    };
    Some(Job { work: Box::pin(work), pieces: count })
}

/// Takes the next pieces that are asked for, as many of one file as the outbox has room for.
fn next_fetch(
    waiting: &mut VecDeque<(RequestId, Fetch)>,
    (shared, account): (&Arc<Shared>, AccountId),
    outbox: &Outbox,
) -> Option<Job> {
    let room = outbox.room_for_bulk() / limits::PIECE;
    let of = waiting.front()?.1.of;
    let (mut requests, mut stretches) = (Vec::new(), Vec::new());
    while stretches.len() < room
        && waiting.front().is_some_and(|(_, fetch)| fetch.of == of)
        && let Some((request, fetch)) = waiting.pop_front()
    {
        requests.push(request);
        stretches.push(fetch.stretch);
    }
    if stretches.is_empty() {
        return None;
    }
    let (shared, pieces) = (shared.clone(), stretches.len());
    let work = async move {
        let outcomes = files::fetch(&shared, account, of, stretches).await;
        encode(requests, outcomes)
    };
    Some(Job { work: Box::pin(work), pieces })
}

impl Job {
    fn one(work: impl Future<Output = (RequestId, Outcome)> + Send + 'static) -> Self {
        let work = async move {
            let (request, outcome) = work.await;
            encode(vec![request], vec![outcome])
        };
        Self { work: Box::pin(work), pieces: 0 }
    }
}

fn encode(requests: Vec<RequestId>, outcomes: Vec<Outcome>) -> Vec<Bytes> {
    let encode = |(request, outcome)| match outcome {
        Ok(answer) => codec::encode(&ServerMessage::Answer(request, answer)).into(),
        Err(refusal) => codec::encode(&ServerMessage::Refused(request, refusal)).into(),
    };
    requests.into_iter().zip(outcomes).map(encode).collect()
}
