//! Whether a plan can be simulated, and if not, why.

use std::collections::HashSet;

use thiserror::Error;

use crate::machine::Machine;
use crate::plan::{BuildingPlan, EmitterPlan, RoomPlan, RoomUse};
use crate::tank::TankPlan;

/// Why a plan cannot be built. Correct the plan; nothing was simulated.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PlanError {
    /// A neighbour or an emitter names a room that is not in the list.
    #[error("{who} names room {room}, but the plan has {rooms} rooms")]
    NoSuchRoom {
        /// Who named it.
        who: String,
        /// The room named.
        room: usize,
        /// How many rooms there are.
        rooms: usize,
    },
    /// Two rooms are named as neighbours twice, or a room as its own: the heat between them would be counted
    /// wrongly.
    #[error("rooms {0} and {1} must be neighbours once, and not the same room")]
    Pair(usize, usize),
    /// A size, capacity or conductance outside its range.
    #[error("{who}: {what} is {value}, which cannot be")]
    Value {
        /// Whose.
        who: String,
        /// Which field.
        what: &'static str,
        /// What it was.
        value: f64,
    },
}

impl BuildingPlan {
    /// Whether this plan can be simulated.
    pub(crate) fn check(&self) -> Result<(), PlanError> {
        let mut pairs = HashSet::new();
        for (index, room) in self.rooms.iter().enumerate() {
            room.check(&format!("room {index}"))?;
            for &(other, _) in &room.neighbours {
                self.check_room(other, || format!("room {index}"))?;
                if other == index || !pairs.insert((index.min(other), index.max(other))) {
                    return Err(PlanError::Pair(index, other));
                }
            }
        }
        for (index, emitter) in self.emitters.iter().enumerate() {
            self.check_room(emitter.room, || format!("emitter {index}"))?;
            emitter.check(&format!("emitter {index}"))?;
        }
        let place = [self.place.latitude_deg, self.place.longitude_deg, self.start_c];
        match place.into_iter().find(|value| !value.is_finite()) {
            None => Ok(()),
            Some(value) => Err(PlanError::Value { who: "building".into(), what: "place or start_c", value }),
        }
    }

    fn check_room(&self, room: usize, who: impl Fn() -> String) -> Result<(), PlanError> {
        let rooms = self.rooms.len();
        if room < rooms { Ok(()) } else { Err(PlanError::NoSuchRoom { who: who(), room, rooms }) }
    }
}

impl RoomPlan {
    fn check(&self, who: &str) -> Result<(), PlanError> {
        let fabric = &self.fabric;
        positive(who, "area_m2", self.area_m2)?;
        positive(who, "volume_m3", self.volume_m3)?;
        positive(who, "air_j_per_k", fabric.air_j_per_k)?;
        positive(who, "mass_j_per_k", fabric.mass_j_per_k)?;
        positive(who, "core_j_per_k", fabric.core_j_per_k)?;
        not_negative(who, "window_area_m2", self.window_area_m2)?;
        not_negative(who, "air_mass_w_per_k", fabric.air_mass_w_per_k)?;
        not_negative(who, "mass_core_w_per_k", fabric.mass_core_w_per_k)?;
        not_negative(who, "core_outdoor_w_per_k", fabric.core_outdoor_w_per_k)?;
        not_negative(who, "air_outdoor_w_per_k", fabric.air_outdoor_w_per_k)?;
        not_negative(who, "infiltration_per_h", self.infiltration_per_h)?;
        not_negative(who, "ventilation_m3_per_h", self.ventilation_m3_per_h)?;
        if let RoomUse::Office { share_of_count, .. } = self.usage {
            not_negative(who, "share_of_count", share_of_count)?;
        }
        self.neighbours
            .iter()
            .try_for_each(|&(_, conductance)| not_negative(who, "a neighbour's W/K", conductance))
    }
}

impl EmitterPlan {
    fn check(&self, who: &str) -> Result<(), PlanError> {
        positive(who, "rated_w", self.rated_w)?;
        positive(who, "lag_s", self.lag_s)?;
        positive(who, "case_excess_k", self.case_excess_k)?;
        not_negative(who, "chip_excess_k", self.chip_excess_k)?;
        not_negative(who, "radiant_share", self.radiant_share)?;
        not_negative(who, "1 - radiant_share", 1.0 - self.radiant_share)?;
        self.machine.check(who)
    }
}

impl Machine {
    fn check(&self, who: &str) -> Result<(), PlanError> {
        positive(who, "processors", f64::from(self.processors))?;
        positive(who, "cores_per_processor", f64::from(self.cores_per_processor))?;
        positive(who, "full_w", self.full_w)?;
        not_negative(who, "idle_w", self.idle_w)?;
        not_negative(who, "full_w - idle_w", self.full_w - self.idle_w)?;
        not_negative(who, "resistor_w", self.resistor_w)
    }
}

impl TankPlan {
    /// Whether this tank can be simulated from water of `start_c`.
    pub(crate) fn check(&self, start_c: f64) -> Result<(), PlanError> {
        let who = "tank";
        positive(who, "volume_l", self.volume_l)?;
        not_negative(who, "loss_w_per_k", self.loss_w_per_k)?;
        not_negative(who, "layers - 2", self.layers as f64 - 2.0)?;
        let temperatures = [self.mains_c, self.room_c, self.useful_c, self.limit_c, start_c];
        match temperatures.into_iter().find(|value| !value.is_finite()) {
            None => Ok(()),
            Some(value) => Err(PlanError::Value { who: who.into(), what: "a temperature", value }),
        }
    }
}

fn positive(who: &str, what: &'static str, value: f64) -> Result<(), PlanError> {
    if value > 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(PlanError::Value { who: who.into(), what, value })
    }
}

fn not_negative(who: &str, what: &'static str, value: f64) -> Result<(), PlanError> {
    if value >= 0.0 && value.is_finite() {
        Ok(())
    } else {
        Err(PlanError::Value { who: who.into(), what, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Orientation;
    use crate::sun::Place;

    fn two_rooms() -> BuildingPlan {
        let room = RoomPlan::typical(15.0, Orientation::South, RoomUse::Storage);
        BuildingPlan {
            rooms: vec![RoomPlan { neighbours: vec![(1, 20.0)], ..room.clone() }, room],
            emitters: vec![EmitterPlan::typical(1, 500.0)],
            place: Place::PARIS,
            start_c: 19.0,
        }
    }

    #[test]
    fn a_pair_of_neighbours_named_by_both_rooms_is_refused() {
        assert_eq!(two_rooms().check(), Ok(()));
        let mut plan = two_rooms();
        plan.rooms[1].neighbours.push((0, 20.0));
        assert_eq!(plan.check(), Err(PlanError::Pair(1, 0)));
    }

    #[test]
    fn rooms_that_do_not_exist_and_impossible_sizes_are_refused_by_name() {
        let mut plan = two_rooms();
        plan.emitters[0].room = 2;
        assert_eq!(plan.check().unwrap_err().to_string(), "emitter 0 names room 2, but the plan has 2 rooms");
        let mut plan = two_rooms();
        plan.rooms[1].volume_m3 = f64::NAN;
        assert_eq!(plan.check().unwrap_err().to_string(), "room 1: volume_m3 is NaN, which cannot be");
    }
}
