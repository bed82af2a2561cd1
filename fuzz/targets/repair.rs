//! The door `repair`, for the engine.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rechain_fuzz::go_through("repair", bytes));
