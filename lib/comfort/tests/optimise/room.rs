//! One room's plan.

use comfort::{MAX_STEPS, RoomPlanner};

use crate::{oracle, rooms};

#[test]
fn three_hundred_random_rooms_cost_what_the_oracle_finds() {
    let seed = 5;
    println!("seed {seed}");
    let mut planner = RoomPlanner::default();
    let (mut worst, mut most_sweeps, mut sweeps) = (0.0_f64, 0, 0);
    let rooms: Vec<_> =
        (0..30).flat_map(|building| rooms::building(seed + building, 10, MAX_STEPS)).collect();
    for (index, room) in rooms.iter().enumerate() {
        let problem = room.problem();
        let plan = planner.plan(&problem, &[]);
        let least = oracle::least_cost(&problem);
        let cost = oracle::objective(&problem, plan.power_w());
        let size = least.abs().max(1e-3);
        let gap = (cost - least) / size;
        assert!(plan.converged, "room {index}");
        worst = worst.max(gap.abs());
        most_sweeps = most_sweeps.max(plan.sweeps);
        sweeps += plan.sweeps;
    }
    println!(
        "worst gap {worst:.1e}, sweeps {} on average, {most_sweeps} at most",
        sweeps as f64 / rooms.len() as f64
    );
    assert!(worst < 1e-6, "{worst}");
}
