//! A block: some records of one heater, as the log holds them under one key.
//!
//! ```text
//!   version: one byte, 2; crc32 of the key and all that follows (version 1 had none): see `checked`
//!   ts_min, ts_max - ts_min, records, metrics in it      enough to find it again without reading on
//!   boots: count, then (boot: eight bytes, bn) each
//!   rows, until the end:
//!     flags: 1 = cells have times of their own, 2 = metrics of its own, 4 = boot follows (otherwise the row before's)
//!     seq and time, each as the difference from the row before's
//!     cells in the order of the metrics' numbers: [difference from the row's time] measurement
//! ```
//! Numbers are postcard varints. A record that holds a metric several times becomes several rows with the same seq.

use vocabulary::BootId;

use crate::form::bytes::{Damaged, Reader, Writer};
use crate::form::cell;
use crate::form::checked;
use crate::form::metric_set::MetricSet;
use crate::form::quality::Measurement;

/// Blocks of this version carry no checksum. They are read, and never written.
const UNCHECKED: u8 = 1;
const VERSION: u8 = 2;
const OWN_TIMES: u8 = 1;
const OWN_METRICS: u8 = 2;
const OTHER_BOOT: u8 = 4;

/// What a block lies under in the log: commit and number of the heater.
pub(crate) type Key = (u64, u32);

/// Where a record comes from. The order is the one in which a heater made its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Origin {
    pub(crate) bn: u64,
    pub(crate) boot: BootId,
    pub(crate) seq: u64,
}

/// One measurement of one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    pub(crate) metric: u32,
    pub(crate) ts: i64,
    pub(crate) measurement: Measurement,
}

/// Cells of one record, at most one per metric, ascending by metric; never empty.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) origin: Origin,
    pub(crate) cells: Vec<Cell>,
}

impl Row {
    /// The rows of a record: as many as its most frequent metric occurs, none when it has no cells. Of two cells with the
    /// same metric and time the later one stays: a day file keeps one, and sealing must not change an answer.
    pub(crate) fn of_record(origin: Origin, mut cells: Vec<Cell>) -> Vec<Self> {
        // Nearly every record comes as one row already.
        if !cells.is_empty() && cells.is_sorted_by(|one, next| one.metric < next.metric) {
            return vec![Self { origin, cells }];
        }
        cells.reverse();
        cells.sort_by_key(|cell| (cell.metric, cell.ts));
        cells.dedup_by_key(|cell| (cell.metric, cell.ts));
        let mut rows: Vec<Self> = Vec::with_capacity(1);
        let mut occurrence = 0;
        let mut previous = None;
        for cell in cells {
            occurrence = if previous == Some(cell.metric) { occurrence + 1 } else { 0 };
            previous = Some(cell.metric);
            if rows.len() == occurrence {
                rows.push(Self { origin, cells: Vec::new() });
            }
            rows[occurrence].cells.push(cell);
        }
        rows
    }

    fn metrics(&self) -> MetricSet {
        self.cells.iter().map(|cell| cell.metric).collect()
    }
}

/// What the head of a block says of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Header {
    pub(crate) ts_min: i64,
    pub(crate) ts_max: i64,
    pub(crate) records: u32,
    pub(crate) metrics: MetricSet,
}

impl Header {
    fn of(rows: &[Row]) -> Self {
        let times = || rows.iter().flat_map(|row| row.cells.iter().map(|cell| cell.ts));
        let mut records = 0;
        let mut previous = None;
        for row in rows {
            records += u32::from(previous != Some(row.origin));
            previous = Some(row.origin);
        }
        Self {
            ts_min: times().min().unwrap_or(0),
            ts_max: times().max().unwrap_or(0),
            records,
            metrics: rows.iter().flat_map(|row| row.cells.iter().map(|cell| cell.metric)).collect(),
        }
    }

    fn write(&self, out: &mut Writer) {
        out.signed(self.ts_min);
        out.number(self.ts_max.wrapping_sub(self.ts_min) as u64);
        out.number(u64::from(self.records));
        self.metrics.write(out);
    }

    /// Reads the head of a block and leaves the rest.
    pub(crate) fn read(key: Key, bytes: &[u8]) -> Result<Self, Damaged> {
        Self::take(&mut body(key, bytes)?)
    }

    fn take(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let ts_min = from.signed()?;
        let ts_max = ts_min.checked_add_unsigned(from.number()?).ok_or(Damaged)?;
        let records = u32::try_from(from.number()?).map_err(|_| Damaged)?;
        Ok(Self { ts_min, ts_max, records, metrics: MetricSet::read(from)? })
    }
}

