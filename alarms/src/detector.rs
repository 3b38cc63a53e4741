//! When a value that crosses its limit is an alarm. Pure.
//!
//! ```text
//!          wrong               wrong for on_delay
//!   QUIET ───────> RISING ──────────────────────────> ACTIVE <─── not right any more ───┐
//!     ^ <── not wrong any more ──┘                      │ └────────── right ─────> FALLING
//!     └<─────────────────────────────── right for off_delay ─────────────────────────┘
//! ```
//! Wrong is beyond the limit; right is back across it by the hysteresis. Between the two nothing changes for an alarm
//! that is raised. A value that is not known changes nothing either, and no delay runs while it is not known.

use registry::{AlarmRule, AlarmSetting, Crossing};

use crate::signal::Measure;

/// Where one rule about one subject stands. Instants are by the monotonic clock, ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    /// The value is not wrong.
    #[default]
    Quiet,
    /// The value has been wrong since then, for less than the delay.
    Rising { since_ms: u64 },
    /// The alarm is raised.
    Active,
    /// The alarm is raised, and the value has been right since then, for less than the delay.
    Falling { since_ms: u64 },
}

impl Phase {
    /// Whether the alarm is raised.
    pub(crate) const fn is_active(self) -> bool {
        matches!(self, Self::Active | Self::Falling { .. })
    }

    /// The phase after a look at `now_ms`.
    pub(crate) fn step(self, rule: AlarmRule, setting: &AlarmSetting, measure: Measure, now_ms: u64) -> Self {
        // A rule that does not hold any more is no reason to wait.
        if !setting.is_enabled {
            return Self::Quiet;
        }
        let has_passed =
            |since_ms: u64, delay_s: u32| now_ms.saturating_sub(since_ms) >= u64::from(delay_s) * 1_000;
        let rising = |since_ms| {
            if has_passed(since_ms, setting.on_delay_s) { Self::Active } else { Self::Rising { since_ms } }
        };
        let falling = |since_ms| {
            let is_over = has_passed(since_ms, rule.standard().off_delay_s);
            if is_over { Self::Quiet } else { Self::Falling { since_ms } }
        };
        match (self, judge(rule, setting.limit, measure)) {
            (Self::Quiet, Verdict::Wrong) => rising(now_ms),
            (Self::Rising { since_ms }, Verdict::Wrong) => rising(since_ms),
            (Self::Quiet | Self::Rising { .. }, _) => Self::Quiet,
            (Self::Active, Verdict::Right) => falling(now_ms),
            (Self::Falling { since_ms }, Verdict::Right) => falling(since_ms),
            (Self::Active | Self::Falling { .. }, _) => Self::Active,
        }
    }
}

enum Verdict {
    Wrong,
    /// Across the limit again, by less than the hysteresis.
    Between,
    Right,
    Unknown,
}

fn judge(rule: AlarmRule, limit: f64, measure: Measure) -> Verdict {
    let standard = rule.standard();
    // Beyond the limit is positive, on whichever side that is.
    let beyond = |value: f64| match standard.crossing {
        Crossing::Above => value - limit,
        Crossing::Below => limit - value,
    };
    match measure {
        Measure::Absent => Verdict::Right,
        Measure::Value(value) if beyond(value) > 0.0 => Verdict::Wrong,
        Measure::Value(value) if beyond(value) <= -standard.hysteresis => Verdict::Right,
        Measure::Value(value) if value.is_finite() => Verdict::Between,
        Measure::AtLeast(value) if beyond(value) > 0.0 => Verdict::Wrong,
        Measure::Value(_) | Measure::AtLeast(_) | Measure::Unknown => Verdict::Unknown,
    }
}

#[cfg(test)]
mod tests;
