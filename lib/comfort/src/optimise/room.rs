//! One room's plan: Newton steps from a first guess, each kept only where it lowers the cost.

use super::program::{MAX_STEPS, Program, RoomProblem};
use super::riccati::{Held, Path, Policy};

/// Plans rooms one after another in the same memory, without allocating.
#[derive(Debug, Clone, Default)]
pub struct RoomPlanner {
    program: Program,
    path: Path,
    trial: Path,
    policy: Policy,
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

/// Work is bounded by sweeps, never by time. Cold starts of random rooms need 9 on average and 40 at worst.
const MAX_SWEEPS: usize = 60;

/// A step that would save less than this share of the cost is not taken. The tests ask for 1e-6.
const TOLERANCE: f64 = 1e-9;

/// A trial must save this share of what was expected (Armijo).
const LEAST_SHARE_SAVED: f64 = 1e-4;

/// A full step that saves this share of what was expected is taken as it is.
const GOOD_SHARE_SAVED: f64 = 0.25;

/// Trials of one step, each half as long as the one before.
const MAX_HALVINGS: i32 = 8;

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
        let (converged, sweeps) = self.descend();
        self.solution(converged, sweeps)
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
        let (mut damping, mut held) = (0.0, Held::default());
        for sweep in 1..=MAX_SWEEPS {
            self.policy.sweep(&self.program, &self.path, &held, damping);
            let scale = self.scale();
            if std::env::var("TR").is_ok() {
                eprintln!(
                    "{sweep} cost {:.12e} saves {:.3e} damping {:.3e} scale {:.3e}",
                    self.path.cost, self.policy.saves, damping, scale
                );
            }
            if self.policy.saves <= TOLERANCE * scale && damping <= FIRST_DAMPING * scale {
                return (true, sweep);
            }
            self.trial.follow(&self.program, &self.path, &self.policy, 1.0);
            if self.saved() >= GOOD_SHARE_SAVED * self.policy.saves {
                std::mem::swap(&mut self.path, &mut self.trial);
                held = Held::default();
                damping = if damping <= FIRST_DAMPING * scale { 0.0 } else { damping / DAMPING_GROWTH };
            } else if !held.add(&self.program, &self.path, &self.trial) {
                if self.shorter_step() {
                    held = Held::default();
                } else {
                    damping = (damping * DAMPING_GROWTH).max(FIRST_DAMPING * scale);
                }
            }
        }
        (false, MAX_SWEEPS)
    }

    /// Takes the longest of the halved steps that saves enough; whether there was one.
    fn shorter_step(&mut self) -> bool {
        for halving in 1..MAX_HALVINGS {
            let share = 0.5_f64.powi(halving);
            self.trial.follow(&self.program, &self.path, &self.policy, share);
            if self.saved() > LEAST_SHARE_SAVED * share * self.policy.saves {
                std::mem::swap(&mut self.path, &mut self.trial);
                return true;
            }
        }
        false
    }

    /// What the trial saves.
    fn saved(&self) -> f64 {
        self.path.cost - self.trial.cost
    }

    /// What a cost is measured by: its own size, or a step's energy where that is larger.
    fn scale(&self) -> f64 {
        let stages = &self.program.stages[..self.program.steps];
        let step = stages.iter().fold(0.0, |most: f64, stage| most.max(stage.slope.abs() + stage.bend));
        self.path.cost.abs().max(step).max(f64::MIN_POSITIVE)
    }

    fn solution(&self, converged: bool, sweeps: usize) -> RoomSolution {
        let scale_w = self.program.scale_w;
        RoomSolution {
            steps: self.program.steps,
            power_w: self.path.power.map(|v| v * scale_w),
            air_c: self.path.states.map(|state| state[0]),
            objective: self.path.cost,
            converged,
            sweeps,
            slope_per_w: self.policy.first_slope / scale_w,
            curvature_per_w2: self.policy.first_bend / (scale_w * scale_w),
        }
    }
}
