//! One run of the controller: zones become rooms with one heater each, a step becomes a snapshot, a plan becomes watts.

use std::collections::BTreeMap;

use controller::{
    GivenBand, HALF_HOURS, HeaterView, Memory, RoomView, Site, SiteHeater, SiteRoom, Snapshot, plan,
};
use vocabulary::{Celsius, HeaterId, Plausibility, RoomId, SiteWork, Timestamp, Watts, WeekSchedule};

use super::bounds::{LastBounds, is_whole};
use super::clock::{Clock, FIRST_MONDAY, Tick};
use super::input::{Header, Step, ZoneRating, ZoneStep};
use super::outlook::outlook;
use super::readings::{self, Readings};
use super::survived::Survived;

/// The step of the controller's plans; a simulator that does not say its own is taken to have this.
const USUAL_STEP_S: f64 = 300.0;
/// Hours of weather looked ahead.
const HOURS: usize = 24;
/// A zone that was away for longer is a new one when it comes back, so that names that are never used again take no room.
const FORGOTTEN_AFTER_MS: i64 = 7 * 86_400_000;

/// What is said of work holds until the next step.
const WORK_HOLDS_MS: i64 = 3_600_000;

/// The controller and what it knows of one simulated building.
#[derive(Debug, Clone)]
pub struct Session {
    clock: Clock,
    cap_w: Option<f64>,
    peak_eur_per_kw: f64,
    /// By name; those that are away for a while stay, so that what was learned of them does.
    zones: BTreeMap<String, Zone>,
    memory: Memory,
    survived: Survived,
}

/// What is kept of a zone from step to step.
#[derive(Debug, Clone)]
struct Zone {
    /// Its own number, of which its identifiers are made: names of simulators may hold anything.
    number: usize,
    rating: ZoneRating,
    /// The highest limit ever said: the rating of a zone that the header did not rate.
    highest_limit_w: f64,
    sensors: Plausibility,
    bounds: LastBounds,
    /// When it was in a step last; `None` before its first.
    seen_at: Option<Timestamp>,
    /// When its temperature was believed last.
    felt_at: Option<Timestamp>,
    /// The answer of the step before.
    drawn_w: f64,
    now: Request,
}

/// A zone as a step shows it.
#[derive(Debug, Clone, Default)]
struct Request {
    readings: Readings,
    band: Option<GivenBand>,
    /// The most it can draw, W.
    limit_w: f64,
}

