//! Sharing one step's power under a tree of caps, so that every cap holds whatever the optimiser did.
//!
//! `u_i = clamp(u_i* − Λ_i/h_i, min_i, max_i)`, with `Λ_i` the sum of the prices of the caps over room i: the cut that
//! costs least to second order. In a tree the sum under a cap is, as a function of the price Λ from above,
//! `S(Λ) = min(limit, Σ S_below(Λ))`; so each cap, from the top down, seeks the one price that its own limit asks for.

use super::building::BuildingProblem;
use super::circuits::Circuits;
use super::program::RoomProblem;

/// What a room wants in the step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// What its plan says, W.
    pub wanted_w: f64,
    /// What being cut costs: the second derivative of its plan's cost, per W².
    pub curvature_per_w2: f64,
    /// Least power (must-run jobs), W. It yields where caps do not suffice.
    pub least_w: f64,
    /// Most power, W.
    pub most_w: f64,
}

/// What each room gets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filled {
    /// Power of each room, W.
    pub power_w: Vec<f64>,
    /// Price of each cap, cost per W; zero where it is no limit.
    pub price_per_w: Vec<f64>,
    /// The caps under which the least powers did not fit and were cut in proportion.
    pub yielded: Vec<usize>,
}

/// Shares step `k`. Each power lies within 0 and its most; every cap that must hold holds exactly, in whatever order
/// its members are added up.
///
/// # Panics
/// Where there is not one wish for each room of `circuits`.
#[must_use]
pub fn fill(circuits: &Circuits, k: usize, wishes: &[Wish]) -> Filled {
    assert_eq!(wishes.len(), circuits.rooms(), "each room has its wish");
    let floor = LEAST_CURVATURE_SHARE
        * wishes.iter().fold(0.0, |most: f64, wish| most.max(finite(wish.curvature_per_w2)));
    let claims = wishes.iter().map(|wish| Claim::of(wish, floor)).collect();
    let mut pool = Pool::new(circuits, k, claims);
    let yielded = pool.yield_leasts();
    pool.settle();
    let Pool { claims, mut power_w, price_per_w, .. } = pool;
    for (watts, claim) in power_w.iter_mut().zip(&claims) {
        *watts = watts.max(0.0).min(claim.most_w);
    }
    round_down(circuits, k, &mut power_w);
    Filled { power_w, price_per_w, yielded }
}

/// A curvature below this share of the greatest counts as this share: one room without any would take the whole cut at
/// no price, which is right, but a price of 0/0 is none.
const LEAST_CURVATURE_SHARE: f64 = 1e-9;

/// A search for a price ends after so many evaluations; the secant rule mostly needs three.
const MAX_EVALUATIONS: usize = 100;

/// The sum meets a limit to this share.
const SUM_TOLERANCE: f64 = 1e-12;

/// No building has a petawatt, and no watt costs so much.
const GREATEST: f64 = 1e15;

/// A room's answer to a price: `clamp(wanted − give·price, least, most)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) wanted_w: f64,
    pub(crate) give: f64,
    pub(crate) least_w: f64,
    pub(crate) most_w: f64,
}

impl Claim {
    fn of(wish: &Wish, floor: f64) -> Self {
        let most_w = finite(wish.most_w);
        let curvature = finite(wish.curvature_per_w2).max(floor);
        Self {
            wanted_w: finite(wish.wanted_w),
            give: if curvature > 0.0 { 1.0 / curvature } else { 1.0 },
            least_w: finite(wish.least_w).min(most_w),
            most_w,
        }
    }

    #[inline]
    fn at(&self, price: f64) -> f64 {
        (self.wanted_w - self.give * price).max(self.least_w).min(self.most_w)
    }
}

/// Not below zero, zero for what is no number, and small enough that sums and products stay numbers.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, GREATEST) } else { 0.0 }
}

/// One step's claims on a tree of caps.
pub(crate) struct Pool<'a> {
    pub(crate) circuits: &'a Circuits,
    pub(crate) k: usize,
    pub(crate) claims: Vec<Claim>,
    pub(crate) power_w: Vec<f64>,
    pub(crate) price_per_w: Vec<f64>,
}

impl<'a> Pool<'a> {
    pub(crate) fn new(circuits: &'a Circuits, k: usize, claims: Vec<Claim>) -> Self {
        Self { circuits, k, power_w: vec![0.0; claims.len()], claims, price_per_w: Vec::new() }
    }

    /// Cuts the least powers where they alone exceed a cap, in proportion; the caps where they did.
    pub(crate) fn yield_leasts(&mut self) -> Vec<usize> {
        let mut yielded = Vec::new();
        for cap in (0..self.circuits.caps().len()).rev() {
            if self.circuits.caps()[cap].excess_cost_per_w.is_some() {
                continue;
            }
            let leasts: Vec<f64> = self.claims.iter().map(|claim| claim.least_w).collect();
            let (sum, limit) = (self.circuits.sums_w(&leasts)[cap], self.circuits.limit_w(cap, self.k));
            if sum > limit {
                self.scale_leasts(cap, limit / sum);
                yielded.push(cap);
            }
        }
        yielded.reverse();
        yielded
    }

    fn scale_leasts(&mut self, cap: usize, share: f64) {
        for &room in self.circuits.rooms_of(cap) {
            self.claims[room].least_w *= share;
        }
        for &below in self.circuits.below(cap) {
            self.scale_leasts(below, share);
        }
    }

    /// Finds every cap's price and each room's power at them.
    pub(crate) fn settle(&mut self) {
        self.price_per_w.clear();
        self.price_per_w.resize(self.circuits.caps().len(), 0.0);
        if !self.price_per_w.is_empty() {
            self.settle_cap(0, 0.0);
        }
    }

