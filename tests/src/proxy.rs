//! A proxy on loopback between client and server: writes down what crosses, changes it, or holds it back.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
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

/// Lets so many bytes of the clients through, and holds the rest until it is opened further.
#[derive(Debug)]
pub struct Gate(watch::Sender<u64>);

/// A proxy that runs until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    pieces: Arc<Mutex<Vec<Piece>>>,
    passed: Arc<AtomicU64>,
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
        let (gate, allowed) = watch::channel(u64::MAX);
        drop(gate);
        Self::serve(server, meddling, allowed).await
    }

    async fn serve(
        server: SocketAddr,
        meddling: Arc<Meddling>,
        allowed: watch::Receiver<u64>,
    ) -> Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let address = listener.local_addr()?;
        let pieces = Arc::<Mutex<Vec<Piece>>>::default();
        let written_down = Arc::clone(&pieces);
        let passed = Arc::<AtomicU64>::default();
        let counted = Arc::clone(&passed);
        let task = tokio::spawn(async move {
            let mut connection = 0;
            while let Ok((client, _)) = listener.accept().await {
                let pieces = Arc::clone(&written_down);
                let (meddling, passed, allowed) =
                    (Arc::clone(&meddling), Arc::clone(&counted), allowed.clone());
                let passing = Passing { connection, way: Way::Up, meddling, pieces, passed, allowed };
                tokio::spawn(join(client, server, passing));
                connection += 1;
            }
        });
        Ok(Self { address, pieces, passed, task })
    }

    /// Starts a proxy that lets everything through until its gate is told otherwise.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn gated(server: SocketAddr) -> Result<(Self, Gate)> {
        let (gate, allowed) = watch::channel(u64::MAX);
        let pass_all = Arc::new(|piece: &Piece| Some(piece.bytes.clone()));
        Ok((Self::serve(server, pass_all, allowed).await?, Gate(gate)))
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

impl Gate {
    /// Lets so many more bytes of the clients through than have passed so far, all connections together.
    pub fn let_through(&self, proxy: &Proxy, bytes: u64) {
        self.0.send_replace(proxy.passed.load(Ordering::SeqCst).saturating_add(bytes));
    }

    /// Lets everything through.
    pub fn open(&self) {
        self.0.send_replace(u64::MAX);
    }
}

async fn join(client: TcpStream, server: SocketAddr, up: Passing) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    // A proxy that waits to fill its packets would change what is measured through it.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let ((client_in, client_out), (server_in, server_out)) = (client.into_split(), server.into_split());
    let down = Passing { way: Way::Down, ..up.clone() };
    tokio::select! {
        // Either end closing closes both: half-open connections are their own test.
        () = up.run(client_in, server_out) => {}
        () = down.run(server_in, client_out) => {}
    }
}

#[derive(Clone)]
struct Passing {
    connection: usize,
    way: Way,
    meddling: Arc<Meddling>,
    pieces: Arc<Mutex<Vec<Piece>>>,
    /// Bytes of the clients so far, and how many may pass.
    passed: Arc<AtomicU64>,
    allowed: watch::Receiver<u64>,
}

impl Passing {
    /// Waits until the gate lets a piece through; without a gate at once.
    async fn wait_for_the_gate(&mut self, length: usize) {
        if self.way == Way::Up {
            let length = u64::try_from(length).unwrap_or(u64::MAX);
            let upto = self.passed.fetch_add(length, Ordering::SeqCst) + length;
            // An error means that nobody holds the gate.
            let _ = self.allowed.wait_for(|allowed| upto <= *allowed).await;
        }
    }

    async fn run(mut self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut buffer = BytesMut::with_capacity(64 * 1024);
        while let Ok(1..) = from.read_buf(&mut buffer).await {
            let piece = Piece { connection: self.connection, way: self.way, bytes: buffer.split().to_vec() };
            let passed_on = (self.meddling)(&piece);
            self.pieces.lock().unwrap_or_else(PoisonError::into_inner).push(piece);
            let Some(bytes) = passed_on else { return };
            self.wait_for_the_gate(bytes.len()).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
    }
}
