//! What is left of a log: cut at every byte, flipped at every byte, written by a newer program.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::collections::BTreeSet;

use fixture::{Platform, birth, sample_of, value_of};
use heater::{Outbox, OutboxLimits, Recovered};
use proptest::prelude::*;
use vocabulary::{Ack, BootId, Timestamp};

const LIMITS: OutboxLimits = OutboxLimits { capacity: 100, window: 100, resend_after_ms: 30_000 };
const RECORDS: u64 = 12;

/// A log with twelve records, of which the platform has confirmed the first two; and where it ends after each write.
fn log() -> (Vec<u8>, Vec<(usize, u64)>) {
    let (mut outbox, _) = Outbox::recover(&[], &birth(1, 10_000), LIMITS).unwrap();
    let mut bytes = outbox.next_write(0).unwrap().bytes;
    let mut ends = vec![(bytes.len(), 0)];
    for seq in 1..=RECORDS {
        outbox.push(&sample_of(seq as f64), seq, Timestamp::from_ms(seq as i64));
        if seq == 6 {
            let boot = BootId::from_bits(1);
            outbox.hear(&Ack { boot, hwm: 2, got: vec![], ingest: "a".to_owned(), backfill_per_s: 20 });
        }
        bytes.extend_from_slice(&outbox.next_write(seq).unwrap().bytes);
        ends.push((bytes.len(), seq));
    }
    (bytes, ends)
}

fn recover(bytes: &[u8]) -> (Outbox, Recovered) {
    Outbox::recover(bytes, &birth(2, 10_000), LIMITS).unwrap()
}

/// Everything an outbox sends on a perfect line, and what the platform makes of it.
fn drain(outbox: &mut Outbox) -> Platform {
    let mut platform = Platform::default();
    for second in 1..100 {
        if let Some(write) = outbox.next_write(second * 1_000) {
            outbox.synced(write.mark);
        }
        while let Some(record) = outbox.next_to_send(second * 1_000) {
            platform.hear(&record);
        }
        platform.acks("a").iter().for_each(|ack| outbox.hear(ack));
    }
    assert!(outbox.is_empty(), "{outbox:?}");
    platform
}

fn values(platform: &Platform) -> BTreeSet<u64> {
    let stored = platform.cursor(BootId::from_bits(1)).stored.values();
    stored.filter_map(value_of).map(|value| value as u64).collect()
}

#[test]
fn a_log_cut_at_any_byte_keeps_everything_before_the_cut_and_declares_the_rest() {
    let (bytes, ends) = log();
    for cut in 0..=bytes.len() {
        let (mut outbox, recovered) = recover(&bytes[..cut]);
        let written = ends.iter().take_while(|&&(end, _)| end <= cut).map(|&(_, seq)| seq).last();
        let Some(written) = written else { continue };
        let platform = drain(&mut outbox);
        let kept: BTreeSet<u64> = (1..=written).filter(|&seq| seq > 2 || written < 6).collect();
        let values = values(&platform);
        // The cut may lie behind a record and before what was written along with it.
        assert!(values.is_superset(&kept), "cut at {cut}: {values:?} of {kept:?}");
        let cursor = platform.cursor(BootId::from_bits(1));
        assert!(recovered.lost_at_most >= 1 && cursor.lost.contains(&(values.last().unwrap_or(&0) + 1)));
    }
}

#[test]
fn a_log_that_was_not_closed_keeps_all_it_holds_and_declares_what_may_have_followed() {
    let (bytes, _) = log();
    let (mut outbox, recovered) = recover(&bytes);
    assert_eq!((recovered.records, recovered.boots, recovered.lost_at_most), (10, 1, 1));
    let platform = drain(&mut outbox);
    assert_eq!(values(&platform), (3..=RECORDS).collect());
    assert_eq!(
        platform.cursor(BootId::from_bits(1)).lost,
        BTreeSet::from([1, 2, RECORDS + 1]),
        "two were confirmed before, one may have been made after the last"
    );
}

#[test]
fn a_log_that_was_closed_in_order_declares_nothing_and_one_that_went_on_does() {
    let (mut outbox, _) = Outbox::recover(&[], &birth(1, 10_000), LIMITS).unwrap();
    let mut bytes = outbox.next_write(0).unwrap().bytes;
    outbox.push(&sample_of(1.0), 0, Timestamp::from_ms(0));
    bytes.extend_from_slice(&outbox.close(0).unwrap().bytes);
    assert_eq!(recover(&bytes).1.lost_at_most, 0);
    outbox.push(&sample_of(2.0), 0, Timestamp::from_ms(0));
    bytes.extend_from_slice(&outbox.next_write(0).unwrap().bytes);
    assert_eq!(recover(&bytes).1.lost_at_most, 1);
}

#[test]
fn a_flipped_byte_costs_the_frame_it_lies_in_and_nothing_else() {
    let (bytes, ends) = log();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        let (mut outbox, recovered) = recover(&damaged);
        assert!(recovered.cut_bytes > 0, "the flip at {at} was not noticed");
        let platform = drain(&mut outbox);
        let lost = ends.iter().find(|&&(end, _)| at < end).map(|&(_, seq)| seq);
        let kept: BTreeSet<u64> = (3..=RECORDS).filter(|&seq| Some(seq) != lost).collect();
        assert!(values(&platform).is_superset(&kept), "flip at {at}");
        let cursor = platform.cursor(BootId::from_bits(1));
        assert!(cursor.ranges().is_empty() && cursor.hwm() > RECORDS, "flip at {at}: {cursor:?}");
    }
}

