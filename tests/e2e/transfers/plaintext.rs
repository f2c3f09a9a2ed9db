//! What a file says and what a picture hides is nowhere in the server: not in its files, its log, its figures, its memory.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use tests::memory;
use tests::person::Person;
use tests::program::Voice;
use tests::search::{Place, found};
use tests::server::{Chatd, Setup};

const HIDDEN: &str = "the heron lands at the old pier at nine";
const HIDE_PASS: &str = "seventeen green umbrellas in the attic";
const LOCK_PASS: &str = "forty quiet lighthouses along the coast";
const INSIDE: &str = "marker-in-the-plaintext-of-a-file-7c1e";
const CAPTION: &str = "caption-that-the-server-may-read";
const LOCKED_NAME: &str = "name-that-only-readers-learn.txt";

#[test]
fn a_files_plaintext_and_a_hidden_message_are_nowhere_in_the_server() -> Result<()> {
    let mut chatd = Setup::quick().set("log.level", "trace").start()?;
    let bob = Person::join("bob", &chatd.invite()?)?;
    let carol = Person::join("carol", &chatd.invite()?)?;
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::write(at("hide-pass"), format!("{HIDE_PASS}\n"))?;
    fs::write(at("lock-pass"), format!("{LOCK_PASS}\n"))?;
    fs::write(at("notes.txt"), INSIDE.repeat(3_000))?;
    fs::write(at(LOCKED_NAME), INSIDE.repeat(3_000))?;
    fs::write(at("roof.bmp"), picture())?;

    let mut places = Vec::new();
    let (hide, lock, out) = (at("hide-pass"), at("lock-pass"), at("out"));
    fs::create_dir(&out)?;
    for (file, flags) in [
        ("notes.txt", &["--caption", CAPTION][..]),
        ("roof.bmp", &["--hide", HIDDEN, "--hide-pass-file", &hide]),
        (LOCKED_NAME, &["--passphrase-file", &lock]),
    ] {
        bob.run(&[&["upload", &at(file), "--to", "lobby"], flags].concat())?.good()?;
        places.extend(memory::of_process(chatd.process()?.id())?);
        let flags: &[&str] = match file {
            "roof.bmp" => &["--reveal", "--hide-pass-file", &hide],
            LOCKED_NAME => &["--passphrase-file", &lock],
            _ => &[],
        };
        let got = [&["download", "lobby", "--latest", "--out", &out], flags].concat();
        let said = carol.run(&got)?.good().context(file)?;
        places.extend(memory::of_process(chatd.process()?.id())?);
        assert_eq!(said.contains(HIDDEN), file == "roof.bmp", "what is hidden comes out: {said}");
    }
    let came = |name: &str| fs::read(Path::new(&out).join(name)).with_context(|| name.to_owned());
    assert_eq!(came("notes.txt")?, fs::read(at("notes.txt"))?);
    assert_eq!(came(LOCKED_NAME)?, fs::read(at(LOCKED_NAME))?);
    let sent = came("roof.bmp")?;

    places.extend(everything_written(&mut chatd)?);
    let middle = sent.len() / 2;
    let needles = [
        ("the hidden message", HIDDEN.as_bytes()),
        ("its passphrase", HIDE_PASS.as_bytes()),
        ("the plaintext", INSIDE.as_bytes()),
        ("the picture", &sent[middle..middle + 64]),
        ("the passphrase of a locked file", LOCK_PASS.as_bytes()),
        ("the name of a locked file", LOCKED_NAME.as_bytes()),
    ];
    let needles = needles.map(|(what, needle)| (what.to_owned(), needle.to_vec()));
    assert_eq!(found(&places, &needles), Vec::<String>::new());
    controls(&places, &at("out"), &needles)?;
    let bytes: usize = places.iter().map(|place| place.bytes.len()).sum();
    println!("{} strings looked for in {} places, {bytes} bytes", needles.len(), places.len());
    Ok(())
}

/// The same search finds what is there: what the server may know in its memory and its files, the rest at the reader's.
fn controls(places: &[Place], out: &str, needles: &[(String, Vec<u8>)]) -> Result<()> {
    let caption = [("the caption".to_owned(), CAPTION.as_bytes().to_vec())];
    let where_it_is = found(places, &caption);
    for kind in ["memory ", ".db"] {
        assert!(where_it_is.iter().any(|line| line.contains(kind)), "not in {kind}: {where_it_is:?}");
    }
    assert!(places.iter().any(|place| place.name.contains("/blobs/")), "no file was looked into");
    let at_readers = found(&Place::files(Path::new(out), &[])?, needles);
    for what in ["the plaintext", "the picture"] {
        assert!(at_readers.iter().any(|line| line.starts_with(what)), "{what} is not found: {at_readers:?}");
    }
    Ok(())
}

/// The data folder, the log and the figures.
fn everything_written(chatd: &mut Chatd) -> Result<Vec<Place>> {
    let mut places = Place::files(&chatd.data(), &["keys"])?;
    places.push(Place::new("/metrics", chatd.metrics()?));
    let process = chatd.process()?;
    places.push(Place::new("stdout", process.said(Voice::Stdout)));
    places.push(Place::new("stderr", process.said(Voice::Stderr)));
    let ended = chatd.stop()?;
    places.push(Place::new("stderr at the end", ended.stderr));
    places.extend(Place::files(&chatd.data(), &["keys"])?);
    Ok(places)
}

/// A picture of 320 x 240 with something like grain in it, as an uncompressed BMP.
fn picture() -> Vec<u8> {
    const WIDTH: u32 = 320;
    const HEIGHT: u32 = 240;
    let size = WIDTH * HEIGHT * 3;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(b"BM");
    for number in [54 + size, 0, 54, 40, WIDTH, HEIGHT] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&[1, 0, 24, 0]);
    for number in [0, size, 2_835, 2_835, 0, 0] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for pixel in 0..size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // A slope with noise on it: neither flat nor at the ends of the scale.
        let slope = 80 + (pixel / 3 % WIDTH) * 80 / WIDTH;
        bytes.push(u8::try_from(slope).unwrap_or(128) + (state.to_be_bytes()[0] & 15));
    }
    bytes
}
