use proptest::prelude::*;

use super::super::{Carrier, Location, Palette, ReadError};
use super::chunks::{self, Chunk};
use super::header::{Colour, Header};
use super::{Habits, Png, SIGNATURE};
use crate::carrier::pixels::Raster;
use crate::{LimitError, Limits, Method};

/// Every kind of picture whose values are whole bytes.
const KINDS: [(Colour, u8); 8] = [
    (Colour::Gray, 8),
    (Colour::Gray, 16),
    (Colour::GrayAlpha, 8),
    (Colour::GrayAlpha, 16),
    (Colour::Rgb, 8),
    (Colour::Rgb, 16),
    (Colour::Rgba, 8),
    (Colour::Rgba, 16),
];

fn picture(colour: Colour, depth: u8, width: u32, height: u32, interlaced: bool) -> Png {
    let header = Header { width, height, depth, colour, interlaced };
    let bytes = (0..header.row_bytes(width as usize) * height as usize)
        .map(|place| (place * place / 7 + place * 31) as u8)
        .collect();
    let (width, height) = (width as usize, height as usize);
    let raster = Raster { width, height, layout: header.layout(), bytes, key: None };
    let habits = Habits { filters: Vec::new(), data_chunk: 8192, level: 6 };
    Png { header, before: Vec::new(), after: Vec::new(), raster, habits, notes: Vec::new() }
}

fn read(bytes: &[u8]) -> Result<Png, ReadError> {
    Png::read(bytes, &Limits::default(), Palette::Refuse)
}

/// The pixels as another implementation reads them.
fn judged(file: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    pixels.truncate(info.buffer_size());
    pixels
}

#[test]
fn what_we_write_reads_the_same_here_and_elsewhere() {
    for (colour, depth) in KINDS {
        for interlaced in [false, true] {
            for (width, height) in [(1, 1), (3, 2), (5, 9), (33, 17)] {
                let png = picture(colour, depth, width, height, interlaced);
                let file = png.write(Location::Strip);
                assert_eq!(
                    judged(&file),
                    png.raster.bytes,
                    "{colour:?} {depth} {interlaced} {width}x{height}"
                );
                let again = read(&file).unwrap();
                assert_eq!(again.raster, png.raster);
                assert_eq!(again.write(Location::Strip), file, "nothing changed, so neither does the file");
            }
        }
    }
}

#[test]
fn files_of_another_encoder_are_read_and_keep_their_filters() {
    for (colour, ours) in
        [(png::ColorType::Rgb, Colour::Rgb), (png::ColorType::GrayscaleAlpha, Colour::GrayAlpha)]
    {
        let model = picture(ours, 8, 40, 30, false);
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 40, 30);
        encoder.set_color(colour);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_filter(png::Filter::Adaptive);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&model.raster.bytes).unwrap();
        writer.finish().unwrap();
        let mut png = read(&file).unwrap();
        assert_eq!(png.raster.bytes, model.raster.bytes);
        let filters = png.habits.filters.clone();
        let samples = png.low_bits().len();
        png.apply(&(0..samples).map(|place| i8::from(place % 50 == 7)).collect::<Vec<i8>>());
        let written = png.write(Location::Strip);
        assert_eq!(read(&written).unwrap().habits.filters, filters);
        assert_eq!(judged(&written), png.raster.bytes);
    }
}

