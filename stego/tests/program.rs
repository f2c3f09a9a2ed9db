//! The built program, at the full price of its key derivation.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "helpers of tests count as no tests, and their pictures are made of small numbers"
)]

use std::path::Path;
use std::process::{Command, Output};

fn stego(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stego")).args(arguments).output().unwrap()
}

fn cover(path: &Path) {
    let pixels: Vec<u8> = (0..200_u32 * 200)
        .map(|place| (60 + place % 200 / 2 + (place.wrapping_mul(2_654_435_761) >> 28)) as u8)
        .collect();
    let file = std::fs::File::create(path).unwrap();
    let mut encoder = png::Encoder::new(file, 200, 200);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
}

#[test]
fn a_message_goes_in_and_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (clean, full, pass) = (path("clean.png"), path("full.png"), path("pass"));
    cover(Path::new(&clean));
    std::fs::write(&pass, "Ada's word\nnot this line\n").unwrap();

    let hidden = stego(&[
        "hide",
        "--in",
        &clean,
        "--out",
        &full,
        "--text",
        "meet at nine",
        "--pass-file",
        &pass,
        "--json",
    ]);
    assert!(hidden.status.success(), "{hidden:?}");
    let report: serde_json::Value = serde_json::from_slice(&hidden.stdout).unwrap();
    assert_eq!(report["method"], "adaptive");
    assert_eq!(report["payload_bytes"], 12);
    assert!(report["changed"].as_u64().unwrap() < 400);

    let revealed = stego(&["reveal", "--in", &full, "--key", "Ada's word"]);
    assert_eq!((revealed.status.code(), revealed.stdout.as_slice()), (Some(0), b"meet at nine".as_slice()));

    for (picture, key) in [(&full, "Bob's word"), (&clean, "Ada's word")] {
        let nothing = stego(&["reveal", "--in", picture, "--key", key]);
        assert_eq!(nothing.status.code(), Some(2));
        assert_eq!(nothing.stderr, b"stego: nothing to be read with this passphrase\n");
    }

    let again = stego(&["hide", "--in", &clean, "--out", &full, "--text", "x", "--key", "k"]);
    assert_eq!(again.status.code(), Some(1), "an output is not replaced unasked");
    let revealed = stego(&["--json", "reveal", "--in", &full, "--pass-file", &pass]);
    let revealed: serde_json::Value = serde_json::from_slice(&revealed.stdout).unwrap();
    assert_eq!(revealed["text"], "meet at nine");
}

#[test]
fn failures_have_their_codes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (clean, out, large) = (path("clean.png"), path("out.png"), path("large"));
    cover(Path::new(&clean));
    let noise: Vec<u8> = (1..6_001_u64)
        .map(|place| ((place * place).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 41) as u8)
        .collect();
    std::fs::write(&large, &noise[..3_000]).unwrap();

    let capacity = stego(&["capacity", "--in", &clean, "--json"]);
    let capacity: serde_json::Value = serde_json::from_slice(&capacity.stdout).unwrap();
    assert!(capacity["safe_bytes"].as_u64().unwrap() < 3_000);
    assert!(3_000 < capacity["max_bytes"].as_u64().unwrap());

    let hide = |more: &[&str]| {
        stego(&[&["hide", "--in", &clean, "--out", &out, "--file", &large, "--key", "k"], more].concat())
    };
    assert_eq!(hide(&[]).status.code(), Some(3), "more than is safe");
    assert!(!Path::new(&out).exists());
    assert_eq!(hide(&["--force"]).status.code(), Some(0));
    std::fs::write(&large, &noise).unwrap();
    assert_eq!(hide(&["--force", "--overwrite"]).status.code(), Some(3), "more than fits");
    assert_eq!(hide(&["--max-side", "100"]).status.code(), Some(4), "over a limit");
    assert_eq!(hide(&["--no-such-flag"]).status.code(), Some(64));
    assert_eq!(stego(&["reveal", "--in", &large, "--key", "k"]).status.code(), Some(4), "no picture");
    assert_eq!(stego(&["reveal", "--in", &path("none"), "--key", "k"]).status.code(), Some(1));
    assert_eq!(stego(&["reveal", "--in", &clean, "--key", ""]).status.code(), Some(64));
    assert_eq!(stego(&["--help"]).status.code(), Some(0));
}

#[test]
fn pictures_of_the_first_version_still_open() {
    for method in ["adaptive", "lsb"] {
        let picture = format!("{}/tests/data/v1-{method}.png", env!("CARGO_MANIFEST_DIR"));
        let revealed = stego(&["reveal", "--in", &picture, "--key", "Ada's word", "--json"]);
        let revealed: serde_json::Value = serde_json::from_slice(&revealed.stdout).unwrap();
        assert_eq!(revealed["text"], "meet at nine", "{method}");
        assert_eq!(revealed["name"], "note");
    }
}
