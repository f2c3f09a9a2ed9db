//! One connection that speaks the protocol by `proto` alone: for load, and for saying what no good client says.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::BytesMut;
use proto::codec;
use proto::handshake::{HandshakeMessage, Initiator, next_message};
use proto::ids::PublicKey;
use proto::keys::StaticKey;
use proto::message::{ClientMessage, Opening, Resume, ServerMessage};
use proto::text::Text;
use proto::transport::{Transport, next_frame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a wait on the server may take before the test is over.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A connection after the handshake.
#[derive(Debug)]
pub struct Peer {
    /// The stream under the frames.
    pub socket: TcpStream,
    /// Both keys.
    pub transport: Transport,
    buffer: BytesMut,
    heard: VecDeque<ServerMessage>,
    requests: u32,
}

/// Returns the opening of a device that is known already.
#[must_use]
pub fn resume() -> Opening {
    Opening::Resume(Resume { client: Text::cut("harness") })
}

/// Shakes hands over a fresh stream. Returns the transport and what came after the handshake already.
///
/// # Errors
/// When the server refuses, answers with another key, or takes too long.
pub async fn shake_hands(
    socket: &mut TcpStream,
    device: &StaticKey,
    server: PublicKey,
    opening: &Opening,
) -> Result<(Transport, BytesMut)> {
    let (initiator, first) = Initiator::start(device);
    socket.write_all(&first).await.context("sending the first handshake message")?;
    let mut buffer = BytesMut::with_capacity(2048);
    let reply = loop {
        match next_message(&mut buffer)? {
            Some(HandshakeMessage::Message(message)) => break message,
            Some(HandshakeMessage::Refused(refusal)) => bail!("turned away: {:?}", refusal.reason),
            None => {}
        }
        let read = timeout(PATIENCE, socket.read_buf(&mut buffer)).await.context("no reply in time")??;
        if read == 0 {
            bail!("closed during the handshake");
        }
    };
    let introduced = initiator.read_reply(&reply)?;
    if introduced.server_key() != server {
        bail!("another server's key");
    }
    let (third, transport) = introduced.finish(opening)?;
    socket.write_all(&third).await.context("sending the third handshake message")?;
    Ok((transport, buffer))
}

impl Peer {
    /// Connects and says the opening; what the server thinks of it comes with [`Peer::next`].
    ///
    /// # Errors
    /// When there is no connection or the handshake fails.
    pub async fn connect(
        address: SocketAddr,
        device: &StaticKey,
        server: PublicKey,
        opening: &Opening,
    ) -> Result<Self> {
        let socket = TcpStream::connect(address).await.context("connecting")?;
        Self::over(socket, device, server, opening).await
    }

    /// Says the opening over a stream that is already there.
    ///
    /// # Errors
    /// When the handshake fails.
    pub async fn over(
        mut socket: TcpStream,
        device: &StaticKey,
        server: PublicKey,
        opening: &Opening,
    ) -> Result<Self> {
        socket.set_nodelay(true)?;
        let (transport, buffer) = shake_hands(&mut socket, device, server, opening).await?;
        Ok(Self { socket, transport, buffer, heard: VecDeque::new(), requests: 0 })
    }

    /// Sends one message in a frame of its own.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, message: &ClientMessage) -> Result<()> {
        let mut out = BytesMut::new();
        self.transport.seal(&[codec::encode(message)], &mut out)?;
        self.socket.write_all(&out).await.context("sending a frame")
    }

    /// Returns a request number that this connection has not used.
    pub fn fresh_request(&mut self) -> u32 {
        self.requests = self.requests.wrapping_add(1);
        self.requests
    }

    /// Returns the server's next message; nothing when it has closed the connection.
    ///
    /// # Errors
    /// When nothing comes in time, or something that is not a message.
    pub async fn next(&mut self) -> Result<Option<ServerMessage>> {
        loop {
            if let Some(message) = self.heard.pop_front() {
                return Ok(Some(message));
            }
            if let Some(frame) = next_frame(&mut self.buffer)? {
                for message in self.transport.open(&frame)?.iter() {
                    self.heard.push_back(codec::decode(message)?);
                }
                continue;
            }
            let reading = self.socket.read_buf(&mut self.buffer);
            match timeout(PATIENCE, reading).await.context("nothing came in time")? {
                Ok(0) => return Ok(None),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(error).context("reading"),
            }
        }
    }

    /// Returns the first message for which `pick` gives something.
    ///
    /// # Errors
    /// When the connection ends or time runs out before.
    pub async fn until<T>(&mut self, mut pick: impl FnMut(ServerMessage) -> Option<T>) -> Result<T> {
        let waiting = async {
            loop {
                let Some(message) = self.next().await? else { bail!("closed before the awaited message") };
                if let Some(found) = pick(message) {
                    return Ok(found);
                }
            }
        };
        timeout(PATIENCE, waiting).await.context("the awaited message did not come in time")?
    }
}
