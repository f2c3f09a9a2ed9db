//! One connection to a server: bytes in and out, the handshake, sealed messages.

use std::io;
use std::time::Duration;

use bytes::BytesMut;
use proto::codec;
use proto::handshake::{ClearRefusal, HandshakeMessage, Initiator, RefusalReason, Version, next_message};
use proto::ids::PublicKey;
use proto::limits;
use proto::message::{ClientMessage, Opening, ServerMessage};
use proto::transport::{Transport, next_frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time;

use crate::address::Address;
use crate::error::ConnectError;
use crate::identity::Identity;

/// A connection after the handshake. Reading and writing go on at the same time, each cancel-safe.
#[derive(Debug)]
pub(crate) struct Connection {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    transport: Transport,
    input: BytesMut,
    output: BytesMut,
    received: std::collections::VecDeque<ServerMessage>,
}

/// What a turn of the connection brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Bytes came; messages may be ready.
    Read,
    /// Bytes of ours went out.
    Wrote,
}

/// Connects, checks that the server shows the pinned key, and says the opening.
pub(crate) async fn dial(identity: &Identity, opening: &Opening) -> Result<Connection, ConnectError> {
    let mut half = connect(&identity.address).await?;
    let handshake = async {
        let introduced = half.meet(&identity.device_key).await?;
        let offered = introduced.server_key();
        if offered != identity.server_key {
            return Err(ConnectError::UntrustedKey { pinned: identity.server_key, offered });
        }
        let (third, transport) = introduced.finish(opening).map_err(garbage)?;
        half.writer.write_all(&third).await.map_err(cut)?;
        Ok(transport)
    };
    let transport = within(limits::HANDSHAKE_TIME, "the handshake", handshake).await?;
    let Half { reader, writer, input } = half;
    let output = BytesMut::new();
    Ok(Connection { reader, writer, transport, input, output, received: Default::default() })
}

/// Connects only to see which key the server shows, with a key that is thrown away.
pub(crate) async fn offered_key(address: &Address) -> Result<PublicKey, ConnectError> {
    let mut half = connect(address).await?;
    let stranger = proto::keys::StaticKey::generate();
    let introduced = within(limits::HANDSHAKE_TIME, "the handshake", half.meet(&stranger)).await?;
    Ok(introduced.server_key())
}

impl Connection {
    /// Puts a message into the output; [`Self::turn`] sends it.
    pub(crate) fn push(&mut self, message: &ClientMessage) -> Result<(), ConnectError> {
        let encoded = zeroize::Zeroizing::new(codec::encode(message));
        self.transport.seal(&[encoded.as_slice()], &mut self.output).map_err(garbage)?;
        Ok(())
    }

    /// Reads or writes once. Dropping it loses nothing.
    pub(crate) async fn turn(&mut self) -> Result<Turn, ConnectError> {
        let Self { reader, writer, input, output, .. } = self;
        input.reserve(READ_AT_ONCE);
        let turn = tokio::select! {
            read = reader.read_buf(input) => match read.map_err(cut)? {
                0 => return Err(ConnectError::Cut(None)),
                _ => Turn::Read,
            },
            wrote = writer.write_buf(output), if !output.is_empty() => match wrote.map_err(cut)? {
                0 => return Err(ConnectError::Cut(None)),
                _ => Turn::Wrote,
            },
        };
        if turn == Turn::Read {
            self.open_frames()?;
        }
        Ok(turn)
    }

    /// Takes the next message that has come.
    pub(crate) fn received(&mut self) -> Option<ServerMessage> {
        self.received.pop_front()
    }

    /// Waits for the next message, sending what is to be sent.
    pub(crate) async fn next(&mut self) -> Result<ServerMessage, ConnectError> {
        loop {
            if let Some(message) = self.received.pop_front() {
                return Ok(message);
            }
            self.turn().await?;
        }
    }

    /// Sends everything that waits.
    pub(crate) async fn flush(&mut self) -> Result<(), ConnectError> {
        while self.has_output() {
            self.turn().await?;
        }
        Ok(())
    }