/// Makes a block of rows; rows of one record must stand together. Returns its head too.
pub(crate) fn encode(key: Key, rows: &[Row]) -> (Header, Vec<u8>) {
    let header = Header::of(rows);
    let mut out = Writer::default();
    header.write(&mut out);
    let mut boots: Vec<(BootId, u64)> = Vec::new();
    for row in rows {
        let boot = (row.origin.boot, row.origin.bn);
        if !boots.contains(&boot) {
            boots.push(boot);
        }
    }
    out.number(boots.len() as u64);
    for (boot, bn) in &boots {
        out.eight(boot.bits());
        out.number(*bn);
    }
    let mut place = Place { boot: 0, seq: 0, ts: header.ts_min };
    for row in rows {
        place = encode_row(row, place, &header.metrics, &boots, &mut out);
    }
    (header, checked::seal(VERSION, &numbers(key), &out.into_bytes()))
}

fn numbers((commit, heater): Key) -> [u64; 2] {
    [commit, u64::from(heater)]
}

/// What a block says, once its checksum has been found right.
fn body(key: Key, bytes: &[u8]) -> Result<Reader<'_>, Damaged> {
    match bytes.split_first() {
        Some((&UNCHECKED, body)) => Ok(Reader::new(body)),
        _ => checked::open(VERSION, &numbers(key), bytes).map(Reader::new),
    }
}

/// What the row before left behind, from which the next one differs little.
#[derive(Clone, Copy)]
struct Place {
    boot: usize,
    seq: u64,
    ts: i64,
}

fn encode_row(
    row: &Row,
    before: Place,
    common: &MetricSet,
    boots: &[(BootId, u64)],
    out: &mut Writer,
) -> Place {
    let Origin { bn, boot, seq } = row.origin;
    let boot = boots.iter().position(|known| *known == (boot, bn)).expect("every row's boot was listed");
    let ts = row.cells[0].ts;
    let metrics = row.metrics();
    let own_times = row.cells.iter().any(|cell| cell.ts != ts);
    let own_metrics = metrics != *common;
    let mut flags = 0;
    for (set, flag) in [(own_times, OWN_TIMES), (own_metrics, OWN_METRICS), (boot != before.boot, OTHER_BOOT)]
    {
        flags |= if set { flag } else { 0 };
    }
    out.byte(flags);
    if boot != before.boot {
        out.number(boot as u64);
    }
    out.signed(seq.wrapping_sub(before.seq) as i64);
    out.signed(ts.wrapping_sub(before.ts));
    if own_metrics {
        metrics.write(out);
    }
    for cell in &row.cells {
        if own_times {
            out.signed(cell.ts.wrapping_sub(ts));
        }
        cell::write(cell.measurement, out);
    }
    Place { boot, seq, ts }
}

/// Gives every cell of a block to `each`, row by row.
///
/// # Errors
/// [`Damaged`] when the block does not say what it should; what `each` was given before that is not to be trusted.
pub(crate) fn visit(key: Key, bytes: &[u8], mut each: impl FnMut(&Origin, Cell)) -> Result<(), Damaged> {
    let mut from = body(key, bytes)?;
    let header = Header::take(&mut from)?;
    let boots: Vec<(BootId, u64)> = (0..from.count()?)
        .map(|_| Ok((BootId::from_bits(from.eight()?), from.number()?)))
        .collect::<Result<_, Damaged>>()?;
    let mut place = Place { boot: 0, seq: 0, ts: header.ts_min };
    while !from.is_empty() {
        let flags = from.byte()?;
        if flags & OTHER_BOOT != 0 {
            place.boot = usize::try_from(from.number()?).map_err(|_| Damaged)?;
        }
        let &(boot, bn) = boots.get(place.boot).ok_or(Damaged)?;
        place.seq = place.seq.wrapping_add(from.signed()? as u64);
        place.ts = place.ts.wrapping_add(from.signed()?);
        let own = if flags & OWN_METRICS != 0 { Some(MetricSet::read(&mut from)?) } else { None };
        let origin = Origin { bn, boot, seq: place.seq };
        for metric in own.as_ref().unwrap_or(&header.metrics).iter() {
            let dt = if flags & OWN_TIMES != 0 { from.signed()? } else { 0 };
            let ts = place.ts.wrapping_add(dt);
            each(&origin, Cell { metric, ts, measurement: cell::read(&mut from)? });
        }
    }
    Ok(())
}

