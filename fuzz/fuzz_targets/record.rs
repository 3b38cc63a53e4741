//! Any bytes as a record from a heater: the rules of `lib/vocabulary/tests/fuzzing` hold.
#![no_main]

#[path = "../../lib/vocabulary/tests/fuzzing/mod.rs"]
#[allow(dead_code, reason = "each target runs one of the checks")]
mod fuzzing;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzing::record(bytes));
