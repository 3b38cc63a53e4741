//! A room's forecast as pages and API read it: step by step, with its age and the moments that are worth a sentence.

use vocabulary::{RoomForecast, Timestamp};

use crate::facts::DRAWING_W;

/// A room is thought about every four minutes: after this, three thoughts were missed.
const STALE_MS: i64 = 15 * 60_000;
/// More steps than this are no day ahead.
const MAX_STEPS: usize = 96;
/// Shorter changes of the lower bound than half a degree, the step of setpoints, are not spoken of.
const CHANGE_K: f64 = 0.5;
/// A room that is no colder than this below its bound counts as warm enough.
const ENOUGH_K: f64 = 0.3;

/// One step of the day ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// Heat planned.
    pub(crate) power_w: f64,
    /// Air expected at the end of the step.
    pub(crate) air_c: f64,
    /// How far off that usually is; `None` while too little was seen.
    pub(crate) error_k: Option<f64>,
    /// Not colder than this during the step, and not warmer than the next.
    pub(crate) low_c: f64,
    pub(crate) high_c: f64,
    /// The probability that somebody is there. Personal: only for those who may see it.
    pub(crate) presence: f64,
}

/// What is left of a forecast at some moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outlook {
    /// When it was thought.
    pub(crate) as_of: Timestamp,
    /// Whether it is so old that newer ones were missed.
    pub(crate) is_stale: bool,
    /// The steps that are not over, at least one.
    pub(crate) steps: Vec<Step>,
}

/// A change of the lower bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    pub(crate) at: Timestamp,
    /// The bound from then on.
    pub(crate) low_c: f64,
    /// Air expected then.
    pub(crate) air_c: f64,
    pub(crate) error_k: Option<f64>,
}

/// What the plan does about heat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Heat {
    /// It heats now, until then; `None` is all day long.
    Until(Option<Timestamp>),
    /// It rests now and begins then.
    From(Timestamp),
    /// It rests all day.
    Never,
}

/// Whether a forecast is one: every series as long as the others, every number possible.
pub(crate) fn is_whole(forecast: &RoomForecast) -> bool {
    let steps = forecast.air_c.len();
    let series = [&forecast.power_w, &forecast.low_c, &forecast.high_c, &forecast.presence];
    let errors = &forecast.error_k;
    let mut numbers = series.into_iter().chain([&forecast.air_c, errors]).flatten();
    (1..=MAX_STEPS).contains(&steps)
        && (1..=86_400).contains(&forecast.first_step_s)
        && (1..=86_400).contains(&forecast.step_s)
        && series.iter().all(|values| values.len() == steps)
        && (errors.is_empty() || errors.len() == steps)
        && numbers.all(|number| number.is_finite())
        && forecast.power_w.iter().chain(errors).all(|number| *number >= 0.0)
        && forecast.presence.iter().all(|probability| (0.0..=1.0).contains(probability))
}

impl Outlook {
    /// What is left of a whole forecast at `now`; `None` where all of it is over.
    pub(crate) fn new(forecast: &RoomForecast, now: Timestamp) -> Option<Self> {
        let steps: Vec<Step> = steps(forecast).filter(|step| step.to > now).collect();
        let is_stale = now.since(forecast.as_of) > STALE_MS;
        (!steps.is_empty()).then_some(Self { as_of: forecast.as_of, is_stale, steps })
    }

    /// The next time that the room has to become warmer.
    pub(crate) fn next_rise(&self) -> Option<Change> {
        let mut least_c = f64::INFINITY;
        self.changes()
            .find(|(before_c, change)| {
                least_c = least_c.min(*before_c);
                change.low_c >= least_c + CHANGE_K
            })
            .map(|(_, change)| change)
    }

    /// The next time that the room may become colder.
    pub(crate) fn next_fall(&self) -> Option<Change> {
        let mut most_c = f64::NEG_INFINITY;
        self.changes()
            .find(|(before_c, change)| {
                most_c = most_c.max(*before_c);
                change.low_c <= most_c - CHANGE_K
            })
            .map(|(_, change)| change)
    }

