//! A heater learned from its own temperature and power.

use crate::history::{History, QUARTER_S, Quarter};
use crate::model::Emitter;

/// Fewer slots with heater and air measured say too little: a day's worth.
const LEAST_SLOTS: usize = 96;
/// The prior counts as this many slots at rated power, so that a heater that was hardly on keeps its data sheet.
const PRIOR_SLOTS: f64 = 24.0;
/// What a heater can be, s: from a bare wire to a tiled stove.
const LAG_S: std::ops::RangeInclusive<f64> = 60.0..=4.0 * 3600.0;
/// How far conductance may be from the data sheet: a factor of three.
const CONDUCTANCE_FACTOR: f64 = 3.0;

/// The heater as it was measured: `Th − Ta` decays by `a` in a slot and gains `b` kelvin per watt. In the model
/// `a = e^(−t/lag)` and `b = (1 − a)/Uh`; both by least squares, with the data sheet as so many slots of evidence.
/// `None` where too little was measured.
pub(crate) fn measured_emitter(history: &History, sheet: &Emitter) -> Option<Emitter> {
    let quarters: Vec<Quarter> = history.quarters().collect();
    let steps: Vec<[f64; 3]> = quarters.windows(3).filter_map(step).collect();
    if steps.len() < LEAST_SLOTS {
        return None;
    }
    let sheet_decay = (-QUARTER_S / sheet.lag_s).exp();
    let sheet_gain = (1.0 - sheet_decay) / sheet.conductance_w_per_k;
    // An excess of this many kelvin is full power; it makes the two regressors alike in size.
    let full_w = sheet.conductance_w_per_k * 35.0;
    let prior = [PRIOR_SLOTS * 35.0_f64.powi(2), PRIOR_SLOTS * full_w.powi(2)];
    let (mut aa, mut ab, mut bb) = (prior[0], 0.0, prior[1]);
    let (mut ay, mut by) = (prior[0] * sheet_decay, prior[1] * sheet_gain);
    for [excess_k, power_w, next_k] in steps {
        aa += excess_k * excess_k;
        ab += excess_k * power_w;
        bb += power_w * power_w;
        ay += excess_k * next_k;
        by += power_w * next_k;
    }
    let determinant = aa * bb - ab * ab;
    let decay = (ay * bb - by * ab) / determinant;
    let gain = (by * aa - ay * ab) / determinant;
    let sound = determinant > 0.0 && (0.0..1.0).contains(&decay) && gain > 0.0;
    sound.then(|| Emitter {
        conductance_w_per_k: ((1.0 - decay) / gain).clamp(
            sheet.conductance_w_per_k / CONDUCTANCE_FACTOR,
            sheet.conductance_w_per_k * CONDUCTANCE_FACTOR,
        ),
        lag_s: (-QUARTER_S / decay.max(f64::MIN_POSITIVE).ln()).clamp(*LAG_S.start(), *LAG_S.end()),
        ..*sheet
    })
}

/// Excess before, power between and excess after. The history has the heater's mean over a slot, which stands for
/// its middle, so that between two middles the power is half of the one slot's and half of the other's.
fn step(slots: &[Quarter]) -> Option<[f64; 3]> {
    let [before, first, second] = slots else { return None };
    if [before, first, second].iter().any(|slot| slot.disturbed) {
        return None;
    }
    let middle =
        |earlier: &Quarter, slot: &Quarter| Some(slot.heater_c? - f64::midpoint(earlier.air_c?, slot.air_c?));
    let power_w = f64::midpoint(first.power_w, second.power_w);
    Some([middle(before, first)?, power_w, middle(first, second)?])
}
