//! The question that a room's plan answers: its start, what will act on it, what it should be, and what heat costs.

use crate::model::{Inputs, State, Step};
use crate::observe::Belief;
use crate::occupancy::Expected;
use crate::optimise::{RoomProblem, Terminal};

use super::bounds::Bounds;
use super::need::Bound;
use super::{Mind, hour_of_week};
use crate::{HALF_HOUR_S, HALF_HOURS};

/// What a kelvin squared below the band costs for an hour, euro: at a quarter of a kelvin below, another kelvin-hour is worth
/// 0.5 €, the price that the benchmark of `docs/control.md` puts on discomfort; a heater's day costs about as much.
const COLD_EUR_PER_K2_H: f64 = 1.0;
/// Warmth above the band is heat wasted as well.
const HOT_EUR_PER_K2_H: f64 = 1.0;
/// A plan at full power costs this share more than its energy: among plans that cost nearly the same the smoothest.
const EFFORT_SHARE: f64 = 0.002;
/// Under a cap a room is warm enough in five cases of six: one standard error of its predictions.
const RESERVE_ERRORS: f64 = 1.0;
/// A room whose predictions are worse than this takes no more from the others for it, K.
const MOST_RESERVE_K: f64 = 1.0;
/// No window makes a room colder than this before it is heated again, °C.
const FROST_C: f64 = 8.0;
/// A room that nobody has measured for this long gets no more than what should hold it, with a margin...
const BLIND_AFTER_S: f64 = 3600.0;
const BLIND_MARGIN: f64 = 1.1;

/// The day ahead of one room, by half hours.
#[derive(Debug, Clone, Copy)]
pub struct Day<'a> {
    /// Now, on the room's local clock from midnight of any Monday, s.
    pub local_s: f64,
    /// People announced.
    pub calendar: &'a [Expected],
    /// Outdoor air, °C.
    pub outdoor_c: &'a [f64; HALF_HOURS],
    /// Sun on a level surface, W/m².
    pub sun_w_per_m2: &'a [f64; HALF_HOURS],
    /// Not colder than this with people, °C.
    pub low_c: &'a [f64; HALF_HOURS],
    /// Not colder than this without people, °C.
    pub vacant_c: &'a [f64; HALF_HOURS],
    /// Not warmer than this, °C.
    pub high_c: &'a [f64; HALF_HOURS],
    /// Not warmer than this while nobody is there and nobody is expected for twelve hours, °C.
    pub vacant_high_c: &'a [f64; HALF_HOURS],
    /// How much warmer than that the room is to be while it is planned without people, so that it shows how it answers, K.
    pub dither_k: &'a [f64; HALF_HOURS],
    /// What heat costs, less what its computing earns, euro per kWh.
    pub cost_eur_per_kwh: &'a [f64; HALF_HOURS],
    /// For how long before the middle of each half hour a cap is expected to leave nothing to be given, h: what a room
    /// turns out to need more in that time comes too late.
    pub capped_h: &'a [f64; HALF_HOURS],
    /// How many times as much as usual a shortfall counts.
    pub cold_times: &'a [f64; HALF_HOURS],
    /// Power that jobs need now, W.
    pub power_min_w: f64,
    /// Power that there is, W.
    pub power_max_w: f64,
}

/// A room's problem, ready to be solved.
#[derive(Debug, Clone)]
pub struct Draft {
    first_s: f64,
    first: Step,
    step: Step,
    start: State,
    drift: [State; HALF_HOURS],
    bounds: Bounds,
    high_c: [f64; HALF_HOURS],
    low_weight: [f64; HALF_HOURS],
    high_weight: [f64; HALF_HOURS],
    cost_per_w: [f64; HALF_HOURS],
    power_min_w: [f64; HALF_HOURS],
    power_max_w: [f64; HALF_HOURS],
    presence: [f64; HALF_HOURS],
    comfort_c: f64,
    mean_cost_eur_per_kwh: f64,
    rated_w: f64,
    effort: f64,
    terminal: Terminal,
}

