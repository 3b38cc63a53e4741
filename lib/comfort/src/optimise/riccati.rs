//! One Newton step on a room's plan by a backward sweep (control-limited differential dynamic programming: Tassa,
//! Mansard, Todorov 2014), and the forward roll that tries it.
//!
//! With one heater per room the boxed quadratic programme of each step is a clamp. The one-sided squares are taken by
//! their curvature where they are active (a semismooth Newton step).

use nalgebra::Matrix3;

use super::program::{MAX_STEPS, Program};
use crate::model::State;

/// A plan and where it leads.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    pub(crate) power: [f64; MAX_STEPS],
    /// The state at the end of each step.
    pub(crate) states: [State; MAX_STEPS],
    pub(crate) cost: f64,
}

/// How to better a path: what to add to each power, and how it answers to a state that differs from the path's.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    add: [f64; MAX_STEPS],
    answer: [State; MAX_STEPS],
    /// What a full step is expected to save.
    pub(crate) saves: f64,
    /// First and second derivative of the whole cost by the first power, the later ones being replanned.
    pub(crate) first_slope: f64,
    pub(crate) first_bend: f64,
}

/// Steps whose bound is not violated on the path but was by a trial from it: there the square is taken with its
/// curvature although it is not active.
///
/// A one-sided square `w[−z]₊²` at `z₀ > 0` lies nowhere above `w(z − z₀)²`. So as soon as no step outside these
/// violates its bound on a trial, the quadratic model lies above the cost and the trial must save what was expected.
/// Plain semismooth Newton steps zigzag there: with bounds that many steps touch, three rooms in a hundred stalled.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Held {
    low: u64,
    high: u64,
}

impl Held {
    /// Adds the bounds that `trial` violates and `path` does not; whether there were new ones.
    pub(crate) fn add(&mut self, program: &Program, path: &Path, trial: &Path) -> bool {
        let before = *self;
        for (k, stage) in program.stages.iter().enumerate().take(program.steps) {
            let (was_c, is_c) = (path.states[k][0], trial.states[k][0]);
            self.low |= u64::from(was_c >= stage.low_c && is_c < stage.low_c) << k;
            self.high |= u64::from(was_c <= stage.high_c && is_c > stage.high_c) << k;
        }
        self.low != before.low || self.high != before.high
    }

    /// The curvature that step `k` has by being held.
    #[inline]
    fn bend(self, program: &Program, k: usize) -> f64 {
        let stage = &program.stages[k];
        let low = if self.low >> k & 1 == 1 { 2.0 * stage.low_weight } else { 0.0 };
        let high = if self.high >> k & 1 == 1 { 2.0 * stage.high_weight } else { 0.0 };
        low + high
    }
}

impl Default for Path {
    fn default() -> Self {
        Self { power: [0.0; MAX_STEPS], states: [State::zeros(); MAX_STEPS], cost: 0.0 }
    }
}

impl Default for Policy {
    fn default() -> Self {
        let (add, answer) = ([0.0; MAX_STEPS], [State::zeros(); MAX_STEPS]);
        Self { add, answer, saves: 0.0, first_slope: 0.0, first_bend: 0.0 }
    }
}

impl Path {
    /// Follows the powers already in the path.
    pub(crate) fn roll(&mut self, program: &Program) {
        let (mut state, mut cost) = (program.start, 0.0);
        for k in 0..program.steps {
            let v = self.power[k];
            state = program.advance(k, &state, v);
            cost += program.stages[k].cost(v, state[0]);
            self.states[k] = state;
        }
        self.cost = cost - program.worth_of(&state);
    }

    /// Follows `policy` around `path` with its additions shortened to `share`.
    pub(crate) fn follow(&mut self, program: &Program, path: &Path, policy: &Policy, share: f64) {
        let (mut state, mut away, mut cost) = (program.start, State::zeros(), 0.0);
        for (k, stage) in program.stages.iter().enumerate().take(program.steps) {
            let wished = path.power[k] + share * policy.add[k] + policy.answer[k].dot(&away);
            let v = wished.max(stage.least).min(stage.most);
            state = program.advance(k, &state, v);
            cost += stage.cost(v, state[0]);
            away = state - path.states[k];
            self.power[k] = v;
            self.states[k] = state;
        }
        self.cost = cost - program.worth_of(&state);
    }
}

impl Policy {
    /// Sweeps back from the end of `path`. `damping` (Levenberg) is added to the curvature of each power.
    pub(crate) fn sweep(&mut self, program: &Program, path: &Path, held: &Held, damping: f64) {
        let mut slope = -program.worth;
        let mut bend = Matrix3::zeros();
        self.saves = 0.0;
        for k in (0..program.steps).rev() {
            let (stage, v) = (&program.stages[k], path.power[k]);
            let (band_slope, band_bend) = stage.band(path.states[k][0]);
            slope[0] += band_slope;
            bend[(0, 0)] += band_bend + held.bend(program, k);
            let bend_push: State = bend * program.push;
            let by_power = stage.slope + stage.bend * v + program.push.dot(&slope);
            let by_power_twice = stage.bend + program.push.dot(&bend_push);
            let by_both = program.decay.tr_mul(&bend_push);
            slope = program.decay.tr_mul(&slope);
            bend = program.decay.tr_mul(&(bend * program.decay));

            let curvature = (by_power_twice + damping).max(LEAST_CURVATURE);
            let wished = v - by_power / curvature;
            let add = wished.max(stage.least).min(stage.most) - v;
            self.add[k] = add;
            self.saves -= add * (by_power + 0.5 * by_power_twice * add);
            slope += by_both * add;
            if wished >= stage.least && wished <= stage.most {
                let answer = -by_both / curvature;
                self.answer[k] = answer;
                slope += answer * (by_power + by_power_twice * add);
                let half = by_both + answer * (0.5 * by_power_twice);
                let cross = answer * half.transpose();
                bend += cross + cross.transpose();
            } else {
                self.answer[k] = State::zeros();
            }
            if k == 0 {
                (self.first_slope, self.first_bend) = (by_power, by_power_twice);
            }
        }
    }
}

/// Stands for no curvature at all: the step then goes to the bound that the slope points to.
const LEAST_CURVATURE: f64 = 1e-12;
