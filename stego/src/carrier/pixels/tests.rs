use super::*;

const GRAY: Layout = Layout { colours: 1, alpha: false, wide: false };
const RGBA: Layout = Layout { colours: 3, alpha: true, wide: false };

fn raster(width: usize, layout: Layout, bytes: &[u8]) -> Raster {
    let height = bytes.len() / layout.pixel_bytes() / width;
    Raster { width, height, layout, bytes: bytes.to_vec(), key: None }
}

#[test]
fn transparent_pixels_carry_nothing() {
    let mut raster = raster(3, RGBA, &[10, 20, 30, 255, 11, 21, 31, 0, 12, 22, 32, 1]);
    assert_eq!(raster.low_bits(), [2, 0, 2, 0, 2, 0]);
    raster.apply(&[1, 0, -1, 0, 1, 0]);
    assert_eq!(raster.bytes, [11, 20, 29, 255, 11, 21, 31, 0, 12, 23, 32, 1]);
}

#[test]
fn a_gray_picture_in_three_colours_stays_gray() {
    let mut raster = raster(2, RGBA, &[10, 10, 10, 255, 20, 20, 20, 255]);
    assert_eq!(raster.low_bits(), [2, 0]);
    raster.apply(&[-1, 1]);
    assert_eq!(raster.bytes, [9, 9, 9, 255, 21, 21, 21, 255]);
}

#[test]
fn wide_values_carry_over_their_bytes() {
    let layout = Layout { colours: 1, alpha: false, wide: true };
    let mut raster = raster(2, layout, &[1, 255, 2, 0]);
    raster.apply(&[1, -1]);
    assert_eq!(raster.bytes, [2, 0, 1, 255]);
    assert_eq!(raster.notes(), []);
    raster.bytes = vec![7, 7, 9, 9];
    assert_eq!(raster.notes(), [Note::WidenedEightBit]);
}

#[test]
fn clipped_values_and_what_lies_among_them_are_wet() {
    let mut bytes = vec![100; 49];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte += (place * 37 % 23) as u8;
    }
    for place in [0, 16, 22, 24, 30] {
        bytes[place] = 255;
    }
    let samples = raster(7, GRAY, &bytes).samples(Method::Adaptive);
    let wet: Vec<usize> = (0..49).filter(|place| samples.cost[*place].is_infinite()).collect();
    assert_eq!(wet, [0, 16, 22, 23, 24, 30]);
    let samples = raster(7, GRAY, &bytes).samples(Method::Lsb);
    assert_eq!(samples.ways[16], Ways::Fall);
    assert_eq!(samples.cost[16], 1.0);
}

#[test]
fn the_colour_that_is_transparent_is_neither_left_nor_reached() {
    let mut raster = raster(3, GRAY, &[99, 101, 102]);
    raster.key = Some([100, 0, 0]);
    let samples = raster.samples(Method::Lsb);
    assert_eq!(samples.cost, [f32::INFINITY, f32::INFINITY, 1.0]);
}
