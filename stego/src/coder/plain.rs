//! Plain LSB matching: one bit in the lowest bit of each sample, which moves by one at random where it does not fit.

use chacha20::ChaCha8Rng;
use chacha20::rand_core::Rng;

use crate::carrier::{Samples, Ways};

/// Reads as many bits as there are places.
pub(crate) fn extract(low: &[u8], places: &[u32]) -> Vec<u8> {
    places.iter().map(|place| low[*place as usize] & 1).collect()
}

/// The changes of the samples at `places`, one for each bit, or nothing where one may not change.
pub(crate) fn embed(
    samples: &Samples,
    places: &[u32],
    message: &[u8],
    coins: &mut ChaCha8Rng,
) -> Option<Vec<i8>> {
    let changes = places.iter().zip(message).map(|(place, bit)| {
        let place = *place as usize;
        if samples.low[place] & 1 == *bit {
            return Some(0);
        }
        if samples.cost[place].is_infinite() {
            return None;
        }
        Some(match samples.ways[place] {
            Ways::Rise => 1,
            Ways::Fall => -1,
            Ways::Both if coins.next_u32() & 1 == 0 => 1,
            Ways::Both => -1,
        })
    });
    changes.collect()
}
