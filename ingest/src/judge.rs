//! The judge of one heater's record: are its numbers a heater's, whose clock counts, which samples may enter history.

use std::ops::RangeInclusive;

use registry::Clock;
use store::StoredSample;
use vocabulary::{
    BootId, Metric, Plausibility, Quality, Reading, Record, RecordHead, RefusedSample, Sample, SampleError,
    Tally, Timestamp,
};

use crate::boots::Boots;
use crate::intake::{HeaterEntry, SiteEntry};

/// A record's clock may be this far behind: a year of outbox and some.
const OLDEST_MS: i64 = 400 * 24 * 3_600_000;
/// A record's clock may be this far ahead: clocks drift.
const NEWEST_MS: i64 = 5 * 60_000;
/// The ages at which a time is believed.
const BELIEVED_MS: RangeInclusive<i64> = -NEWEST_MS..=OLDEST_MS;
/// A power above this multiple of the rating is no measurement.
const MAX_POWER_FACTOR: f64 = 2.0;

/// What is remembered of a heater from record to record.
#[derive(Default)]
pub(crate) struct HeaterMemory {
    plausibility: Plausibility,
    boots: Boots,
    /// The boot whose clock was told of in the log.
    told_of: Option<BootId>,
}

/// When a record was made.
enum Made {
    /// By its own clock.
    At(Timestamp),
    /// Counted on its monotonic clock, because its own is far off: `behind` or `ahead`.
    Counted(Timestamp, &'static str),
    /// Nobody can say.
    Unknown,
}

/// One record before the judge.
pub(crate) struct Judge<'a> {
    pub(crate) site: &'a SiteEntry,
    pub(crate) heater: &'a HeaterEntry,
    pub(crate) memory: &'a mut HeaterMemory,
    pub(crate) tally: &'a Tally,
    pub(crate) now: Timestamp,
}

impl Judge<'_> {
    /// Takes a record of which only the head can be read; what it held is counted as refused for `reason`.
    ///
    /// # Errors
    /// The reason under which the message is refused as a whole.
    pub(crate) fn head_alone(&mut self, head: &RecordHead, reason: &'static str) -> Result<(), &'static str> {
        self.memory.boots.hear(head, None)?;
        if self.memory.boots.is_first(head) {
            // What could not be counted was one sample at least.
            self.tally.add("refused_samples", reason, head.samples.max(1) as u64);
        }
        Ok(())
    }

    /// The samples of a record that may enter history; the others are counted.
    ///
    /// # Errors
    /// The reason under which the message is refused as a whole.
    pub(crate) fn record(
        &mut self,
        record: Record,
        refused: &[RefusedSample],
    ) -> Result<Vec<StoredSample>, &'static str> {
        let head = RecordHead::from(&record);
        self.memory.boots.hear(&head, Some(record.mono_ms))?;
        let made = self.made(&record)?;
        let sent_again = Tally::default();
        let tally = if self.memory.boots.is_first(&head) { self.tally } else { &sent_again };
        for sample in refused {
            tally.count("refused_samples", form_reason(sample.error));
        }
        let ts = match made {
            Made::At(ts) => ts,
            Made::Counted(ts, how) => {
                tally.count("corrected_clocks", how);
                ts
            }
            Made::Unknown => {
                tally.add("refused_samples", "time", record.samples.len() as u64);
                return Ok(Vec::new());
            }
        };
        let mut samples = Vec::with_capacity(record.samples.len());
        for sample in record.samples {
            match self.check(&sample, ts) {
                Ok(()) => samples.push(self.memory.believe(sample, ts, tally)),
                Err(reason) => tally.count("refused_samples", reason),
            }
        }
        Ok(samples)
    }

    /// When the record was made.
    fn made(&mut self, record: &Record) -> Result<Made, &'static str> {
        match self.site.clock {
            Clock::Recorded if record.ts.is_historic() => Ok(Made::At(record.ts)),
            Clock::Recorded => Ok(Made::Unknown),
            Clock::Wall => self.made_by_the_wall(record),
        }
    }

    /// A clock that is far off is not believed: then the time is counted on the heater's monotonic clock from the
    /// boot's anchor. A record that comes before its boot has one is refused: it comes again after a live one.
    fn made_by_the_wall(&mut self, record: &Record) -> Result<Made, &'static str> {
        if !record.late && self.memory.boots.is_live(record.mono_ms, self.now) {
            // What was heard before was dated by a clock that has been set: it says nothing of how sensors move.
            self.memory.plausibility = Plausibility::default();
        }
        let age = self.now.since(record.ts);
        // A record that only closes a gap holds nothing that a clock would date.
        if BELIEVED_MS.contains(&age) || record.samples.is_empty() {
            return Ok(Made::At(record.ts));
        }
        match self.memory.boots.time_of(record.mono_ms) {
            Some(counted) if BELIEVED_MS.contains(&self.now.since(counted)) => {
                self.tell_of_clock(record.boot, age);
                Ok(Made::Counted(counted.min(self.now), if age > 0 { "behind" } else { "ahead" }))
            }
            None if record.late && !self.memory.boots.is_earlier(self.now) => Err("clock"),
            _ => Ok(Made::Unknown),
        }
    }

    fn tell_of_clock(&mut self, boot: BootId, age_ms: i64) {
        if self.memory.told_of.replace(boot) != Some(boot) {
            let behind_s = age_ms / 1_000;
            tracing::warn!(%boot, heater = %self.heater.id, behind_s, "a heater's clock is far off: its records are dated by counting from its boot");
        }
    }

    /// Whether a sample may enter history at all.
    fn check(&self, sample: &Sample, ts: Timestamp) -> Result<(), &'static str> {
        let is_ahead = ts.plus_ms(sample.dt_ms).since(self.now) > NEWEST_MS;
        if is_ahead && self.site.clock == Clock::Wall {
            return Err("time");
        }
        if matches!(sample.metric, Metric::Registered(_)) && !self.site.metrics.contains(&sample.metric) {
            return Err("unregistered_metric");
        }
        let Reading::Value(value) = sample.reading else { return Ok(()) };
        let is_too_strong = sample.metric.is_power() && value > MAX_POWER_FACTOR * self.heater.rated_w;
        if !sample.metric.allows(value) || is_too_strong {
            return Err("range");
        }
        Ok(())
    }
}

impl HeaterMemory {
    fn believe(&mut self, sample: Sample, ts: Timestamp, tally: &Tally) -> StoredSample {
        let at = ts.plus_ms(sample.dt_ms);
        let quality = self.plausibility.judge(&sample.metric, sample.reading, at);
        match quality {
            Quality::Good => {}
            Quality::Suspect(suspicion) => tally.count("suspect_samples", suspicion.as_str()),
            Quality::Missing(fault) => tally.count("missing_samples", fault.as_str()),
        }
        StoredSample { ts: at, metric: sample.metric, reading: sample.reading, quality }
    }
}

fn form_reason(error: SampleError) -> &'static str {
    match error {
        SampleError::Form => "form",
        SampleError::Metric => "metric",
        SampleError::Value => "value",
        SampleError::Offset => "offset",
    }
}
