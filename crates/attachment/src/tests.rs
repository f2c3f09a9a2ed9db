//! What the format promises, on whole files and on single chunks, and its bytes.

use aead_stream::aead::{KeyInit, Payload};
use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use aes_gcm::Aes256Gcm;
use data_encoding::HEXLOWER;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::stream::seal_salted;
use crate::*;

const SALT: [u8; 16] = *b"sixteen salt byt";

#[test]
fn a_file_of_any_size_opens_to_what_was_sealed() {
    for size in [0, 1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 200_000] {
        let plain = plaintext(size);
        let mut file = Vec::new();
        let sealed = seal_stream(&plain[..], &mut file, &key()).unwrap();
        assert_eq!(file.len() as u64, sealed_len(size as u64));
        let mut opened = Vec::new();
        assert_eq!(open_stream(&file[..], &mut opened, &key()).unwrap(), sealed);
        assert!(opened == plain, "{size} bytes");
        assert_eq!((sealed.plain_len, sealed.sealed_len), (size as u64, file.len() as u64));
        assert_eq!(sealed.plain_sha256, *Sha256::digest(&plain));
        assert_eq!(sealed.sealed_sha256, *Sha256::digest(&file));
    }
}

#[test]
fn a_chunk_opens_without_the_others_and_only_in_its_place() {
    let file = sealed(200_000);
    let opener = opener(&file);
    let mut third = chunk(&file, 2);
    opener.open_at(2, &mut third, Last::No).unwrap();
    assert!(third == plaintext(200_000)[2 * CHUNK..3 * CHUNK]);
    for (what, index, bytes, last) in [
        ("in another place", 1, chunk(&file, 2), Last::No),
        ("as the last", 2, chunk(&file, 2), Last::Yes),
        ("the last as another", 3, chunk(&file, 3), Last::No),
        ("cut", 3, chunk(&file, 3)[..100].to_vec(), Last::Yes),
        ("nothing but a tag", 3, vec![0; TAG], Last::Yes),
        ("nothing", 0, Vec::new(), Last::Yes),
        ("too long", 2, [chunk(&file, 2), vec![0]].concat(), Last::Yes),
    ] {
        let mut bytes = bytes;
        let error = opener.open_at(index, &mut bytes, last).unwrap_err();
        assert!(matches!(error, OpenError::Chunk { index: at } if at == index), "{what}: {error}");
        assert!(bytes.is_empty(), "{what}: nothing unauthentic is left");
    }
}

#[test]
fn a_file_with_chunks_swapped_dropped_repeated_or_added_does_not_open() {
    let file = sealed(3 * CHUNK);
    let part = |index| chunk(&file, index);
    let header = file[..HEADER].to_vec();
    for (what, parts) in [
        ("swapped", vec![part(1), part(0), part(2)]),
        ("one dropped", vec![part(0), part(2)]),
        ("the last dropped", vec![part(0), part(1)]),
        ("all dropped", Vec::new()),
        ("one repeated", vec![part(0), part(0), part(1), part(2)]),
        ("the last repeated", vec![part(0), part(1), part(2), part(2)]),
        ("a byte added", vec![part(0), part(1), part(2), vec![0]]),
        ("a byte cut", vec![part(0), part(1), part(2)[..CHUNK_SEALED - 1].to_vec()]),
    ] {
        let other = [header.clone(), parts.concat()].concat();
        let error = open_stream(&other[..], std::io::sink(), &key()).unwrap_err();
        assert!(matches!(error, OpenError::Chunk { .. }), "{what}: {error}");
    }
}

#[test]
fn a_key_that_is_not_the_files_is_known_by_the_commitment_before_anything_is_opened() {
    let mut file = sealed(100);
    let mut other = *key().expose();
    other[31] ^= 1;
    // What stands after the header plays no part.
    file.truncate(HEADER);
    let error = open_stream(&file[..], std::io::sink(), &FileKey::from_bytes(other)).unwrap_err();
    assert!(matches!(error, OpenError::WrongKey), "{error}");
    file[HEADER - 20] ^= 1;
    let error = open_stream(&file[..], std::io::sink(), &key()).unwrap_err();
    assert!(matches!(error, OpenError::WrongKey), "{error}");
}

