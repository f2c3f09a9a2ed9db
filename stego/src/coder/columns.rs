//! The columns of the parity-check matrix: which message bits a sample counts for.
//!
//! Message bit `i` owns a run of samples; a sample's column says for which of the bits `i .. i + HEIGHT` its parity
//! counts. The columns are a fixed part of the format: changing one makes older pictures unreadable.

/// Constraint height of the code: a sample reaches this many message bits.
pub(crate) const HEIGHT: usize = 10;

/// How many different columns there are. Each begins and ends with a one, so that every sample counts for its own bit
/// and reaches as far as it can.
pub(crate) const DISTINCT: usize = 1 << (HEIGHT - 2);

/// The columns of a run of `width` samples; the lowest bit of a column is the run's own message bit.
pub(crate) fn columns(width: usize) -> Vec<u16> {
    if let Some(found) = width.checked_sub(2).and_then(|index| FOUND.get(index)) {
        return found.to_vec();
    }
    let order = order(width);
    (0..width).map(|place| order[place % DISTINCT] << 1 | ENDS).collect()
}

/// The inner parts of all columns in an order that is fixed for each width and looks random: for wide runs one order
/// is as good as another.
fn order(width: usize) -> Vec<u16> {
    // 0 to 255: two bits less than a column has.
    let mut order: Vec<u16> = (0..DISTINCT as u16).collect();
    let mut seed = width as u64;
    for last in (1..DISTINCT).rev() {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = seed;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let other = ((mixed >> 32) * (last as u64 + 1)) >> 32;
        order.swap(last, other as usize);
    }
    order
}

/// The first and the last bit.
const ENDS: u16 = 1 << (HEIGHT - 1) | 1;

/// The best of some hundred random choices each, from two samples a message bit on: measured with our own coder as the
/// mean cost over the bound for equal and for log-normal costs (1.08 for two samples, 1.14 for twelve).
#[rustfmt::skip]
const FOUND: [&[u16]; 11] = [
    &[927, 665],
    &[851, 733, 769],
    &[941, 607, 609, 727],
    &[995, 871, 601, 685, 695],
    &[827, 893, 961, 995, 711, 909],
    &[737, 525, 911, 595, 683, 687, 965],
    &[949, 611, 727, 571, 865, 527, 1011, 817],
    &[817, 689, 613, 953, 1005, 867, 557, 915, 539],
    &[943, 787, 809, 573, 715, 675, 525, 623, 849, 591],
    &[529, 807, 863, 703, 697, 737, 761, 649, 1013, 879, 755],
    &[995, 877, 537, 729, 953, 619, 799, 581, 855, 817, 871, 759],
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_column_counts_for_its_own_bit_and_repeats_only_when_there_are_no_more() {
        for width in [1, 2, 3, 7, 12, 13, 40, 256, 257, 700] {
            let all = columns(width);
            assert_eq!(all.len(), width);
            assert!(all.iter().all(|column| column & ENDS == ENDS && usize::from(*column) < 1 << HEIGHT));
            let different: BTreeSet<u16> = all.iter().copied().collect();
            assert_eq!(different.len(), width.min(DISTINCT), "width {width}");
        }
    }

    #[test]
    fn the_format_does_not_change() {
        assert_eq!(columns(2), [927, 665]);
        let sum = |width: usize| {
            columns(width)
                .iter()
                .enumerate()
                .map(|(place, column)| place * usize::from(*column))
                .sum::<usize>()
        };
        assert_eq!([sum(1), sum(13), sum(300)], [0, 59_702, 34_193_126]);
    }
}
