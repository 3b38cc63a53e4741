//! The most a heater may draw: every limit that holds, the smallest of them, and slowly on the way up.

use vocabulary::Mode;

use super::machine::State;

/// What the limits are made of, watts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The hardware's.
    pub rated_w: f64,
    /// Without a lease.
    pub fallback_w: f64,
    /// Without eyes: small enough to be safe with nobody looking.
    pub blind_w: f64,
    /// By a live lease.
    pub lease_w: Option<f64>,
    /// By the heater's own heat.
    pub heat_w: f64,
    /// Whether there is danger of frost.
    pub frost: bool,
}

impl Limits {
    /// The most the heater may draw in this state. Frost is a matter of life safety and comes before a lease of less, but
    /// never before the heater's own heat, and never beyond its fall-back.
    #[must_use]
    pub fn ceiling_w(&self, state: &State) -> f64 {
        let heat_w = if state.is_warm() { self.heat_w } else { self.rated_w };
        let against_frost_w = if self.frost { self.fallback_w } else { 0.0 };
        let ceiling_w = match state.mode() {
            Mode::Boot | Mode::Tripped => return 0.0,
            Mode::LocalOff => against_frost_w,
            Mode::Derated | Mode::FallbackBlind | Mode::Fallback | Mode::Leased => {
                self.beneath_w(state.beneath())
            }
        };
        ceiling_w.min(heat_w).min(self.rated_w).max(0.0)
    }

    fn beneath_w(&self, mode: Mode) -> f64 {
        let lease_w = self.lease_w.unwrap_or(f64::INFINITY);
        match mode {
            Mode::Leased => self.lease_w.unwrap_or(0.0),
            Mode::FallbackBlind if self.frost => self.fallback_w,
            Mode::FallbackBlind => self.blind_w.min(lease_w),
            _ => self.fallback_w,
        }
    }
}

/// What was allowed last: power may fall at once and rises slowly.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ramp {
    allowed_w: f64,
    at_ms: Option<u64>,
}

impl Ramp {
    /// Allows `ceiling_w`, or as much of it as may be reached by now at `w_per_s`. A heater begins at nothing.
    pub fn allow(&mut self, ceiling_w: f64, w_per_s: f64, now_ms: u64) -> f64 {
        let dt_s = self.at_ms.map_or(0.0, |last_ms| now_ms.saturating_sub(last_ms) as f64 / 1000.0);
        self.allowed_w = ceiling_w.min(self.allowed_w + w_per_s * dt_s);
        self.at_ms = Some(now_ms);
        self.allowed_w
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_rises_slowly_and_falls_at_once() {
        let mut ramp = Ramp::default();
        let steps = [
            (0, 500.0, 0.0),
            (1_000, 500.0, 50.0),
            (5_000, 500.0, 250.0),
            (5_500, 100.0, 100.0),
            (6_500, 500.0, 150.0),
        ];
        for (now_ms, ceiling_w, allowed_w) in steps {
            assert_eq!(ramp.allow(ceiling_w, 50.0, now_ms), allowed_w, "at {now_ms} ms");
        }
    }
}
