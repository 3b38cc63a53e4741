//! A room's plan by a primal-dual interior-point method over the same backward sweep, for the few rooms whose bounds
//! make the Newton steps zigzag.
//!
//! The bounds of the power carry multipliers `z` with `z·distance = μ`. A one-sided square `w[−z]₊²` carries its slope
//! `λ` with `λ·t = μ` and `t = λ/2w − z_violation`, so that as `μ → 0` either the bound holds (`λ = 0`) or `λ` is
//! twice `w` times the violation. Each Newton step on these is a linear-quadratic problem without bounds, hence one
//! sweep. See Nocedal and Wright 2006, chapter 16.6, for the method.

use super::program::{MAX_STEPS, Program, Quadratic, Stage};
use super::riccati::{Path, Policy};

/// Multipliers and search directions of the method.
#[derive(Debug, Clone)]
pub(crate) struct Interior {
    bounds: [[Pair; 4]; MAX_STEPS],
    power_change: [f64; MAX_STEPS],
    air_change: [f64; MAX_STEPS],
}

/// A multiplier and the distance it pairs with. Along a step the distance grows by `by_multiplier` per unit of the
/// multiplier, and by `sign` per unit of power (the first two) or air (the last two).
#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    multiplier: f64,
    distance: f64,
    by_multiplier: f64,
    /// No such bound: a weight of zero, or a power without room to move.
    absent: bool,
}

/// Iterations; each costs a sweep. Random rooms need 10 to 20.
const MAX_ITERATIONS: usize = 40;

/// Each iteration aims at this share of the mean product: small enough for few iterations, large enough that single
/// products do not vanish before the others.
const CENTRING: f64 = 0.1;

/// Share of the way to the nearest bound that a step may go.
const STEP_TO_BOUND: f64 = 0.995;

/// Sum of the products, relative to the cost, at which the plan is as good as exact.
const TOLERANCE: f64 = 1e-9;

/// How far inside its bounds a power begins, as a share of its range.
const INSET: f64 = 0.05;

const SIGNS: [f64; 4] = [1.0, -1.0, 1.0, -1.0];

impl Default for Interior {
    fn default() -> Self {
        let zeros = [0.0; MAX_STEPS];
        Self { bounds: [[Pair::default(); 4]; MAX_STEPS], power_change: zeros, air_change: zeros }
    }
}

impl Interior {
    /// Betters `path` until the products are small; whether they got so, and the sweeps it took.
    pub(crate) fn solve(&mut self, program: &Program, policy: &mut Policy, path: &mut Path) -> (bool, usize) {
        let mut aim = self.begin(program, path);
        let mut residual = 1.0;
        for iteration in 1..=MAX_ITERATIONS {
            let bounds = &self.bounds;
            policy.sweep(program, 0.0, |k| near(&program.stages[k], &bounds[k], path.power[k], aim));
            policy.changes(program, &mut self.power_change, &mut self.air_change);
            let share = self.longest(program, aim);
            self.advance(program, path, aim, share);
            residual *= 1.0 - share;
            let (products, pairs) = self.products(program);
            if products <= TOLERANCE * path.cost.abs().max(TOLERANCE) && residual <= TOLERANCE {
                return (true, iteration);
            }
            aim = CENTRING * products / pairs.max(1.0);
        }
        (false, MAX_ITERATIONS)
    }

    /// Moves the path inside its bounds and gives each pair the product it returns.
    fn begin(&mut self, program: &Program, path: &mut Path) -> f64 {
        let steps = program.steps;
        for (power, stage) in path.power.iter_mut().zip(&program.stages[..steps]) {
            let inset = INSET * (stage.most - stage.least);
            *power = power.max(stage.least + inset).min(stage.most - inset);
        }
        path.roll(program);
        let aim = CENTRING * path.cost.abs().max(TOLERANCE) / steps.max(1) as f64;
        for (k, stage) in program.stages.iter().enumerate().take(steps) {
            let (v, air_c) = (path.power[k], path.states[k][0]);
            let fixed = stage.most <= stage.least;
            self.bounds[k] = [
                hard(v - stage.least, aim, fixed),
                hard(stage.most - v, aim, fixed),
                soft(air_c - stage.low_c, stage.low_weight, aim),
                soft(stage.high_c - air_c, stage.high_weight, aim),
            ];
        }
        aim
    }

