use proptest::prelude::*;

use super::super::{Carrier, Location, ReadError};
use super::Bmp;
use crate::{LimitError, Limits, Method};

/// A BMP of `width` x 3 pixels, with 40 bytes of header and a gap before the pixels.
fn file(width: u32, bits: u16, tall: i32) -> Vec<u8> {
    let stride = (width as usize * usize::from(bits / 8)).next_multiple_of(4);
    let palette: Vec<u8> =
        if bits == 8 { (0..=255).flat_map(|level| [level, level, level, 0]).collect() } else { vec![7; 3] };
    let first = 54 + palette.len();
    let mut file = b"BM".to_vec();
    file.extend([0; 8]);
    file.extend((first as u32).to_le_bytes());
    file.extend(40_u32.to_le_bytes());
    file.extend(width.to_le_bytes());
    file.extend(tall.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend([0; 24]);
    file.extend(palette);
    file.extend((0..stride * tall.unsigned_abs() as usize).map(|place| (place * 37 % 251) as u8));
    file
}

fn read(bytes: &[u8]) -> Result<Bmp, ReadError> {
    Bmp::read(bytes, &Limits::default())
}

#[test]
fn only_changed_pixels_change_in_the_file() {
    for bits in [8, 24, 32] {
        for tall in [3, -3] {
            let before = file(5, bits, tall);
            let mut bmp = read(&before).unwrap();
            assert_eq!(bmp.write(Location::Strip), before);
            let samples = bmp.low_bits().len();
            assert_eq!(samples, if bits == 8 { 15 } else { 45 });
            let mut changes = vec![0; samples];
            changes[1] = 1;
            bmp.apply(&changes);
            let after = bmp.write(Location::Strip);
            let differing: Vec<usize> =
                (0..before.len()).filter(|place| before[*place] != after[*place]).collect();
            let stride = (5 * usize::from(bits / 8)).next_multiple_of(4);
            let pixels = before.len() - 3 * stride;
            // The second value of the top row, which lies last in a file that goes upward.
            let row = if 0 < tall { 2 } else { 0 };
            assert_eq!(differing, [pixels + row * stride + 1]);
            assert_eq!(after[differing[0]], before[differing[0]] + 1);
        }
    }
}

#[test]
fn kinds_that_are_not_supported_are_refused_with_a_reason() {
    let mut palette = file(4, 8, 3);
    palette[54] = 1;
    assert!(matches!(read(&palette), Err(ReadError::Unsupported(_))));
    let mut packed = file(4, 24, 3);
    packed[30] = 1;
    assert!(matches!(read(&packed), Err(ReadError::Unsupported(_))));
    let whole = file(4, 24, 3);
    assert!(matches!(read(&whole[..whole.len() - 1]), Err(ReadError::Damaged { .. })));
    assert!(matches!(read(b"BM"), Err(ReadError::Damaged { .. })));
    let mut huge = file(4, 32, 3);
    huge[18..22].copy_from_slice(&(1_u32 << 30).to_le_bytes());
    assert!(matches!(read(&huge), Err(ReadError::Limit(LimitError::Side { .. }))));
}

proptest! {
    #[test]
    fn damaged_files_never_panic(
        damage in prop::collection::vec((0_usize..80, any::<u8>()), 1..6),
        length in 0_usize..1200,
        bits in prop::sample::select(vec![8_u16, 24, 32]),
    ) {
        let mut bytes = file(4, bits, 3);
        for (place, value) in damage {
            bytes[place] = value;
        }
        bytes.truncate(length);
        if let Ok(bmp) = read(&bytes) {
            bmp.samples(Method::Adaptive);
            prop_assert_eq!(bmp.write(Location::Strip), bytes);
        }
    }
}