    /// Each step's bound, and what comes after it.
    fn changes(&self) -> impl Iterator<Item = (f64, Change)> + '_ {
        self.steps.windows(2).map(|pair| {
            let [before, after] = [pair[0], pair[1]];
            let change =
                Change { at: after.from, low_c: after.low_c, air_c: before.air_c, error_k: before.error_k };
            (before.low_c, change)
        })
    }

    /// What the plan does about heat.
    pub(crate) fn heat(&self) -> Heat {
        let is_heating = |step: &&Step| step.power_w >= f64::from(DRAWING_W);
        let mut steps = self.steps.iter();
        if self.steps.first().as_ref().is_some_and(is_heating) {
            return Heat::Until(steps.find(|step| !is_heating(step)).map(|step| step.from));
        }
        steps.find(is_heating).map_or(Heat::Never, |step| Heat::From(step.from))
    }

    /// Heat planned from `now` until then: watt-hours, and the most watts of any step.
    pub(crate) fn planned(&self, now: Timestamp, until: Timestamp) -> (f64, f64) {
        self.steps.iter().filter(|step| step.from < until).fold((0.0, 0.0), |(wh, most), step| {
            let ms = step.to.min(until).since(step.from.max(now)).max(0);
            (wh + step.power_w * ms as f64 / 3_600_000.0, f64::max(most, step.power_w))
        })
    }

    /// The lowest and the highest air expected.
    pub(crate) fn range_c(&self) -> (f64, f64) {
        let air = self.steps.iter().map(|step| step.air_c);
        air.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), air| (low.min(air), high.max(air)))
    }

    /// From when on, not before `from`, the room is warm enough for the bound that holds then.
    pub(crate) fn warm_from(&self, from: Timestamp) -> Option<Timestamp> {
        let is_warm = |step: &Step, low_c: f64| step.air_c >= low_c - ENOUGH_K;
        // At the end of a step the bound of the next one holds.
        let next = self.steps.iter().skip(1).chain(self.steps.last());
        let mut ends = self.steps.iter().zip(next).filter(|(step, _)| step.to >= from);
        ends.find(|(step, next)| is_warm(step, next.low_c)).map(|(step, _)| step.to)
    }

    /// Whether air of so many degrees is warm enough now.
    pub(crate) fn is_warm(&self, air_c: f64) -> bool {
        self.steps.first().is_some_and(|step| air_c >= step.low_c - ENOUGH_K)
    }
}

/// The steps of a whole forecast.
fn steps(forecast: &RoomForecast) -> impl Iterator<Item = Step> + '_ {
    let mut to = forecast.as_of;
    (0..forecast.air_c.len()).map(move |k| {
        let from = to;
        let length_s = if k == 0 { forecast.first_step_s } else { forecast.step_s };
        to = nearest_second(from.plus_ms(i64::from(length_s) * 1000));
        let at = |values: &[f32]| values.get(k).map(|value| rounded(*value));
        Step {
            from,
            to,
            power_w: at(&forecast.power_w).unwrap_or_default(),
            air_c: at(&forecast.air_c).unwrap_or_default(),
            error_k: at(&forecast.error_k),
            low_c: at(&forecast.low_c).unwrap_or_default(),
            high_c: at(&forecast.high_c).unwrap_or_default(),
            presence: at(&forecast.presence).unwrap_or_default(),
        }
    })
}

/// The first step ends on a half hour, but the wire tells its length in whole seconds from a moment that has milliseconds:
/// what ends a little before a half hour would be told as the minute before it.
fn nearest_second(at: Timestamp) -> Timestamp {
    Timestamp::from_ms((at.ms() + 500).div_euclid(1000) * 1000)
}

/// A number of the wire has two decimals; as a double it shall have no more.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests;
