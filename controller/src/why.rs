//! Why a room gets what it gets: of all that is true of it, what a person would ask for first.
//!
//! ```text
//!  it cannot be regulated ─> a window ─> a cap cuts it ─> no thermometer ─> jobs must run
//!    ─> warm, and heated: ahead of a rise, to learn, ahead of a cap, for pay, at a low price
//!    ─> cold at full power ─> a rule sets another temperature ─> nobody is there ─> below, above or at its setpoint
//! ```
//! Each hides those after it: an open window explains the cold whatever else is true.

use comfort::Mind;
use vocabulary::{Celsius, Doubt, Rule, Timestamp, Watts, Why};

use crate::band::{Band, FROST};
use crate::memory::{RoomMemory, Thought};

/// Within this of its setpoint a room is said to hold it.
const DEAD_BAND_K: f64 = 0.3;
/// Heat counts as preheating when the rise it is for is at most so many half hours away.
const PREHEAT_HALF_HOURS: usize = 12;
/// Every morning heaters give all they have for a while; what is missing beyond this is worth a word.
const MUCH_TOO_COLD_K: f64 = 1.0;
/// A room at its setpoint that gets more than this times what holds it is storing heat.
const STORING: f64 = 1.5;
/// A price below this share of the next day's is a reason to heat now: storage gives about nine tenths of its heat back.
const CHEAP_SHARE: f64 = 0.9;
/// A bound so much below what people would get is told of.
const LOWERED_K: f64 = 0.1;
/// A room that was not seen for so long is left to its heaters: the model's word is worth nothing any more.
pub(crate) const BLIND_LIMIT_S: f64 = 6.0 * 3600.0;
const HALF_HOUR_MS: i64 = 1_800_000;

/// What heat costs, less what its computing earns, euro per kWh.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Costs {
    pub(crate) now: f64,
    /// On average of the day ahead.
    pub(crate) later: f64,
}

/// What of a room decides the reason.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Case {
    pub(crate) obstacle: Option<Why>,
    pub(crate) temperature_c: f64,
    pub(crate) setpoint_c: Celsius,
    /// The rule that set it, and what was asked for.
    pub(crate) rule: Option<(Rule, Celsius)>,
    /// Where it is planned for nobody: not colder than this.
    pub(crate) vacant_c: Option<Celsius>,
    /// What people would get.
    pub(crate) occupied_c: Celsius,
    pub(crate) wanted_w: f64,
    pub(crate) given_w: f64,
    pub(crate) cut_by: Option<Watts>,
    /// What the heaters can draw.
    pub(crate) range_w: f64,
    pub(crate) must_run_w: f64,
    /// What would hold the setpoint for ever.
    pub(crate) holding_w: f64,
    /// How long a window has been open, s.
    pub(crate) window_s: Option<f64>,
    /// Why no thermometer is believed, and for how long, s.
    pub(crate) doubt: Option<(Doubt, f64)>,
    /// When it should be warmer, and how warm.
    pub(crate) rise: Option<(Timestamp, Celsius)>,
    /// How much warmer than needed the room is kept to learn from it, K.
    pub(crate) dither_k: f64,
    /// When a cap will bind, and what it leaves, W.
    pub(crate) squeeze: Option<(Timestamp, f64)>,
    pub(crate) costs: Costs,
}

/// What only the plan knows of a room.
pub(crate) struct Given {
    pub(crate) obstacle: Option<Why>,
    pub(crate) air_c: f64,
    pub(crate) wanted_w: f64,
    pub(crate) given_w: f64,
    pub(crate) cut_by: Option<Watts>,
    pub(crate) range_w: f64,
    pub(crate) must_run_w: f64,
    pub(crate) costs: Costs,
}