    fn settle_cap(&mut self, cap: usize, from_above: f64) {
        let own = self.price(cap, from_above);
        self.price_per_w[cap] = own;
        let price = from_above + own;
        for &room in self.circuits.rooms_of(cap) {
            self.power_w[room] = self.claims[room].at(price);
        }
        let circuits = self.circuits;
        for &below in circuits.below(cap) {
            self.settle_cap(below, price);
        }
    }

    /// The own price of a cap given those above: zero where it does not limit, and never above its excess cost.
    fn price(&self, cap: usize, from_above: f64) -> f64 {
        let limit = self.circuits.limit_w(cap, self.k);
        let most = self.circuits.excess_cost_per_w(cap, self.k).unwrap_or(f64::INFINITY);
        let excess = |price: f64| self.inner(cap, from_above + price) - limit;
        let first = excess(0.0);
        if first <= 0.0 || most <= 0.0 || first.is_nan() {
            return 0.0;
        }
        if most.is_finite() && excess(most) >= 0.0 {
            return most;
        }
        let gives = self.give(cap);
        let mut high = if gives > 0.0 { first / gives } else { 1.0 };
        let mut above = excess(high);
        for _ in 0..MAX_EVALUATIONS {
            if above <= 0.0 || high >= most {
                break;
            }
            high *= 2.0;
            above = excess(high);
        }
        root((0.0, first), (high, above), SUM_TOLERANCE * limit.max(f64::MIN_POSITIVE), excess).min(most)
    }

    /// Sum under a cap at a price from above, its own limit apart.
    fn inner(&self, cap: usize, price: f64) -> f64 {
        let direct: f64 = self.circuits.rooms_of(cap).iter().map(|&room| self.claims[room].at(price)).sum();
        direct + self.circuits.below(cap).iter().map(|&below| self.total(below, price)).sum::<f64>()
    }

    /// Sum under a cap at a price from above.
    fn total(&self, cap: usize, price: f64) -> f64 {
        let (inner, limit) = (self.inner(cap, price), self.circuits.limit_w(cap, self.k));
        if inner <= limit {
            return inner;
        }
        match self.circuits.excess_cost_per_w(cap, self.k) {
            Some(most) => self.inner(cap, price + most.max(0.0)).max(limit),
            None => limit,
        }
    }

    /// How much the rooms under a cap give per unit of price, none being clamped.
    fn give(&self, cap: usize) -> f64 {
        let direct: f64 = self.circuits.rooms_of(cap).iter().map(|&room| self.claims[room].give).sum();
        direct + self.circuits.below(cap).iter().map(|&below| self.give(below)).sum::<f64>()
    }
}

/// Where a falling function crosses zero, between a point above and one below, by the Illinois rule; the end on the
/// side below, so that what it stands for is kept.
pub(crate) fn root(
    mut left: (f64, f64),
    mut right: (f64, f64),
    tolerance: f64,
    at: impl Fn(f64) -> f64,
) -> f64 {
    let mut weights = (1.0, 1.0);
    for evaluation in 0..MAX_EVALUATIONS {
        if right.1 >= -tolerance || right.0 - left.0 <= f64::EPSILON * right.0 {
            break;
        }
        let (above, under) = (left.1 * weights.0, right.1 * weights.1);
        let secant = (left.0 * under - right.0 * above) / (under - above);
        // Every fourth point halves the interval, which bounds the work on functions with long flat parts.
        let halve = evaluation % 4 == 3 || !(secant > left.0 && secant < right.0);
        let middle = if halve { 0.5 * (left.0 + right.0) } else { secant };
        let value = at(middle);
        if value > 0.0 {
            left = (middle, value);
            weights = (1.0, 0.5 * weights.1);
        } else {
            right = (middle, value);
            weights = (0.5 * weights.0, 1.0);
        }
    }
    right.0
}

/// Scales what lies under each cap that must hold so far down that its members' sum stays within it in any order of
/// addition: n additions err by less than n·ε of the sum.
fn round_down(circuits: &Circuits, k: usize, power_w: &mut [f64]) {
    let margin = 2.0 * (power_w.len() as f64 + 2.0) * f64::EPSILON;
    for cap in (0..circuits.caps().len()).rev() {
        if circuits.caps()[cap].excess_cost_per_w.is_some() {
            continue;
        }
        let limit = circuits.limit_w(cap, k) * (1.0 - margin);
        let sum = circuits.sums_w(power_w)[cap];
        if sum > limit {
            scale(circuits, cap, limit / sum * (1.0 - margin), power_w);
        }
    }
}

fn scale(circuits: &Circuits, cap: usize, share: f64, power_w: &mut [f64]) {
    for &room in circuits.rooms_of(cap) {
        power_w[room] *= share;
    }
    for &below in circuits.below(cap) {
        scale(circuits, below, share, power_w);
    }
}

/// Each room's least power in each step, cut where the least powers alone exceed a cap.
pub(crate) fn least_that_fit(problem: &BuildingProblem<'_>) -> Vec<Vec<f64>> {
    let steps = problem.steps();
    let mut leasts = vec![vec![0.0; steps]; problem.rooms.len()];
    for k in 0..steps {
        let claim = |room: &RoomProblem<'_>| {
            let (least_w, most_w) = room.power_range_w(k);
            Claim { wanted_w: 0.0, give: 1.0, least_w, most_w }
        };
        let mut pool = Pool::new(problem.circuits, k, problem.rooms.iter().map(claim).collect());
        pool.yield_leasts();
        for (least, claim) in leasts.iter_mut().zip(&pool.claims) {
            least[k] = claim.least_w;
        }
    }
    leasts
}
