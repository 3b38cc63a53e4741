//! The rules of an outbox, one story each. What a log is good for is told in `heater/tests`.

use super::*;

const BOOT: BootId = BootId::from_bits(7);

fn outbox(records: u64) -> Outbox {
    let mut outbox = Outbox::new(BOOT, 1, OutboxLimits::default());
    for n in 0..records {
        outbox.push(&[], n, Timestamp::from_ms(n as i64));
    }
    outbox
}

fn ack(hwm: u64, got: Vec<(u64, u64)>, ingest: &str) -> Ack {
    Ack { boot: BOOT, hwm, got, ingest: ingest.to_owned(), backfill_per_s: 2 }
}

fn drain(outbox: &mut Outbox, mono_ms: u64) -> Vec<(u64, bool)> {
    std::iter::from_fn(|| outbox.next_to_send(mono_ms)).map(|r| (r.seq, r.late)).collect()
}

#[test]
fn only_an_acknowledgement_deletes_a_record() {
    let mut outbox = outbox(3);
    assert_eq!(drain(&mut outbox, 100), [(1, false), (2, false), (3, false)]);
    assert_eq!(outbox.len(), 3);
    outbox.hear(&ack(1, vec![(3, 3)], "a"));
    assert_eq!(outbox.len(), 1);
    outbox.hear(&ack(3, vec![], "a"));
    assert!(outbox.is_empty());
}

#[test]
fn an_acknowledgement_of_what_was_not_made_yet_does_not_swallow_it() {
    let mut outbox = outbox(2);
    outbox.hear(&ack(1_000, vec![], "a"));
    assert!(outbox.is_empty());
    outbox.push(&[], 3, Timestamp::from_ms(3));
    outbox.hear(&ack(2, vec![], "a"));
    assert_eq!(outbox.len(), 1);
}

#[test]
fn an_acknowledgement_of_another_boot_deletes_nothing() {
    let mut outbox = outbox(3);
    outbox.hear(&Ack { boot: BootId::from_bits(8), ..ack(3, vec![], "a") });
    assert_eq!(outbox.len(), 3);
}

#[test]
fn what_is_not_acknowledged_is_sent_again_after_half_a_minute() {
    let mut outbox = outbox(2);
    drain(&mut outbox, 100);
    assert_eq!(drain(&mut outbox, 30_099), []);
    assert_eq!(drain(&mut outbox, 30_100), [(1, false), (2, false)]);
}

#[test]
fn a_record_lost_alone_is_sent_again_though_those_after_it_get_through() {
    let mut outbox = outbox(1);
    drain(&mut outbox, 0);
    for n in 1..=2 {
        outbox.push(&[], n * 10_000, Timestamp::from_ms(0));
        drain(&mut outbox, n * 10_000);
        outbox.hear(&ack(0, vec![(2, 1 + n)], "a"));
    }
    outbox.push(&[], 30_000, Timestamp::from_ms(0));
    assert_eq!(drain(&mut outbox, 30_000), [(1, false), (4, false)]);
}

#[test]
fn a_new_connection_and_a_new_ingest_send_again_at_once() {
    let mut outbox = outbox(2);
    drain(&mut outbox, 100);
    outbox.connected();
    assert_eq!(drain(&mut outbox, 200).len(), 2);
    outbox.hear(&ack(0, vec![], "a"));
    assert_eq!(drain(&mut outbox, 300), []);
    outbox.hear(&ack(0, vec![], "b"));
    assert_eq!(drain(&mut outbox, 400).len(), 2);
}

#[test]
fn live_goes_first_and_history_at_the_rate_allowed() {
    let mut outbox = outbox(5);
    outbox.hear(&ack(0, vec![], "a"));
    outbox.push(&[], 200_000, Timestamp::from_ms(200_000));
    assert_eq!(drain(&mut outbox, 200_000), [(6, false), (1, true), (2, true)]);
    assert_eq!(drain(&mut outbox, 200_400), []);
    assert_eq!(drain(&mut outbox, 201_000), [(3, true), (4, true)]);
}

#[test]
fn an_overflow_is_declared_by_low() {
    let mut outbox = Outbox::new(BOOT, 1, OutboxLimits { capacity: 2, ..OutboxLimits::default() });
    for n in 0..5 {
        outbox.push(&[], n, Timestamp::from_ms(0));
    }
    let record = outbox.next_to_send(10).unwrap();
    assert_eq!((record.seq, record.low, outbox.dropped()), (4, 4, 3));
}

#[test]
fn the_window_bounds_what_is_under_way() {
    let mut outbox = outbox(90);
    assert_eq!(drain(&mut outbox, 100).len(), OutboxLimits::default().window);
    outbox.hear(&ack(10, vec![], "a"));
    assert_eq!(drain(&mut outbox, 200).len(), 10);
}

/// An outbox that has booted for the second time: the first boot left `records` behind.
fn second_boot(records: u64, limits: OutboxLimits) -> Outbox {
    let birth = |bn| Birth {
        boot: BootId::from_bits(bn),
        bn,
        kernel_boot: "kernel".to_owned(),
        record_every_ms: 10_000,
        wall: Timestamp::from_ms(0),
    };
    let (mut first, _) = Outbox::recover(&[], &birth(1), limits).unwrap();
    let mut log = first.next_write(0).unwrap().bytes;
    for n in 0..records {
        first.push(&[], n, Timestamp::from_ms(n as i64));
        log.extend_from_slice(&first.next_write(n).unwrap().bytes);
    }
    let (mut outbox, _) = Outbox::recover(&log, &birth(2), limits).unwrap();
    safe(&mut outbox);
    outbox
}

