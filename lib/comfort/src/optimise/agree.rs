//! Prices on which all rooms agree, by the alternating direction method of multipliers (Boyd et al. 2011, chapter 7.3:
//! sharing).
//!
//! Each room plans for itself, drawn towards what the caps left it: `u_i = argmin f_i(u) + ½ρ_i‖u − (z_i − Λ_i/ρ_i)‖²`.
//! Then each step's wishes are laid under the tree of caps: `z = projection of u_i + Λ_i/ρ_i`, whose multipliers are the
//! new prices. The pull gives each room's problem the curvature that its linear cost lacks: with prices alone a room
//! jumps from nothing to everything at the price of indifference, which no (quasi-)Newton step on the prices follows.

use super::building::{BuildingProblem, Prices};
use super::circuits::{Cap, Circuits};
use super::fill::{Claim, Pool, root};
use super::program::{Pull, RoomProblem};
use super::room::{RoomPlanner, RoomSolution};

/// Plans and prices on their way to agreement.
pub(crate) struct Agreement {
    circuits: Circuits,
    /// Plan of each room at the last prices, W.
    planned_w: Vec<Vec<f64>>,
    /// What the caps left of it, W.
    pub(crate) agreed_w: Vec<Vec<f64>>,
    /// ρ of each room, per W².
    pub(crate) stiffness: Vec<f64>,
    /// The sum of the prices over each room.
    charged: Vec<Vec<f64>>,
    pub(crate) prices: Prices,
}

/// Rounds of planning and sharing; work is bounded by them.
const MAX_ROUNDS: usize = 150;

/// Plans and shares agree when they differ by less than this share of the powers (root of mean squares).
const TOLERANCE: f64 = 1e-3;

/// Over-relaxation; 1.5 to 1.8 is usual, and here the middle of it.
const RELAXATION: f64 = 1.6;

/// Every so many rounds the stiffness is changed by the root of the residuals' ratio (primal falls and dual rises in
/// proportion to it), where that ratio is at least so large, and by no more than so much at once.
const BALANCE_ROUNDS: usize = 5;
const BALANCE_RATIO: f64 = 4.0;
const MOST_BALANCE: f64 = 8.0;

/// How far plans are from shares, and shares from the last ones, relative to the powers.
struct Residuals {
    primal: f64,
    dual: f64,
}

impl Agreement {
    /// Begins at the last plans, or where there are none at the separate ones, and at the last prices.
    pub(crate) fn new(
        problem: &BuildingProblem<'_>,
        alone: &[RoomSolution],
        guess: &[Vec<f64>],
        prices: &Prices,
    ) -> Self {
        let steps = problem.steps();
        let mut begun = Prices::zero(problem);
        let kept =
            begun.caps.iter_mut().zip(&prices.caps).chain(std::iter::once((&mut begun.peak, &prices.peak)));
        for (new, old) in kept {
            for (new, old) in new.iter_mut().zip(old) {
                *new = if old.is_finite() { old.max(0.0) } else { 0.0 };
            }
        }
        let plan = |(room, alone): (usize, &RoomSolution)| match guess.get(room) {
            Some(plan) if plan.len() >= steps && plan.iter().all(|watts| watts.is_finite()) => {
                plan[..steps].to_vec()
            }
            _ => alone.power_w()[..steps].to_vec(),
        };
        let plans: Vec<_> = alone.iter().enumerate().map(plan).collect();
        begun.stiffness =
            if prices.stiffness.is_finite() && prices.stiffness > 0.0 { prices.stiffness } else { 1.0 };
        let (so_far_w, cost_per_w) =
            problem.peak.map_or((f64::INFINITY, 0.0), |peak| (peak.so_far_w, peak.cost_per_w));
        let peak =
            Cap { above: None, limit_w: vec![so_far_w; steps], excess_cost_per_w: Some(vec![cost_per_w]) };
        let mut agreement = Self {
            circuits: problem.circuits.under(peak),
            planned_w: plans.clone(),
            agreed_w: plans,
            stiffness: problem.rooms.iter().map(|room| begun.stiffness * stiffness(room)).collect(),
            charged: vec![vec![0.0; steps]; problem.rooms.len()],
            prices: begun,
        };
        agreement.charge();
        agreement
    }

    /// Rounds until plans and shares agree; whether they did.
    pub(crate) fn reach(&mut self, problem: &BuildingProblem<'_>, planner: &mut RoomPlanner) -> bool {
        for round in 1..=MAX_ROUNDS {
            self.plan(problem, planner);
            let residuals = self.share(problem);
            if residuals.primal.max(residuals.dual) <= TOLERANCE {
                return true;
            }
            if round % BALANCE_ROUNDS == 0 {
                self.balance(&residuals);
            }
        }
        false
    }

    /// Each room plans at its prices, drawn to its share.
    fn plan(&mut self, problem: &BuildingProblem<'_>, planner: &mut RoomPlanner) {
        let mut toward_w = vec![0.0; problem.steps()];
        for (room, problem) in problem.rooms.iter().enumerate() {
            let stiffness_per_w2 = self.stiffness[room];
            for (k, toward) in toward_w.iter_mut().enumerate() {
                *toward = self.agreed_w[room][k] - self.charged[room][k] / stiffness_per_w2;
            }
            let pulled =
                RoomProblem { pull: Some(Pull { stiffness_per_w2, toward_w: &toward_w }), ..*problem };
            let plan = planner.plan(&pulled, &self.planned_w[room]);
            self.planned_w[room].copy_from_slice(&plan.power_w()[..toward_w.len()]);
        }
    }