impl Case {
    /// The case of a room at `now`, planned at `thought_at`.
    pub(crate) fn of(
        given: Given,
        band: &Band,
        known: &RoomMemory,
        thought_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        let (mind, setpoint_c) = (&known.mind, band.setpoint.celsius);
        let thought = known.thought.as_ref();
        let belief = mind.belief();
        Self {
            temperature_c: hundredths(given.air_c),
            setpoint_c,
            rule: band.rule,
            vacant_c: thought.filter(|thought| thought.vacant).and_then(|t| Celsius::new(t.bound_c).ok()),
            occupied_c: Celsius::new(band.low_c[0]).unwrap_or(setpoint_c),
            holding_w: mind.holding_w(setpoint_c.degrees()),
            window_s: belief.filter(|belief| belief.window_open()).map(comfort::Belief::window_open_s),
            doubt: doubt(mind),
            rise: thought.zip(thought_at).and_then(|(thought, at)| rise(thought, at)),
            dither_k: thought.map_or(0.0, |thought| hundredths(thought.dither_k)),
            squeeze: thought.zip(thought_at).and_then(|(thought, at)| squeeze(thought, at, now)),
            obstacle: given.obstacle,
            wanted_w: given.wanted_w,
            given_w: given.given_w,
            cut_by: given.cut_by,
            range_w: given.range_w,
            must_run_w: given.must_run_w,
            costs: given.costs,
        }
    }

    /// The first reason that holds.
    pub(crate) fn why(self) -> Why {
        if let Some(obstacle) = self.obstacle {
            return obstacle;
        }
        self.interrupted()
            .or_else(|| self.heated_though_warm())
            .or_else(|| self.held_elsewhere())
            .unwrap_or_else(|| self.beside_its_setpoint())
    }

    /// What it should be: less where it is planned for nobody.
    fn aim_c(&self) -> Celsius {
        self.vacant_c.map_or(self.setpoint_c, |vacant_c| vacant_c.min(self.setpoint_c))
    }

    fn missing_k(&self) -> f64 {
        self.aim_c().degrees() - self.temperature_c
    }

    /// Something keeps it from being heated as it would be.
    fn interrupted(&self) -> Option<Why> {
        let (heat_w, setpoint_c) = (self.given_w as u32, self.setpoint_c);
        if let Some(open_s) = self.window_s {
            let lowest_c = FROST;
            let temperature_c = self.temperature_c;
            return Some(Why::WindowOpen { temperature_c, lowest_c, heat_w, open_s: open_s as u64 });
        }
        if let Some(cap) = self.cut_by.filter(|_| self.given_w < self.wanted_w - 1.0) {
            return Some(Why::SharedCap { wanted_w: self.wanted_w as u32, heat_w, cap_w: cap.whole() });
        }
        if let Some((doubt, blind_s)) = self.doubt {
            let (age_s, limit_s) = (blind_s as u64, BLIND_LIMIT_S as u64);
            let believed_c = self.temperature_c;
            return Some(Why::TemperatureBelieved { believed_c, setpoint_c, heat_w, age_s, limit_s, doubt });
        }
        let by_jobs = self.must_run_w >= 1.0 && self.given_w <= self.must_run_w + 1.0;
        (by_jobs && self.missing_k() <= DEAD_BAND_K).then_some(Why::MustRun {
            temperature_c: self.temperature_c,
            setpoint_c,
            jobs_w: self.must_run_w as u32,
            heat_w,
        })
    }

    fn heated_though_warm(&self) -> Option<Why> {
        let missing_k = self.missing_k();
        if self.given_w < 1.0 || missing_k >= 0.0 {
            return None;
        }
        let (temperature_c, setpoint_c) = (self.temperature_c, self.setpoint_c);
        let heat_w = self.given_w as u32;
        if let Some((at_ms, setpoint_c)) = self.rise {
            return Some(Why::Preheating { temperature_c, setpoint_c, at_ms, heat_w });
        }
        if self.dither_k > 0.0 {
            let setpoint_c = self.aim_c();
            return Some(Why::Excitation { temperature_c, setpoint_c, dither_k: self.dither_k, heat_w });
        }
        if missing_k > -DEAD_BAND_K && self.given_w <= STORING * self.holding_w {
            return None;
        }
        if let Some((at_ms, left_w)) = self.squeeze {
            let cap_w = left_w as u32;
            return Some(Why::AheadOfCap { temperature_c, setpoint_c, at_ms, cap_w, heat_w });
        }
        let Costs { now, later } = self.costs;
        let (cost_eur_per_kwh, later_eur_per_kwh) = (cents(now), cents(later));
        if now <= 0.0 {
            return Some(Why::WorkPays { temperature_c, setpoint_c, heat_w, cost_eur_per_kwh });
        }
        let is_cheap = now < CHEAP_SHARE * later;
        is_cheap.then_some(Why::CheapHours {
            temperature_c,
            setpoint_c,
            heat_w,
            cost_eur_per_kwh,
            later_eur_per_kwh,
        })
    }

