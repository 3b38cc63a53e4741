//! Any bytes as a block of the log: the rules of `store::fuzzing` hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::fuzzing::log_block(bytes));
