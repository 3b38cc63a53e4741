//! The mind of one room: what is believed of it, what was learned of it, who is in it, and the question that its plan
//! answers. A plain value: it can be kept, and goes on where it stood.
//!
//! ```text
//!  readings ──> Belief ── unknown heat ──> DisturbanceProfile ──┐
//!     ├───────> Occupancy ── who comes when ────────────────────┼──> Draft ──> RoomProblem ──> plan
//!     └───────> History ──(once a night)──> Room ───────────────┘
//! ```

mod bounds;
mod debt;
mod draft;
mod margin;
mod need;
mod study;

use serde::{Deserialize, Serialize};

use crate::history::{History, Observation};
use crate::learn::Errors;
use crate::model::Inputs;
use crate::observe::{Belief, DisturbanceProfile, Observed, Sensed};
use crate::occupancy::{Occupancy, Senses, When};
use crate::prior::Prior;
use crate::room::{DailyGain, Room};

use debt::Debt;
pub use draft::{Day, Draft};
use margin::{Margins, below_share};

/// So many days are kept to learn from: two weekends, and long enough for the weather to change.
const HISTORY_DAYS: u16 = 12;
/// Outdoors where nobody has ever said: the mean of a heating season in temperate Europe, °C.
const USUAL_OUTDOOR_C: f64 = 7.0;
/// Outdoor air is within this on earth, °C.
const OUTDOOR_C: std::ops::RangeInclusive<f64> = -60.0..=60.0;
/// Rooms that people use are within this, °C: a first reading beyond it is none.
const FIRST_READING_C: std::ops::RangeInclusive<f64> = -20.0..=50.0;
/// Quarter hours in a day, and their length, s.
const QUARTERS: f64 = 96.0;
const QUARTER_S: f64 = 900.0;

/// What is known of a room without looking.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Rated power of its heaters, W.
    pub rated_w: f64,
    /// Floor, m².
    pub floor_m2: Option<f64>,
    /// Volume of air, m³.
    pub volume_m3: Option<f64>,
}

/// What was heard of a room since the last time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Heard {
    /// Mean electric power of its heaters, W.
    pub power_w: Option<f64>,
    /// Outdoor air, °C.
    pub outdoor_c: Option<f64>,
    /// Sun on a level surface, W/m².
    pub sun_w_per_m2: Option<f64>,
    /// Its thermometer and its heaters' and its CO₂.
    pub sensed: Sensed,
    /// Whether a motion sensor sees someone.
    pub motion: Option<bool>,
    /// Light, lx.
    pub light_lux: Option<f64>,
    /// People, where somebody counts them.
    pub people: Option<u32>,
}

/// The mind of one room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mind {
    facts: Facts,
    room: Room,
    errors: Option<Errors>,
    belief: Option<Belief>,
    profile: DisturbanceProfile,
    occupancy: Occupancy,
    history: History,
    margins: Margins,
    debt: Debt,
    outdoor_c: Option<f64>,
}

impl Mind {
    /// The mind of a room of which nothing was heard yet.
    #[must_use]
    pub fn new(facts: Facts) -> Self {
        Self {
            facts,
            room: Prior::of(facts.rated_w, facts.floor_m2, facts.volume_m3).room,
            errors: None,
            belief: None,
            profile: DisturbanceProfile::default(),
            occupancy: Occupancy::new(facts.volume_m3),
            history: History::of_days(HISTORY_DAYS),
            margins: Margins::default(),
            debt: Debt::default(),
            outdoor_c: None,
        }
    }

    /// What it knows of the room without looking.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What it has learned of the room, or guesses until then.
    #[must_use]
    pub fn room(&self) -> &Room {
        &self.room
    }

    /// How far its predictions were off on the last day that was judged.
    #[must_use]
    pub fn errors(&self) -> Option<&Errors> {
        self.errors.as_ref()
    }

    /// What is believed of the room, once a thermometer was heard.
    #[must_use]
    pub fn belief(&self) -> Option<&Belief> {
        self.belief.as_ref()
    }

