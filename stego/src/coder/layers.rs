//! +-1 embedding as two trellis codes, one in each of the two lowest bits (Filler, Judas, Fridrich 2011, section VI).
//!
//! Of the two neighbours of a value one shares its second bit (*near*) and one does not (*far*). The first code decides
//! over the second bit, that is which samples go far; the second decides over the lowest bit of the others, that is
//! which go near. With the costs below both together weigh three choices against each other as one code would.

use super::plan::Plan;
use super::trellis;
use crate::carrier::{Samples, Ways};

/// How many bits each code carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Split {
    /// In the second bit.
    pub(crate) far: usize,
    /// In the lowest bit.
    pub(crate) near: usize,
}

/// Reads the bits of both codes from the samples at `places`.
pub(crate) fn extract(low: &[u8], places: &[u32], split: Split) -> Vec<u8> {
    let parities: Vec<u8> = places.iter().map(|place| low[*place as usize] >> 1 & 1).collect();
    let mut message = trellis::extract(&parities, split.far);
    let parities: Vec<u8> = places.iter().map(|place| low[*place as usize] & 1).collect();
    message.extend(trellis::extract(&parities, split.near));
    message
}

/// Finds the changes of the samples at `places` after which they spell `message`, or nothing where they cannot.
pub(crate) fn embed(
    samples: &Samples,
    places: &[u32],
    message: &[u8],
    split: Split,
    plan: &Plan,
) -> Option<Vec<i8>> {
    let (far_message, near_message) = message.split_at(split.far);
    let (far_costs, mut near_costs) = costs(samples, places, plan.weight);
    let low = |place: &u32| samples.low[*place as usize];

    let parities: Vec<u8> = places.iter().map(|place| low(place) >> 1 & 1).collect();
    let far = search(&parities, &far_costs, far_message)?;
    let mut parities: Vec<u8> = places.iter().map(|place| low(place) & 1).collect();
    for ((parity, cost), far) in parities.iter_mut().zip(&mut near_costs).zip(&far) {
        if *far {
            *parity ^= 1;
            *cost = f32::INFINITY;
        }
    }
    let near = search(&parities, &near_costs, near_message)?;

    let steps = places.iter().zip(far.iter().zip(&near)).map(|(place, (far, near))| {
        let up = if low(place) & 1 == 0 { 1 } else { -1 };
        i8::from(*near) * up - i8::from(*far) * up
    });
    Some(steps.collect())
}

/// Nobody would choose a sample this dear (its probability is below one in a hundred million): without them the search
/// is much faster. Where it cannot do without, it is done again with all.
const DEAR: f32 = 18.0;

fn search(parities: &[u8], costs: &[f32], message: &[u8]) -> Option<Vec<bool>> {
    trellis::embed(parities, costs, message, DEAR)
        .or_else(|| trellis::embed(parities, costs, message, f32::MAX))
}

/// What going far costs, and what going near costs those that did not.
fn costs(samples: &Samples, places: &[u32], weight: f32) -> (Vec<f32>, Vec<f32>) {
    places
        .iter()
        .map(|place| {
            let place = *place as usize;
            let cost = samples.cost[place] * weight;
            let (far, near) = ways(samples.low[place], samples.ways[place]);
            let near = if near { cost } else { f32::INFINITY };
            // The odds of going far against all else: staying, and going near.
            let far = if far { cost + (-near).exp().ln_1p() } else { f32::INFINITY };
            (far, near)
        })
        .unzip()
}

/// Whether the far and the near neighbour can be reached.
pub(super) fn ways(low: u8, ways: Ways) -> (bool, bool) {
    let (rise, fall) = (ways != Ways::Fall, ways != Ways::Rise);
    if low & 1 == 0 { (fall, rise) } else { (rise, fall) }
}

#[cfg(test)]
mod tests {
    use super::super::plan::Classes;
    use super::*;
    use crate::carrier::low_bits;

    /// Samples whose costs differ as those of a photograph do.
    fn samples(count: u32) -> Samples {
        let mut samples = Samples::default();
        for place in 1..=u64::from(count) {
            let mixed = (place * place).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let cost = ((mixed >> 40) as f32 / (1 << 24) as f32 * 5.0).exp();
            let cost = if place % 9 == 0 { f32::INFINITY } else { cost };
            let ways =
                [Ways::Both, Ways::Both, Ways::Both, Ways::Rise, Ways::Fall][(mixed >> 20) as usize % 5];
            samples.push((mixed >> 33) as i32, cost, ways);
        }
        samples
    }

    #[test]
    fn both_layers_together_cost_little_more_than_the_optimum() {
        let samples = samples(60_000);
        let places: Vec<u32> = (0..60_000).collect();
        let classes = Classes::count(&samples, &places);
        for bits in [600, 6_000, 20_000] {
            let message: Vec<u8> = (1..=bits as u64)
                .map(|place| ((place * place).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 50) as u8 & 1)
                .collect();
            let plan = classes.plan(bits as f64);
            let far = bits * usize::from(plan.far_share()) / usize::from(u16::MAX);
            let split = Split { far, near: bits - far };
            let changes = embed(&samples, &places, &message, split, &plan).unwrap();
            let mut low = samples.low.clone();
            let mut cost = 0.0;
            for (place, change) in changes.iter().enumerate().filter(|(_, change)| **change != 0) {
                low[place] = low_bits(i32::from(low[place]) + i32::from(*change));
                cost += f64::from(samples.cost[place]);
                let wrong = if *change < 0 { Ways::Rise } else { Ways::Fall };
                assert!(change.abs() == 1 && samples.ways[place] != wrong);
            }
            assert_eq!(extract(&low, &places, split), message);
            let loss = cost / classes.optimum(&plan).1;
            assert!((1.0..1.2).contains(&loss), "{bits} bits: {loss} times the optimum");
        }
    }

    #[test]
    fn the_far_neighbour_is_the_one_whose_second_bit_differs() {
        for value in -5..5 {
            let low = low_bits(value);
            let far = if low & 1 == 0 { value - 1 } else { value + 1 };
            let near = if low & 1 == 0 { value + 1 } else { value - 1 };
            assert_ne!(low_bits(far) & 2, low & 2);
            assert_eq!(low_bits(near) & 2, low & 2);
        }
        assert_eq!(ways(0, Ways::Rise), (false, true));
        assert_eq!(ways(3, Ways::Fall), (false, true));
        assert_eq!(ways(2, Ways::Fall), (true, false));
    }
}