#[test]
fn damage_declares_as_many_as_may_have_been_in_it() {
    let (mut bytes, _) = log();
    bytes.extend_from_slice(&[0; 4_096]);
    let (mut outbox, recovered) = recover(&bytes);
    assert_eq!((recovered.records, recovered.cut_bytes, recovered.lost_at_most), (10, 4_096, 37));
    // The numbers of what was in it are never given to anything else.
    let platform = drain(&mut outbox);
    assert_eq!(platform.cursor(BootId::from_bits(1)).stored.last_key_value().unwrap().0, &(RECORDS + 38));
}

#[test]
fn the_log_of_a_newer_program_is_not_touched() {
    let newer = br#"{"v":2}"#;
    let mut described = vec![b'H', newer.len() as u8, 0];
    let mut crc = crc32fast::Hasher::new();
    crc.update(&described);
    crc.update(newer);
    let mut bytes = vec![0xF5, 0xFE];
    bytes.append(&mut described);
    bytes.extend_from_slice(&crc.finalize().to_le_bytes());
    bytes.extend_from_slice(newer);
    let refused = Outbox::recover(&bytes, &birth(2, 10_000), LIMITS).unwrap_err();
    assert_eq!(refused.to_string(), "the outbox is in form 2 and this program reads form 1");
}

#[test]
fn a_boot_number_that_was_used_is_not_used_again_though_the_state_was_lost() {
    let (bytes, _) = log();
    let (outbox, _) = Outbox::recover(&bytes, &birth(1, 10_000), LIMITS).unwrap();
    assert_eq!(outbox.bn(), 2);
}

#[test]
fn a_log_that_is_mostly_garbage_is_written_anew() {
    let (mut outbox, _) = Outbox::recover(&[], &birth(1, 10_000), LIMITS).unwrap();
    let (mut log, mut largest, mut rewrites) = (Vec::new(), 0, 0);
    for seq in 1..=3_000 {
        outbox.push(&sample_of(seq as f64), seq, Timestamp::from_ms(seq as i64));
        let write = outbox.next_write(seq).unwrap();
        if write.replaces {
            log.clear();
            rewrites += 1;
        }
        log.extend_from_slice(&write.bytes);
        outbox.synced(write.mark);
        largest = largest.max(log.len());
        let boot = BootId::from_bits(1);
        let hwm = seq.saturating_sub(5);
        outbox.hear(&Ack { boot, hwm, got: vec![], ingest: "a".to_owned(), backfill_per_s: 20 });
    }
    assert!(largest < 80_000 && (2..20).contains(&rewrites), "{largest} bytes, {rewrites} times anew");
    // The boot's last seq outlives the records that were dropped from the log.
    let (mut outbox, recovered) = recover(&log);
    assert_eq!(recovered.lost_at_most, 1);
    let platform = drain(&mut outbox);
    assert_eq!(platform.cursor(BootId::from_bits(1)).stored.last_key_value().unwrap().0, &3_002);
}

#[test]
fn a_record_waits_for_the_disk_and_goes_on_without_it_after_five_seconds() {
    let (mut outbox, _) = Outbox::recover(&[], &birth(1, 10_000), LIMITS).unwrap();
    let begun = outbox.next_write(0).unwrap();
    outbox.synced(begun.mark);
    outbox.push(&[], 1_000, Timestamp::from_ms(0));
    assert_eq!(outbox.next_to_send(1_000), None, "not written yet");
    let write = outbox.next_write(1_000).unwrap();
    assert_eq!(outbox.next_to_send(6_000), None, "not synced yet");
    assert!(!outbox.is_disk_in_trouble(6_000) && outbox.is_disk_in_trouble(6_001));
    assert_eq!(outbox.next_to_send(6_001).unwrap().seq, 1);
    outbox.synced(write.mark);
    assert!(!outbox.is_disk_in_trouble(7_000));
}

#[test]
fn a_disk_that_failed_is_tried_again_after_a_minute_with_the_whole_log() {
    let (mut outbox, _) = Outbox::recover(&[], &birth(1, 10_000), LIMITS).unwrap();
    outbox.next_write(0).unwrap();
    outbox.disk_failed(1_000);
    outbox.push(&sample_of(1.0), 2_000, Timestamp::from_ms(0));
    assert_eq!(outbox.next_to_send(2_000).unwrap().seq, 1, "it goes on from memory");
    assert!(outbox.is_disk_in_trouble(2_000));
    assert_eq!(outbox.next_write(60_999), None);
    let write = outbox.next_write(61_000).unwrap();
    assert!(write.replaces && outbox.is_disk_in_trouble(61_000));
    outbox.synced(write.mark);
    assert!(!outbox.is_disk_in_trouble(61_000));
    assert_eq!(recover(&write.bytes).1.records, 1);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_recovery_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0..3_000_usize) {
        // Alone, and in the place of a part of a log.
        let _ = Outbox::recover(&bytes, &birth(2, 10_000), LIMITS);
        let (log, _) = log();
        let at = at.min(log.len());
        let mut damaged = log[..at].to_vec();
        let rest = (at + bytes.len()).min(log.len());
        damaged.append(&mut bytes);
        damaged.extend_from_slice(&log[rest..]);
        if let Ok((mut outbox, _)) = Outbox::recover(&damaged, &birth(2, 10_000), LIMITS) {
            drain(&mut outbox);
        }
    }
}
