//! Files over real sockets: bytes that were sealed elsewhere come in, lie there, and go out to whoever may read them.

mod bounds;
mod rights;
mod rules;
mod transfer;

use std::path::{Path, PathBuf};

use bytes::BytesMut;
use proto::bytes::{Bytes, Secret32};
use proto::codec;
use proto::ids::{BlobId, ContentHash, FileSize, RequestId, RoomId, Seq};
use proto::limits;
use proto::message::{Answer, ClientMessage, Command, FileCard, FileFacts, FileLock};
use proto::refusal::Refusal;
use proto::text::Text;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use crate::client::Client;
use crate::world::World;

/// Bytes that look random, as sealed ones do.
pub(crate) struct Sealed {
    bytes: Vec<u8>,
    blob: BlobId,
}

impl Sealed {
    /// Another seed gives another file.
    fn new(seed: u64, size: usize) -> Self {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let byte = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_be_bytes()[0]
        };
        let bytes: Vec<u8> = std::iter::repeat_with(byte).take(size).collect();
        let blob = BlobId(Sha256::digest(&bytes).into());
        Self { bytes, blob }
    }

    fn size(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap()
    }

    fn begin(&self, room: RoomId) -> Command {
        Command::BeginUpload { room, blob: self.blob, sealed_size: FileSize::new(self.size()).unwrap() }
    }

    /// The piece that starts here.
    fn piece(&self, from: usize) -> Command {
        let end = self.bytes.len().min(from + limits::PIECE);
        piece(self.blob, from, &self.bytes[from..end])
    }

    /// A message that this file goes with.
    fn message(&self, client: &mut Client, room: RoomId, (name, caption): (&str, &str)) -> Command {
        let facts = FileFacts {
            plain_sha256: ContentHash([7; 32]),
            name: Text::cut(name),
            media: Text::cut("application/octet-stream"),
        };
        let file = FileCard {
            blob: self.blob,
            sealed_size: FileSize::new(self.size()).unwrap(),
            lock: FileLock::Key { key: Secret32::new([9; 32]), facts },
        };
        let message_id = client.message_id();
        Command::SendFile { room, message_id, file, caption: Text::cut(caption), reply_to: None }
    }

    /// Brings the whole file.
    async fn upload(&self, client: &mut Client, room: RoomId) {
        let mut received = received(client.ask(self.begin(room)).await);
        while received < self.size() {
            received = received_after(client, self, received).await;
        }
        assert_eq!(client.ask(Command::FinishUpload { blob: self.blob }).await, Ok(Answer::Done));
    }

    /// Brings the whole file and posts it.
    async fn post(&self, client: &mut Client, room: RoomId) -> Seq {
        self.upload(client, room).await;
        let message = self.message(client, room, ("notes.txt", ""));
        match client.ask(message).await {
            Ok(Answer::Accepted { seq, .. }) => seq,
            other => panic!("not accepted: {other:?}"),
        }
    }
}

async fn received_after(client: &mut Client, file: &Sealed, from: u64) -> u64 {
    received(client.ask(file.piece(usize::try_from(from).unwrap())).await)
}

fn received(answer: Result<Answer, Refusal>) -> u64 {
    match answer {
        Ok(Answer::Upload { received }) => received,
        other => panic!("not taken: {other:?}"),
    }
}

fn piece(blob: BlobId, offset: usize, bytes: &[u8]) -> Command {
    let bytes = Bytes::new(bytes.to_vec()).unwrap();
    Command::UploadPiece { blob, offset: u64::try_from(offset).unwrap(), bytes }
}

fn fetch(room: RoomId, seq: Seq, offset: u64) -> Command {
    Command::FetchPiece { room, seq, offset, len: u32::try_from(limits::PIECE).unwrap() }
}

/// Reads a file to its end.
async fn download(client: &mut Client, room: RoomId, seq: Seq, size: u64) -> Result<Vec<u8>, Refusal> {
    let mut whole = Vec::new();
    while u64::try_from(whole.len()).unwrap() < size {
        let at = u64::try_from(whole.len()).unwrap();
        match client.ask(fetch(room, seq, at)).await? {
            Answer::Piece { offset, bytes } => {
                assert_eq!(offset, at);
                assert!(!bytes.is_empty(), "a piece before the end is not empty");
                whole.extend_from_slice(&bytes);
            }
            other => panic!("not a piece: {other:?}"),
        }
    }
    Ok(whole)
}

/// Sends many commands in one frame, so that they are there before the first is answered.
async fn send_together(client: &mut Client, first: u32, commands: Vec<Command>) -> Vec<RequestId> {
    let requests: Vec<RequestId> = (first..).map(RequestId).take(commands.len()).collect();
    let messages = requests
        .iter()
        .zip(commands)
        .map(|(request, command)| codec::encode(&ClientMessage { request: *request, command }));
    let messages: Vec<Vec<u8>> = messages.collect();
    let mut wire = BytesMut::new();
    assert_eq!(client.transport.seal(&messages, &mut wire).unwrap(), messages.len(), "they fit one frame");
    client.socket.write_all(&wire).await.unwrap();
    requests
}

/// Every file in the folder of files.
fn files_of(world: &World) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&world.folder().join("blobs"), &mut found);
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, found) } else { found.push(path) }
    }
}
