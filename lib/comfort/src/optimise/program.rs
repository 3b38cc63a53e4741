//! One room's problem as the caller states it, and as the solver holds it: in shares of rated power, in fixed arrays.

use nalgebra::{Matrix3, Vector3};

use super::terminal::Terminal;
use crate::model::{State, Step};

/// The longest horizon: a day of half hours.
pub const MAX_STEPS: usize = crate::HALF_HOURS;

/// No room has a gigawatt: what claims more is a wrong number and counts as this.
const GREATEST_W: f64 = 1e9;

/// Keep one room within its band at least cost.
///
/// `min Σ_k cost_k·u_k + r(u_k/P)² + w_lo,k[lo_k − Ta_k+1]₊² + w_hi,k[Ta_k+1 − hi_k]₊² − worth·(x_N − x_0)`
/// with `x_k+1 = A·x_k + B·u_k + drift_k` and `pmin_k ≤ u_k ≤ pmax_k`. The horizon is as long as the shortest of the
/// slices, and at most [`MAX_STEPS`]. Where `pmin > pmax`, `pmin` yields; a `pmax`, weight or effort
/// below zero counts as zero.
#[derive(Debug, Clone, Copy)]
pub struct RoomProblem<'a> {
    /// The room over one step.
    pub step: &'a Step,
    /// The room over the first step, where that is of another length.
    pub first: Option<&'a Step>,
    /// Temperatures at the start.
    pub start: State,
    /// What all but the heater adds in each step, K: [`Step::drift`] of the forecasts.
    pub drift: &'a [State],
    /// Lower bound of the air at the end of each step, °C.
    pub low_c: &'a [f64],
    /// Upper bound of the air at the end of each step, °C.
    pub high_c: &'a [f64],
    /// Cost of a kelvin squared below the lower bound at the end of each step.
    pub low_weight: &'a [f64],
    /// Cost of a kelvin squared above the upper bound at the end of each step.
    pub high_weight: &'a [f64],
    /// Cost of one watt during each step: price, carbon and caps less what the compute earns.
    pub cost_per_w: &'a [f64],
    /// Least power, W: jobs that must run.
    pub power_min_w: &'a [f64],
    /// Most power, W.
    pub power_max_w: &'a [f64],
    /// Rated power P, W: the scale of the effort.
    pub rated_w: f64,
    /// Cost r of a step at rated power beside its energy: smooths the plan.
    pub effort: f64,
    /// Worth of the heat left at the end.
    pub terminal: Terminal,
    /// Draws the plan towards another one, or nowhere.
    pub pull: Option<Pull<'a>>,
}

/// Adds `½·stiffness·(u_k − toward_k)²`: how rooms are brought to agree on a cap.
#[derive(Debug, Clone, Copy)]
pub struct Pull<'a> {
    /// Cost per W².
    pub stiffness_per_w2: f64,
    /// The plan it draws to, W.
    pub toward_w: &'a [f64],
}

/// The problem in `v = u/P`.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    pub(crate) steps: usize,
    first: Move,
    other: Move,
    pub(crate) scale_w: f64,
    pub(crate) start: State,
    pub(crate) worth: State,
    pub(crate) stages: [Stage; MAX_STEPS],
}

/// How a step moves the state.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Move {
    /// What remains of it.
    pub(crate) decay: Matrix3<f64>,
    /// What full power adds, K.
    pub(crate) push: State,
}

impl Move {
    fn of(step: &Step, scale_w: f64) -> Self {
        Self { decay: step.decay, push: step.per_watt() * scale_w }
    }
}

/// One step of a [`Program`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stage {
    pub(crate) drift: State,
    /// Cost per v, and per ½v².
    pub(crate) slope: f64,
    pub(crate) bend: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) low_c: f64,
    pub(crate) high_c: f64,
    pub(crate) low_weight: f64,
    pub(crate) high_weight: f64,
}

impl RoomProblem<'_> {
    /// Steps of the horizon.
    #[must_use]
    pub fn steps(&self) -> usize {
        [self.low_c, self.high_c, self.low_weight, self.high_weight, self.cost_per_w]
            .iter()
            .chain(&[self.power_min_w, self.power_max_w])
            .map(|slice| slice.len())
            .fold(self.drift.len().min(MAX_STEPS), usize::min)
    }

    /// Least and most power in step `k` as the plan obeys them, W.
    #[must_use]
    pub fn power_range_w(&self, k: usize) -> (f64, f64) {
        let most = GREATEST_W.min(self.power_max_w[k].max(0.0));
        (self.power_min_w[k].max(0.0).min(most), most)
    }

    /// Rated power, or the most power there is where none is known: what one unit of `v` stands for.
    pub(crate) fn scale_w(&self) -> f64 {
        if self.rated_w > 0.0 && self.rated_w <= GREATEST_W {
            return self.rated_w;
        }
        let most = self.power_max_w.iter().fold(0.0, |most: f64, &w| most.max(w)).min(GREATEST_W);
        if most > 0.0 { most } else { 1.0 }
    }
}