impl Draft {
    /// The problem as the solver takes it.
    #[must_use]
    pub fn problem(&self) -> RoomProblem<'_> {
        RoomProblem {
            step: &self.step,
            first: Some(&self.first),
            start: self.start,
            drift: &self.drift,
            low_c: &self.bounds.low_c,
            high_c: &self.high_c,
            low_weight: &self.low_weight,
            high_weight: &self.high_weight,
            cost_per_w: &self.cost_per_w,
            power_min_w: &self.power_min_w,
            power_max_w: &self.power_max_w,
            rated_w: self.rated_w,
            effort: self.effort,
            terminal: self.terminal,
            pull: None,
        }
    }

    /// What is asked for now, and dithered, without the margin.
    pub(super) fn bound_now(&self) -> Bound {
        let now = self.bounds.now;
        Bound { low_c: now.low_c + self.bounds.dither_now_k, ..now }
    }

    /// What the room is asked for when people are expected, °C; a lower bound is a setback.
    pub(super) fn comfort_c(&self) -> f64 {
        self.comfort_c
    }

    /// What heat costs on average of the day ahead, €/kWh.
    pub(super) fn mean_cost_eur_per_kwh(&self) -> f64 {
        self.mean_cost_eur_per_kwh
    }

    /// The lower bound now, without margin and dither, °C.
    #[must_use]
    pub fn bound_now_c(&self) -> f64 {
        self.bounds.now.low_c
    }

    /// How much above that the room is kept now, so that it shows how it answers, K.
    #[must_use]
    pub fn dither_now_k(&self) -> f64 {
        self.bounds.dither_now_k
    }

    /// The first step at whose end the room is to be warmer than now, by more than a tenth of a kelvin, and how warm, °C.
    #[must_use]
    pub fn rise(&self) -> Option<(usize, f64)> {
        self.bounds.rise()
    }

    /// Whether the room is planned without people now.
    #[must_use]
    pub fn is_vacant_now(&self) -> bool {
        self.bounds.now.vacant
    }

    /// The most that may be drawn now: less than there is while a window is open, and in a room that nobody sees, W.
    #[must_use]
    pub fn most_now_w(&self) -> f64 {
        self.power_max_w[0]
    }

    /// Length of the first step; all others are half hours, s.
    #[must_use]
    pub fn first_s(&self) -> f64 {
        self.first_s
    }

    /// The upper bound that is planned for within each step, °C.
    #[must_use]
    pub fn high_c(&self) -> &[f64; HALF_HOURS] {
        &self.bounds.high_within_c
    }

    /// The probability that somebody is there in the middle of each step.
    #[must_use]
    pub fn presence(&self) -> &[f64; HALF_HOURS] {
        &self.presence
    }

    /// The lower bound that is planned for within each step, with the margin, °C.
    #[must_use]
    pub fn low_c(&self) -> &[f64; HALF_HOURS] {
        &self.bounds.low_within_c
    }
}

/// Where the steps of a plan lie: the first ends on a half hour of the clock, but is not shorter than five minutes.
pub(super) struct Steps {
    first_s: f64,
}

impl Steps {
    const SHORTEST_S: f64 = 300.0;

    pub(super) fn from(local_s: f64) -> Self {
        let left_s = HALF_HOUR_S - local_s.rem_euclid(HALF_HOUR_S);
        Self { first_s: if left_s < Self::SHORTEST_S { left_s + HALF_HOUR_S } else { left_s } }
    }

    fn length_s(&self, k: usize) -> f64 {
        if k == 0 { self.first_s } else { HALF_HOUR_S }
    }

    fn end_s(&self, k: usize) -> f64 {
        self.first_s + k as f64 * HALF_HOUR_S
    }

    fn middle_s(&self, k: usize) -> f64 {
        self.end_s(k) - 0.5 * self.length_s(k)
    }

    /// Which of the half hours from now the middle of step `k` lies in.
    fn half_within(&self, k: usize) -> usize {
        ((self.middle_s(k) / HALF_HOUR_S) as usize).min(HALF_HOURS - 1)
    }

