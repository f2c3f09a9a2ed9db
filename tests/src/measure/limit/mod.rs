//! The limit program: a bare broadcast server with AES-GCM frames, to measure `chatd` against in the same run.
//!
//! One thread, a queue per member, everything that waits goes out in one write. No handshake, no login, no
//! rooms but a number, no storage. With a journal it appends what waits to a file and flushes it to the disk
//! before it broadcasts.

pub(crate) mod frames;
mod journal;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::Result;
use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::LocalSet;

use frames::{HELLO_BYTES, Hello, Link};
use journal::Journal;

/// What the program prints in front of its address.
pub(crate) const LISTENING: &str = "listening on ";

/// One member's message for everybody in the room.
type Message = Arc<[u8]>;
type Members = Rc<RefCell<BTreeMap<u32, Vec<mpsc::Sender<Message>>>>>;

/// Serves until the process is ended.
///
/// # Errors
/// When it cannot listen, or the journal cannot be made.
pub(crate) fn run(journal: Option<PathBuf>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, serve(journal))
}

async fn serve(journal: Option<PathBuf>) -> Result<()> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("{LISTENING}{}", listener.local_addr()?);
    let members = Members::default();
    let journal = match journal {
        Some(path) => Some(start_journal(path, Rc::clone(&members))?),
        None => None,
    };
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let (members, journal) = (Rc::clone(&members), journal.clone());
        tokio::task::spawn_local(async move {
            // A member that breaks off is no news here.
            let _ = member(socket, members, journal).await;
        });
    }
}

/// Starts the thread that flushes, and the task that broadcasts what is on the disk.
fn start_journal(path: PathBuf, members: Members) -> Result<Journal> {
    let (journal, mut flushed) = Journal::start(path)?;
    tokio::task::spawn_local(async move {
        while let Some(batch) = flushed.recv().await {
            for (room, message) in batch {
                broadcast(&members, room, &message);
            }
        }
    });
    Ok(journal)
}

async fn member(mut socket: TcpStream, members: Members, journal: Option<Journal>) -> Result<()> {
    let mut hello = [0; HELLO_BYTES];
    socket.read_exact(&mut hello).await?;
    let hello = Hello::from_bytes(&hello);
    let (queue, waiting) = mpsc::channel(QUEUE);
    members.borrow_mut().entry(hello.room).or_default().push(queue);
    let (incoming, mut outgoing) = socket.into_split();
    // Being let in is one byte, as it is one event with `chatd`.
    outgoing.write_all(&[1]).await?;
    tokio::task::spawn_local(async move {
        let _ = write(outgoing, waiting, Link::server(&hello)).await;
    });
    read(incoming, Link::server(&hello), |message| match &journal {
        Some(journal) => journal.append(hello.room, message),
        None => {
            broadcast(&members, hello.room, &message);
            Ok(())
        }
    })
    .await
}

async fn read(
    mut incoming: OwnedReadHalf,
    mut link: Link,
    heard: impl Fn(Message) -> Result<()>,
) -> Result<()> {
    let mut buffer = BytesMut::with_capacity(READ_BUFFER);
    while 0 < incoming.read_buf(&mut buffer).await? {
        while let Some(message) = link.open(&mut buffer)? {
            heard(Arc::from(&message[..]))?;
        }
        buffer.reserve(READ_BUFFER);
    }
    Ok(())
}

async fn write(
    mut outgoing: OwnedWriteHalf,
    mut waiting: mpsc::Receiver<Message>,
    mut link: Link,
) -> Result<()> {
    let (mut batch, mut bytes) = (Vec::new(), BytesMut::new());
    while 0 < waiting.recv_many(&mut batch, AT_ONCE).await {
        for message in batch.drain(..) {
            link.seal(&message, &mut bytes)?;
        }
        while bytes.has_remaining() {
            outgoing.write_buf(&mut bytes).await?;
        }
    }
    Ok(())
}

/// A member whose queue is full, or who is gone, is left out from then on.
fn broadcast(members: &Members, room: u32, message: &Message) {
    if let Some(queues) = members.borrow_mut().get_mut(&room) {
        queues.retain(|queue| queue.try_send(Arc::clone(message)).is_ok());
    }
}

/// Messages that may wait for one member; the load never has more on their way.
const QUEUE: usize = 4096;
const AT_ONCE: usize = 256;
const READ_BUFFER: usize = 8 * 1024;
