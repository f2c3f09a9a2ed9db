//! Files as the server sees them: bytes that look random, their hash, and the commands that bring and fetch them.

use anyhow::{Result, bail, ensure};
use attachment::FileKey;
use proto::bytes::{Bytes, Secret32};
use proto::ids::{BlobId, ContentHash, FileSize, MessageId, RequestId, RoomId, Seq};
use proto::limits;
use proto::message::{Answer, ClientMessage, Command, FileCard, FileFacts, FileLock, ServerMessage};
use proto::text::Text;
use sha2::{Digest, Sha256};

use crate::seat::message_id;
use crate::wire::Peer;

/// A sealed file on its way.
#[derive(Debug, Clone)]
pub struct Cargo {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Its hash.
    pub blob: BlobId,
    /// The id of the message it goes with: the same one whenever it is tried again.
    pub message: MessageId,
    /// What the server has said is there.
    pub acknowledged: u64,
}

impl Cargo {
    /// Returns a file; another seed gives another one.
    #[must_use]
    pub fn new(seed: u64, size: usize) -> Self {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut bytes = Vec::with_capacity(size + 8);
        while bytes.len() < size {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend_from_slice(&state.to_be_bytes());
        }
        bytes.truncate(size);
        Self::of(bytes)
    }

    /// Takes bytes that were sealed elsewhere.
    #[must_use]
    pub fn of(bytes: Vec<u8>) -> Self {
        let blob = BlobId(Sha256::digest(&bytes).into());
        Self { bytes, blob, message: message_id(), acknowledged: 0 }
    }

    /// Brings what is missing, ends the upload and posts it; returns where. Can be called again after a cut.
    ///
    /// # Errors
    /// When the connection ends, the server refuses, or has less than it said before.
    pub async fn deliver(&mut self, peer: &mut Peer, room: RoomId) -> Result<Seq> {
        self.bring(peer, room, self.len()).await?;
        peer.ask(Command::FinishUpload { blob: self.blob }).await?;
        let facts = FileFacts {
            plain_sha256: ContentHash([0; 32]),
            name: Text::cut("cargo"),
            media: Text::default(),
        };
        let lock = FileLock::Key { key: Secret32::new([0; 32]), facts };
        let file = FileCard { blob: self.blob, sealed_size: self.size()?, lock };
        let (message_id, caption) = (self.message, Text::default());
        let post = Command::SendFile { room, message_id, file, caption, reply_to: None };
        match peer.ask(post).await? {
            Answer::Accepted { seq, .. } => Ok(seq),
            other => bail!("not posted: {other:?}"),
        }
    }

    /// Brings what is missing up to about `upto`, and leaves it there.
    ///
    /// # Errors
    /// As [`deliver`](Self::deliver).
    pub async fn bring(&mut self, peer: &mut Peer, room: RoomId, upto: u64) -> Result<()> {
        let begin = Command::BeginUpload { room, blob: self.blob, sealed_size: self.size()? };
        let mut sent = received(peer.ask(begin).await?)?;
        ensure!(
            self.acknowledged <= sent,
            "{} bytes were acknowledged and {sent} are there",
            self.acknowledged
        );
        self.acknowledged = sent;
        while self.acknowledged < upto {
            while sent < upto && sent - self.acknowledged < WINDOW {
                sent += self.send_piece(peer, sent).await?;
            }
            self.acknowledged = received(answer(peer).await?)?;
        }
        Ok(())
    }

    /// Returns how many bytes it has.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Returns whether it has none; a sealed file always has some.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size(&self) -> Result<FileSize> {
        FileSize::new(self.len()).ok_or_else(|| anyhow::anyhow!("no file has this size"))
    }

    async fn send_piece(&self, peer: &mut Peer, offset: u64) -> Result<u64> {
        let from = usize::try_from(offset)?;
        let piece = &self.bytes[from..self.bytes.len().min(from + limits::PIECE)];
        let (bytes, blob) = (Bytes::new(piece.to_vec())?, self.blob);
        let request = RequestId(peer.fresh_request());
        let command = Command::UploadPiece { blob, offset, bytes };
        peer.send(&ClientMessage { request, command }).await?;
        Ok(u64::try_from(piece.len())?)
    }
}

/// Seals a file as clients do, brings it and shows it in a room; returns where.
///
/// # Errors
/// When the server refuses or the connection ends.
pub async fn show(peer: &mut Peer, room: RoomId, name: &str, media: &str, plain: &[u8]) -> Result<Seq> {
    let file = bring_sealed(peer, room, (name, media), plain).await?;
    let post =
        Command::SendFile { room, message_id: message_id(), file, caption: Text::default(), reply_to: None };
    match peer.ask(post).await? {
        Answer::Accepted { seq, .. } => Ok(seq),
        other => bail!("not posted: {other:?}"),
    }
}

/// Seals a file as clients do and brings it; returns the card to post it with, which carries this name and type.
///
/// # Errors
/// When the server refuses or the connection ends.
pub async fn bring_sealed(
    peer: &mut Peer,
    room: RoomId,
    (name, media): (&str, &str),
    plain: &[u8],
) -> Result<FileCard> {
    let key = FileKey::random();
    let mut sealed = Vec::new();
    let whole = attachment::seal_stream(plain, &mut sealed, &key)?;
    let mut cargo = Cargo::of(sealed);
    cargo.bring(peer, room, cargo.len()).await?;
    peer.ask(Command::FinishUpload { blob: cargo.blob }).await?;
    let facts = FileFacts {
        plain_sha256: ContentHash(whole.plain_sha256),
        name: Text::cut(name),
        media: Text::cut(media),
    };
    let lock = FileLock::Key { key: Secret32::new(*key.expose()), facts };
    Ok(FileCard { blob: cargo.blob, sealed_size: cargo.size()?, lock })
}

/// Fetches a file to its end.
///
/// # Errors
/// When the server refuses or the connection ends.
pub async fn collect(peer: &mut Peer, room: RoomId, seq: Seq, size: u64) -> Result<Vec<u8>> {
    let mut whole = Vec::new();
    while (whole.len() as u64) < size {
        let offset = whole.len() as u64;
        let fetch = Command::FetchPiece { room, seq, offset, len: u32::try_from(limits::PIECE)? };
        match peer.ask(fetch).await? {
            Answer::Piece { bytes, .. } if !bytes.is_empty() => whole.extend_from_slice(&bytes),
            other => bail!("not a piece: {other:?}"),
        }
    }
    Ok(whole)
}

/// Returns the next answer to whatever was asked.
///
/// # Errors
/// When the server refuses or the connection ends.
pub async fn answer(peer: &mut Peer) -> Result<Answer> {
    let answer = peer.until(|message| match message {
        ServerMessage::Answer(_, answer) => Some(Ok(answer)),
        ServerMessage::Refused(_, refusal) => Some(Err(refusal)),
        _ => None,
    });
    Ok(answer.await??)
}

fn received(answer: Answer) -> Result<u64> {
    match answer {
        Answer::Upload { received } => Ok(received),
        other => bail!("not an upload: {other:?}"),
    }
}

/// Bytes that may wait for their answer.
const WINDOW: u64 = (limits::PIECES_IN_FLIGHT * limits::PIECE) as u64;
