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

/// Returns a BMP file of a harbour in the morning, in few colours: for pictures that are kept small.
#[must_use]
pub fn harbour(width: u32, height: u32) -> Vec<u8> {
    let mut file = bmp(width, height);
    let row = (width * 3).next_multiple_of(4);
    for y in 0..height {
        for x in 0..width {
            let place = (HEADERS + row * y + x * 3) as usize;
            // The lowest row comes first.
            let [red, green, blue] = morning(x * 240 / width, 134 - (y * 135 / height).min(134));
            file[place..place + 3].copy_from_slice(&[blue, green, red]);
        }
    }
    file
}

/// Sky, sun, two hills, a sail and its water, on a field of 240 by 135.
fn morning(x: u32, y: u32) -> [u8; 3] {
    let (dx, dy) = (x.abs_diff(170), y.abs_diff(44));
    let far = 70 - 22_u32.saturating_sub(x.abs_diff(60) / 3);
    let near = 82 - 16_u32.saturating_sub(x.abs_diff(215) / 4);
    let sail = (40..92).contains(&y) && x.abs_diff(100) * 2 < y - 40 && 100 <= x;
    let hull = (92..98).contains(&y) && (92..128).contains(&x);
    match () {
        () if sail => [240, 240, 224],
        () if hull => [96, 48, 32],
        () if 96 <= y && dx < 14 && y.is_multiple_of(6) => [255, 208, 112],
        () if 88 <= y => [32, 80, 112],
        () if near <= y => [32, 64, 48],
        () if far <= y => [80, 96, 112],
        () if dx * dx + dy * dy < 300 => [255, 224, 128],
        () if y < 30 => [96, 144, 192],
        () if y < 56 => [160, 176, 192],
        () => [224, 192, 160],
    }
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
