//! The same problem by an interior-point solver, stated in another way: the air temperature is written out as a sum
//! over all earlier powers, and the one-sided squares are slack variables.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};
use comfort::{RoomProblem, State};

/// The objective of a plan, written out plainly from its definition.
pub(crate) fn objective(problem: &RoomProblem<'_>, power_w: &[f64]) -> f64 {
    let (mut state, mut cost) = (problem.start, 0.0);
    for (k, watts) in power_w.iter().enumerate() {
        state = problem.step.decay * state + problem.step.per_watt() * *watts + problem.drift[k];
        cost += problem.cost_per_w[k] * watts + problem.effort * (watts / problem.rated_w).powi(2);
        cost += problem.low_weight[k] * (problem.low_c[k] - state[0]).max(0.0).powi(2);
        cost += problem.high_weight[k] * (state[0] - problem.high_c[k]).max(0.0).powi(2);
    }
    cost - problem.terminal.worth_per_k.dot(&(state - problem.start))
}

/// The least cost of `problem`, sought in the variables `[v, below, above]`, `v = u/P`.
pub(crate) fn least_cost(problem: &RoomProblem<'_>) -> f64 {
    let n = problem.steps();
    let scale = problem.rated_w;
    let free = rolled(problem, None);
    let after_push: Vec<State> = rolled(problem, Some(scale));
    let mut rows = Rows::default();
    for k in 0..n {
        let (least, most) = problem.power_range_w(k);
        rows.add(&[(k, 1.0)], most / scale);
        rows.add(&[(k, -1.0)], -least / scale);
        rows.add(&[(n + k, -1.0)], 0.0);
        rows.add(&[(2 * n + k, -1.0)], 0.0);
        let by_power: Vec<(usize, f64)> = (0..=k).map(|j| (j, after_push[k - j][0])).collect();
        let mut below: Vec<_> = by_power.iter().map(|&(j, gain)| (j, -gain)).collect();
        below.push((n + k, -1.0));
        rows.add(&below, free[k][0] - problem.low_c[k]);
        let mut above = by_power;
        above.push((2 * n + k, -1.0));
        rows.add(&above, problem.high_c[k] - free[k][0]);
    }
    let mut linear = vec![0.0; 3 * n];
    let mut curvature = vec![0.0; 3 * n];
    for k in 0..n {
        linear[k] = problem.cost_per_w[k] * scale - problem.terminal.worth_per_k.dot(&after_push[n - 1 - k]);
        curvature[k] = 2.0 * problem.effort;
        curvature[n + k] = 2.0 * problem.low_weight[k];
        curvature[2 * n + k] = 2.0 * problem.high_weight[k];
    }
    let constant = problem.terminal.worth_per_k.dot(&(free[n - 1] - problem.start));
    rows.solve(&curvature, &linear) - constant
}

/// The states without power; or, from zero and without drift, after `push_w` in the first step alone.
fn rolled(problem: &RoomProblem<'_>, push_w: Option<f64>) -> Vec<State> {
    let mut state = if push_w.is_some() { State::zeros() } else { problem.start };
    (0..problem.steps())
        .map(|k| {
            let added = match push_w {
                Some(watts) if k == 0 => problem.step.per_watt() * watts,
                Some(_) => State::zeros(),
                None => problem.drift[k],
            };
            state = problem.step.decay * state + added;
            state
        })
        .collect()
}

/// Rows `Σ a·x ≤ b`.
#[derive(Default)]
struct Rows {
    entries: (Vec<usize>, Vec<usize>, Vec<f64>),
    bounds: Vec<f64>,
}

impl Rows {
    fn add(&mut self, row: &[(usize, f64)], bound: f64) {
        for &(column, value) in row {
            self.entries.0.push(self.bounds.len());
            self.entries.1.push(column);
            self.entries.2.push(value);
        }
        self.bounds.push(bound);
    }

    fn solve(self, curvature: &[f64], linear: &[f64]) -> f64 {
        let n = linear.len();
        let square = CscMatrix::new(n, n, (0..=n).collect(), (0..n).collect(), curvature.to_vec());
        let (rows, columns, values) = self.entries;
        let matrix = CscMatrix::new_from_triplets(self.bounds.len(), n, rows, columns, values);
        let settings = DefaultSettings {
            verbose: false,
            tol_gap_abs: 1e-11,
            tol_gap_rel: 1e-10,
            tol_feas: 1e-10,
            ..DefaultSettings::default()
        };
        let cones = [SupportedConeT::NonnegativeConeT(self.bounds.len())];
        let mut solver =
            DefaultSolver::new(&square, linear, &matrix, &self.bounds, &cones, settings).unwrap();
        solver.solve();
        let status = solver.solution.status;
        assert!(
            matches!(status, SolverStatus::Solved | SolverStatus::AlmostSolved),
            "the oracle ended with {status:?}"
        );
        solver.solution.obj_val
    }
}
