//! One connection's bytes after the handshake: frames in, frames out, and no buffers while nothing moves.
//!
//! Reading and sealing happen in buffers that belong to the thread. A connection keeps bytes of its own only for a
//! frame that has not come in whole and for a write the peer has not taken.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use proto::codec;
use proto::limits;
use proto::message::ServerMessage;
use proto::transport::{Messages, Transport, TransportError, next_frame};
use thiserror::Error;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time;
use tokio_util::io::poll_read_buf;

/// A connection whose handshake is done.
#[derive(Debug)]
pub(crate) struct Wire {
    socket: TcpStream,
    transport: Transport,
    /// Bytes of frames that were read and not opened yet.
    incoming: BytesMut,
    /// Bytes of frames that were sealed and not taken by the peer yet.
    outgoing: BytesMut,
}

/// Why a connection is over.
#[derive(Debug, Error)]
pub(crate) enum WireError {
    /// The peer closed it.
    #[error("the peer closed the connection")]
    Closed,
    /// The system reported an error.
    #[error("connection failed: {0}")]
    Io(#[from] io::Error),
    /// The peer's bytes are not frames of this connection.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The peer did not take or send anything in time.
    #[error("the peer stood still for {0:?}")]
    Stalled(Duration),
}

impl Wire {
    /// Takes over a connection with what was read beyond the handshake.
    pub(crate) fn new(socket: TcpStream, transport: Transport, incoming: BytesMut) -> Self {
        Self { socket, transport, incoming, outgoing: BytesMut::new() }
    }

    /// Gives the messages of the next frame.
    pub(crate) fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Result<Messages, WireError>> {
        loop {
            if let Some(frame) = next_frame(&mut self.incoming)? {
                let messages = self.transport.open(&frame)?;
                if self.incoming.is_empty() {
                    self.incoming = BytesMut::new();
                }
                return Poll::Ready(Ok(messages));
            }
            if !self.incoming.is_empty() {
                self.incoming.reserve(READ_MORE);
                ready!(self.poll_read_own(context))?;
                continue;
            }
            if let Some(messages) = ready!(self.poll_read_shared(context))? {
                return Poll::Ready(Ok(messages));
            }
        }
    }

    /// Seals these messages and starts to write them; returns how many frames they took. Everything sealed before must have been taken by the peer.
    pub(crate) fn poll_send(
        &mut self,
        messages: &[Bytes],
        context: &mut Context<'_>,
    ) -> Result<usize, WireError> {
        SEALED.with_borrow_mut(|sealed| {
            sealed.clear();
            let (mut rest, mut frames) = (messages, 0);
            while !rest.is_empty() {
                let count = self.transport.seal(rest, sealed)?;
                rest = &rest[count..];
                frames += 1;
            }
            match Pin::new(&mut self.socket).poll_write(context, sealed) {
                Poll::Ready(written) => sealed.advance(written?),
                Poll::Pending => {}
            }
            if !sealed.is_empty() {
                self.outgoing = BytesMut::from(&sealed[..]);
            }
            Ok(frames)
        })
    }

    /// Writes what the peer did not take before; ready when nothing is left.
    pub(crate) fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), WireError>> {
        while !self.outgoing.is_empty() {
            let written = ready!(Pin::new(&mut self.socket).poll_write(context, &self.outgoing))?;
            if written == 0 {
                return Poll::Ready(Err(WireError::Closed));
            }
            self.outgoing.advance(written);
        }
        self.outgoing = BytesMut::new();
        Poll::Ready(Ok(()))
    }

    /// Says one thing and waits until the peer has taken it.
    pub(crate) async fn say(&mut self, message: &ServerMessage) -> Result<(), WireError> {
        let message = [Bytes::from(codec::encode(message))];
        let sent = async {
            poll_fn(|context| self.poll_flush(context)).await?;
            poll_fn(|context| Poll::Ready(self.poll_send(&message, context))).await?;
            poll_fn(|context| self.poll_flush(context)).await
        };
        match time::timeout(limits::WRITE_STALL, sent).await {
            Ok(sent) => sent,
            Err(_) => Err(WireError::Stalled(limits::WRITE_STALL)),
        }
    }

    /// Hears one frame.
    pub(crate) async fn hear(&mut self) -> Result<Messages, WireError> {
        poll_fn(|context| self.poll_receive(context)).await
    }

    /// Ends the connection so that the last words arrive: what the peer still sends is read for a moment, because
    /// closing over unread bytes would make the system throw away what we wrote.
    pub(crate) async fn end(mut self) {
        linger(&mut self.socket).await;
    }

    /// Returns how many sealed bytes the peer has not taken yet.
    pub(crate) fn unsent(&self) -> usize {
        self.outgoing.len()
    }

    fn poll_read_own(&mut self, context: &mut Context<'_>) -> Poll<Result<(), WireError>> {
        match ready!(poll_read_buf(Pin::new(&mut self.socket), context, &mut self.incoming))? {
            0 => Poll::Ready(Err(WireError::Closed)),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Reads into the thread's buffer; only what is no whole frame is copied out of it.
    fn poll_read_shared(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Messages>, WireError>> {
        READ.with_borrow_mut(|read| {
            read.clear();
            read.reserve(READ_AT_ONCE);
            if ready!(poll_read_buf(Pin::new(&mut self.socket), context, read))? == 0 {
                return Poll::Ready(Err(WireError::Closed));
            }
            let messages = match next_frame(read)? {
                Some(frame) => Some(self.transport.open(&frame)?),
                None => None,
            };
            if !read.is_empty() {
                self.incoming = BytesMut::from(&read[..]);
            }
            Poll::Ready(Ok(messages))
        })
    }
}

/// Closes our direction and reads the other to its end, for a moment.
pub(crate) async fn linger(socket: &mut TcpStream) {
    let rest = async {
        socket.shutdown().await?;
        let mut left = LINGER_BYTES;
        loop {
            socket.readable().await?;
            match discard(socket) {
                Ok(0) => return Ok(()),
                Ok(read) => left = left.saturating_sub(read),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            if left == 0 {
                return Ok(());
            }
        }
    };
    let _: Result<io::Result<()>, _> = time::timeout(LINGER, rest).await;
}

fn discard(socket: &TcpStream) -> io::Result<usize> {
    socket.try_read(&mut [0; 4096])
}

thread_local! {
    static READ: RefCell<BytesMut> = RefCell::new(BytesMut::with_capacity(READ_AT_ONCE));
    static SEALED: RefCell<BytesMut> = RefCell::new(BytesMut::with_capacity(READ_AT_ONCE));
}

/// One whole frame fits.
const READ_AT_ONCE: usize = 64 * 1024 + 2;
/// How much room a frame in pieces gets at a time: by what comes, not by the length it claims.
const READ_MORE: usize = 4 * 1024;
/// How long a connection is kept after our last words.
const LINGER: Duration = Duration::from_secs(1);
/// How much is read meanwhile.
const LINGER_BYTES: usize = 1024 * 1024;
