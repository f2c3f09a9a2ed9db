//! A picture for stories: a soft landscape with grain, as an uncompressed bitmap.

/// Returns a BMP file of this many pixels, the same each time.
#[must_use]
pub fn bmp(width: u32, height: u32) -> Vec<u8> {
    let row = (width * 3).next_multiple_of(4);
    let size = HEADERS + row * height;
    let mut file = Vec::new();
    file.extend_from_slice(b"BM");
    for number in [size, 0, HEADERS, 40, width, height] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    // One plane, 24 bits a pixel, not compressed; the rest may be nought.
    file.extend_from_slice(&[1, 0, 24, 0]);
    file.extend_from_slice(&[0; 24]);
    let mut grain = Grain(0x9e37_79b9_7f4a_7c15);
    for y in 0..height {
        for x in 0..width {
            let hill = 40 * (y * 8 / height) / 8 + 30 * ((x * 5 + y * 3) % width) / width;
            for channel in [30, 60, 90] {
                let light = channel + hill + grain.next() % 24;
                file.push(u8::try_from(light.min(250)).unwrap_or(250));
            }
        }
        file.extend(std::iter::repeat_n(0, (row - width * 3) as usize));
    }
    file
}

/// Numbers without a pattern that anybody would see.
struct Grain(u64);

impl Grain {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::from(self.0.to_le_bytes()[0])
    }
}

const HEADERS: u32 = 54;
