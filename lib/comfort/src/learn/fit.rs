//! The most probable room: Levenberg–Marquardt on errors of predictions, with a prior and a box.
//!
//! Learned from are errors of predictions of many hours, as plans are made of them: a fit of the next step alone can
//! be right about the next step and absurd about the day (Farina and Piroddi 2011 on multi-step identification). Errors
//! at each horizon are divided by their own size, estimated on the way, so that the hour is not drowned by the day.

use nalgebra::SVector;

use super::predictor::Pass;
use super::record::{PER_HOUR, Record};
use crate::certainty::Information;
use crate::theta::{PARAMETERS, Scale, Theta};

/// Horizons learned from, in slots.
const HORIZONS: [usize; 5] = [1, PER_HOUR, 3 * PER_HOUR, 6 * PER_HOUR, 24 * PER_HOUR];
/// Predictions that start closer together say the same: at least so many slots apart, half an hour.
const STARTS_APART: usize = 2;
/// Huber's bound in standard deviations: 95 % as good as least squares where errors are normal (Huber 1964).
const HUBER: f64 = 1.345;
/// Steps of the search times slots of the record: the work of a night's learning, whatever the length of the record.
/// Four steps for ten days, as nights follow each other and each starts where the last ended; more for young rooms.
const WORK: usize = 4 * 960;
/// Least and most steps of the search.
const STEPS: std::ops::RangeInclusive<usize> = 4..=24;
/// Steps after which the size of the errors is estimated again.
const STEPS_PER_SIGMA: usize = 2;
/// Dampings tried in a step before it is given up.
const TRIES: usize = 5;
/// Damping at first and at least, in parts of the diagonal.
const FIRST_DAMPING: f64 = 1e-2;
const LEAST_DAMPING: f64 = 1e-6;
/// No standard deviation is believed to be smaller, K: the noise of a room sensor.
const LEAST_SIGMA_K: f64 = 0.05;
/// Step of the finite differences, in units of θ: the cost is smooth, and half the digits of an `f64` remain.
const DIFFERENCE: f64 = 1e-5;

type Gradient = SVector<f64, PARAMETERS>;
type Sigmas = [f64; HORIZONS.len()];

/// What is to be learned from what, and what is believed before.
pub(super) struct Problem<'a> {
    pub(super) record: &'a Record,
    pub(super) scale: Scale,
    pub(super) middle: Theta,
    pub(super) spread: Theta,
    /// Nothing that ends at this slot or later is learned from.
    pub(super) until: usize,
}

/// The most probable θ and how sharply it is known.
pub(super) struct Fit {
    pub(super) theta: Theta,
    pub(super) information: Information,
}

/// A point of the search with the predictions made there.
struct Point {
    theta: Theta,
    pass: Pass,
    cost: f64,
}

/// A prediction that is learned from: the slot at whose end it starts, and its horizon.
struct Target {
    from: usize,
    horizon: usize,
}

impl Target {
    fn error_k(&self, pass: &Pass) -> f64 {
        pass.error_k(self.from, self.horizon, HORIZONS[self.horizon])
    }
}