    /// Lays the wishes under the caps, which sets shares and prices.
    fn share(&mut self, problem: &BuildingProblem<'_>) -> Residuals {
        let wishes: Vec<Vec<f64>> = (0..problem.rooms.len()).map(|room| self.wishes(room)).collect();
        let mut pools: Vec<_> = (0..problem.steps()).map(|k| self.pool(k, &wishes)).collect();
        let shared =
            settle(&self.circuits, &mut pools, problem.peak.map(|peak| (peak.so_far_w, peak.cost_per_w)));
        let (mut primal, mut dual, mut size) = (0.0, 0.0, f64::MIN_POSITIVE);
        for (k, (power_w, price)) in shared.into_iter().enumerate() {
            for (room, watts) in power_w.into_iter().enumerate() {
                let (stiffness, agreed) = (self.stiffness[room], &mut self.agreed_w[room][k]);
                primal += stiffness * (self.planned_w[room][k] - watts).powi(2);
                dual += stiffness * (*agreed - watts).powi(2);
                size += stiffness * self.planned_w[room][k].powi(2).max(watts * watts);
                *agreed = watts;
            }
            self.prices.peak[k] = price[0];
            for (cap, price) in self.prices.caps.iter_mut().zip(&price[1..]) {
                cap[k] = *price;
            }
        }
        self.charge();
        Residuals { primal: (primal / size).sqrt(), dual: (dual / size).sqrt() }
    }

    fn wishes(&self, room: usize) -> Vec<f64> {
        let (planned, agreed) = (&self.planned_w[room], &self.agreed_w[room]);
        let pulled =
            planned.iter().zip(agreed).map(|(plan, last)| RELAXATION * plan + (1.0 - RELAXATION) * last);
        pulled.zip(&self.charged[room]).map(|(watts, charge)| watts + charge / self.stiffness[room]).collect()
    }

    /// One step's wishes; the rooms' own ranges are kept by their plans.
    fn pool(&self, k: usize, wishes: &[Vec<f64>]) -> Vec<Claim> {
        let claim = |(wish, stiffness): (&Vec<f64>, &f64)| Claim {
            wanted_w: wish[k],
            give: 1.0 / stiffness,
            least_w: f64::NEG_INFINITY,
            most_w: f64::INFINITY,
        };
        wishes.iter().zip(&self.stiffness).map(claim).collect()
    }

    /// Adds up what each room pays in each step.
    fn charge(&mut self) {
        for (room, charged) in self.charged.iter_mut().enumerate() {
            charged.copy_from_slice(&self.prices.peak);
            // The first cap of the raised tree is the peak.
            for cap in self.circuits.over_room(room).filter(|cap| *cap > 0) {
                for (sum, price) in charged.iter_mut().zip(&self.prices.caps[cap - 1]) {
                    *sum += price;
                }
            }
        }
    }

    /// Stiffer where plans stray from shares, softer where shares still move.
    fn balance(&mut self, residuals: &Residuals) {
        let ratio = residuals.primal / residuals.dual.max(f64::MIN_POSITIVE);
        if ratio.max(1.0 / ratio) < BALANCE_RATIO {
            return;
        }
        let factor = ratio.sqrt().clamp(1.0 / MOST_BALANCE, MOST_BALANCE);
        self.prices.stiffness *= factor;
        for stiffness in &mut self.stiffness {
            *stiffness *= factor;
        }
    }
}

/// Where a room's stiffness begins: a change by the rated power answers a change of price by the price of energy.
fn stiffness(problem: &RoomProblem<'_>) -> f64 {
    let costs = &problem.cost_per_w[..problem.steps()];
    let price = costs.iter().map(|cost| cost.abs()).sum::<f64>() / costs.len().max(1) as f64;
    let effort = 2.0 * problem.effort / problem.scale_w();
    price.max(effort).max(LEAST_PRICE) / problem.scale_w()
}

/// Stands for the price where energy costs nothing: a thousandth of a cent per kilowatt-hour.
const LEAST_PRICE: f64 = 1e-8;

/// Shares and prices of every step. With a peak (watts so far, cost) the level of the peak is sought at which the
/// steps that reach it pay its cost together.
fn settle(
    circuits: &Circuits,
    pools: &mut [Vec<Claim>],
    peak: Option<(f64, f64)>,
) -> Vec<(Vec<f64>, Vec<f64>)> {
    let at = |level_w: f64| -> Vec<(Vec<f64>, Vec<f64>)> {
        let mut raised = circuits.clone();
        raised.set_limit(0, level_w);
        let settled = pools.iter().enumerate().map(|(k, claims)| {
            let mut pool = Pool::new(&raised, k, claims.clone());
            pool.settle();
            (pool.power_w, pool.price_per_w)
        });
        settled.collect()
    };
    let Some((so_far_w, cost)) = peak else { return at(f64::INFINITY) };
    let unpaid = |level_w: f64| at(level_w).iter().map(|(_, price)| price[0]).sum::<f64>() - cost;
    let first = unpaid(so_far_w);
    if first <= 0.0 {
        return at(so_far_w);
    }
    let highest = pools.iter().map(|claims| claims.iter().map(|claim| claim.wanted_w).sum::<f64>());
    let highest = highest.fold(so_far_w, f64::max);
    at(root((so_far_w, first), (highest, -cost), PEAK_TOLERANCE * cost, unpaid))
}

/// The peak's price is met to this share of it.
const PEAK_TOLERANCE: f64 = 1e-3;
