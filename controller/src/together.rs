//! All rooms planned together: the caps they share, laid out as the planner takes them.

use comfort::{
    BuildingPlanner, BuildingProblem, Cap, Circuits, Draft, HALF_HOUR_S, HALF_HOURS, Peak, Prices,
    RoomProblem, RoomSolution,
};
use vocabulary::Timestamp;

use crate::caps;
use crate::image::Snapshot;
use crate::memory::{Memory, Squeeze};
use crate::site::{Site, SiteCircuit};
use crate::supply::Supply;

const HALF_HOUR_H: f64 = 0.5;
const HALF_HOUR_MS: i64 = 1_800_000;

/// A cap's price below this share of what a watt costs on average is what iterations leave, not a cap that binds.
const PRICE_SHARE: f64 = 0.02;
/// A kelvin that is missing while a cap is met counts this many times. Nothing is left to make it good with, and heat made ahead
/// of it costs only its losses; so comfort is put before energy there: a kelvin-hour at 1 €, a quarter of a kelvin below.
const COLD_TIMES_UNDER_A_CAP: f64 = 2.0;

/// The plans of all rooms.
pub(crate) struct Together {
    pub(crate) rooms: Vec<RoomSolution>,
    /// What each of them would draw now if it were alone, W.
    pub(crate) alone_w: Vec<f64>,
    /// For each of them the cap that will bind next.
    pub(crate) squeezes: Vec<Option<Squeeze>>,
}