impl Session {
    /// A session that knows its header and nothing else.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        Self::from_week(header, FIRST_MONDAY)
    }

    /// A session whose first line lies in the week that begins with `monday`, 0:00: the format has no date.
    #[must_use]
    pub(crate) fn from_week(header: &Header, monday: Timestamp) -> Self {
        let step_s = header.step_s.filter(|step_s| *step_s > 0.0).unwrap_or(USUAL_STEP_S);
        let zone = |(number, (name, rating)): (usize, &(String, ZoneRating))| {
            (name.clone(), Zone::new(number, *rating))
        };
        Self {
            clock: Clock::from_week(step_s, monday),
            cap_w: header.cap_w,
            peak_eur_per_kw: header.peak_eur_per_kw.filter(|price| (0.0..1e6).contains(price)).unwrap_or(0.0),
            zones: header.zones.iter().enumerate().map(zone).collect(),
            memory: Memory::default(),
            survived: Survived::default(),
        }
    }

    /// Watts for each zone, in the order of the step: whole, between 0 and what the zone can draw, together within the cap.
    pub fn step(&mut self, step: &Step) -> Vec<f64> {
        let tick = self.clock.tick(step);
        self.count(step, &tick);
        let before = self.zones.values().filter_map(|zone| zone.seen_at).max();
        step.zones.iter().for_each(|(name, zone)| self.hear(name, zone, tick.now));
        self.forget(before, tick.now);
        let cap_w = step.cap_w.or(self.cap_w);
        let wanted_w = self.plan(step, &tick, cap_w);
        let wanted_w = step.zones.iter().map(|(name, _)| wanted_w.get(name).copied().unwrap_or(0.0));
        let watts = within(cap_w.unwrap_or(f64::INFINITY), wanted_w);
        self.zones.values_mut().for_each(|zone| zone.drawn_w = 0.0);
        self.drew(step, &watts);
        watts
    }

    /// What the zones of the last step draw, W: what they were told, unless someone below this session knows better.
    pub(crate) fn drew(&mut self, step: &Step, watts: &[f64]) {
        for ((name, _), watts) in step.zones.iter().zip(watts) {
            self.zones.get_mut(name).expect("every zone of the step is known").drawn_w = *watts;
        }
    }

    /// What the run went through so far.
    #[must_use]
    pub fn survived(&self) -> Survived {
        self.survived
    }

    /// What the controller wants for each zone of this step, W, not more than the zone can draw.
    fn plan(&mut self, step: &Step, tick: &Tick, cap_w: Option<f64>) -> BTreeMap<String, f64> {
        let site = self.site(tick, cap_w);
        let snapshot = self.snapshot(step, tick);
        let (memory, plan) = plan(&self.memory, &snapshot, &site, tick.now);
        self.memory = memory;
        let zones = self.zones.iter().zip(&plan.heaters);
        let of_step = zones.filter(|((_, zone), _)| zone.seen_at == Some(tick.now));
        let watts = of_step.map(|((name, zone), heater)| {
            let heat_w = heater.as_ref().map_or(0.0, |heater| heater.heat_w.real());
            (name.clone(), heat_w.min(zone.now.limit_w))
        });
        watts.collect()
    }

    fn site(&self, tick: &Tick, cap_w: Option<f64>) -> Site {
        let zones = || self.zones.values();
        Site {
            zone: tick.zone,
            // A cap beyond all watts there are is none.
            cap_w: cap_w.filter(|cap_w| *cap_w < 1e7).map(Watts::floor),
            peak_eur_per_kw: self.peak_eur_per_kw,
            mode: registry::DeclaredMode::default(),
            rooms: zones().enumerate().map(|(at, zone)| zone.room(at)).collect(),
            heaters: zones().enumerate().map(|(at, zone)| zone.heater(at)).collect(),
            circuits: Vec::new(),
        }
    }

    fn snapshot(&mut self, step: &Step, tick: &Tick) -> Snapshot {
        let is_here = |zone: &Zone| zone.seen_at == Some(tick.now);
        Snapshot {
            rooms: self.zones.values().map(|zone| zone.room_view(tick.now)).collect(),
            heaters: self.zones.values().map(|zone| zone.heater_view(is_here(zone))).collect(),
            work: step.work_w.map(|work_w| SiteWork {
                available_w: Watts::floor(work_w),
                expected: Vec::new(),
                value_eur_per_kwh: 0.0,
                must_run: Vec::new(),
                until: tick.now.plus_ms(WORK_HOLDS_MS),
            }),
            outlook: outlook(step, tick.zone.local(tick.now), &mut self.survived),
        }
    }

    fn count(&mut self, step: &Step, tick: &Tick) {
        let missing = [step.t_s, step.hour, step.weekday, step.outdoor_c];
        let whole = is_whole(&step.outdoor_forecast_c, HOURS)
            && is_whole(&step.irradiance_forecast_w_per_m2, HOURS)
            && step.zones.iter().all(|(_, zone)| {
                is_whole(&zone.low_forecast_c, HALF_HOURS) && is_whole(&zone.high_forecast_c, HALF_HOURS)
            });
        let survived = &mut self.survived;
        survived.steps += 1;
        survived.lost += missing.iter().filter(|value| value.is_none()).count() as u64;
        survived.short_forecasts += u64::from(!whole);
        survived.clock_jumps += u64::from(tick.jumped);
        survived.zero_caps += u64::from(step.cap_w.or(self.cap_w) == Some(0.0));
    }

    fn hear(&mut self, name: &str, zone: &ZoneStep, now: Timestamp) {
        let survived = &mut self.survived;
        if !self.zones.contains_key(name) {
            survived.new_zones += 1;
            let number = self.zones.values().map(|zone| zone.number + 1).max().unwrap_or(0);
            self.zones.insert(name.to_owned(), Zone::new(number, ZoneRating::default()));
        }
        self.zones.get_mut(name).expect("it was there or was added").hear(zone, now, survived);
    }

    /// Counts the zones that were in the step before, at `before`, and are not in this one; forgets those long gone.
    fn forget(&mut self, before: Option<Timestamp>, now: Timestamp) {
        let vanished = self.zones.values().filter(|zone| zone.seen_at.is_some() && zone.seen_at == before);
        self.survived.vanished_zones += if before == Some(now) { 0 } else { vanished.count() as u64 };
        let is_recent = |zone: &Zone| zone.seen_at.is_none_or(|seen| now.since(seen) <= FORGOTTEN_AFTER_MS);
        self.zones.retain(|_, zone| is_recent(zone));
    }
}

impl Zone {
    fn new(number: usize, rating: ZoneRating) -> Self {
        Self {
            number,
            rating,
            highest_limit_w: 0.0,
            sensors: Plausibility::default(),
            bounds: LastBounds::default(),
            seen_at: None,
            felt_at: None,
            drawn_w: 0.0,
            now: Request::default(),
        }
    }

