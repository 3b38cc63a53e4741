//! B5: what is possible under a cap. All rooms are planned together every half hour with the weather, people and windows to
//! come known: the yardstick for what a cap itself costs, as B3 is without one.
//!
//! ```text
//!   school: the same house, days before ──> a model of each room, learned from the truth
//!   copy of the twin under the last plan ──> what the models do not know of the time to come
//!   models + that ──> one programme of all rooms under the cap ──> plan ──(twice)──> its first half hour
//! ```
//! The models only say what other powers would change; along the plan itself the twin speaks. It looks a day ahead with the
//! controller's own solver, and comfort counts ten times what it does there: what it misses is left by cap and horizon, not by
//! thrift. It is a yardstick and no strict bound.

use comfort::{
    BuildingPlanner, BuildingProblem, Circuits, HALF_HOUR_S, HALF_HOURS, Inputs, Prices, RoomModel,
    RoomProblem, State, Step, Terminal,
};

use super::comfort::HIGH_C;
use super::contender::House;
use super::outlook::price_eur_per_kwh;
use super::scenario::STEP_S;
use super::school;
use super::tally::Tally;
use super::world::World;

/// Steps of the twin in a half hour, after which it decides again.
const STEPS: usize = 6;
/// How often a plan is rehearsed and made again: the second time it rests on what the twin does under nearly that plan.
const REHEARSALS: usize = 2;
/// It aims this far above a bound, K: power that is constant for half an hour leaves the air that uneven.
const AIM_ABOVE_K: f64 = 0.1;
/// What a kelvin squared beyond the band costs for half an hour, euro: ten times the controller's.
const BEYOND_EUR_PER_K2: f64 = 5.0;
/// A half hour at full power costs this share more than its energy, as in the controller's plans.
const EFFORT_SHARE: f64 = 0.002;

/// Lives through a house in this way.
pub(super) fn live(house: &House) -> Tally {
    let (mut world, mut tally) = (house.world(), Tally::default());
    let mut seer = Seer::new(&world, school::models(house));
    let mut watts = Vec::new();
    for step in 0.. {
        if world.is_over() {
            break;
        }
        if step % STEPS == 0 {
            watts = seer.decide(&world);
        }
        world.advance(&world.by_emitter(&watts), &mut tally);
        seer.follow(&world, &watts);
    }
    tally
}

struct Seer {
    models: Vec<RoomModel>,
    /// The models over half an hour.
    steps: Vec<Step>,
    states: Vec<State>,
    plans_w: Vec<Vec<f64>>,
    prices: Prices,
}

/// A day ahead as the twin lives it under the last plan.
struct Ahead {
    /// Outdoors and price, the same for all rooms.
    outside: Vec<Inputs>,
    cost_per_w: Vec<f64>,
    /// Of each room: what acts on it beside its heater, and the bound at the end of each half hour.
    drifts: Vec<Vec<State>>,
    lows_c: Vec<Vec<f64>>,
}

impl Seer {
    fn new(world: &World, models: Vec<RoomModel>) -> Self {
        let first = |at: usize| {
            let air_c = world.air_in(&world.building, at);
            State::new(air_c, air_c - 1.0, air_c)
        };
        Self {
            steps: models.iter().map(|model| model.over(HALF_HOUR_S)).collect(),
            states: (0..models.len()).map(first).collect(),
            plans_w: vec![vec![0.0; HALF_HOURS]; models.len()],
            models,
            prices: Prices::default(),
        }
    }

    /// The rooms after a step of the twin: air and heaters are seen, walls are reckoned.
    fn follow(&mut self, world: &World, watts: &[f64]) {
        for (at, (model, state)) in self.models.iter().zip(&mut self.states).enumerate() {
            let mass_c = model.over(STEP_S).after(state, &inputs(world, watts[at]))[1];
            *state =
                State::new(world.air_in(&world.building, at), mass_c, world.case_in(&world.building, at));
        }
    }

    fn decide(&mut self, world: &World) -> Vec<f64> {
        for _ in 0..REHEARSALS {
            let ahead = self.rehearse(world);
            self.plan(world, &ahead);
        }
        let first = self.plans_w.iter().map(|plan| plan[0].floor()).collect();
        for plan in &mut self.plans_w {
            plan.rotate_left(1);
            plan[HALF_HOURS - 1] = plan[HALF_HOURS - 2];
        }
        first
    }

