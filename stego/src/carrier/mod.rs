//! Files that carry: what the coder needs of them, and which kinds there are.

use crate::Method;

/// The samples of a carrier in one fixed order that does not depend on what is hidden in them.
///
/// A sample is anything whole that may change by one: a colour value of a pixel, a quantised coefficient.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// The lowest two bits of each value (two's complement).
    pub low: Vec<u8>,
    /// What a change of one costs; `f32::INFINITY` where nothing may change.
    pub cost: Vec<f32>,
    /// Which changes are possible. Where both are, they cost the same.
    pub ways: Vec<Ways>,
}

/// The directions in which a sample may change by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ways {
    /// Up or down.
    Both,
    /// Up only: it is the smallest value there is.
    Rise,
    /// Down only: it is the largest value there is.
    Fall,
}

/// A decoded file whose samples can be read and changed. Knows nothing of keys and messages.
pub trait Carrier {
    /// The lowest two bits of every sample, in the order of [`Samples`]: all that reading needs.
    fn low_bits(&self) -> Vec<u8>;

    /// Every sample with what changing it costs under a method.
    fn samples(&self, method: Method) -> Samples;

    /// Adds -1, 0 or +1 to each sample, in the order of [`Samples`]. The order and number of samples stay the same
    /// afterwards, whatever the changes are.
    fn apply(&mut self, changes: &[i8]);

    /// The file again.
    fn write(&self) -> Vec<u8>;
}

impl Samples {
    /// Room for `count` samples.
    #[must_use]
    pub fn with_capacity(count: usize) -> Self {
        Self {
            low: Vec::with_capacity(count),
            cost: Vec::with_capacity(count),
            ways: Vec::with_capacity(count),
        }
    }

    /// Adds one sample.
    pub fn push(&mut self, value: i32, cost: f32, ways: Ways) {
        self.low.push(low_bits(value));
        self.cost.push(cost);
        self.ways.push(ways);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.low.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.low.is_empty()
    }
}

/// The lowest two bits of a value, in two's complement.
#[must_use]
pub fn low_bits(value: i32) -> u8 {
    value.to_le_bytes()[0] & 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_differ_in_the_lowest_bit_across_zero() {
        for value in -9..9 {
            assert_eq!((low_bits(value) + 1) & 3, low_bits(value + 1));
        }
    }
}
