//! One site as last heard over MQTT: plain values, changed by one message at a time.
//!
//! Everything here is bounded: a site keeps the newest of each thing and a quarter of an hour of two room values.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use registry::{Clock, SiteBook};
use serde_json::{Value, json};
use vocabulary::{
    BootId, Budget, Heartbeat, HeaterId, HeaterStatus, Metric, Mode, Plausibility, Quality, Reading, Record,
    RoomForecast, RoomId, RoomState, SiteState, SiteWork, Timestamp, believed_mean,
};

/// A room this much colder than its setpoint, while somebody is there, is a problem.
pub(crate) const COLD_K: f64 = 1.0;
/// How far back the trend of a room reaches.
const TREND_MS: i64 = 20 * 60_000;
/// The trend keeps one point in this time, so that it stays short at any rate of messages.
const TREND_STEP_MS: i64 = 60_000;
/// More metrics than this of one heater are not kept.
const MAX_METRICS: usize = 64;
/// More rooms, and more heaters, of one site are not kept.
const MAX_PLACES: usize = 20_000;
/// A heater that draws more than its budget by this much does not obey; as the governor judges itself.
const OVER_BUDGET: (f64, f64) = (1.1, 50.0);
/// A record dated further back than this before the one before it: the heater's clock was set.
const CLOCK_STEP_MS: i64 = 5 * 60_000;
/// Between these lies the time we take for a heater's period of records.
const PERIOD_MS: std::ops::RangeInclusive<i64> = 10_000..=300_000;

/// The newest of everything that was heard of one site.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiveSite {
    /// The controller's summary.
    pub(crate) state: Option<SiteState>,
    /// The work there is to run.
    pub(crate) work: Option<SiteWork>,
    /// What was heard of each room.
    pub(crate) rooms: HashMap<RoomId, LiveRoom>,
    /// The newest forecast of each room.
    pub(crate) forecasts: HashMap<RoomId, Arc<RoomForecast>>,
    /// What was heard of each heater.
    pub(crate) heaters: HashMap<HeaterId, LiveHeater>,
    /// The newest time named by any state: the site's now, when its clock is a recording's.
    pub(crate) newest: Option<Timestamp>,
    /// Which heater stands where, as the book says it.
    plan: Arc<Plan>,
}

/// Which heater stands in which room of a site, and whose clock counts there.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    is_recorded: bool,
    room_of: HashMap<HeaterId, RoomId>,
    heaters_of: HashMap<RoomId, Vec<HeaterId>>,
}

impl Plan {
    /// The plan of a book.
    pub(crate) fn of(book: &SiteBook) -> Self {
        let mut plan = Self { is_recorded: book.site.clock == Clock::Recorded, ..Self::default() };
        for heater in &book.heaters {
            let Some(room) = &heater.room else { continue };
            plan.room_of.insert(heater.id.clone(), room.clone());
            plan.heaters_of.entry(room.clone()).or_default().push(heater.id.clone());
        }
        plan
    }
}

/// What was heard of a room.
#[derive(Debug, Clone)]
pub(crate) struct LiveRoom {
    /// The newest state.
    pub(crate) state: RoomState,
    /// What its heaters measured since, and when that was heard: the controller speaks less often than they do.
    sensed_c: Option<(f64, Timestamp)>,
    /// Since when it is occupied and too cold.
    pub(crate) cold_since: Option<Timestamp>,
    /// Temperature and CO₂ of the last minutes, oldest first.
    pub(crate) trend: VecDeque<TrendPoint>,
}

/// One point of a room's short memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrendPoint {
    pub(crate) at: Timestamp,
    pub(crate) temperature_c: Option<f64>,
    pub(crate) co2_ppm: Option<f64>,
}

/// The newest reading of one metric.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LiveValue {
    pub(crate) reading: Reading,
    pub(crate) quality: Quality,
    pub(crate) at: Timestamp,
    /// Since when the quality is what it is.
    pub(crate) quality_since: Timestamp,
}

