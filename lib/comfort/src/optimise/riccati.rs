//! One Newton step on a room's plan by a backward sweep (control-limited differential dynamic programming: Tassa,
//! Mansard, Todorov 2014), and the forward roll that tries it.
//!
//! With one heater per room the boxed quadratic programme of each step is a clamp.

use nalgebra::Matrix3;

use super::program::{MAX_STEPS, Move, Program, Quadratic};
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
    /// Sweeps back from the end with the quadratic costs that `near` gives for each step. `damping` (Levenberg) is
    /// added to the curvature of each power.
    #[inline]
    pub(crate) fn sweep(&mut self, program: &Program, damping: f64, near: impl Fn(usize) -> Quadratic) {
        let mut slope = -program.worth;
        let mut bend = Matrix3::zeros();
        self.saves = 0.0;
        for k in (0..program.steps).rev() {
            let near = near(k);
            let Move { decay, push } = program.step(k);
            slope[0] += near.air_slope;
            bend[(0, 0)] += near.air_bend;
            let bend_push: State = bend * push;
            let by_power = near.power_slope + push.dot(&slope);
            let by_power_twice = near.power_bend + push.dot(&bend_push);
            let by_both = decay.tr_mul(&bend_push);
            slope = decay.tr_mul(&slope);
            bend = decay.tr_mul(&(bend * decay));

            let curvature = (by_power_twice + damping).max(LEAST_CURVATURE);
            let wished = -by_power / curvature;
            let add = wished.max(near.room_down).min(near.room_up);
            self.add[k] = add;
            self.saves -= add * (by_power + 0.5 * by_power_twice * add);
            slope += by_both * add;
            self.answer[k] = State::zeros();
            if wished >= near.room_down && wished <= near.room_up {
                let answer = -by_both / curvature;
                slope += answer * (by_power + by_power_twice * add);
                let half = by_both + answer * (0.5 * by_power_twice);
                let cross = answer * half.transpose();
                bend += cross + cross.transpose();
                self.answer[k] = answer;
            }
            (self.first_slope, self.first_bend) = (by_power, by_power_twice);
        }
    }

    /// The change of each power and of the air after it that the sweep asks for, all costs being quadratic.
    pub(crate) fn changes(
        &self,
        program: &Program,
        power: &mut [f64; MAX_STEPS],
        air: &mut [f64; MAX_STEPS],
    ) {
        let mut away = State::zeros();
        for k in 0..program.steps {
            let change = self.add[k] + self.answer[k].dot(&away);
            let Move { decay, push } = program.step(k);
            away = decay * away + push * change;
            (power[k], air[k]) = (change, away[0]);
        }
    }
}

/// Stands for no curvature at all: the step then goes to the bound that the slope points to.
const LEAST_CURVATURE: f64 = 1e-12;
