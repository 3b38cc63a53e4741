//! The intake: what of a record may enter history. Pure; the room comes from the registry, never from the payload.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use registry::{Clock, SiteBook};
use store::{Arrival, Cursor, StoredSample, Verdict};
use vocabulary::{
    BootId, HeaterId, HeaterTopic, Metric, Plausibility, Quality, Reading, Record, RoomId, Sample,
    SampleError, SiteId, Tally, Timestamp, Topic, TopicKind,
};

/// A record's clock may be this far behind: a year of outbox and some.
const OLDEST_MS: i64 = 400 * 24 * 3_600_000;
/// A record's clock may be this far ahead: clocks drift.
const NEWEST_MS: i64 = 5 * 60_000;
/// A power above this multiple of the rating is no measurement.
const MAX_POWER_FACTOR: f64 = 2.0;

struct HeaterEntry {
    room: Option<RoomId>,
    rated_w: f64,
}

struct SiteEntry {
    clock: Clock,
    heaters: HashMap<HeaterId, HeaterEntry>,
    metrics: HashSet<Metric>,
}

/// What is remembered of a heater from record to record.
#[derive(Default)]
struct HeaterMemory {
    plausibility: Plausibility,
    /// The boot, and the wall time at which its monotonic clock showed zero, by the first record heard of it.
    anchor: Option<(BootId, i64)>,
    /// Which records of the boot were judged before: one that is sent again is not counted again.
    judged: Option<(BootId, Cursor)>,
}

/// Judges records against the building's book.
pub struct Intake {
    sites: HashMap<SiteId, SiteEntry>,
    memories: HashMap<(SiteId, HeaterId), HeaterMemory>,
    tally: Arc<Tally>,
}

impl Intake {
    /// An intake that knows no site yet and counts into `tally`: `refused_messages`, `refused_samples`,
    /// `suspect_samples`, `missing_samples`, `corrected_clocks`.
    #[must_use]
    pub fn new(tally: Arc<Tally>) -> Self {
        Self { sites: HashMap::new(), memories: HashMap::new(), tally }
    }

    /// Takes the book as it is now.
    pub fn set_books(&mut self, books: &[SiteBook]) {
        self.sites = books.iter().map(|book| (book.site.id.clone(), SiteEntry::new(book))).collect();
    }

    /// Judges one message; `None` when it is refused as a whole, which is counted by reason.
    pub fn admit(&mut self, topic: &str, payload: &[u8], now: Timestamp) -> Option<Arrival> {
        let judged = self.judge(topic, payload, now);
        judged.inspect_err(|reason| self.tally.count("refused_messages", reason)).ok()
    }

    fn judge(&mut self, topic: &str, payload: &[u8], now: Timestamp) -> Result<Arrival, &'static str> {
        let topic = Topic::parse(topic).ok_or("topic")?;
        let TopicKind::Heater(heater, HeaterTopic::Record) = topic.kind else { return Err("topic") };
        let site = self.sites.get(&topic.site).ok_or("unknown_site")?;
        let entry = site.heaters.get(&heater).ok_or("unknown_heater")?;
        let (record, refused) = Record::decode(payload).map_err(|error| error.reason())?;
        let memory = self.memories.entry((topic.site.clone(), heater.clone())).or_default();
        let sent_again = Tally::default();
        let tally = if memory.is_first(&record) { &*self.tally } else { &sent_again };
        for sample in &refused {
            tally.count("refused_samples", form_reason(sample.error));
        }
        let ts = match site.clock {
            Clock::Recorded if record.ts.is_historic() => record.ts,
            Clock::Recorded => return Err("time"),
            Clock::Wall => memory.wall_time(&record, now, tally),
        };
        let mut samples = Vec::with_capacity(record.samples.len());
        for sample in record.samples {
            let ahead = ts.plus_ms(sample.dt_ms).since(now) > NEWEST_MS && site.clock == Clock::Wall;
            match if ahead { Err("time") } else { check(&sample, site, entry) } {
                Ok(()) => samples.push(memory.believe(sample, ts, tally)),
                Err(reason) => tally.count("refused_samples", reason),
            }
        }
        Ok(Arrival {
            room: entry.room.clone(),
            site: topic.site,
            heater,
            boot: record.boot,
            bn: record.bn,
            seq: record.seq,
            low: record.low,
            late: record.late,
            samples,
        })
    }
}

impl SiteEntry {
    fn new(book: &SiteBook) -> Self {
        let heaters = book.heaters.iter().map(|heater| {
            (heater.id.clone(), HeaterEntry { room: heater.room.clone(), rated_w: heater.rated_w.real() })
        });
        Self {
            clock: book.site.clock,
            heaters: heaters.collect(),
            metrics: book.metrics.iter().cloned().collect(),
        }
    }
}

