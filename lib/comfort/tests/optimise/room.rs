//! One room's plan.

use comfort::{Emitter, Inputs, MAX_STEPS, RoomModel, RoomPlanner, RoomProblem, State, Terminal};

use crate::rooms::Room;
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

#[test]
fn a_plan_moved_on_by_five_minutes_costs_the_same_as_one_begun_anew() {
    let mut planner = RoomPlanner::default();
    let (mut cold, mut warm) = (0, 0);
    for mut room in (0..20).flat_map(|building| rooms::building(100 + building, 5, MAX_STEPS)) {
        let last = planner.plan(&room.problem(), &[]);
        room.disturb();
        let anew = planner.plan(&room.problem(), &[]);
        let moved = planner.plan(&room.problem(), last.power_w());
        assert!((anew.objective - moved.objective).abs() < 1e-6 * anew.objective.abs().max(1e-3));
        (cold, warm) = (cold + anew.sweeps, warm + moved.sweeps);
    }
    println!("sweeps cold {cold}, warm {warm}");
    assert!(warm < cold);
}

#[test]
fn degenerate_rooms_have_finite_plans_within_their_range() {
    type Spoil = (&'static str, fn(&mut Room));
    let spoil: [Spoil; 9] = [
        ("no power", |room| room.power_max_w.fill(0.0)),
        ("negative power", |room| room.power_max_w.fill(-5.0)),
        ("more must run than can", |room| room.power_min_w.fill(9e9)),
        ("lower bound above upper", |room| room.low_c.fill(30.0)),
        ("nothing matters", |room| {
            room.low_weight.fill(0.0);
            room.high_weight.fill(0.0);
            room.cost_per_w.fill(0.0);
            room.effort = 0.0;
            room.terminal = Terminal::default();
        }),
        ("only energy costs", |room| {
            room.low_weight.fill(0.0);
            room.effort = 0.0;
        }),
        ("heat that pays", |room| room.cost_per_w.fill(-1e-4)),
        ("no rated power", |room| room.rated_w = 0.0),
        ("far below zero", |room| room.start.fill(-80.0)),
    ];
    let mut planner = RoomPlanner::default();
    for steps in [0, 1, 2, MAX_STEPS] {
        for (name, spoil) in spoil {
            let mut room = rooms::building(61, 1, steps).remove(0);
            spoil(&mut room);
            let plan = planner.plan(&room.problem(), &[f64::NAN, -1.0, 1e300]);
            assert_eq!(plan.power_w().len(), steps, "{name}");
            assert!(plan.objective.is_finite() && plan.curvature_per_w2.is_finite(), "{name} {plan:?}");
            for (k, watts) in plan.power_w().iter().enumerate() {
                let (least, most) = room.problem().power_range_w(k);
                assert!(*watts >= least && *watts <= most, "{name}, step {k}: {watts}");
            }
        }
    }
}

#[test]
fn no_number_in_a_forecast_gives_the_least_power() {
    let mut room = rooms::building(62, 1, MAX_STEPS).remove(0);
    room.drift[7].fill(f64::NAN);
    let plan = RoomPlanner::default().plan(&room.problem(), &[]);
    assert_eq!(plan.power_w(), room.power_min_w);
    assert!(!plan.converged && plan.objective.is_finite() && plan.air_c().iter().all(|c| c.is_finite()));
}

/// A room in steady winter weather with one price and one bound has nothing to plan but to stay where it is: the end
/// of the horizon must show in none of its steps.
#[test]
fn the_end_of_the_horizon_neither_dumps_heat_nor_hoards_it() {
    for price in [0.15, 0.3] {
        let room = steady(price);
        let plan = RoomPlanner::default().plan(&room.problem(), &[]);
        let (first, last) = (plan.power_w()[4], plan.power_w()[MAX_STEPS - 1]);
        let spread = plan.power_w().iter().fold((f64::MAX, f64::MIN), |(a, b), w| (a.min(*w), b.max(*w)));
        println!("price {price}: {first:.1} W, last {last:.1} W, {spread:?}, air {:?}", plan.air_c().last());
        assert!((last - first).abs() < 0.05 * first, "{first} {last}");
    }
}

#[test]
fn a_horizon_of_half_a_day_decides_the_next_hours_much_like_a_whole_day() {
    let half = MAX_STEPS / 2;
    let mut planner = RoomPlanner::default();
    let (mut differ, mut count) = (0.0, 0.0);
    for room in (0..20).flat_map(|building| rooms::building(200 + building, 5, MAX_STEPS)) {
        let whole = planner.plan(&room.problem(), &[]);
        let short = planner.plan(&RoomProblem { low_c: &room.low_c[..half], ..room.problem() }, &[]);
        for k in 0..4 {
            differ += (whole.power_w()[k] - short.power_w()[k]).abs() / room.rated_w;
            count += 1.0;
        }
    }
    println!("the next two hours differ by {:.3} of rated power", differ / count);
    assert!(differ / count < 0.03);
}

/// A room at rest at its lower bound, in weather and at a price that never change.
fn steady(eur_per_kwh: f64) -> Room {
    let mut room = rooms::building(1, 1, MAX_STEPS).remove(0);
    let model = OFFICE;
    room.step = model.over(rooms::STEP_S);
    let weather = Inputs { outdoor_c: 0.0, ..Inputs::default() };
    room.drift.fill(room.step.drift(&weather));
    room.low_c.fill(20.0);
    room.high_c.fill(22.0);
    room.low_weight.fill(1.0);
    room.high_weight.fill(1.0);
    room.cost_per_w.fill(eur_per_kwh * rooms::STEP_S / 3.6e6);
    room.power_min_w.fill(0.0);
    room.rated_w = model.heat_loss_w_per_k() * 40.0;
    room.power_max_w.fill(room.rated_w);
    room.effort = 1e-3;
    room.terminal =
        Terminal::after(&model, &[weather; MAX_STEPS], &room.low_c, &room.cost_per_w, rooms::STEP_S);
    // At rest: a long step at the power that ends at the bound.
    let rest = |power_w| model.over(1e8).after(&State::zeros(), &Inputs { power_w, ..weather });
    let (cold, warm) = (rest(0.0), rest(room.rated_w));
    room.start = cold + (warm - cold) * ((20.0 - cold[0]) / (warm[0] - cold[0]));
    room
}

/// An office of 18 m².
const OFFICE: RoomModel = RoomModel {
    air_j_per_k: 4.0e5,
    mass_j_per_k: 3.5e6,
    air_outdoor_w_per_k: 18.0,
    air_mass_w_per_k: 200.0,
    mass_outdoor_w_per_k: 6.0,
    air_solar_m2: 0.2,
    mass_solar_m2: 0.8,
    inner_gain_w: 30.0,
    emitter: Emitter { conductance_w_per_k: 20.0, lag_s: 900.0, radiant_share: 0.35 },
};
