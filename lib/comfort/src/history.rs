//! What was seen of one room in the last days, by quarter hours: the material from which the room is learned.
//!
//! Whoever observes the room pushes steps of any length; the history averages them into quarter hours, so that a
//! day has the same 96 slots whatever the control cycle was. A quarter hour that is no evidence about the room (a
//! window was open, a sensor suspect, the power unknown) stays in its place and is marked.

mod packing;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use packing::{Packed, Stored};

/// Length of a slot, s.
pub const QUARTER_S: f64 = 900.0;
/// Slots of a day.
pub const QUARTERS_PER_DAY: usize = 96;
/// A slot of which less was seen is marked, s: two thirds, so that one lost control step of three does no harm.
const LEAST_SEEN_S: f64 = 600.0;
/// A clock that goes back by less is a correction, and what overlaps is ignored; by more, it is another time, s.
const SMALL_CORRECTION_S: f64 = 3600.0;
/// No step is longer than this, s: beyond it an average says nothing about a quarter hour.
const LONGEST_STEP_S: f64 = 86_400.0;

/// What was seen of a room over one step of any length. `None` is a reading that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Observation {
    /// Air temperature at the end of the step, °C.
    pub air_c: Option<f64>,
    /// Electric power of the heater, mean over the step, W.
    pub power_w: Option<f64>,
    /// Outdoor temperature, mean over the step, °C.
    pub outdoor_c: Option<f64>,
    /// Irradiance S that acts on the room, mean over the step, W/m².
    pub sun_w_per_m2: Option<f64>,
    /// Temperature of the heater's surface, °C, where it is measured.
    pub heater_c: Option<f64>,
    /// How likely or how strongly people were there, 0..=1.
    pub presence: f64,
    /// Whether nothing may be learned from this step: a window open, a sensor suspect.
    pub disturbed: bool,
}

/// One slot of the history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quarter {
    /// Air temperature at the end, °C.
    pub air_c: Option<f64>,
    /// Mean electric power, W.
    pub power_w: f64,
    /// Mean outdoor temperature, °C.
    pub outdoor_c: f64,
    /// Mean irradiance, W/m².
    pub sun_w_per_m2: f64,
    /// Mean temperature of the heater's surface, °C.
    pub heater_c: Option<f64>,
    /// Mean presence, 0..=1.
    pub presence: f64,
    /// Whether nothing may be learned from it.
    pub disturbed: bool,
}

/// The last days of one room, bounded; the oldest quarter hour goes when a new one comes.
///
/// It is kept as text of about 6 bytes a slot (see `packing`), of which a test holds the size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct History {
    days: u16,
    /// Number of the oldest slot, counted from the origin of time.
    first: i64,
    slots: VecDeque<Packed>,
    open: Option<Open>,
}

/// The slot that is being filled.
#[derive(Debug, Clone, PartialEq)]
struct Open {
    number: i64,
    seen_until_s: f64,
    /// Last air temperature and its moment.
    air: Option<(f64, f64)>,
    sums: Sums,
}

/// Integrals over the open slot.
#[derive(Debug, Clone, PartialEq, Default)]
struct Sums {
    power: Mean,
    outdoor: Mean,
    sun: Mean,
    heater: Mean,
    presence: Mean,
    disturbed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Mean {
    integral: f64,
    seconds: f64,
}

impl History {
    /// An empty history of at most `days` days, at least one.
    #[must_use]
    pub fn of_days(days: u16) -> Self {
        Self { days: days.max(1), first: 0, slots: VecDeque::new(), open: None }
    }

    /// Takes in what was seen over the `length_s` seconds before `end_s` (seconds since any origin that is a
    /// midnight). Gaps become marked slots; a clock that jumps by more than the history is long, or back, starts it
    /// afresh; numbers that are not finite count as missing.
    pub fn push(&mut self, end_s: f64, length_s: f64, seen: &Observation) {
        if !end_s.is_finite() || end_s.abs() > 1e12 || length_s.is_nan() || length_s <= 0.0 {
            return;
        }
        let start_s = end_s - length_s.min(LONGEST_STEP_S);
        self.mind_the_clock(start_s, end_s);
        let open = self.open.get_or_insert_with(|| Open::at(start_s));
        if end_s <= open.seen_until_s {
            return;
        }
        let mut from_s = start_s.max(open.seen_until_s);
        loop {
            let open =
                self.open.as_mut().expect("a slot was opened above and each closed one opens the next");
            let boundary_s = open.end_s();
            let until_s = end_s.min(boundary_s);
            open.sums.add(until_s - from_s, seen);
            open.seen_until_s = open.seen_until_s.max(until_s);
            from_s = from_s.max(until_s);
            if end_s < boundary_s {
                break;
            }
            let air_c = open.air_at(boundary_s, end_s, seen.air_c);
            self.close(air_c);
        }
        let open = self.open.as_mut().expect("a slot is open");
        open.air = seen.air_c.filter(|air| air.is_finite()).map(|air_c| (end_s, air_c)).or(open.air);
    }

