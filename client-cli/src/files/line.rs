//! Pieces on their way over a connection that may be cut: how many at a time, and what each failure means.

use std::collections::VecDeque;
use std::time::Duration;

use proto::message::{Answer, Command};
use proto::refusal::{Code, Refusal};
use tokio::time::{self, Instant};

use super::control::Control;
use super::error::FileError;
use super::window::Window;
use crate::client::{Client, Pending};
use crate::error::RequestError;

/// The pieces of one transfer that wait for their answer, oldest first: the server answers in order.
pub(super) struct Line<'a> {
    client: &'a Client,
    control: &'a Control,
    window: Window,
    flying: VecDeque<Flying>,
}

struct Flying {
    len: usize,
    sent_at: Instant,
    answer: Pending,
}

impl<'a> Line<'a> {
    pub(super) fn new(client: &'a Client, control: &'a Control) -> Self {
        Self { client, control, window: Window::default(), flying: VecDeque::new() }
    }

    /// Starts again on a connection of which nothing is known.
    pub(super) fn restart(&mut self) {
        self.flying.clear();
        self.window.cut();
    }

    /// Returns how long the next piece may be; nothing while enough is on its way.
    pub(super) fn next_len(&self, left: u64) -> Option<usize> {
        let len = self.window.next_len()?;
        let len = len.min(usize::try_from(left).unwrap_or(len));
        (0 < len).then_some(len)
    }

    /// Sends a piece, or asks for one.
    pub(super) async fn send(&mut self, len: usize, command: Command) -> Result<(), FileError> {
        let answer = self.control.unless_stopped(self.client.begin(command, PIECE_TIME)).await??;
        self.window.sent(len);
        self.flying.push_back(Flying { len, sent_at: Instant::now(), answer });
        Ok(())
    }

    /// Waits for the oldest piece's answer, and returns it with the piece's length; nothing when none is on its way.
    pub(super) async fn answered(&mut self) -> Result<Option<(usize, Answer)>, FileError> {
        let Some(Flying { len, sent_at, answer }) = self.flying.pop_front() else { return Ok(None) };
        let answer = self.control.unless_stopped(answer.wait()).await?;
        let (sent_at, now) = (sent_at.into_std(), Instant::now().into_std());
        match answer {
            Ok(answer) => {
                self.window.acknowledged(len, sent_at, now);
                Ok(Some((len, answer)))
            }
            Err(error) => {
                self.window.refused(len, sent_at, now);
                Err(error.into())
            }
        }
    }
}

/// How long a transfer tries without getting further.
#[derive(Debug)]
pub(super) struct Tries {
    give_up_after: Duration,
    since: Instant,
    reached: Option<u64>,
    odd: u32,
}

impl Tries {
    pub(super) fn new(give_up_after: Duration) -> Self {
        Self { give_up_after, since: Instant::now(), reached: None, odd: 0 }
    }

    /// Takes note of how far the transfer is; getting further than ever gives it all its time again.
    pub(super) fn reached(&mut self, done: u64) {
        if self.reached.is_none_or(|reached| reached < done) {
            *self = Self { reached: Some(done), ..Self::new(self.give_up_after) };
        }
    }

    /// Waits until another try makes sense, or returns why none does.
    pub(super) async fn wait(
        &mut self,
        error: FileError,
        client: &Client,
        control: &Control,
    ) -> Result<(), FileError> {
        let FileError::Server(error) = error else { return Err(error) };
        let pause = match &error {
            RequestError::Cut | RequestError::TimedOut | RequestError::Full => SHORT,
            RequestError::Refused(refusal) => match self.pause(refusal) {
                Some(pause) => pause,
                None => return Err(error.into()),
            },
            _ => return Err(error.into()),
        };
        let deadline = self.since + self.give_up_after;
        if deadline < Instant::now() + pause {
            return Err(match error {
                RequestError::Refused(_) => error.into(),
                _ => FileError::Unreachable,
            });
        }
        control.waits();
        control.unless_stopped(time::sleep(pause)).await?;
        match control.unless_stopped(time::timeout_at(deadline, client.online())).await? {
            Ok(online) => Ok(online?),
            Err(_) => Err(FileError::Unreachable),
        }
    }

    /// Returns after how long a refusal may be over; nothing when it never is.
    fn pause(&mut self, refusal: &Refusal) -> Option<Duration> {
        let told = refusal.retry_after_ms.map(Duration::from_millis);
        match refusal.code {
            Code::TooFast | Code::SlowMode | Code::Unavailable => Some(told.unwrap_or(LONG).max(SHORT)),
            Code::LimitReached => Some(told.unwrap_or(SHORT * 5).max(SHORT)),
            // The server has lost the thread, or we have: asking where it stands puts that right.
            Code::NoSuchFile | Code::BadInput | Code::Conflict | Code::HashMismatch | Code::Internal => {
                self.odd += 1;
                (self.odd <= MOST_ODD).then_some(SHORT * 5)
            }
            _ => None,
        }
    }
}

/// A piece that is not answered within this time is asked for again.
const PIECE_TIME: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(2);
/// Refusals without progress that make no sense, before they are believed.
const MOST_ODD: u32 = 3;
