//! What keeps a heater safe alone: its states, its eyes, and the limits on its power. It stands beside the
//! [`Governor`](crate::Governor) because a lease can only ever allow more, and nothing here asks a lease for leave.
//!
//! ```text
//! BOOT ──every sensor was read──> FALLBACK          (not within 60 s: FALLBACK_BLIND)
//! FALLBACK ──live lease──> LEASED ──lease ended──> FALLBACK
//! any ──a sensor lost──> FALLBACK_BLIND ──all seen──> FALLBACK or LEASED
//! any ──a part at warn──> DERATED ──all parts below warn − hysteresis──> what is beneath
//! any ──switch off──> LOCAL_OFF ──switch on──> what is beneath
//! any ──a part at its limit, more drawn than allowed, or sensors that contradict each other──> TRIPPED
//! TRIPPED ──cooled down, once an hour, or reset by hand──> what is beneath
//! ```
//! What weighs more wins: TRIPPED > LOCAL_OFF > BOOT > DERATED > FALLBACK_BLIND > FALLBACK and LEASED. Beneath the mode the
//! state remembers all that holds, so what is left behind is never guessed. Limits combine by the smallest.

mod event;
mod latch;
mod limit;
mod machine;
mod overdraw;
mod sensor;
mod sheet;
#[cfg(test)]
mod tests;
mod watch;

pub use event::Event;
pub use latch::{Latch, TripCause};
pub use limit::{Limits, Ramp};
pub use machine::{State, step};
pub use sheet::{DataSheet, HeatLimits, SheetError};
pub(crate) use watch::{Glance, Sights};

use watch::Watch;

/// What a blind heater draws of its fall-back: enough against frost in most rooms, too little to overheat one.
const BLIND_SHARE: f64 = 0.5;

/// A heater's safety with all its memory.
#[derive(Debug, Clone)]
pub(crate) struct Safety {
    state: State,
    watch: Watch,
    ramp: Ramp,
}

/// What holds after a look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    pub(crate) limit_w: f64,
    pub(crate) sights: Sights,
}

impl Safety {
    /// A heater that boots now and remembers no trip.
    pub(crate) fn booted(now_ms: u64) -> Self {
        Self { state: State::booted(Latch::Clear, now_ms), watch: Watch::default(), ramp: Ramp::default() }
    }

    /// What an earlier boot left behind.
    pub(crate) fn remember(&mut self, latch: Latch) {
        self.state = self.state.remembering(latch);
    }

    /// What of trips must outlive this process.
    pub(crate) fn latch(&self) -> Latch {
        self.state.latch()
    }

    /// Looks, and says what holds now. A reset counts before the look, so a heater that is still hot stays off.
    pub(crate) fn look(
        &mut self,
        glance: &Glance<'_>,
        reset_pressed: bool,
        lease_w: Option<f64>,
        fallback_w: f64,
    ) -> Verdict {
        let (seen, sights) = self.watch.look(glance);
        let lease = if lease_w.is_some() { Event::Leased } else { Event::Unleased };
        let reset = reset_pressed.then_some(Event::ResetPressed);
        let events = reset.into_iter().chain(seen).chain([lease, Event::Ticked]);
        let cool_down_s = glance.sheet.cool_down_s;
        self.state = events.fold(self.state, |state, event| step(state, event, glance.now_ms, cool_down_s));
        let blind_w = BLIND_SHARE * fallback_w;
        let heat_share = sights.heat_share(&glance.sheet, blind_w / glance.rated_w.max(1.0));
        let limits = Limits {
            rated_w: glance.rated_w,
            fallback_w,
            blind_w,
            lease_w,
            heat_w: heat_share * glance.rated_w,
            frost: sights.frost,
        };
        let ceiling_w = limits.ceiling_w(&self.state);
        let limit_w = self.ramp.allow(ceiling_w, glance.sheet.ramp_up_w_per_s, glance.now_ms);
        Verdict { state: self.state, limit_w, sights }
    }

    /// Remembers what was ordered: more must not be drawn once the hardware has settled.
    pub(crate) fn ordered(&mut self, limit_w: f64, now_ms: u64) {
        self.watch.overdraw.allow(limit_w, now_ms);
    }
}
