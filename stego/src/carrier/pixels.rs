//! Pixels as samples: which of them may change, and what that costs.

use super::{Kind, Note, Samples, Ways};
use crate::Method;
use crate::cost::hill;

/// A decoded picture: rows from the top, pixels from the left, channels as in the file, wide values big-endian.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raster {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) layout: Layout,
    pub(super) bytes: Vec<u8>,
    /// The one colour that is transparent, where there is one.
    pub(super) key: Option<[u16; 3]>,
}

/// How the bytes of a pixel are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Gray, or three colours.
    pub(super) colours: usize,
    /// Whether an opacity follows them.
    pub(super) alpha: bool,
    /// Whether a value has two bytes.
    pub(super) wide: bool,
}

impl Layout {
    pub(super) fn value_bytes(self) -> usize {
        if self.wide { 2 } else { 1 }
    }

    pub(super) fn pixel_bytes(self) -> usize {
        (self.colours + usize::from(self.alpha)) * self.value_bytes()
    }

    fn top(self) -> u16 {
        if self.wide { u16::MAX } else { 255 }
    }
}

impl Raster {
    /// Adds a change to each sample.
    pub(super) fn apply(&mut self, changes: &[i8]) {
        let (layout, per_pixel) = (self.layout, self.samples_per_pixel());
        let mut changes = changes.iter();
        for pixel in self.bytes.chunks_exact_mut(layout.pixel_bytes()) {
            if is_clear(layout, pixel) {
                continue;
            }
            for first in 0..per_pixel {
                let Some(change) = changes.next().filter(|change| **change != 0) else { continue };
                // One sample is one colour, or all three of a gray picture.
                for colour in first..first + layout.colours / per_pixel {
                    let value = value(layout, pixel, colour).wrapping_add_signed(i16::from(*change));
                    set(layout, pixel, colour, value);
                }
            }
        }
    }

    pub(super) fn low_bits(&self) -> Vec<u8> {
        let (layout, per_pixel) = (self.layout, self.samples_per_pixel());
        let mut low = Vec::with_capacity(self.width * self.height * per_pixel);
        for pixel in self.bytes.chunks_exact(layout.pixel_bytes()) {
            if is_clear(layout, pixel) {
                continue;
            }
            low.extend((0..per_pixel).map(|colour| (value(layout, pixel, colour) & 3) as u8));
        }
        low
    }

    pub(super) fn samples(&self, method: Method) -> Samples {
        let (layout, per_pixel) = (self.layout, self.samples_per_pixel());
        let mut samples = Samples::with_capacity(self.width * self.height * per_pixel);
        samples.kind = if per_pixel == 1 { Kind::Gray } else { Kind::Colours };
        for pixel in self.bytes.chunks_exact(layout.pixel_bytes()) {
            if is_clear(layout, pixel) {
                continue;
            }
            let cost = if self.is_near_key(pixel) { f32::INFINITY } else { 1.0 };
            for colour in 0..per_pixel {
                let value = value(layout, pixel, colour);
                samples.push(i32::from(value), cost, ways(value, layout.top()));
            }
        }
        if method == Method::Adaptive {
            for colour in 0..per_pixel {
                self.weigh(colour, per_pixel, &mut samples.cost);
            }
        }
        samples
    }

    /// Multiplies the costs of one colour's samples by what the picture says about them. One colour at a time: each
    /// needs several numbers for every pixel.
    fn weigh(&self, colour: usize, per_pixel: usize, costs: &mut [f32]) {
        let plane = self.plane(colour);
        let mut weights = hill::costs(&plane, self.width, self.height);
        wet_clipped(&plane, self.width, self.layout.top(), &mut weights);
        let pixels = self.bytes.chunks_exact(self.layout.pixel_bytes());
        let visible = pixels.zip(weights).filter(|(pixel, _)| !is_clear(self.layout, pixel));
        for (cost, (_, weight)) in costs.iter_mut().skip(colour).step_by(per_pixel).zip(visible) {
            *cost *= weight;
        }
    }

    /// The width and the values of each colour.
    pub(super) fn planes(&self) -> (usize, Vec<Vec<u16>>) {
        (self.width, (0..self.layout.colours).map(|colour| self.plane(colour)).collect())
    }

    pub(super) fn notes(&self) -> Vec<Note> {
        let widened = self.layout.wide && self.bytes.as_chunks::<2>().0.iter().all(|[high, low]| high == low);
        if widened { vec![Note::WidenedEightBit] } else { Vec::new() }
    }

    /// A gray picture that is stored in three equal colours stays gray: its three values change together.
    fn samples_per_pixel(&self) -> usize {
        let layout = self.layout;
        let is_gray = |pixel: &[u8]| {
            let first = value(layout, pixel, 0);
            (1..layout.colours).all(|colour| value(layout, pixel, colour) == first)
        };
        if self.bytes.chunks_exact(layout.pixel_bytes()).all(is_gray) { 1 } else { layout.colours }
    }

    /// Whether a pixel is, or could become by changes of one, the transparent colour.
    fn is_near_key(&self, pixel: &[u8]) -> bool {
        self.key.is_some_and(|key| {
            (0..self.layout.colours)
                .all(|colour| value(self.layout, pixel, colour).abs_diff(key[colour]) <= 1)
        })
    }

    fn plane(&self, colour: usize) -> Vec<u16> {
        self.bytes
            .chunks_exact(self.layout.pixel_bytes())
            .map(|pixel| value(self.layout, pixel, colour))
            .collect()
    }
}

/// Black and white that a sensor could not tell from darker and brighter: those values, and what lies inside such an
/// area, never change.
fn wet_clipped(plane: &[u16], width: usize, top: u16, costs: &mut [f32]) {
    let is_clipped = |value: u16| value == 0 || value == top;
    for (place, cost) in costs.iter_mut().enumerate() {
        if is_clipped(plane[place]) {
            *cost = f32::INFINITY;
            // What has clipped values on both sides and above and below lies inside.
            continue;
        }
        let column = place % width;
        let side = |there: bool, at: usize| !there || plane.get(at).copied().is_none_or(is_clipped);
        if side(0 < column, place.wrapping_sub(1))
            && side(column + 1 < width, place + 1)
            && side(width <= place, place.wrapping_sub(width))
            && side(true, place + width)
        {
            *cost = f32::INFINITY;
        }
    }
}

fn ways(value: u16, top: u16) -> Ways {
    if value == 0 {
        Ways::Rise
    } else if value == top {
        Ways::Fall
    } else {
        Ways::Both
    }
}

/// What nobody sees is no hiding place: a change there would be the only trace of an editor.
fn is_clear(layout: Layout, pixel: &[u8]) -> bool {
    layout.alpha && value(layout, pixel, layout.colours) == 0
}

fn value(layout: Layout, pixel: &[u8], channel: usize) -> u16 {
    if layout.wide {
        u16::from_be_bytes([pixel[2 * channel], pixel[2 * channel + 1]])
    } else {
        u16::from(pixel[channel])
    }
}

fn set(layout: Layout, pixel: &mut [u8], channel: usize, value: u16) {
    let [high, low] = value.to_be_bytes();
    if layout.wide {
        pixel[2 * channel] = high;
        pixel[2 * channel + 1] = low;
    } else {
        pixel[channel] = low;
    }
}

#[cfg(test)]
mod tests;
