//! Revealing: from a picture and a passphrase back to the payload.

use thiserror::Error;
use zeroize::Zeroizing;

use crate::carrier::{self, Palette, ReadError};
use crate::coder::layers::{self, Split};
use crate::coder::spread::{self, Halves};
use crate::coder::{body as blocks, plain, to_bytes};
use crate::hide::{HEADER_SPLIT, Progress};
use crate::secret::body::{self, Payload, PayloadError};
use crate::secret::header::{HEADER, Header, SALT};
use crate::secret::key::{Keys, Passphrase};
use crate::{Limits, Method};

/// Why nothing was revealed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RevealError {
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Nothing is hidden, or the passphrase is wrong: nobody can tell which, and both take the same work.
    #[error("nothing to be read with this passphrase")]
    Nothing,
    /// Opened, and not understood.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

/// Reads what is hidden in a picture.
///
/// # Errors
/// When the file is no picture, or nothing can be read from it with this passphrase.
pub fn reveal(
    image: &[u8],
    passphrase: &Passphrase,
    limits: &Limits,
    progress: &mut dyn FnMut(Progress),
) -> Result<Payload, RevealError> {
    let carrier = match carrier::read(image, limits, Palette::Refuse) {
        // Nothing is ever hidden in one: it would have been converted.
        Err(ReadError::Palette) => return Err(RevealError::Nothing),
        carrier => carrier?,
    };
    let low = carrier.low_bits();
    drop(carrier);
    let total = 3;
    let halves = spread::halves(low.len(), HEADER * 8, &passphrase.header_seed(low.len()));
    if halves.header.len() < HEADER_SPLIT.far || halves.body.len() < body::SHORTEST * 8 {
        return Err(RevealError::Nothing);
    }
    progress(Progress { done: 1, total });
    let header = read_header(&low, &halves);
    let keys = passphrase.keys(header.first_chunk::<SALT>().expect("a header begins with its salt"));
    progress(Progress { done: 2, total });
    let plain = read_back(&low, &halves, &header, &keys).ok_or(RevealError::Nothing)?;
    progress(Progress { done: 3, total });
    Ok(Payload::unpack(&plain, limits.payload_bytes)?)
}

/// The header's bytes, whether there is a header or not. The picture must have samples enough for one.
pub(crate) fn read_header(low: &[u8], halves: &Halves) -> [u8; HEADER] {
    let bits = layers::extract(low, &halves.header, HEADER_SPLIT);
    to_bytes(&bits).try_into().expect("as many bits as were asked for")
}

/// The packed payload, or nothing. Numbers that cannot be are taken for others that can, so that the work does not tell
/// how far a wrong passphrase came.
pub(crate) fn read_back(
    low: &[u8],
    halves: &Halves,
    header_bytes: &[u8; HEADER],
    keys: &Keys,
) -> Option<Zeroizing<Vec<u8>>> {
    let (_, numbers) = header_bytes.split_last_chunk().expect("a header ends with its numbers");
    let header = Header::from_numbers(*numbers, keys);
    let most = halves.body.len() / 8;
    let possible = most.checked_sub(body::SHORTEST)? + 1;
    let length = header.length as usize;
    let length =
        if (body::SHORTEST..=most).contains(&length) { length } else { body::SHORTEST + length % possible };
    let bits = length * 8;
    let blocks = spread::blocks(&halves.body, blocks::block_count(halves.body.len(), bits), &keys.positions);
    let message = match header.method {
        Method::Lsb => {
            let places: Vec<u32> = blocks.into_iter().flatten().take(bits).collect();
            plain::extract(low, &places)
        }
        Method::Adaptive => {
            let far = header.far_bits(bits);
            blocks::extract(low, &blocks, Split { far, near: bits - far })
        }
    };
    body::open(&to_bytes(&message), header_bytes, keys)
}
