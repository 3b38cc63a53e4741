//! What the short form has held before and must not lose: continuous integration fails when it does.

use super::super::goal::Goal;

/// Targets that held, each with the figure measured when it was put here (`hypocaust bench control --short`, seed 1).
const HELD: &[(&str, f64)] = &[];

/// A sentence for each target that held and does not any more.
pub(super) fn lost(goals: &[Goal]) -> Vec<String> {
    let held = |goal: &Goal| HELD.iter().find(|(what, _)| *what == goal.what());
    let lost = goals.iter().filter(|goal| !goal.is_met()).filter_map(|goal| Some((goal, held(goal)?)));
    lost.map(|(goal, (_, figure))| format!("a target that held is lost (it was {figure}): {goal}")).collect()
}
