//! The heat balance of one room over one short step.
//!
//! ```text
//!  emitter ──(1−φ)U──┐            ┌── air_outdoor + moving air ── outdoors
//!     │              air ── neighbours                               │
//!     └──── φU ───── mass ──────────── core ─────────────────────────┘
//! ```
//! Solved implicitly (backward Euler): stable at any step, and the heat that leaves one node is exactly what
//! enters the next. Only neighbours are taken at their temperature before the step, so that each room is
//! solved alone.

use crate::plan::{EmitterPlan, Fabric};

/// Temperatures of a room's three nodes, °C.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Nodes {
    pub(crate) air_c: f64,
    pub(crate) mass_c: f64,
    pub(crate) core_c: f64,
}

/// Everything that reaches a room from outside it during a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    pub(crate) outdoor_c: f64,
    /// Heat carried per kelvin by air that comes in from outdoors.
    pub(crate) moving_air_w_per_k: f64,
    /// Sum of the conductances to neighbours, and of each times the neighbour's temperature.
    pub(crate) neighbours_w_per_k: f64,
    pub(crate) neighbours_w: f64,
    pub(crate) gain_to_air_w: f64,
    pub(crate) gain_to_mass_w: f64,
}

/// An emitter at the beginning of a step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) plan: &'a EmitterPlan,
    pub(crate) case_c: f64,
    pub(crate) power_w: f64,
}

/// The room's temperatures `step_s` seconds later.
pub(crate) fn advance<'a>(
    fabric: &Fabric,
    nodes: Nodes,
    around: &Around,
    sources: impl Iterator<Item = Source<'a>>,
    step_s: f64,
) -> Nodes {
    let core = eliminate_core(fabric, nodes.core_c, around.outdoor_c, step_s);
    let air_hold = fabric.air_j_per_k / step_s;
    let mass_hold = fabric.mass_j_per_k / step_s;
    let to_outdoors = fabric.air_outdoor_w_per_k + around.moving_air_w_per_k;
    let mut pair = Pair {
        air: air_hold + to_outdoors + fabric.air_mass_w_per_k + around.neighbours_w_per_k,
        mass: mass_hold + fabric.air_mass_w_per_k + core.conductance,
        between: fabric.air_mass_w_per_k,
        air_heat: air_hold * nodes.air_c
            + to_outdoors * around.outdoor_c
            + around.neighbours_w
            + around.gain_to_air_w,
        mass_heat: mass_hold * nodes.mass_c + core.heat + around.gain_to_mass_w,
    };
    for source in sources {
        pair.add(&source, step_s);
    }
    let (air_c, mass_c) = pair.solve();
    let core_c = (core.own_heat + fabric.mass_core_w_per_k * mass_c) / core.weight;
    Nodes { air_c, mass_c, core_c }
}

/// An emitter's case temperature after a step that left its room at `nodes`.
pub(crate) fn case_after(source: &Source<'_>, nodes: Nodes, step_s: f64) -> f64 {
    let (to_air, to_mass, hold) = conductances(source.plan, step_s);
    let heat = hold * source.case_c + source.power_w + to_air * nodes.air_c + to_mass * nodes.mass_c;
    heat / (hold + to_air + to_mass)
}

/// The two equations that remain for air and mass once core and emitters are expressed by them:
/// `air·Ta − between·Tm = air_heat` and `mass·Tm − between·Ta = mass_heat`.
struct Pair {
    air: f64,
    mass: f64,
    between: f64,
    air_heat: f64,
    mass_heat: f64,
}

impl Pair {
    fn add(&mut self, source: &Source<'_>, step_s: f64) {
        let (to_air, to_mass, hold) = conductances(source.plan, step_s);
        let weight = hold + to_air + to_mass;
        let own_heat = (hold * source.case_c + source.power_w) / weight;
        self.air += to_air - to_air * to_air / weight;
        self.mass += to_mass - to_mass * to_mass / weight;
        self.between += to_air * to_mass / weight;
        self.air_heat += to_air * own_heat;
        self.mass_heat += to_mass * own_heat;
    }

    fn solve(&self) -> (f64, f64) {
        let determinant = self.air * self.mass - self.between * self.between;
        (
            (self.air_heat * self.mass + self.between * self.mass_heat) / determinant,
            (self.mass_heat * self.air + self.between * self.air_heat) / determinant,
        )
    }
}

/// What the core does to the mass: a conductance on the mass side and the heat that comes back.
struct Core {
    weight: f64,
    own_heat: f64,
    conductance: f64,
    heat: f64,
}

fn eliminate_core(fabric: &Fabric, core_c: f64, outdoor_c: f64, step_s: f64) -> Core {
    let hold = fabric.core_j_per_k / step_s;
    let inward = fabric.mass_core_w_per_k;
    let weight = hold + inward + fabric.core_outdoor_w_per_k;
    let own_heat = hold * core_c + fabric.core_outdoor_w_per_k * outdoor_c;
    Core {
        weight,
        own_heat,
        conductance: inward - inward * inward / weight,
        heat: inward * own_heat / weight,
    }
}

/// Conductance to air, to mass, and capacity over step, all W/K.
fn conductances(plan: &EmitterPlan, step_s: f64) -> (f64, f64, f64) {
    let all = plan.conductance_w_per_k();
    ((1.0 - plan.radiant_share) * all, plan.radiant_share * all, plan.capacity_j_per_k() / step_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Orientation, RoomPlan, RoomUse};

    #[test]
    fn heat_put_in_is_heat_stored_plus_heat_lost_in_every_step() {
        let fabric = RoomPlan::typical(15.0, Orientation::South, RoomUse::Storage).fabric;
        let emitter = EmitterPlan::typical(0, 700.0);
        let around = Around {
            outdoor_c: 3.0,
            moving_air_w_per_k: 11.0,
            neighbours_w_per_k: 20.0,
            neighbours_w: 20.0 * 17.0,
            gain_to_air_w: 80.0,
            gain_to_mass_w: 60.0,
        };
        let mut nodes = Nodes { air_c: 18.0, mass_c: 17.0, core_c: 12.0 };
        let mut case_c = 25.0;
        for step_s in [1.0, 10.0, 60.0, 300.0, 3600.0] {
            let source = Source { plan: &emitter, case_c, power_w: 650.0 };
            let after = advance(&fabric, nodes, &around, std::iter::once(source), step_s);
            let case_after_c = case_after(&source, after, step_s);
            let stored = fabric.air_j_per_k * (after.air_c - nodes.air_c)
                + fabric.mass_j_per_k * (after.mass_c - nodes.mass_c)
                + fabric.core_j_per_k * (after.core_c - nodes.core_c)
                + emitter.capacity_j_per_k() * (case_after_c - case_c);
            let lost_w = (fabric.air_outdoor_w_per_k + 11.0) * (after.air_c - 3.0)
                + fabric.core_outdoor_w_per_k * (after.core_c - 3.0)
                + 20.0 * (after.air_c - 17.0);
            let put_in = (650.0 + 80.0 + 60.0) * step_s;
            assert!((stored + lost_w * step_s - put_in).abs() < 1e-9 * stored.abs().max(put_in), "{step_s}");
            (nodes, case_c) = (after, case_after_c);
        }
    }
}