impl Problem<'_> {
    /// Searches from `start`; `None` where no prediction can be judged.
    pub(super) fn solve(&self, start: &Theta) -> Option<Fit> {
        let targets = self.targets();
        if targets.is_empty() {
            return None;
        }
        let theta = start.boxed(&self.middle);
        let mut point = Point { theta, pass: self.pass(&theta), cost: f64::MAX };
        let (mut sigmas, mut damping) = ([1.0; HORIZONS.len()], FIRST_DAMPING);
        let mut information = Information::zeros();
        for step in 0..(WORK / self.record.slots.len().max(1)).clamp(*STEPS.start(), *STEPS.end()) {
            if step % STEPS_PER_SIGMA == 0 {
                sigmas = self.sigmas(&point.pass, &targets);
                point.cost = self.cost(&point.theta, &point.pass, &targets, &sigmas);
            }
            let (here, better) = self.better(&point, &targets, &sigmas, &mut damping);
            information = here;
            point = better.unwrap_or(point);
        }
        Some(Fit { theta: point.theta, information })
    }

    /// What is known here, and the next point downhill if one is found; the damping grows until it is.
    fn better(
        &self,
        point: &Point,
        targets: &[Target],
        sigmas: &Sigmas,
        damping: &mut f64,
    ) -> (Information, Option<Point>) {
        let (information, gradient) = self.normal_equations(point, targets, sigmas);
        for _ in 0..TRIES {
            let damped = information + Information::from_diagonal(&(information.diagonal() * *damping));
            if let Some(factor) = damped.cholesky() {
                let move_by = factor.solve(&gradient);
                let theta = Theta(std::array::from_fn(|i| point.theta.0[i] - move_by[i])).boxed(&self.middle);
                let pass = self.pass(&theta);
                let cost = self.cost(&theta, &pass, targets, sigmas);
                if cost < point.cost {
                    *damping = (*damping * 0.1).max(LEAST_DAMPING);
                    return (information, Some(Point { theta, pass, cost }));
                }
            }
            *damping *= 10.0;
        }
        (information, None)
    }

    fn pass(&self, theta: &Theta) -> Pass {
        Pass::of(&self.scale.room(theta), self.record, &HORIZONS)
    }

    fn targets(&self) -> Vec<Target> {
        let mut next = 0;
        let mut targets = Vec::new();
        for from in 0..self.until.min(self.record.slots.len()) {
            if from < next {
                continue;
            }
            let before = targets.len();
            for (horizon, ahead) in HORIZONS.iter().enumerate() {
                if from + ahead < self.until && self.record.judges(from, from + ahead) {
                    targets.push(Target { from, horizon });
                }
            }
            if targets.len() > before {
                next = from + STARTS_APART;
            }
        }
        targets
    }

    /// Minus the logarithm of the posterior, but for a constant.
    fn cost(&self, theta: &Theta, pass: &Pass, targets: &[Target], sigmas: &Sigmas) -> f64 {
        let prior: f64 =
            self.off(theta).zip(self.spread.0).map(|(off, spread)| 0.5 * (off / spread).powi(2)).sum();
        let data: f64 = targets
            .iter()
            .map(|target| weight(target.horizon) * huber(target.error_k(pass) / sigmas[target.horizon]))
            .sum();
        let cost = prior + data;
        if cost.is_finite() { cost } else { f64::MAX }
    }

    /// The Gauss–Newton approximation of the cost's second derivative, and its first.
    fn normal_equations(
        &self,
        point: &Point,
        targets: &[Target],
        sigmas: &Sigmas,
    ) -> (Information, Gradient) {
        let precision = Gradient::from_fn(|i, _| self.spread.0[i].powi(-2));
        let mut information = Information::from_diagonal(&precision);
        let mut gradient = Gradient::from_iterator(self.off(&point.theta)).component_mul(&precision);
        let moved: [Pass; PARAMETERS] = std::array::from_fn(|i| {
            let mut moved = point.theta;
            moved.0[i] += DIFFERENCE;
            self.pass(&moved)
        });
        for target in targets {
            let (error_k, sigma_k) = (target.error_k(&point.pass), sigmas[target.horizon]);
            let slope = Gradient::from_fn(|i, _| (target.error_k(&moved[i]) - error_k) / DIFFERENCE);
            let robust = (HUBER * sigma_k / error_k.abs()).min(1.0);
            let weight = weight(target.horizon) * robust / sigma_k.powi(2);
            gradient += slope * (weight * error_k);
            information.syger(weight, &slope, &slope, 1.0);
        }
        information.fill_upper_triangle_with_lower_triangle();
        (information, gradient)
    }

    fn off(&self, theta: &Theta) -> impl Iterator<Item = f64> {
        let middle = self.middle;
        theta.0.into_iter().zip(middle.0).map(|(value, middle)| value - middle)
    }

    /// Root mean square of the errors at each horizon.
    fn sigmas(&self, pass: &Pass, targets: &[Target]) -> Sigmas {
        let (mut squares, mut counts) = ([0.0; HORIZONS.len()], [0.0; HORIZONS.len()]);
        for target in targets {
            squares[target.horizon] += target.error_k(pass).powi(2);
            counts[target.horizon] += 1.0;
        }
        std::array::from_fn(|h| {
            let sigma_k = (squares[h] / counts[h]).sqrt();
            if sigma_k.is_finite() { sigma_k.max(LEAST_SIGMA_K) } else { 1.0 }
        })
    }
}

/// What a prediction over one slot counts, where one starts in every slot: a quarter, as errors of a model that lacks
/// people and neighbours stay alike for about an hour, and four slots say one thing.
const EVIDENCE_PER_SLOT: f64 = 0.25;

/// How much a prediction counts. Those over h slots share all but one slot with the next: as independent evidence
/// they would count 1/h. With that the day is left to the prior, and counted alike a few days overrule it; between
/// the two stands the root.
fn weight(horizon: usize) -> f64 {
    EVIDENCE_PER_SLOT * STARTS_APART as f64 / (HORIZONS[horizon] as f64).sqrt()
}

fn huber(scaled: f64) -> f64 {
    let size = scaled.abs();
    if size <= HUBER { 0.5 * size * size } else { HUBER * (size - 0.5 * HUBER) }
}