/// What was heard of a heater.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiveHeater {
    /// The newest reading of each metric.
    pub(crate) values: BTreeMap<Metric, LiveValue>,
    /// The newest record as it came, for the curious.
    pub(crate) record: Option<String>,
    /// The time of the newest record.
    pub(crate) record_at: Option<Timestamp>,
    /// The newest record's boot and number.
    newest: Option<(BootId, u64)>,
    /// How far apart records are.
    pub(crate) period_ms: i64,
    /// The newest heartbeat and when it was heard, by our own clock.
    pub(crate) heartbeat: Option<(Heartbeat, Timestamp)>,
    /// Since when the mode is what it is.
    pub(crate) mode_since: Option<Timestamp>,
    /// Since when it draws more than it may.
    pub(crate) over_since: Option<Timestamp>,
    /// The newest budget on its way to the heater and when it was heard.
    pub(crate) budget: Option<(Budget, Timestamp)>,
    /// Epoch and number of the first budget that asked besides heat what the newest one asks.
    pub(crate) asked_from: (u64, u64),
    /// `online` or `offline`.
    pub(crate) status: Option<HeaterStatus>,
    /// The newest temperature of its room that is believed, and when it was measured by the clock that counts on its site.
    believed_c: Option<(f64, Timestamp)>,
    plausibility: Plausibility,
}

/// What changed: keys such as `room/101/temperature_c` with their new values.
pub(crate) type Changes = Vec<(String, Value)>;

impl LiveSite {
    /// Takes a room's state.
    pub(crate) fn hear_room(&mut self, room: &RoomId, state: RoomState) -> Changes {
        if !self.rooms.contains_key(room) && self.rooms.len() >= MAX_PLACES {
            return Changes::new();
        }
        self.move_on(state.as_of);
        let live = self.rooms.entry(room.clone()).or_insert_with(|| LiveRoom::new(state.clone()));
        live.hear(state);
        room_changes(room, live)
    }

    /// Takes which heater stands where.
    pub(crate) fn know(&mut self, plan: Arc<Plan>) {
        self.plan = plan;
    }

    /// Takes a room's forecast. Nobody is told: a page reads it when it is made anew, which the room's state brings about.
    pub(crate) fn hear_forecast(&mut self, room: &RoomId, forecast: RoomForecast) -> Changes {
        if self.forecasts.contains_key(room) || self.forecasts.len() < MAX_PLACES {
            self.forecasts.insert(room.clone(), Arc::new(forecast));
        }
        Changes::new()
    }

    /// Takes a record, heard at `now`. History that is sent late changes nothing here, nor does a record that another one
    /// of its boot has overtaken.
    pub(crate) fn hear_record(
        &mut self,
        heater: &HeaterId,
        record: &Record,
        raw: &str,
        now: Timestamp,
    ) -> Changes {
        let now = if self.plan.is_recorded { record.ts } else { now };
        let Some(live) = self.heater(heater) else { return Changes::new() };
        let is_overtaken = live.newest.is_some_and(|(boot, seq)| boot == record.boot && record.seq < seq);
        if record.late || is_overtaken {
            return Changes::new();
        }
        let before = live.believed_c;
        let mut changes = live.hear_record(heater, record, raw, now);
        if live.believed_c != before {
            changes.extend(self.sense(heater, now));
        }
        changes
    }

    /// What a room has become because one of its heaters measured it anew: the mean that the controller's next word will
    /// repeat. A room of which the controller has said nothing yet stays unknown.
    fn sense(&mut self, heater: &HeaterId, now: Timestamp) -> Option<(String, Value)> {
        let room = self.plan.room_of.get(heater)?;
        let heaters = self.plan.heaters_of.get(room)?.iter();
        let believed = heaters.filter_map(|heater| self.heaters.get(heater)?.believed_c);
        // As finely as the controller says it.
        let mean_c = (100.0 * believed_mean(believed, now)?).round() / 100.0;
        let live = self.rooms.get_mut(room)?;
        live.sensed_c = Some((mean_c, now));
        let (value, at) = live.temperature_c();
        Some((format!("room/{room}/temperature_c"), json!({"value": value, "as_of_ms": at.ms()})))
    }

    /// Takes a sign of life, heard at `now`.
    pub(crate) fn hear_heartbeat(
        &mut self,
        heater: &HeaterId,
        heartbeat: Heartbeat,
        now: Timestamp,
    ) -> Changes {
        let Some(live) = self.heater(heater) else { return Changes::new() };
        live.hear_heartbeat(heater, heartbeat, now)
    }

    /// Takes a budget on its way to a heater.
    pub(crate) fn hear_budget(&mut self, heater: &HeaterId, budget: Budget, now: Timestamp) -> Changes {
        let Some(live) = self.heater(heater) else { return Changes::new() };
        let changes = vec![(format!("heater/{heater}/granted_w"), json!({"value": budget.watts.whole()}))];
        if live.budget.as_ref().is_none_or(|(last, _)| last.maintenance != budget.maintenance) {
            live.asked_from = (budget.epoch, budget.seq);
        }
        live.budget = Some((budget, now));
        changes
    }