    /// The slots, oldest first.
    #[must_use]
    pub fn quarters(&self) -> impl ExactSizeIterator<Item = Quarter> + '_ {
        self.slots.iter().map(Packed::quarter)
    }

    /// How many slots there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nothing was seen yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Slot of the day of the oldest quarter hour, 0..96.
    #[must_use]
    pub fn first_slot_of_day(&self) -> usize {
        usize::try_from(self.first.rem_euclid(QUARTERS_PER_DAY as i64)).expect("a remainder is not negative")
    }

    /// When the oldest quarter hour ended, s on the clock of the pushes.
    #[must_use]
    pub fn first_end_s(&self) -> f64 {
        (self.first + 1) as f64 * QUARTER_S
    }

    fn capacity(&self) -> usize {
        usize::from(self.days) * QUARTERS_PER_DAY
    }

    /// Forgets everything where the clock is another one than before.
    fn mind_the_clock(&mut self, start_s: f64, end_s: f64) {
        let Some(open) = &self.open else { return };
        let back = end_s < open.seen_until_s - SMALL_CORRECTION_S;
        let far_ahead = start_s > open.seen_until_s + self.capacity() as f64 * QUARTER_S;
        if back || far_ahead {
            *self = Self::of_days(self.days);
        }
    }

    /// Closes the open slot with its air temperature at the end, and opens the next.
    fn close(&mut self, air_c: Option<f64>) {
        let Some(open) = self.open.take() else { return };
        let before = self.slots.back().map(Packed::quarter);
        if self.slots.is_empty() {
            self.first = open.number;
        }
        self.slots.push_back(Packed::of(&open.sums.quarter(air_c, before.as_ref())));
        if self.slots.len() > self.capacity() {
            self.slots.pop_front();
            self.first += 1;
        }
        let seen_until_s = open.seen_until_s.max(open.end_s());
        self.open =
            Some(Open { number: open.number + 1, seen_until_s, air: open.air, sums: Sums::default() });
    }
}

impl Open {
    fn at(start_s: f64) -> Self {
        let number = (start_s / QUARTER_S).floor() as i64;
        Self { number, seen_until_s: start_s, air: None, sums: Sums::default() }
    }

    fn end_s(&self) -> f64 {
        (self.number + 1) as f64 * QUARTER_S
    }

    /// The air at the end of a slot: read there, or between two readings no further apart than a slot.
    fn air_at(&self, boundary_s: f64, end_s: f64, read_c: Option<f64>) -> Option<f64> {
        let read_c = read_c.filter(|air| air.is_finite())?;
        if end_s - boundary_s < 1.0 {
            return Some(read_c);
        }
        let (before_s, before_c) = self.air?;
        let apart_s = end_s - before_s;
        let near = before_s <= boundary_s && apart_s <= QUARTER_S;
        near.then(|| before_c + (read_c - before_c) * (boundary_s - before_s) / apart_s)
    }
}

impl Sums {
    fn add(&mut self, seconds: f64, seen: &Observation) {
        if seconds <= 0.0 {
            return;
        }
        self.power.add(seconds, seen.power_w);
        self.outdoor.add(seconds, seen.outdoor_c);
        self.sun.add(seconds, seen.sun_w_per_m2);
        self.heater.add(seconds, seen.heater_c);
        self.presence.add(seconds, Some(seen.presence));
        self.disturbed |= seen.disturbed;
    }

    /// The slot. A missing outdoor temperature is the one before; it and missing power mark the slot. A missing sun is none: many
    /// buildings do not measure it, and what it gives them comes with the hour of the day. Where it was seen just before, its
    /// loss marks the slot.
    fn quarter(&self, air_c: Option<f64>, before: Option<&Quarter>) -> Quarter {
        let is_seen = |mean: Mean| mean.seconds >= LEAST_SEEN_S;
        let sun_is_lost = !is_seen(self.sun) && before.is_some_and(|before| before.sun_w_per_m2 > 0.0);
        let known = is_seen(self.power) && is_seen(self.outdoor) && !sun_is_lost;
        Quarter {
            air_c,
            power_w: self.power.value().unwrap_or(0.0),
            outdoor_c: self.outdoor.value().or(before.map(|quarter| quarter.outdoor_c)).unwrap_or(0.0),
            sun_w_per_m2: self.sun.value().unwrap_or(0.0),
            heater_c: self.heater.value(),
            presence: self.presence.value().unwrap_or(0.0),
            disturbed: self.disturbed || !known,
        }
    }
}

impl Mean {
    fn add(&mut self, seconds: f64, value: Option<f64>) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.integral += seconds * value;
            self.seconds += seconds;
        }
    }

    fn value(self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.integral / self.seconds)
    }
}
