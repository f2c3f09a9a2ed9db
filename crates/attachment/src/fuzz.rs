//! The entry point of the fuzzer: any bytes, must not panic, and checks what was taken.

use crate::{CHUNK_SEALED, FileKey, HEADER, Last, Opener, lock, open_stream, plain_len};

/// A sealed file from a stranger, with the key they sent along: the first 32 bytes.
pub fn fuzz_open(bytes: &[u8]) {
    let Some((key, file)) = bytes.split_first_chunk::<32>() else { return };
    let key = FileKey::from_bytes(*key);
    let mut plain = Vec::new();
    if let Ok(whole) = open_stream(file, &mut plain, &key) {
        assert_eq!((whole.plain_len, whole.sealed_len), (plain.len() as u64, file.len() as u64));
        assert_eq!(plain_len(whole.sealed_len), Ok(whole.plain_len));
    }
    assert!(plain.len() <= file.len());
    if let Some((header, chunk)) = file.split_first_chunk::<HEADER>()
        && let Ok(opener) = Opener::new(&key, header)
    {
        for last in [Last::No, Last::Yes] {
            let mut chunk = chunk[..chunk.len().min(CHUNK_SEALED + 1)].to_vec();
            let _: Result<(), _> = opener.open_at(7, &mut chunk, last);
        }
    }
    let _: Result<Vec<u8>, _> = lock::open_card(&key, file);
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_corpus_passes() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/open");
        let files: Vec<_> = fs::read_dir(corpus).unwrap().collect();
        assert!(4 <= files.len());
        for file in files {
            fuzz_open(&fs::read(file.unwrap().path()).unwrap());
        }
    }
}
