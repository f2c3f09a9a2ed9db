//! Strangers: plain connections, from any loopback address, that keep to no protocol.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

/// Connects from this address; all of 127.0.0.0/8 is ours on loopback, so one machine can be many networks.
///
/// # Errors
/// When there is no connection.
pub async fn connect_from(source: impl Into<IpAddr>, server: SocketAddr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(source.into(), 0)).context("binding the source address")?;
    let stream =
        timeout(Duration::from_secs(10), socket.connect(server)).await.context("no connection in time")??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Connects with a small receive buffer, so that a reader that stops is felt soon.
///
/// # Errors
/// When there is no connection.
pub async fn connect_narrow(server: SocketAddr, receive_bytes: u32) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(receive_bytes)?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Sends bytes and returns all that comes until the server closes, and how long that took.
///
/// # Errors
/// When the server does not close within `limit`.
pub async fn send_and_listen(
    stream: &mut TcpStream,
    bytes: &[u8],
    limit: Duration,
) -> Result<(Vec<u8>, Duration)> {
    let began = Instant::now();
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let heard = until_closed(stream, limit).await?;
    Ok((heard, began.elapsed()))
}

/// Returns all that comes until the server closes.
///
/// # Errors
/// When it does not within `limit`.
pub async fn until_closed(stream: &mut TcpStream, limit: Duration) -> Result<Vec<u8>> {
    let mut heard = Vec::new();
    match timeout(limit, stream.read_to_end(&mut heard)).await {
        Ok(Ok(_)) => Ok(heard),
        // Closed with something of ours unread.
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionReset => Ok(heard),
        Ok(Err(error)) => Err(error).context("reading"),
        Err(_) => bail!("still open after {limit:?}; it said {} bytes", heard.len()),
    }
}