    /// It is not where it was asked to be, and will not be.
    fn held_elsewhere(&self) -> Option<Why> {
        let (temperature_c, heat_w) = (self.temperature_c, self.given_w as u32);
        let missing_k = self.missing_k();
        if missing_k > MUCH_TOO_COLD_K && self.range_w >= 1.0 && self.given_w >= self.range_w - 1.0 {
            return Some(Why::FullPower { temperature_c, setpoint_c: self.aim_c(), heat_w });
        }
        if let Some((rule, asked_c)) = self.rule {
            return Some(Why::RuleLimit { temperature_c, asked_c, limit_c: self.setpoint_c, rule, heat_w });
        }
        let (setpoint_c, occupied_c) = (self.vacant_c?, self.occupied_c);
        let is_lowered = setpoint_c.degrees() < occupied_c.degrees() - LOWERED_K;
        (is_lowered && missing_k <= DEAD_BAND_K).then_some(Why::Vacant {
            temperature_c,
            setpoint_c,
            occupied_c,
            heat_w,
        })
    }

    fn beside_its_setpoint(&self) -> Why {
        let (temperature_c, setpoint_c, heat_w) = (self.temperature_c, self.aim_c(), self.given_w as u32);
        match self.missing_k() {
            missing_k if missing_k > DEAD_BAND_K => Why::BelowSetpoint { temperature_c, setpoint_c, heat_w },
            missing_k if missing_k < -DEAD_BAND_K => Why::AboveSetpoint { temperature_c, setpoint_c },
            _ => Why::AtSetpoint { temperature_c, setpoint_c, heat_w },
        }
    }
}

/// Why the thermometer is not believed, in the words of the wire.
fn doubt(mind: &Mind) -> Option<(Doubt, f64)> {
    let belief = mind.belief()?;
    let doubt = match belief.doubt()? {
        comfort::Doubt::Silent => Doubt::Silent,
        comfort::Doubt::Absurd => Doubt::Absurd,
        comfort::Doubt::Stuck => Doubt::Stuck,
    };
    Some((doubt, belief.blind_s()))
}

/// When the room is to be warmer than now, soon, and how warm: the bound that was planned for rises at the end of a step.
fn rise(thought: &Thought, thought_at: Timestamp) -> Option<(Timestamp, Celsius)> {
    let (step, low_c) = thought.rise.filter(|(step, _)| *step < PREHEAT_HALF_HOURS)?;
    let at = thought_at.plus_ms(first_ms(thought.first_s) + step as i64 * HALF_HOUR_MS);
    Some((at, Celsius::new(low_c).ok()?))
}

/// When a cap binds that did not when the plan was made; `None` once it does.
fn squeeze(thought: &Thought, thought_at: Timestamp, now: Timestamp) -> Option<(Timestamp, f64)> {
    let squeeze = thought.squeeze?;
    let begins = thought_at.plus_ms(first_ms(thought.first_s) + (squeeze.step as i64 - 1) * HALF_HOUR_MS);
    (begins > now).then_some((begins, squeeze.cap_w))
}

/// Length of the first step, ms: cut off instead of rounded it would end a millisecond, and so for its reader a minute,
/// before the half hour.
fn first_ms(first_s: f64) -> i64 {
    (first_s * 1000.0).round() as i64
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A price as people read it, to a tenth of a cent.
fn cents(eur_per_kwh: f64) -> f64 {
    (eur_per_kwh * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests;
