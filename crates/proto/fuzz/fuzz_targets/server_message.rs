//! See `proto::fuzz::fuzz_server_message`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proto::fuzz::fuzz_server_message(bytes));
