//! Many rooms under shared caps: separately where that fits, else together.

use serde::{Deserialize, Serialize};

use super::agree::Agreement;
use super::circuits::Circuits;
use super::fill::{Wish, fill, least_that_fit};
use super::joint;
use super::program::RoomProblem;
use super::room::{RoomPlanner, RoomSolution};

/// Keep all rooms of a building within their bands at least cost:
/// `min Σ_i f_i(u_i) + peak` with, for each cap and step, `Σ u ≤ limit` or a cost on the excess.
#[derive(Debug, Clone, Copy)]
pub struct BuildingProblem<'a> {
    /// The rooms, all over the same steps.
    pub rooms: &'a [RoomProblem<'a>],
    /// The caps over them, in the same order of rooms.
    pub circuits: &'a Circuits,
    /// What the highest sum costs, where the tariff has such a charge.
    pub peak: Option<Peak>,
}

/// Adds `cost·[max_k Σu_k − so_far]₊`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Cost of each watt of a new peak.
    pub cost_per_w: f64,
    /// The peak already reached in this tariff period, W.
    pub so_far_w: f64,
}

/// Prices of a watt in each step; what one plan hands to the next, moved on by the caller.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Prices {
    /// Of each cap.
    pub caps: Vec<Vec<f64>>,
    /// Of the peak.
    pub peak: Vec<f64>,
    /// How much stiffer than at first the rooms were drawn to their shares at the end; zero where they were not.
    pub stiffness: f64,
}

/// How a building's plan was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Each room alone: their sums fit, so no plan together is better; or, once cut to the caps, none was found.
    Separate,
    /// All rooms in one quadratic programme.
    Joint,
    /// Each room alone at prices on which all agree.
    Prices,
}

/// A building's plan. Every cap that must hold holds in every step.
#[derive(Debug, Clone, PartialEq)]
pub struct BuildingSolution {
    /// The rooms' plans.
    pub rooms: Vec<RoomSolution>,
    /// What each room would draw in the first step if it were alone, W.
    pub alone_w: Vec<f64>,
    /// What a watt more would be worth under each cap.
    pub prices: Prices,
    /// Cost of all rooms, of what exceeds the soft caps, and of the peak.
    pub objective: f64,
    /// How it was found.
    pub method: Method,
    /// Whether the method ended by its own measure, not by its bound on work.
    pub converged: bool,
}

/// Plans buildings.
#[derive(Debug, Clone, Default)]
pub struct BuildingPlanner {
    rooms: RoomPlanner,
}

/// Up to so many rooms a plan without prices to begin from, or whose prices did not settle, is one quadratic programme:
/// exact, and a second of one core at 200 rooms. From the last prices the other way is always the faster one.
pub const JOINT_ROOMS: usize = 200;

impl BuildingPlanner {
    /// The plan of least cost. `guess` and `prices` are those of the last plan, moved on, or empty.
    ///
    /// # Panics
    /// Where the circuits are made for another number of rooms.
    pub fn plan(
        &mut self,
        problem: &BuildingProblem<'_>,
        guess: &[Vec<f64>],
        prices: &Prices,
    ) -> BuildingSolution {
        let small = problem.rooms.len() <= JOINT_ROOMS;
        if small && !prices.are_of(problem) {
            return self.plan_by(Method::Joint, problem, guess, prices);
        }
        let plan = self.plan_by(Method::Prices, problem, guess, prices);
        if plan.converged || !small { plan } else { self.plan_by(Method::Joint, problem, guess, prices) }
    }

    /// The plan of least cost, by `method` where the separate plans do not fit.
    pub fn plan_by(
        &mut self,
        method: Method,
        problem: &BuildingProblem<'_>,
        guess: &[Vec<f64>],
        prices: &Prices,
    ) -> BuildingSolution {
        assert_eq!(problem.rooms.len(), problem.circuits.rooms(), "each room has its cap");
        let alone: Vec<_> = problem
            .rooms
            .iter()
            .enumerate()
            .map(|(room, problem)| self.rooms.plan(problem, guess.get(room).map_or(&[], Vec::as_slice)))
            .collect();
        if method == Method::Separate || fits(problem, &alone) {
            let prices = Prices::zero(problem);
            let converged = alone.iter().all(|room| room.converged);
            return Self::solution(problem, &alone, alone.clone(), prices, Method::Separate, converged);
        }
        let leasts = least_that_fit(problem);
        let rooms: Vec<_> = problem
            .rooms
            .iter()
            .zip(&leasts)
            .map(|(room, least)| RoomProblem { power_min_w: least, ..*room })
            .collect();
        let feasible = BuildingProblem { rooms: &rooms, ..*problem };
        self.together(method, &feasible, &alone, guess, prices)
    }

