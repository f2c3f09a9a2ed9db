//! Hiding: from a cover and a payload to a picture that looks like the cover.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use serde::Serialize;
use thiserror::Error;

use crate::capacity::{Capacity, of_samples};
use crate::carrier::{self, Carrier, Location, Note, Palette, ReadError, Samples};
use crate::coder::layers::{self, Split};
use crate::coder::plan::Classes;
use crate::coder::spread::{self, Halves};
use crate::coder::{body as blocks, plain, to_bits};
use crate::reveal::read_back;
use crate::secret::body::{self, Payload, PayloadError};
use crate::secret::header::{HEADER, Header, SALT};
use crate::secret::key::{Keys, Passphrase};
use crate::{Limits, Method};

/// How to hide.
#[derive(Debug, Clone, Copy, Default)]
pub struct HideOptions {
    /// Which samples change.
    pub method: Method,
    /// Whether more than the safe amount may be hidden.
    pub amount: Amount,
    /// What becomes of the place in the metadata.
    pub location: Location,
    /// What becomes of palettes.
    pub palette: Palette,
    /// What a cover may cost.
    pub limits: Limits,
}

/// How much may be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Amount {
    /// What detectors hardly find.
    #[default]
    Safe,
    /// What fits.
    Forced,
}

/// How far a long work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps that are done.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
}

/// A picture with something in it.
#[derive(Debug, Clone)]
pub struct Hidden {
    /// The file.
    pub image: Vec<u8>,
    /// What was done.
    pub report: Report,
}

/// What hiding did to a cover.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Which samples changed.
    pub method: Method,
    /// Bytes of the payload as it was given.
    pub payload_bytes: usize,
    /// Bits that were embedded: packed, sealed, with the header.
    pub embedded_bits: usize,
    /// Samples of the cover.
    pub samples: usize,
    /// Samples that changed by one.
    pub changed: usize,
    /// How many payload bytes are safe in this cover.
    pub safe_bytes: usize,
    /// What makes the cover a worse hiding place.
    pub notes: Vec<Note>,
}

/// Why nothing was hidden.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HideError {
    /// The cover cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The payload cannot be packed.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// More than is safe.
    #[error(
        "{needed} bytes after packing, but only {safe} are safe in this picture; take a larger one, or force it"
    )]
    Unsafe {
        /// Bytes of the packed payload.
        needed: usize,
        /// Bytes that are safe.
        safe: usize,
    },
    /// More than fits.
    #[error("{needed} bytes after packing do not fit, the picture can carry {max}")]
    DoesNotFit {
        /// Bytes of the packed payload.
        needed: usize,
        /// Bytes that fit.
        max: usize,
    },
    /// The system gave no random bytes.
    #[error("the system has no random bytes")]
    Randomness,
}

