//! A slot in 12 bytes of memory, and a history as short text.
//!
//! In text each column is written for itself: differences from slot to slot, small ones in one byte (zigzag and
//! variable-length integers as in Protocol Buffers), runs of zeros as their length. Temperatures and sun move slowly
//! and presence and marks stay for hours, so that a slot costs about six bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

use super::{History, Open, QUARTER_S, Quarter, Sums};

/// Steps of temperature, 1/K: a hundredth, below the noise of any room sensor.
const PER_KELVIN: f64 = 100.0;
/// Steps of the root of power: 0.3 W at 100 W and 12 W at 150 kW, always below 0.3 %, up to a megawatt.
const PER_ROOT_WATT: f64 = 64.0;
/// Steps of irradiance, m²/W.
const PER_SUN: f64 = 20.0;
/// A temperature that is missing.
const MISSING: i16 = i16::MIN;
/// Columns in text.
const COLUMNS: usize = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Packed {
    air: i16,
    outdoor: i16,
    heater: i16,
    power: u16,
    sun: u16,
    presence: u8,
    disturbed: bool,
}

impl Packed {
    pub(super) fn of(quarter: &Quarter) -> Self {
        Self {
            air: quarter.air_c.map_or(MISSING, temperature),
            outdoor: temperature(quarter.outdoor_c),
            heater: quarter.heater_c.map_or(MISSING, temperature),
            // `as` saturates at both ends.
            power: (quarter.power_w.max(0.0).sqrt() * PER_ROOT_WATT).round() as u16,
            sun: (quarter.sun_w_per_m2 * PER_SUN).round() as u16,
            presence: (quarter.presence.clamp(0.0, 1.0) * 255.0).round() as u8,
            disturbed: quarter.disturbed,
        }
    }

    pub(super) fn quarter(&self) -> Quarter {
        let kelvin = |steps: i16| f64::from(steps) / PER_KELVIN;
        let known = |steps: i16| (steps != MISSING).then(|| kelvin(steps));
        Quarter {
            air_c: known(self.air),
            power_w: (f64::from(self.power) / PER_ROOT_WATT).powi(2),
            outdoor_c: kelvin(self.outdoor),
            sun_w_per_m2: f64::from(self.sun) / PER_SUN,
            heater_c: known(self.heater),
            presence: f64::from(self.presence) / 255.0,
            disturbed: self.disturbed,
        }
    }

    fn columns(&self) -> [i32; COLUMNS] {
        [
            self.air.into(),
            self.outdoor.into(),
            self.heater.into(),
            self.power.into(),
            self.sun.into(),
            self.presence.into(),
            self.disturbed.into(),
        ]
    }

    fn of_columns(columns: [i32; COLUMNS]) -> Option<Self> {
        let [air, outdoor, heater, power, sun, presence, disturbed] = columns;
        Some(Self {
            air: air.try_into().ok()?,
            outdoor: outdoor.try_into().ok()?,
            heater: heater.try_into().ok()?,
            power: power.try_into().ok()?,
            sun: sun.try_into().ok()?,
            presence: presence.try_into().ok()?,
            disturbed: disturbed != 0,
        })
    }
}

/// °C in steps, kept away from the mark for "missing".
fn temperature(celsius: f64) -> i16 {
    ((celsius * PER_KELVIN).round() as i16).max(MISSING + 1)
}

/// A history as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    days: u16,
    first: i64,
    count: u32,
    slots: String,
}

/// Why kept text is no history; whoever reads it starts an empty one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("the slots are not base64")]
    Text,
    #[error("there are more slots than the days hold")]
    TooMany,
    #[error("the columns end early or hold impossible numbers")]
    Columns,
}

impl From<History> for Stored {
    fn from(history: History) -> Self {
        let mut bytes = Vec::with_capacity(history.slots.len() * 8);
        for column in 0..COLUMNS {
            write_column(&mut bytes, history.slots.iter().map(|slot| slot.columns()[column]));
        }
        let count =
            u32::try_from(history.slots.len()).expect("a history of u16 days has fewer slots than 2³²");
        Self { days: history.days, first: history.first, count, slots: STANDARD_NO_PAD.encode(bytes) }
    }
}

impl TryFrom<Stored> for History {
    type Error = Unreadable;

    fn try_from(stored: Stored) -> Result<Self, Unreadable> {
        let mut history = Self::of_days(stored.days);
        let count = stored.count as usize;
        // The number of a slot stays small enough for its seconds to be exact.
        if count > history.capacity() || stored.first.abs() > 1_i64 << 40 {
            return Err(Unreadable::TooMany);
        }
        let bytes = STANDARD_NO_PAD.decode(&stored.slots).map_err(|_| Unreadable::Text)?;
        let mut columns = vec![[0; COLUMNS]; count];
        let mut rest = bytes.as_slice();
        for column in 0..COLUMNS {
            read_column(&mut rest, columns.iter_mut().map(|slot| &mut slot[column]))
                .ok_or(Unreadable::Columns)?;
        }
        if !rest.is_empty() {
            return Err(Unreadable::Columns);
        }
        let slots: Option<VecDeque<_>> = columns.into_iter().map(Packed::of_columns).collect();
        history.slots = slots.ok_or(Unreadable::Columns)?;
        history.first = stored.first;
        // The slot that was being filled is lost: the next one begins where the last ended.
        let number = stored.first + i64::from(stored.count);
        let seen_until_s = number as f64 * QUARTER_S;
        history.open = (count > 0).then(|| Open { number, seen_until_s, air: None, sums: Sums::default() });
        Ok(history)
    }
}

/// Differences; after a zero comes how many more zeros follow.
fn write_column(bytes: &mut Vec<u8>, column: impl Iterator<Item = i32>) {
    let (mut before, mut zeros) = (0, 0_u32);
    for value in column {
        let difference = value - before;
        before = value;
        if difference == 0 {
            zeros += 1;
            continue;
        }
        write_zeros(bytes, &mut zeros);
        write(bytes, ((difference << 1) ^ (difference >> 31)) as u32);
    }
    write_zeros(bytes, &mut zeros);
}

fn write_zeros(bytes: &mut Vec<u8>, zeros: &mut u32) {
    if let Some(more) = zeros.checked_sub(1) {
        write(bytes, 0);
        write(bytes, more);
    }
    *zeros = 0;
}

/// Seven bits a byte, the lowest first; the highest bit says that more follow.
fn write(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 128 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_column<'a>(bytes: &mut &[u8], column: impl Iterator<Item = &'a mut i32>) -> Option<()> {
    let (mut value, mut zeros) = (0_i32, 0_u32);
    for slot in column {
        if zeros > 0 {
            zeros -= 1;
        } else {
            let number = read(bytes)?;
            if number == 0 {
                zeros = read(bytes)?;
            }
            value = value.checked_add((number >> 1) as i32 ^ -((number & 1) as i32))?;
        }
        *slot = value;
    }
    // A run that goes on past the end belongs to another count of slots.
    (zeros == 0).then_some(())
}

fn read(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u32;
    for shift in [0, 7, 14, 21] {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(byte & 127) << shift;
        if byte < 128 {
            return Some(number);
        }
    }
    None
}
