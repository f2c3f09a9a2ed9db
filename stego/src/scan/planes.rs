//! One colour channel as a raster of numbers: what the estimators look at.

use crate::Limits;
use crate::carrier::{self, ReadError};

/// A channel of a picture, row by row; 16-bit channels keep all their bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plane {
    width: usize,
    height: usize,
    values: Vec<u16>,
}

/// Reads the colours of a picture without loss.
pub(super) fn read(file: &[u8], limits: &Limits) -> Result<Vec<Plane>, ReadError> {
    let (width, colours) = carrier::planes(file, limits)?;
    let planes = colours.into_iter().map(|values| {
        let height = values.len().checked_div(width).unwrap_or(0);
        Plane { width, height, values }
    });
    Ok(planes.collect())
}

impl Plane {
    /// Returns the plane, or nothing when the values do not fill the rectangle exactly.
    #[must_use]
    pub fn new(width: usize, height: usize, values: Vec<u16>) -> Option<Self> {
        (width.checked_mul(height) == Some(values.len())).then_some(Self { width, height, values })
    }

    /// Returns the number of columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Returns all values in scan order.
    #[must_use]
    pub fn values(&self) -> &[u16] {
        &self.values
    }

    /// Returns the rows from top to bottom; a plane without width has none.
    pub fn rows(&self) -> impl Iterator<Item = &[u16]> {
        self.values.chunks_exact(self.width.max(1))
    }

    /// Returns each row with the ones above and below it, where both exist.
    pub(super) fn row_triples(&self) -> impl Iterator<Item = [&[u16]; 3]> {
        let rows = || self.rows();
        rows().zip(rows().skip(1)).zip(rows().skip(2)).map(|((above, row), below)| [above, row, below])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A picture like a photo: slow waves, a grain that neighbours share a little, 8 bits.
    pub(in crate::scan) fn photo(width: usize, height: usize) -> Plane {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut grain = |spread: f64| {
            let sum: f64 = (0..4).map(|_| uniform(&mut state)).sum();
            (sum - 2.0) * spread
        };
        let mut before = 0.0;
        let values = (0..width * height).map(|at| {
            let (x, y) = ((at % width) as f64, (at / width) as f64);
            before = 0.6 * before + grain(3.0);
            let wave = 120.0 + 60.0 * (x / 37.0).sin() + 40.0 * (y / 23.0).cos();
            (wave + before).round().clamp(0.0, 255.0) as u16
        });
        let values = values.collect();
        Plane::new(width, height, values).unwrap()
    }

    /// Replaces the lowest bit of a share of the values, spread over the picture, by random bits.
    pub(in crate::scan) fn replace_spread(plane: &Plane, share: f64) -> Plane {
        let mut state = 0xD1B5_4A32_D192_ED03_u64;
        let change = |value: &u16| {
            let taken = uniform(&mut state) < share;
            if taken { (value & !1) | u16::from(uniform(&mut state) < 0.5) } else { *value }
        };
        let values = plane.values.iter().map(change).collect();
        Plane::new(plane.width, plane.height, values).unwrap()
    }

    /// Replaces the lowest bits of the first share of the values by random bits.
    pub(in crate::scan) fn replace_first(plane: &Plane, share: f64) -> Plane {
        let full = replace_spread(plane, 1.0);
        let upto = (plane.values.len() as f64 * share) as usize;
        let values = full.values[..upto].iter().chain(&plane.values[upto..]).copied().collect();
        Plane::new(plane.width, plane.height, values).unwrap()
    }

    /// The next number of a fixed sequence in 0..1 (Vigna's xorshift64*).
    pub(in crate::scan) fn uniform(state: &mut u64) -> f64 {
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }

    #[test]
    fn values_that_do_not_fill_the_rectangle_are_no_plane() {
        assert_eq!(Plane::new(3, 2, vec![0; 5]), None);
        assert_eq!(Plane::new(usize::MAX, 2, vec![0; 5]), None);
        assert!(Plane::new(0, 7, Vec::new()).is_some_and(|plane| plane.rows().next().is_none()));
    }
}
