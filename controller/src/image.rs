//! The building as last heard: one line per heater, aged. What is too old or not believed does not enter a snapshot.

use std::collections::{BTreeMap, HashMap};

use registry::Clock;
use vocabulary::{
    BootId, Heartbeat, HeaterId, LOST_AFTER_MS, Metric, Mode, Plausibility, Quality, Record, RoomId,
    RoomOccupancy, SiteOutlook, SiteWork, Timestamp, believed_mean,
};

use crate::occupancy::{Told, is_empty};
use crate::outlook::Outlook;
use crate::site::Site;

/// A heater is connected while its newest heartbeat is not older than this: three were missed.
const CONNECTED_FOR_MS: i64 = 35_000;
/// Motion and its end are reported within this time; an older presence says nothing.
const PRESENCE_LOST_AFTER_MS: i64 = 15 * 60_000;

#[derive(Default)]
struct HeaterLine {
    plausibility: Plausibility,
    /// Newest believable value per metric.
    values: HashMap<Metric, (f64, Timestamp)>,
    heartbeat: Option<(Heartbeat, Timestamp)>,
    boot: Option<BootId>,
    /// The newest record of that boot.
    seq: u64,
}

/// Everything heard of one site.
pub struct Image {
    clock: Clock,
    heaters: BTreeMap<HeaterId, HeaterLine>,
    told: BTreeMap<RoomId, Told>,
    last_present: BTreeMap<HeaterId, Timestamp>,
    work: Option<SiteWork>,
    outlook: Option<SiteOutlook>,
    newest: Option<Timestamp>,
}

/// What is known of a room at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RoomView {
    /// Mean of the believable room temperatures.
    pub temperature_c: Option<f64>,
    /// Seconds since the newest believable temperature, also one that is lost; `None` when there never was one.
    pub temperature_age_s: Option<u64>,
    /// Mean relative humidity.
    pub humidity_pct: Option<f64>,
    /// Mean CO₂.
    pub co2_ppm: Option<f64>,
    /// Mean light.
    pub illuminance_lux: Option<f64>,
    /// Mean temperature of its heaters' bodies.
    pub heater_c: Option<f64>,
    /// Whether a motion sensor sees someone; `None` without one.
    pub motion: Option<bool>,
    /// People there, where a building system says so.
    pub people: Option<u32>,
    /// People that a building system expects: from when, until when, how many.
    pub expected: Vec<(Timestamp, Timestamp, u32)>,
    /// Whether someone is there; `None` without a sensor or a statement.
    pub occupied: Option<bool>,
    /// Whether nobody has been there for a while.
    pub empty: bool,
}

/// What is known of a heater at one moment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeaterView {
    /// Its heartbeat is fresh, or its site is a recording.
    pub connected: bool,
    /// Seconds since its newest heartbeat; `None` when there never was one.
    pub silent_s: Option<u64>,
    /// It can be switched.
    pub controllable: bool,
    /// Power drawn.
    pub drawn_w: Option<u32>,
    /// Power that computes: drawn without the resistor's part.
    pub compute_w: Option<u32>,
    /// Power allowed, as it reports.
    pub budget_w: Option<u32>,
    /// The most it can draw now, where that is less than its rating, watts.
    pub limit_w: Option<f64>,
    /// Its governor's state.
    pub mode: Option<Mode>,
    /// Jobs that run on it, where it says so.
    pub jobs_running: Option<f64>,
    /// Whether it knows the words of maintenance.
    pub maintainable: bool,
    /// Powers at which all that is on in it computes, ascending, watts; none where it does not say so.
    pub steps_w: Vec<u32>,
}

/// The building frozen at one moment, in the order of [`Site`].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// One view per room.
    pub rooms: Vec<RoomView>,
    /// One view per heater.
    pub heaters: Vec<HeaterView>,
    /// The work there is, where someone says so.
    pub work: Option<SiteWork>,
    /// Weather, prices and carbon, as far as someone says so.
    pub outlook: Outlook,
}

