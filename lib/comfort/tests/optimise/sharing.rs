//! What planning together is worth: a small building for four winter days under a cap of 45 % of its rated power, the
//! plant being the model itself.

use comfort::{
    BuildingPlanner, BuildingProblem, Circuits, Emitter, Inputs, MAX_STEPS, Method, Prices, RoomModel,
    RoomPlanner, RoomProblem, State, Step, Terminal,
};

const STEP_S: f64 = 1800.0;
const STEPS_A_DAY: usize = 48;
const DAYS: usize = 4;
const ROOMS: usize = 8;
const CAP_SHARE: f64 = 0.45;
const EUR_PER_KWH: f64 = 0.25;
/// A kelvin missing for half an hour costs as much as 4 kWh: comfort comes first.
const DISCOMFORT: f64 = 1.0;

struct Room {
    model: RoomModel,
    step: Step,
    rated_w: f64,
    state: State,
}

/// Rooms of 14 to 28 m², sized for twice their loss at −7 °C so that they heat up quickly in the morning.
fn rooms() -> Vec<Room> {
    (0..ROOMS)
        .map(|index| {
            let floor_m2 = 14.0 + 2.0 * index as f64;
            let rated_w = 2.0 * 26.0 * 1.4 * floor_m2;
            let model = RoomModel {
                air_j_per_k: 2.2e4 * floor_m2,
                mass_j_per_k: 2.0e5 * floor_m2,
                air_outdoor_w_per_k: 1.1 * floor_m2,
                air_mass_w_per_k: 9.0 * floor_m2,
                mass_outdoor_w_per_k: 0.3 * floor_m2,
                air_solar_m2: 0.0,
                mass_solar_m2: 0.0,
                inner_gain_w: 0.0,
                emitter: Emitter { conductance_w_per_k: rated_w / 35.0, lag_s: 900.0, radiant_share: 0.3 },
            };
            Room { model, step: model.over(STEP_S), rated_w, state: State::new(17.0, 17.0, 20.0) }
        })
        .collect()
}

fn hour(k: usize) -> f64 {
    (k % STEPS_A_DAY) as f64 / 2.0
}

fn weather(k: usize) -> Inputs {
    Inputs {
        outdoor_c: 4.0 + 3.0 * ((hour(k) - 14.0) * std::f64::consts::TAU / 24.0).cos(),
        ..Inputs::default()
    }
}

/// 20 °C from 8 to 18 o'clock, else 16 °C.
fn low_c(k: usize) -> f64 {
    if (8.0..18.0).contains(&hour(k)) { 20.0 } else { 16.0 }
}

/// The forecasts of all rooms from step `k` on.
struct Ahead {
    weather: Vec<Inputs>,
    drift: Vec<Vec<State>>,
    low_c: Vec<f64>,
    high_c: Vec<f64>,
    weight: Vec<f64>,
    cost_per_w: Vec<f64>,
    none: Vec<f64>,
    most_w: Vec<Vec<f64>>,
}

impl Ahead {
    fn from(k: usize, rooms: &[Room]) -> Self {
        let steps = k..k + MAX_STEPS;
        let drift = |room: &Room| steps.clone().map(|k| room.step.drift(&weather(k))).collect();
        Self {
            weather: steps.clone().map(weather).collect(),
            drift: rooms.iter().map(drift).collect(),
            // The bound that holds at the end of a step is that of the next.
            low_c: steps.clone().map(|k| low_c(k + 1)).collect(),
            high_c: vec![22.0; MAX_STEPS],
            weight: vec![DISCOMFORT; MAX_STEPS],
            cost_per_w: vec![EUR_PER_KWH * STEP_S / 3.6e6; MAX_STEPS],
            none: vec![0.0; MAX_STEPS],
            most_w: rooms.iter().map(|room| vec![room.rated_w; MAX_STEPS]).collect(),
        }
    }

    fn problems<'a>(&'a self, rooms: &'a [Room]) -> Vec<RoomProblem<'a>> {
        let problem = |(index, room): (usize, &'a Room)| RoomProblem {
            step: &room.step,
            first: None,
            start: room.state,
            drift: &self.drift[index],
            low_c: &self.low_c,
            high_c: &self.high_c,
            low_weight: &self.weight,
            high_weight: &self.weight,
            cost_per_w: &self.cost_per_w,
            power_min_w: &self.none,
            power_max_w: &self.most_w[index],
            rated_w: room.rated_w,
            effort: 1e-3,
            terminal: Terminal::after(&room.model, &self.weather, &self.low_c, &self.cost_per_w, STEP_S),
            pull: None,
        };
        rooms.iter().enumerate().map(problem).collect()
    }
}

