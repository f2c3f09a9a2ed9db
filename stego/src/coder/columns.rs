//! The columns of the parity-check matrix: which message bits a sample counts for.
//!
//! Message bit `i` owns a run of samples; a sample's column says for which of the bits `i .. i + HEIGHT` its parity
//! counts. The columns are a fixed part of the format: changing one makes older pictures unreadable.

/// Constraint height of the code: a sample reaches this many message bits.
pub(crate) const HEIGHT: usize = 10;

/// How many different columns there are: the first bit is always set.
pub(crate) const DISTINCT: usize = 1 << (HEIGHT - 1);

/// The columns of a run of `width` samples; the lowest bit of a column is the run's own message bit.
pub(crate) fn columns(width: usize) -> Vec<u16> {
    (0..width).map(|place| column(width, place)).collect()
}

fn column(width: usize, place: usize) -> u16 {
    let middle = scatter(place + width * 97);
    if width <= DISTINCT / 2 { middle << 1 | ENDS } else { (scatter_wide(place) << 1) | 1 }
}

/// A fixed order of the 256 inner parts of a column that starts and ends with a one.
fn scatter(place: usize) -> u16 {
    ((place * 167 + 89) % 256) as u16
}

/// A fixed order of the 512 columns that start with a one.
fn scatter_wide(place: usize) -> u16 {
    ((place * 359 + 211) % 512) as u16
}

/// The first and the last bit.
const ENDS: u16 = 1 << (HEIGHT - 1) | 1;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_column_counts_for_its_own_bit_and_repeats_only_when_there_are_no_more() {
        for width in [1, 2, 3, 7, 40, 256, 257, 512, 700] {
            let all = columns(width);
            assert!(all.iter().all(|column| column & 1 == 1 && usize::from(*column) < 1 << HEIGHT));
            let different: BTreeSet<u16> = all.iter().copied().collect();
            assert_eq!(different.len(), width.min(DISTINCT), "width {width}");
        }
    }
}
