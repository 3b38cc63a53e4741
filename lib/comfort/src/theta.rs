//! The numbers that are learned, as one vector θ in which every direction is about equally wide.
//!
//! Logarithms keep capacities and conductances positive and make "twice as much" and "half as much" equally far;
//! shares between 0 and 1 go by their logit. The constant gain q may be zero or negative (a cold corridor), which no
//! logarithm holds: it is learned as `log(q + q₀)` where q₀ is some kelvin of heat loss. The heat of people and the
//! daily waves are linear, as they may be zero.

use crate::certainty::Certainty;
use crate::model::{Emitter, RoomModel};
use crate::room::{DailyGain, ObserverGains, Room};

/// Ca, Cm, Uao, Uam, Umo, gA, gM, q; lag and radiant share of the heater; people; four gains; four waves.
pub(crate) const PARAMETERS: usize = 19;
/// How many of them, from the first, are physics that peers share: Ca to q.
pub(crate) const OF_THE_MODEL: usize = 8;
/// Where the heater's lag stands.
pub(crate) const LAG: usize = 8;
/// Where the heat of people stands.
const PEOPLE: usize = 10;
/// Where the observer's gains begin, and where they end.
const GAINS: usize = 11;
const WAVES: usize = 15;

/// No parameter leaves e^±1.8, a sixth to six times, of its prior.
const BOX: f64 = 1.8;
/// The observer's gains depend on the sensor's noise, of which the prior knows little: twice as far.
const GAINS_BOX: f64 = 3.6;
/// q₀ in kelvin of heat loss: a room seldom stands further from its balance by neighbours alone.
const GAIN_OFFSET_K: f64 = 3.0;

/// A point, or spreads, in the space of what is learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Theta(pub(crate) [f64; PARAMETERS]);

/// The way between what is known of a room and θ; made of the room's prior.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    /// Unit of the heat of people, W.
    people_w: f64,
    /// Unit of the daily waves, W: a kelvin of heat loss.
    wave_w: f64,
    /// q₀, W.
    gain_offset_w: f64,
    emitter_w_per_k: f64,
    /// The prior's: θ alone does not know how sure it is.
    certainty: Certainty,
}

impl Scale {
    pub(crate) fn of(prior: &Room) -> Self {
        let loss_w_per_k = prior.model.heat_loss_w_per_k();
        Self {
            people_w: prior.presence_w,
            wave_w: loss_w_per_k,
            gain_offset_w: GAIN_OFFSET_K * loss_w_per_k,
            emitter_w_per_k: prior.model.emitter.conductance_w_per_k,
            certainty: prior.certainty,
        }
    }

    /// θ of a room; `None` where a logarithm does not exist.
    pub(crate) fn theta(&self, room: &Room) -> Option<Theta> {
        let Room { model, gains, daily, presence_w, certainty: _ } = room;
        let [wave_1, wave_2, wave_3, wave_4] = daily.waves_w.map(|watts| watts / self.wave_w);
        let theta = Theta([
            model.air_j_per_k.ln(),
            model.mass_j_per_k.ln(),
            model.air_outdoor_w_per_k.ln(),
            model.air_mass_w_per_k.ln(),
            model.mass_outdoor_w_per_k.ln(),
            model.air_solar_m2.ln(),
            model.mass_solar_m2.ln(),
            (model.inner_gain_w + self.gain_offset_w).ln(),
            model.emitter.lag_s.ln(),
            logit(model.emitter.radiant_share),
            presence_w / self.people_w,
            logit(gains.air),
            gains.mass.ln(),
            gains.passing.ln(),
            gains.lasting.ln(),
            wave_1,
            wave_2,
            wave_3,
            wave_4,
        ]);
        theta.0.iter().all(|value| value.is_finite()).then_some(theta)
    }

    /// The room of θ, as sure as the prior.
    pub(crate) fn room(&self, theta: &Theta) -> Room {
        let [ca, cm, uao, uam, umo, ga, gm, q, lag, share, people, air, mass, passing, lasting, waves @ ..] =
            theta.0;
        Room {
            model: RoomModel {
                air_j_per_k: ca.exp(),
                mass_j_per_k: cm.exp(),
                air_outdoor_w_per_k: uao.exp(),
                air_mass_w_per_k: uam.exp(),
                mass_outdoor_w_per_k: umo.exp(),
                air_solar_m2: ga.exp(),
                mass_solar_m2: gm.exp(),
                inner_gain_w: q.exp() - self.gain_offset_w,
                emitter: Emitter {
                    conductance_w_per_k: self.emitter_w_per_k,
                    lag_s: lag.exp(),
                    radiant_share: logistic(share),
                },
            },
            presence_w: people * self.people_w,
            daily: DailyGain { waves_w: waves.map(|wave| wave * self.wave_w) },
            gains: ObserverGains {
                air: logistic(air),
                mass: mass.exp(),
                passing: passing.exp(),
                lasting: lasting.exp(),
            },
            certainty: self.certainty,
        }
    }
}

impl Theta {
    /// The nearest point in the box around `middle`; people give no negative heat, and what is not finite is `middle`.
    pub(crate) fn boxed(&self, middle: &Self) -> Self {
        let mut boxed = *middle;
        for (index, value) in boxed.0.iter_mut().enumerate() {
            let reach = if (GAINS..WAVES).contains(&index) { GAINS_BOX } else { BOX };
            let wanted = self.0[index];
            if wanted.is_finite() {
                *value = wanted.clamp(*value - reach, *value + reach);
            }
        }
        boxed.0[PEOPLE] = boxed.0[PEOPLE].max(0.0);
        boxed
    }
}

fn logit(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}
