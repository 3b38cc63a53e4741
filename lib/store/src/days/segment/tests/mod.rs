//! Day files as a whole: what goes in comes out.

mod damage;
mod rolled_up;
mod size;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;
use vocabulary::{BootId, Fault, Quality, Suspicion};

use super::*;
use crate::form::quality::{self, Measurement};
use crate::log::block::{Cell, Origin, Row};

const DAY: i64 = 1_763_596_800_000;

/// A cell as something that can be compared and sorted: time, origin, metric, quality, bits of the value.
type Fact = (i64, Origin, u32, u8, Option<u64>);

fn fact(origin: &Origin, cell: &Cell) -> Fact {
    let Measurement { value, quality } = cell.measurement;
    (cell.ts, *origin, cell.metric, quality::code(quality), value.map(f64::to_bits))
}

/// What a file should hold of these rows, ascending: the last of those with the same origin, time and metric.
fn facts(rows: &[Row]) -> Vec<Fact> {
    let mut last = BTreeMap::new();
    for row in rows {
        for cell in &row.cells {
            last.insert((cell.ts, row.origin, cell.metric), fact(&row.origin, cell));
        }
    }
    last.into_values().collect()
}

fn good(value: f64) -> Measurement {
    Measurement { value: Some(value), quality: Quality::Good }
}

fn origin(boot: u64, seq: u64) -> Origin {
    Origin { bn: boot, boot: BootId::from_bits(boot.wrapping_mul(0x9e37_79b9_7f4a_7c15)), seq }
}

fn path(folder: &TempDir, name: &str) -> PathBuf {
    folder.path().join(name)
}

/// Writes a day file and its roll-up.
fn write(folder: &TempDir, heaters: &BTreeMap<u32, Vec<Row>>) -> (Summary, Summary) {
    let mut segment = SegmentWriter::create(&path(folder, "day.seg"), "plant").unwrap();
    let mut roll_up = RollUpWriter::create(&path(folder, "day.roll"), "plant").unwrap();
    for (&number, rows) in heaters {
        let table = Table::of(rows);
        segment.heater(number, &table).unwrap();
        roll_up.heater(number, &table).unwrap();
    }
    (segment.finish().unwrap(), roll_up.finish().unwrap())
}

fn all(segment: &Segment, heater: u32) -> (Vec<Fact>, u32) {
    let Rows { rows, damaged_chunks } = segment.rows(heater).unwrap();
    (
        rows.iter().flat_map(|row| row.cells.iter().map(|cell| fact(&row.origin, cell))).collect(),
        damaged_chunks,
    )
}

/// A small house: two heaters, with everything that a column can have in it.
fn house() -> BTreeMap<u32, Vec<Row>> {
    let rows = |heater: u64| {
        (0..40_u64).flat_map(move |at| {
            let ts = DAY + at as i64 * 10_000 + (at as i64 * at as i64 * 7 + heater as i64) % 13;
            let cell = |metric, measurement| Cell { metric, ts, measurement };
            let mut cells = vec![
                cell(0, good((2_100 + (at * at * 31 % 17) as i64) as f64 / 100.0)),
                cell(2, good(1_000.0 + at as f64)),
                cell(7, good(1.0 / (at + 3) as f64)),
            ];
            if at % 3 == 0 {
                cells.push(cell(4, Measurement { value: None, quality: Quality::Missing(Fault::Silent) }));
            }
            if at % 5 == 1 {
                let quality = Quality::Suspect(Suspicion::Jump);
                cells.push(cell(5, Measurement { value: Some(at as f64), quality }));
            }
            Row::of_record(origin(heater + at / 30, at), cells)
        })
    };
    BTreeMap::from([(3, rows(1).collect()), (8, rows(2).collect())])
}

fn any_measurement() -> impl Strategy<Value = Measurement> {
    let value = prop_oneof![
        8 => any::<i16>().prop_map(|hundredths| f64::from(hundredths) / 100.0),
        1 => any::<f64>().prop_filter("finite", |value| value.is_finite()),
        1 => proptest::sample::select(vec![-0.0, f64::MAX, f64::MIN, 0.1 + 0.2, 9_007_199_254_740_993.0]),
    ];
    let fault = proptest::sample::select(vec![Fault::Silent, Fault::Garbled, Fault::Broken, Fault::Absent]);
    prop_oneof![
        8 => value.clone().prop_map(good),
        1 => (value, proptest::sample::select(Suspicion::ALL.to_vec()))
            .prop_map(|(value, why)| Measurement { value: Some(value), quality: Quality::Suspect(why) }),
        1 => fault.prop_map(|fault| Measurement { value: None, quality: Quality::Missing(fault) }),
    ]
}

fn any_time() -> impl Strategy<Value = i64> {
    prop_oneof![
        10 => (0..40_i64).prop_map(|step| DAY + step * 10_000),
        5 => DAY..DAY + 86_400_000,
        1 => any::<i64>(),
        1 => proptest::sample::select(vec![i64::MIN, i64::MAX, 0]),
    ]
}

