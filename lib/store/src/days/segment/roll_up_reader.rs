//! Reading roll-ups.

use std::io;
use std::path::Path;

use crate::days::segment::file::{FileReader, Summary, unless_damaged};
use crate::days::segment::hour_sum::hour_start_ms;
use crate::days::segment::roll_up::{self, ENTRY_BYTES, Entry, Hour, MAGIC};
use crate::days::segment::{HourSum, SegmentError, Visited};

/// An open roll-up file. In memory is its directory: 32 bytes per 4,096 hours.
#[derive(Debug)]
pub(crate) struct RollUp {
    file: FileReader,
    /// Ascending by (metric, first heater).
    entries: Vec<Entry>,
}

impl RollUp {
    /// Opens a roll-up file.
    ///
    /// # Errors
    /// As [`crate::days::segment::Segment::open`].
    pub(crate) fn open(path: &Path) -> Result<Self, SegmentError> {
        let (file, directory) = FileReader::open(path, MAGIC, ENTRY_BYTES)?;
        let entries = directory.chunks_exact(ENTRY_BYTES).map(Entry::read).collect();
        Ok(Self { file, entries })
    }

    /// The retention class it was written for.
    pub(crate) fn class(&self) -> &str {
        self.file.class()
    }

    pub(crate) const fn summary(&self) -> Summary {
        self.file.summary()
    }

    /// The metrics it has hours of, ascending, some of them several times.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = u32> + '_ {
        self.entries.iter().map(|entry| entry.metric)
    }

    /// Gives the hours of a metric for these heaters, which are ascending: heater, begin of the hour in ms, and what
    /// its good values come to; ascending by (heater, hour). What is damaged is left out and counted.
    ///
    /// # Errors
    /// Those of the disk.
    pub(crate) fn visit(
        &self,
        metric: u32,
        heaters: &[u32],
        mut each: impl FnMut(u32, i64, HourSum),
    ) -> io::Result<Visited> {
        let next_from = |first: u32| heaters.get(heaters.partition_point(|heater| *heater < first));
        let is_asked =
            |entry: &Entry| next_from(entry.first_heater).is_some_and(|heater| *heater <= entry.last_heater);
        let mut known = None;
        self.each_hour(metric, is_asked, |Hour { heater, hour, sum }| {
            let asked = match known {
                Some((before, asked)) if before == heater => asked,
                _ => heaters.binary_search(&heater).is_ok(),
            };
            known = Some((heater, asked));
            if asked {
                each(heater, hour_start_ms(hour), sum);
            }
        })
    }

    /// Gives every hour in the chunks of a metric that are `asked` for.
    pub(crate) fn each_hour(
        &self,
        metric: u32,
        asked: impl Fn(&Entry) -> bool,
        mut each: impl FnMut(Hour),
    ) -> io::Result<Visited> {
        let mut visited = Visited::default();
        let start = self.entries.partition_point(|entry| entry.metric < metric);
        let of_metric = self.entries[start..].iter().take_while(|entry| entry.metric == metric);
        for entry in of_metric.filter(|entry| asked(entry)) {
            let hours = self.file.read(entry.block);
            let hours = hours.and_then(|bytes| Ok(roll_up::decode(entry.hours, &bytes)?));
            match unless_damaged(hours)? {
                Some(hours) => hours.into_iter().for_each(&mut each),
                None => visited.damaged_chunks += 1,
            }
        }
        Ok(visited)
    }
}