/// Hides a payload in a picture.
///
/// # Errors
/// When the cover is none, the payload does not fit, or it is more than is safe and not forced.
pub fn hide(
    cover: &[u8],
    payload: &Payload,
    passphrase: &Passphrase,
    options: &HideOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<Hidden, HideError> {
    let mut carrier = carrier::read(cover, &options.limits, options.palette)?;
    let plain = payload.pack()?;
    let samples = carrier.samples(options.method);
    let capacity = of_samples(&samples, options.method, carrier.notes());
    // What is packed has a byte of flags that capacity counts as its own.
    let needed = plain.len() - 1;
    if capacity.max_bytes < needed {
        return Err(HideError::DoesNotFit { needed, max: capacity.max_bytes });
    }
    if options.amount == Amount::Safe && capacity.safe_bytes < needed {
        return Err(HideError::Unsafe { needed, safe: capacity.safe_bytes });
    }
    let halves = spread::halves(samples.len(), HEADER * 8, &passphrase.header_seed(samples.len()));
    let work = Work { samples: &samples, halves: &halves, method: options.method, plain: &plain };
    for _ in 0..TRIES {
        let salt = random()?;
        let keys = passphrase.keys(&salt);
        let Some(changes) = work.embed(&salt, &keys, &random()?, progress) else { continue };
        carrier.apply(&changes);
        if !reads_back(&*carrier, &halves, &salt, &keys, &plain) {
            // The changes made it another kind of picture, such as gray out of colours that were nearly equal.
            let undo: Vec<i8> = changes.iter().map(|change| -change).collect();
            carrier.apply(&undo);
            continue;
        }
        let changed = changes.iter().filter(|change| **change != 0).count();
        let report = report(options.method, payload, &plain, &samples, changed, &capacity);
        return Ok(Hidden { image: carrier.write(options.location), report });
    }
    Err(HideError::DoesNotFit { needed, max: capacity.max_bytes })
}

/// Another salt is another order of the samples, in which a message may fit that did not.
const TRIES: usize = 4;

fn report(
    method: Method,
    payload: &Payload,
    plain: &[u8],
    samples: &Samples,
    changed: usize,
    capacity: &Capacity,
) -> Report {
    Report {
        method,
        payload_bytes: payload.bytes.len(),
        embedded_bits: (HEADER + plain.len() + body::TAG) * 8,
        samples: samples.len(),
        changed,
        safe_bytes: capacity.safe_bytes,
        notes: capacity.notes.clone(),
    }
}

fn reads_back(carrier: &dyn Carrier, halves: &Halves, salt: &[u8; SALT], keys: &Keys, plain: &[u8]) -> bool {
    let low = carrier.low_bits();
    if low.len() != halves.header.len() + halves.body.len() {
        return false;
    }
    let header = crate::reveal::read_header(&low, halves);
    header.starts_with(salt) && read_back(&low, halves, &header, keys).is_some_and(|read| read[..] == *plain)
}

/// One cover and what goes into it.
struct Work<'a> {
    samples: &'a Samples,
    halves: &'a Halves,
    method: Method,
    plain: &'a [u8],
}

impl Work<'_> {
    /// All changes, or nothing where this salt's order of the samples cannot carry the message.
    fn embed(
        &self,
        salt: &[u8; SALT],
        keys: &Keys,
        coins: &[u8; 32],
        progress: &mut dyn FnMut(Progress),
    ) -> Option<Vec<i8>> {
        let length = self.plain.len() + body::TAG;
        let bits = length * 8;
        let classes = Classes::count(self.samples, &self.halves.body);
        let plan = classes.plan(bits as f64);
        let header = Header {
            method: self.method,
            length: u32::try_from(length).expect("a body is no longer than its picture"),
            far_share: plan.far_share(),
        };
        let header_bytes = header.to_bytes(salt, keys);
        let message = to_bits(&body::seal(self.plain, &header_bytes, keys));
        let blocks = spread::blocks(
            &self.halves.body,
            blocks::block_count(self.halves.body.len(), bits),
            &keys.positions,
        );
        let total = blocks.len() + 1;
        let mut changes = vec![0; self.samples.len()];
        put(&mut changes, &self.halves.header, &self.embed_header(&header_bytes)?);
        progress(Progress { done: 1, total });
        match self.method {
            Method::Lsb => {
                let places: Vec<u32> = blocks.into_iter().flatten().take(bits).collect();
                let mut coins = ChaCha8Rng::from_seed(*coins);
                put(&mut changes, &places, &plain::embed(self.samples, &places, &message, &mut coins)?);
                progress(Progress { done: total, total });
            }
            Method::Adaptive => {
                let far = header.far_bits(bits);
                let split = Split { far, near: bits - far };
                let mut done = |done| progress(Progress { done: done + 1, total });
                let found = blocks::embed(self.samples, &blocks, &message, split, &plan, &mut done)?;
                for (block, found) in blocks.iter().zip(&found) {
                    put(&mut changes, block, found);
                }
            }
        }
        Some(changes)
    }

    fn embed_header(&self, header: &[u8; HEADER]) -> Option<Vec<i8>> {
        let plan = Classes::count(self.samples, &self.halves.header).plan(HEADER as f64 * 8.0);
        layers::embed(self.samples, &self.halves.header, &to_bits(header), HEADER_SPLIT, &plan)
    }
}

/// Half of the header in each layer, the best for few bits; every reader must know it beforehand.
pub(crate) const HEADER_SPLIT: Split = Split { far: HEADER * 4, near: HEADER * 4 };

fn put(changes: &mut [i8], places: &[u32], found: &[i8]) {
    for (place, change) in places.iter().zip(found) {
        changes[*place as usize] = *change;
    }
}

fn random<const N: usize>() -> Result<[u8; N], HideError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| HideError::Randomness)?;
    Ok(bytes)
}
