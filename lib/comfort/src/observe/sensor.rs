//! Whether a thermometer can be believed: not when it is silent, absurd, stuck, or jumps as no room can.
//!
//! ```text
//!  reading ── none ─────────────────────────────> Silent
//!     ├────── outside −20..50 °C ───────────────> Absurd
//!     ├────── the same for an hour while the
//!     │       room should have moved by 0.5 K ──> Stuck, until it moves
//!     └────── further than 2.5 K from the last
//!             within minutes ───────────────────> believed in its changes only: the step is taken for an offset,
//!                                                 which fades over half a day
//! ```

use serde::{Deserialize, Serialize};

/// Rooms in use are within this, °C; 85 °C and −127 °C are what thermometers say that do not measure.
const POSSIBLE_C: std::ops::RangeInclusive<f64> = -20.0..=50.0;
/// Sensors of a tenth of a kelvin may well say the same for an hour in a steady room...
const STUCK_AFTER_S: f64 = 3600.0;
/// ...but not while the room should move by this, K.
const STUCK_WHILE_K: f64 = 0.5;
/// An open window takes 2 K from the air in five minutes; the heater gives less than 1 K.
const JUMP_K: f64 = 2.5;
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
        expected_c: f64,
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
            self.take_jump(reading_c - last_c, since_s);
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

    fn take_jump(&mut self, change_k: f64, since_s: f64) {
        // Over steps of an hour rooms do move by kelvins.
        let possible_k = JUMP_K * (since_s / 300.0).max(1.0).sqrt();
        if change_k.abs() <= possible_k {
            return;
        }
        let after_k = self.offset_k + change_k;
        // What jumps back is well again.
        self.offset_k = if after_k.abs() < 0.5 * change_k.abs() { 0.0 } else { after_k };
    }
}
