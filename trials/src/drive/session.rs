//! One run of the controller: zones become rooms with one heater each, a step becomes a snapshot, a plan becomes watts.

use std::collections::BTreeMap;

use vocabulary::{Pi, Plausibility, Timestamp};

use super::bounds::{Comfort, HALF_HOURS, LastBounds, is_whole};
use super::clock::{Clock, Tick};
use super::input::{Header, Step, ZoneRating, ZoneStep};
use super::readings::{self, Readings};
use super::survived::Survived;

/// The step of the controller's plans; a simulator that does not say its own is taken to have this.
const USUAL_STEP_S: f64 = 300.0;
/// Hours of weather looked ahead.
const HOURS: usize = 24;
/// A zone that was away for longer is a new one when it comes back, so that names that are never used again take no room.
const FORGOTTEN_AFTER_MS: i64 = 7 * 86_400_000;

/// The controller and what it knows of one simulated building.
#[derive(Debug, Clone)]
pub struct Session {
    clock: Clock,
    cap_w: Option<f64>,
    zones: BTreeMap<String, Zone>,
    survived: Survived,
}

/// What is kept of a zone from step to step.
#[derive(Debug, Clone, Default)]
struct Zone {
    rating: ZoneRating,
    /// The highest limit ever said: the rating of a zone that the header did not rate.
    highest_limit_w: f64,
    sensors: Plausibility,
    bounds: LastBounds,
    /// When it was in a step last; `None` before its first.
    seen_at: Option<Timestamp>,
    pi: Pi,
}

/// A zone in a step, ready to be planned for.
struct Request {
    readings: Readings,
    comfort: Comfort,
    /// The most it can draw, W.
    limit_w: f64,
}

impl Session {
    /// A session that knows its header and nothing else.
    #[must_use]
    pub fn new(header: &Header) -> Self {
        let step_s = header.step_s.filter(|step_s| *step_s > 0.0).unwrap_or(USUAL_STEP_S);
        let zone = |rating: &ZoneRating| Zone { rating: *rating, ..Zone::default() };
        Self {
            clock: Clock::new(step_s),
            cap_w: header.cap_w,
            zones: header.zones.iter().map(|(name, rating)| (name.clone(), zone(rating))).collect(),
            survived: Survived::default(),
        }
    }

    /// Watts for each zone, in the order of the step: whole, between 0 and what the zone can draw, together within the cap.
    pub fn step(&mut self, step: &Step) -> Vec<f64> {
        let tick = self.clock.tick(step);
        self.count(step, &tick);
        let before = self.zones.values().filter_map(|zone| zone.seen_at).max();
        let requests: Vec<Request> =
            step.zones.iter().map(|(name, zone)| self.request(name, zone, tick.now)).collect();
        self.forget(before, tick.now);
        let cap_w = step.cap_w.or(self.cap_w).unwrap_or(f64::INFINITY);
        let wanted_w = self.decide(step, &tick, &requests);
        within(cap_w, wanted_w.iter().zip(&requests).map(|(watts, request)| watts.min(request.limit_w)))
    }

    /// What the run went through so far.
    #[must_use]
    pub fn survived(&self) -> Survived {
        self.survived
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

    fn request(&mut self, name: &str, zone: &ZoneStep, now: Timestamp) -> Request {
        let survived = &mut self.survived;
        if !self.zones.contains_key(name) {
            survived.new_zones += 1;
            self.zones.insert(name.to_owned(), Zone::default());
        }
        let known = self.zones.get_mut(name).expect("it was there or was added");
        let limit_w = known.limit_w(zone.limit_w, survived);
        known.seen_at = Some(now);
        Request {
            readings: readings::judge(&mut known.sensors, zone, now, survived),
            comfort: known.bounds.complete(zone, survived),
            limit_w,
        }
    }

    /// Counts the zones that were in the step before, at `before`, and are not in this one; forgets those long gone.
    fn forget(&mut self, before: Option<Timestamp>, now: Timestamp) {
        let vanished = self.zones.values().filter(|zone| zone.seen_at.is_some() && zone.seen_at == before);
        self.survived.vanished_zones += if before == Some(now) { 0 } else { vanished.count() as u64 };
        let is_recent = |zone: &Zone| zone.seen_at.is_none_or(|seen| now.since(seen) <= FORGOTTEN_AFTER_MS);
        self.zones.retain(|_, zone| is_recent(zone));
    }

    /// Placeholder until the plan carries the outlook: a regulator for each zone.
    fn decide(&mut self, step: &Step, _tick: &Tick, requests: &[Request]) -> Vec<f64> {
        let mut wanted = Vec::with_capacity(requests.len());
        for ((name, _), request) in step.zones.iter().zip(requests) {
            let zone = self.zones.get_mut(name).expect("every zone of the step is known");
            let error_k = request.readings.air_c.map_or(0.0, |air| request.comfort.low_c[0] + 0.2 - air);
            let watts = zone.pi.wanted_w(error_k, request.limit_w);
            zone.pi.advance(error_k, watts, request.limit_w, 300.0);
            wanted.push(watts);
        }
        wanted
    }
}

impl Zone {
    /// What its heater can draw now, W.
    fn limit_w(&mut self, said: Option<f64>, survived: &mut Survived) -> f64 {
        let believable = said.filter(|limit| limit.is_finite() && *limit >= 0.0);
        match said {
            None => survived.lost += 1,
            Some(_) if believable.is_none() => survived.absurd += 1,
            Some(_) => self.highest_limit_w = believable.unwrap_or(0.0).max(self.highest_limit_w),
        }
        let rated_w = self.rating.rated_w.unwrap_or(self.highest_limit_w);
        // What is below zero or no number allows nothing; what is missing or infinite does not bind.
        match said {
            Some(limit) if limit.is_nan() || limit < 0.0 => 0.0,
            _ => believable.map_or(rated_w, |limit| limit.min(rated_w)),
        }
    }
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
mod tests;
