//! Any bytes as a part of a day file: the rules of `store::fuzzing` hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::fuzzing::segment(bytes));
