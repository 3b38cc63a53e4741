//! A figure, what was asked of it, and what it came to.

use std::fmt;

use serde::Serialize;

use super::table::digits;

/// A figure beside its bound.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Goal {
    what: String,
    /// The peer whose figure ours is divided by; none where ours is judged alone.
    beside: Option<&'static str>,
    #[serde(flatten)]
    bound: Bound,
    measured: f64,
    met: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Bound {
    fn holds(self, measured: f64) -> bool {
        match self {
            Self::AtLeast(bound) => measured >= bound,
            Self::AtMost(bound) => measured <= bound,
        }
    }
}

impl Goal {
    /// Judges a figure.
    pub(super) fn new(what: &str, beside: Option<&'static str>, bound: Bound, measured: f64) -> Self {
        Self { what: what.to_owned(), beside, bound, measured, met: bound.holds(measured) }
    }

    /// What is asked.
    pub(super) fn what(&self) -> &str {
        &self.what
    }

    pub(super) fn is_met(&self) -> bool {
        self.met
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, beside, bound, measured, met } = self;
        let times = beside.map_or(String::new(), |peer| format!(" × {peer}"));
        let (sign, asked) = match bound {
            Bound::AtLeast(asked) => ("≥", asked),
            Bound::AtMost(asked) => ("≤", asked),
        };
        let verdict = if *met {
            "met".to_owned()
        } else {
            format!("missed by {:.0} %", (measured / asked - 1.0).abs() * 100.0)
        };
        write!(f, "{verdict:<16} {what}: {}{times} (goal {sign} {asked})", digits(*measured))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_says_by_how_much_it_was_missed() {
        let slow = Goal::new("rate", Some("VictoriaMetrics"), Bound::AtLeast(2.0), 1.5);
        assert_eq!(slow.to_string(), "missed by 25 %   rate: 1.50 × VictoriaMetrics (goal ≥ 2)");
        let large = Goal::new("reopen, s", None, Bound::AtMost(2.0), 3.0);
        assert_eq!(large.to_string(), "missed by 50 %   reopen, s: 3.00 (goal ≤ 2)");
        assert!(Goal::new("rate", None, Bound::AtLeast(2.0), 2.0).met);
        assert!(
            !Goal::new("rate", None, Bound::AtMost(2.0), f64::NAN).met,
            "what was not measured is not met"
        );
    }
}
