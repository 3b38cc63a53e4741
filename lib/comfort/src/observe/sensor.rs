//! Whether a thermometer can be believed: not when it is silent, absurd, stuck, or jumps as no room can.
//!
//! ```text
//!  reading ── none ─────────────────────────────> Silent
//!     ├────── outside −20..50 °C ───────────────> Absurd
//!     ├────── the same for an hour while the
//!     │       room should have moved by 0.5 K ──> Stuck, until it moves
//!     └────── 2.5 K above the last within
//!             minutes, or 5 K below it and
//!             colder than 12 °C ────────────────> believed in its changes only: the step is taken for an offset,
//!                                                 which fades over half a day
//! ```

use serde::{Deserialize, Serialize};

/// Rooms in use are within this, °C; 85 °C and −127 °C are what thermometers say that do not measure.
const POSSIBLE_C: std::ops::RangeInclusive<f64> = -20.0..=50.0;
/// Sensors of a tenth of a kelvin may well say the same for an hour in a steady room...
const STUCK_AFTER_S: f64 = 3600.0;
/// ...but not while the room should move by this, K.
const STUCK_WHILE_K: f64 = 0.5;
/// No heater and no sun warms air by more than half of this in five minutes, K.
const RISE_K: f64 = 2.5;
/// A window that stands open wide takes 3 K from the air in five minutes when it freezes, and a thermometer that had drifted comes
/// back by more. Cold taken for a fault leaves people in the cold for half a day, a fault taken for cold costs some heat: a fall is
/// believed by so much, K...
const FALL_K: f64 = 5.0;
/// ...and by any amount that leaves the room no colder than this, °C, as rooms that are heated become within a night.
const COLD_ROOM_C: f64 = 12.0;
/// Within this time a jump is one; over a longer silence a room may have moved.
const JUMP_WITHIN_S: f64 = 1200.0;
/// Readings further apart than this tell nothing of each other, s.
const SEEN_WITHIN_S: f64 = 3600.0;
/// An offset that was taken for one is forgotten after about this long: it may have been the room after all.
const OFFSET_FADES_S: f64 = 12.0 * 3600.0;

/// Why a thermometer is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doubt {
    /// It says nothing.
    Silent,
    /// No room is like that.
    Absurd,
    /// It stands still while the room moves.
    Stuck,
}

/// What is remembered of a thermometer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct SensorCheck {
    last_c: Option<f64>,
    silent_s: f64,
    same_for_s: f64,
    /// What the room was expected to be when the reading began to stand still, and the widest it was since.
    expected_then_c: f64,
    moved_k: f64,
    offset_k: f64,
}

impl SensorCheck {
    /// The temperature to be believed after `step_s` seconds, in a room that is expected at `expected_c`.
    pub(super) fn judge(
        &mut self,
        reading_c: Option<f64>,
        (expected_c, window_open): (f64, bool),
        step_s: f64,
    ) -> Result<f64, Doubt> {
        self.silent_s += step_s;
        self.offset_k *= (-step_s / OFFSET_FADES_S).exp();
        if step_s > SEEN_WITHIN_S {
            // Nobody looked for so long, or a clock was set: what it says now is compared with nothing.
            *self = Self::default();
        }
        let reading_c = reading_c.ok_or(Doubt::Silent)?;
        if !POSSIBLE_C.contains(&reading_c) {
            return Err(Doubt::Absurd);
        }
        let last_c = self.last_c.replace(reading_c);
        let since_s = std::mem::take(&mut self.silent_s);
        match last_c {
            Some(last_c) if last_c == reading_c => self.stands_still(expected_c, step_s)?,
            _ => (self.same_for_s, self.expected_then_c, self.moved_k) = (0.0, expected_c, 0.0),
        }
        if let Some(last_c) = last_c.filter(|_| since_s <= JUMP_WITHIN_S.max(step_s)) {
            self.take_jump((last_c, reading_c), window_open, since_s);
        } else {
            self.offset_k = 0.0;
        }
        Ok(reading_c - self.offset_k)
    }

    fn stands_still(&mut self, expected_c: f64, step_s: f64) -> Result<(), Doubt> {
        // In a long step a clock may have been set: it alone proves nothing.
        self.same_for_s += step_s.min(JUMP_WITHIN_S);
        self.moved_k = self.moved_k.max((expected_c - self.expected_then_c).abs());
        let is_stuck = self.same_for_s >= STUCK_AFTER_S && self.moved_k >= STUCK_WHILE_K;
        if is_stuck { Err(Doubt::Stuck) } else { Ok(()) }
    }

    fn take_jump(&mut self, (last_c, reading_c): (f64, f64), window_open: bool, since_s: f64) {
        let change_k = reading_c - last_c;
        // Over steps of an hour rooms do move by kelvins.
        let longer = (since_s / 300.0).max(1.0).sqrt();
        // Air that an open window had cooled is warm again as quickly, when it is closed; a fall that undoes an offset is no cold.
        let falls = change_k < 0.0 && self.offset_k <= 0.0;
        let possible_k = if falls || window_open { FALL_K } else { RISE_K };
        if change_k.abs() <= possible_k * longer || (falls && reading_c >= COLD_ROOM_C) {
            return;
        }
        let after_k = self.offset_k + change_k;
        // What jumps back is well again, however far the offset had faded.
        let is_undone = self.offset_k * change_k < 0.0 && after_k * self.offset_k <= 0.0;
        self.offset_k = if is_undone || after_k.abs() < 0.5 * change_k.abs() { 0.0 } else { after_k };
    }
}