/// Plans the rooms that have a draft, by index; leaves the prices on which they agreed in the memory.
pub(crate) fn plan(
    memory: &mut Memory,
    site: &Site,
    snapshot: &Snapshot,
    drafts: &[(usize, Draft)],
    guesses: &[Vec<f64>],
    now: Timestamp,
) -> Together {
    let problems: Vec<_> = drafts.iter().map(|(_, draft)| draft.problem()).collect();
    let rooms: Vec<usize> = drafts.iter().map(|(room, _)| *room).collect();
    let first_s = drafts.first().map_or(HALF_HOUR_S, |(_, draft)| draft.first_s());
    let supply = Supply::of(snapshot, now).cap(first_s);
    let circuits = circuits(memory, site, snapshot, (&rooms, supply), now);
    let cost_per_w = site.peak_eur_per_kw / 1000.0;
    let peak =
        (cost_per_w > 0.0).then(|| Peak { cost_per_w, so_far_w: memory.peak.so_far_w(site.zone, now) });
    let problem = BuildingProblem { rooms: &problems, circuits: &circuits, peak };
    let solution = BuildingPlanner::default().plan(&problem, guesses, &memory.prices);
    memory.prices = solution.prices;
    let squeeze =
        |(nth, room): (usize, &RoomProblem<'_>)| squeeze(&memory.prices, &circuits, nth, room.cost_per_w);
    let squeezes = problems.iter().enumerate().map(squeeze).collect();
    Together { rooms: solution.rooms, alone_w: solution.alone_w, squeezes }
}

/// The first later step in which a cap over a room has a price, where none has one now.
fn squeeze(prices: &Prices, circuits: &Circuits, room: usize, cost_per_w: &[f64]) -> Option<Squeeze> {
    let usual = cost_per_w.iter().map(|cost| cost.abs()).sum::<f64>() / cost_per_w.len().max(1) as f64;
    let binds = |cap: usize, step: usize| {
        let price = prices.caps.get(cap).and_then(|steps| steps.get(step)).copied().unwrap_or_default();
        let must_hold = circuits.excess_cost_per_w(cap, step).is_none();
        price > PRICE_SHARE * usual && must_hold && circuits.limit_w(cap, step).is_finite()
    };
    let first = (0..HALF_HOURS).find(|&step| circuits.over_room(room).any(|cap| binds(cap, step)))?;
    let cap = circuits.over_room(room).find(|&cap| binds(cap, first))?;
    (first > 0).then(|| Squeeze { step: first, cap_w: circuits.limit_w(cap, first) })
}

/// Where the last plan met a limit that all rooms share, by half hours.
pub(crate) struct Scarcity {
    /// For how long before each the site's cap or the month's highest power was met, h.
    pub(crate) capped_h: [f64; HALF_HOURS],
    /// How many times as much as usual a shortfall counts: the month's highest power has a price that comfort is weighed
    /// against as it is; a cap has none.
    pub(crate) cold_times: [f64; HALF_HOURS],
}

impl Scarcity {
    /// What the prices of the last plan tell, where a watt of a step usually costs `usual`.
    pub(crate) fn of(prices: &Prices, usual: f64) -> Self {
        let whole = prices.caps.first().map_or(&[][..], Vec::as_slice);
        let binds =
            |prices: &[f64], half: usize| prices.get(half).is_some_and(|price| *price > PRICE_SHARE * usual);
        let mut hours = 0.0;
        let capped_h = std::array::from_fn(|half| {
            let is_met = binds(whole, half) || binds(&prices.peak, half);
            hours = if is_met { hours + HALF_HOUR_H } else { 0.0 };
            hours
        });
        let cold_times =
            std::array::from_fn(|half| if binds(whole, half) { COLD_TIMES_UNDER_A_CAP } else { 1.0 });
        Self { capped_h, cold_times }
    }
}

/// What may be shared now below the site's cap, where it has one, and below each circuit, W.
pub(crate) fn limits_w(memory: &Memory, site: &Site, snapshot: &Snapshot, now: Timestamp) -> Vec<f64> {
    let of_site = memory.cap_w(site, now).map(|cap| cap.real() - reserved_of_site_w(site, snapshot));
    of_site.into_iter().chain(site.circuits.iter().map(|circuit| left_w(site, snapshot, circuit))).collect()
}

fn reserved_of_site_w(site: &Site, snapshot: &Snapshot) -> f64 {
    let all: Vec<usize> = (0..site.heaters.len()).collect();
    caps::reserved_w(site, snapshot, &all)
}

/// What a circuit leaves to the heaters that can be granted something.
fn left_w(site: &Site, snapshot: &Snapshot, circuit: &SiteCircuit) -> f64 {
    circuit.free_w - caps::reserved_w(site, snapshot, &circuit.heaters)
}

/// The whole site first, then its work, where that earns something, then the circuits of its wiring, those above before those
/// below. A room lies under the innermost circuit that feeds all its heaters; where two feed one room, each cycle's cut keeps
/// them to their caps.
fn circuits(
    memory: &Memory,
    site: &Site,
    snapshot: &Snapshot,
    (rooms, supply): (&[usize], Option<Cap>),
    now: Timestamp,
) -> Circuits {
    let of_whole = usize::from(supply.is_some());
    let wiring: Vec<_> = site.circuits.iter().rev().collect();
    let holds = |at: usize, heaters: &[usize]| heaters.iter().all(|h| wiring[at].heaters.contains(h));
    let innermost = |before: usize, heaters: &[usize]| {
        (0..before)
            .rev()
            .find(|&at| !heaters.is_empty() && holds(at, heaters))
            .map_or(of_whole, |at| of_whole + 1 + at)
    };
    let reserved_w = reserved_of_site_w(site, snapshot);
    let of_site = |k: usize| {
        let at = now.plus_ms(k as i64 * HALF_HOUR_MS);
        memory.cap_w(site, at).map_or(f64::INFINITY, |cap| cap.real() - reserved_w)
    };
    let whole = Cap { above: None, limit_w: (0..HALF_HOURS).map(of_site).collect(), excess_cost_per_w: None };
    let of_circuit = |at: usize| Cap {
        above: Some(innermost(at, &wiring[at].heaters)),
        limit_w: vec![left_w(site, snapshot, wiring[at])],
        excess_cost_per_w: None,
    };
    let supply = supply.map(|supply| Cap { above: Some(0), ..supply });
    let caps = std::iter::once(whole).chain(supply).chain((0..wiring.len()).map(of_circuit)).collect();
    let of_room = rooms.iter().map(|&room| innermost(wiring.len(), &site.rooms[room].heaters)).collect();
    Circuits::new(caps, of_room).expect("each circuit lies under an earlier one, the first under none")
}
