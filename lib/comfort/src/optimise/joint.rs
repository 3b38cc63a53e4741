//! All rooms of a building in one sparse quadratic programme, solved by clarabel's interior-point method.
//!
//! Variables of each room and step: `v = u/P`, the three temperatures after the step, and a slack for each bound that
//! has a weight. The states stay in, tied by equalities: so the matrices are as sparse as the rooms.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};

use super::building::{BuildingProblem, Prices};
use super::program::{Program, Stage};

/// Iterations of the interior-point method; it takes 10 to 25.
const MAX_ITERATIONS: u32 = 60;

/// Gap and feasibility: far finer than any forecast, coarse enough to be reached always.
const TOLERANCE: f64 = 1e-7;

/// Sums under caps are counted in kilowatts, so that their rows are of the size of the others.
const WATTS: f64 = 1e-3;

/// Plans and prices, or `None` where the solver did not end well.
pub(crate) fn solve(problem: &BuildingProblem<'_>) -> Option<(Vec<Vec<f64>>, Prices)> {
    let mut model = Model::default();
    let rooms: Vec<_> = problem.rooms.iter().map(|room| model.room(&Program::of(room))).collect();
    let caps = model.caps(problem, &rooms);
    let (x, duals) = model.solve()?;
    let power_w =
        rooms.iter().map(|room| room.power.iter().map(|&at| x[at] * room.scale_w).collect()).collect();
    let mut prices = Prices { stiffness: 1.0, ..Prices::zero(problem) };
    for (cap, k, row) in caps {
        let price = (duals[row] * WATTS).max(0.0);
        match cap {
            Some(cap) => prices.caps[cap][k] = price,
            None => prices.peak[k] = price,
        }
    }
    Some((power_w, prices))
}

/// Where a room's powers stand among the variables.
struct Room {
    scale_w: f64,
    power: Vec<usize>,
    most: Vec<f64>,
}

/// `min ½xᵀDx + cᵀx`, equalities first, then `Σ a·x ≤ b`.
#[derive(Default)]
struct Model {
    bend: Vec<f64>,
    slope: Vec<f64>,
    equal: Rows,
    atmost: Rows,
}

#[derive(Default)]
struct Rows {
    row: Vec<usize>,
    column: Vec<usize>,
    value: Vec<f64>,
    bound: Vec<f64>,
}

impl Rows {
    fn add(&mut self, entries: impl IntoIterator<Item = (usize, f64)>, bound: f64) -> usize {
        let row = self.bound.len();
        for (column, value) in entries {
            self.row.push(row);
            self.column.push(column);
            self.value.push(value);
        }
        self.bound.push(bound);
        row
    }
}

impl Model {
    fn variable(&mut self, slope: f64, bend: f64) -> usize {
        self.slope.push(slope);
        self.bend.push(bend);
        self.slope.len() - 1
    }

    fn room(&mut self, program: &Program) -> Room {
        let steps = program.steps;
        let mut room = Room { scale_w: program.scale_w, power: Vec::new(), most: Vec::new() };
        let mut before: Option<[usize; 3]> = None;
        for (k, stage) in program.stages.iter().enumerate().take(steps) {
            let v = self.variable(stage.slope, stage.bend);
            let last = k + 1 == steps;
            let worth = |i: usize| if last { -program.worth[i] } else { 0.0 };
            let after = [0, 1, 2].map(|i| self.variable(worth(i), 0.0));
            self.dynamics(program, k, v, before, after);
            self.atmost.add([(v, 1.0)], stage.most);
            self.atmost.add([(v, -1.0)], -stage.least);
            self.band(stage, after[0]);
            before = Some(after);
            room.power.push(v);
            room.most.push(stage.most * program.scale_w);
        }
        room
    }

    /// `x⁺ − A·x − B·v = drift`, the first x being known.
    fn dynamics(
        &mut self,
        program: &Program,
        k: usize,
        v: usize,
        before: Option<[usize; 3]>,
        after: [usize; 3],
    ) {
        let known =
            if before.is_some() { program.stages[k].drift } else { program.advance(k, &program.start, 0.0) };
        for i in 0..3 {
            let own = [(after[i], 1.0), (v, -program.step(k).push[i])];
            let carried = before.into_iter().flat_map(|x| (0..3).map(move |j| (x[j], j)));
            let carried = carried.map(|(column, j)| (column, -program.step(k).decay[(i, j)]));
            self.equal.add(own.into_iter().chain(carried), known[i]);
        }
    }