/// Plays the days with `decide(step, rooms)` giving each room's power; K·h missing per room, kWh, and highest sum.
fn play(mut decide: impl FnMut(usize, &[Room]) -> Vec<f64>) -> (f64, f64, f64) {
    let mut rooms = rooms();
    let (mut missing_k_h, mut kwh, mut peak_w) = (0.0, 0.0, 0.0_f64);
    for k in 0..DAYS * STEPS_A_DAY {
        let power_w = decide(k, &rooms);
        peak_w = peak_w.max(power_w.iter().sum());
        for (room, watts) in rooms.iter_mut().zip(power_w) {
            room.state = room.step.after(&room.state, &Inputs { power_w: watts, ..weather(k) });
            missing_k_h += (low_c(k + 1) - room.state[0]).max(0.0) * STEP_S / 3600.0 / ROOMS as f64;
            kwh += watts * STEP_S / 3.6e6;
        }
    }
    (missing_k_h, kwh, peak_w)
}

fn in_proportion(mut wanted_w: Vec<f64>, cap_w: f64) -> Vec<f64> {
    let sum: f64 = wanted_w.iter().sum();
    let share = if sum > cap_w { cap_w / sum } else { 1.0 };
    wanted_w.iter_mut().for_each(|watts| *watts *= share);
    wanted_w
}

/// A sequence one step later, its last value held.
fn moved_on(values: &[f64]) -> Vec<f64> {
    values.iter().skip(1).chain(values.last()).copied().collect()
}

#[test]
fn planning_together_under_a_cap_beats_sharing_it_in_proportion() {
    let cap_w = CAP_SHARE * rooms().iter().map(|room| room.rated_w).sum::<f64>();
    let thermostat = play(|k, rooms| {
        // An ideal one: just what brings the air to its bound by the end of the step.
        let wanted = |room: &Room| {
            let free = room.step.after(&room.state, &weather(k));
            ((low_c(k + 1) - free[0]) / room.step.per_watt()[0]).clamp(0.0, room.rated_w)
        };
        in_proportion(rooms.iter().map(wanted).collect(), cap_w)
    });
    let mut planner = RoomPlanner::default();
    let alone = play(|k, rooms| {
        let ahead = Ahead::from(k, rooms);
        let plans = ahead.problems(rooms);
        in_proportion(plans.iter().map(|problem| planner.plan(problem, &[]).power_w()[0]).collect(), cap_w)
    });
    let (mut building, circuits) =
        (BuildingPlanner::default(), Circuits::single(vec![cap_w; MAX_STEPS], ROOMS));
    let (mut guess, mut prices, mut by_prices) = (Vec::new(), Prices::default(), 0);
    let together = play(|k, rooms| {
        let ahead = Ahead::from(k, rooms);
        let problem = BuildingProblem { rooms: &ahead.problems(rooms), circuits: &circuits, peak: None };
        let plan = building.plan(&problem, &guess, &prices);
        by_prices += usize::from(plan.method == Method::Prices);
        guess = plan.rooms.iter().map(|room| moved_on(room.power_w())).collect();
        prices = Prices {
            caps: plan.prices.caps.iter().map(|cap| moved_on(cap)).collect(),
            peak: moved_on(&plan.prices.peak),
            ..plan.prices
        };
        plan.rooms.iter().map(|room| room.power_w()[0]).collect()
    });
    println!("{by_prices} of {} plans by prices from the last ones", DAYS * STEPS_A_DAY);
    for (name, (missing, kwh, peak_w)) in [
        ("thermostats, cap shared in proportion", thermostat),
        ("plans alone, cap shared in proportion", alone),
        ("planned together", together),
    ] {
        println!(
            "{name}: {missing:.2} K·h a room in {DAYS} days, {kwh:.0} kWh, peak {:.3} of cap",
            peak_w / cap_w
        );
        assert!(peak_w <= cap_w * (1.0 + 1e-12));
    }
    assert!(together.0 < 0.1 * thermostat.0 && together.0 < 0.5 * alone.0);
}
