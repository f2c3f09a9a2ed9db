//! See `proto::fuzz::fuzz_client_message`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proto::fuzz::fuzz_client_message(bytes));
