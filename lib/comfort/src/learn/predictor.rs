//! Predictions of the air temperature over several horizons, from an observer's state, for a whole record at once.
//!
//! The model is linear, so a prediction is the sum of two parts: one simulation of the whole record with the known
//! inputs, and what the observer knew better at the start, carried forward by powers of the transition matrix. One
//! pass over the record therefore gives every prediction from every slot, at a cost that does not grow with the
//! horizon; that is what makes learning from day-long predictions affordable.

use super::observer::{Carried, Lead, Observer};
use super::record::Record;
use crate::history::{QUARTER_S, Quarter};
use crate::model::{Inputs, RoomModel, State};
use crate::room::Room;

/// One pass of a room over a record: every prediction can be read from it.
pub(super) struct Pass {
    /// Measured air less the simulation's at the end of each slot, K; zero where nothing was read.
    gaps: Vec<f64>,
    /// The observer's lead at the end of each slot.
    leads: Vec<Lead>,
    /// What of a lead is in the air after each horizon.
    carried: Vec<Carried>,
}

impl Pass {
    /// Passes the room over the record; `horizons` are in slots, the shortest first.
    pub(super) fn of(room: &Room, record: &Record, horizons: &[usize]) -> Self {
        let step = room.model.over(QUARTER_S);
        let observer = Observer::of(room, &step);
        let count = record.slots.len();
        let mut pass = Self {
            gaps: Vec::with_capacity(count),
            leads: Vec::with_capacity(count),
            carried: carried(&observer, horizons),
        };
        let mut simulated = resting(&room.model, record);
        let (mut lead, mut unseen, mut disturbed) = (Lead::zeros(), 0, false);
        for (index, slot) in record.slots.iter().enumerate() {
            let daily_w = room.daily.at_slot_w(record.first_slot_of_day + index);
            simulated = step.after(&simulated, &inputs(slot, room.presence_w * slot.presence + daily_w));
            lead = observer.ahead(&lead);
            unseen += 1;
            let gap = slot.air_c.map_or(0.0, |air_c| air_c - simulated[0]);
            if slot.air_c.is_some() {
                // What comes back at once after a disturbance is as little evidence as what went.
                observer.correct(&mut lead, gap, unseen, slot.disturbed || disturbed);
                (unseen, disturbed) = (0, slot.disturbed);
            }
            pass.gaps.push(gap);
            pass.leads.push(lead);
        }
        pass
    }

    /// Measured less predicted air, K, at the end of slot `from + ahead`, predicted at the end of slot `from`;
    /// `ahead` is the horizon of that index.
    pub(super) fn error_k(&self, from: usize, horizon: usize, ahead: usize) -> f64 {
        self.gaps[from + ahead] - (self.carried[horizon] * self.leads[from])[0]
    }
}

/// The rows that carry a lead to the air at each horizon: the air's row of powers of the transition matrix.
fn carried(observer: &Observer, horizons: &[usize]) -> Vec<Carried> {
    let mut row = Carried::new(1.0, 0.0, 0.0, 0.0, 0.0);
    let mut rows = Vec::with_capacity(horizons.len());
    for ahead in 1..=horizons.last().copied().unwrap_or(0) {
        row = observer.carry(&row);
        if horizons.contains(&ahead) {
            rows.push(row);
        }
    }
    rows
}

fn inputs(slot: &Quarter, disturbance_w: f64) -> Inputs {
    let Quarter { power_w, outdoor_c, sun_w_per_m2, .. } = *slot;
    Inputs { power_w, outdoor_c, sun_w_per_m2, disturbance_w }
}

/// The room in balance with the first slot of the record; the warm-up makes the guess harmless.
fn resting(model: &RoomModel, record: &Record) -> State {
    let air_c = record.slots.iter().find_map(|slot| slot.air_c).unwrap_or(0.0);
    let (outdoor_c, power_w) =
        record.slots.first().map_or((air_c, 0.0), |slot| (slot.outdoor_c, slot.power_w));
    let (inner, outer) = (model.air_mass_w_per_k, model.mass_outdoor_w_per_k);
    let mass_c = (inner * air_c + outer * outdoor_c) / (inner + outer);
    State::new(air_c, mass_c, air_c + power_w / model.emitter.conductance_w_per_k)
}