#[test]
fn another_version_or_another_format_is_told_apart_from_a_wrong_key() {
    for (at, what) in [(0, "name"), (4, "version"), (5, "chunk size"), (6, "zeros"), (63, "zeros at the end")]
    {
        let mut file = sealed(100);
        file[at] ^= 0x20;
        let error = open_stream(&file[..], std::io::sink(), &key()).unwrap_err();
        assert!(matches!(error, OpenError::Format(FormatError::Header)), "{what}: {error}");
    }
    let error = open_stream(&sealed(100)[..60], std::io::sink(), &key()).unwrap_err();
    assert!(matches!(error, OpenError::Format(FormatError::Header)), "{error}");
}

#[test]
fn sealing_again_gives_the_same_bytes_so_that_a_reader_can_go_on() {
    let (file, plain) = (sealed(CHUNK + 9), plaintext(CHUNK + 9));
    let header = file.first_chunk().unwrap();
    let mut sealer = Sealer::again(&key(), header).unwrap();
    let (mut first, mut second) = (plain[..CHUNK].to_vec(), plain[CHUNK..].to_vec());
    sealer.seal(&mut first, Last::No).unwrap();
    sealer.seal(&mut second, Last::Yes).unwrap();
    assert!(file[HEADER..] == [first, second].concat());
    let other = FileKey::from_bytes([9; 32]);
    assert!(matches!(Sealer::again(&other, header), Err(OpenError::WrongKey)));
}

#[test]
fn a_chunk_that_no_reader_would_take_is_not_sealed() {
    let seal = |len, last| {
        let (mut sealer, _) = Sealer::new(&key(), SALT);
        sealer.seal(&mut vec![0; CHUNK], Last::No).unwrap();
        sealer.seal(&mut vec![0; len], last)
    };
    assert_eq!(seal(CHUNK - 1, Last::No), Err(SealError::Length { len: CHUNK - 1 }));
    assert_eq!(seal(CHUNK + 1, Last::Yes), Err(SealError::Length { len: CHUNK + 1 }));
    assert_eq!(
        seal(0, Last::Yes),
        Err(SealError::Length { len: 0 }),
        "only an empty file has an empty chunk"
    );
    assert_eq!(seal(1, Last::Yes), Ok(()));
    let (mut sealer, _) = Sealer::new(&key(), SALT);
    sealer.seal(&mut Vec::new(), Last::Yes).unwrap();
    assert_eq!(sealer.seal(&mut vec![0; 4], Last::Yes), Err(SealError::Ended));
}

#[test]
fn the_chunks_are_those_of_another_implementation_of_stream() {
    let (file, plain) = (sealed(2 * CHUNK + 5), plaintext(2 * CHUNK + 5));
    let derived = key().derive(&file[..24]);
    let stream = StreamBE32::<Aes256Gcm>::from_aead(
        Aes256Gcm::new((&*derived.cipher).into()),
        (&derived.prefix).into(),
    );
    let mut theirs = file[..HEADER].to_vec();
    for (index, part) in plain.chunks(CHUNK).enumerate() {
        let payload = Payload { msg: part, aad: &file[..HEADER] };
        theirs.extend(stream.encrypt(u32::try_from(index).unwrap(), index == 2, payload).unwrap());
    }
    assert!(theirs == file);
}

#[test]
fn a_card_opens_with_its_passphrase_in_any_spelling_of_unicode_and_with_no_other() {
    let key = lock::key_from_passphrase("Zoë's roof", &SALT).unwrap();
    let card = lock::seal_card(&key, b"roof.png").unwrap();
    let same = lock::key_from_passphrase("Zoe\u{308}'s roof", &SALT).unwrap();
    assert_eq!(lock::open_card(&same, &card), Ok(b"roof.png".to_vec()));
    for (passphrase, salt) in [("Zoë's rooF", SALT), ("Zoë's roof", [7; 16])] {
        let other = lock::key_from_passphrase(passphrase, &salt).unwrap();
        assert_eq!(lock::open_card(&other, &card), Err(lock::CardError::WrongPassphrase));
    }
}

#[test]
fn cards_are_of_one_length_and_never_the_same() {
    let cards = ["", "a", &"a".repeat(446)].map(|name| lock::seal_card(&key(), name.as_bytes()).unwrap());
    assert!(cards.iter().all(|card| card.len() == 508));
    assert_eq!(lock::open_card(&key(), &cards[2]).unwrap().len(), 446);
    assert_ne!(lock::seal_card(&key(), b"a"), lock::seal_card(&key(), b"a"));
    assert_eq!(lock::seal_card(&key(), &[0; 447]), Err(lock::CardError::TooLong { len: 447 }));
}

