//! UERD: what a change of a quantised coefficient costs.
//!
//! L. Guo, J. Ni, W. Su, C. Tang, Y.-Q. Shi, "Using statistical image model for JPEG steganography: uniform embedding
//! revisited" (IEEE TIFS 10, 2015). A change costs its quantisation step over the energy of its block and a quarter of
//! the eight neighbours': busy blocks hide it, coarse steps show it.

use super::sequential::Block;

/// The cost of ±1 for each coefficient of the blocks that show something, row by row and in zigzag order.
///
/// Coefficients of a block without any texture around it cost infinity.
pub(super) fn uerd(blocks: &[Block], across: usize, real: (usize, usize), steps: &[u16; 64]) -> Vec<f32> {
    let energies = energies(blocks, across, real, steps);
    let at = |column: usize, row: usize| energies[row * real.0 + column];
    // Beyond the border stands the mirror picture, whose first line is the border itself.
    let near = |at: usize, count: usize| [at.saturating_sub(1), at, (at + 1).min(count - 1)];
    let mut costs = Vec::with_capacity(64 * energies.len());
    for row in 0..real.1 {
        for column in 0..real.0 {
            let rows = near(row, real.1);
            let columns = near(column, real.0);
            let square = rows.iter().map(|&row| columns.iter().map(|&column| at(column, row)).sum::<f64>());
            let own = at(column, row);
            let texture = own + 0.25 * (square.sum::<f64>() - own);
            // The mean's step lies between those of its two neighbours in the table.
            let mean = 0.5 * (f64::from(steps[1]) + f64::from(steps[2]));
            let weights = std::iter::once(mean).chain(steps[1..].iter().map(|&step| f64::from(step)));
            costs.extend(
                weights.map(|weight| if texture == 0.0 { f32::INFINITY } else { narrow(weight / texture) }),
            );
        }
    }
    costs
}

/// The sum of what AC coefficients amount to, for each block that shows something.
fn energies(blocks: &[Block], across: usize, real: (usize, usize), steps: &[u16; 64]) -> Vec<f64> {
    let rows = blocks.chunks_exact(across.max(1)).take(real.1);
    let shown = rows.flat_map(|row| &row[..real.0]);
    let energy = |block: &Block| {
        let parts = block.iter().zip(steps).skip(1);
        parts.map(|(value, &step)| f64::from(value.unsigned_abs()) * f64::from(step)).sum()
    };
    shown.map(energy).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "costs are ratios of small numbers; half a bit more or less is nothing"
)]
fn narrow(cost: f64) -> f32 {
    cost as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_steps_over_the_energy_around() {
        // Two by one blocks with energies 6 and 0; the steps grow along the zigzag.
        let steps = std::array::from_fn(|at| u16::try_from(at + 1).unwrap());
        let mut blocks = [[0; 64]; 2];
        blocks[0][1] = -3;
        let costs = uerd(&blocks, 2, (2, 1), &steps);
        // Mirrored rows: the left block sees itself six times in all, the right one three times.
        let left = 6.0 + 0.25 * 5.0 * 6.0;
        let right = 0.25 * 3.0 * 6.0;
        assert_eq!(costs[0], (2.5 / left) as f32);
        assert_eq!(costs[63], (64.0 / left) as f32);
        assert_eq!(costs[64 + 1], (2.0 / right) as f32);
    }

    #[test]
    fn where_nothing_is_nothing_may_change() {
        let costs = uerd(&[[0; 64]; 4], 2, (2, 2), &[16; 64]);
        assert!(costs.len() == 256 && costs.iter().all(|cost| cost.is_infinite()));
    }
}