#[test]
fn metadata_survives_in_its_order_and_the_place_does_not() {
    let mut png = picture(Colour::Rgb, 8, 9, 9, false);
    let chunk = |kind: &[u8; 4], data: &[u8]| Chunk { kind: *kind, data: data.to_vec() };
    png.before = vec![
        chunk(b"gAMA", &[0, 0, 177, 143]),
        chunk(b"iCCP", b"profile\0\0packed"),
        chunk(b"pHYs", &[0, 0, 11, 19, 0, 0, 11, 19, 1]),
        chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0\0\0\0\0"),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<a exif:GPSLatitude=\"48N\" b=\"c\"/>"),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0packed"),
        chunk(b"zTXt", b"Raw profile type exif\0\0packed"),
        chunk(b"teSt", b"private"),
    ];
    png.after = vec![chunk(b"tEXt", b"Title\0Harbour")];
    let kept = read(&png.write(Location::Keep)).unwrap();
    assert_eq!((&kept.before, &kept.after), (&png.before, &png.after));
    let stripped = read(&png.write(Location::Strip)).unwrap();
    let kinds: Vec<[u8; 4]> = stripped.before.iter().map(|chunk| chunk.kind).collect();
    assert_eq!(kinds, [*b"gAMA", *b"iCCP", *b"pHYs", *b"eXIf", *b"iTXt", *b"teSt"]);
    assert!(!stripped.before[3].data.windows(2).any(|window| window == [0x88, 0x25]));
    assert!(stripped.before[4].data.ends_with(b"<a exif:GPSLatitude=\"   \" b=\"c\"/>"));
    assert_eq!(stripped.after, png.after);
}

/// A file of chunks whose checksums are right.
fn file(parts: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = SIGNATURE.to_vec();
    for (kind, data) in parts {
        chunks::put(&mut file, **kind, data);
    }
    file
}

fn header_bytes(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &[depth, colour, 0, 0, 0]].concat()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(9));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn palettes_and_few_bits_are_converted_with_consent_only() {
    let rows = packed(&[0, 0b0001_1011, 0, 0b1110_0100]);
    let palette = [9, 9, 9, 200, 0, 0, 0, 200, 0, 0, 0, 200];
    let indexed = file(&[
        (b"IHDR", &header_bytes(4, 2, 2, 3)),
        (b"PLTE", &palette),
        (b"tRNS", &[0]),
        (b"IDAT", &rows),
        (b"IEND", &[]),
    ]);
    assert!(matches!(read(&indexed), Err(ReadError::Palette)));
    let png = Png::read(&indexed, &Limits::default(), Palette::Convert).unwrap();
    assert_eq!(png.raster.bytes[..8], [9, 9, 9, 0, 200, 0, 0, 255]);
    let written = png.write(Location::Strip);
    assert_eq!(judged(&written), png.raster.bytes);

    let gray = file(&[(b"IHDR", &header_bytes(4, 2, 2, 0)), (b"IDAT", &rows), (b"IEND", &[])]);
    let png = Png::read(&gray, &Limits::default(), Palette::Convert).unwrap();
    assert_eq!(png.raster.bytes, [0, 85, 170, 255, 255, 170, 85, 0]);

    let outside = [9, 9, 9, 200, 0, 0];
    let broken =
        file(&[(b"IHDR", &header_bytes(4, 2, 2, 3)), (b"PLTE", &outside), (b"IDAT", &rows), (b"IEND", &[])]);
    assert!(matches!(
        Png::read(&broken, &Limits::default(), Palette::Convert),
        Err(ReadError::Damaged { .. })
    ));
}

#[test]
fn bombs_are_refused_by_what_they_claim() {
    let claim = |width, height| file(&[(b"IHDR", &header_bytes(width, height, 16, 6)), (b"IEND", &[])]);
    assert!(matches!(read(&claim(1 << 30, 1)), Err(ReadError::Limit(LimitError::Side { .. }))));
    assert!(matches!(read(&claim(8192, 8192)), Err(ReadError::Limit(LimitError::Decoded { .. }))));
    // A small picture whose data goes on for 64 MiB: only the rows of the header are unpacked.
    let long = packed(&vec![0; 64 << 20]);
    let bomb = file(&[(b"IHDR", &header_bytes(16, 16, 8, 0)), (b"IDAT", &long), (b"IEND", &[])]);
    assert_eq!(read(&bomb).unwrap().raster.bytes.len(), 256);
    let texts = [0_u8; 1 << 20];
    let mut parts: Vec<(&[u8; 4], &[u8])> = vec![(b"tEXt", &texts); 9];
    let header = header_bytes(16, 16, 8, 0);
    parts.insert(0, (b"IHDR", &header));
    assert!(matches!(read(&file(&parts)), Err(ReadError::Limit(LimitError::Metadata { .. }))));
}

