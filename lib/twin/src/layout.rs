//! Who stands beside whom, and in which room: the order in which a building is stepped.

use crate::emitter::Emitter;
use crate::plan::{BuildingPlan, EmitterPlan};
use crate::room::Room;
use crate::rows::Rows;

/// The emitters by their rooms, and where each of the plan's is then.
pub(crate) fn by_room(plans: &[EmitterPlan], rooms: &[Room]) -> (Rows<Emitter>, Vec<usize>) {
    let mut lists = vec![Vec::new(); rooms.len()];
    let mut order: Vec<usize> = (0..plans.len()).collect();
    order.sort_by_key(|&emitter| plans[emitter].room);
    let mut place_of_emitter = vec![0; plans.len()];
    for (place, &emitter) in order.iter().enumerate() {
        let plan = plans[emitter];
        lists[plan.room].push(Emitter::cold(plan, rooms[plan.room].nodes.air_c));
        place_of_emitter[emitter] = place;
    }
    (Rows::of(lists), place_of_emitter)
}

/// The plan names a pair of neighbours once; heat flows both ways.
pub(crate) fn both_ways(plan: &BuildingPlan) -> Vec<Vec<(usize, f64)>> {
    let mut beside = vec![Vec::new(); plan.rooms.len()];
    for (at, room) in plan.rooms.iter().enumerate() {
        for &(other, conductance) in &room.neighbours {
            beside[at].push((other, conductance));
            beside[other].push((at, conductance));
        }
    }
    beside
}