    /// Longest share of the step, at most 1, that keeps every multiplier and distance positive.
    fn longest(&self, program: &Program, aim: f64) -> f64 {
        let mut share = 1.0_f64;
        for k in 0..program.steps {
            for (pair, moved) in self.bounds[k].iter().zip(self.moved(k)) {
                if pair.absent {
                    continue;
                }
                let (multiplier, distance) = pair.change(moved, aim);
                for (value, change) in [(pair.multiplier, multiplier), (pair.distance, distance)] {
                    if change < 0.0 {
                        share = share.min(-STEP_TO_BOUND * value / change);
                    }
                }
            }
        }
        share
    }

    fn advance(&mut self, program: &Program, path: &mut Path, aim: f64, share: f64) {
        for k in 0..program.steps {
            let moved = self.moved(k);
            for (pair, moved) in self.bounds[k].iter_mut().zip(moved) {
                let (multiplier, distance) = pair.change(moved, aim);
                pair.multiplier += share * multiplier;
                pair.distance += share * distance;
            }
            path.power[k] += share * self.power_change[k];
        }
        path.roll(program);
    }

    /// By how much step `k`'s move widens each of its distances, multipliers apart.
    fn moved(&self, k: usize) -> [f64; 4] {
        let (power, air) = (self.power_change[k], self.air_change[k]);
        [SIGNS[0] * power, SIGNS[1] * power, SIGNS[2] * air, SIGNS[3] * air]
    }

    /// Sum and number of the products.
    fn products(&self, program: &Program) -> (f64, f64) {
        let present = self.bounds[..program.steps].iter().flatten().filter(|pair| !pair.absent);
        present.fold((0.0, 0.0), |(sum, count), pair| (sum + pair.multiplier * pair.distance, count + 1.0))
    }
}

/// A bound that must hold.
fn hard(distance: f64, aim: f64, fixed: bool) -> Pair {
    let distance = distance.max(f64::MIN_POSITIVE);
    Pair { multiplier: aim / distance, distance, by_multiplier: 0.0, absent: fixed }
}

/// A bound that may be violated at the cost of `weight` per square; `clear_k` is how far it holds.
fn soft(clear_k: f64, weight: f64, aim: f64) -> Pair {
    if weight <= 0.0 {
        return Pair { absent: true, ..Pair::default() };
    }
    let multiplier = weight * ((clear_k * clear_k + 2.0 * aim / weight).sqrt() - clear_k);
    let multiplier = multiplier.max(f64::MIN_POSITIVE);
    let by_multiplier = 0.5 / weight;
    Pair { multiplier, distance: aim / multiplier, by_multiplier, absent: false }
}

impl Pair {
    /// Change of multiplier and distance by a Newton step on `multiplier·distance = aim`, the rest of the step
    /// widening the distance by `moved`.
    fn change(&self, moved: f64, aim: f64) -> (f64, f64) {
        if self.absent {
            return (0.0, 0.0);
        }
        let missing = aim - self.multiplier * self.distance - self.multiplier * moved;
        let multiplier = missing / self.pivot();
        (multiplier, multiplier * self.by_multiplier + moved)
    }

    fn pivot(&self) -> f64 {
        self.distance + self.multiplier * self.by_multiplier
    }

    /// Slope and curvature that this pair adds to the cost along its distance.
    fn near(&self, aim: f64) -> (f64, f64) {
        if self.absent {
            return (0.0, 0.0);
        }
        let (slope, _) = self.change(0.0, aim);
        (-(self.multiplier + slope), self.multiplier / self.pivot())
    }
}

/// A stage's cost with its bounds taken up by multipliers.
fn near(stage: &Stage, pairs: &[Pair; 4], v: f64, aim: f64) -> Quadratic {
    let parts = pairs.map(|pair| pair.near(aim));
    let slope = |i: usize| SIGNS[i] * parts[i].0 + SIGNS[i + 1] * parts[i + 1].0;
    let fixed = pairs[0].absent;
    let room = if fixed { 0.0 } else { f64::INFINITY };
    Quadratic {
        power_slope: stage.slope + stage.bend * v + slope(0),
        power_bend: stage.bend + parts[0].1 + parts[1].1,
        air_slope: slope(2),
        air_bend: parts[2].1 + parts[3].1,
        room_down: -room,
        room_up: room,
    }
}
