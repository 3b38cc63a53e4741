//! What a light sensor tells: whether the lamps are on.
//!
//! Lamps change the light at once and by a multiple; the sun changes it slowly, except where clouds or blinds move in
//! front of a room that is already bright. So a step of a dark room is a lamp, and its height is remembered: light
//! below half of what the lamps give means that they are off, and a later step of that height is theirs again.
//! How often the lamps burn with and without people is learned for each room.

use serde::{Deserialize, Serialize};

/// A lamp multiplies the light of a dark room by more than this within one step...
const STEP_RATIO: f64 = 3.0;
/// ...and adds at least this, lx: a corridor's light through a door, or twilight, adds less.
const STEP_LUX: f64 = 15.0;
/// Lamps take a minute or two of averaged readings to show, and dawn a quarter of an hour: light is held against what it
/// was about so long ago, h...
const BEFORE_H: f64 = 0.1;
/// ...and readings further apart than this are no step, because dawn can do the same, h.
const STEP_WITHIN_H: f64 = 0.26;
/// Two steps within this ratio of each other are the same lamps.
const SAME_LAMP: f64 = 1.6;
/// A new step counts for this much in the height of the lamps.
const LAMP_LEARNED: f64 = 0.3;
/// Lamps that burn longer than a long working day were forgotten, h.
const FORGOTTEN_AFTER_H: f64 = 12.0;
/// An event says more than the state that follows it: somebody was at the switch. In log-odds.
const SWITCHED_ON: f64 = 2.5;
/// By day a room that is made dark is being left; made less bright, it may be so by people who prefer daylight...
const SWITCHED_OFF_BY_DAY: f64 = -3.5;
/// ...and in the evening also on going to bed, and darkness is as likely sleep as absence.
const SWITCHED_OFF_AT_NIGHT: f64 = -0.5;
/// How long the state of the lamps takes to say something new, h: it is checked by people about as often.
const STATE_CORRELATION_H: f64 = 0.5;
/// A step of a bright room may be a cloud: its evidence counts for this much.
const DAYLIT_SHARE: f64 = 0.3;
/// A room brighter than this with the sun up may be lit by it, lx: half of what a corridor needs (EN 12464-1: 100 lx).
const DAYLIT_LUX: f64 = 50.0;
/// Share of the occupied and of the empty time with the lamps on, before anything is learned: most work places are lit
/// by lamps in most working hours, and lamps are forgotten one time in ten.
const LAMPS_PRESENT: f64 = 0.6;
const LAMPS_ABSENT: f64 = 0.1;
/// Within these bounds the shares are learned. Present is always likelier than absent, so that learning cannot turn
/// the meaning of a lamp round.
const PRESENT_BOUNDS: (f64, f64) = (0.3, 0.95);
const ABSENT_BOUNDS: (f64, f64) = (0.02, 0.25);
/// Memory of the shares, in hours of presence and of absence.
const SHARE_MEMORY_H: f64 = 100.0;

/// What is remembered of a room's light.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Light {
    /// What the light was some minutes ago, lx.
    before_lux: Option<f64>,
    since_h: f64,
    /// What the lamps add, lx, once seen.
    lamp_lux: Option<f64>,
    on: Option<bool>,
    on_for_h: f64,
    on_when_present: f64,
    on_when_absent: f64,
}

impl Default for Light {
    fn default() -> Self {
        Light {
            before_lux: None,
            since_h: 0.0,
            lamp_lux: None,
            on: None,
            on_for_h: 0.0,
            on_when_present: LAMPS_PRESENT,
            on_when_absent: LAMPS_ABSENT,
        }
    }
}

impl Light {
    /// The log-odds that this step adds. `sun_is_up` tells whether daylight is possible, `night` whether people sleep.
    pub(super) fn evidence(&mut self, lux: Option<f64>, sun_is_up: bool, night: bool, step_h: f64) -> f64 {
        self.since_h += step_h;
        let Some(lux) = lux else {
            // Nobody knows what the lamps did meanwhile.
            if self.since_h > STEP_WITHIN_H {
                self.on = None;
            }
            return 0.0;
        };
        let since_h = std::mem::take(&mut self.since_h);
        let before = self.before_lux.filter(|_| since_h <= STEP_WITHIN_H).unwrap_or(lux);
        self.before_lux = Some(lux + (before - lux) * (-since_h / BEFORE_H).exp());
        let event = self.step(before, lux, sun_is_up, night);
        if self.lamp_lux.is_some_and(|lamp| lux < lamp / 2.0) {
            self.on = Some(false);
        }
        self.on_for_h = if self.on == Some(true) { self.on_for_h + step_h } else { 0.0 };
        event + self.state(night) * (step_h / STATE_CORRELATION_H).min(1.0)
    }

    /// Learns how often the lamps burn with and without people.
    pub(super) fn learn(&mut self, probability: f64, step_h: f64) {
        let Some(on) = self.on else { return };
        let on = f64::from(u8::from(on));
        let rate = (step_h / SHARE_MEMORY_H).min(0.1);
        self.on_when_present += rate * probability * (on - self.on_when_present);
        self.on_when_absent += rate * (1.0 - probability) * (on - self.on_when_absent);
        self.on_when_present = self.on_when_present.clamp(PRESENT_BOUNDS.0, PRESENT_BOUNDS.1);
        self.on_when_absent = self.on_when_absent.clamp(ABSENT_BOUNDS.0, ABSENT_BOUNDS.1);
    }

    /// Judges a change, and keeps what it says about the lamps.
    fn step(&mut self, before: f64, lux: f64, sun_is_up: bool, night: bool) -> f64 {
        let (low, high) = (before.min(lux), before.max(lux));
        let change = high - low;
        let daylit = sun_is_up && low > DAYLIT_LUX;
        let sharp = high >= STEP_RATIO * low + STEP_LUX && !daylit;
        let known = self.lamp_lux.is_some_and(|lamp| change < lamp * SAME_LAMP && lamp < change * SAME_LAMP);
        // While the sun is up and the lamps' height is known, a small step in a dim room is a cloud.
        let new = sharp && (!sun_is_up || self.lamp_lux.is_none_or(|lamp| lamp < change * SAME_LAMP));
        if !new && !known {
            return 0.0;
        }
        let on = lux > before;
        // Lamps that come on over two readings show their height in the second; going off, in the last.
        if new && (self.lamp_lux.is_none_or(|lamp| change > lamp) || !on) {
            self.lamp_lux = Some(self.lamp_lux.map_or(change, |lamp| lamp + LAMP_LEARNED * (change - lamp)));
        }
        if self.on.replace(on) == Some(on) {
            return 0.0;
        }
        let share = if daylit { DAYLIT_SHARE } else { 1.0 };
        let off = if night { SWITCHED_OFF_AT_NIGHT } else { SWITCHED_OFF_BY_DAY };
        share * if on { SWITCHED_ON } else { off }
    }

    /// The log-odds that the lamps' being on or off speaks for, by itself.
    fn state(&self, night: bool) -> f64 {
        match self.on {
            Some(true) if self.on_for_h < FORGOTTEN_AFTER_H => {
                (self.on_when_present / self.on_when_absent).ln()
            }
            Some(false) if !night => ((1.0 - self.on_when_present) / (1.0 - self.on_when_absent)).ln(),
            _ => 0.0,
        }
    }
}
