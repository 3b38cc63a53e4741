//! Roll-ups say what the rows come to, from the rows or from other roll-ups.

use std::collections::BTreeSet;

use super::*;

const HOUR_MS: i64 = 3_600_000;

proptest! {
    #[test]
    fn a_roll_up_says_what_the_rows_come_to(
        heaters in proptest::collection::btree_map(0..9_u32, any_rows(), 0..4),
    ) {
        let folder = TempDir::new().unwrap();
        let (_, summary) = write(&folder, &heaters);
        let roll_up = RollUp::open(&path(&folder, "day.roll")).unwrap();
        prop_assert_eq!(roll_up.summary(), summary);
        let expected = hours_of(&heaters);
        prop_assert_eq!(summary.rows, expected.len() as u64);
        let numbers: Vec<u32> = heaters.keys().copied().collect();
        check_hours(&all_hours(&roll_up, &numbers), &expected)?;
    }
}

type Hours = BTreeMap<(u32, u32, i64), Vec<f64>>;

/// The good values by metric, heater and begin of the hour.
fn hours_of(heaters: &BTreeMap<u32, Vec<Row>>) -> Hours {
    let mut hours = Hours::new();
    for (&heater, rows) in heaters {
        for (ts, _, metric, quality, value) in facts(rows) {
            if quality == 0 {
                let start = ts.div_euclid(HOUR_MS).saturating_mul(HOUR_MS);
                hours.entry((metric, heater, start)).or_default().push(f64::from_bits(value.unwrap()));
            }
        }
    }
    hours
}

pub(super) fn all_hours(roll_up: &RollUp, heaters: &[u32]) -> Vec<((u32, u32, i64), HourSum)> {
    let metrics: BTreeSet<u32> = roll_up.metrics().collect();
    let mut hours = Vec::new();
    for metric in metrics {
        let each = |heater, start, sum| hours.push(((metric, heater, start), sum));
        assert_eq!(roll_up.visit(metric, heaters, each).unwrap(), Visited::default());
    }
    hours
}

fn check_hours(seen: &[((u32, u32, i64), HourSum)], expected: &Hours) -> Result<(), TestCaseError> {
    prop_assert_eq!(
        seen.iter().map(|hour| hour.0).collect::<Vec<_>>(),
        expected.keys().copied().collect::<Vec<_>>()
    );
    for ((_, sum), values) in seen.iter().zip(expected.values()) {
        prop_assert_eq!(sum.count, values.len() as u64);
        prop_assert!(values.iter().all(|value| (sum.min..=sum.max).contains(value)));
        prop_assert!(values.contains(&sum.min) && values.contains(&sum.max));
        let roughly: f64 = values.iter().sum::<f64>().clamp(f64::MIN, f64::MAX);
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        prop_assert!((sum.sum - roughly).abs() <= largest * values.len() as f64 * 1e-12, "{sum:?} {roughly}");
    }
    Ok(())
}

#[test]
fn sums_of_decimals_are_exact() {
    let tenths = HourSum::of(&[0.1; 10]).unwrap();
    assert_eq!(tenths, HourSum { min: 0.1, max: 0.1, sum: 1.0, count: 10 });
    let both = tenths.with(HourSum::of(&[0.25, -3.3]).unwrap());
    assert_eq!(both, HourSum { min: -3.3, max: 0.25, sum: -2.05, count: 12 });
    assert_eq!(HourSum::of(&[f64::MAX, f64::MAX]).unwrap().sum, f64::MAX);
    assert_eq!(HourSum::of(&[]), None);
}

#[test]
fn merged_roll_ups_say_what_all_rows_together_come_to() {
    let folder = TempDir::new().unwrap();
    let row = |heater: u64, seq: u64| {
        let ts = DAY + (seq * 97 % 86_400) as i64 * 1_000;
        let tenths = (heater * 31 + seq * 17 % 101) as f64 / 10.0;
        let cells = (0..3).map(|metric| Cell { metric, ts, measurement: good(tenths + f64::from(metric)) });
        Row { origin: origin(heater, seq), cells: cells.collect() }
    };
    let part = |heaters: std::ops::Range<u64>, seqs: std::ops::Range<u64>| -> BTreeMap<u32, Vec<Row>> {
        heaters.map(|heater| (heater as u32, seqs.clone().map(|seq| row(heater, seq)).collect())).collect()
    };
    let open = |heaters| {
        let folder = TempDir::new().unwrap();
        write(&folder, heaters);
        RollUp::open(&path(&folder, "day.roll")).unwrap()
    };
    let (early, late, whole) = (part(0..300, 0..30), part(100..400, 30..45), part(0..400, 0..45));
    let inputs = [open(&early), open(&late)];
    let merged =
        merge_roll_ups(&inputs.iter().collect::<Vec<_>>(), &path(&folder, "merged.roll"), |_, _| true)
            .unwrap();
    assert_eq!(merged.damaged_chunks, 0);
    let merged = RollUp::open(&path(&folder, "merged.roll")).unwrap();
    assert_eq!(merged.class(), "plant");

    let of_both: BTreeMap<u32, Vec<Row>> = whole
        .into_iter()
        .map(|(heater, rows)| {
            let was_written = |row: &Row| if row.origin.seq < 30 { heater < 300 } else { heater >= 100 };
            (heater, rows.into_iter().filter(was_written).collect())
        })
        .collect();
    let numbers: Vec<u32> = (0..400).collect();
    let hours = all_hours(&merged, &numbers);
    let at_once = open(&of_both);
    assert_eq!(hours, all_hours(&at_once, &numbers), "in two parts or at once");
    check_hours(&hours, &hours_of(&of_both)).unwrap();

    let mut few = Vec::new();
    at_once.visit(1, &[7, 250, 999], |heater, start, sum| few.push(((1, heater, start), sum))).unwrap();
    let expected =
        hours.into_iter().filter(|((metric, heater, _), _)| *metric == 1 && [7, 250].contains(heater));
    assert_eq!(few, expected.collect::<Vec<_>>());
}