    /// A slack for each side with a weight; it need not be told to be positive, since zero is its cheapest value.
    fn band(&mut self, stage: &Stage, air: usize) {
        if stage.low_weight > 0.0 {
            let below = self.variable(0.0, 2.0 * stage.low_weight);
            self.atmost.add([(air, -1.0), (below, -1.0)], -stage.low_c);
        }
        if stage.high_weight > 0.0 {
            let above = self.variable(0.0, 2.0 * stage.high_weight);
            self.atmost.add([(air, 1.0), (above, -1.0)], stage.high_c);
        }
    }

    /// Rows of the caps that could be reached, and of the peak (`None`): which, in which step, at which row.
    fn caps(&mut self, problem: &BuildingProblem<'_>, rooms: &[Room]) -> Vec<(Option<usize>, usize, usize)> {
        let (circuits, steps) = (problem.circuits, problem.steps());
        let peak = problem.peak.filter(|peak| peak.cost_per_w > 0.0);
        let level = peak.map(|peak| {
            let level = self.variable(peak.cost_per_w / WATTS, 0.0);
            self.atmost.add([(level, -1.0)], -peak.so_far_w * WATTS);
            level
        });
        let mut members = vec![Vec::new(); circuits.caps().len()];
        for room in 0..rooms.len() {
            circuits.over_room(room).for_each(|cap| members[cap].push(room));
        }
        let mut added = Vec::new();
        for k in 0..steps {
            let draws = |members: &[usize]| {
                let draw = |&room: &usize| (rooms[room].power[k], rooms[room].scale_w * WATTS);
                members.iter().map(draw).collect::<Vec<_>>()
            };
            for (index, members) in members.iter().enumerate() {
                let limit = circuits.limit_w(index, k);
                if members.iter().map(|&room| rooms[room].most[k]).sum::<f64>() <= limit {
                    continue;
                }
                let mut row = draws(members);
                if let Some(cost) = circuits.excess_cost_per_w(index, k) {
                    let excess = self.variable(cost / WATTS, 0.0);
                    self.atmost.add([(excess, -1.0)], 0.0);
                    row.push((excess, -1.0));
                }
                added.push((Some(index), k, self.atmost.add(row, limit * WATTS)));
            }
            if let Some(level) = level {
                let row = draws(&members[0]).into_iter().chain([(level, -1.0)]);
                added.push((None, k, self.atmost.add(row, 0.0)));
            }
        }
        added
    }

    /// The variables, and the multipliers of the inequalities.
    fn solve(self) -> Option<(Vec<f64>, Vec<f64>)> {
        let n = self.slope.len();
        let square = CscMatrix::new(n, n, (0..=n).collect(), (0..n).collect(), self.bend);
        let equalities = self.equal.bound.len();
        let below = self.atmost.row.iter().map(|row| row + equalities);
        let rows = self.equal.row.iter().copied().chain(below).collect();
        let columns = [self.equal.column, self.atmost.column].concat();
        let values = [self.equal.value, self.atmost.value].concat();
        let bounds = [self.equal.bound, self.atmost.bound].concat();
        let matrix = CscMatrix::new_from_triplets(bounds.len(), n, rows, columns, values);
        let cones = [
            SupportedConeT::ZeroConeT(equalities),
            SupportedConeT::NonnegativeConeT(bounds.len() - equalities),
        ];
        let mut solver =
            DefaultSolver::new(&square, &self.slope, &matrix, &bounds, &cones, settings()).ok()?;
        solver.solve();
        let solved = matches!(solver.solution.status, SolverStatus::Solved | SolverStatus::AlmostSolved);
        solved.then(|| (solver.solution.x.clone(), solver.solution.z[equalities..].to_vec()))
    }
}

fn settings() -> DefaultSettings<f64> {
    DefaultSettings {
        max_iter: MAX_ITERATIONS,
        verbose: false,
        tol_gap_abs: TOLERANCE,
        tol_gap_rel: TOLERANCE,
        tol_feas: TOLERANCE,
        max_threads: 1,
        presolve_enable: false,
        ..DefaultSettings::default()
    }
}