#[test]
fn files_against_the_format_are_refused_with_a_reason() {
    let good = packed(&[0; 17 * 16]);
    let short = packed(&[0; 17 * 15]);
    let filter = packed(&[5; 17 * 16]);
    let header = header_bytes(16, 16, 8, 0);
    let broken: [&[(&[u8; 4], &[u8])]; 9] = [
        &[(b"IDAT", &good)],
        &[(b"IHDR", &header), (b"IEND", &[])],
        &[(b"IHDR", &header), (b"IDAT", &good)],
        &[(b"IHDR", &header), (b"IDAT", &short), (b"IEND", &[])],
        &[(b"IHDR", &header), (b"IDAT", &filter), (b"IEND", &[])],
        &[(b"IHDR", &header), (b"IDAT", b"no zlib"), (b"IEND", &[])],
        &[(b"IHDR", &header), (b"IHDR", &header), (b"IDAT", &good), (b"IEND", &[])],
        &[(b"IHDR", &header), (b"IDAT", &good), (b"tEXt", &[]), (b"IDAT", &good), (b"IEND", &[])],
        &[(b"IHDR", &header_bytes(0, 16, 8, 0)), (b"IDAT", &good), (b"IEND", &[])],
    ];
    for (index, parts) in broken.iter().enumerate() {
        assert!(matches!(read(&file(parts)), Err(ReadError::Damaged { .. })), "case {index}");
    }
    let animated = file(&[(b"IHDR", &header), (b"acTL", &[0; 8]), (b"IDAT", &good), (b"IEND", &[])]);
    assert!(matches!(read(&animated), Err(ReadError::Unsupported(_))));
}

#[test]
fn the_transparent_colour_is_known() {
    let rows = packed(&[0, 100, 101, 103]);
    let keyed =
        file(&[(b"IHDR", &header_bytes(3, 1, 8, 0)), (b"tRNS", &[0, 100]), (b"IDAT", &rows), (b"IEND", &[])]);
    let samples = read(&keyed).unwrap().samples(Method::Lsb);
    assert_eq!(samples.cost, [f32::INFINITY, f32::INFINITY, 1.0]);
}

proptest! {
    #[test]
    fn damaged_files_never_panic(
        place in any::<prop::sample::Index>(),
        value in any::<u8>(),
        length in any::<prop::sample::Index>(),
        kind in 0..KINDS.len(),
    ) {
        let (colour, depth) = KINDS[kind];
        let mut bytes = picture(colour, depth, 19, 11, true).write(Location::Strip);
        let place = place.index(bytes.len());
        bytes[place] = value;
        repair(&mut bytes);
        let length = length.index(bytes.len());
        for bytes in [&bytes[..], &bytes[..length]] {
            for palette in [Palette::Refuse, Palette::Convert] {
                if let Ok(png) = Png::read(bytes, &Limits::default(), palette) {
                    png.samples(Method::Adaptive);
                    png.write(Location::Strip);
                }
            }
        }
    }
}

/// Makes the checksums right again, so that damage reaches what they protect.
fn repair(file: &mut [u8]) {
    let mut at = SIGNATURE.len();
    while let Some(length) = file.get(at..).and_then(|rest| rest.first_chunk()) {
        let length = u32::from_be_bytes(*length) as usize;
        let Some(chunk) = file.get(at + 4..at + 8 + length) else { return };
        let mut crc = flate2::Crc::new();
        crc.update(chunk);
        let Some(place) = file.get_mut(at + 8 + length..at + 12 + length) else { return };
        place.copy_from_slice(&crc.sum().to_be_bytes());
        at += 12 + length;
    }
}