/// The rows of a block as they were encoded.
pub(crate) fn decode(key: Key, bytes: &[u8]) -> Result<Vec<Row>, Damaged> {
    let mut rows: Vec<Row> = Vec::new();
    visit(key, bytes, |origin, cell| match rows.last_mut() {
        // Metrics ascend within a row: one that does not begins the next.
        Some(row)
            if row.origin == *origin && row.cells.last().is_some_and(|last| last.metric < cell.metric) =>
        {
            row.cells.push(cell);
        }
        _ => rows.push(Row { origin: *origin, cells: vec![cell] }),
    })?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use vocabulary::{Fault, Quality, Suspicion};

    const KEY: Key = (5, 2);

    fn any_measurement() -> impl Strategy<Value = Measurement> {
        let value = prop_oneof![
            any::<f64>().prop_filter("finite", |value| value.is_finite()),
            any::<i16>().prop_map(|hundredths| f64::from(hundredths) / 100.0),
        ];
        prop_oneof![
            6 => value.clone().prop_map(|value| Measurement { value: Some(value), quality: Quality::Good }),
            1 => value.prop_map(|value| Measurement { value: Some(value), quality: Quality::Suspect(Suspicion::Jump) }),
            1 => Just(Measurement { value: None, quality: Quality::Missing(Fault::Silent) }),
        ]
    }

    fn any_record() -> impl Strategy<Value = (Origin, Vec<Cell>)> {
        let time =
            prop_oneof![Just(1_763_632_000_123_i64), 1_763_632_000_000..1_763_732_000_000_i64, any::<i64>()];
        let cell = (0..80_u32, time, any_measurement()).prop_map(|(metric, ts, measurement)| Cell {
            metric,
            ts,
            measurement,
        });
        (0..3_u64, any::<u64>(), proptest::collection::vec(cell, 0..20)).prop_map(|(bn, seq, cells)| {
            (Origin { bn, boot: BootId::from_bits(bn.wrapping_mul(0x9e37_79b9_7f4a_7c15)), seq }, cells)
        })
    }

    proptest! {
        #[test]
        fn a_block_gives_back_every_record(records in proptest::collection::vec(any_record(), 1..20)) {
            let rows: Vec<Row> =
                records.into_iter().flat_map(|(origin, cells)| Row::of_record(origin, cells)).collect();
            prop_assume!(!rows.is_empty());
            let (header, bytes) = encode(KEY, &rows);
            prop_assert_eq!(Header::read(KEY, &bytes).unwrap(), header.clone());
            let mut cells = Vec::new();
            visit(KEY, &bytes, |origin, cell| cells.push((*origin, cell))).unwrap();
            let expected: Vec<_> =
                rows.iter().flat_map(|row| row.cells.iter().map(|cell| (row.origin, *cell))).collect();
            prop_assert_eq!(&cells, &expected);
            prop_assert!(expected.iter().all(|(_, cell)| (header.ts_min..=header.ts_max).contains(&cell.ts)));
            let again = decode(KEY, &bytes).unwrap();
            let flat: Vec<_> =
                again.iter().flat_map(|row| row.cells.iter().map(|cell| (row.origin, *cell))).collect();
            prop_assert_eq!(flat, expected);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Header::read(KEY, &bytes);
            let _ = decode(KEY, &bytes);
        }

        #[test]
        fn a_changed_byte_is_noticed(at in 0..90_usize, byte: u8) {
            let rows = Row::of_record(example().0, example().1);
            let mut bytes = encode(KEY, &rows).1;
            let at = at % bytes.len();
            let before = std::mem::replace(&mut bytes[at], byte);
            // A first byte of 1 would say that there is no checksum.
            prop_assume!(at > 0 || byte != UNCHECKED);
            prop_assert_eq!(decode(KEY, &bytes), if before == byte { Ok(rows) } else { Err(Damaged) });
        }
    }

    fn example() -> (Origin, Vec<Cell>) {
        let values = [21.43, 41.2, 640.0, 120.0, 312.0, 38.5, 1.0, 412.0, 1_234_567.0, 112.0, 57.3, 61.5];
        let cells = values.iter().enumerate().map(|(metric, &value)| Cell {
            metric: metric as u32,
            ts: 1_763_632_000_123,
            measurement: Measurement { value: Some(value), quality: Quality::Good },
        });
        (Origin { bn: 417, boot: BootId::from_bits(0x9f3a_0102_0304_0506), seq: 1234 }, cells.collect())
    }

    #[test]
    fn a_record_of_twelve_samples_takes_about_fifty_bytes() {
        let (origin, cells) = example();
        let bytes = encode(KEY, &Row::of_record(origin, cells)).1;
        assert!((40..=64).contains(&bytes.len()), "{} bytes", bytes.len());
    }

    #[test]
    fn a_metric_that_occurs_twice_in_a_record_is_kept_twice_and_counted_once() {
        let (origin, mut cells) = example();
        cells.push(Cell { ts: 1_763_632_000_999, ..cells[3] });
        let (header, bytes) = encode(KEY, &Row::of_record(origin, cells));
        assert_eq!(header.records, 1);
        assert_eq!(decode(KEY, &bytes).unwrap().iter().map(|row| row.cells.len()).sum::<usize>(), 13);
    }
}
