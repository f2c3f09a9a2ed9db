//! How a number of bits is best spread over samples of different cost: the optimum that no code can beat.
//!
//! With costs `c` the cheapest way to carry a number of bits changes a sample with probability proportional to
//! `exp(-weight * c)` (Filler, Fridrich: "Gibbs Construction in Steganography", 2010). One number, the weight, says all;
//! it is found on a histogram of the costs, because pictures have tens of millions of samples.

use super::layers::ways;
use crate::carrier::Samples;

/// The optimum for one message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Plan {
    /// The factor of the costs.
    pub(crate) weight: f32,
    /// The part of the bits that belongs into the second bit.
    far_share: f64,
}

impl Plan {
    /// The part of the bits that belongs into the second bit, in 65,535ths.
    pub(crate) fn far_share(&self) -> u16 {
        // At most one, so it fits.
        (self.far_share * f64::from(u16::MAX)).round() as u16
    }
}

/// The costs of samples, counted in classes.
pub(crate) struct Classes {
    classes: Vec<Class>,
}

/// Samples of about the same cost that can go the same ways.
#[derive(Clone, Copy, Default)]
struct Class {
    sum: f64,
    both: f64,
    far: f64,
    near: f64,
}

/// Classes per doubling of the cost.
const FINE: f32 = 64.0;
/// Doublings on either side of one: further out a cost is as good as none, or as wet.
const REACH: f32 = 48.0;

impl Classes {
    /// Counts the samples at `places`; wet ones are left out.
    pub(crate) fn count(samples: &Samples, places: &[u32]) -> Self {
        let mut classes = vec![Class::default(); (2.0 * REACH * FINE) as usize + 1];
        for place in places {
            let place = *place as usize;
            let cost = samples.cost[place];
            if cost.is_infinite() {
                continue;
            }
            let doublings = cost.max(f32::MIN_POSITIVE).log2().clamp(-REACH, REACH);
            let class = &mut classes[((doublings + REACH) * FINE) as usize];
            class.sum += f64::from(cost);
            match ways(samples.low[place], samples.ways[place]) {
                (true, true) => class.both += 1.0,
                (true, false) => class.far += 1.0,
                _ => class.near += 1.0,
            }
        }
        classes.retain(|class| 0.0 < class.all());
        Self { classes }
    }

    /// The optimum for a number of bits. More bits than there can be give the densest plan there is.
    pub(crate) fn plan(&self, bits: f64) -> Plan {
        // Bits fall as the weight grows; between these two ends every picture has its weight.
        let (mut low, mut high) = (-60.0_f64, 60.0_f64);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if bits < self.at(middle.exp2()).bits() { low = middle } else { high = middle }
        }
        let weight = low.exp2();
        let at = self.at(weight);
        let far_share = if 0.0 < at.bits() { at.far_bits / at.bits() } else { 0.5 };
        // Weights beyond f32 are no weights of any picture; they only scale costs.
        Plan { weight: weight as f32, far_share }
    }

    fn at(&self, weight: f64) -> At {
        let mut at = At::default();
        for class in &self.classes {
            let cost = class.sum / class.all();
            let odds = (-weight * cost).exp();
            let both = odds / (1.0 + 2.0 * odds);
            let one = odds / (1.0 + odds);
            at.far_bits += class.both * entropy(both) + class.far * entropy(one);
            at.near_bits +=
                class.both * (1.0 - both) * entropy(both / (1.0 - both)) + class.near * entropy(one);
        }
        at
    }
}

#[cfg(test)]
impl Classes {
    /// How many samples change at the optimum, and what they cost: what a code is measured against.
    pub(crate) fn optimum(&self, plan: &Plan) -> (f64, f64) {
        let spent = self.classes.iter().map(|class| {
            let cost = class.sum / class.all();
            let odds = (-f64::from(plan.weight) * cost).exp();
            let one = odds / (1.0 + odds);
            let changes = class.both * 2.0 * odds / (1.0 + 2.0 * odds) + (class.far + class.near) * one;
            (changes, changes * cost)
        });
        spent.fold((0.0, 0.0), |(changes, cost), (more, dearer)| (changes + more, cost + dearer))
    }
}

impl Class {
    fn all(&self) -> f64 {
        self.both + self.far + self.near
    }
}

/// What a weight comes to.
#[derive(Default)]
struct At {
    far_bits: f64,
    near_bits: f64,
}

impl At {
    fn bits(&self) -> f64 {
        self.far_bits + self.near_bits
    }
}

/// Bits in a choice between two.
fn entropy(chance: f64) -> f64 {
    if chance <= 0.0 || 1.0 <= chance {
        return 0.0;
    }
    -(chance * chance.log2()) - (1.0 - chance) * (1.0 - chance).log2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carrier::Ways;

    #[test]
    fn equal_costs_give_the_known_optimum() {
        let mut samples = Samples::default();
        for value in 0..1000 {
            samples.push(value, 3.0, Ways::Both);
        }
        let places: Vec<u32> = (0..1000).collect();
        let classes = Classes::count(&samples, &places);
        // Ternary entropy is one bit at a change rate of 0.2271.
        let plan = classes.plan(1000.0);
        let (changes, cost) = classes.optimum(&plan);
        assert!((changes / 1000.0 - 0.2271).abs() < 1e-3, "{changes}");
        assert!((cost / changes - 3.0).abs() < 1e-6);
        // The most there is: log2(3) bits each, two of three samples change.
        let (changes, _) = classes.optimum(&classes.plan(1e9));
        assert!((changes / 1000.0 - 2.0 / 3.0).abs() < 1e-3, "{changes}");
    }

    #[test]
    fn one_way_samples_carry_in_the_layer_they_can() {
        let mut samples = Samples::default();
        for value in 0..100 {
            samples.push(value * 2, 1.0, Ways::Rise);
        }
        let places: Vec<u32> = (0..100).collect();
        let classes = Classes::count(&samples, &places);
        assert_eq!(classes.plan(20.0).far_share(), 0);
    }
}