    /// The probability that somebody is in the room.
    #[must_use]
    pub fn presence(&self) -> f64 {
        self.occupancy.probability()
    }

    /// Outdoor air as last heard, or as usual, °C.
    #[must_use]
    pub fn outdoor_c(&self) -> f64 {
        self.outdoor_c.unwrap_or(USUAL_OUTDOOR_C)
    }

    /// Power that would hold the air at `air_c` for ever, W.
    #[must_use]
    pub fn holding_w(&self, air_c: f64) -> f64 {
        let model = &self.room.model;
        (model.heat_loss_w_per_k() * (air_c - self.outdoor_c()) - model.inner_gain_w).max(0.0)
    }

    /// Lives through the `step_s` seconds that end at `local_s`, and hears what was heard. `local_s` counts on the room's
    /// local clock from midnight of any Monday. `None` while no thermometer was ever heard.
    pub fn live(&mut self, local_s: f64, step_s: f64, heard: &Heard) -> Option<Observed> {
        // What no air outside can be is nothing that was heard.
        let outdoor_c = heard.outdoor_c.filter(|celsius| OUTDOOR_C.contains(celsius));
        let heard = &Heard { outdoor_c, ..*heard };
        self.hear_outdoor(outdoor_c);
        self.occupancy.observe(
            &Senses {
                motion: heard.motion,
                co2_ppm: heard.sensed.co2_ppm,
                light_lux: heard.light_lux,
                sun_w_per_m2: heard.sun_w_per_m2,
                people: heard.people,
            },
            When { hour_of_week: hour_of_week(local_s), step_s },
        );
        let observed = self.observe(local_s, step_s, heard);
        self.remember(local_s, step_s, heard, observed.as_ref());
        observed
    }

    /// What was learned from beside an assumed outdoor temperature is not mixed with what is learned beside a measured one.
    fn hear_outdoor(&mut self, outdoor_c: Option<f64>) {
        if self.outdoor_c.is_none() && outdoor_c.is_some() {
            self.history = History::of_days(HISTORY_DAYS);
        }
        self.outdoor_c = outdoor_c.or(self.outdoor_c);
    }

    fn observe(&mut self, local_s: f64, step_s: f64, heard: &Heard) -> Option<Observed> {
        let outdoor_c = self.outdoor_c();
        let disturbance_w = self.known_w(local_s, self.presence());
        let model = &self.room.model;
        let Some(belief) = &mut self.belief else {
            let air_c = heard.sensed.air_c.filter(|celsius| FIRST_READING_C.contains(celsius))?;
            self.belief = Some(Belief::begin(model, air_c, outdoor_c));
            return None;
        };
        let inputs = Inputs {
            power_w: heard.power_w.unwrap_or(0.0).clamp(0.0, 2.0 * self.facts.rated_w),
            outdoor_c,
            sun_w_per_m2: heard.sun_w_per_m2.unwrap_or(0.0),
            disturbance_w,
        };
        let step = (model, &model.over(step_s), step_s);
        Some(belief.advance(step, self.facts.rated_w, &inputs, &heard.sensed))
    }

    /// Heat that was learned to come with people and with the hour, W.
    fn known_w(&self, local_s: f64, presence: f64) -> f64 {
        let slot = (local_s / QUARTER_S).floor().rem_euclid(QUARTERS) as usize;
        self.room.presence_w * presence + self.room.daily.at_slot_w(slot)
    }

