//! What a motion sensor tells: much when it sees motion, little by little when it sees none.
//!
//! Three states: nobody, people who move, people who sit still or sleep. Motion of those who move is a point process of
//! `λ₁` events an hour, false events have `λ₀`; people who are still are not seen. With `s` the share of "still" in
//! "present", motion multiplies the odds of presence by `((1−s)·λ₁ + λ₀)/λ₀` and silence of length t by
//! `(1−s)·e^(−λ₁t) + s`, whatever the time step. After silence those who are left are mostly still ones, so further
//! silence says less; newcomers move.

use serde::{Deserialize, Serialize};

use super::stuck::Unchanged;
use super::unseen::Unseen;

/// Events an hour that a sensor sees of people who move, before it is learned: after the fifteen minutes of silence for
/// which lighting control usually waits, `e^(−λ₁t)` is 0.08. Learned from the gaps between motions, within bounds: a
/// sensor that looks along the desks, or one in the corner of a hall.
const SEEN_PER_HOUR: f64 = 10.0;
const SEEN_PER_HOUR_BOUNDS: (f64, f64) = (4.0, 40.0);
/// A longer gap between two motions is taken for an absence, h.
const LONGEST_GAP_H: f64 = 0.5;
/// Memory of the gaps, in hours of them: some days of presence.
const GAP_MEMORY_H: f64 = 20.0;
/// False events an hour in an empty room (draughts, sun patches, a passer-by seen through the door): one in five hours.
const FALSE_PER_HOUR: f64 = 0.2;
/// How often people who move become still, and still ones move again, per hour: at a desk by day, stillness of a
/// quarter of an hour every two hours...
const STILL_BY_DAY: Stillness = Stillness { begins_per_h: 0.5, ends_per_h: 4.0 };
/// ...and at night, where presence mostly is sleep, of an hour.
const STILL_AT_NIGHT: Stillness = Stillness { begins_per_h: 1.0, ends_per_h: 1.0 };
/// A room with this much motion without a pause has a stuck sensor: nobody moves for 18 hours.
const STUCK_SEEING_H: f64 = 18.0;
/// Without motion for this long the sensor may be dead or covered, and its silence no longer counts. Longer than a
/// holiday fortnight, in which silence is the truth.
const STUCK_BLIND_H: f64 = 21.0 * 24.0;

#[derive(Debug, Clone, Copy)]
struct Stillness {
    begins_per_h: f64,
    ends_per_h: f64,
}

/// What is remembered of a motion sensor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Motion {
    unchanged: Unchanged,
    /// People who are still.
    still: Unseen,
    /// Time since motion was seen, h, and how long such gaps last while people are there, weighted by their length.
    silent_h: f64,
    gap_h: f64,
    /// Whether this sensor has ever shown motion: the silence of one that never has tells nothing.
    has_seen: bool,
}

impl Default for Motion {
    fn default() -> Self {
        Motion {
            unchanged: Unchanged::default(),
            still: Unseen(0.0),
            silent_h: 0.0,
            gap_h: 2.0 / SEEN_PER_HOUR,
            has_seen: false,
        }
    }
}

impl Motion {
    /// The log-odds that this reading adds. `newcomers`: share of the presence that came in this step.
    pub(super) fn evidence(&mut self, moved: bool, newcomers: f64, night: bool, step_h: f64) -> f64 {
        let same_h = self.unchanged.hear(f64::from(u8::from(moved)), step_h);
        let kind = if night { STILL_AT_NIGHT } else { STILL_BY_DAY };
        let rest = kind.begins_per_h / (kind.begins_per_h + kind.ends_per_h);
        let fade = (-(kind.begins_per_h + kind.ends_per_h) * step_h).exp();
        self.still.fade(rest, fade);
        // Newcomers move.
        self.still.fade(0.0, 1.0 - newcomers);
        self.silent_h += step_h;
        if moved {
            let gap_h = std::mem::take(&mut self.silent_h);
            self.learn_gap(gap_h);
            return if same_h > STUCK_SEEING_H { 0.0 } else { self.motion() };
        }
        if same_h > STUCK_BLIND_H || !self.has_seen {
            return 0.0;
        }
        self.silence(step_h)
    }

    /// Events an hour: of a point process the gaps weighted by their length last 2/λ on average.
    fn seen_per_h(&self) -> f64 {
        2.0 / self.gap_h
    }

    fn learn_gap(&mut self, gap_h: f64) {
        if gap_h < LONGEST_GAP_H {
            self.gap_h += (gap_h / GAP_MEMORY_H).min(1.0) * (gap_h - self.gap_h);
            self.gap_h = self.gap_h.clamp(2.0 / SEEN_PER_HOUR_BOUNDS.1, 2.0 / SEEN_PER_HOUR_BOUNDS.0);
        }
    }

    fn motion(&mut self) -> f64 {
        self.has_seen = true;
        self.still.evidence((self.seen_per_h() + FALSE_PER_HOUR) / FALSE_PER_HOUR)
    }

    fn silence(&mut self, step_h: f64) -> f64 {
        self.still.evidence((-self.seen_per_h() * step_h).exp())
    }
}