    /// The half hour from now that holds just before the end of step `k`, and the one after it: what is asked for at that
    /// end is asked for in one of them, whatever minute now is.
    pub(super) fn halves_at_end(&self, k: usize) -> (usize, usize) {
        let before = ((self.end_s(k) / HALF_HOUR_S).ceil() as usize).saturating_sub(1);
        (before.min(HALF_HOURS - 1), (before + 1).min(HALF_HOURS - 1))
    }
}

/// The upper bounds that heating can keep: where the room, kept at its lower bound and no warmer, gets warmer than its band by
/// itself, only what is heated beyond that counts. Held to the band, a plan would leave people cold in the morning of a sunny day
/// for an afternoon that it cannot cool.
fn above_its_own_course(
    bounds: &Bounds,
    start: State,
    (first, step): (&Step, &Step),
    drift: &[State; HALF_HOURS],
) -> [f64; HALF_HOURS] {
    let mut kept = start;
    std::array::from_fn(|k| {
        kept = if k == 0 { first } else { step }.coast(&kept, &drift[k]);
        kept[0] = kept[0].max(bounds.low_c[k]);
        bounds.high_c[k].max(kept[0])
    })
}

impl Mind {
    /// The question of the day ahead; `None` while no thermometer was ever heard.
    ///
    /// Its first step ends on a half hour of the clock, and so do all others: that is where schedules change, and a plan
    /// whose steps slide along with it would put off the morning's rise each time it is made.
    #[must_use]
    pub fn draft(&self, day: &Day<'_>) -> Option<Draft> {
        let belief = self.belief.as_ref()?;
        let steps = Steps::from(day.local_s);
        let (first, step) = (self.room.model.over(steps.first_s), self.room.model.over(HALF_HOUR_S));
        let presence = self.occupancy.forecast(hour_of_week(day.local_s), self.presence(), day.calendar);
        let comfort_c = self.margins.comfort_c(day.low_c);
        let margin_k = |low_c: f64| self.margins.kelvins(low_c, comfort_c);
        let reserve_k = |half: usize| self.reserve_k(day.capped_h[half]);
        let bounds = Bounds::of(day, &self.asked(day), &steps, (margin_k, reserve_k));
        let forecast: [Inputs; HALF_HOURS] =
            std::array::from_fn(|k| self.inputs(day, presence[steps.half_within(k)], &steps, k));
        let cost_per_w = std::array::from_fn(|k| {
            day.cost_eur_per_kwh[steps.half_within(k)] * steps.length_s(k) / 3600.0 / 1000.0
        });
        let full_step = cost_per_w[HALF_HOURS - 1].abs();
        let weight =
            |eur: f64| -> [f64; HALF_HOURS] { std::array::from_fn(|k| eur * steps.length_s(k) / 3600.0) };
        let start = belief.state();
        let drift = std::array::from_fn(|k| if k == 0 { &first } else { &step }.drift(&forecast[k]));
        Some(Draft {
            first_s: steps.first_s,
            start,
            high_c: above_its_own_course(&bounds, start, (&first, &step), &drift),
            drift,
            first,
            step,
            presence: std::array::from_fn(|k| presence[steps.half_within(k)]),
            comfort_c,
            mean_cost_eur_per_kwh: day.cost_eur_per_kwh.iter().sum::<f64>() / HALF_HOURS as f64,
            high_weight: weight(HOT_EUR_PER_K2_H),
            low_weight: std::array::from_fn(|k| {
                bounds.share[k]
                    * self.debt.times()
                    * day.cold_times[steps.half_within(k)]
                    * weight(COLD_EUR_PER_K2_H)[k]
            }),
            power_min_w: std::array::from_fn(|k| if k == 0 { day.power_min_w } else { 0.0 }),
            power_max_w: std::array::from_fn(|k| self.power_max_w(day, bounds.low_c[k], k)),
            rated_w: self.facts.rated_w,
            effort: EFFORT_SHARE * full_step * self.facts.rated_w,
            terminal: Terminal::after(&self.room.model, &forecast, &bounds.low_c, &cost_per_w, HALF_HOUR_S),
            bounds,
            cost_per_w,
        })
    }