    fn together(
        &mut self,
        method: Method,
        problem: &BuildingProblem<'_>,
        alone: &[RoomSolution],
        guess: &[Vec<f64>],
        prices: &Prices,
    ) -> BuildingSolution {
        let joint = if method == Method::Joint { joint::solve(problem) } else { None };
        let (power_w, stiffness, prices, method, converged) = match joint {
            Some((power_w, prices)) => {
                let bends = alone.iter().map(|room| room.curvature_per_w2).collect();
                (power_w, bends, prices, Method::Joint, true)
            }
            None => {
                let mut agreement = Agreement::new(problem, alone, guess, prices);
                let converged = agreement.reach(problem, &mut self.rooms);
                let Agreement { agreed_w, stiffness, prices, .. } = agreement;
                (agreed_w, stiffness, prices, Method::Prices, converged)
            }
        };
        let together = self.judge(problem, &power_w, &stiffness);
        let plans: Vec<_> = alone.iter().map(|room| room.power_w().to_vec()).collect();
        let cut = self.judge(problem, &plans, &stiffness);
        // The separate plans, cut to the caps, cost less only where hardly anything had to be cut and the method
        // stopped short of that.
        if cost(problem, &cut) < cost(problem, &together) {
            return Self::solution(problem, alone, cut, prices, Method::Separate, converged);
        }
        Self::solution(problem, alone, together, prices, method, converged)
    }

    /// The plans, cut to the caps, and what they cost.
    fn judge(
        &mut self,
        problem: &BuildingProblem<'_>,
        power_w: &[Vec<f64>],
        stiffness: &[f64],
    ) -> Vec<RoomSolution> {
        let plans = within_caps(problem, power_w, stiffness);
        problem.rooms.iter().zip(&plans).map(|(room, plan)| self.rooms.judge(room, plan)).collect()
    }

    fn solution(
        problem: &BuildingProblem<'_>,
        alone: &[RoomSolution],
        rooms: Vec<RoomSolution>,
        prices: Prices,
        method: Method,
        converged: bool,
    ) -> BuildingSolution {
        let objective = cost(problem, &rooms);
        let alone_w = alone.iter().map(|room| room.power_w().first().copied().unwrap_or_default()).collect();
        BuildingSolution { rooms, alone_w, prices, objective, method, converged }
    }
}

impl BuildingProblem<'_> {
    /// Steps of the horizon.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.rooms.iter().map(RoomProblem::steps).min().unwrap_or(0)
    }
}

impl Prices {
    /// Whether these were found for the same caps, and not merely for plans that fitted separately.
    fn are_of(&self, problem: &BuildingProblem<'_>) -> bool {
        self.stiffness > 0.0 && self.caps.len() == problem.circuits.caps().len()
    }

    /// No cap limits.
    #[must_use]
    pub fn zero(problem: &BuildingProblem<'_>) -> Self {
        let steps = problem.steps();
        Self {
            caps: vec![vec![0.0; steps]; problem.circuits.caps().len()],
            peak: vec![0.0; steps],
            stiffness: 0.0,
        }
    }
}

fn step_powers(rooms: &[RoomSolution], k: usize) -> Vec<f64> {
    rooms.iter().map(|room| room.power_w()[k]).collect()
}

/// Whether the plans exceed no cap and no peak that costs.
fn fits(problem: &BuildingProblem<'_>, rooms: &[RoomSolution]) -> bool {
    let circuits = problem.circuits;
    (0..problem.steps()).all(|k| {
        let sums = circuits.sums_w(&step_powers(rooms, k));
        let under_caps = sums.iter().enumerate().all(|(cap, sum)| *sum <= circuits.limit_w(cap, k));
        let new_peak = problem.peak.is_some_and(|peak| peak.cost_per_w > 0.0 && sums[0] > peak.so_far_w);
        under_caps && !new_peak
    })
}

/// Cost of the rooms and of what they share.
fn cost(problem: &BuildingProblem<'_>, rooms: &[RoomSolution]) -> f64 {
    rooms.iter().map(|room| room.objective).sum::<f64>() + shared_cost(problem, rooms)
}

/// Cost of what exceeds soft caps, and of a new peak.
fn shared_cost(problem: &BuildingProblem<'_>, rooms: &[RoomSolution]) -> f64 {
    let circuits = problem.circuits;
    let (mut cost, mut highest) = (0.0, 0.0_f64);
    for k in 0..problem.steps() {
        let sums = circuits.sums_w(&step_powers(rooms, k));
        highest = highest.max(sums.first().copied().unwrap_or(0.0));
        for (index, sum_w) in sums.iter().enumerate() {
            let excess = (sum_w - circuits.limit_w(index, k)).max(0.0);
            cost += circuits.excess_cost_per_w(index, k).map_or(0.0, |price| price * excess);
        }
    }
    cost + problem.peak.map_or(0.0, |peak| peak.cost_per_w * (highest - peak.so_far_w).max(0.0))
}

/// The plans cut to the caps that must hold, step by step.
fn within_caps(problem: &BuildingProblem<'_>, power_w: &[Vec<f64>], stiffness: &[f64]) -> Vec<Vec<f64>> {
    let steps = problem.steps();
    let circuits = problem.circuits.paid();
    let mut plans = vec![vec![0.0; steps]; power_w.len()];
    for k in 0..steps {
        let wish = |room: usize| {
            let (least_w, most_w) = problem.rooms[room].power_range_w(k);
            Wish { wanted_w: power_w[room][k], curvature_per_w2: stiffness[room], least_w, most_w }
        };
        let wishes: Vec<_> = (0..power_w.len()).map(wish).collect();
        for (plan, watts) in plans.iter_mut().zip(fill(&circuits, k, &wishes).power_w) {
            plan[k] = watts;
        }
    }
    plans
}
