//! A vault as one file behind a passphrase.
//!
//! ```text
//! name and version (16)  salt (16)  A1 stream of:
//!   length (u32)  what the program says of the export
//!   rows: table (u8, not 0)  length (u32)  key  length (u32)  value
//!   0 (u8)  number of rows (u64)
//! ```
//!
//! The key of the stream comes from the passphrase by Argon2id; the stream is that of sealed files (AES-256-GCM in
//! chunks, with a commitment to its key), so a wrong passphrase shows at once and a cut or changed file at its place.

use std::io::{self, Write};

use attachment::{CHUNK, FileKey, Last, Sealer, lock};
use zeroize::{Zeroize, Zeroizing};

use crate::rows::{PROOF_KEY, ROWS_AT_ONCE};
use crate::{Table, Vault, VaultError, Walk};

impl Vault {
    /// Writes everything to `out` behind a passphrase, with what the program says of it in front. Returns the rows written.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] at a row that does not open; an export that lacks something is not made.
    pub fn export(&self, out: impl Write, passphrase: &str, said: &[u8]) -> Result<u64, VaultError> {
        let mut salt = [0; lock::SALT];
        getrandom::fill(&mut salt).map_err(|error| VaultError::System(error.to_string()))?;
        let key = lock::key_from_passphrase(passphrase, &salt)
            .map_err(|error| VaultError::System(error.to_string()))?;
        let mut sealing = Sealing::start(out, &key, salt)?;
        sealing.write_sized(said)?;
        let mut written: u64 = 0;
        for table in Table::ALL {
            let mut after: Option<Vec<u8>> = None;
            loop {
                let rows =
                    self.walk(table, Walk::Up { prefix: &[], after: after.as_deref() }, ROWS_AT_ONCE)?;
                let Some((last, _)) = rows.last() else { break };
                after = Some(last.clone());
                for (key, value) in rows.iter().filter(|(key, _)| is_carried(table, key)) {
                    sealing.write_all(&[table as u8])?;
                    sealing.write_sized(key)?;
                    sealing.write_sized(value)?;
                    written += 1;
                }
            }
        }
        sealing.write_all(&[END])?;
        sealing.write_all(&written.to_be_bytes())?;
        sealing.finish()?;
        Ok(written)
    }
}

/// The proof of the old vault's key says nothing in another vault.
fn is_carried(table: Table, key: &[u8]) -> bool {
    table != Table::Client || key != PROOF_KEY
}

/// Seals what is written to it, chunk by chunk.
struct Sealing<W> {
    out: W,
    sealer: Sealer,
    chunk: Vec<u8>,
}

impl<W: Write> Sealing<W> {
    fn start(mut out: W, key: &FileKey, salt: [u8; lock::SALT]) -> io::Result<Self> {
        let mut stream_salt = [0; 16];
        getrandom::fill(&mut stream_salt).map_err(io::Error::other)?;
        let (sealer, header) = Sealer::new(key, stream_salt);
        out.write_all(FORMAT)?;
        out.write_all(&salt)?;
        out.write_all(&header)?;
        Ok(Self { out, sealer, chunk: Vec::with_capacity(CHUNK + 16) })
    }

    fn write_sized(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        self.write_all(&length.to_be_bytes())?;
        self.write_all(bytes)
    }

    fn finish(mut self) -> io::Result<()> {
        self.seal(Last::Yes)?;
        self.out.flush()
    }

    fn seal(&mut self, last: Last) -> io::Result<()> {
        self.sealer.seal(&mut self.chunk, last).map_err(io::Error::other)?;
        self.out.write_all(&self.chunk)?;
        self.chunk.zeroize();
        Ok(())
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk is sealed when more follows: only then is it known not to be the last.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.seal(Last::No)?;
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W> Drop for Sealing<W> {
    fn drop(&mut self) {
        drop(Zeroizing::new(std::mem::take(&mut self.chunk)));
    }
}

pub(crate) const FORMAT: &[u8; 16] = b"LiveChat keys 1\n";
pub(crate) const END: u8 = 0;
