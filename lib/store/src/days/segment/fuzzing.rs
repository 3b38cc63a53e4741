//! What must hold of the parts of a day file, whatever bytes they are made of: see [`crate::fuzzing`].

use crate::days::segment::column::{self, Cells};
use crate::days::segment::{index, integers, origins, roll_up, values};
use crate::form::bytes::{Damaged, Reader};
use crate::form::quality::Measurement;
use crate::fuzzing::{check_measurement, whole, written};

pub(crate) use crate::days::segment::index::MAX_ROWS;

pub(crate) fn integers(count: usize, bytes: &[u8]) {
    let Ok(numbers) = integers::read(count, &mut Reader::new(bytes)) else { return };
    assert_eq!(numbers.len(), count);
    let again = written(|out| integers::write(&numbers, out));
    assert_eq!(whole(&again, |from| integers::read(count, from)), numbers);
}

pub(crate) fn values(count: usize, bytes: &[u8]) {
    let Ok(values) = values::read(count, &mut Reader::new(bytes)) else { return };
    assert_eq!(values.len(), count);
    assert!(values.iter().all(|value| value.is_finite()));
    let again = written(|out| values::write(&values, out));
    let read = whole(&again, |from| values::read(count, from));
    assert!(read.iter().zip(&values).all(|(read, value)| read.to_bits() == value.to_bits()));
}

pub(crate) fn column(rows: usize, bytes: &[u8]) {
    let Ok(cells) = Cells::read(rows, bytes) else { return };
    let all: Vec<(usize, Measurement)> = cells.iter().collect();
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert!(all.iter().all(|(row, _)| *row < rows));
    all.iter().for_each(|(_, measurement)| check_measurement(*measurement));
    let mut good = Vec::new();
    cells.each_good(|row, value| good.push((row, value)));
    let expected = all.iter().filter_map(|(row, measurement)| Some((*row, measurement.good()?)));
    assert!(expected.eq(good), "both ways to the good values lead to the same");
    let (at, measurements): (Vec<i64>, Vec<Measurement>) =
        all.iter().map(|(row, measurement)| (*row as i64, *measurement)).unzip();
    let again = written(|out| column::write(rows, &at, &measurements, out));
    assert!(Cells::read(rows, &again).expect("what was just written reads").iter().eq(all));
}

pub(crate) fn origins(rows: usize, bytes: &[u8]) {
    let Ok(read) = origins::read(rows, bytes) else { return };
    assert_eq!(read.len(), rows);
    let again = written(|out| origins::write(&read, out));
    assert_eq!(origins::read(rows, &again), Ok(read));
}

pub(crate) fn index(bytes: &[u8]) {
    let heater = Reader::new(bytes).number().ok().and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
    let Ok(chunks) = index::decode(heater, bytes) else { return };
    for chunk in &chunks {
        assert!(chunk.rows <= MAX_ROWS);
        assert!(chunk.metrics.is_sorted_by_key(|(metric, _)| *metric));
    }
    assert_eq!(index::decode(heater, &index::encode(heater, &chunks)), Ok(chunks));
}

pub(crate) fn roll_up(hours: usize, bytes: &[u8]) {
    let Ok(read) = roll_up::decode(hours as u32, bytes) else { return };
    assert_eq!(read.len(), hours);
    assert!(read.iter().all(|hour| [hour.sum.min, hour.sum.max, hour.sum.sum].iter().all(|v| v.is_finite())));
    assert_eq!(roll_up::decode(hours as u32, &roll_up::encode(&read)), Ok::<_, Damaged>(read));
}
