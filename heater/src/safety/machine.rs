//! The states of a heater and how it moves between them. Pure: what happened and the time come in, the next state comes
//! out.

use vocabulary::Mode;

use super::event::Event;
use super::latch::{Latch, TripCause};

/// Sensors that were not all read by then are taken as lost.
const BOOT_LIMIT_MS: u64 = 60_000;
/// So long after an automatic retry a further trip locks the heater.
const RETRY_AFTER_MS: u64 = 3_600_000;

/// The state of a heater: what holds at the same time. The mode is what weighs most of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    booting: bool,
    booted_ms: u64,
    sees: bool,
    leased: bool,
    warm: bool,
    switched_off: bool,
    latch: Latch,
    /// When the latch began to be what it is; while output is off, the last sign of what made it trip.
    latched_ms: u64,
}

impl State {
    /// A heater that boots now, with what an earlier boot left behind.
    #[must_use]
    pub fn booted(latch: Latch, now_ms: u64) -> Self {
        let state = Self {
            booting: true,
            booted_ms: now_ms,
            sees: false,
            leased: false,
            warm: false,
            switched_off: false,
            latch: Latch::Clear,
            latched_ms: now_ms,
        };
        state.remembering(latch)
    }

    /// The same with what an earlier boot left behind. Output that was off is taken as still hot: nobody has seen it cool.
    #[must_use]
    pub(super) fn remembering(self, latch: Latch) -> Self {
        Self { latch, warm: latch.off_by().is_some(), ..self }
    }

    /// What weighs most.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.latch.off_by().is_some() {
            Mode::Tripped
        } else if self.switched_off {
            Mode::LocalOff
        } else if self.booting {
            Mode::Boot
        } else if self.warm {
            Mode::Derated
        } else {
            self.beneath()
        }
    }

    /// What the heater would do if nothing but its eyes and its lease counted.
    #[must_use]
    pub fn beneath(&self) -> Mode {
        match (self.sees, self.leased) {
            (false, _) => Mode::FallbackBlind,
            (true, true) => Mode::Leased,
            (true, false) => Mode::Fallback,
        }
    }

    /// Whether a part was at warn and is not known to be cool since.
    #[must_use]
    pub fn is_warm(&self) -> bool {
        self.warm
    }

    /// What of trips must outlive this process.
    #[must_use]
    pub fn latch(&self) -> Latch {
        self.latch
    }

    fn trip(self, cause: TripCause, now_ms: u64) -> Self {
        Self { latch: self.latch.tripped(cause), latched_ms: now_ms, ..self }
    }

    /// What time alone changes.
    fn tick(mut self, now_ms: u64, cool_down_s: u32) -> Self {
        self.booting &= now_ms.saturating_sub(self.booted_ms) < BOOT_LIMIT_MS;
        let held_ms = now_ms.saturating_sub(self.latched_ms);
        let next = match self.latch {
            Latch::Tripped(cause) if !self.warm && held_ms >= u64::from(cool_down_s) * 1000 => {
                Latch::Retried(cause)
            }
            Latch::Retried(_) if held_ms >= RETRY_AFTER_MS => Latch::Clear,
            Latch::Clear | Latch::Tripped(_) | Latch::Retried(_) | Latch::Locked(_) => return self,
        };
        Self { latch: next, latched_ms: now_ms, ..self }
    }
}

/// The state after an event at `now_ms` of the heater's monotonic clock; after a trip it cools down for `cool_down_s`.
#[must_use]
pub fn step(state: State, event: Event, now_ms: u64, cool_down_s: u32) -> State {
    match event {
        Event::AllRead => State { booting: false, ..state },
        Event::Seeing => State { sees: true, ..state },
        Event::Blind => State { sees: false, ..state },
        Event::Leased => State { leased: true, ..state },
        Event::Unleased => State { leased: false, ..state },
        Event::Cool => State { warm: false, ..state },
        Event::Warm => State { warm: true, ..state },
        Event::Hot => State { warm: true, ..state }.trip(TripCause::Heat, now_ms),
        Event::Overdrawn => state.trip(TripCause::Power, now_ms),
        Event::Contradicted => state.trip(TripCause::Sensors, now_ms),
        Event::SwitchedOff => State { switched_off: true, ..state },
        Event::SwitchedOn => State { switched_off: false, ..state },
        Event::ResetPressed => State { latch: Latch::Clear, latched_ms: now_ms, ..state },
        Event::Ticked => state.tick(now_ms, cool_down_s),
    }
}
