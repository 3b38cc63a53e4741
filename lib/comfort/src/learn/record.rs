//! A history made ready for learning: which predictions can be judged, and by what.

use crate::history::{History, Quarter};

/// Slots of an hour.
pub(super) const PER_HOUR: usize = 4;
/// A prediction starts only after so many slots of seeing the room, so that the observer has found Tm and d: 12 h.
const WARM_UP: usize = 12 * PER_HOUR;
/// After so many slots without a reading the observer has lost the room and warms up again: 3 h.
const LOST: usize = 3 * PER_HOUR;
/// After a disturbance so many slots have to pass, an hour: the air comes back faster than the model knows how.
const CALM: usize = PER_HOUR;

/// The slots of a history, and where predictions may begin and end.
pub(super) struct Record {
    pub(super) slots: Vec<Quarter>,
    /// Slot of the day of the first.
    pub(super) first_slot_of_day: usize,
    /// Whether a prediction may start at the end of a slot.
    origin: Vec<bool>,
    /// Disturbed slots before each slot.
    disturbed_before: Vec<u32>,
}

impl Record {
    pub(super) fn of(history: &History) -> Self {
        let slots: Vec<Quarter> = history.quarters().collect();
        let mut disturbed_before = Vec::with_capacity(slots.len() + 1);
        let mut count = 0;
        disturbed_before.push(0);
        for slot in &slots {
            count += u32::from(slot.disturbed);
            disturbed_before.push(count);
        }
        let origin = origins(&slots);
        Self { slots, first_slot_of_day: history.first_slot_of_day(), origin, disturbed_before }
    }

    /// Whether the prediction from the end of slot `from` to the end of slot `to` can be judged.
    pub(super) fn judges(&self, from: usize, to: usize) -> bool {
        to < self.slots.len()
            && self.origin[from]
            && self.slots[to].air_c.is_some()
            && self.disturbed_before[to + 1] == self.disturbed_before[from + 1]
    }

    /// The air temperature at the end of a slot that predictions start or end at, °C.
    pub(super) fn air(&self, slot: usize) -> f64 {
        self.slots[slot].air_c.unwrap_or(0.0)
    }
}

fn origins(slots: &[Quarter]) -> Vec<bool> {
    let (mut seen, mut unseen, mut calm) = (0, LOST, CALM);
    slots
        .iter()
        .map(|slot| {
            unseen = if slot.air_c.is_some() { 0 } else { unseen + 1 };
            seen = if unseen >= LOST { 0 } else { seen + 1 };
            calm = if slot.disturbed { 0 } else { calm + 1 };
            slot.air_c.is_some() && calm >= CALM && seen > WARM_UP
        })
        .collect()
}
