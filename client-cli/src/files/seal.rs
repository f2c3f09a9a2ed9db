//! From a file, or an image made in memory, to sealed bytes in the spool.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

use proto::ids::{BlobId, ContentHash, FileSize, RoomId, Seq};
use proto::limits;
use proto::message::{FileCard, FileFacts};
use proto::text::Text;
use zeroize::Zeroizing;

use super::card::Closing;
use super::control::Control;
use super::error::{FileError, io_at};
use super::media::{SNIFFED, media_type};
use super::name::safe_name;
use super::progress::Stage;
use super::spool::{Source, Spool, Unfinished, id_of};
use crate::post::fresh_message_id;

/// Where a file goes, and who can open it.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) room: RoomId,
    pub(super) room_name: String,
    pub(super) caption: Text<{ limits::BODY }>,
    pub(super) reply_to: Option<Seq>,
    /// What opens the file besides the message, if anything does.
    pub(super) passphrase: Option<Zeroizing<String>>,
}

/// Seals what the source holds, or `image` in its place, into the spool. Blocks; memory stays the same however large
/// the file is.
pub(super) fn seal(
    spool: &Spool,
    source: Source,
    image: Option<&[u8]>,
    to: Destination,
    control: &Control,
) -> Result<Unfinished, FileError> {
    let (file, sealing) = spool.begin()?;
    let result = seal_into(spool, source, image, to, control, file, &sealing);
    if result.is_err() {
        // It is not kept; a next start would remove it as well.
        let _ = std::fs::remove_file(&sealing);
    }
    result
}

fn seal_into(
    spool: &Spool,
    source: Source,
    image: Option<&[u8]>,
    to: Destination,
    control: &Control,
    file: File,
    sealing: &std::path::Path,
) -> Result<Unfinished, FileError> {
    let closing = Closing::new(to.passphrase.as_ref().map(|passphrase| passphrase.as_str()))?;
    let mut input: Box<dyn Read> = match image {
        Some(image) => Box::new(image),
        None => Box::new(File::open(&source.path).map_err(io_at("read", &source.path))?),
    };
    let total = image.map_or(source.size, |image| u64::try_from(image.len()).unwrap_or(u64::MAX));
    control.begin(Stage::Sealing, total);
    let mut beginning = Vec::with_capacity(SNIFFED);
    input.by_ref().take(SNIFFED as u64).read_to_end(&mut beginning).map_err(io_at("read", &source.path))?;
    let media = media_type(&beginning);
    let mut counted = Counted { input: beginning.chain(input), done: 0, control };
    let mut output = BufWriter::with_capacity(attachment::CHUNK_SEALED, file);
    let sealed = attachment::seal_stream(&mut counted, &mut output, closing.key());
    control.check()?;
    let sealed = sealed.map_err(io_at("encrypt", &source.path))?;
    let flushed = output.flush().and_then(|()| output.get_ref().sync_all());
    flushed.map_err(io_at("write", sealing))?;

    let name = source.path.file_name().unwrap_or_default().to_string_lossy();
    let facts = FileFacts {
        plain_sha256: ContentHash(sealed.plain_sha256),
        name: Text::cut(&safe_name(&name)),
        media: Text::cut(media),
    };
    let blob = BlobId(sealed.sealed_sha256);
    let sealed_size =
        FileSize::new(sealed.sealed_len).ok_or_else(|| FileError::TooLarge(source.path.clone()))?;
    let lock = closing.lock(facts)?;
    let unfinished = Unfinished {
        id: id_of(blob),
        source,
        room_name: to.room_name,
        hides: image.is_some(),
        room: to.room,
        message_id: fresh_message_id(),
        card: FileCard { blob, sealed_size, lock },
        caption: to.caption,
        reply_to: to.reply_to,
    };
    spool.keep(sealing, &unfinished)?;
    Ok(unfinished)
}

/// Tells how far the reading is, and stops it when that is asked for.
struct Counted<'a, R> {
    input: R,
    done: u64,
    control: &'a Control,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.control.check().map_err(io::Error::other)?;
        let read = self.input.read(buffer)?;
        self.done += u64::try_from(read).unwrap_or(u64::MAX);
        self.control.reached(self.done);
        Ok(read)
    }
}
