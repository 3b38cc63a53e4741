//! Many rooms under shared caps.

use comfort::{
    BuildingPlanner, BuildingProblem, BuildingSolution, Cap, Circuits, JOINT_ROOMS, MAX_STEPS, Method, Peak,
    Prices, RoomProblem,
};

use crate::rooms::{self, Room};

/// A building cap at `share` of the rated power, and two feeders at a tenth more than their half of it.
fn circuits(rooms: &[Room], share: f64) -> Circuits {
    let rated: f64 = rooms.iter().map(|room| room.rated_w).sum();
    let feeder = |side: usize| {
        let own: f64 = rooms.iter().skip(side).step_by(2).map(|room| room.rated_w).sum();
        Cap { above: Some(0), limit_w: vec![1.1 * share * own], excess_cost_per_w: None }
    };
    let whole = Cap { above: None, limit_w: vec![share * rated], excess_cost_per_w: None };
    Circuits::new(vec![whole, feeder(0), feeder(1)], (0..rooms.len()).map(|room| 1 + room % 2).collect())
        .unwrap()
}

fn by(method: Method, problem: &BuildingProblem<'_>) -> BuildingSolution {
    BuildingPlanner::default().plan_by(method, problem, &[], &Prices::default())
}

fn keeps_its_caps(problem: &BuildingProblem<'_>, plan: &BuildingSolution) {
    for k in 0..problem.steps() {
        let powers: Vec<f64> = plan.rooms.iter().map(|room| room.power_w()[k]).collect();
        for (index, sum) in problem.circuits.sums_w(&powers).iter().enumerate() {
            if problem.circuits.caps()[index].excess_cost_per_w.is_none() {
                assert!(*sum <= problem.circuits.limit_w(index, k), "cap {index} step {k}: {sum}");
            }
        }
        for (watts, room) in powers.iter().zip(problem.rooms) {
            assert!(*watts >= 0.0 && *watts <= room.power_range_w(k).1, "step {k}: {watts}");
        }
    }
}

/// Costs of both methods and of the separate plans, which no plan under caps can undercut.
fn compare(name: &str, problem: &BuildingProblem<'_>) {
    let (joint, prices) = (by(Method::Joint, problem), by(Method::Prices, problem));
    let alone = by(Method::Separate, problem);
    keeps_its_caps(problem, &joint);
    keeps_its_caps(problem, &prices);
    let gap = (prices.objective - joint.objective) / joint.objective.abs();
    println!(
        "{name}: joint {:.4} ({:?}), prices {:.4} ({gap:+.1e}, converged {}), alone {:.4}",
        joint.objective, joint.method, prices.objective, prices.converged, alone.objective
    );
    assert!(gap.abs() < 0.01, "{name}: {gap}");
}

#[test]
fn prices_cost_within_a_hundredth_of_the_joint_programme() {
    for (seed, count, share) in
        [(11, 10, 0.3), (12, 10, 0.45), (13, 15, 0.45), (14, 20, 0.35), (15, 20, 0.6), (16, 12, 0.2)]
    {
        let rooms = rooms::building(seed, count, MAX_STEPS);
        let problems: Vec<RoomProblem<'_>> = rooms.iter().map(Room::problem).collect();
        let circuits = circuits(&rooms, share);
        let problem = BuildingProblem { rooms: &problems, circuits: &circuits, peak: None };
        compare(&format!("seed {seed}, {count} rooms, cap {share}"), &problem);
    }
}

