//! What a motion sensor tells: much when it sees motion, little by little when it sees none.
//!
//! Three states: nobody, people who move, people who sit still or sleep. Motion of those who move is a point process of
//! `λ₁` events an hour, false events have `λ₀`; people who are still are not seen. With `s` the share of "still" in
//! "present", motion multiplies the odds of presence by `((1−s)·λ₁ + λ₀)/λ₀` and silence of length t by
//! `(1−s)·e^(−λ₁t) + s`, whatever the time step. After silence those who are left are mostly still ones, so further
//! silence says less; newcomers move.

use serde::{Deserialize, Serialize};

use super::stuck::Unchanged;

/// Events an hour that a sensor sees of people who move. After the fifteen minutes of silence for which lighting
/// control usually waits, `e^(−λ₁t)` is 0.08.
const SEEN_PER_HOUR: f64 = 10.0;
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
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Motion {
    unchanged: Unchanged,
    /// Share of "still" in "present", 0..1.
    still: f64,
    /// Whether this sensor has ever shown motion: the silence of one that never has tells nothing.
    has_seen: bool,
}

impl Motion {
    /// The log-odds that this reading adds. `newcomers`: share of the presence that came in this step.
    pub(super) fn evidence(&mut self, moved: bool, newcomers: f64, hour_of_week: f64, step_h: f64) -> f64 {
        let same_h = self.unchanged.hear(f64::from(u8::from(moved)), step_h);
        let kind = stillness(hour_of_week);
        let rest = kind.begins_per_h / (kind.begins_per_h + kind.ends_per_h);
        let fade = (-(kind.begins_per_h + kind.ends_per_h) * step_h).exp();
        self.still = (rest + (self.still - rest) * fade) * (1.0 - newcomers);
        if moved {
            return if same_h > STUCK_SEEING_H { 0.0 } else { self.motion() };
        }
        if same_h > STUCK_BLIND_H || !self.has_seen {
            return 0.0;
        }
        self.silence(step_h)
    }

    fn motion(&mut self) -> f64 {
        self.has_seen = true;
        let ratio = ((1.0 - self.still) * SEEN_PER_HOUR + FALSE_PER_HOUR) / FALSE_PER_HOUR;
        self.still *= 1.0 / ratio;
        ratio.ln()
    }

    fn silence(&mut self, step_h: f64) -> f64 {
        let unseen = (-SEEN_PER_HOUR * step_h).exp();
        let ratio = (1.0 - self.still) * unseen + self.still;
        self.still = (self.still / ratio).min(1.0);
        ratio.ln()
    }
}

fn stillness(hour_of_week: f64) -> Stillness {
    let hour = hour_of_week % 24.0;
    if (7.0..22.0).contains(&hour) { STILL_BY_DAY } else { STILL_AT_NIGHT }
}
