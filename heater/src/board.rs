//! What a heater's software needs from its hardware. Two boards stand in the house: a room of the twin
//! ([`crate::TwinBoard`]) and this very PC ([`crate::LinuxBoard`]).

use vocabulary::{Metric, Reading, Timestamp};

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

/// A heater's hardware.
pub trait Board: Send {
    /// The most the hardware draws, watts.
    fn rated_w(&self) -> f64;

    /// Whether [`Board::obey`] changes anything. A plain PC that only reports cannot be controlled.
    fn controllable(&self) -> bool;

    /// Reads every sensor once. A sensor that does not answer is a reading with its reason.
    fn sense(&mut self, now: Timestamp) -> Vec<(Metric, Reading)>;

    /// Sets the power; holds until the next order.
    fn obey(&mut self, order: Order);

    /// Power drawn right now, watts.
    fn drawn_w(&self) -> f64;
}