#[test]
fn a_lack_of_jobs_and_a_peak_that_costs_are_met_by_both_methods() {
    for seed in [21, 22, 23] {
        let rooms = rooms::building(seed, 10, MAX_STEPS);
        let problems: Vec<RoomProblem<'_>> = rooms.iter().map(Room::problem).collect();
        let rated: f64 = rooms.iter().map(|room| room.rated_w).sum();
        let jobs = Cap { above: None, limit_w: vec![0.3 * rated], excess_cost_per_w: Some(vec![5e-5]) };
        let soft = Circuits::new(vec![jobs], vec![0; 10]).unwrap();
        compare(
            &format!("seed {seed}, jobs"),
            &BuildingProblem { rooms: &problems, circuits: &soft, peak: None },
        );
        let free = Circuits::single(vec![f64::INFINITY], 10);
        let peak = Some(Peak { cost_per_w: 5e-4, so_far_w: 0.2 * rated });
        compare(&format!("seed {seed}, peak"), &BuildingProblem { rooms: &problems, circuits: &free, peak });
    }
}

#[test]
fn what_fits_separately_is_left_alone() {
    let rooms = rooms::building(31, 5, MAX_STEPS);
    let problems: Vec<RoomProblem<'_>> = rooms.iter().map(Room::problem).collect();
    let circuits = circuits(&rooms, 2.0);
    let plan = by(Method::Joint, &BuildingProblem { rooms: &problems, circuits: &circuits, peak: None });
    assert_eq!(plan.method, Method::Separate);
    assert!(plan.prices.caps.iter().flatten().all(|price| *price == 0.0));
}

#[test]
fn a_large_building_is_planned_by_prices_from_the_start() {
    let rooms = rooms::building(81, JOINT_ROOMS + 10, MAX_STEPS);
    let problems: Vec<RoomProblem<'_>> = rooms.iter().map(Room::problem).collect();
    let circuits = circuits(&rooms, 0.4);
    let problem = BuildingProblem { rooms: &problems, circuits: &circuits, peak: None };
    let plan = BuildingPlanner::default().plan(&problem, &[], &Prices::default());
    assert_eq!(plan.method, Method::Prices);
    keeps_its_caps(&problem, &plan);
}

#[test]
fn the_same_building_gets_the_same_bits() {
    let rooms = rooms::building(41, 12, MAX_STEPS);
    let problems: Vec<RoomProblem<'_>> = rooms.iter().map(Room::problem).collect();
    let circuits = circuits(&rooms, 0.3);
    let problem = BuildingProblem { rooms: &problems, circuits: &circuits, peak: None };
    for method in [Method::Joint, Method::Prices] {
        assert_eq!(by(method, &problem), by(method, &problem));
    }
}

#[test]
fn a_cap_of_nothing_and_no_rooms_at_all_are_planned() {
    let rooms = rooms::building(51, 4, 6);
    let problems: Vec<RoomProblem<'_>> = rooms.iter().map(Room::problem).collect();
    let none = Circuits::single(vec![0.0], 4);
    let problem = BuildingProblem { rooms: &problems, circuits: &none, peak: None };
    for method in [Method::Joint, Method::Prices] {
        let plan = by(method, &problem);
        keeps_its_caps(&problem, &plan);
        assert!(
            plan.objective.is_finite() && plan.prices.caps.iter().flatten().all(|price| price.is_finite())
        );
    }
    let empty = Circuits::single(vec![0.0], 0);
    let nothing = by(Method::Joint, &BuildingProblem { rooms: &[], circuits: &empty, peak: None });
    assert_eq!(nothing.objective, 0.0);
}

#[test]
fn one_room_without_numbers_does_not_keep_the_others_from_theirs() {
    let mut rooms = rooms::building(71, 4, MAX_STEPS);
    rooms[1].drift[3].fill(f64::NAN);
    rooms[2].power_max_w[5] = f64::INFINITY;
    let problems: Vec<RoomProblem<'_>> = rooms.iter().map(Room::problem).collect();
    let circuits = circuits(&rooms, 0.2);
    let problem = BuildingProblem { rooms: &problems, circuits: &circuits, peak: None };
    for method in [Method::Joint, Method::Prices] {
        let plan = by(method, &problem);
        keeps_its_caps(&problem, &plan);
        assert!(plan.objective.is_finite());
        assert!(plan.rooms[0].power_w().iter().sum::<f64>() > 0.0);
    }
}
