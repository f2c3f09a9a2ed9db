//! The handshake with a stranger: bounded in time and bytes, with a clear refusal where one helps.

use std::io;
use std::net::IpAddr;
use std::time::Instant;

use bytes::BytesMut;
use proto::handshake::{
    Accepted, FramingError, HandshakeError, HandshakeMessage, PREAMBLE, PreambleError, RefusalReason,
    Responder, clear_refusal, next_message, parse_preamble,
};
use proto::keys::StaticKey;
use proto::limits;
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time;
use tracing::debug;

use crate::metrics::ConnectionResult;
use crate::shared::Shared;
use crate::wire::linger;

/// Why there was no handshake.
#[derive(Debug, Error)]
enum Ungreeted {
    #[error("the peer closed the connection")]
    Closed,
    #[error("connection failed: {0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Preamble(#[from] PreambleError),
    #[error(transparent)]
    Framing(#[from] FramingError),
    #[error("a client does not refuse")]
    Refused,
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    #[error("the handshake took longer than {:?}", limits::HANDSHAKE_TIME)]
    TooSlow,
    #[error("too many handshakes at once, the oldest made way")]
    Evicted,
}

/// Greets a stranger; gives the finished handshake with what was read beyond it.
pub(crate) async fn greet(
    shared: &Shared,
    socket: &mut TcpStream,
    address: IpAddr,
) -> Option<(Accepted, BytesMut)> {
    let since = Instant::now();
    let mut place = shared.half_open.enter();
    let mut greeting = Greeting { socket, buffer: BytesMut::new() };
    let shaken = tokio::select! {
        biased;
        () = place.evicted() => Err(Ungreeted::Evicted),
        shaken = time::timeout(limits::HANDSHAKE_TIME, greeting.shake(&shared.keys.server)) => {
            shaken.unwrap_or(Err(Ungreeted::TooSlow))
        }
    };
    let rest = greeting.buffer;
    match shaken {
        Ok(accepted) => {
            shared.metrics.connection(ConnectionResult::Greeted);
            shared.metrics.handshake(since.elapsed());
            Some((accepted, rest))
        }
        Err(error) => {
            debug!(%error, "no handshake");
            drop(place);
            if let Ungreeted::Preamble(PreambleError::Version { .. }) = error {
                turn_away(socket, RefusalReason::Version).await;
            }
            if error.is_offence() {
                shared.offence(address);
            }
            shared.metrics.connection(error.result());
            None
        }
    }
}

/// Says in the clear why there is no room, for a peer that may never have meant a handshake.
pub(crate) async fn turn_away(socket: &mut TcpStream, reason: RefusalReason) {
    let said = time::timeout(limits::HANDSHAKE_TIME, socket.write_all(&clear_refusal(reason))).await;
    if matches!(said, Ok(Ok(()))) {
        linger(socket).await;
    }
}

struct Greeting<'s> {
    socket: &'s mut TcpStream,
    /// Holds what came and no more: a peer that says nothing costs nothing.
    buffer: BytesMut,
}

impl Greeting<'_> {
    async fn shake(&mut self, key: &StaticKey) -> Result<Accepted, Ungreeted> {
        self.preamble().await?;
        let first = self.message().await?;
        let (second, waiting) = Responder::new(key).read_first(&first)?;
        self.socket.write_all(&second).await?;
        drop((first, second));
        let third = self.message().await?;
        Ok(waiting.read_third(&third)?)
    }

    async fn preamble(&mut self) -> Result<(), Ungreeted> {
        loop {
            if let Some(bytes) = self.buffer.first_chunk() {
                parse_preamble(bytes)?;
                let _preamble = self.buffer.split_to(bytes.len());
                return Ok(());
            }
            // Another program shows itself with its first bytes; it is not waited for.
            if !PREAMBLE.starts_with(&self.buffer[..self.buffer.len().min(PREAMBLE.len())]) {
                return Err(PreambleError::Foreign.into());
            }
            self.read().await?;
        }
    }

    async fn message(&mut self) -> Result<BytesMut, Ungreeted> {
        loop {
            match next_message(&mut self.buffer)? {
                Some(HandshakeMessage::Message(message)) => return Ok(message),
                Some(HandshakeMessage::Refused(_)) => return Err(Ungreeted::Refused),
                None => self.read().await?,
            }
        }
    }

    /// Reads what is there. A message is judged by its length field before more than that is kept.
    async fn read(&mut self) -> Result<(), Ungreeted> {
        loop {
            self.socket.readable().await?;
            match read_some(self.socket, &mut self.buffer) {
                Ok(0) => return Err(Ungreeted::Closed),
                Ok(_) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Ungreeted {
    /// Whether a well-meaning client on a bad line would not do it.
    fn is_offence(&self) -> bool {
        match self {
            Self::Closed | Self::Io(_) | Self::Evicted | Self::Preamble(PreambleError::Version { .. }) => {
                false
            }
            Self::Preamble(PreambleError::Foreign)
            | Self::Framing(_)
            | Self::Refused
            | Self::Handshake(_)
            | Self::TooSlow => true,
        }
    }

    fn result(&self) -> ConnectionResult {
        match self {
            Self::Closed | Self::Io(_) => ConnectionResult::Left,
            Self::Preamble(PreambleError::Version { .. }) => ConnectionResult::Version,
            Self::Preamble(PreambleError::Foreign)
            | Self::Framing(_)
            | Self::Refused
            | Self::Handshake(_) => ConnectionResult::Garbage,
            Self::TooSlow => ConnectionResult::TooSlow,
            Self::Evicted => ConnectionResult::Evicted,
        }
    }
}

/// The bytes lie on the stack until it is known how many there are.
fn read_some(socket: &TcpStream, buffer: &mut BytesMut) -> io::Result<usize> {
    let mut bytes = [0; READ_AT_ONCE];
    let read = socket.try_read(&mut bytes)?;
    buffer.extend_from_slice(&bytes[..read]);
    Ok(read)
}

/// The first message of a handshake with its preamble fits; so the most that is kept is below 4 KiB until the third.
const READ_AT_ONCE: usize = 1_536;
