//! See `attachment::fuzz::fuzz_open`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| attachment::fuzz::fuzz_open(bytes));