impl Image {
    /// An image of a site of which nothing was heard yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            heaters: BTreeMap::new(),
            told: BTreeMap::new(),
            last_present: BTreeMap::new(),
            work: None,
            outlook: None,
            newest: None,
        }
    }

    /// Hears a record of a heater of this site. `at` is when the record's own time is taken to be: the receiver's now,
    /// or the record's time where a recording is played. Late history is not heard, nor is a record that another one of
    /// its boot has overtaken: it was lost on the way and comes again, and would pass for the newest.
    pub fn hear_record(&mut self, heater: &HeaterId, record: &Record, at: Timestamp) {
        if record.late {
            return;
        }
        self.begin_again_with(heater, record);
        let line = self.heaters.entry(heater.clone()).or_default();
        if self.clock == Clock::Wall && line.boot == Some(record.boot) && record.seq < line.seq {
            return;
        }
        (line.boot, line.seq) = (Some(record.boot), record.seq);
        for sample in &record.samples {
            // Nothing that is heard live was measured later than now.
            let sampled = match self.clock {
                Clock::Wall => at.plus_ms(sample.dt_ms).min(at),
                Clock::Recorded => at.plus_ms(sample.dt_ms),
            };
            // What no sensor can mean must not become the measure of what is believed.
            let Some(value) = sample.reading.known().filter(|value| sample.metric.allows(*value)) else {
                continue;
            };
            if line.plausibility.judge(&sample.metric, sample.reading, sampled) != Quality::Good {
                continue;
            }
            let known = line.values.entry(sample.metric.clone()).or_insert((value, sampled));
            // A value from the future was stamped before the clock was set back.
            if sampled >= known.1 || (self.clock == Clock::Wall && known.1 > at) {
                *known = (value, sampled);
            }
            self.newest = self.newest.max(Some(sampled));
            if sample.metric == Metric::Presence && value == 1.0 {
                self.last_present.insert(heater.clone(), sampled);
            }
        }
    }

    /// Another recording that plays earlier times into the same site: now goes back to it, and what was heard of the
    /// one before says nothing any more.
    fn begin_again_with(&mut self, heater: &HeaterId, record: &Record) {
        let other_boot = self.heaters.get(heater).is_none_or(|line| line.boot != Some(record.boot));
        let is_earlier = self.newest.is_some_and(|newest| newest.since(record.ts) > LOST_AFTER_MS);
        if self.clock == Clock::Recorded && other_boot && is_earlier {
            self.heaters.clear();
            self.last_present.clear();
            self.newest = None;
        }
    }

    /// Hears a heartbeat.
    pub fn hear_heartbeat(&mut self, heater: &HeaterId, heartbeat: Heartbeat, now: Timestamp) {
        self.heaters.entry(heater.clone()).or_default().heartbeat = Some((heartbeat, now));
    }

    /// Hears what a building system knows of a room's people, at a time of the wall clock.
    pub fn hear_occupancy(&mut self, room: &RoomId, occupancy: RoomOccupancy, wall: Timestamp) {
        self.told.insert(room.clone(), Told { occupancy, at: wall });
    }

    /// Hears what work there is.
    pub fn hear_work(&mut self, work: SiteWork) {
        self.work = Some(work);
    }

    /// Hears what is known of the day ahead.
    pub fn hear_outlook(&mut self, outlook: SiteOutlook) {
        self.outlook = Some(outlook);
    }

    /// The time of the newest sample believed: now, where a recording is played.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// Freezes the building at `now`, on the clock on which everything was heard; what people and work sources have said
    /// of times holds by the wall clock.
    #[must_use]
    pub fn snapshot(&self, site: &Site, now: Timestamp, wall: Timestamp) -> Snapshot {
        let heaters = site.heaters.iter().map(|heater| self.heater_view(&heater.id, now)).collect();
        let rooms = site.rooms.iter().map(|room| {
            let ids: Vec<&HeaterId> = room.heaters.iter().map(|&index| &site.heaters[index].id).collect();
            self.room_view(&room.id, &ids, now, wall)
        });
        Snapshot {
            rooms: rooms.collect(),
            heaters,
            work: self.work.clone().filter(|work| work.until > wall),
            outlook: self.outlook(wall).map_or_else(Outlook::default, |outlook| Outlook::of(outlook, wall)),
        }
    }

    /// What was said of weather, prices and carbon, while it holds.
    pub(crate) fn outlook(&self, wall: Timestamp) -> Option<&SiteOutlook> {
        self.outlook.as_ref().filter(|outlook| outlook.until > wall)
    }

    fn heater_view(&self, heater: &HeaterId, now: Timestamp) -> HeaterView {
        let recorded = self.clock == Clock::Recorded;
        let Some(line) = self.heaters.get(heater) else {
            return HeaterView { connected: recorded, controllable: recorded, ..HeaterView::default() };
        };
        let fresh = |metric| fresh(&line.values, metric, LOST_AFTER_MS, now);
        let resistor_w = fresh(&Metric::ResistorW).unwrap_or(0.0);
        let heartbeat = line.heartbeat.as_ref();
        let drawn_w = heartbeat
            .filter(|(_, at)| now.since(*at) <= CONNECTED_FOR_MS)
            .map(|(heartbeat, _)| heartbeat.drawn_w)
            .or_else(|| fresh(&Metric::PowerW).map(|watts| watts.round() as u32));
        HeaterView {
            connected: recorded || heartbeat.is_some_and(|(_, at)| now.since(*at) <= CONNECTED_FOR_MS),
            silent_s: heartbeat.map(|(_, at)| (now.since(*at) / 1000).max(0).unsigned_abs()),
            controllable: recorded || heartbeat.is_some_and(|(heartbeat, _)| heartbeat.controllable),
            drawn_w,
            compute_w: drawn_w.map(|watts| (f64::from(watts) - resistor_w).max(0.0) as u32),
            budget_w: heartbeat.map(|(heartbeat, _)| heartbeat.budget_w),
            limit_w: None,
            jobs_running: fresh(&Metric::JobsRunning),
            maintainable: heartbeat.is_some_and(|(heartbeat, _)| heartbeat.maintainable),
            mode: heartbeat.map(|(heartbeat, _)| heartbeat.mode),
            steps_w: heartbeat.map(|(heartbeat, _)| heartbeat.steps().to_vec()).unwrap_or_default(),
        }
    }

    fn room_view(&self, room: &RoomId, heaters: &[&HeaterId], now: Timestamp, wall: Timestamp) -> RoomView {
        let lines: Vec<&HeaterLine> = heaters.iter().filter_map(|id| self.heaters.get(*id)).collect();
        let mean = |metric: &Metric| {
            believed_mean(lines.iter().filter_map(|line| line.values.get(metric).copied()), now)
        };
        let newest_temperature =
            lines.iter().filter_map(|line| line.values.get(&Metric::TemperatureC)).map(|(_, at)| *at).max();
        let presences: Vec<f64> = lines
            .iter()
            .filter_map(|line| fresh(&line.values, &Metric::Presence, PRESENCE_LOST_AFTER_MS, now))
            .collect();
        let sensed = (!presences.is_empty()).then(|| presences.contains(&1.0));
        let last_present = heaters.iter().filter_map(|id| self.last_present.get(*id)).max().copied();
        let said = self.told.get(room);
        let told = said.and_then(|told| told.people(wall));
        RoomView {
            temperature_c: mean(&Metric::TemperatureC),
            temperature_age_s: newest_temperature.map(|at| (now.since(at) / 1000).max(0).unsigned_abs()),
            humidity_pct: mean(&Metric::HumidityPct),
            co2_ppm: mean(&Metric::Co2Ppm),
            illuminance_lux: mean(&Metric::IlluminanceLux),
            heater_c: mean(&Metric::CaseTemperatureC),
            motion: sensed,
            people: told,
            expected: said.map_or_else(Vec::new, |told| told.occupancy.expected.clone()),
            occupied: told.map(|people| people > 0).or(sensed),
            empty: is_empty(sensed, last_present, told, now),
        }
    }
}

