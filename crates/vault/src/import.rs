//! Reading what an export holds: to know that it opens, or into a fresh vault.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use attachment::{OpenError, lock, open_stream};
use zeroize::{Zeroize, Zeroizing};

use crate::export::{END, FORMAT};
use crate::{Batch, Table, Vault, VaultError};

/// What an export holds. Every byte of it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// What the program said of it.
    pub said: Zeroizing<Vec<u8>>,
    /// How many rows each table has; tables without rows are left out.
    pub rows: BTreeMap<Table, u64>,
}

/// The file of an export.
#[derive(Debug)]
pub struct Import<R> {
    file: R,
}

impl<R: Read> Import<R> {
    /// Takes a file that was not read yet.
    #[must_use]
    pub fn new(file: R) -> Self {
        Self { file }
    }

    /// Opens the whole export and keeps nothing of it: when this says what is in it, an import will work.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`], [`VaultError::NotAnExport`], or where the file is damaged.
    pub fn look(self, passphrase: &str) -> Result<Contents, VaultError> {
        self.read(passphrase, None)
    }

    /// Writes everything into a vault. After an error the vault has a part of it and is to be thrown away.
    ///
    /// # Errors
    /// As [`Self::look`]; when the vault cannot be written.
    pub fn into_vault(self, passphrase: &str, vault: &Vault) -> Result<Contents, VaultError> {
        self.read(passphrase, Some(vault))
    }

    fn read(mut self, passphrase: &str, vault: Option<&Vault>) -> Result<Contents, VaultError> {
        let mut head = [0; FORMAT.len() + lock::SALT];
        self.file.read_exact(&mut head).map_err(|_| VaultError::NotAnExport("it is too short"))?;
        let (format, salt) = head.split_at(FORMAT.len());
        if format != FORMAT {
            return Err(VaultError::NotAnExport("it begins differently"));
        }
        let salt: &[u8; lock::SALT] = salt.try_into().expect("what is behind the format is the salt");
        let key = lock::key_from_passphrase(passphrase, salt)
            .map_err(|error| VaultError::System(error.to_string()))?;
        let mut rows = Rows::new(vault);
        match open_stream(self.file, &mut rows, &key) {
            Ok(_) => rows.finish(),
            Err(OpenError::WrongKey) => Err(VaultError::WrongPassphrase),
            Err(error) => Err(rows.wrong.take().unwrap_or_else(|| error.into())),
        }
    }
}

/// Takes the opened stream apart as it comes.
struct Rows<'v> {
    vault: Option<&'v Vault>,
    buffer: Vec<u8>,
    said: Option<Zeroizing<Vec<u8>>>,
    rows: BTreeMap<Table, u64>,
    batch: Batch,
    batched: usize,
    ended: bool,
    /// What was wrong, since a writer can only say that something was.
    wrong: Option<VaultError>,
}

impl<'v> Rows<'v> {
    fn new(vault: Option<&'v Vault>) -> Self {
        Self {
            vault,
            buffer: Vec::new(),
            said: None,
            rows: BTreeMap::new(),
            batch: Batch::new(),
            batched: 0,
            ended: false,
            wrong: None,
        }
    }

    fn finish(mut self) -> Result<Contents, VaultError> {
        let said = self.said.take().ok_or(VaultError::NotAnExport("it ends too early"))?;
        if !self.ended {
            return Err(VaultError::NotAnExport("it ends too early"));
        }
        self.flush_batch()?;
        Ok(Contents { said, rows: std::mem::take(&mut self.rows) })
    }

    /// Takes whole records off the buffer.
    fn parse(&mut self) -> Result<(), VaultError> {
        let buffer = Zeroizing::new(std::mem::take(&mut self.buffer));
        let mut rest = buffer.as_slice();
        while let Some(behind) = self.record(rest)? {
            rest = behind;
        }
        self.buffer = rest.to_vec();
        Ok(())
    }

    /// Takes one record off; nothing when it is not whole yet.
    fn record<'b>(&mut self, rest: &'b [u8]) -> Result<Option<&'b [u8]>, VaultError> {
        if self.said.is_none() {
            let Some((said, rest)) = sized(rest)? else { return Ok(None) };
            self.said = Some(Zeroizing::new(said.to_vec()));
            return Ok(Some(rest));
        }
        let Some((&table, rest)) = rest.split_first() else { return Ok(None) };
        if self.ended {
            return Err(VaultError::NotAnExport("something stands behind its end"));
        }
        if table == END {
            let Some((count, rest)) = rest.split_first_chunk() else { return Ok(None) };
            if u64::from_be_bytes(*count) != self.rows.values().sum::<u64>() {
                return Err(VaultError::NotAnExport("it has another number of rows than it says"));
            }
            self.ended = true;
            return Ok(Some(rest));
        }
        let table =
            Table::from_number(table).ok_or(VaultError::NotAnExport("it has a table of a later version"))?;
        let Some((key, rest)) = sized(rest)? else { return Ok(None) };
        let Some((value, rest)) = sized(rest)? else { return Ok(None) };
        *self.rows.entry(table).or_default() += 1;
        if self.vault.is_some() {
            self.batch.put(table, key, value);
            self.batched += value.len();
            if BATCH_BYTES < self.batched {
                self.flush_batch()?;
            }
        }
        Ok(Some(rest))
    }

    fn flush_batch(&mut self) -> Result<(), VaultError> {
        let batch = std::mem::take(&mut self.batch);
        self.batched = 0;
        match self.vault {
            Some(vault) if !batch.is_empty() => vault.commit(&batch),
            _ => Ok(()),
        }
    }
}

impl Write for Rows<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        match self.parse() {
            Ok(()) => Ok(bytes.len()),
            Err(error) => {
                self.wrong = Some(error);
                Err(io::ErrorKind::InvalidData.into())
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Rows<'_> {
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

/// What was split off, and what is behind it.
type Split<'b> = (&'b [u8], &'b [u8]);

/// Splits bytes off whose length stands in front of them; nothing when they are not all there yet.
fn sized(bytes: &[u8]) -> Result<Option<Split<'_>>, VaultError> {
    let Some((length, rest)) = bytes.split_first_chunk() else { return Ok(None) };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if LARGEST < length {
        return Err(VaultError::NotAnExport("a row is larger than any can be"));
    }
    Ok(rest.split_at_checked(length))
}

const BATCH_BYTES: usize = 4 << 20;
/// The state of a group of 500 devices takes a few hundred KiB.
const LARGEST: usize = 64 << 20;