/// Records of few boots and seqs, so that some of them meet.
fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let metric = prop_oneof![9 => 0..6_u32, 1 => any::<u32>()];
    let cell = (metric, any_time(), any_measurement()).prop_map(|(metric, ts, measurement)| Cell {
        metric,
        ts,
        measurement,
    });
    let record = (
        0..3_u64,
        prop_oneof![0..6_u64, any::<u64>()],
        proptest::collection::vec(cell, 0..10),
        any_time(),
        any::<bool>(),
    )
        .prop_map(|(boot, seq, mut cells, ts, has_one_time)| {
            if has_one_time {
                cells.iter_mut().for_each(|cell| cell.ts = ts);
            }
            Row::of_record(origin(boot, seq), cells)
        });
    proptest::collection::vec(record, 0..40).prop_map(|records| records.into_iter().flatten().collect())
}

proptest! {
    #[test]
    fn a_day_file_gives_back_every_cell_once(
        heaters in proptest::collection::btree_map(any::<u32>(), any_rows(), 0..4),
        asked in (0..7_u32, any_time(), any_time()),
    ) {
        let folder = TempDir::new().unwrap();
        let (summary, _) = write(&folder, &heaters);
        let segment = Segment::open(&path(&folder, "day.seg")).unwrap();
        prop_assert_eq!(segment.summary(), summary);
        prop_assert_eq!(segment.class(), "plant");
        let (metric, from, to) = asked;
        let mut cells = 0;
        for (&heater, rows) in &heaters {
            let expected = facts(rows);
            cells += expected.len() as u64;
            prop_assert_eq!(segment.contains(heater), !expected.is_empty());
            prop_assert_eq!(all(&segment, heater), (expected.clone(), 0));

            let inside: Vec<Fact> = expected.into_iter()
                .filter(|fact| fact.0 >= from && fact.0 < to && fact.2 == metric).collect();
            let mut seen = Vec::new();
            segment.visit(heater, Some(metric), from, to, |origin, cell| seen.push(fact(origin, &cell))).unwrap();
            prop_assert_eq!(&seen, &inside);

            let good: Vec<(i64, u64)> =
                inside.iter().filter(|fact| fact.3 == 0).map(|fact| (fact.0, fact.4.unwrap())).collect();
            let mut values = Vec::new();
            segment.visit_values(heater, metric, from, to, |ts, value| values.push((ts, value.to_bits()))).unwrap();
            prop_assert_eq!(values, good);
        }
        prop_assert_eq!(summary.cells, cells);
        prop_assert_eq!(segment.heaters().count(), summary.heaters as usize);
    }
}

#[test]
fn a_newer_file_a_damaged_one_and_one_that_cannot_be_read_are_told_apart() {
    let folder = TempDir::new().unwrap();
    write(&folder, &house());
    let mut bytes = fs::read(path(&folder, "day.seg")).unwrap();
    bytes[7] = 2;
    let crc = crc32fast::hash(&bytes[..24]);
    bytes[24..28].copy_from_slice(&crc.to_le_bytes());
    fs::write(path(&folder, "newer.seg"), &bytes).unwrap();
    let found = Segment::open(&path(&folder, "newer.seg")).err();
    assert!(matches!(found, Some(SegmentError::Newer { found: 2, known: 1 })), "{found:?}");
    let other = Segment::open(&path(&folder, "day.roll")).err();
    assert!(matches!(other, Some(SegmentError::Damaged(_))), "{other:?}");
    let none = Segment::open(&path(&folder, "none.seg")).err();
    assert!(matches!(none, Some(SegmentError::Read(_))), "{none:?}");
    let unreadable = Segment::open(folder.path()).err();
    assert!(matches!(unreadable, Some(SegmentError::Read(_))), "{unreadable:?}");
}

#[test]
fn heaters_out_of_order_and_long_names_are_refused() {
    let folder = TempDir::new().unwrap();
    let table = Table::of(&house()[&3]);
    let mut segment = SegmentWriter::create(&path(&folder, "a"), "plant").unwrap();
    let mut roll_up = RollUpWriter::create(&path(&folder, "b"), "plant").unwrap();
    segment.heater(5, &table).unwrap();
    roll_up.heater(5, &table).unwrap();
    for number in [4, 5] {
        assert!(segment.heater(number, &table).is_err());
        assert!(roll_up.heater(number, &table).is_err());
    }
    assert!(SegmentWriter::create(&path(&folder, "c"), "seventeen letters").is_err());
}

#[test]
fn a_day_of_more_rows_than_a_chunk_holds_is_read_in_parts() {
    let folder = TempDir::new().unwrap();
    let rows: Vec<Row> = (0..20_000_u64)
        .map(|at| {
            let ts = DAY + at as i64 * 4_000;
            // A metric that appears in the last chunk only.
            let metrics = if at < 19_000 { 0..1 } else { 0..2 };
            let cells = metrics.map(|metric| Cell { metric, ts, measurement: good((at % 7) as f64) });
            Row { origin: origin(1, at), cells: cells.collect() }
        })
        .collect();
    write(&folder, &BTreeMap::from([(0, rows.clone())]));
    let segment = Segment::open(&path(&folder, "day.seg")).unwrap();
    assert_eq!(all(&segment, 0), (facts(&rows), 0));
    let mut seen = Vec::new();
    segment
        .visit_values(0, 0, DAY + 4_000 * 6_000, DAY + 4_000 * 7_000, |ts, value| seen.push((ts, value)))
        .unwrap();
    let expected: Vec<_> = (6_000..7_000).map(|at: i64| (DAY + at * 4_000, (at % 7) as f64)).collect();
    assert_eq!(seen, expected);
}
