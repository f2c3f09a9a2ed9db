//! A proxy on loopback between client and server: writes down what crosses, or changes it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// From the client.
    Up,
    /// From the server.
    Down,
}

/// A piece of the stream as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The connection's number, from 0.
    pub connection: usize,
    /// Which way.
    pub way: Way,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What happens to a piece: it is passed on as the closure leaves it; nothing left closes the connection.
pub type Meddling = dyn Fn(&Piece) -> Option<Vec<u8>> + Send + Sync;

/// A proxy that runs until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    pieces: Arc<Mutex<Vec<Piece>>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy that passes everything on and writes it down.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn recording(server: SocketAddr) -> Result<Self> {
        Self::meddling(server, Arc::new(|piece: &Piece| Some(piece.bytes.clone()))).await
    }

    /// Starts a proxy that hands every piece to the closure; what came is written down as it came.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn meddling(server: SocketAddr, meddling: Arc<Meddling>) -> Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = listener.local_addr()?;
        let pieces = Arc::<Mutex<Vec<Piece>>>::default();
        let written_down = Arc::clone(&pieces);
        let task = tokio::spawn(async move {
            let mut connection = 0;
            while let Ok((client, _)) = listener.accept().await {
                let (meddling, pieces) = (Arc::clone(&meddling), Arc::clone(&written_down));
                tokio::spawn(join(client, server, connection, meddling, pieces));
                connection += 1;
            }
        });
        Ok(Self { address, pieces, task })
    }

    /// Returns where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns everything that has crossed so far.
    #[must_use]
    pub fn pieces(&self) -> Vec<Piece> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns all bytes of one way in one row.
    #[must_use]
    pub fn bytes(&self, way: Way) -> Vec<u8> {
        self.pieces().into_iter().filter(|piece| piece.way == way).flat_map(|piece| piece.bytes).collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn join(
    client: TcpStream,
    server: SocketAddr,
    connection: usize,
    meddling: Arc<Meddling>,
    pieces: Arc<Mutex<Vec<Piece>>>,
) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    // A proxy that waits to fill its packets would change what is measured through it.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((client_in, client_out), (server_in, server_out)) = (client.into_split(), server.into_split());
    let passing =
        |way| Passing { connection, way, meddling: Arc::clone(&meddling), pieces: Arc::clone(&pieces) };
    tokio::select! {
        // Either end closing closes both: half-open connections are their own test.
        () = passing(Way::Up).run(client_in, server_out) => {}
        () = passing(Way::Down).run(server_in, client_out) => {}
    }
}

struct Passing {
    connection: usize,
    way: Way,
    meddling: Arc<Meddling>,
    pieces: Arc<Mutex<Vec<Piece>>>,
}

impl Passing {
    async fn run(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = BytesMut::with_capacity(64 * 1024);
        while let Ok(1..) = from.read_buf(&mut buffer).await {
            let piece = Piece { connection: self.connection, way: self.way, bytes: buffer.split().to_vec() };
            let passed_on = (self.meddling)(&piece);
            self.pieces.lock().unwrap_or_else(PoisonError::into_inner).push(piece);
            let Some(bytes) = passed_on else { return };
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    }
}