impl HeaterMemory {
    /// Whether the record was not judged before.
    fn is_first(&mut self, record: &Record) -> bool {
        let judged = self.judged.take().filter(|(boot, _)| *boot == record.boot);
        let (boot, mut cursor) = judged.unwrap_or((record.boot, Cursor::default()));
        let offer = cursor.offer(record.seq, record.low);
        self.judged = Some((boot, cursor));
        offer.verdict != Verdict::Duplicate
    }

    /// The time of a record. A clock that is far off is not believed: then the time is counted from the boot's first
    /// record on the heater's monotonic clock.
    fn wall_time(&mut self, record: &Record, now: Timestamp, tally: &Tally) -> Timestamp {
        let zero = match self.anchor {
            Some((boot, zero)) if boot == record.boot => zero,
            _ => {
                let zero = now.ms().saturating_sub_unsigned(record.mono_ms);
                self.anchor = Some((record.boot, zero));
                zero
            }
        };
        let age = now.since(record.ts);
        if (-NEWEST_MS..=OLDEST_MS).contains(&age) {
            return record.ts;
        }
        tally.count("corrected_clocks", if age > 0 { "behind" } else { "ahead" });
        Timestamp::from_ms(zero.saturating_add_unsigned(record.mono_ms)).min(now)
    }

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

/// Whether a sample may enter history at all.
fn check(sample: &Sample, site: &SiteEntry, heater: &HeaterEntry) -> Result<(), &'static str> {
    if matches!(sample.metric, Metric::Registered(_)) && !site.metrics.contains(&sample.metric) {
        return Err("unregistered_metric");
    }
    let Reading::Value(value) = sample.reading else { return Ok(()) };
    let too_strong = sample.metric.is_power() && value > MAX_POWER_FACTOR * heater.rated_w;
    if !sample.metric.allows(value) || too_strong {
        return Err("range");
    }
    Ok(())
}