fn fresh(
    values: &HashMap<Metric, (f64, Timestamp)>,
    metric: &Metric,
    lost_after_ms: i64,
    now: Timestamp,
) -> Option<f64> {
    values.get(metric).filter(|(_, at)| now.since(*at) < lost_after_ms).map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{Celsius, Reading, Sample, Watts, WeekSchedule, Zone};

    use crate::site::{SiteHeater, SiteRoom};

    const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);

    fn id(n: u32) -> HeaterId {
        HeaterId::new(&format!("h-{n}")).unwrap()
    }

    fn site() -> Site {
        let heater = |n| SiteHeater {
            id: id(n),
            room: Some(0),
            circuit: None,
            rated_w: Watts::ZERO,
            resistor_w: Watts::ZERO,
            fallback_w: Watts::ZERO,
            instructions: registry::Instructions::default(),
        };
        Site {
            zone: Zone::UTC,
            cap_w: None,
            peak_eur_per_kw: 0.0,
            mode: registry::DeclaredMode::default(),
            rooms: vec![SiteRoom {
                heaters: vec![0, 1],
                ..SiteRoom::trial("a", WeekSchedule::constant(Celsius::from_hundredths(2000)))
            }],
            heaters: vec![heater(0), heater(1)],
            circuits: vec![],
        }
    }

    fn hear(image: &mut Image, heater: u32, metric: Metric, value: f64, at: Timestamp, late: bool) {
        let samples = vec![Sample { dt_ms: 0, metric, reading: Reading::Value(value) }];
        let boot = BootId::from_bits(1);
        image.hear_record(
            &id(heater),
            &Record { boot, bn: 1, seq: 1, low: 1, mono_ms: 0, ts: at, late, samples },
            at,
        );
    }

    fn room(image: &Image, now: Timestamp) -> RoomView {
        image.snapshot(&site(), now, now).rooms.remove(0)
    }

    #[test]
    fn a_room_is_the_mean_of_its_heaters_until_their_values_are_lost() {
        let mut image = Image::new(Clock::Wall);
        hear(&mut image, 0, Metric::TemperatureC, 20.0, NOW, false);
        hear(&mut image, 1, Metric::TemperatureC, 21.0, NOW.plus_ms(60_000), false);
        assert_eq!(room(&image, NOW.plus_ms(60_000)).temperature_c, Some(20.5));
        assert_eq!(room(&image, NOW.plus_ms(300_000)).temperature_c, Some(21.0));
        let lost = room(&image, NOW.plus_ms(360_000));
        assert_eq!((lost.temperature_c, lost.temperature_age_s), (None, Some(300)));
    }

    #[test]
    fn late_history_and_what_is_not_believed_do_not_enter() {
        let mut image = Image::new(Clock::Wall);
        hear(&mut image, 0, Metric::TemperatureC, 20.0, NOW, false);
        hear(&mut image, 0, Metric::TemperatureC, 5.0, NOW.plus_ms(10_000), true);
        hear(&mut image, 0, Metric::TemperatureC, 45.0, NOW.plus_ms(20_000), false);
        hear(&mut image, 0, Metric::TemperatureC, 300.0, NOW.plus_ms(30_000), false);
        assert_eq!(room(&image, NOW.plus_ms(40_000)).temperature_c, Some(20.0));
    }

    #[test]
    fn a_record_that_comes_again_does_not_bring_back_what_was() {
        let mut image = Image::new(Clock::Wall);
        let mut hear = |boot, seq, value, at: i64| {
            let samples =
                vec![Sample { dt_ms: 0, metric: Metric::TemperatureC, reading: Reading::Value(value) }];
            let (boot, ts) = (BootId::from_bits(boot), NOW.plus_ms(at));
            let record = Record { boot, bn: 1, seq, low: 1, mono_ms: 0, ts, late: false, samples };
            image.hear_record(&id(0), &record, ts);
            room(&image, ts).temperature_c
        };
        assert_eq!(hear(1, 6, 20.0, 0), Some(20.0));
        assert_eq!(hear(1, 7, 20.5, 10_000), Some(20.5));
        assert_eq!(hear(1, 6, 20.0, 30_000), Some(20.5), "sent again after half a minute");
        assert_eq!(hear(2, 1, 20.8, 40_000), Some(20.8), "a new boot counts from the beginning");
    }

    #[test]
    fn a_sentinel_as_the_first_reading_does_not_make_the_truth_suspect() {
        let mut image = Image::new(Clock::Wall);
        hear(&mut image, 0, Metric::TemperatureC, 85.0, NOW, false);
        hear(&mut image, 0, Metric::TemperatureC, 20.0, NOW.plus_ms(10_000), false);
        assert_eq!(room(&image, NOW.plus_ms(20_000)).temperature_c, Some(20.0));
    }

    #[test]
    fn a_reading_dated_ahead_does_not_freeze_the_room() {
        let mut image = Image::new(Clock::Wall);
        let ahead = Sample { dt_ms: 86_400_000, metric: Metric::TemperatureC, reading: Reading::Value(19.0) };
        let boot = BootId::from_bits(1);
        let record =
            Record { boot, bn: 1, seq: 1, low: 1, mono_ms: 0, ts: NOW, late: false, samples: vec![ahead] };
        image.hear_record(&id(0), &record, NOW);
        hear(&mut image, 0, Metric::TemperatureC, 20.0, NOW.plus_ms(60_000), false);
        assert_eq!(room(&image, NOW.plus_ms(60_000)).temperature_c, Some(20.0));
    }

    #[test]
    fn an_earlier_recording_in_the_same_site_takes_now_back_with_it() {
        let mut image = Image::new(Clock::Recorded);
        hear(&mut image, 0, Metric::TemperatureC, 20.0, NOW, false);
        let earlier = NOW.plus_ms(-1_000_000_000);
        let samples = vec![Sample { dt_ms: 0, metric: Metric::TemperatureC, reading: Reading::Value(22.0) }];
        let boot = BootId::from_bits(2);
        let record = Record { boot, bn: 1, seq: 1, low: 1, mono_ms: 0, ts: earlier, late: false, samples };
        image.hear_record(&id(0), &record, earlier);
        assert_eq!(image.newest(), Some(earlier));
        assert_eq!(room(&image, earlier).temperature_c, Some(22.0));
    }

    #[test]
    fn in_a_recording_the_newest_sample_is_now_and_heaters_count_as_connected() {
        let mut image = Image::new(Clock::Recorded);
        assert_eq!(image.newest(), None);
        hear(&mut image, 0, Metric::TemperatureC, 20.0, Timestamp::from_ms(1_000), false);
        assert_eq!(image.newest(), Some(Timestamp::from_ms(1_000)));
        assert!(
            image
                .snapshot(&site(), Timestamp::from_ms(1_000), Timestamp::from_ms(1_000))
                .heaters
                .iter()
                .all(|heater| heater.connected)
        );
    }
}
