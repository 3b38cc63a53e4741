//! A reading that has not changed for so long that its sensor must be stuck.

use serde::{Deserialize, Serialize};

/// The last value of a reading and how long it has been the same.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Unchanged {
    value: Option<f64>,
    for_h: f64,
}

impl Unchanged {
    /// Hears a reading `step_h` hours after the one before; gives how many hours it has been the same.
    pub(super) fn hear(&mut self, value: f64, step_h: f64) -> f64 {
        self.for_h = if self.value == Some(value) { self.for_h + step_h } else { 0.0 };
        self.value = Some(value);
        self.for_h
    }
}
