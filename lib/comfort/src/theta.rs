//! The numbers that are learned: logarithms of a room's parameters, and the heat of its people.
//!
//! Logarithms keep capacities and conductances positive and make "twice as much" and "half as much" equally far.
//! The constant gain q may be zero or negative (a cold corridor), which no logarithm holds: it is learned as
//! `log(q + q₀)` where q₀ is some kelvin of heat loss. The heat of people is linear, as it may be zero.

use crate::model::{Emitter, RoomModel};

/// Parameters of a `RoomModel`: Ca, Cm, Uao, Uam, Umo, gA, gM, q.
pub(crate) const MODEL_PARAMETERS: usize = 8;
/// And the heat at presence 1.
pub(crate) const PARAMETERS: usize = 19;
/// No parameter leaves e^±1.8, a sixth to six times, of its prior.
pub(crate) const BOX: f64 = 1.8;
/// q₀ in kelvin of heat loss: a room between warmer or colder neighbours seldom stands further from the balance.
const GAIN_OFFSET_K: f64 = 3.0;
/// A point or spreads in the space of what is learned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Theta(pub(crate) [f64; PARAMETERS]);

/// The way between a room's parameters and θ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    gain_offset_w: f64,
    presence_w: f64,
    template: RoomModel,
}

impl Scale {
    pub(crate) fn of(prior: &RoomModel, presence_w: f64) -> Self {
        Self { presence_w, gain_offset_w: GAIN_OFFSET_K * prior.heat_loss_w_per_k(), template: *prior }
    }

    /// θ of a model; `None` where a logarithm does not exist. Heat of people is at its prior.
    pub(crate) fn theta(&self, model: &RoomModel) -> Option<Theta> {
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
            1.0,
            logit(0.725),
            0.059_f64.ln(),
            0.036_f64.ln(),
            0.012_f64.ln(),
            0.0,
            0.0,
            0.0,
            0.0,
        ]);
        theta.0.iter().all(|value| value.is_finite()).then_some(theta)
    }

    /// The model of θ, with the prior's heater.
    pub(crate) fn model(&self, theta: &Theta) -> RoomModel {
        let [ca, cm, uao, uam, umo, ga, gm, q, lag, share, ..] = theta.0;
        RoomModel {
            air_j_per_k: ca.exp(),
            mass_j_per_k: cm.exp(),
            air_outdoor_w_per_k: uao.exp(),
            air_mass_w_per_k: uam.exp(),
            mass_outdoor_w_per_k: umo.exp(),
            air_solar_m2: ga.exp(),
            mass_solar_m2: gm.exp(),
            inner_gain_w: q.exp() - self.gain_offset_w,
            emitter: Emitter { lag_s: lag.exp(), radiant_share: logistic(share), ..self.template.emitter },
        }
    }

    pub(crate) fn waves(&self, theta: &Theta) -> [f64; 4] {
        std::array::from_fn(|i| theta.0[15 + i] * self.gain_offset_w / GAIN_OFFSET_K)
    }

    pub(crate) fn gains(&self, theta: &Theta) -> [f64; 4] {
        [logistic(theta.0[11]), theta.0[12].exp(), theta.0[13].exp(), theta.0[14].exp()]
    }

    /// Heat of people at presence 1, W.
    pub(crate) fn presence_w(&self, theta: &Theta) -> f64 {
        theta.0[10] * self.presence_w
    }
}

impl Theta {
    /// The nearest point in the box around `middle`; people give no negative heat.
    pub(crate) fn boxed(&self, middle: &Self) -> Self {
        let mut boxed = *self;
        for (value, middle) in boxed.0.iter_mut().zip(middle.0) {
            *value = value.clamp(middle - BOX, middle + BOX);
        }
        boxed.0[10] = boxed.0[10].max(0.0);
        boxed
    }
}

fn logit(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}
