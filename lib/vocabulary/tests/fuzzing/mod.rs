//! What must hold of any bytes: run by the fuzz targets (`fuzz/`) and over their corpus by the ordinary tests.

#![allow(clippy::unwrap_used, reason = "a failure here is what is looked for")]

use vocabulary::{Ack, MAX_BACKFILL_PER_S, MAX_GOT_RANGES, MAX_SAMPLES, Payload as _, Record, RecordHead};

/// A day: no sample lies further from its record.
const DAY_MS: u64 = 86_400_000;

/// What reads as a record is within its bounds, survives the wire unchanged, and has the head that is read without it.
pub(crate) fn record(bytes: &[u8]) {
    let head = RecordHead::read(bytes);
    if let Some(head) = head {
        assert!((1..=head.seq).contains(&head.low));
    }
    let Ok((record, refused)) = Record::decode(bytes) else { return };
    assert!(record.samples.len() + refused.len() <= MAX_SAMPLES);
    assert!((1..=record.seq).contains(&record.low));
    for sample in &record.samples {
        assert!(sample.dt_ms.unsigned_abs() <= DAY_MS);
        assert!(sample.reading.known().is_none_or(f64::is_finite));
        assert!(sample.reading.known().is_none_or(|value| value != 0.0 || value.is_sign_positive()));
    }
    let head = head.expect("what reads as a whole has a head");
    let samples = record.samples.len() + refused.len();
    assert_eq!(
        head,
        RecordHead { boot: record.boot, bn: record.bn, seq: record.seq, low: record.low, samples }
    );
    let again = record.encode();
    // What was written more tightly than we write may not fit any more; everything else is the same again.
    if again.len() <= vocabulary::MAX_PAYLOAD_BYTES {
        let (read, refused) = Record::decode(&again).unwrap();
        assert_eq!((read, refused.len()), (record, 0));
    }
}

/// What reads as an acknowledgement ascends, is bounded, and survives the wire unchanged.
pub(crate) fn ack(bytes: &[u8]) {
    let Ok(ack) = Ack::decode(bytes) else { return };
    assert!(ack.got.len() <= MAX_GOT_RANGES && ack.backfill_per_s <= MAX_BACKFILL_PER_S);
    let mut below = ack.hwm;
    for &(from, to) in &ack.got {
        assert!(below < from && from <= to);
        assert!(!ack.covers(below.saturating_add(1)) || from == below + 1);
        assert!(ack.covers(from) && ack.covers(to));
        below = to;
    }
    assert_eq!(ack.covers(u64::MAX), below == u64::MAX);
    assert!(ack.covers(ack.hwm));
    assert_eq!(Ack::decode(&ack.encode()).unwrap(), ack);
}
