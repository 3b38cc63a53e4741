//! The intake: what of a record may enter history. Pure; the room comes from the registry, never from the payload.
//!
//! ```text
//! unknown site or heater, no readable numbers, numbers of no heater ──> refused whole, not acknowledged
//! numbers that can be read, samples or time that cannot ──> taken without samples: acknowledged, the samples counted
//! a bad sample among good ones ──> taken without it
//! ```

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use registry::{Clock, SiteBook};
use store::Arrival;
use vocabulary::{
    HeaterId, HeaterTopic, Metric, Record, RecordHead, RoomId, SiteId, Tally, Timestamp, Topic, TopicKind,
};

use crate::judge::{HeaterMemory, Judge};

pub(crate) struct HeaterEntry {
    pub(crate) id: HeaterId,
    pub(crate) room: Option<RoomId>,
    pub(crate) rated_w: f64,
}

pub(crate) struct SiteEntry {
    pub(crate) clock: Clock,
    pub(crate) heaters: HashMap<HeaterId, HeaterEntry>,
    pub(crate) metrics: HashSet<Metric>,
}

/// Judges records against the building's book.
pub struct Intake {
    sites: HashMap<SiteId, SiteEntry>,
    /// Of heaters in the book only: whoever else speaks leaves nothing behind.
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

    /// Takes the book as it is now, and forgets the heaters that are not in it any more.
    pub fn set_books(&mut self, books: &[SiteBook]) {
        self.sites = books.iter().map(|book| (book.site.id.clone(), SiteEntry::new(book))).collect();
        let sites = &self.sites;
        self.memories.retain(|(site, heater), _| {
            sites.get(site).is_some_and(|entry| entry.heaters.contains_key(heater))
        });
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
        let memory = self.memories.entry((topic.site.clone(), heater.clone())).or_default();
        let mut judge = Judge { site, heater: entry, memory, tally: &self.tally, now };
        let (head, late, samples) = match Record::decode(payload) {
            Ok((record, refused)) => {
                let (head, late) = (RecordHead::from(&record), record.late);
                (head, late, judge.record(record, &refused)?)
            }
            Err(error) => {
                let head = RecordHead::read(payload).ok_or(error.reason())?;
                judge.head_alone(&head, error.reason())?;
                // What cannot be read says nothing of the present.
                (head, true, Vec::new())
            }
        };
        Ok(Arrival {
            room: entry.room.clone(),
            site: topic.site,
            heater,
            boot: head.boot,
            bn: head.bn,
            seq: head.seq,
            low: head.low,
            late,
            samples,
        })
    }
}