    /// Takes a heater's retained status.
    pub(crate) fn hear_status(&mut self, heater: &HeaterId, status: HeaterStatus) -> Changes {
        let Some(live) = self.heater(heater) else { return Changes::new() };
        live.status = Some(status);
        vec![(format!("heater/{heater}/status"), json!({"value": status.as_str()}))]
    }

    /// Takes the controller's summary.
    pub(crate) fn hear_state(&mut self, state: SiteState) -> Changes {
        self.move_on(state.as_of);
        let value = |name: &str, value: Value| (format!("site/{name}"), json!({"value": value}));
        let changes = vec![
            value("drawn_w", json!(state.drawn_w)),
            value("budget_w", json!(state.budget_w)),
            value("cap_w", json!(state.cap_w)),
            value("heat_wanted_w", json!(state.heat_wanted_w)),
            value("compute_w", json!(state.compute_w)),
            value("work_available_w", json!(state.work_available_w)),
            value("rooms_judged", json!(state.rooms_judged)),
            value("rooms_comfortable", json!(state.rooms_comfortable)),
        ];
        self.state = Some(state);
        changes
    }

    /// Takes what work there is.
    pub(crate) fn hear_work(&mut self, work: SiteWork) -> Changes {
        let changes = vec![("site/work_w".to_owned(), json!({"value": work.available_w.whole()}))];
        self.work = Some(work);
        changes
    }

    fn heater(&mut self, heater: &HeaterId) -> Option<&mut LiveHeater> {
        if !self.heaters.contains_key(heater) && self.heaters.len() >= MAX_PLACES {
            return None;
        }
        Some(self.heaters.entry(heater.clone()).or_default())
    }

    fn move_on(&mut self, at: Timestamp) {
        self.newest = self.newest.max(Some(at));
    }
}

impl LiveRoom {
    fn new(state: RoomState) -> Self {
        Self { state, sensed_c: None, cold_since: None, trend: VecDeque::new() }
    }

    /// Its newest temperature and when that was: as the controller said it, or as its heaters measured it since.
    pub(crate) fn temperature_c(&self) -> (Option<f64>, Timestamp) {
        let since = self.sensed_c.filter(|(_, at)| *at > self.state.as_of);
        since.map_or((self.state.temperature_c, self.state.as_of), |(celsius, at)| (Some(celsius), at))
    }

    fn hear(&mut self, state: RoomState) {
        let too_cold = state.occupied == Some(true)
            && state.temperature_c.is_some_and(|t| t < state.setpoint_c.degrees() - COLD_K);
        self.cold_since = too_cold.then(|| self.cold_since.unwrap_or(state.as_of));
        let is_due = self.trend.back().is_none_or(|last| state.as_of.since(last.at) >= TREND_STEP_MS);
        if is_due {
            self.trend.push_back(TrendPoint {
                at: state.as_of,
                temperature_c: state.temperature_c,
                co2_ppm: state.co2_ppm,
            });
        }
        while self.trend.front().is_some_and(|first| state.as_of.since(first.at) > TREND_MS) {
            self.trend.pop_front();
        }
        self.state = state;
    }
}

impl LiveHeater {
    fn hear_record(&mut self, heater: &HeaterId, record: &Record, raw: &str, now: Timestamp) -> Changes {
        if self.record_at.is_some_and(|before| before.since(record.ts) > CLOCK_STEP_MS) {
            // Values that were dated ahead would stay the newest for as long as the clock was wrong.
            self.values.clear();
            self.believed_c = None;
            self.plausibility = Plausibility::default();
        }
        if let Some(before) = self.record_at
            && record.ts > before
        {
            self.period_ms = record.ts.since(before).clamp(*PERIOD_MS.start(), *PERIOD_MS.end());
        }
        let mut changes = Changes::new();
        for sample in &record.samples {
            let at = record.ts.plus_ms(sample.dt_ms);
            let is_new = self.values.get(&sample.metric).is_none_or(|newest| at >= newest.at);
            let has_place = self.values.len() < MAX_METRICS || self.values.contains_key(&sample.metric);
            if !is_new || !has_place {
                continue;
            }
            let in_range = sample.reading.known().is_none_or(|value| sample.metric.allows(value));
            if !in_range {
                continue;
            }
            let quality = self.plausibility.judge(&sample.metric, sample.reading, at);
            let before = self.values.get(&sample.metric).filter(|before| before.quality == quality);
            let quality_since = before.map_or(at, |before| before.quality_since);
            let value = LiveValue { reading: sample.reading, quality, at, quality_since };
            self.values.insert(sample.metric.clone(), value);
            if sample.metric == Metric::TemperatureC && quality == Quality::Good {
                // Nothing that is heard live was measured later than now.
                let measured_at = now.plus_ms(sample.dt_ms).min(now);
                self.believed_c = sample.reading.known().map(|celsius| (celsius, measured_at));
            }
            let mut change = json!({"value": sample.reading.known(), "as_of_ms": at.ms()});
            // A believed value may be measured or simulated: that stands in the book, not here.
            if quality != Quality::Good {
                change["quality"] = json!(quality.as_str());
            }
            changes.push((format!("heater/{heater}/{}", sample.metric), change));
        }
        self.record = Some(raw.to_owned());
        self.record_at = Some(record.ts);
        self.newest = Some((record.boot, record.seq));
        changes
    }

