//! Who is in the room: now, from whatever its sensors say, and in the next 24 hours.
//!
//! A recursive Bayesian filter on the log-odds of "somebody is here". Between readings the probability goes back to
//! the room's habit; each sense adds the logarithm of its likelihood ratio. Nothing needs labels: what can be learned of
//! a sense without an opinion about presence is (air change, a sensor's gaps); what cannot (lamps, the habit) is learned
//! from the filter's own probability, within bounds that keep its meaning.

mod air;
mod balance;
mod forecast;
mod habit;
mod light;
mod motion;
mod senses;
mod stuck;
mod unseen;

pub use forecast::Expected;
pub use senses::{Senses, When};

use air::Air;
use habit::Habit;
use light::Light;
use motion::Motion;
use serde::{Deserialize, Serialize};

/// How long presence and absence last without other knowledge, h: the time over which the probability goes back to
/// the habit. Stays of one to three hours are usual in offices and living rooms.
const TURNOVER_H: f64 = 2.0;
/// Log-odds beyond which more evidence adds nothing, so that the filter can change its mind: 1 in 150.
const CERTAIN: f64 = 5.0;
/// A statement about people is right 99 times in 100...
const STATED: f64 = 4.6;
/// ...and says something new this often, h.
const STATED_CORRELATION_H: f64 = 1.0 / 6.0;
/// Sensible heat of a seated adult, W (ASHRAE Fundamentals 2021, chapter 18, table 1: 70 to 75 W).
const HEAT_W_PER_PERSON: f64 = 72.0;

/// What is known of the people in one room; all that is learned is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Occupancy {
    log_odds: f64,
    blind_for_h: f64,
    stated: Option<u32>,
    air: Air,
    light: Light,
    motion: Motion,
    habit: Habit,
}

impl Occupancy {
    /// A room of which nothing is known but perhaps its volume, m³.
    #[must_use]
    pub fn new(volume_m3: Option<f64>) -> Self {
        Occupancy {
            log_odds: log_odds(0.25),
            blind_for_h: 0.0,
            stated: None,
            air: Air::new(volume_m3),
            light: Light::default(),
            motion: Motion::default(),
            habit: Habit::default(),
        }
    }

    /// Hears what the sensors say, `when.step_s` after the time before.
    pub fn observe(&mut self, senses: &Senses, when: When) {
        let (senses, when) = (senses.believable(), when.sane());
        let step_h = when.step_h();
        let habit = self.habit.at(when.hour_of_week);
        let keep = (-step_h / TURNOVER_H).exp();
        let stayed = self.probability() * (keep + habit * (1.0 - keep));
        let came = (1.0 - self.probability()) * habit * (1.0 - keep);
        let prior = stayed + came;
        let evidence = self.evidence(&senses, came / prior, &when);
        self.log_odds = (log_odds(prior) + evidence).clamp(-CERTAIN, CERTAIN);
        self.blind_for_h += step_h;
        if evidence != 0.0 {
            self.blind_for_h = 0.0;
            let probability = self.probability();
            self.light.learn(probability, step_h);
            self.habit.learn(probability, &when);
        }
    }

    /// The probability that somebody is in the room, 0..1.
    #[must_use]
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + (-self.log_odds).exp())
    }

    /// Hours since any sense last said something: in a room that has been blind for long the probability is its habit
    /// or, if it always was, a mere prior, and whoever plans should rather keep it comfortable.
    #[must_use]
    pub fn blind_for_h(&self) -> f64 {
        self.blind_for_h
    }

    /// The expected number of people, rough: as stated, or from what they breathe out where CO₂ and the volume are known,
    /// else one if any. Rather too few than too many: fans that run while people are there hide part of their breath.
    #[must_use]
    pub fn people(&self) -> f64 {
        if let Some(people) = self.stated {
            return f64::from(people);
        }
        self.probability() * self.air.people().unwrap_or(1.0).max(1.0)
    }

    /// The heat of the people in the room, W, as rough as their number.
    #[must_use]
    pub fn heat_w(&self) -> f64 {
        HEAT_W_PER_PERSON * self.people()
    }

    fn evidence(&mut self, senses: &Senses, newcomers: f64, when: &When) -> f64 {
        let step_h = when.step_h();
        let sun_is_up = senses.sun_w_per_m2.map_or(daytime(when.hour_of_week), |sun| sun > 1.0);
        let night = at_night(when.hour_of_week);
        let motion = senses.motion.map_or(0.0, |moved| self.motion.evidence(moved, newcomers, night, step_h));
        let air = self.air.evidence(senses.co2_ppm, newcomers, step_h);
        let light = self.light.evidence(senses.light_lux, sun_is_up, night, step_h);
        self.stated = senses.people;
        let stated = senses.people.map_or(0.0, |people| {
            let sign = if people > 0 { 1.0 } else { -1.0 };
            sign * STATED * (step_h / STATED_CORRELATION_H).min(1.0)
        });
        motion + air + light + stated
    }
}

/// Whether the sun can be up, anywhere below the polar circles: 6:00 to 21:00.
fn daytime(hour_of_week: f64) -> bool {
    (6.0..21.0).contains(&(hour_of_week % 24.0))
}

/// When presence mostly is sleep: 22:00 to 7:00.
fn at_night(hour_of_week: f64) -> bool {
    !(7.0..22.0).contains(&(hour_of_week % 24.0))
}

fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}

#[cfg(test)]
mod tests;
