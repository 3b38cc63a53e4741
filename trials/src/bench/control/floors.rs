//! What the short form has held before and must not lose: continuous integration fails when it does.

use super::super::goal::Goal;

/// Targets that held, each with the figure measured when it was put here (`hypocaust bench control --short`, seed 1,
/// 2026-11-21). Those of time (T8) are not among them: they say more of the machine than of a change.
const HELD: &[(&str, f64)] = &[
    ("T1 peak winter: K·h, × B2", 0.92),
    ("T1 typical winter: K·h, × B2", 0.97),
    ("T1 peak winter: cost with discomfort, × B3", 1.01),
    ("T1 typical winter: cost with discomfort, × B3", 1.04),
    ("T2 peak winter: K·h, × B0", 0.11),
    ("T2 typical winter: K·h, × B0", 0.13),
    ("T3 cap 0.45: peak over cap", 1.00),
    ("T5 useful share while jobs suffice", 1.0),
    ("T5 peak winter, cap 0.45: must-run deadlines met", 1.0),
    ("T6 peak winter: waste, share of energy", 0.0),
    ("T6 typical winter: waste, share of energy", 0.0),
    ("T7 10 % bad sensors: K·h, × clean", 1.10),
    ("T7 10 % bad sensors: heated above the band, K", 0.0),
];

/// A sentence for each target that held and does not any more.
pub(super) fn lost(goals: &[Goal]) -> Vec<String> {
    let held = |goal: &Goal| HELD.iter().find(|(what, _)| *what == goal.what());
    let lost = goals.iter().filter(|goal| !goal.is_met()).filter_map(|goal| Some((goal, held(goal)?)));
    lost.map(|(goal, (_, figure))| format!("a target that held is lost (it was {figure}): {goal}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::goal::Bound;
    use super::*;

    #[test]
    fn only_what_held_can_be_lost() {
        let (held, figure) = HELD[0];
        let goal = |what: &str, measured| Goal::new(what, None, Bound::AtMost(1.0), measured);
        assert!(lost(&[goal(held, figure), goal("another", 9.0)]).is_empty());
        assert_eq!(lost(&[goal(held, 9.0), goal("another", 9.0)]).len(), 1);
    }
}
