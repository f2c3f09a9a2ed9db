//! Entry points for fuzzers: each takes any bytes, must not panic, and checks what was taken.
//!
//! `fuzz/` holds the targets for cargo-fuzz and the corpus; a test in this file replays the corpus.

use crate::carrier::{self, Location, Palette, Ways};
use crate::{Limits, Method, scan};

/// Takes any bytes; a panic is a finding.
pub type Target = fn(&[u8]);

/// A name for each entry point: the name of its target and of its folder in the corpus.
pub const TARGETS: [(&str, Target); 2] = [("carrier", fuzz_carrier), ("scan", fuzz_scan)];

/// Small enough that a fuzzer gets through many files in a second.
const LIMITS: Limits = Limits {
    file_bytes: 1 << 20,
    side: 512,
    decoded_bytes: 1 << 20,
    metadata_bytes: 1 << 16,
    payload_bytes: 1 << 16,
};

/// A picture of any kind: what can be read can be changed, written, and read again with just those changes.
pub fn fuzz_carrier(bytes: &[u8]) {
    let Ok(mut carrier) = carrier::read(bytes, &LIMITS, Palette::Convert) else { return };
    let samples = carrier.samples(Method::Adaptive);
    assert_eq!(samples.low, carrier.low_bits(), "both ways to read agree");
    let changes = samples.ways.iter().enumerate().map(|(at, way)| match (at % 3, way) {
        (0, _) => 0,
        (_, Ways::Rise) | (1, Ways::Both) => 1,
        (_, Ways::Fall | Ways::Both) => -1,
    });
    let changes: Vec<i8> =
        changes.zip(&samples.cost).map(|(change, cost)| if cost.is_finite() { change } else { 0 }).collect();
    carrier.apply(&changes);
    for location in [Location::Strip, Location::Keep] {
        let again = carrier::read(&carrier.write(location), &LIMITS, Palette::Refuse);
        let again = again.expect("what was written can be read").low_bits();
        let expected =
            samples.low.iter().zip(&changes).map(|(low, change)| low.wrapping_add_signed(*change) & 3);
        assert!(again.into_iter().eq(expected), "exactly the changes come back");
    }
}

/// A file that somebody uploaded, in front of the estimators and the pictures.
pub fn fuzz_scan(bytes: &[u8]) {
    let Ok(report) = scan(bytes, &LIMITS) else { return };
    assert!(report.judgement.estimate.is_finite(), "an estimate is a number");
    let plane = scan::bit_plane(bytes, &LIMITS).expect("what was scanned can be drawn");
    let histogram = scan::histogram(bytes, &LIMITS).expect("what was scanned can be counted");
    for picture in [plane, histogram] {
        let wide = Limits { side: u32::MAX, ..Limits::default() };
        assert!(carrier::read(&picture, &wide, Palette::Refuse).is_ok(), "the picture is one");
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_corpus_passes() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
        for (name, target) in TARGETS {
            let files: Vec<_> = fs::read_dir(corpus.join(name)).unwrap().collect();
            assert!(4 <= files.len(), "{name} has a corpus");
            for file in files {
                target(&fs::read(file.unwrap().path()).unwrap());
            }
        }
    }

    #[test]
    fn every_entry_point_is_a_target_of_the_fuzzer() {
        let manifest = include_str!("../fuzz/Cargo.toml");
        for (name, _) in TARGETS {
            assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
        }
    }
}