impl SiteEntry {
    fn new(book: &SiteBook) -> Self {
        let heaters = book.heaters.iter().map(|heater| {
            let (id, room, rated_w) = (heater.id.clone(), heater.room.clone(), heater.rated_w.real());
            (heater.id.clone(), HeaterEntry { id, room, rated_w })
        });
        Self {
            clock: book.site.clock,
            heaters: heaters.collect(),
            metrics: book.metrics.iter().cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use registry::{Heater, Room, Site};
    use vocabulary::{Celsius, DisplayName, Quality, Watts, WeekSchedule, Zone};

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
                schedule: WeekSchedule::constant(Celsius::from_hundredths(2000)).into(),
            }],
            heaters: vec![Heater {
                id: HeaterId::new("h-1").unwrap(),
                name: name(),
                room: Some(id),
                rated_w: Watts::new(500).unwrap(),
                resistor_w: Watts::ZERO,
                fallback_w: Watts::ZERO,
                simulated: false,
                circuit: None,
            }],
            circuits: vec![],
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
    fn what_can_be_named_is_taken_without_what_cannot_be_read_and_counted_once() {
        let many = format!("[{}]", vec![r#"[0,"co2_ppm",600]"#; 33].join(","));
        let long = format!("[{}]", " ".repeat(9_000));
        let table = [
            (many.as_str(), "too_many", 33),
            (&long, "too_long", 1),
            (r#"[[0,"co2_ppm",600],[0,"co2_ppm",NaN]]"#, "form", 1),
            (r#"{"co2_ppm":600}"#, "form", 1),
            ("null", "form", 1),
        ];
        for (samples, reason, count) in table {
            let mut intake = intake(Clock::Wall);
            for _ in 0..3 {
                let arrival = intake.admit(TOPIC, &record(7, NOW.ms(), 5, samples), NOW).unwrap();
                assert_eq!((arrival.seq, arrival.low, arrival.samples.len()), (7, 1, 0), "{reason}");
            }
            assert_eq!(intake.tally.all(), [("refused_samples", reason, count)]);
        }
    }

    #[test]
    fn numbers_of_no_heater_are_refused_whole_however_little_else_can_be_read() {
        for samples in ["[]", "null"] {
            let mut intake = intake(Clock::Wall);
            let mut admit = |from: &str, to: &str| {
                let text = String::from_utf8(record(7, NOW.ms(), 5, samples)).unwrap();
                intake.admit(TOPIC, text.replacen(from, to, 1).as_bytes(), NOW).is_some()
            };
            assert!(admit("", ""));
            assert!(!admit(r#""bn":1"#, r#""bn":2"#));
            assert!(!admit(r#""seq":7"#, r#""seq":18446744073709551615"#));
            assert!(!admit(r#""seq":7,"low":1"#, r#""seq":1000000000000000000,"low":1000000000000000000"#));
            assert!(!admit(r#""seq":7"#, r#""seq":"7""#));
            assert!(admit(r#""seq":7"#, r#""seq":8"#), "its own numbers go on");
            for (reason, count) in [("boot", 1), ("jump", 2), ("form", 1)] {
                assert_eq!(intake.tally.of("refused_messages", reason), count, "{reason}");
            }
        }
    }

    #[test]
    fn a_million_strangers_leave_nothing_behind() {
        let mut intake = intake(Clock::Wall);
        let payload = payload(NOW.ms(), 5, "[]");
        for n in 0..500_000 {
            intake.admit(&format!("hypocaust/1/home/heater/x-{n}/record"), &payload, NOW);
            intake.admit(&format!("hypocaust/1/x-{n}/heater/h-1/record"), &payload, NOW);
        }
        assert_eq!(intake.memories.len(), 0);
        assert_eq!(intake.tally.of("refused_messages", "unknown_heater"), 500_000);
        assert_eq!(intake.tally.of("refused_messages", "unknown_site"), 500_000);
    }

    #[test]
    fn ids_that_are_no_ids_are_no_topic() {
        let mut intake = intake(Clock::Wall);
        for id in ["", "H-1", "h_1", "h-1 ", "h-1\0", "+", "#", "..", "h-1,room=b", &"h".repeat(64)] {
            let topic = format!("hypocaust/1/home/heater/{id}/record");
            assert_eq!(intake.admit(&topic, &payload(NOW.ms(), 5, "[]"), NOW), None, "{id}");
        }
        assert_eq!(intake.tally.all(), [("refused_messages", "topic", 10)]);
    }

    #[test]
    fn a_heater_that_leaves_the_book_is_forgotten_and_one_that_comes_back_begins_anew() {
        let mut intake = intake(Clock::Wall);
        assert!(intake.admit(TOPIC, &payload(NOW.ms(), 5, "[]"), NOW).is_some());
        intake.set_books(&[SiteBook { heaters: vec![], ..book(Clock::Wall) }]);
        assert_eq!((intake.admit(TOPIC, &payload(NOW.ms(), 5, "[]"), NOW), intake.memories.len()), (None, 0));
        intake.set_books(&[]);
        assert_eq!(intake.admit(TOPIC, &payload(NOW.ms(), 5, "[]"), NOW), None);
        intake.set_books(&[SiteBook { rooms: vec![], ..book(Clock::Wall) }]);
        assert!(intake.admit(TOPIC, &payload(NOW.ms(), 5, "[]"), NOW).is_some());
    }

    /// A record of one sample, of any boot.
    fn of_boot(boot: u64, seq: u64, late: bool, ts_ms: i64, mono_ms: u64) -> Vec<u8> {
        format!(
            r#"{{"v":1,"boot":"{boot:016x}","bn":{boot},"seq":{seq},"low":1,"mono_ms":{mono_ms},"ts_ms":{ts_ms},"late":{late},"samples":[[0,"co2_ppm",600]]}}"#
        )
        .into_bytes()
    }

    type Case = (u64, bool, i64, u64, Result<i64, &'static str>);

    #[test]
    fn whose_clock_counts() {
        const YEARS_MS: i64 = 10 * 365 * 24 * 3_600_000;
        const DAY_MS: i64 = 24 * 3_600_000;
        // First a live record of boot 5, now, ten minutes after its boot. Then one minute later: boot, late, its clock and
        // its monotonic clock, and when it is taken to be made; a reason where it is taken without samples or refused.
        let table: [Case; 19] = [
            (5, false, 60_000, 660_000, Ok(60_000)),
            (5, false, 60_000 + 299_000, 660_000, Ok(359_000)),
            (5, false, -YEARS_MS, 660_000, Ok(60_000)),
            (5, false, YEARS_MS, 650_000, Ok(50_000)),
            (5, false, i64::MIN / 2, 660_000, Ok(60_000)),
            (5, false, i64::MAX / 2, 660_000, Ok(60_000)),
            // A monotonic clock that was set, to the beginning or beyond all.
            (5, false, YEARS_MS, 0, Ok(60_000)),
            (5, false, -YEARS_MS, u64::MAX, Ok(60_000)),
            // History of the boot that runs.
            (5, true, -399 * DAY_MS, 1, Ok(-399 * DAY_MS)),
            (5, true, -YEARS_MS, 300_000, Ok(-300_000)),
            (5, true, -YEARS_MS, 0, Ok(-600_000)),
            (5, true, YEARS_MS, 0, Ok(-600_000)),
            (5, true, -YEARS_MS, u64::MAX, Err("time")),
            // An earlier boot: its monotonic clock says nothing of when.
            (4, true, -2 * DAY_MS, 300_000, Ok(-2 * DAY_MS)),
            (4, true, -YEARS_MS, 300_000, Err("time")),
            (4, false, -YEARS_MS, 300_000, Err("time")),
            (4, true, YEARS_MS, u64::MAX, Err("time")),
            // A later boot, heard of first by its history: it comes again when the boot was heard live.
            (6, true, -YEARS_MS, 300_000, Err("clock")),
            (6, false, -YEARS_MS, 300_000, Ok(60_000)),
        ];
        for (boot, late, ts, mono_ms, expected) in table {
            let what = format!("boot {boot} late {late} ts {ts} mono {mono_ms}");
            let mut intake = intake(Clock::Wall);
            intake.admit(TOPIC, &of_boot(5, 1, false, NOW.ms(), 600_000), NOW).unwrap();
            let record = of_boot(boot, 2, late, NOW.ms() + ts, mono_ms);
            let arrival = intake.admit(TOPIC, &record, NOW.plus_ms(60_000));
            let made = arrival.as_ref().and_then(|arrival| arrival.samples.first()).map(|s| s.ts.since(NOW));
            assert_eq!(made, expected.ok(), "{what}");
            let counted = |what, reason| intake.tally.of(what, reason);
            assert_eq!(counted("refused_samples", "time"), u64::from(expected == Err("time")), "{what}");
            assert_eq!(counted("refused_messages", "clock"), u64::from(expected == Err("clock")), "{what}");
            assert_eq!(
                arrival.is_none(),
                expected == Err("clock"),
                "{what}: everything else is acknowledged"
            );
        }
    }

    #[test]
    fn history_that_came_before_its_anchor_is_taken_when_it_comes_again() {
        let mut intake = intake(Clock::Wall);
        let history = of_boot(5, 1, true, 0, 1_000);
        assert_eq!(intake.admit(TOPIC, &history, NOW), None);
        intake.admit(TOPIC, &of_boot(5, 2, false, 0, 101_000), NOW).unwrap();
        let arrival = intake.admit(TOPIC, &history, NOW.plus_ms(30_000)).unwrap();
        assert_eq!(arrival.samples[0].ts.since(NOW), -100_000);
        assert_eq!(intake.tally.of("corrected_clocks", "behind"), 2);
    }

    #[test]
    fn a_record_that_holds_nothing_needs_no_clock() {
        let mut intake = intake(Clock::Wall);
        let empty =
            String::from_utf8(of_boot(5, 1, true, 0, 1_000)).unwrap().replace(r#"[0,"co2_ppm",600]"#, "");
        assert!(intake.admit(TOPIC, empty.as_bytes(), NOW).is_some());
        assert_eq!(intake.tally.all(), []);
    }

    #[test]
    fn a_server_clock_that_steps_takes_the_records_along() {
        const YEARS_MS: i64 = 10 * 365 * 24 * 3_600_000;
        for step_ms in [YEARS_MS, -YEARS_MS, 3_600_000, -3_600_000] {
            let mut intake = intake(Clock::Wall);
            let mut at = |seq: u64, now: i64, ts: i64| {
                let record = record(seq, ts, seq * 10_000, r#"[[0,"temperature_c",20]]"#);
                let arrival = intake.admit(TOPIC, &record, NOW.plus_ms(now)).unwrap();
                (arrival.samples[0].ts.since(NOW), arrival.samples[0].quality)
            };
            // A heater that has no clock of its own, so that all its times come from the server's.
            assert_eq!(at(1, 0, 0), (0, Quality::Good));
            for seq in 2..5 {
                let now = step_ms + 10_000 * seq as i64;
                assert_eq!(at(seq, now, 0), (now, Quality::Good), "step {step_ms}");
            }
        }
    }

    #[test]
    fn a_recording_with_times_of_no_calendar_is_taken_without_them() {
        let mut intake = intake(Clock::Recorded);
        for (seq, ts) in (1..).zip([-1, 7_258_118_400_000, i64::MAX, i64::MIN]) {
            let arrival = intake.admit(TOPIC, &record(seq, ts, 1, r#"[[0,"co2_ppm",600]]"#), NOW).unwrap();
            assert!(arrival.samples.is_empty());
        }
        assert_eq!(intake.tally.all(), [("refused_samples", "time", 4)]);
    }

    #[test]
    fn in_a_recording_the_recorded_time_is_kept() {
        let mut intake = intake(Clock::Recorded);
        let ts = Timestamp::parse_rfc3339("2013-08-23T19:06:00Z").unwrap();
        let arrival = intake.admit(TOPIC, &payload(ts.ms(), 1, r#"[[0,"co2_ppm",600]]"#), NOW).unwrap();
        assert_eq!(arrival.samples[0].ts, ts);
    }
}
