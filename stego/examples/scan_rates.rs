//! How often `scan` is wrong, over a folder of clean pictures: PNGs, and JPEGs if there are any.
//!
//!     cargo run --release -p stego --example scan_rates -- FOLDER
//!
//! PNGs are looked at as they are, cut to smaller sizes, with raised contrast, and with a share of their
//! lowest bits replaced, spread or from the first pixel on. Prints how many get which verdict.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares of a picture's values and distances of bytes are small and positive"
)]

use std::error::Error;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::thread;

use stego::Limits;
use stego::scan::{Channel, Evidence, Judgement, Plane, Verdict};

/// A name, and what is done to each channel before it is looked at; the number differs for each channel.
type Kind = (&'static str, fn(&Plane, u64) -> Option<Plane>);

const KINDS: [Kind; 9] = [
    ("clean", |plane, _| Some(plane.clone())),
    ("clean, 256 x 256", |plane, _| cut(plane, 256)),
    ("clean, 128 x 128", |plane, _| cut(plane, 128)),
    ("clean, contrast raised", |plane, _| map(plane, |value| (f64::from(value) - 20.0) * 1.25)),
    ("10 % replaced", |plane, seed| Some(replace(plane, 0.1, seed))),
    ("5 % replaced", |plane, seed| Some(replace(plane, 0.05, seed))),
    ("3.1 % (1 KiB) replaced", |plane, seed| Some(replace(plane, 0.031_25, seed))),
    ("first 10 % replaced", |plane, seed| Some(replace_first(plane, 0.1, seed))),
    ("10 % matched (+-1)", |plane, seed| Some(matching(plane, 0.1, seed))),
];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: scan_rates FOLDER")?;
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    files.sort();
    let of_kind = |ending: &str| {
        files
            .iter()
            .filter(|path| path.extension().is_some_and(|found| found == ending))
            .cloned()
            .collect::<Vec<_>>()
    };
    println!(
        "{:24} {:>5} {:>11} {:>6}   estimates: 5 %, 50 %, 95 %, 99 %, all below",
        "kind", "files", "suspicious", "found"
    );
    let pictures = of_kind("png");
    for (name, prepare) in KINDS {
        report(name, &pictures, |path, index| {
            let planes = planes(path)?;
            let prepared =
                planes.iter().zip(0..).filter_map(|(plane, at)| prepare(plane, 16 * index + at + 1));
            let prepared: Vec<Plane> = prepared.collect();
            let pixels = prepared.first().map(|plane| plane.width() * plane.height())?;
            let channels = prepared.iter().map(Channel::of).collect();
            Some(Evidence::Pixels { channels }.judge(u64::try_from(pixels).ok()?))
        });
    }
    report("JPEG, clean", &of_kind("jpg"), |path, _| {
        stego::scan(&std::fs::read(path).ok()?, &Limits::default()).ok().map(|report| report.judgement)
    });
    Ok(())
}

/// Judges all files on two threads and prints a line.
fn report(name: &str, files: &[PathBuf], judge: impl Fn(&Path, u64) -> Option<Judgement> + Sync) {
    let half = files.len().div_ceil(2).max(1);
    let mut judged: Vec<Judgement> = thread::scope(|scope| {
        let judge = &judge;
        let halves: Vec<_> = (0..)
            .zip(files.chunks(half))
            .map(|(half_index, half_files)| {
                scope.spawn(move || {
                    let each = (0..)
                        .zip(half_files)
                        .filter_map(|(at, path)| judge(path, 1_000_000 * half_index + at));
                    each.collect::<Vec<_>>()
                })
            })
            .collect();
        halves.into_iter().filter_map(|half| half.join().ok()).flatten().collect()
    });
    if judged.is_empty() {
        return;
    }
    judged.sort_by(|one, other| one.estimate.total_cmp(&other.estimate));
    let share = |least: Verdict| {
        100.0 * judged.iter().filter(|judgement| least <= judgement.verdict).count() as f64
            / judged.len() as f64
    };
    let quantile = |percent: usize| judged[(judged.len() - 1) * percent / 100].estimate;
    println!(
        "{name:24} {:>5} {:>9.1} % {:>4.1} %   {}",
        judged.len(),
        share(Verdict::Suspicious),
        share(Verdict::Found),
        [5, 50, 95, 99, 100].map(|percent| format!("{:.3}", quantile(percent))).join(" ")
    );
}

fn planes(path: &Path) -> Option<Vec<Plane>> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path).ok()?));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().ok()?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut bytes).ok()?;
    let samples = frame.color_type.samples();
    let colours = if samples < 3 { 1 } else { 3 };
    let (width, height) = (usize::try_from(frame.width).ok()?, usize::try_from(frame.height).ok()?);
    let colour = |at: usize| bytes.chunks_exact(samples).map(|pixel| u16::from(pixel[at])).collect();
    (0..colours).map(|at| Plane::new(width, height, colour(at))).collect()
}

fn cut(plane: &Plane, side: usize) -> Option<Plane> {
    let (left, top) = (plane.width().checked_sub(side)? / 2, plane.height().checked_sub(side)? / 2);
    let rows = plane.rows().skip(top).take(side);
    Plane::new(side, side, rows.flat_map(|row| &row[left..left + side]).copied().collect())
}

fn map(plane: &Plane, change: impl Fn(u16) -> f64) -> Option<Plane> {
    let to_byte =
        |value: &u16| (0..=255).min_by_key(|&level| (f64::from(level) - change(*value)).abs().round() as u32);
    let table: Vec<u16> = (0..=255).filter_map(|value| to_byte(&value)).collect();
    Plane::new(
        plane.width(),
        plane.height(),
        plane.values().iter().map(|&value| table[usize::from(value)]).collect(),
    )
}

fn replace(plane: &Plane, share: f64, seed: u64) -> Plane {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let change = |&value: &u16| {
        if uniform(&mut state) < share { (value & !1) | u16::from(uniform(&mut state) < 0.5) } else { value }
    };
    same_size(plane, plane.values().iter().map(change).collect())
}

fn replace_first(plane: &Plane, share: f64, seed: u64) -> Plane {
    let upto = (plane.values().len() as f64 * share) as usize;
    let full = replace(plane, 1.0, seed);
    same_size(plane, full.values()[..upto].iter().chain(&plane.values()[upto..]).copied().collect())
}

fn matching(plane: &Plane, share: f64, seed: u64) -> Plane {
    let mut state = seed.wrapping_mul(0xD1B5_4A32_D192_ED03);
    let change = |&value: &u16| {
        if uniform(&mut state) < share / 2.0 {
            let up = value == 0 || (value != 255 && uniform(&mut state) < 0.5);
            if up { value + 1 } else { value - 1 }
        } else {
            value
        }
    };
    same_size(plane, plane.values().iter().map(change).collect())
}

fn same_size(plane: &Plane, values: Vec<u16>) -> Plane {
    Plane::new(plane.width(), plane.height(), values).expect("as many values as before")
}

/// The next number of a fixed sequence in 0..1 (Vigna's xorshift64*).
fn uniform(state: &mut u64) -> f64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
}