    fn remember(&mut self, local_s: f64, step_s: f64, heard: &Heard, observed: Option<&Observed>) {
        let Some((belief, observed)) = self.belief.as_ref().zip(observed) else { return };
        let is_believed = observed.doubt.is_none() && !belief.window_open();
        // Where nobody ever says how cold it is outside, the room is learned beside the usual air that its plans assume
        // too: what the weather does on top is left to the disturbances, and the room's own pace is learned all the same.
        let never_heard = self.outdoor_c.is_none().then_some(USUAL_OUTDOOR_C);
        if is_believed {
            self.profile.learn(hour_of_week(local_s), belief.disturbance_w(), step_s);
        }
        self.history.push(
            local_s,
            step_s,
            &Observation {
                air_c: heard.sensed.air_c.filter(|_| observed.doubt.is_none()),
                power_w: heard.power_w,
                outdoor_c: heard.outdoor_c.or(never_heard),
                sun_w_per_m2: heard.sun_w_per_m2,
                heater_c: heard.sensed.heater_c,
                presence: self.occupancy.probability(),
                disturbed: !is_believed,
            },
        );
    }

    /// Forgets what tells of people: who comes when, the heat that comes and goes with the hours, and what was seen of the
    /// last days. What the room itself is like stays, and the rest is learned anew.
    pub fn forget_people(&mut self) {
        self.occupancy = Occupancy::new(self.facts.volume_m3);
        self.profile = DisturbanceProfile::default();
        self.history = History::of_days(HISTORY_DAYS);
        self.room.daily = DailyGain::default();
        // The bound of an empty room is another, so what was missed tells of people too.
        self.debt = Debt::default();
    }

    /// Counts what the room misses below its bound, whatever the reason: it is owed to it.
    pub fn owe(&mut self, low_c: f64, step_s: f64) {
        if let Some(belief) = self.belief.as_ref().filter(|belief| belief.blind_s() == 0.0) {
            self.debt.add(belief.state()[0] - low_c, step_s);
        }
    }

    /// Learns from how far above its bound a room was that nothing but its plan held there.
    pub fn judge(&mut self, draft: &Draft, step_s: f64) {
        let is_sound = |belief: &&Belief| belief.is_settled() && belief.blind_s() == 0.0;
        if let Some(belief) = self.belief.as_ref().filter(is_sound) {
            let asked = (draft.bound_now(), draft.comfort_c());
            let loss_eur_per_k_h =
                self.room.model.heat_loss_w_per_k() / 1000.0 * draft.mean_cost_eur_per_kwh();
            self.margins.learn(belief.state()[0], asked, below_share(loss_eur_per_k_h), step_s);
        }
    }
}

/// Hours since Monday 0:00 on the clock of `local_s`, 0..168.
fn hour_of_week(local_s: f64) -> f64 {
    (local_s / 3600.0).rem_euclid(168.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live_for_a_day(mind: &mut Mind, from_s: f64, outdoor_c: Option<f64>) {
        let sensed = Sensed { air_c: Some(20.0), ..Sensed::default() };
        let heard = Heard { power_w: Some(300.0), outdoor_c, sensed, ..Heard::default() };
        for step in 1..=288 {
            mind.live(from_s + 300.0 * f64::from(step), 300.0, &heard);
        }
    }

    fn learned_beside(mind: &Mind) -> Vec<f64> {
        let mut seen: Vec<f64> = mind
            .history
            .quarters()
            .filter(|quarter| !quarter.disturbed)
            .map(|quarter| quarter.outdoor_c)
            .collect();
        seen.dedup();
        seen
    }

    #[test]
    fn a_room_without_weather_is_learned_beside_the_usual_air_until_somebody_says_how_cold_it_is() {
        let mut mind = Mind::new(Facts { rated_w: 1000.0, floor_m2: None, volume_m3: None });
        live_for_a_day(&mut mind, 0.0, None);
        assert_eq!(learned_beside(&mind), [USUAL_OUTDOOR_C]);
        live_for_a_day(&mut mind, 86_400.0, Some(-3.0));
        assert_eq!(learned_beside(&mind), [-3.0], "what was assumed is not mixed with what was measured");
        live_for_a_day(&mut mind, 2.0 * 86_400.0, Some(850.0));
        assert_eq!(
            learned_beside(&mind),
            [-3.0],
            "a broken sensor is neither believed nor replaced by the usual"
        );
        assert!(mind.history.len() > 180, "the days without it keep their place: {}", mind.history.len());
    }
}
