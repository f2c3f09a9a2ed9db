//! The body's bits over the blocks of a picture, several blocks at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::columns::DISTINCT;
use super::layers::{self, Split};
use super::plan::Plan;
use crate::carrier::Samples;

/// How many blocks a body has: none needs more than 32 MiB for its search, and all have bits enough for the code to
/// be good. Small pictures have one.
pub(crate) fn block_count(samples: usize, bits: usize) -> usize {
    samples.min(bits.saturating_mul(DISTINCT)).div_ceil(MOST_STEPS).max(1)
}

const MOST_STEPS: usize = 1 << 18;

/// The bits of each block: shares by its samples.
pub(crate) fn splits(blocks: &[Vec<u32>], split: Split) -> Vec<Split> {
    let all: usize = blocks.iter().map(Vec::len).sum();
    let share = |bits: usize, samples: usize| {
        // Nothing divides by zero: without samples there is no share to ask for.
        (bits as u64 * samples as u64 / (all as u64).max(1)) as usize
    };
    let mut before = 0;
    let splits = blocks.iter().map(|block| {
        let after = before + block.len();
        let far = share(split.far, after) - share(split.far, before);
        let near = share(split.near, after) - share(split.near, before);
        before = after;
        Split { far, near }
    });
    splits.collect()
}

/// Reads a body.
pub(crate) fn extract(low: &[u8], blocks: &[Vec<u32>], split: Split) -> Vec<u8> {
    let parts = blocks.iter().zip(splits(blocks, split));
    parts.flat_map(|(block, split)| layers::extract(low, block, split)).collect()
}

/// Finds the changes of every block, or nothing where one cannot carry its part. `done` hears how many blocks are.
pub(crate) fn embed(
    samples: &Samples,
    blocks: &[Vec<u32>],
    message: &[u8],
    split: Split,
    plan: &Plan,
    done: &mut dyn FnMut(usize),
) -> Option<Vec<Vec<i8>>> {
    let splits = splits(blocks, split);
    let mut rest = message;
    let mut parts = Vec::with_capacity(blocks.len());
    for split in &splits {
        let (part, after) = rest.split_at(split.far + split.near);
        parts.push(part);
        rest = after;
    }
    let embed_one = |index: usize| layers::embed(samples, &blocks[index], parts[index], splits[index], plan);
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (results, received) = mpsc::channel();
    let mut changes = vec![Vec::new(); blocks.len()];
    thread::scope(|scope| {
        for _ in 0..workers(blocks.len()) {
            let results = results.clone();
            let (next, failed) = (&next, &failed);
            scope.spawn(move || {
                while !failed.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if blocks.len() <= index {
                        break;
                    }
                    let found = embed_one(index);
                    failed.fetch_or(found.is_none(), Ordering::Relaxed);
                    if results.send((index, found)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(results);
        for (count, (index, found)) in received.iter().enumerate() {
            changes[index] = found?;
            done(count + 1);
        }
        Some(())
    })?;
    Some(changes)
}

fn workers(blocks: usize) -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS).min(blocks)
}

/// Each needs the memory of a block.
const MOST_WORKERS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_has_a_block_and_no_block_more_than_it_holds() {
        let blocks: Vec<Vec<u32>> = [1000_u32, 1013, 990].iter().map(|count| (0..*count).collect()).collect();
        for far in [0, 1, 7, 1500, 3003] {
            let split = Split { far, near: 3003 - far };
            let splits = splits(&blocks, split);
            assert_eq!(splits.iter().map(|split| split.far).sum::<usize>(), far);
            assert_eq!(splits.iter().map(|split| split.near).sum::<usize>(), 3003 - far);
            for (split, block) in splits.iter().zip(&blocks) {
                assert!(split.far <= block.len() && split.near <= block.len());
            }
        }
    }

    #[test]
    fn few_bits_need_few_blocks() {
        assert_eq!(block_count(0, 0), 1);
        assert_eq!(block_count(229_376, 26_000), 1);
        assert_eq!(block_count(36_000_000, 800), 1);
        assert_eq!(block_count(36_000_000, 8_000), 8);
        assert_eq!(block_count(36_000_000, 3_600_000), 138);
    }
}