    fn hear_heartbeat(&mut self, heater: &HeaterId, heartbeat: Heartbeat, now: Timestamp) -> Changes {
        let same_mode = self.heartbeat.as_ref().is_some_and(|(before, _)| before.mode == heartbeat.mode);
        if !same_mode {
            self.mode_since = Some(now);
        }
        let allowed = f64::from(heartbeat.budget_w) * OVER_BUDGET.0 + OVER_BUDGET.1;
        let is_over = heartbeat.controllable && f64::from(heartbeat.drawn_w) > allowed;
        self.over_since = is_over.then(|| self.over_since.unwrap_or(now));
        let value = |name: &str, value: Value| {
            (format!("heater/{heater}/{name}"), json!({"value": value, "as_of_ms": now.ms()}))
        };
        let changes = vec![
            value("budget_w", json!(heartbeat.budget_w)),
            value("drawn_w", json!(heartbeat.drawn_w)),
            value("wanted_w", json!(heartbeat.wanted_w)),
            value("lease_left_s", json!(heartbeat.lease_left_s)),
            value("mode", json!(heartbeat.mode.as_str())),
        ];
        self.heartbeat = Some((heartbeat, now));
        changes
    }

    /// The mode that it said last.
    pub(crate) fn mode(&self) -> Option<Mode> {
        self.heartbeat.as_ref().map(|(heartbeat, _)| heartbeat.mode)
    }
}

