//! See `stego::fuzz::fuzz_scan`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stego::fuzz::fuzz_scan(bytes));
