//! Uploads and downloads on the small server, and what can go wrong with them.

use proto::bytes::Bytes;
use proto::ids::{BlobId, RoomId, Seq};
use proto::limits;
use proto::message::{Answer, Command, Content, FileCard};
use proto::refusal::{Code, Refusal};
use sha2::{Digest, Sha256};

use super::{Did, MiniServer, State};

/// What the small server has of files.
#[derive(Default)]
pub(super) struct Files {
    incoming: std::collections::BTreeMap<BlobId, Vec<u8>>,
    blobs: std::collections::BTreeMap<BlobId, Vec<u8>>,
    faults: Faults,
    came: u64,
    went: u64,
    begun: u64,
}

/// What is to go wrong.
#[derive(Default, Clone)]
pub(crate) struct Faults {
    /// Cuts the connection at the piece after so many, once.
    pub(crate) cut_after: Option<u64>,
    /// Answers no piece after so many.
    pub(crate) silent_after: Option<u64>,
    /// Changes a bit of each piece that is fetched.
    pub(crate) flips: bool,
    /// Refuses each upload.
    pub(crate) refuses: Option<(Code, &'static str)>,
}

impl MiniServer {
    /// Lets things go wrong from now on.
    pub(crate) fn break_files(&self, faults: Faults) {
        self.state.lock().unwrap().files.faults = faults;
    }

    /// Returns how many bytes of pieces came, went, and how many uploads were begun or asked after.
    pub(crate) fn file_traffic(&self) -> (u64, u64, u64) {
        let state = self.state.lock().unwrap();
        (state.files.came, state.files.went, state.files.begun)
    }

    /// Returns the sealed files.
    pub(crate) fn blobs(&self) -> Vec<Vec<u8>> {
        self.state.lock().unwrap().files.blobs.values().cloned().collect()
    }

    /// Changes what the last file's message says of it.
    pub(crate) fn change_card(&self, room: &str, change: impl FnOnce(&mut FileCard)) {
        let mut state = self.state.lock().unwrap();
        let id = state.room_by_name(room).unwrap();
        let entries = state.rooms.get_mut(&id).unwrap().log.iter_mut().rev();
        let mut cards = entries.filter_map(|entry| match &mut entry.content {
            Content::File { file, .. } => Some(file),
            _ => None,
        });
        change(cards.next().unwrap());
    }
}

impl State {
    pub(super) fn file(&mut self, name: &str, command: &Command) -> Did {
        match command {
            Command::BeginUpload { blob, sealed_size, .. } => {
                self.files.begun += 1;
                if let Some((code, words)) = self.files.faults.refuses {
                    return Did::Refuse(Refusal::new(code, words));
                }
                let received = match self.files.blobs.contains_key(blob) {
                    true => sealed_size.get(),
                    false => self.files.incoming.entry(*blob).or_default().len() as u64,
                };
                Did::Answer(Answer::Upload { received })
            }
            Command::UploadPiece { blob, offset, bytes } => self.upload_piece(*blob, *offset, bytes),
            Command::FinishUpload { blob } => self.finish(*blob),
            Command::CancelUpload { blob } => match self.files.incoming.remove(blob) {
                Some(_) => Did::Answer(Answer::Done),
                None => refuse(Code::NoSuchFile),
            },
            Command::SendFile { room, message_id, file, caption, reply_to } => {
                if !self.files.blobs.contains_key(&file.blob) {
                    return refuse(Code::NoSuchFile);
                }
                let content =
                    Content::File { file: file.clone(), caption: caption.clone(), reply_to: *reply_to };
                self.post(name, *room, *message_id, content, caption)
            }
            Command::FetchPiece { room, seq, offset, len } => self.fetch(*room, *seq, *offset, *len),
            _ => refuse(Code::BadInput),
        }
    }

    fn upload_piece(&mut self, blob: BlobId, offset: u64, bytes: &[u8]) -> Did {
        if let Some(did) = self.goes_wrong(self.files.came) {
            return did;
        }
        let Some(incoming) = self.files.incoming.get_mut(&blob) else { return refuse(Code::NoSuchFile) };
        if offset != incoming.len() as u64 || limits::PIECE < bytes.len() {
            return refuse(Code::BadInput);
        }
        incoming.extend_from_slice(bytes);
        self.files.came += bytes.len() as u64;
        Did::Answer(Answer::Upload { received: incoming.len() as u64 })
    }

    fn finish(&mut self, blob: BlobId) -> Did {
        if self.files.blobs.contains_key(&blob) {
            return Did::Answer(Answer::Done);
        }
        let Some(bytes) = self.files.incoming.remove(&blob) else { return refuse(Code::NoSuchFile) };
        if Sha256::digest(&bytes)[..] != blob.0 {
            return refuse(Code::HashMismatch);
        }
        self.files.blobs.insert(blob, bytes);
        Did::Answer(Answer::Done)
    }

    fn fetch(&mut self, room: RoomId, seq: Seq, offset: u64, len: u32) -> Did {
        if let Some(did) = self.goes_wrong(self.files.went) {
            return did;
        }
        let entry = self.rooms[&room.get()].log.iter().find(|entry| entry.seq == seq);
        let blob = match entry.map(|entry| &entry.content) {
            Some(Content::File { file, .. }) => file.blob,
            Some(Content::Sealed { blob: Some(blob), .. }) => *blob,
            _ => return refuse(Code::NoSuchFile),
        };
        let Some(blob) = self.files.blobs.get(&blob) else { return refuse(Code::NoSuchFile) };
        let from = usize::try_from(offset).unwrap().min(blob.len());
        let upto = (from + (len as usize).min(limits::PIECE)).min(blob.len());
        let mut bytes = blob[from..upto].to_vec();
        self.files.went += bytes.len() as u64;
        if self.files.faults.flips && 64 <= offset {
            bytes[0] ^= 1;
        }
        Did::Answer(Answer::Piece { offset, bytes: Bytes::new(bytes).unwrap() })
    }

    fn goes_wrong(&mut self, moved: u64) -> Option<Did> {
        if self.files.faults.cut_after.is_some_and(|after| after < moved) {
            self.files.faults.cut_after = None;
            return Some(Did::Cut);
        }
        self.files.faults.silent_after.is_some_and(|after| after < moved).then_some(Did::Nothing)
    }
}

fn refuse(code: Code) -> Did {
    Did::Refuse(Refusal::new(code, "no"))
}
