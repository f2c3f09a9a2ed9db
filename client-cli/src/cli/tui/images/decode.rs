//! Decoding a picture that a stranger may have made: nothing is taken in that is larger than it may be.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

/// Reads and decodes a picture, turned as its camera says, no larger than is needed to draw it anywhere. What cannot be
/// shown is told in a sentence.
pub(super) fn decode(path: &Path) -> Result<DynamicImage, String> {
    let picture = whole(&read(path)?)?;
    if picture.width() <= LARGE && picture.height() <= LARGE {
        return Ok(picture);
    }
    Ok(picture.thumbnail(LARGE, LARGE))
}

/// Returns the size that fits into the room with the same proportions, never more than the picture has.
pub(super) fn fitted((width, height): (u32, u32), (most_wide, most_high): (u32, u32)) -> (u32, u32) {
    if width <= most_wide && height <= most_high {
        return (width.max(1), height.max(1));
    }
    let (wide, high) = (u64::from(width), u64::from(height));
    let scaled =
        |side: u64, by: u32, of: u64| u32::try_from(side * u64::from(by) / of.max(1)).unwrap_or(by).max(1);
    if u64::from(most_wide) * high <= u64::from(most_high) * wide {
        (most_wide.max(1), scaled(high, most_wide, wide))
    } else {
        (scaled(wide, most_high, high), most_high.max(1))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let gone = |_| "The picture is not there any more, or cannot be read.".to_owned();
    let file = File::open(path).map_err(gone)?;
    if !file.metadata().map_err(gone)?.is_file() {
        return Err("This is not a file.".to_owned());
    }
    let mut bytes = Vec::new();
    file.take(FILE + 1).read_to_end(&mut bytes).map_err(gone)?;
    if usize::try_from(FILE).is_ok_and(|most| most < bytes.len()) {
        return Err(format!("The picture is too large to show: more than {} MiB.", FILE >> 20));
    }
    Ok(bytes)
}

fn whole(bytes: &[u8]) -> Result<DynamicImage, String> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| broken())?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Bmp)) {
        return Err("This is no picture that can be shown here: PNG, JPEG and BMP can.".to_owned());
    }
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE), Some(SIDE));
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| why(&error))?;
    let (width, height) = decoder.dimensions();
    // Not every decoder keeps to the limits by itself.
    if SIDE < width.max(height) || MEMORY < decoder.total_bytes() {
        return Err(too_large(width, height));
    }
    let turned = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| why(&error))?;
    if let Ok(orientation) = turned {
        picture.apply_orientation(orientation);
    }
    Ok(picture)
}

fn why(error: &ImageError) -> String {
    match error {
        ImageError::Limits(_) => {
            format!("The picture is too large to show: the limit is {SIDE} points a side.")
        }
        _ => broken(),
    }
}

fn too_large(width: u32, height: u32) -> String {
    format!("The picture is too large to show: {width} x {height} points.")
}

fn broken() -> String {
    "The picture is damaged and cannot be shown.".to_owned()
}

/// Bytes of a file.
const FILE: u64 = 32 << 20;
/// Points of the longer side.
const SIDE: u32 = 16_384;
/// Bytes of a decoded picture.
const MEMORY: u64 = 256 << 20;
/// Points of the longer side of what is kept: more than any terminal shows.
const LARGE: u32 = 1_600;

#[cfg(test)]
mod tests {
    use std::fs;

    use image::RgbImage;

    use super::*;

    #[test]
    fn what_is_no_small_whole_picture_becomes_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tea.png");
        RgbImage::new(300, 200).save(&path).unwrap();
        let whole = fs::read(&path).unwrap();
        let mut huge = whole.clone();
        // The header says 2^30 x 2^30 points; its checksum would be wrong, so it is made right.
        huge[16..24].copy_from_slice(&[0x40, 0, 0, 0, 0x40, 0, 0, 0]);
        let sum = crc(&huge[12..29]);
        huge[29..33].copy_from_slice(&sum.to_be_bytes());
        for (bytes, words) in [
            (huge, "too large to show"),
            (whole[..whole.len() / 2].to_vec(), "damaged"),
            (b"\x89PNG\r\n\x1a\n".to_vec(), "damaged"),
            (b"\xff\xd8\xff\xe0garbage".to_vec(), "damaged"),
            (b"BM garbage".to_vec(), "damaged"),
            (b"GIF89a garbage".to_vec(), "PNG, JPEG and BMP can"),
            (b"just words".to_vec(), "PNG, JPEG and BMP can"),
            (Vec::new(), "PNG, JPEG and BMP can"),
        ] {
            fs::write(&path, bytes).unwrap();
            let error = decode(&path).unwrap_err();
            assert!(error.contains(words) && error.ends_with('.'), "{error}");
        }
        assert!(decode(&folder.path().join("gone")).unwrap_err().contains("not there any more"));
        assert!(decode(folder.path()).is_err());
        File::create(&path).unwrap().set_len(FILE + 1).unwrap();
        assert!(decode(&path).unwrap_err().contains("more than 32 MiB"));
    }

    #[test]
    fn pictures_with_flipped_bytes_never_panic() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tea");
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp] {
            let picture = RgbImage::from_fn(24, 16, |x, y| {
                image::Rgb([x, y, x ^ y].map(|value| u8::try_from(value * 8).unwrap()))
            });
            let mut bytes = Cursor::new(Vec::new());
            picture.write_to(&mut bytes, format).unwrap();
            let bytes = bytes.into_inner();
            assert_eq!(decoded(&path, &bytes).unwrap().width(), 24);
            for at in (0..bytes.len()).step_by(3) {
                let mut flipped = bytes.clone();
                flipped[at] ^= 0xff;
                // What comes of it does not matter: it may be a picture still.
                let _ = decoded(&path, &flipped);
            }
        }
    }

    #[test]
    fn a_large_picture_is_kept_small() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wide.bmp");
        RgbImage::new(3_200, 100).save(&path).unwrap();
        let kept = decode(&path).unwrap();
        assert_eq!((kept.width(), kept.height()), (1_600, 50));
    }

    #[test]
    fn proportions_are_kept_and_nothing_is_made_larger() {
        for (size, room, expected) in [
            ((64, 48), (80, 48), (64, 48)),
            ((640, 480), (80, 48), (64, 48)),
            ((1_000, 10), (80, 48), (80, 1)),
            ((10, 100_000), (80, 48), (1, 48)),
            ((0, 0), (80, 48), (1, 1)),
            ((u32::MAX, u32::MAX), (1, 1), (1, 1)),
        ] {
            assert_eq!(fitted(size, room), expected, "{size:?}");
        }
    }

    fn decoded(path: &Path, bytes: &[u8]) -> Result<DynamicImage, String> {
        fs::write(path, bytes).unwrap();
        decode(path)
    }

    fn crc(bytes: &[u8]) -> u32 {
        let step = |crc: u32, byte: &u8| {
            (0..8)
                .fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        };
        !bytes.iter().fold(u32::MAX, step)
    }
}
