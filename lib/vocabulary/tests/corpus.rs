//! Replays what the fuzzers found, and what was put there by hand, on every run of the tests.

#![allow(clippy::unwrap_used, reason = "tests")]

mod fuzzing;

use std::panic::catch_unwind;
use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "the corpus in {} is missing", folder.display());
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        assert!(catch_unwind(|| check(&bytes)).is_ok(), "{} breaks a rule: see above", file.display());
    }
}

#[test]
fn every_record_of_the_corpus_keeps_the_rules() {
    replay("record", fuzzing::record);
}

#[test]
fn every_acknowledgement_of_the_corpus_keeps_the_rules() {
    replay("ack", fuzzing::ack);
}
