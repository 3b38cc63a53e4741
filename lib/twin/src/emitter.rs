//! One heat emitter of a running building: a body that takes up power and passes it on to its room.

use crate::plan::EmitterPlan;
use crate::thermal::{Body, Nodes};

/// What an emitter is like now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmitterState {
    /// Temperature of the body that gives its heat to the room, °C.
    pub case_c: f64,
    /// Temperature of the chips inside, °C.
    pub chip_c: f64,
    /// Power drawn in the last step, W, after the limits 0 and rated.
    pub power_w: f64,
    /// Heat given to the room at this moment, W: power, later.
    pub heat_w: f64,
}

/// An emitter and its body in the heat balance of its room.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Emitter {
    pub(crate) body: Body,
    plan: EmitterPlan,
    chip_c: f64,
    heat_w: f64,
}

/// How fast chips follow their power, s.
const CHIP_LAG_S: f64 = 20.0;

/// What remains after a part of a step of the chips' distance from where they tend.
pub(crate) fn chip_rest(part_s: f64) -> f64 {
    (-part_s / CHIP_LAG_S).exp()
}

impl Emitter {
    /// An emitter that was long without power in air of this temperature.
    pub(crate) fn cold(plan: EmitterPlan, air_c: f64) -> Emitter {
        let all = plan.conductance_w_per_k();
        let body = Body {
            to_air_w_per_k: (1.0 - plan.radiant_share) * all,
            to_mass_w_per_k: plan.radiant_share * all,
            capacity_j_per_k: plan.capacity_j_per_k(),
            case_c: air_c,
            power_w: 0.0,
        };
        Emitter { body, plan, chip_c: air_c, heat_w: 0.0 }
    }

    /// Draws this power from now on; power that cannot be is the nearest that can.
    pub(crate) fn draw(&mut self, power_w: f64) {
        self.body.power_w = if power_w > 0.0 { power_w.min(self.plan.rated_w) } else { 0.0 };
    }

    /// Chips and heat after a part of a step that has left the room at `nodes`; `chip_rest` as the function
    /// of that name gives it.
    pub(crate) fn follow(&mut self, nodes: &Nodes, chip_rest: f64) {
        let body = &self.body;
        let towards = body.case_c + self.plan.chip_excess_k * body.power_w / self.plan.rated_w;
        self.chip_c = towards + (self.chip_c - towards) * chip_rest;
        self.heat_w = body.to_air_w_per_k * (body.case_c - nodes.air_c)
            + body.to_mass_w_per_k * (body.case_c - nodes.mass_c);
    }

    pub(crate) fn state(&self) -> EmitterState {
        EmitterState {
            case_c: self.body.case_c,
            chip_c: self.chip_c,
            power_w: self.body.power_w,
            heat_w: self.heat_w,
        }
    }
}