    /// Returns whether bytes wait to be sent.
    pub(crate) fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    fn open_frames(&mut self) -> Result<(), ConnectError> {
        while let Some(frame) = next_frame(&mut self.input).map_err(garbage)? {
            let messages = self.transport.open(&frame).map_err(garbage)?;
            for bytes in messages.iter() {
                self.received.push_back(codec::decode(bytes).map_err(garbage)?);
            }
        }
        Ok(())
    }
}

/// A connection before the end of the handshake.
struct Half {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    input: BytesMut,
}

impl Half {
    async fn meet(
        &mut self,
        device_key: &proto::keys::StaticKey,
    ) -> Result<proto::handshake::Introduced, ConnectError> {
        let (initiator, first) = Initiator::start(device_key);
        // A server that is busy may refuse and close before it has read this; its reason is worth more.
        let wrote = self.writer.write_all(&first).await;
        match self.reply().await {
            Ok(second) => initiator.read_reply(&second).map_err(garbage),
            Err(ConnectError::Cut(_)) if wrote.is_err() => {
                Err(ConnectError::Cut(wrote.err().map(|e| e.kind())))
            }
            Err(error) => Err(error),
        }
    }

    async fn reply(&mut self) -> Result<BytesMut, ConnectError> {
        loop {
            match next_message(&mut self.input).map_err(garbage)? {
                Some(HandshakeMessage::Message(message)) => return Ok(message),
                Some(HandshakeMessage::Refused(refusal)) => return Err(refused(refusal)),
                None => {}
            }
            if self.reader.read_buf(&mut self.input).await.map_err(cut)? == 0 {
                return Err(ConnectError::Cut(None));
            }
        }
    }
}

async fn connect(address: &Address) -> Result<Half, ConnectError> {
    let lookup = async {
        let found = tokio::net::lookup_host((address.host.as_str(), address.port)).await;
        found.map(Vec::from_iter).map_err(|source| ConnectError::Resolve { address: address.clone(), source })
    };
    let places = within(CONNECT_TIME, "finding the server", lookup).await?;
    let connecting = async {
        let connected = TcpStream::connect(places.as_slice()).await;
        connected.map_err(|source| ConnectError::Connect { address: address.clone(), source })
    };
    let socket = within(CONNECT_TIME, "connecting to the server", connecting).await?;
    // Chat lines are small: they should leave at once. A socket that cannot be told so still works.
    let _ = socket.set_nodelay(true);
    let (reader, writer) = socket.into_split();
    Ok(Half { reader, writer, input: BytesMut::with_capacity(READ_AT_ONCE) })
}

/// Waits for a step at most this long.
pub(crate) async fn within<T>(
    after: Duration,
    step: &'static str,
    future: impl Future<Output = Result<T, ConnectError>>,
) -> Result<T, ConnectError> {
    time::timeout(after, future).await.unwrap_or(Err(ConnectError::TimedOut { step, after }))
}

fn refused(refusal: ClearRefusal) -> ConnectError {
    let ClearRefusal { reason, oldest, newest } = refusal;
    let own = Version::NEWEST;
    match reason {
        RefusalReason::Version => ConnectError::Version(format!(
            "the server speaks protocol versions {oldest} to {newest}, this client speaks {own}: update the older of the two"
        )),
        RefusalReason::Busy => ConnectError::Busy("it has no room for another connection".to_owned()),
        RefusalReason::Network => {
            ConnectError::Busy("too many connections come from your network".to_owned())
        }
    }
}

fn garbage(error: impl std::fmt::Display) -> ConnectError {
    ConnectError::Garbage(error.to_string())
}

#[expect(clippy::needless_pass_by_value, reason = "used as a function for map_err")]
fn cut(error: io::Error) -> ConnectError {
    ConnectError::Cut(Some(error.kind()))
}

const CONNECT_TIME: Duration = Duration::from_secs(10);
const READ_AT_ONCE: usize = 8 * 1024;
