//! See `proto::fuzz::fuzz_invite`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| proto::fuzz::fuzz_invite(bytes));
