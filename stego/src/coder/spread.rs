//! Keyed positions: which samples carry the header, and in which order and blocks the others carry the body.
//!
//! Without the key the positions look random; with it they depend on the number of samples alone. The streams are
//! ChaCha8 and part of the format.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// Seed of a stream of positions.
pub(crate) type Seed = [u8; 32];

/// The samples of the header, in keyed order, and all others in their own order.
pub(crate) struct Halves {
    pub(crate) header: Vec<u32>,
    pub(crate) body: Vec<u32>,
}

/// How many samples the header has: few enough to leave the body the choice, and enough for a choice of its own.
pub(crate) fn header_samples(samples: usize, header_bits: usize) -> usize {
    (header_bits * ROOMY).max(samples / HEADER_SHARE).min(samples / 2)
}

/// Chooses the samples of the header by chance, so their number is about the one that is wanted.
pub(crate) fn halves(samples: usize, header_bits: usize, seed: &Seed) -> Halves {
    let mut stream = ChaCha8Rng::from_seed(*seed);
    let wanted = header_samples(samples, header_bits);
    // A share of 2^32; nothing divides by zero where there is no sample.
    let share = ((wanted as u64) << 32) / (samples as u64).max(1);
    let (mut header, mut body) = (Vec::with_capacity(wanted), Vec::with_capacity(samples));
    for sample in 0..u32::try_from(samples).expect("a picture has fewer samples than a u32 counts") {
        if u64::from(stream.next_u32()) < share { header.push(sample) } else { body.push(sample) }
    }
    shuffle(&mut header, &mut stream);
    Halves { header, body }
}

/// Puts the samples of the body into `blocks` random blocks of random order. Sorting into blocks first and shuffling
/// each gives every order the same chance, and stays in the cache.
pub(crate) fn blocks(body: &[u32], blocks: usize, seed: &Seed) -> Vec<Vec<u32>> {
    let mut stream = ChaCha8Rng::from_seed(*seed);
    let expected = body.len() / blocks;
    let mut sorted: Vec<Vec<u32>> =
        (0..blocks).map(|_| Vec::with_capacity(expected + expected / 64)).collect();
    for sample in body {
        sorted[below(&mut stream, blocks)].push(*sample);
    }
    for block in &mut sorted {
        shuffle(block, &mut stream);
    }
    sorted
}

fn shuffle(places: &mut [u32], stream: &mut ChaCha8Rng) {
    for last in (1..places.len()).rev() {
        places.swap(last, below(stream, last + 1));
    }
}

/// A number below a bound of at most 2^32. The bias is below one in a hundred even for the largest picture's bound and
/// touches only the order of positions, no key.
fn below(stream: &mut ChaCha8Rng, bound: usize) -> usize {
    ((u64::from(stream.next_u32()) * bound as u64) >> 32) as usize
}

/// Samples of the header for each of its bits, where the picture has them.
const ROOMY: usize = 12;
/// One of so many samples is the header's where that is more.
const HEADER_SHARE: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_has_one_place() {
        for samples in [0, 1, 10, 2_000, 50_000] {
            let halves = halves(samples, 144, &[7; 32]);
            let mut all = halves.header.clone();
            all.extend(blocks(&halves.body, 3, &[8; 32]).concat());
            all.sort_unstable();
            assert_eq!(all, (0..u32::try_from(samples).unwrap()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn another_seed_is_another_order() {
        let body: Vec<u32> = (0..1000).collect();
        assert_eq!(blocks(&body, 2, &[1; 32]), blocks(&body, 2, &[1; 32]));
        assert_ne!(blocks(&body, 2, &[1; 32]), blocks(&body, 2, &[2; 32]));
    }
}