fn form_reason(error: SampleError) -> &'static str {
    match error {
        SampleError::Form => "form",
        SampleError::Metric => "metric",
        SampleError::Value => "value",
        SampleError::Offset => "offset",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use registry::{Heater, Room, Site};
    use vocabulary::{Celsius, DisplayName, Watts, WeekSchedule, Zone};

    const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);
    const TOPIC: &str = "hypocaust/1/home/heater/h-1/record";

    fn book(clock: Clock) -> SiteBook {
        let name = || DisplayName::new("x").unwrap();
        let id = RoomId::new("a").unwrap();
        SiteBook {
            site: Site {
                id: SiteId::new("home").unwrap(),
                name: name(),
                zone: Zone::UTC,
                clock,
                cap_w: None,
                demonstration: false,
            },
            rooms: vec![Room {
                id: id.clone(),
                name: name(),
                floor: name(),
                area: None,
                low_c: Celsius::from_hundredths(1700),
                high_c: Celsius::from_hundredths(2200),
                setback_c: Celsius::from_hundredths(1600),
                schedule: WeekSchedule::constant(Celsius::from_hundredths(2000)),
            }],
            heaters: vec![Heater {
                id: HeaterId::new("h-1").unwrap(),
                name: name(),
                room: Some(id),
                rated_w: Watts::new(500).unwrap(),
                resistor_w: Watts::ZERO,
                fallback_w: Watts::ZERO,
                simulated: false,
            }],
            metrics: vec!["grid_hz".parse().unwrap()],
        }
    }

    fn intake(clock: Clock) -> Intake {
        let mut intake = Intake::new(Arc::new(Tally::default()));
        intake.set_books(&[book(clock)]);
        intake
    }

    fn record(seq: u64, ts_ms: i64, mono_ms: u64, samples: &str) -> Vec<u8> {
        format!(
            r#"{{"v":1,"boot":"0000000000000007","bn":1,"seq":{seq},"low":1,"mono_ms":{mono_ms},"ts_ms":{ts_ms},"samples":{samples}}}"#
        )
        .into_bytes()
    }

    fn payload(ts_ms: i64, mono_ms: u64, samples: &str) -> Vec<u8> {
        record(1, ts_ms, mono_ms, samples)
    }

    fn admitted(intake: &mut Intake, seq: u64, samples: &str) -> Vec<(String, Quality)> {
        let arrival =
            intake.admit(TOPIC, &record(seq, NOW.ms(), 5, samples), NOW).expect("the record is readable");
        arrival.samples.into_iter().map(|s| (s.metric.to_string(), s.quality)).collect()
    }

    #[test]
    fn the_room_comes_from_the_book() {
        let arrival = intake(Clock::Wall).admit(TOPIC, &payload(NOW.ms(), 5, "[]"), NOW).unwrap();
        assert_eq!(arrival.room, Some(RoomId::new("a").unwrap()));
    }

    #[test]
    fn who_is_not_in_the_book_makes_no_series() {
        let mut intake = intake(Clock::Wall);
        for (topic, reason) in [
            ("hypocaust/1/home/heater/h-2/record", "unknown_heater"),
            ("hypocaust/1/away/heater/h-1/record", "unknown_site"),
            ("hypocaust/1/home/heater/h-1/budget", "topic"),
            ("hello", "topic"),
        ] {
            assert_eq!(intake.admit(topic, &payload(NOW.ms(), 5, "[]"), NOW), None);
            assert_eq!(
                intake.tally.of("refused_messages", reason),
                1 + u64::from(topic == "hello"),
                "{topic}"
            );
        }
        assert!(intake.admit(TOPIC, b"{", NOW).is_none());
        assert_eq!(intake.tally.of("refused_messages", "form"), 1);
    }

    #[test]
    fn a_bad_sample_is_refused_alone_and_counted_by_reason() {
        let mut intake = intake(Clock::Wall);
        let table = [
            (r#"[0,"temperature_c",60.1]"#, "range"),
            (r#"[0,"humidity_pct",-0.1]"#, "range"),
            (r#"[0,"presence",0.5]"#, "range"),
            (r#"[0,"power_w",1000.1]"#, "range"),
            (r#"[0,"power_w",-1]"#, "range"),
            (r#"[0,"unheard_of",1]"#, "unregistered_metric"),
            (r#"[0,"Temperature",1]"#, "metric"),
            (r#"[0,"co2_ppm",true]"#, "value"),
            (r#"["co2_ppm",1]"#, "form"),
            (r#"[86400000,"co2_ppm",600]"#, "time"),
        ];
        for (seq, (bad, _)) in (1..).zip(table) {
            let samples = admitted(&mut intake, seq, &format!(r#"[{bad},[0,"grid_hz",50]]"#));
            assert_eq!(samples, [("grid_hz".to_owned(), Quality::Good)], "{bad}");
        }
        for (reason, count) in
            [("range", 5), ("unregistered_metric", 1), ("metric", 1), ("value", 1), ("form", 1)]
        {
            assert_eq!(intake.tally.of("refused_samples", reason), count, "{reason}");
        }
    }

    #[test]
    fn what_is_sent_again_is_admitted_again_and_counted_once() {
        let mut intake = intake(Clock::Wall);
        for _ in 0..3 {
            assert_eq!(admitted(&mut intake, 7, r#"[[0,"temperature_c",99],[0,"co2_ppm",250]]"#).len(), 1);
        }
        assert_eq!(intake.tally.of("refused_samples", "range"), 1);
        assert_eq!(intake.tally.of("suspect_samples", "suspect:below_outdoor_air"), 1);
    }

    #[test]
    fn what_is_suspect_or_missing_is_stored_as_such() {
        let mut intake = intake(Clock::Wall);
        let samples = admitted(&mut intake, 1, r#"[[0,"co2_ppm",250],[0,"temperature_c","fault:silent"]]"#);
        assert_eq!(samples[0].1.as_str(), "suspect:below_outdoor_air");
        assert_eq!(samples[1].1.as_str(), "fault:silent");
        assert_eq!(intake.tally.of("suspect_samples", "suspect:below_outdoor_air"), 1);
    }

    #[test]
    fn a_clock_that_is_far_off_is_replaced_by_the_heaters_own_counting() {
        let mut intake = intake(Clock::Wall);
        let year_ms = 365 * 24 * 3_600_000;
        let sample = r#"[[0,"co2_ppm",600]]"#;
        let mut seq = 0;
        let mut at = |now: i64, ts: i64, mono: u64| {
            seq += 1;
            let arrival = intake.admit(TOPIC, &record(seq, ts, mono, sample), NOW.plus_ms(now)).unwrap();
            arrival.samples[0].ts.since(NOW)
        };
        assert_eq!(
            at(0, NOW.ms() - 10 * year_ms, 1_000),
            0,
            "the first record of a boot is taken as made now"
        );
        assert_eq!(at(20_000, NOW.ms() + 10 * year_ms, 11_000), 10_000, "ten seconds later on its own clock");
        assert_eq!(at(20_000, NOW.ms() - 3_000, 12_000), -3_000, "a clock that is near is believed");
        assert_eq!(at(20_000, i64::MIN, u64::MAX), 20_000, "no clock makes the future");
        assert_eq!(intake.tally.of("corrected_clocks", "behind"), 2);
        assert_eq!(intake.tally.of("corrected_clocks", "ahead"), 1);
    }

    #[test]
    fn in_a_recording_the_recorded_time_is_kept() {
        let mut intake = intake(Clock::Recorded);
        let ts = Timestamp::parse_rfc3339("2013-08-23T19:06:00Z").unwrap();
        let arrival = intake.admit(TOPIC, &payload(ts.ms(), 1, r#"[[0,"co2_ppm",600]]"#), NOW).unwrap();
        assert_eq!(arrival.samples[0].ts, ts);
    }
}