impl Default for Program {
    fn default() -> Self {
        Self {
            steps: 0,
            first: Move::default(),
            other: Move::default(),
            scale_w: 1.0,
            start: State::zeros(),
            worth: State::zeros(),
            stages: [Stage::default(); MAX_STEPS],
        }
    }
}

impl Program {
    pub(crate) fn of(problem: &RoomProblem<'_>) -> Self {
        let mut program = Self::default();
        program.load(problem);
        program
    }

    /// Takes a problem in.
    pub(crate) fn load(&mut self, problem: &RoomProblem<'_>) {
        let scale = problem.scale_w();
        self.steps = problem.steps();
        self.other = Move::of(problem.step, scale);
        self.first = problem.first.map_or(self.other, |step| Move::of(step, scale));
        self.scale_w = scale;
        self.start = problem.start;
        self.worth = problem.terminal.worth_per_k;
        for (k, stage) in self.stages.iter_mut().enumerate().take(self.steps) {
            *stage = stage_of(problem, k, scale);
        }
    }

    #[inline]
    pub(crate) fn step(&self, k: usize) -> &Move {
        if k == 0 { &self.first } else { &self.other }
    }

    /// The state after step `k` from `state` with `v`.
    #[inline]
    pub(crate) fn advance(&self, k: usize, state: &State, v: f64) -> State {
        let Move { decay, push } = self.step(k);
        decay * state + push * v + self.stages[k].drift
    }

    /// What is gained at the end by heat stored beyond the start's.
    pub(crate) fn worth_of(&self, end: &State) -> f64 {
        self.worth.dot(&Vector3::from(end - self.start))
    }
}

impl Stage {
    /// Cost of the power `v` and of the air it ends at.
    #[inline]
    pub(crate) fn cost(&self, v: f64, air_c: f64) -> f64 {
        let (below, above) = (self.below(air_c), self.above(air_c));
        self.slope * v
            + 0.5 * self.bend * v * v
            + self.low_weight * below * below
            + self.high_weight * above * above
    }

    /// The cost near `v` and `air_c`: the one-sided squares with their curvature where they are active (as a
    /// semismooth Newton step takes them).
    #[inline]
    pub(crate) fn near(&self, v: f64, air_c: f64) -> Quadratic {
        let (below, above) = (self.below(air_c), self.above(air_c));
        let low = if below > 0.0 { 2.0 * self.low_weight } else { 0.0 };
        let high = if above > 0.0 { 2.0 * self.high_weight } else { 0.0 };
        Quadratic {
            power_slope: self.slope + self.bend * v,
            power_bend: self.bend,
            air_slope: high * above - low * below,
            air_bend: low + high,
            room_down: self.least - v,
            room_up: self.most - v,
        }
    }

    pub(crate) fn below(&self, air_c: f64) -> f64 {
        (self.low_c - air_c).max(0.0)
    }

    pub(crate) fn above(&self, air_c: f64) -> f64 {
        (air_c - self.high_c).max(0.0)
    }
}

/// A stage's cost around a point of a path, and how far the power may move.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quadratic {
    pub(crate) power_slope: f64,
    pub(crate) power_bend: f64,
    pub(crate) air_slope: f64,
    pub(crate) air_bend: f64,
    pub(crate) room_down: f64,
    pub(crate) room_up: f64,
}

fn stage_of(problem: &RoomProblem<'_>, k: usize, scale: f64) -> Stage {
    let (least_w, most_w) = problem.power_range_w(k);
    let (stiffness, toward_w) = problem
        .pull
        .and_then(|pull| Some((pull.stiffness_per_w2, *pull.toward_w.get(k)?)))
        .unwrap_or((0.0, 0.0));
    Stage {
        drift: problem.drift[k],
        slope: (problem.cost_per_w[k] - stiffness * toward_w) * scale,
        bend: 2.0 * problem.effort.max(0.0) + stiffness * scale * scale,
        least: least_w / scale,
        most: most_w / scale,
        low_c: problem.low_c[k],
        high_c: problem.high_c[k],
        low_weight: problem.low_weight[k].max(0.0),
        high_weight: problem.high_weight[k].max(0.0),
    }
}
