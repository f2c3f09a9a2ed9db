//! See `stego::fuzz::fuzz_carrier`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| stego::fuzz::fuzz_carrier(bytes));
