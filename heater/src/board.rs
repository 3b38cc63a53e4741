//! What a heater's software needs from its hardware. Two boards stand in the house: a room of the twin
//! ([`crate::TwinBoard`]) and this very PC ([`crate::LinuxBoard`]).

use vocabulary::{Maintenance, Metric, Reading, Timestamp};

use crate::safety::DataSheet;

/// What the agent orders the hardware to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Order {
    /// Heat to be made: work first, resistor for the rest.
    pub heat_w: f64,
    /// Never to be passed; above `heat_w` only for work.
    pub limit_w: f64,
}

impl Order {
    /// Draw nothing.
    pub const OFF: Self = Self { heat_w: 0.0, limit_w: 0.0 };
}

/// The switch at the heater, of its tenant or of who serves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Switch {
    /// The heater may heat.
    #[default]
    On,
    /// It may not; nothing but frost overrides that.
    Off,
}

/// A heater's hardware.
pub trait Board: Send {
    /// The most the hardware draws, watts.
    fn rated_w(&self) -> f64;

    /// Whether [`Board::obey`] changes anything. A plain PC that only reports cannot be controlled.
    fn controllable(&self) -> bool;

    /// Reads every sensor once. A sensor that does not answer is a reading with its reason. Two readings of one metric are
    /// two sensors of the same; the first is the one that is recorded.
    fn sense(&mut self, now: Timestamp) -> Vec<(Metric, Reading)>;

    /// Sets the power; holds until the next order.
    fn obey(&mut self, order: Order);

    /// Hears what the people who look after it ask of it besides heat; holds until it is asked something else. A board that
    /// has no light and places no work can do neither.
    fn maintain(&mut self, _asked: Maintenance) {}

    /// Power drawn right now, watts.
    fn drawn_w(&self) -> f64;

    /// Powers at which all that is on computes and nothing waits, watts, ascending: of a heater whose processors are switched
    /// one by one, those of one, of two, and so on, all their cores busy. Empty where the hardware does not know.
    fn steps_w(&self) -> Vec<u32> {
        Vec::new()
    }

    /// How hot its parts may get and how fast it follows. Without one the hardware is taken to guard its own heat.
    fn data_sheet(&self) -> DataSheet {
        DataSheet::default()
    }

    /// How the switch at the heater stands; a board without one is on.
    fn switch(&self) -> Switch {
        Switch::On
    }

    /// Whether somebody pressed the reset at the heater since this was asked last.
    fn take_reset(&mut self) -> bool {
        false
    }
}
