//! What the electricity of heaters did before it became heat: it computed, it idled, or it went through the resistor.

use super::coverage::{Coverage, Sum};

/// Fewer busy cores than this do no work that anybody asked for: an operating system's own.
const IDLE_CORES: f64 = 0.05;

/// What was heard of a heater's work, a step each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Worked<'a> {
    /// What it drew, Wh.
    pub(crate) wh: &'a [Option<f64>],
    /// Its mean power, W.
    pub(crate) power_w: &'a [Option<f64>],
    /// The mean power of its resistor, W.
    pub(crate) resistor_w: &'a [Option<f64>],
    /// Cores at work, on average.
    pub(crate) cores: &'a [Option<f64>],
    /// Whether it has a resistor.
    pub(crate) has_resistor: bool,
}

/// What the electricity did.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Work {
    /// Drawn by processors in hours in which cores were at work, Wh.
    pub(crate) useful_wh: f64,
    /// Drawn by processors in hours in which none was, Wh.
    pub(crate) idle_wh: f64,
    /// Drawn by resistors, Wh.
    pub(crate) resistor_wh: f64,
    /// Hours of which it is known, of all hours.
    pub(crate) coverage: Coverage,
    /// Cores at work times hours.
    pub(crate) core_hours: Sum,
}

impl Work {
    /// Of two heaters together.
    pub(crate) fn and(self, other: Self) -> Self {
        let (a, b) = (self.core_hours, other.core_hours);
        Self {
            useful_wh: self.useful_wh + other.useful_wh,
            idle_wh: self.idle_wh + other.idle_wh,
            resistor_wh: self.resistor_wh + other.resistor_wh,
            coverage: self.coverage.and(other.coverage),
            core_hours: Sum { value: a.value + b.value, coverage: a.coverage.and(b.coverage) },
        }
    }
}

/// Divides what a heater drew in steps of these lengths, hours.
pub(crate) fn work(worked: Worked<'_>, lengths_h: &[f64]) -> Work {
    let mut work = Work::default();
    for (step, length_h) in lengths_h.iter().enumerate() {
        let at = |line: &[Option<f64>]| line.get(step).copied().flatten();
        let cores = at(worked.cores);
        work.core_hours.add(cores.map(|cores| cores * length_h), *length_h);
        let resistor = resistor_share(at(worked.power_w), at(worked.resistor_w), worked.has_resistor);
        let parts = at(worked.wh).zip(resistor).zip(cores);
        work.coverage.count(*length_h, parts.is_some());
        let Some(((wh, resistor), cores)) = parts else { continue };
        let computed_wh = wh * (1.0 - resistor);
        work.resistor_wh += wh * resistor;
        if cores >= IDLE_CORES {
            work.useful_wh += computed_wh;
        } else {
            work.idle_wh += computed_wh;
        }
    }
    work
}

/// How much of the power goes through the resistor, 0 to 1.
fn resistor_share(power_w: Option<f64>, resistor_w: Option<f64>, has_resistor: bool) -> Option<f64> {
    match (power_w, resistor_w) {
        _ if !has_resistor => Some(0.0),
        (Some(power_w), Some(resistor_w)) if power_w > 0.0 => Some((resistor_w / power_w).clamp(0.0, 1.0)),
        (Some(_), Some(_)) => Some(0.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_is_divided_by_hand_like_this() {
        let worked = Worked {
            wh: &[Some(600.0), Some(100.0), Some(500.0), None, Some(500.0)],
            power_w: &[Some(600.0), Some(100.0), Some(500.0), None, Some(500.0)],
            resistor_w: &[Some(150.0), Some(0.0), Some(500.0), None, None],
            cores: &[Some(8.0), Some(0.0), Some(0.02), Some(4.0), Some(2.0)],
            has_resistor: true,
        };
        let told = work(worked, &[1.0; 5]);
        assert_eq!((told.useful_wh, told.idle_wh, told.resistor_wh), (450.0, 100.0, 650.0));
        assert!((told.core_hours.value - 14.02).abs() < 1e-9);
        assert_eq!((told.coverage.share(), told.core_hours.coverage.share()), (Some(0.6), Some(1.0)));
        let told = work(Worked { has_resistor: false, ..worked }, &[1.0; 5]);
        assert_eq!(
            (told.useful_wh, told.resistor_wh),
            (1100.0, 0.0),
            "without a resistor all of it computes"
        );
    }
}
