//! Sealing and opening whole files in constant memory.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

use crate::{CHUNK, CHUNK_SEALED, FileKey, FormatError, HEADER, Last, OpenError, Opener, Sealer};

/// A file that was sealed or opened, in sizes and hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// Bytes of plaintext.
    pub plain_len: u64,
    /// Bytes of the sealed file.
    pub sealed_len: u64,
    /// SHA-256 of the plaintext.
    pub plain_sha256: [u8; 32],
    /// SHA-256 of the sealed file.
    pub sealed_sha256: [u8; 32],
}

/// Seals everything that is read, with a fresh random salt.
///
/// # Errors
/// Those of reading and writing; `FileTooLarge` for more than 2^48 bytes.
pub fn seal_stream(reader: impl Read, writer: impl Write, key: &FileKey) -> io::Result<Whole> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(io::Error::other)?;
    seal_salted(reader, writer, key, salt)
}

pub(crate) fn seal_salted(
    reader: impl Read,
    mut writer: impl Write,
    key: &FileKey,
    salt: [u8; 16],
) -> io::Result<Whole> {
    let (mut sealer, header) = Sealer::new(key, salt);
    let mut count = Count::default();
    writer.write_all(&header)?;
    count.sealed(&header);
    let mut chunks = Chunks::new(reader, CHUNK);
    while let Some((mut chunk, last)) = chunks.next()? {
        count.plain(&chunk);
        sealer.seal(&mut chunk, last).map_err(|error| io::Error::new(io::ErrorKind::FileTooLarge, error))?;
        count.sealed(&chunk);
        writer.write_all(&chunk)?;
        chunks.give_back(chunk);
    }
    Ok(count.whole())
}

/// Opens a whole file. What was written before an error is authentic, and not the whole file.
///
/// # Errors
/// [`OpenError`]; a file that was cut or that something was added to is refused at the chunk where it shows.
pub fn open_stream(mut reader: impl Read, mut writer: impl Write, key: &FileKey) -> Result<Whole, OpenError> {
    let mut header = [0; HEADER];
    reader.read_exact(&mut header).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => OpenError::Format(FormatError::Header),
        _ => OpenError::Io(error),
    })?;
    let opener = Opener::new(key, &header)?;
    let mut count = Count::default();
    count.sealed(&header);
    let mut chunks = Chunks::new(reader, CHUNK_SEALED);
    let mut index: u32 = 0;
    while let Some((mut chunk, last)) = chunks.next()? {
        count.sealed(&chunk);
        opener.open_at(index, &mut chunk, last)?;
        count.plain(&chunk);
        writer.write_all(&chunk)?;
        chunks.give_back(chunk);
        if last == Last::No {
            index = index.checked_add(1).ok_or(OpenError::Chunk { index })?;
        }
    }
    Ok(count.whole())
}

/// Reads one chunk ahead, so that each is known to be the last or not.
struct Chunks<R> {
    reader: R,
    size: usize,
    ahead: Option<Vec<u8>>,
    spare: Vec<u8>,
    started: bool,
}

impl<R: Read> Chunks<R> {
    fn new(reader: R, size: usize) -> Self {
        Self { reader, size, ahead: None, spare: Vec::new(), started: false }
    }

    /// Returns the next chunk; the first one also when it is empty.
    fn next(&mut self) -> io::Result<Option<(Vec<u8>, Last)>> {
        if !self.started {
            self.started = true;
            self.ahead = Some(self.read()?);
        }
        let Some(chunk) = self.ahead.take() else { return Ok(None) };
        if chunk.len() == self.size {
            self.ahead = Some(self.read()?).filter(|ahead| !ahead.is_empty());
        }
        let last = if self.ahead.is_some() { Last::No } else { Last::Yes };
        Ok(Some((chunk, last)))
    }

    /// Takes a chunk's memory for a later one.
    fn give_back(&mut self, chunk: Vec<u8>) {
        self.spare = chunk;
    }

    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut chunk = std::mem::take(&mut self.spare);
        chunk.clear();
        self.reader.by_ref().take(self.size as u64).read_to_end(&mut chunk)?;
        Ok(chunk)
    }
}

#[derive(Default)]
struct Count {
    plain_len: u64,
    sealed_len: u64,
    plain: Sha256,
    sealed: Sha256,
}

impl Count {
    fn plain(&mut self, bytes: &[u8]) {
        self.plain_len += bytes.len() as u64;
        self.plain.update(bytes);
    }

    fn sealed(&mut self, bytes: &[u8]) {
        self.sealed_len += bytes.len() as u64;
        self.sealed.update(bytes);
    }

    fn whole(self) -> Whole {
        Whole {
            plain_len: self.plain_len,
            sealed_len: self.sealed_len,
            plain_sha256: self.plain.finalize().into(),
            sealed_sha256: self.sealed.finalize().into(),
        }
    }
}
