//! One room's plan: Newton steps from a first guess, each kept only where it lowers the cost; and where they zigzag,
//! the interior-point method in their stead.

use super::interior::Interior;
use super::program::{MAX_STEPS, Program, RoomProblem};
use super::riccati::{Path, Policy};

/// Plans rooms one after another in the same memory, without allocating.
#[derive(Debug, Clone, Default)]
pub struct RoomPlanner {
    program: Program,
    path: Path,
    trial: Path,
    policy: Policy,
    interior: Interior,
}

/// A room's plan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoomSolution {
    steps: usize,
    power_w: [f64; MAX_STEPS],
    air_c: [f64; MAX_STEPS],
    /// The cost reached.
    pub objective: f64,
    /// Whether no further step could save what [`RoomPlanner`] holds to be worth it.
    pub converged: bool,
    /// Backward sweeps that it took.
    pub sweeps: usize,
    /// Derivative of the whole cost by the first step's power, per W: zero inside the power's range.
    pub slope_per_w: f64,
    /// Its second derivative, the later steps being replanned, per W².
    pub curvature_per_w2: f64,
}

/// Work is bounded by sweeps, never by time. What has not converged by then zigzags between bounds of power and band:
/// three rooms in a hundred, from a cold start.
const MAX_SWEEPS: usize = 24;

/// A step that would save less than this share of the cost is not taken. The tests ask for 1e-6.
const TOLERANCE: f64 = 1e-9;

/// A trial must save this share of what was expected (Armijo).
const LEAST_SHARE_SAVED: f64 = 1e-4;

/// Trials of one step, each half as long as the one before.
const MAX_HALVINGS: u32 = 8;

/// Damping (cost per v²) relative to the cost's scale: where it begins, and how it grows and shrinks.
const FIRST_DAMPING: f64 = 1e-4;
const DAMPING_GROWTH: f64 = 10.0;

impl RoomSolution {
    /// Power in each step, W.
    #[must_use]
    pub fn power_w(&self) -> &[f64] {
        &self.power_w[..self.steps]
    }

    /// Air temperature at the end of each step, °C.
    #[must_use]
    pub fn air_c(&self) -> &[f64] {
        &self.air_c[..self.steps]
    }
}

impl RoomPlanner {
    /// The plan of least cost, sought from `guess_w` (an earlier plan, moved on; shorter ones are prolonged by the
    /// least power).
    pub fn plan(&mut self, problem: &RoomProblem<'_>, guess_w: &[f64]) -> RoomSolution {
        self.program.load(problem);
        self.guess(guess_w);
        if !self.path.cost.is_finite() {
            return self.no_plan();
        }
        let (mut converged, mut sweeps) = self.descend();
        if !converged {
            let inner = self.interior.solve(&self.program, &mut self.policy, &mut self.path);
            let polished = self.descend();
            (converged, sweeps) = (inner.0 || polished.0, sweeps + inner.1 + polished.1);
        }
        self.solution(converged, sweeps)
    }

    /// The least power throughout, where the problem holds what is no number.
    fn no_plan(&self) -> RoomSolution {
        let (stages, scale_w) = (&self.program.stages[..self.program.steps], self.program.scale_w);
        let mut power_w = [0.0; MAX_STEPS];
        for (watts, stage) in power_w.iter_mut().zip(stages) {
            *watts = finite_or_zero(stage.least * scale_w);
        }
        RoomSolution {
            steps: stages.len(),
            power_w,
            air_c: [finite_or_zero(self.program.start[0]); MAX_STEPS],
            objective: 0.0,
            converged: false,
            sweeps: 0,
            slope_per_w: 0.0,
            curvature_per_w2: 0.0,
        }
    }

    /// The given plan, kept within its range, with its cost and the first step's derivatives.
    pub fn judge(&mut self, problem: &RoomProblem<'_>, power_w: &[f64]) -> RoomSolution {
        self.program.load(problem);
        self.guess(power_w);
        self.sweep(0.0);
        self.solution(true, 1)
    }

    fn sweep(&mut self, damping: f64) {
        let (stages, path) = (&self.program.stages, &self.path);
        self.policy.sweep(&self.program, damping, |k| stages[k].near(path.power[k], path.states[k][0]));
    }

    fn guess(&mut self, guess_w: &[f64]) {
        let program = &self.program;
        for (k, stage) in program.stages.iter().enumerate().take(program.steps) {
            let guess = guess_w.get(k).map_or(stage.least, |watts| watts / program.scale_w);
            self.path.power[k] = guess.max(stage.least).min(stage.most);
        }
        self.path.roll(&self.program);
    }

    /// Steps until none is worth taking; whether that was reached, and the sweeps it took.
    fn descend(&mut self) -> (bool, usize) {
        let mut damping = 0.0;
        for sweep in 1..=MAX_SWEEPS {
            self.sweep(damping);
            let scale = self.scale();
            if self.policy.saves <= TOLERANCE * scale && damping <= FIRST_DAMPING * scale {
                return (true, sweep);
            }
            damping = if self.step() {
                if damping <= FIRST_DAMPING * scale { 0.0 } else { damping / DAMPING_GROWTH }
            } else {
                (damping * DAMPING_GROWTH).max(FIRST_DAMPING * scale)
            };
        }
        (false, MAX_SWEEPS)
    }

    /// Takes the longest of the halved steps that saves enough; whether there was one.
    fn step(&mut self) -> bool {
        for halving in 0..MAX_HALVINGS {
            let share = 0.5_f64.powi(halving as i32);
            self.trial.follow(&self.program, &self.path, &self.policy, share);
            if self.path.cost - self.trial.cost > LEAST_SHARE_SAVED * share * self.policy.saves {
                std::mem::swap(&mut self.path, &mut self.trial);
                return true;
            }
        }
        false
    }

    /// What a cost is measured by: its own size, or a step's energy where that is larger.
    fn scale(&self) -> f64 {
        let stages = &self.program.stages[..self.program.steps];
        let step = stages.iter().fold(0.0, |most: f64, stage| most.max(stage.slope.abs() + stage.bend));
        self.path.cost.abs().max(step).max(f64::MIN_POSITIVE)
    }

    fn solution(&self, converged: bool, sweeps: usize) -> RoomSolution {
        let scale_w = self.program.scale_w;
        let steps = self.program.steps;
        RoomSolution {
            steps,
            power_w: std::array::from_fn(|k| if k < steps { self.path.power[k] * scale_w } else { 0.0 }),
            air_c: std::array::from_fn(|k| if k < steps { self.path.states[k][0] } else { 0.0 }),
            objective: self.path.cost,
            converged,
            sweeps,
            slope_per_w: self.policy.first_slope / scale_w,
            curvature_per_w2: self.policy.first_bend / (scale_w * scale_w),
        }
    }
}

fn finite_or_zero(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}
