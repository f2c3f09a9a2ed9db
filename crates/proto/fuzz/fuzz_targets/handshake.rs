//! See `proto::fuzz::fuzz_handshake`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proto::fuzz::fuzz_handshake(bytes));