    /// What the room should be warmer than asked when a cap has been met for `capped_h` hours: with nothing left to give, what
    /// its predictions err over such a time cannot be made good.
    fn reserve_k(&self, capped_h: f64) -> f64 {
        let error_k = self.errors.as_ref().map_or(0.0, |errors| errors.rmse_k(capped_h));
        (RESERVE_ERRORS * error_k).min(MOST_RESERVE_K)
    }

    fn inputs(&self, day: &Day<'_>, presence: f64, steps: &Steps, k: usize) -> Inputs {
        let believed_w = self.belief.as_ref().map_or(0.0, Belief::disturbance_w);
        let (ahead_s, half) = (steps.middle_s(k), steps.half_within(k));
        let unknown_w = self.profile.expect_w(hour_of_week(day.local_s), believed_w, ahead_s);
        Inputs {
            power_w: 0.0,
            outdoor_c: day.outdoor_c[half],
            sun_w_per_m2: day.sun_w_per_m2[half],
            disturbance_w: unknown_w + self.known_w(day.local_s + ahead_s, presence),
        }
    }

    /// What may be drawn: nothing that jobs do not need while a window is open, and no more than should hold a room that is
    /// not seen.
    fn power_max_w(&self, day: &Day<'_>, low_c: f64, k: usize) -> f64 {
        let Some(belief) = &self.belief else { return day.power_max_w };
        if k == 0 && belief.window_open() && belief.state()[0] > FROST_C {
            return day.power_min_w;
        }
        if belief.blind_s() > BLIND_AFTER_S {
            return day.power_max_w.min(BLIND_MARGIN * self.holding_w(low_c));
        }
        day.power_max_w
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mind::{Facts, Heard};
    use crate::observe::Sensed;
    use crate::optimise::RoomPlanner;

    /// A cold room at seven in the morning of a day whose sun will warm it far above its band, as it believes.
    fn morning(sun_w_per_m2: f64) -> Draft {
        let mut mind = Mind::new(Facts { rated_w: 2000.0, floor_m2: Some(25.0), volume_m3: None });
        let sensed = Sensed { air_c: Some(18.0), ..Sensed::default() };
        for step in 1..=24 {
            let heard = Heard { power_w: Some(600.0), outdoor_c: Some(5.0), sensed, ..Heard::default() };
            mind.live(7.0 * 3600.0 + 300.0 * f64::from(step - 24), 300.0, &heard);
        }
        let of = |value: f64| [value; HALF_HOURS];
        mind.draft(&Day {
            local_s: 7.0 * 3600.0,
            calendar: &[],
            outdoor_c: &of(10.0),
            sun_w_per_m2: &std::array::from_fn(|half| if half < 4 { 0.0 } else { sun_w_per_m2 }),
            low_c: &of(20.0),
            vacant_c: &of(20.0),
            high_c: &of(22.0),
            vacant_high_c: &of(22.0),
            dither_k: &of(0.0),
            cost_eur_per_kwh: &of(0.2),
            capped_h: &of(0.0),
            cold_times: &of(1.0),
            power_min_w: 0.0,
            power_max_w: 2000.0,
        })
        .expect("a thermometer was heard")
    }

    #[test]
    fn nobody_is_left_cold_in_the_morning_for_an_afternoon_that_the_sun_makes_hot() {
        let [sunny, dull] = [morning(900.0), morning(0.0)].map(|draft| {
            let top_c = draft.problem().high_c.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let planned = RoomPlanner::default().plan(&draft.problem(), &[]);
            (top_c, planned.power_w()[0], planned.air_c()[3])
        });
        println!("hottest bound, power now, air at nine: {sunny:?} {dull:?}");
        assert!(
            sunny.0 > 25.0 && dull.0 == 22.0,
            "the band is exceeded by the sun alone: {sunny:?} {dull:?}"
        );
        assert!(sunny.1 > 0.8 * dull.1 && sunny.2 > 19.5, "{sunny:?} {dull:?}");
    }
}
