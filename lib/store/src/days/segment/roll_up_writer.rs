//! Writing roll-ups, from rows or from other roll-ups.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use crate::days::segment::file::{FileWriter, Summary};
use crate::days::segment::hour_sum::{self, HourSum, hour_start_ms};
use crate::days::segment::roll_up::{self, Entry, Hour, MAGIC, MAX_HOURS};
use crate::days::segment::{RollUp, Table};

/// Writes one roll-up file, heater by heater in ascending order of their numbers. In memory is one chunk per metric.
#[derive(Debug)]
pub(crate) struct RollUpWriter {
    file: FileWriter,
    open: BTreeMap<u32, Vec<Hour>>,
    entries: Vec<Entry>,
    heaters: BTreeSet<u32>,
    summary: Summary,
}

impl RollUpWriter {
    /// Begins a file: see [`crate::days::segment::SegmentWriter::create`].
    ///
    /// # Errors
    /// Those of the disk, and `InvalidInput` for a class of more than 16 bytes.
    pub(crate) fn create(path: &Path, class: &str) -> io::Result<Self> {
        Ok(Self {
            file: FileWriter::create(path, MAGIC, class)?,
            open: BTreeMap::new(),
            entries: Vec::new(),
            heaters: BTreeSet::new(),
            summary: Summary::EMPTY,
        })
    }

    /// Adds the hours of a heater.
    ///
    /// # Errors
    /// Those of the disk, and `InvalidInput` for a number that is not above the one before.
    pub(crate) fn heater(&mut self, number: u32, table: &Table) -> io::Result<()> {
        if self.heaters.last().is_some_and(|last| *last >= number) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "heaters come in ascending order"));
        }
        for column in &table.columns {
            for (hour, sum) in hour_sum::hours(table, column) {
                self.put(column.metric, Hour { heater: number, hour, sum })?;
            }
        }
        Ok(())
    }

    /// Adds an hour; those of a metric come ascending by (heater, hour).
    fn put(&mut self, metric: u32, hour: Hour) -> io::Result<()> {
        self.heaters.insert(hour.heater);
        self.summary.rows += 1;
        self.summary.cells += hour.sum.count;
        let start = hour_start_ms(hour.hour);
        self.summary.ts_min = self.summary.ts_min.min(start);
        self.summary.ts_max = self.summary.ts_max.max(start);
        let hours = self.open.entry(metric).or_default();
        hours.push(hour);
        if hours.len() < MAX_HOURS {
            return Ok(());
        }
        let full = std::mem::take(hours);
        self.chunk(metric, &full)
    }

    fn chunk(&mut self, metric: u32, hours: &[Hour]) -> io::Result<()> {
        let (Some(first), Some(last)) = (hours.first(), hours.last()) else { return Ok(()) };
        let block = self.file.append(&roll_up::encode(hours))?;
        let (first_heater, last_heater) = (first.heater, last.heater);
        self.entries.push(Entry { metric, hours: hours.len() as u32, first_heater, last_heater, block });
        Ok(())
    }

    /// Writes what finds the rest again and brings all of it to the disk.
    ///
    /// # Errors
    /// Those of the disk: then the file is worth nothing.
    pub(crate) fn finish(mut self) -> io::Result<Summary> {
        for (metric, hours) in std::mem::take(&mut self.open) {
            self.chunk(metric, &hours)?;
        }
        // A stable sort: chunks of one metric stay in the order in which they were filled.
        self.entries.sort_by_key(|entry| entry.metric);
        let mut directory = Vec::new();
        self.entries.iter().for_each(|entry| entry.write(&mut directory));
        let heaters = self.heaters.len() as u32;
        self.file.finish(&directory, Summary { heaters, ..self.summary })
    }
}

/// What became of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Merged {
    pub(crate) summary: Summary,
    /// Chunks of the inputs that are not in it because they are damaged.
    pub(crate) damaged_chunks: u32,
}

/// Adds the hours of several roll-ups of one class together into a new file at `out`, those that `keeps` says of a heater and
/// the beginning of an hour. A measurement that two of them counted is counted twice: that is for the caller to know.
///
/// # Errors
/// Those of the disk.
pub(crate) fn merge_roll_ups(
    inputs: &[&RollUp],
    out: &Path,
    keeps: impl Fn(u32, i64) -> bool,
) -> io::Result<Merged> {
    let mut writer = RollUpWriter::create(out, inputs.first().map_or("", |first| first.class()))?;
    let mut damaged_chunks = 0;
    let metrics: BTreeSet<u32> = inputs.iter().flat_map(|input| input.metrics()).collect();
    for metric in metrics {
        let mut sums: BTreeMap<(u32, i64), HourSum> = BTreeMap::new();
        for input in inputs {
            let visited = input.each_hour(
                metric,
                |_| true,
                |Hour { heater, hour, sum }| {
                    sums.entry((heater, hour)).and_modify(|known| *known = known.with(sum)).or_insert(sum);
                },
            )?;
            damaged_chunks += visited.damaged_chunks;
        }
        let kept = sums.into_iter().filter(|((heater, hour), _)| keeps(*heater, hour_start_ms(*hour)));
        for ((heater, hour), sum) in kept {
            writer.put(metric, Hour { heater, hour, sum })?;
        }
    }
    Ok(Merged { summary: writer.finish()?, damaged_chunks })
}
