//! Files of every supported kind, made by libjpeg from a drawn picture, and what garbage does.

use proptest::prelude::*;

use super::*;

const FILES: [(&str, &[u8]); 9] = [
    ("4:2:0", include_bytes!("../../tests/data/jpeg/420.jpg")),
    ("4:2:2 with restarts", include_bytes!("../../tests/data/jpeg/422-restart.jpg")),
    ("4:4:4 with best tables", include_bytes!("../../tests/data/jpeg/444-optimised.jpg")),
    ("gray", include_bytes!("../../tests/data/jpeg/gray.jpg")),
    ("gray that claims to be sampled", include_bytes!("../../tests/data/jpeg/gray-sampled.jpg")),
    ("progressive", include_bytes!("../../tests/data/jpeg/progressive.jpg")),
    ("progressive with restarts", include_bytes!("../../tests/data/jpeg/progressive-restart.jpg")),
    ("a scan for each component", include_bytes!("../../tests/data/jpeg/three-scans.jpg")),
    ("quality 100", include_bytes!("../../tests/data/jpeg/quality-100.jpg")),
];

/// A picture that was taken somewhere: Exif and XMP with GPS, a profile, a comment, and bytes behind the end.
const TAKEN: &[u8] = include_bytes!("../../tests/data/jpeg/metadata.jpg");

fn read(data: &[u8]) -> Result<Jpeg, ReadError> {
    Jpeg::read(data, &Limits::default())
}

/// Changes by -1, 0 and 1, as far as they are allowed; different for each seed.
fn changes(jpeg: &Jpeg, seed: u32, rarity: u32) -> Vec<i8> {
    let ways = jpeg.samples(Method::Adaptive).ways;
    let change = |(at, way): (u32, &Ways)| {
        let coin = at.wrapping_mul(0x9E37_79B1).wrapping_add(seed).wrapping_mul(0x85EB_CA6B) >> 16;
        match way {
            _ if coin % rarity != 0 => 0,
            Ways::Rise => 1,
            Ways::Fall => -1,
            Ways::Both => {
                if (coin / rarity).is_multiple_of(2) {
                    1
                } else {
                    -1
                }
            }
        }
    };
    (0..).zip(&ways).map(change).collect()
}

#[test]
fn what_was_not_changed_is_written_byte_for_byte() {
    for (name, file) in FILES {
        assert!(read(file).unwrap().write(Location::Keep) == file, "{name}");
    }
}

#[test]
fn changed_coefficients_come_back_and_all_others_stay() {
    for (name, file) in FILES {
        for rarity in [1, 5, 300] {
            let mut jpeg = read(file).unwrap();
            let before = jpeg.clone();
            let changes = changes(&jpeg, 11, rarity);
            jpeg.apply(&changes);
            let again = read(&jpeg.write(Location::Strip)).unwrap();
            assert_eq!(again.low_bits().len(), changes.len(), "{name}");
            let moved = before.carriers().flatten().zip(&changes).map(|(value, by)| value + i16::from(*by));
            assert!(again.carriers().flatten().copied().eq(moved), "{name}");
            assert!(again.blocks[1..] == before.blocks[1..], "{name}");
        }
    }
}

#[test]
fn every_block_that_shows_something_carries_and_no_other() {
    for (name, file) in FILES {
        let jpeg = read(file).unwrap();
        assert_eq!(jpeg.size(), (203, 157), "{name}");
        // Brightness has full resolution: 26 by 20 blocks show something, however many the units fill up to.
        assert_eq!(jpeg.low_bits().len(), 26 * 20 * 64, "{name}");
        let samples = jpeg.samples(Method::Adaptive);
        assert_eq!(samples.low, jpeg.low_bits(), "{name}");
        assert!(samples.cost.iter().all(|cost| 0.0 < *cost), "{name}");
    }
}

#[test]
fn segments_stay_and_tables_are_of_the_kind_they_were() {
    let tables = |jpeg: &Jpeg| jpeg.layout.tables.iter().map(|table| table.spec.clone()).collect::<Vec<_>>();
    for (name, file) in FILES {
        let mut jpeg = read(file).unwrap();
        jpeg.apply(&changes(&jpeg, 5, 40));
        let again = read(&jpeg.write(Location::Strip)).unwrap();
        let kept = |jpeg: &Jpeg| {
            let kept = jpeg.layout.pieces.iter().filter_map(|piece| match piece {
                layout::Piece::Kept { range, .. } => Some(jpeg.data[range.clone()].to_vec()),
                layout::Piece::Scan { header, .. } => Some(jpeg.data[header.clone()].to_vec()),
                layout::Piece::Tables(_) => None,
            });
            kept.collect::<Vec<_>>()
        };
        assert_eq!(kept(&again), kept(&jpeg), "{name}");
        let best: Vec<_> = again.counts.iter().map(huffman::Spec::best).collect();
        if tables(&jpeg) == jpeg.counts.iter().map(huffman::Spec::best).collect::<Vec<_>>() {
            assert_eq!(tables(&again), best, "{name}: the encoder made the best tables");
        } else {
            assert_eq!(tables(&again), tables(&jpeg), "{name}: the encoder used fixed tables");
        }
    }
}

