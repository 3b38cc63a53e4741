//! What a run went through without ending: counted, and told when it is over.

use std::fmt;

/// Counters of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Survived {
    /// Steps answered.
    pub steps: u64,
    /// Readings and bounds that were missing or null: air and outdoor temperature, bounds, limit of the heater, clock.
    pub lost: u64,
    /// Readings that no sensor can mean.
    pub absurd: u64,
    /// Readings in range that were not believed: they jumped, or stood still too long.
    pub suspect: u64,
    /// Steps with a forecast that ended early or had holes.
    pub short_forecasts: u64,
    /// Zones that the header did not name.
    pub new_zones: u64,
    /// Times that a zone was missing in a step after it had been there in the one before.
    pub vanished_zones: u64,
    /// Steps before which the simulator's clock did something else than go on by one step.
    pub clock_jumps: u64,
    /// Steps in which nothing at all might be drawn.
    pub zero_caps: u64,
}

impl fmt::Display for Survived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, lost, absurd, suspect, .. } = self;
        let Self { short_forecasts, new_zones, vanished_zones, clock_jumps, zero_caps, .. } = self;
        write!(
            f,
            "{steps} steps answered; survived: {lost} lost readings, {absurd} absurd readings, {suspect} suspect readings, \
             {short_forecasts} steps with short forecasts, {new_zones} new zones, {vanished_zones} vanished zones, \
             {clock_jumps} clock jumps, {zero_caps} steps with a cap of zero"
        )
    }
}
