//! Damage never makes a wrong value, is always noticed, and takes no more than its chunk.

use super::rolled_up::all_hours;
use super::*;

/// What is left in a damaged file: cells that were written, and a word where any are missing.
fn check_what_is_left(folder: &TempDir, bytes: &[u8], house: &BTreeMap<u32, Vec<Row>>, what: &str) -> bool {
    let file = path(folder, "damaged.seg");
    fs::write(&file, bytes).unwrap();
    let Ok(segment) = Segment::open(&file) else { return false };
    let mut noticed = 0;
    for (&heater, rows) in house {
        let (expected, (seen, damaged_chunks)) = (facts(rows), all(&segment, heater));
        assert!(seen.iter().all(|fact| expected.contains(fact)), "{what}: a value that was never written");
        assert_eq!(
            seen.len() < expected.len(),
            damaged_chunks > 0,
            "{what}: lost without a word, or none lost"
        );
        for metric in 0..8 {
            let mut values = Vec::new();
            let each = |ts, value: f64| values.push((ts, value.to_bits()));
            segment.visit_values(heater, metric, i64::MIN, i64::MAX, each).unwrap();
            let written = |value: &(i64, u64)| {
                expected.iter().any(|fact| (fact.0, fact.2, fact.4) == (value.0, metric, Some(value.1)))
            };
            assert!(values.iter().all(written), "{what}: a value that was never written");
        }
        noticed += damaged_chunks;
    }
    assert!(noticed <= 1, "{what}: one damaged byte took more than one chunk");
    noticed == 1
}

#[test]
fn no_changed_byte_of_a_day_file_makes_a_wrong_value_or_takes_more_than_its_chunk() {
    let (folder, house) = (TempDir::new().unwrap(), house());
    write(&folder, &house);
    let bytes = fs::read(path(&folder, "day.seg")).unwrap();
    let mut opened = 0;
    for at in 0..bytes.len() {
        for flip in [1, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            let chunk_lost = check_what_is_left(&folder, &damaged, &house, &format!("byte {at} ^ {flip}"));
            let is_open = Segment::open(&path(&folder, "damaged.seg")).is_ok();
            assert_eq!(chunk_lost, is_open, "byte {at} ^ {flip}: nobody noticed");
            opened += u32::from(is_open);
        }
    }
    assert!(opened as usize > bytes.len(), "most of the file is columns, whose damage leaves the file open");
}

#[test]
fn no_cut_file_opens() {
    let folder = TempDir::new().unwrap();
    write(&folder, &house());
    for name in ["day.seg", "day.roll"] {
        let bytes = fs::read(path(&folder, name)).unwrap();
        let file = path(&folder, "cut");
        let opens = |bytes: &[u8]| {
            fs::write(&file, bytes).unwrap();
            if name == "day.seg" { Segment::open(&file).is_ok() } else { RollUp::open(&file).is_ok() }
        };
        assert!(opens(&bytes));
        assert!((0..bytes.len()).all(|length| !opens(&bytes[..length])), "{name}");
        assert!(!opens(&vec![0; bytes.len()]), "{name} of zeros");
        assert!(!opens(&[bytes.as_slice(), &[0]].concat()), "{name} with something behind it");
    }
}

#[test]
fn a_file_cut_while_it_is_open_is_damaged_and_no_failing_disk() {
    let (folder, house) = (TempDir::new().unwrap(), house());
    write(&folder, &house);
    let segment = Segment::open(&path(&folder, "day.seg")).unwrap();
    let length = fs::metadata(path(&folder, "day.seg")).unwrap().len();
    let file = fs::File::options().write(true).open(path(&folder, "day.seg")).unwrap();
    for length in (0..length).rev() {
        file.set_len(length).unwrap();
        for (&heater, rows) in &house {
            let (expected, (seen, damaged_chunks)) = (facts(rows), all(&segment, heater));
            assert!(seen.iter().all(|fact| expected.contains(fact)));
            assert_eq!(seen.len() < expected.len(), damaged_chunks > 0);
        }
    }
}

#[test]
fn no_changed_byte_of_a_roll_up_makes_a_wrong_hour() {
    let (folder, house) = (TempDir::new().unwrap(), house());
    write(&folder, &house);
    let bytes = fs::read(path(&folder, "day.roll")).unwrap();
    let whole = all_hours(&RollUp::open(&path(&folder, "day.roll")).unwrap(), &[3, 8]);
    let file = path(&folder, "damaged.roll");
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        fs::write(&file, &damaged).unwrap();
        let Ok(roll_up) = RollUp::open(&file) else { continue };
        let (mut seen, mut damaged_chunks) = (Vec::new(), 0);
        for metric in 0..8 {
            let each = |heater, start, sum| seen.push(((metric, heater, start), sum));
            damaged_chunks += roll_up.visit(metric, &[3, 8], each).unwrap().damaged_chunks;
        }
        assert_eq!(damaged_chunks, 1, "byte {at}");
        assert!(seen.len() < whole.len() && seen.iter().all(|hour| whole.contains(hour)), "byte {at}");
        let merged = merge_roll_ups(&[&roll_up], &path(&folder, "merged.roll"), |_, _| true).unwrap();
        assert_eq!((merged.damaged_chunks, merged.summary.rows), (1, seen.len() as u64), "byte {at}");
    }
}