#[test]
fn the_place_goes_unless_asked_for_and_the_profile_stays() {
    let has = |file: &[u8], part: &[u8]| file.windows(part.len()).any(|window| window == part);
    let jpeg = read(TAKEN).unwrap();
    let (stripped, kept) = (jpeg.write(Location::Strip), jpeg.write(Location::Keep));
    // 52 degrees as a rational number of Exif, in both byte orders.
    let degrees: [&[u8]; 2] = [&[0, 0, 0, 52, 0, 0, 0, 1], &[52, 0, 0, 0, 1, 0, 0, 0]];
    assert!(degrees.iter().any(|part| has(&kept, part)) && has(&kept, b"52,31"));
    assert!(!degrees.iter().any(|part| has(&stripped, part)) && !has(&stripped, b"52,31"));
    for part in [b"Ada".as_slice(), b"ICC profile of a test", b"a comment", b"Contrast"] {
        assert!(has(&stripped, part) && has(&kept, part));
    }
    assert!(!has(&kept, b"behind the end"), "what follows the end is not written again");
}

#[test]
fn what_is_hidden_is_revealed_from_one_byte_to_all_that_fits() {
    use crate::{Amount, HideOptions, Palette, Passphrase, Payload, RevealError};
    let passphrase = Passphrase::new("correct horse").unwrap();
    let limits = Limits::default();
    for (name, file) in FILES {
        let most = crate::capacity(file, Method::Adaptive, Palette::Refuse, &limits).unwrap().max_bytes;
        // Random bytes, which packing does not shorten.
        let noise: Vec<u8> = (0..most as u32).map(|at| (at.wrapping_mul(0x9E37_79B1) >> 13) as u8).collect();
        for length in [1, most] {
            let payload = Payload { name: None, bytes: noise[..length].to_vec() };
            let options = HideOptions { amount: Amount::Forced, ..HideOptions::default() };
            let hidden = crate::hide(file, &payload, &passphrase, &options, &mut |_| ()).unwrap();
            assert!(hidden.image != file, "{name}");
            let revealed = crate::reveal(&hidden.image, &passphrase, &limits, &mut |_| ()).unwrap();
            assert!(revealed.bytes == payload.bytes, "{name}, {length} bytes");
            let wrong = Passphrase::new("correct hors").unwrap();
            let nothing = crate::reveal(&hidden.image, &wrong, &limits, &mut |_| ());
            assert!(matches!(nothing, Err(RevealError::Nothing)), "{name}");
        }
    }
}

#[test]
fn kinds_that_cannot_be_written_again_are_refused_in_words() {
    let file = FILES[0].1;
    let frame = file.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    let with = |at: usize, byte: u8| {
        let mut file = file.to_vec();
        file[frame + at] = byte;
        read(&file).unwrap_err().to_string()
    };
    assert_eq!(with(1, 0xC9), "JPEGs with arithmetic coding are not supported");
    assert_eq!(with(1, 0xC3), "lossless JPEGs are not supported");
    assert_eq!(with(4, 12), "JPEGs with more than 8 bits are not supported");
    assert_eq!(read(b"\xFF\xD8").unwrap_err(), ReadError::Unknown);
}

#[test]
fn a_claim_of_a_huge_picture_is_refused_before_anything_is_allocated() {
    let mut file = FILES[0].1.to_vec();
    let frame = file.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    file[frame + 5..frame + 9].fill(0xFF);
    assert!(matches!(read(&file), Err(ReadError::Limit(_))));
    let narrow = Limits { metadata_bytes: 100, ..Limits::default() };
    assert!(matches!(Jpeg::read(TAKEN, &narrow), Err(ReadError::Limit(_))));
}

#[test]
fn a_progressive_file_without_its_last_scans_is_no_carrier() {
    let (_, file) = FILES[5];
    let last = file.windows(2).rposition(|pair| pair == [0xFF, 0xC4]).unwrap();
    let cut = [&file[..last], &[0xFF, 0xD9]].concat();
    assert!(read(&cut).unwrap_err().to_string().contains("finest details"));
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused_or_whole() {
    for (name, file) in FILES.into_iter().filter(|(_, file)| file.len() < 6_000) {
        for length in (0..file.len()).step_by(7) {
            // Without its last two bytes a file lacks only the end marker.
            let refused = read(&file[..length]).is_err();
            assert!(refused || file.len() - 4 < length, "{name} cut to {length}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn flipped_bytes_never_panic_and_what_is_read_is_written_and_read_alike(
        which in 0..FILES.len(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        seed in any::<u32>(),
    ) {
        let mut file = FILES[which].1.to_vec();
        for (at, byte) in flips {
            let at = at.index(file.len());
            file[at] = byte;
        }
        let narrow = Limits { side: 1_024, ..Limits::default() };
        if let Ok(mut jpeg) = Jpeg::read(&file, &narrow) {
            jpeg.apply(&changes(&jpeg, seed, 3));
            let again = Jpeg::read(&jpeg.write(Location::Keep), &narrow);
            prop_assert!(again.unwrap().blocks == jpeg.blocks);
        }
    }
}
