//! Targets T1 to T8 of the control design, judged on the rows of the table.

use super::super::goal::{Bound, Goal};
use super::capacity::Capacity;
use super::plan::{BAD_SENSORS, CAP_45, PEAK, PEAK_PRICE, TYPICAL, UNKNOWN, Who};
use super::report::{Kept, Row};
use super::tally::Figures;

/// Fewer kelvin-hours a room than this in a scenario are as good as none: a sensor cannot tell them. Ratios to less than
/// this are ratios to this.
const NO_DISCOMFORT_KH: f64 = 0.05;

/// Every target that these rows can tell of.
pub(super) fn judge(rows: &[Row], deadlines: &[Kept], capacity: Option<&Capacity>) -> Vec<Goal> {
    let find = |scenario: &str, who: Who| {
        let row = rows.iter().find(|row| row.scenario == scenario && row.who == who.name());
        row.map(|row| &row.figures)
    };
    let mut goals = Vec::new();
    for scenario in [PEAK, TYPICAL, UNKNOWN] {
        let all = (
            find(scenario, Who::Ours),
            find(scenario, Who::Hysteresis),
            find(scenario, Who::Preheated),
            find(scenario, Who::Foresight),
        );
        if let (Some(ours), Some(hysteresis), Some(preheated), Some(foresight)) = all {
            goals.extend(uncapped(scenario, ours, hysteresis, preheated, foresight));
        }
    }
    let capped = (find(CAP_45, Who::Ours), find(CAP_45, Who::Proportional), find(PEAK, Who::Ours));
    if let (Some(ours), Some(proportional), Some(uncapped)) = capped {
        goals.extend(under_cap(ours, proportional, uncapped));
    }
    if let (Some(ours), Some(preheated)) = (find(PEAK_PRICE, Who::Ours), find(TYPICAL, Who::Preheated)) {
        goals.push(at_most("T4 peak, × B2", 0.83, ours.peak_kw / preheated.peak_kw));
        goals.push(at_most("T4 K·h with that peak, × B2", 1.0, discomfort(ours, preheated)));
    }
    if let Some(ours) = find(TYPICAL, Who::Ours) {
        goals.push(Goal::new(
            "T5 useful share while jobs suffice",
            None,
            Bound::AtLeast(0.97),
            ours.useful_share,
        ));
    }
    for Kept { scenario, deadlines } in deadlines {
        let what = format!("T5 {scenario}: must-run deadlines met");
        goals.push(Goal::new(&what, None, Bound::AtLeast(0.999), deadlines.met_share()));
    }
    for scenario in [PEAK, TYPICAL] {
        if let Some(ours) = find(scenario, Who::Ours) {
            let share = ours.waste_kwh / ours.energy_kwh;
            goals.push(at_most(&format!("T6 {scenario}: waste, share of energy"), 0.005, share));
        }
    }
    if let (Some(bad), Some(clean)) = (find(BAD_SENSORS, Who::Ours), find(TYPICAL, Who::Ours)) {
        goals.push(at_most("T7 10 % bad sensors: K·h, × clean", 1.5, discomfort(bad, clean)));
        goals.push(at_most("T7 10 % bad sensors: heated above the band, K", 2.0, bad.above_band_k));
    }
    if let Some(capacity) = capacity {
        goals.push(at_most("T8 a step of 100,000 rooms, s of one core", 10.0, capacity.step_s));
        goals.push(at_most(
            "T8 a night's identification of 100,000 rooms, s of one core",
            600.0,
            capacity.night_s,
        ));
    }
    goals
}

fn uncapped(
    scenario: &str,
    ours: &Figures,
    hysteresis: &Figures,
    preheated: &Figures,
    foresight: &Figures,
) -> [Goal; 5] {
    let cost = ours.cost_with_discomfort_eur / foresight.cost_with_discomfort_eur;
    [
        at_most(&format!("T1 {scenario}: energy, × B2"), 0.97, ours.energy_kwh / preheated.energy_kwh),
        at_most(&format!("T1 {scenario}: K·h, × B2"), 1.0, discomfort(ours, preheated)),
        at_most(&format!("T1 {scenario}: cost with discomfort, × B3"), 1.1, cost),
        at_most(&format!("T2 {scenario}: K·h, × B0"), 0.15, discomfort(ours, hysteresis)),
        at_most(&format!("T2 {scenario}: energy, × B0"), 0.97, ours.energy_kwh / hysteresis.energy_kwh),
    ]
}

fn under_cap(ours: &Figures, proportional: &Figures, uncapped: &Figures) -> [Goal; 3] {
    [
        at_most("T3 cap 0.45: K·h, × uncapped", 1.3, discomfort(ours, uncapped)),
        at_most("T3 cap 0.45: K·h, × B4", 0.05, discomfort(ours, proportional)),
        at_most("T3 cap 0.45: peak over cap", 1.0, ours.peak_of_cap.unwrap_or(f64::NAN)),
    ]
}

/// Kelvin-hours over kelvin-hours.
fn discomfort(ours: &Figures, theirs: &Figures) -> f64 {
    ours.kelvin_hours / theirs.kelvin_hours.max(NO_DISCOMFORT_KH)
}

fn at_most(what: &str, bound: f64, measured: f64) -> Goal {
    Goal::new(what, None, Bound::AtMost(bound), measured)
}
