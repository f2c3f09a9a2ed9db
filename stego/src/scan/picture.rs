//! Pictures of a scan for people: the lowest bits as black and white, and how often each value occurs.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::coefficients::Histogram;
use super::planes::{self, Plane};
use crate::Limits;
use crate::carrier::ReadError;
use crate::jpeg::Jpeg;

/// Returns a PNG of the lowest bits: one panel for each channel, side by side; for a JPEG, one point for each
/// coefficient of brightness, white where it is odd.
///
/// A photo's lowest bits look like noise with traces of the motive; a filled area loses the traces and its edge shows.
///
/// # Errors
/// When the file is no picture that can be read, or larger than the limits allow.
pub fn bit_plane(file: &[u8], limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let planes = if Jpeg::looks_like(file) {
        coefficient_plane(&Jpeg::read(file, limits)?).into_iter().collect()
    } else {
        planes::read(file, limits)?
    };
    let (width, height) = planes.first().map_or((0, 0), |plane| (plane.width(), plane.height()));
    let mut canvas = Canvas::new(width * planes.len(), height);
    for (panel, plane) in planes.iter().enumerate() {
        for (row, values) in plane.rows().enumerate() {
            for (column, value) in values.iter().enumerate() {
                canvas.set(panel * width + column, row, if value & 1 == 1 { 255 } else { 0 });
            }
        }
    }
    Ok(canvas.png())
}

/// Returns a PNG with a bar for each value: of 256 steps of brightness over all channels, or of the coefficients from
/// -16 to 16. The bars of a pair 2k, 2k + 1 share a shade; replacement makes the two equally high.
///
/// # Errors
/// When the file is no picture that can be read, or larger than the limits allow.
pub fn histogram(file: &[u8], limits: &Limits) -> Result<Vec<u8>, ReadError> {
    if Jpeg::looks_like(file) {
        let counts = Histogram::of(&Jpeg::read(file, limits)?);
        // Zero towers above everything and says nothing.
        let bars = (-16..=16).map(|value| if value == 0 { 0 } else { counts.at(value) });
        return Ok(bar_chart(&bars.collect::<Vec<_>>(), 12));
    }
    let planes = planes::read(file, limits)?;
    let mut counts = [0_u64; 256];
    for value in planes.iter().flat_map(Plane::values) {
        // Of 16 bits the lower half, where pairs still are pairs.
        let [low, _] = value.to_le_bytes();
        counts[usize::from(low)] += 1;
    }
    Ok(bar_chart(&counts, 3))
}

fn bar_chart(counts: &[u64], bar: usize) -> Vec<u8> {
    const HEIGHT: usize = 240;
    let highest = counts.iter().copied().max().unwrap_or(0).max(1);
    let mut canvas = Canvas::new(counts.len() * bar, HEIGHT);
    canvas.pixels.fill(255);
    for (index, &count) in counts.iter().enumerate() {
        let height =
            usize::try_from(u128::from(count) * HEIGHT as u128 / u128::from(highest)).unwrap_or(HEIGHT);
        let shade = if index / 2 % 2 == 0 { 40 } else { 120 };
        for row in HEIGHT - height..HEIGHT {
            (0..bar - 1).for_each(|column| canvas.set(index * bar + column, row, shade));
        }
    }
    canvas.png()
}

/// Coefficients where their frequencies lie: each block a square of 8 x 8 points in zigzag order from its corner.
fn coefficient_plane(jpeg: &Jpeg) -> Option<Plane> {
    let across = jpeg.blocks_across();
    let blocks: Vec<_> = jpeg.carriers().collect();
    let (width, height) = (8 * across, 8 * blocks.len() / across.max(1));
    let mut values = vec![0; width * height];
    for (index, block) in blocks.iter().enumerate() {
        for (at, value) in block.iter().enumerate() {
            let (row, column) = (8 * (index / across) + at / 8, 8 * (index % across) + at % 8);
            values[row * width + column] = value.cast_unsigned();
        }
    }
    Plane::new(width, height, values)
}

/// Gray points.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![0; width * height] }
    }

    fn set(&mut self, column: usize, row: usize, shade: u8) {
        self.pixels[row * self.width + column] = shade;
    }

    /// The points as a gray PNG with 8 bits.
    fn png(&self) -> Vec<u8> {
        let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
        let mut rows = ZlibEncoder::new(Vec::new(), Compression::fast());
        let written = self.pixels.chunks_exact(self.width.max(1)).try_for_each(|row| {
            rows.write_all(&[0])?;
            rows.write_all(row)
        });
        let rows = written.and_then(|()| rows.finish()).expect("writing into memory does not fail");
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        let mut header = [side(self.width), side(self.height)].concat();
        header.extend([8, 0, 0, 0, 0]);
        for (kind, body) in [(b"IHDR", header), (b"IDAT", rows), (b"IEND", Vec::new())] {
            let mut sum = flate2::Crc::new();
            sum.update(kind);
            sum.update(&body);
            file.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
            file.extend(kind);
            file.extend(body);
            file.extend(sum.sum().to_be_bytes());
        }
        file
    }
}
