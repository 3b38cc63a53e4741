//! What the store is to reach beside its peers, and whether it does. Sealing is counted as work of ours; what a peer
//! does only because we force it to compact is not counted as work of its.

use super::super::goal::{Bound, Goal};
use super::report::{Finding, Presence};

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
