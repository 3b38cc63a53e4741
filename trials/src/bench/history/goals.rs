//! What the store is to reach beside its peers, and whether it does. Sealing is counted as work of ours; what a peer
//! does only because we force it to compact is not counted as work of its.

use std::fmt;

use serde::Serialize;

use super::super::table::digits;
use super::report::{Finding, Presence};

/// A figure, what was asked of it, and what it came to.
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
enum Bound {
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

type Figure = fn(&Finding) -> f64;

/// `ours` and `theirs` divided, against VictoriaMetrics and against InfluxDB where a bound is given.
struct Comparison {
    what: &'static str,
    ours: Figure,
    theirs: Figure,
    victoria: Option<Bound>,
    influx: Option<Bound>,
}

const COMPARISONS: [Comparison; 6] = {
    use Bound::{AtLeast, AtMost};
    [
        Comparison {
            what: "fleet: samples per CPU-second",
            ours: |s| s.fleet.per_cpu_second_settled(),
            theirs: |s| s.fleet.per_cpu_second(),
            victoria: Some(AtLeast(2.0)),
            influx: Some(AtLeast(5.0)),
        },
        Comparison {
            what: "building: samples per CPU-second",
            ours: |s| s.building.per_cpu_second_settled(),
            theirs: |s| s.building.per_cpu_second(),
            victoria: Some(AtLeast(2.0)),
            influx: Some(AtLeast(5.0)),
        },
        Comparison {
            what: "fleet: bytes per sample on disk",
            ours: |s| s.fleet.bytes_per_sample(),
            theirs: |s| s.fleet.bytes_per_sample(),
            victoria: Some(AtMost(0.65)),
            influx: Some(AtMost(0.20)),
        },
        Comparison {
            what: "building: bytes per sample on disk",
            ours: |s| s.building.bytes_per_sample(),
            theirs: |s| s.building.bytes_per_sample(),
            victoria: Some(AtMost(0.65)),
            influx: Some(AtMost(0.20)),
        },
        Comparison {
            what: "fleet: peak memory",
            ours: |s| s.fleet.peak_mb,
            theirs: |s| s.fleet.peak_mb,
            victoria: Some(AtMost(1.0)),
            influx: None,
        },
        Comparison {
            what: "building: peak memory",
            ours: |s| s.building.peak_mb,
            theirs: |s| s.building.peak_mb,
            victoria: Some(AtMost(1.0)),
            influx: None,
        },
    ]
};

/// For each question, in the order in which they are asked: how much of VictoriaMetrics' time ours may take.
const TIMES: [f64; 4] = [0.1, 1.0, 1.0, 0.2];
/// With a million records in the log.
const REOPEN_S: f64 = 2.0;

/// All goals that can be judged with the peers that are there: VictoriaMetrics, then InfluxDB.
pub(super) fn goals(ours: &Finding, [victoria, influx]: &[Presence; 2]) -> Vec<Goal> {
    let mut goals = Vec::new();
    let mut beside = |what: &str, peer, bound: Option<Bound>, ratio: f64| {
        goals.extend(bound.map(|bound| Goal::new(what, Some(peer), bound, ratio)));
    };
    for Comparison { what, ours: figure, theirs, victoria: bound, influx: other_bound } in COMPARISONS {
        if let Presence::Measured(peer) = victoria {
            beside(what, "VictoriaMetrics", bound, figure(ours) / theirs(peer));
        }
        if let Presence::Measured(peer) = influx {
            beside(what, "InfluxDB", other_bound, figure(ours) / theirs(peer));
        }
    }
    if let Presence::Measured(peer) = victoria {
        for ((asked, theirs), most) in ours.asked.iter().zip(&peer.asked).zip(TIMES) {
            let ratio = asked.p50_ms / theirs.p50_ms;
            beside(&format!("{}, p50", asked.name), "VictoriaMetrics", Some(Bound::AtMost(most)), ratio);
        }
    }
    let reopened = ours.reopened_from_log;
    let what = format!("reopen with {} records in the log, s", reopened.log.unwrap_or_default().entries);
    goals.push(Goal::new(&what, None, Bound::AtMost(REOPEN_S), reopened.seconds));
    goals
}

impl Goal {
    fn new(what: &str, beside: Option<&'static str>, bound: Bound, measured: f64) -> Self {
        Self { what: what.to_owned(), beside, bound, measured, met: bound.holds(measured) }
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
