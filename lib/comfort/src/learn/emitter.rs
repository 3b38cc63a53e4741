//! A heater learned from its own temperature and power.

use nalgebra::{Matrix3, Vector3};

use crate::history::{History, QUARTER_S, Quarter};
use crate::model::Emitter;

/// Fewer slots with heater and air measured say too little: a day's worth.
const LEAST_SLOTS: usize = 96;
/// The prior counts as this many slots at full excess and power, so that a heater that was never on keeps its data
/// sheet.
const PRIOR_SLOTS: f64 = 0.5;
/// Excess at which a heater counts as full, K.
const FULL_EXCESS_K: f64 = 35.0;
/// What a heater can be, s: from a bare wire to a tiled stove.
const LAG_S: std::ops::RangeInclusive<f64> = 60.0..=4.0 * 3600.0;
/// How far conductance may be from the data sheet: a factor of three.
const CONDUCTANCE_FACTOR: f64 = 3.0;

/// The heater as it was measured; `None` where too little was.
///
/// Means over slots of a first-order lag obey `e₁ = a·e₀ + b₀·u₀ + b₁·u₁` exactly for power constant in each slot, with
/// `a = e^(−t/lag)` and `b₀ + b₁ = (1 − a)/Uh`. The three are found by least squares, with the data sheet as a few
/// slots of evidence.
pub(crate) fn measured_emitter(history: &History, sheet: &Emitter) -> Option<Emitter> {
    let quarters: Vec<Quarter> = history.quarters().collect();
    let steps: Vec<(Vector3<f64>, f64)> = quarters.windows(2).filter_map(step).collect();
    if steps.len() < LEAST_SLOTS {
        return None;
    }
    let full_w = sheet.conductance_w_per_k * FULL_EXCESS_K;
    let decay = (-QUARTER_S / sheet.lag_s).exp();
    let gain = 0.5 * (1.0 - decay) / sheet.conductance_w_per_k;
    let weights = PRIOR_SLOTS * Vector3::new(FULL_EXCESS_K, full_w, full_w).map(|size| size * size);
    let mut squares = Matrix3::from_diagonal(&weights);
    let mut products = weights.component_mul(&Vector3::new(decay, gain, gain));
    for (before, after_k) in steps {
        squares += before * before.transpose();
        products += before * after_k;
    }
    let learned = squares.cholesky()?.solve(&products);
    let (decay, gain) = (learned[0], learned[1] + learned[2]);
    let sound = (0.0..1.0).contains(&decay) && gain > 0.0;
    let (least, most) = (1.0 / CONDUCTANCE_FACTOR, CONDUCTANCE_FACTOR);
    let factor = ((1.0 - decay) / gain / sheet.conductance_w_per_k).clamp(least, most);
    sound.then(|| Emitter {
        conductance_w_per_k: factor * sheet.conductance_w_per_k,
        lag_s: (-QUARTER_S / decay.max(f64::MIN_POSITIVE).ln()).clamp(*LAG_S.start(), *LAG_S.end()),
        ..*sheet
    })
}

/// Excess and power of one slot with the power of the next, and the excess of the next; both above the air between
/// them, so that warming air is not taken for a cooling heater.
fn step(slots: &[Quarter]) -> Option<(Vector3<f64>, f64)> {
    let [first, second] = slots else { return None };
    if first.disturbed || second.disturbed {
        return None;
    }
    let air_c = first.air_c?;
    let before = Vector3::new(first.heater_c? - air_c, first.power_w, second.power_w);
    Some((before, second.heater_c? - air_c))
}