    fn hear(&mut self, zone: &ZoneStep, now: Timestamp, survived: &mut Survived) {
        let limit_w = self.limit_w(zone.limit_w, survived);
        let readings = readings::judge(&mut self.sensors, zone, now, survived);
        self.felt_at = readings.air_c.map(|_| now).or(self.felt_at);
        self.seen_at = Some(now);
        self.now = Request { readings, band: Some(self.bounds.complete(zone, survived)), limit_w };
    }

    fn rated_w(&self) -> f64 {
        self.rating.rated_w.unwrap_or(self.highest_limit_w)
    }

    /// The room that the controller knows it as; it is asked for by its band alone.
    fn room(&self, heater: usize) -> SiteRoom {
        let bound = |bound: fn(&GivenBand) -> &Vec<f64>| {
            let now_c = self.now.band.as_ref().and_then(|band| bound(band).first().copied());
            now_c.and_then(|celsius| Celsius::new(celsius).ok()).unwrap_or(Celsius::from_hundredths(800))
        };
        let low_c = bound(|band| &band.low_c);
        SiteRoom {
            id: RoomId::new(&format!("zone-{}", self.number)).expect("letters and digits"),
            low_c,
            high_c: bound(|band| &band.high_c),
            setback_c: low_c,
            schedule: WeekSchedule::constant(low_c).into(),
            overrides: Vec::new(),
            heaters: vec![heater],
            floor_m2: believable(self.rating.floor_m2),
            volume_m3: believable(self.rating.volume_m3),
            premises: None,
            given: self.now.band.clone(),
        }
    }

    fn heater(&self, room: usize) -> SiteHeater {
        SiteHeater {
            id: HeaterId::new(&format!("zone-{}", self.number)).expect("letters and digits"),
            room: Some(room),
            circuit: None,
            rated_w: Watts::floor(self.rated_w()),
            resistor_w: Watts::ZERO,
            fallback_w: Watts::ZERO,
            instructions: registry::Instructions::default(),
        }
    }

    fn room_view(&self, now: Timestamp) -> RoomView {
        let Readings { air_c, humidity_pct, co2_ppm, illuminance_lux, motion, heater_c } = self.now.readings;
        RoomView {
            temperature_c: air_c,
            temperature_age_s: self.felt_at.map(|at| now.since(at).unsigned_abs() / 1000),
            humidity_pct,
            co2_ppm,
            illuminance_lux,
            heater_c,
            motion,
            people: None,
            expected: Vec::new(),
            occupied: motion,
            empty: false,
        }
    }

    /// Its heater, which does what it is told and says so; not connected while the zone is away.
    fn heater_view(&self, connected: bool) -> HeaterView {
        HeaterView {
            connected,
            silent_s: connected.then_some(0),
            controllable: connected,
            drawn_w: connected.then_some(self.drawn_w as u32),
            compute_w: None,
            budget_w: connected.then_some(self.drawn_w as u32),
            limit_w: Some(self.now.limit_w),
            mode: None,
            jobs_running: None,
            maintainable: false,
            steps_w: Vec::new(),
        }
    }

    /// What its heater can draw now, W.
    fn limit_w(&mut self, said: Option<f64>, survived: &mut Survived) -> f64 {
        let believable = said.filter(|limit| limit.is_finite() && *limit >= 0.0);
        match said {
            None => survived.lost += 1,
            Some(_) if believable.is_none() => survived.absurd += 1,
            Some(_) => self.highest_limit_w = believable.unwrap_or(0.0).max(self.highest_limit_w),
        }
        let rated_w = self.rated_w();
        // What is below zero or no number allows nothing; what is missing or infinite does not bind.
        match said {
            Some(limit) if limit.is_nan() || limit < 0.0 => 0.0,
            _ => believable.map_or(rated_w, |limit| limit.min(rated_w)),
        }
    }
}

/// A size that a room can have.
fn believable(size: Option<f64>) -> Option<f64> {
    size.filter(|size| (0.1..=1e6).contains(size))
}

/// Whole watts that keep the cap, whatever was wanted: the sum of whole numbers is exact. What is too much is taken from
/// all in proportion; the plan keeps the cap by itself, so this only guards the promise.
fn within(cap_w: f64, wanted_w: impl Iterator<Item = f64>) -> Vec<f64> {
    let whole: Vec<f64> = wanted_w.map(|watts| watts.max(0.0).floor()).collect();
    let sum: f64 = whole.iter().sum();
    if sum <= cap_w {
        return whole;
    }
    whole.iter().map(|watts| (watts * (cap_w / sum)).floor()).collect()
}

#[cfg(test)]
mod strangers;
#[cfg(test)]
mod tests;