    /// Lives through the plans on a copy of the twin; what a model errs there is put into what acts on its room.
    fn rehearse(&self, world: &World) -> Ahead {
        let rooms = self.models.len();
        let mut copy = world.clone();
        let mut reckoned = self.states.clone();
        let mut ahead = Ahead {
            outside: Vec::with_capacity(HALF_HOURS),
            cost_per_w: Vec::with_capacity(HALF_HOURS),
            drifts: vec![Vec::with_capacity(HALF_HOURS); rooms],
            lows_c: vec![Vec::with_capacity(HALF_HOURS); rooms],
        };
        for half in 0..HALF_HOURS {
            let watts: Vec<f64> = self.plans_w.iter().map(|plan| plan[half]).collect();
            let (outside, price, lows_c) = live_half_hour(&mut copy, &watts);
            ahead.cost_per_w.push(price * HALF_HOUR_S / 3600.0 / 1000.0);
            for at in 0..rooms {
                let told = Inputs { power_w: watts[at], ..outside };
                let mut after = self.steps[at].after(&reckoned[at], &told);
                let unknown_k = copy.air_in(&copy.building, at) - after[0];
                after[0] += unknown_k;
                reckoned[at] = after;
                ahead.drifts[at].push(self.steps[at].drift(&outside) + State::new(unknown_k, 0.0, 0.0));
                ahead.lows_c[at].push(lows_c[at]);
            }
            ahead.outside.push(outside);
        }
        ahead
    }

    fn plan(&mut self, world: &World, ahead: &Ahead) {
        let most_w: Vec<Vec<f64>> = world.zones.iter().map(|zone| vec![zone.rated_w; HALF_HOURS]).collect();
        let dear = ahead.cost_per_w[HALF_HOURS - 1];
        let problem = |(at, zone): (usize, &super::world::Zone)| RoomProblem {
            step: &self.steps[at],
            first: None,
            start: self.states[at],
            drift: &ahead.drifts[at],
            low_c: &ahead.lows_c[at],
            high_c: &[HIGH_C; HALF_HOURS],
            low_weight: &[BEYOND_EUR_PER_K2; HALF_HOURS],
            high_weight: &[BEYOND_EUR_PER_K2; HALF_HOURS],
            cost_per_w: &ahead.cost_per_w,
            power_min_w: &[0.0; HALF_HOURS],
            power_max_w: &most_w[at],
            rated_w: zone.rated_w,
            effort: EFFORT_SHARE * dear * zone.rated_w,
            terminal: Terminal::after(
                &self.models[at],
                &ahead.outside,
                &ahead.lows_c[at],
                &ahead.cost_per_w,
                HALF_HOUR_S,
            ),
            pull: None,
        };
        let rooms: Vec<RoomProblem<'_>> = world.zones.iter().enumerate().map(problem).collect();
        let cap_w = world.header().cap_w.unwrap_or(f64::INFINITY);
        let circuits = Circuits::single(vec![cap_w; HALF_HOURS], rooms.len());
        let building = BuildingProblem { rooms: &rooms, circuits: &circuits, peak: None };
        let solution = BuildingPlanner::default().plan(&building, &self.plans_w, &self.prices);
        self.plans_w = solution.rooms.iter().map(|room| room.power_w().to_vec()).collect();
        self.prices = solution.prices;
    }
}

/// Half an hour of a copy of the twin: what it was like outdoors, the mean price, and the highest bound of each room that
/// held in it or holds at its end, with what is aimed above it.
fn live_half_hour(copy: &mut World, watts: &[f64]) -> (Inputs, f64, Vec<f64>) {
    let (mut outside, mut price) = (Inputs::default(), 0.0);
    let mut lows_c = vec![f64::NEG_INFINITY; watts.len()];
    let by_emitter = copy.by_emitter(watts);
    let mut raise = |copy: &World| {
        for (at, low_c) in lows_c.iter_mut().enumerate() {
            *low_c = low_c.max(copy.bound_in(&copy.building, at).0 + AIM_ABOVE_K);
        }
    };
    for _ in 0..STEPS {
        raise(copy);
        let here = inputs(copy, 0.0);
        outside.outdoor_c += here.outdoor_c / STEPS as f64;
        outside.sun_w_per_m2 += here.sun_w_per_m2 / STEPS as f64;
        price += price_eur_per_kwh(copy.now()) / STEPS as f64;
        let after = copy.now().later_by((1000.0 * STEP_S) as i64);
        copy.building.step(after, STEP_S, &by_emitter);
    }
    raise(copy);
    (outside, price, lows_c)
}

fn inputs(world: &World, power_w: f64) -> Inputs {
    Inputs {
        power_w,
        outdoor_c: world.building.outdoor().temperature_c,
        sun_w_per_m2: world.building.daylight().global_horizontal_wm2,
        disturbance_w: 0.0,
    }
}