#[test]
fn every_flipped_bit_of_a_card_closes_it() {
    let card = lock::seal_card(&key(), b"roof.png").unwrap();
    for bit in 0..card.len() * 8 {
        let mut flipped = card.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(lock::open_card(&key(), &flipped), Err(lock::CardError::WrongPassphrase), "bit {bit}");
    }
    for length in [0, 31, 507] {
        assert_eq!(lock::open_card(&key(), &card[..length]), Err(lock::CardError::WrongPassphrase));
    }
}

/// The bytes of the format, frozen: files that were sealed once are opened by every later version.
#[test]
fn files_have_the_bytes_in_the_vectors() {
    let frozen: Value = serde_json::from_str(include_str!("../tests/vectors/a1.json")).unwrap();
    let vector = |plain: &[u8]| {
        let mut file = Vec::new();
        seal_salted(plain, &mut file, &key(), SALT).unwrap();
        let shown = |bytes: &[u8]| HEXLOWER.encode(bytes);
        json!({
            "key": shown(key().expose()),
            "salt": shown(&SALT),
            "plaintext_bytes": plain.len(),
            "header": shown(&file[..HEADER]),
            "first_32_after_header": shown(&file[HEADER..file.len().min(HEADER + 32)]),
            "last_16": shown(&file[file.len() - 16..]),
            "sealed_sha256": shown(&Sha256::digest(&file)),
        })
    };
    let lock_key = lock::key_from_passphrase("correct horse battery staple", &SALT).unwrap();
    let computed = json!({
        "files": [vector(b""), vector(b"hello, roof"), vector(&plaintext(CHUNK)), vector(&plaintext(200_000))],
        "plaintext": "byte i of a plaintext is i modulo 251; the second one is the text `hello, roof`",
        "passphrase": { "text": "correct horse battery staple", "salt": HEXLOWER.encode(&SALT),
            "key": HEXLOWER.encode(lock_key.expose()) },
    });
    assert_eq!(computed, frozen, "computed: {computed:#}");
    let card = HEXLOWER.decode(include_bytes!("../tests/vectors/card.hex").trim_ascii()).unwrap();
    assert_eq!(lock::open_card(&key(), &card).unwrap(), b"roof.png");
}

#[test]
fn the_vectors_are_in_the_document() {
    let without_spaces = |text: &str| text.split_whitespace().collect::<String>();
    let document = without_spaces(include_str!("../../../docs/PROTOCOL.md"));
    let vectors: Value = serde_json::from_str(include_str!("../tests/vectors/a1.json")).unwrap();
    let fields = ["key", "salt", "header", "first_32_after_header", "last_16", "sealed_sha256"];
    for file in vectors["files"].as_array().unwrap() {
        for field in fields {
            assert!(document.contains(file[field].as_str().unwrap()), "{field} of {file}");
        }
    }
    assert!(document.contains(vectors["passphrase"]["key"].as_str().unwrap()));
    assert!(document.contains(include_str!("../tests/vectors/card.hex").trim()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_flipped_bit_anywhere_is_noticed(at in any::<prop::sample::Index>(), bit in 0..8_u8, size in 0_usize..2_000) {
        let mut file = sealed(size);
        let at = at.index(file.len());
        file[at] ^= 1 << bit;
        prop_assert!(open_stream(&file[..], std::io::sink(), &key()).is_err());
    }

    #[test]
    fn a_file_cut_anywhere_does_not_open(size in 0_usize..CHUNK + 2_000, cut in any::<prop::sample::Index>()) {
        let file = sealed(size);
        let cut = cut.index(file.len());
        prop_assert!(open_stream(&file[..cut], std::io::sink(), &key()).is_err());
    }

    #[test]
    fn garbage_does_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), with_header in any::<bool>()) {
        let start = if with_header { [&key().expose()[..], &sealed(0)[..HEADER]].concat() } else { Vec::new() };
        fuzz::fuzz_open(&[start, bytes].concat());
    }
}

fn key() -> FileKey {
    FileKey::from_bytes(*b"a key that is nowhere else: 1234")
}

fn plaintext(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

fn sealed(size: usize) -> Vec<u8> {
    let mut file = Vec::new();
    seal_salted(&plaintext(size)[..], &mut file, &key(), SALT).unwrap();
    file
}

fn chunk(file: &[u8], index: usize) -> Vec<u8> {
    file[HEADER..].chunks(CHUNK_SEALED).nth(index).unwrap().to_vec()
}

fn opener(file: &[u8]) -> Opener {
    Opener::new(&key(), file.first_chunk().unwrap()).unwrap()
}