/// Everything that is to be written is on disk.
fn safe(outbox: &mut Outbox) {
    while let Some(write) = outbox.next_write(0) {
        outbox.synced(write.mark);
    }
}

fn ack_of(bn: u64, hwm: u64, got: Vec<(u64, u64)>) -> Ack {
    Ack { boot: BootId::from_bits(bn), ..ack(hwm, got, "a") }
}

fn drain_boots(outbox: &mut Outbox, mono_ms: u64) -> Vec<(u64, u64, u64, bool)> {
    std::iter::from_fn(|| outbox.next_to_send(mono_ms)).map(|r| (r.bn, r.seq, r.low, r.late)).collect()
}

#[test]
fn records_of_an_earlier_boot_are_history_with_a_low_of_their_own() {
    let mut outbox = second_boot(2, OutboxLimits::default());
    outbox.push(&[], 500, Timestamp::from_ms(0));
    safe(&mut outbox);
    assert_eq!(drain_boots(&mut outbox, 1_000), [(2, 1, 1, false), (1, 1, 1, true), (1, 2, 1, true)]);
    outbox.hear(&ack_of(1, 1, vec![]));
    outbox.connected();
    assert_eq!(drain_boots(&mut outbox, 2_000), [(2, 1, 1, false), (1, 2, 2, true)]);
    outbox.hear(&ack_of(2, 1, vec![]));
    outbox.hear(&ack_of(1, 2, vec![]));
    assert!(outbox.is_empty());
}

#[test]
fn an_earlier_boot_that_loses_its_last_record_says_so_with_a_closing_one() {
    let limits = OutboxLimits { capacity: 2, ..OutboxLimits::default() };
    let mut outbox = second_boot(2, limits);
    for n in 0..2 {
        outbox.push(&[], n, Timestamp::from_ms(0));
    }
    safe(&mut outbox);
    assert_eq!((outbox.len(), outbox.dropped(), outbox.dropped_lately()), (3, 2, 2));
    assert_eq!(drain_boots(&mut outbox, 1_000), [(2, 1, 1, false), (2, 2, 1, false), (1, 3, 3, true)]);
    outbox.hear(&ack_of(1, 3, vec![]));
    outbox.hear(&ack_of(2, 2, vec![]));
    assert_eq!((outbox.len(), outbox.dropped(), outbox.dropped_lately()), (0, 2, 0));
}

#[test]
fn a_gap_below_the_last_record_of_an_earlier_boot_is_declared_after_it() {
    let limits = OutboxLimits { capacity: 2, ..OutboxLimits::default() };
    let mut outbox = second_boot(2, limits);
    assert_eq!(drain_boots(&mut outbox, 1_000).len(), 2);
    // The first is dropped while it is under way and never arrives; the second is on disk over there.
    outbox.push(&[], 1_000, Timestamp::from_ms(0));
    outbox.hear(&ack_of(1, 0, vec![(2, 2)]));
    safe(&mut outbox);
    let closing = drain_boots(&mut outbox, 2_000).into_iter().find(|(bn, ..)| *bn == 1);
    assert_eq!(closing, Some((1, 3, 3, true)));
}

#[test]
fn a_boot_that_comes_again_and_again_without_a_platform_stays_bounded() {
    let birth = |bn| Birth {
        boot: BootId::from_bits(bn),
        bn,
        kernel_boot: bn.to_string(),
        record_every_ms: 10_000,
        wall: Timestamp::from_ms(0),
    };
    let mut log = Vec::new();
    for bn in 1..=400 {
        let (mut outbox, _) = Outbox::recover(&log, &birth(bn), OutboxLimits::default()).unwrap();
        outbox.push(&[], 0, Timestamp::from_ms(0));
        log = outbox.next_write(0).unwrap().bytes;
        assert!(outbox.len() <= 2 * 256 + 1, "{}", outbox.len());
    }
}

#[test]
fn records_that_are_never_answered_let_the_others_pass() {
    let mut outbox = outbox(40);
    let window = OutboxLimits::default().window;
    // The platform answers for all but the first 32, which fill the window.
    let poisonous = 1..=window as u64;
    let mut sent = std::collections::BTreeMap::<u64, u32>::new();
    for second in 0..600_u64 {
        let mono_ms = second * 1_000;
        if second % 10 == 0 {
            outbox.push(&[], mono_ms, Timestamp::from_ms(0));
        }
        for (seq, _) in drain(&mut outbox, mono_ms) {
            *sent.entry(seq).or_default() += 1;
            if !poisonous.contains(&seq) {
                outbox.hear(&ack(0, vec![(seq, seq)], "a"));
            }
        }
        // After three times in vain, live records go out at once and history is gone.
        if second > 100 {
            assert_eq!(outbox.len(), window, "at {second} s");
        }
    }
    // They are not forgotten either.
    assert!(poisonous.clone().all(|seq| sent[&seq] > 5), "{sent:?}");
    // Another run of ingest may know what to do with them.
    outbox.hear(&Ack { backfill_per_s: 100, ..ack(0, vec![], "b") });
    assert_eq!(drain(&mut outbox, 601_000).len(), window);
    assert_eq!(drain(&mut outbox, 631_000).len(), window);
}

#[test]
fn no_history_is_sent_while_the_platform_wants_none() {
    let mut outbox = outbox(3);
    drain(&mut outbox, 100_000);
    outbox.hear(&Ack { backfill_per_s: 0, ..ack(0, vec![], "a") });
    outbox.connected();
    assert_eq!(drain(&mut outbox, 200_000), []);
    outbox.push(&[], 200_000, Timestamp::from_ms(0));
    assert_eq!(drain(&mut outbox, 200_000), [(4, false)]);
}
