//! CPU time of planning: one room, cold and warm. `cargo run --release -p comfort --example plan_speed`
#![allow(clippy::unwrap_used, reason = "a measurement")]

use comfort::{
    BuildingPlanner, BuildingProblem, BuildingSolution, Circuits, MAX_STEPS, Method, Prices, RoomPlanner,
    RoomProblem,
};

#[path = "../tests/optimise/rooms.rs"]
mod rooms;

const SEED: u64 = 7;
const CAP_SHARE: f64 = 0.45;

fn main() {
    rooms_alone();
    for count in [10, 50, 200, 1000] {
        building(count);
    }
}

/// A building under a cap of 45 % of its rated power, by both methods.
fn building(count: usize) {
    let mut rooms = rooms::building(SEED, count, MAX_STEPS);
    let problems: Vec<RoomProblem<'_>> = rooms.iter().map(rooms::Room::problem).collect();
    let rated: f64 = rooms.iter().map(|room| room.rated_w).sum();
    let circuits = Circuits::single(vec![CAP_SHARE * rated], count);
    let problem = BuildingProblem { rooms: &problems, circuits: &circuits, peak: None };
    let joint =
        measure("joint", count, |planner| planner.plan_by(Method::Joint, &problem, &[], &Prices::default()));
    let prices = measure("prices", count, |planner| {
        planner.plan_by(Method::Prices, &problem, &[], &Prices::default())
    });
    let guess: Vec<Vec<f64>> = prices.rooms.iter().map(|room| room.power_w().to_vec()).collect();
    for room in &mut rooms {
        room.disturb();
    }
    let problems: Vec<RoomProblem<'_>> = rooms.iter().map(rooms::Room::problem).collect();
    let problem = BuildingProblem { rooms: &problems, circuits: &circuits, peak: None };
    let joint2 = measure("joint, five minutes later", count, |planner| {
        planner.plan_by(Method::Joint, &problem, &[], &Prices::default())
    });
    let warm = measure("prices, five minutes later", count, |planner| {
        planner.plan_by(Method::Prices, &problem, &guess, &prices.prices)
    });
    let gap =
        |ours: &BuildingSolution, least: &BuildingSolution| 100.0 * (ours.objective / least.objective - 1.0);
    println!("  prices above joint: {:.2} %, later {:.2} %", gap(&prices, &joint), gap(&warm, &joint2));
}

/// Repeats a plan until the clock, which is coarse, can tell.
fn measure(
    name: &str,
    count: usize,
    mut plan: impl FnMut(&mut BuildingPlanner) -> BuildingSolution,
) -> BuildingSolution {
    let mut planner = BuildingPlanner::default();
    let repeats = (400 / count).max(1);
    let begun = cpu_us();
    let plans: Vec<_> = (0..repeats).map(|_| plan(&mut planner)).collect();
    let ms = (cpu_us() - begun) / 1e3 / repeats as f64;
    println!(
        "{count} rooms, {name}: {ms:.1} ms, cost {:.3}, converged {}",
        plans[0].objective, plans[0].converged
    );
    plans.into_iter().next().unwrap()
}

fn rooms_alone() {
    println!("seed {SEED}, {MAX_STEPS} steps");
    let mut rooms: Vec<_> = (0..300).flat_map(|i| rooms::building(SEED + i, 10, MAX_STEPS)).collect();
    let mut planner = RoomPlanner::default();
    let begun = cpu_us();
    let plans: Vec<_> = rooms.iter().map(|room| planner.plan(&room.problem(), &[])).collect();
    let cold = cpu_us() - begun;
    let count = rooms.len() as f64;
    let mean = |plans: &[comfort::RoomSolution]| plans.iter().map(|p| p.sweeps as f64).sum::<f64>() / count;
    println!("cold: {:.1} µs, {:.1} sweeps", cold / count, mean(&plans));
    let slow = plans.iter().filter(|p| p.sweeps > 24).count();
    println!("  {slow} beyond; {} not converged", plans.iter().filter(|p| !p.converged).count());
    for room in &mut rooms {
        room.disturb();
    }
    let begun = cpu_us();
    let again: Vec<_> =
        rooms.iter().zip(&plans).map(|(room, plan)| planner.plan(&room.problem(), plan.power_w())).collect();
    println!("warm: {:.1} µs, {:.1} sweeps", (cpu_us() - begun) / count, mean(&again));
    let slow = again.iter().filter(|p| p.sweeps > 24).count();
    println!("  {slow} beyond; {} not converged", again.iter().filter(|p| !p.converged).count());
}

/// Time that this thread has had a processor, µs (Linux).
fn cpu_us() -> f64 {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    line.split_whitespace().next().unwrap().parse::<f64>().unwrap() / 1e3
}
