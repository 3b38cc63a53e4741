//! Any bytes as a point on its way to InfluxDB: the rules of `store::fuzzing` hold.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| store::fuzzing::line_protocol(bytes));