fn room_changes(room: &RoomId, live: &LiveRoom) -> Changes {
    let state = &live.state;
    let (temperature_c, measured_at) = live.temperature_c();
    let dated = |name: &str, value: Value, at: Timestamp| {
        let key = format!("room/{room}/{name}");
        // Whether a value is measured or simulated stands in the book, not here: only what is missing is judged.
        if value.is_null() {
            return (key, json!({"value": null, "quality": "unknown", "as_of_ms": at.ms()}));
        }
        (key, json!({"value": value, "as_of_ms": at.ms()}))
    };
    let value = |name: &str, value: Value| dated(name, value, state.as_of);
    vec![
        dated("temperature_c", json!(temperature_c), measured_at),
        value("humidity_pct", json!(state.humidity_pct)),
        value("co2_ppm", json!(state.co2_ppm)),
        value("illuminance_lux", json!(state.illuminance_lux)),
        value("occupied", json!(state.occupied)),
        value("setpoint_c", json!(state.setpoint_c)),
        value("setpoint_by", json!(state.setpoint_by)),
        value("until_ms", json!(state.until)),
        value("budget_w", json!(state.budget_w)),
        value("drawn_w", json!(state.drawn_w)),
        value("mode", json!(state.mode)),
        value("why", json!(state.why)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::Sample;

    const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);

    /// Hears one temperature and gives the one that is shown then.
    fn hear(site: &mut LiveSite, (boot, seq): (u64, u64), late: bool, at_ms: i64, value: f64) -> Option<f64> {
        let heater = HeaterId::new("h-1").unwrap();
        let samples = vec![Sample { dt_ms: 0, metric: Metric::TemperatureC, reading: Reading::Value(value) }];
        let (boot, ts) = (BootId::from_bits(boot), NOW.plus_ms(at_ms));
        let record = Record { boot, bn: 1, seq, low: 1, mono_ms: 0, ts, late, samples };
        site.hear_record(&heater, &record, "", ts);
        site.heaters[&heater].values[&Metric::TemperatureC].reading.known()
    }

    #[test]
    fn neither_history_nor_what_comes_again_is_shown_as_the_present() {
        let mut site = LiveSite::default();
        assert_eq!(hear(&mut site, (1, 6), false, 0, 20.0), Some(20.0));
        assert_eq!(hear(&mut site, (1, 7), false, 10_000, 20.5), Some(20.5));
        assert_eq!(hear(&mut site, (1, 6), false, 0, 20.0), Some(20.5), "sent again");
        assert_eq!(
            hear(&mut site, (1, 2), true, 20_000, 19.0),
            Some(20.5),
            "history, whatever its clock says"
        );
        assert_eq!(hear(&mut site, (2, 1), false, 20_000, 20.8), Some(20.8), "a new boot");
    }

    #[test]
    fn a_clock_that_was_ahead_does_not_freeze_the_page() {
        const YEARS_MS: i64 = 10 * 365 * 24 * 3_600_000;
        let mut site = LiveSite::default();
        assert_eq!(hear(&mut site, (1, 1), false, YEARS_MS, 20.0), Some(20.0));
        assert_eq!(hear(&mut site, (1, 2), false, 10_000, 20.5), Some(20.5));
    }

    /// A room with two heaters of which the controller has spoken, and nobody's record yet.
    fn judged_room(clock: Clock) -> (LiveSite, RoomId) {
        let mut book = crate::trial::book();
        let room = book.rooms[0].id.clone();
        book.site.clock = clock;
        book.heaters.iter_mut().for_each(|heater| heater.room = Some(room.clone()));
        let mut site = LiveSite::default();
        site.know(Arc::new(Plan::of(&book)));
        site.hear_room(&room, crate::trial::room_state(NOW));
        (site, room)
    }

    /// Hears a temperature of a heater `after_ms` later; gives what was told of the room.
    fn sense(site: &mut LiveSite, heater: &str, after_ms: i64, reading: Reading) -> Option<f64> {
        let heater = HeaterId::new(heater).unwrap();
        let samples = vec![Sample { dt_ms: 0, metric: Metric::TemperatureC, reading }];
        let (boot, now) = (BootId::from_bits(1), NOW.plus_ms(after_ms));
        let seq = after_ms.unsigned_abs();
        let record = Record { boot, bn: 1, seq, low: 1, mono_ms: 0, ts: now, late: false, samples };
        let changes = site.hear_record(&heater, &record, "", now);
        let told = changes.iter().find(|(key, _)| key == "room/101/temperature_c");
        told.and_then(|(_, change)| change["value"].as_f64())
    }

    #[test]
    fn a_room_is_told_of_as_soon_as_one_of_its_heaters_has_measured_it() {
        let (mut site, room) = judged_room(Clock::Wall);
        assert_eq!(sense(&mut site, "h-101", 1_000, Reading::Value(20.0)), Some(20.0));
        assert_eq!(sense(&mut site, "h-102", 2_000, Reading::Value(21.015)), Some(20.51), "their mean");
        // What is not believed changes nothing: the value before still counts.
        assert_eq!(sense(&mut site, "h-101", 3_000, Reading::Value(29.0)), None, "it jumps");
        assert_eq!(sense(&mut site, "h-101", 4_000, Reading::Missing(vocabulary::Fault::Absent)), None);
        assert_eq!(site.rooms[&room].temperature_c(), (Some(20.51), NOW.plus_ms(2_000)));
        // A heater that is silent counts no more after five minutes, as the controller has it.
        assert_eq!(sense(&mut site, "h-101", 302_001, Reading::Value(19.5)), Some(19.5));
    }

    #[test]
    fn the_controller_s_word_holds_from_when_it_was_spoken() {
        let (mut site, room) = judged_room(Clock::Wall);
        sense(&mut site, "h-101", 5_000, Reading::Value(20.0));
        // Spoken before the record was heard, and on the way for longer.
        let changes = site.hear_room(&room, crate::trial::room_state(NOW.plus_ms(4_000)));
        assert_eq!(changes[0].1["value"], 20.0, "{:?}", changes[0]);
        site.hear_room(
            &room,
            RoomState { temperature_c: None, ..crate::trial::room_state(NOW.plus_ms(6_000)) },
        );
        assert_eq!(site.rooms[&room].temperature_c(), (None, NOW.plus_ms(6_000)));
    }

    #[test]
    fn neither_a_room_of_which_nothing_was_said_nor_one_of_no_plan_is_told_of() {
        let (mut site, room) = judged_room(Clock::Wall);
        site.rooms.clear();
        assert_eq!(sense(&mut site, "h-101", 1_000, Reading::Value(20.0)), None);
        assert!(!site.rooms.contains_key(&room));
        let (mut site, _) = judged_room(Clock::Wall);
        site.know(Arc::default());
        assert_eq!(sense(&mut site, "h-101", 1_000, Reading::Value(20.0)), None);
    }
}
