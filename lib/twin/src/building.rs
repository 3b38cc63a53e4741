//! The building: rooms beside each other under one weather, stepped together.

use crate::check::PlanError;
use crate::climate::Climate;
use crate::moment::Moment;
use crate::noise::{Noise, Purpose};
use crate::people::{Crowd, Scene};
use crate::plan::{BuildingPlan, EmitterPlan};
use crate::room::{Outside, Room, RoomState};
use crate::season::Season;
use crate::sensor::{self, Sensed};
use crate::sun::Daylight;
use crate::thermal::{self, Source};
use crate::weather::Outdoor;
use crate::window::DECISION_MS;

/// A building being simulated.
#[derive(Debug, Clone)]
pub struct Building {
    rooms: Vec<Room>,
    /// For each room the rooms beside it and the conductance to them, W/K, both ways.
    beside: Vec<Vec<(usize, f64)>>,
    emitters: Vec<Emitter>,
    /// For each room the emitters in it.
    emitters_in: Vec<Vec<usize>>,
    climate: Climate,
    noise: Noise,
    now: Moment,
    outdoor: Outdoor,
    daylight: Daylight,
    states: Vec<RoomState>,
    minute: i64,
    window_decision: i64,
}

#[derive(Debug, Clone, Copy)]
struct Emitter {
    plan: EmitterPlan,
    state: EmitterState,
}

/// What an emitter is like now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmitterState {
    /// Temperature of the body that gives its heat to the room, °C.
    pub case_c: f64,
    /// Temperature of the chips inside, °C.
    pub chip_c: f64,
    /// Power drawn in the last step, W, after the limits 0 and rated.
    pub power_w: f64,
    /// Heat given to the room at this moment, W: power, later.
    pub heat_w: f64,
}

/// A step is cut into parts no longer than this: people move at full minutes, and it is short beside the
/// quarter hour of air and emitters, so the first-order integration is good to some hundredths of a kelvin.
const LONGEST_PART_S: f64 = 60.0;
/// How fast chips follow their power, s.
const CHIP_LAG_S: f64 = 20.0;
const MINUTE_MS: i64 = 60_000;

impl Building {
    /// A building in the recorded weather and occupancy, as `season` shows them, at `start`; same seed, same
    /// bits.
    ///
    /// # Errors
    /// [`PlanError`] says what in the plan cannot be.
    pub fn new(plan: BuildingPlan, seed: u64, season: Season, start: Moment) -> Result<Building, PlanError> {
        let climate = Climate::recorded(season, plan.place);
        Building::in_climate(plan, seed, climate, start)
    }

    /// A building in any [`Climate`].
    ///
    /// # Errors
    /// [`PlanError`] says what in the plan cannot be.
    pub fn in_climate(
        plan: BuildingPlan,
        seed: u64,
        climate: Climate,
        start: Moment,
    ) -> Result<Building, PlanError> {
        plan.check()?;
        let noise = Noise::new(seed);
        let (outdoor, daylight) = climate.at(start);
        let beside = both_ways(&plan);
        let rooms: Vec<Room> = plan
            .rooms
            .into_iter()
            .enumerate()
            .map(|(room, of)| {
                let spread = noise.uniform(Purpose::StartTemperature, room, 0) - 0.5;
                Room::settled(of, plan.start_c + spread, &outdoor)
            })
            .collect();
        let emitters: Vec<Emitter> =
            plan.emitters.into_iter().map(|of| Emitter::cold(of, rooms[of.room].nodes.air_c)).collect();
        let emitters_in = (0..rooms.len())
            .map(|room| (0..emitters.len()).filter(|&at| emitters[at].plan.room == room).collect());
        let mut building = Building {
            beside,
            emitters_in: emitters_in.collect(),
            emitters,
            climate,
            noise,
            now: start,
            outdoor,
            daylight,
            states: Vec::new(),
            minute: i64::MIN,
            window_decision: start.utc_ms.div_euclid(DECISION_MS),
            rooms,
        };
        building.look_around(start);
        Ok(building)
    }

    /// Lives through the `dt_s` seconds that end at `now`, while emitter `j` draws `power_w[j]` watts. Any
    /// step will do; one second to five minutes is what it was made for. A step of zero, or one that is no
    /// number, only sets the time. Power that cannot be (negative, not a number, above rated) is the nearest
    /// that can.
    ///
    /// # Panics
    /// If `power_w` has not exactly one number an emitter: a mistake of the caller.
    pub fn step(&mut self, now: Moment, dt_s: f64, power_w: &[f64]) {
        assert_eq!(power_w.len(), self.emitters.len(), "one power for each emitter");
        for (emitter, &power_w) in self.emitters.iter_mut().zip(power_w) {
            emitter.state.power_w = if power_w > 0.0 { power_w.min(emitter.plan.rated_w) } else { 0.0 };
        }
        if dt_s > 0.0 && dt_s.is_finite() {
            let parts = (dt_s / LONGEST_PART_S).ceil();
            let part_s = dt_s / parts;
            for part in 0..parts as u64 {
                let until_end_s = dt_s - (part as f64 + 0.5) * part_s;
                self.live(now.later_by(-((until_end_s * 1000.0).round() as i64)), part_s);
            }
            for room in &mut self.rooms {
                room.condense(&self.outdoor);
            }
        }
        self.look_around(now);
    }

    /// The moment the building has lived to.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    /// How many rooms there are.
    #[must_use]
    pub fn rooms(&self) -> usize {
        self.rooms.len()
    }

    /// How many emitters there are.
    #[must_use]
    pub fn emitters(&self) -> usize {
        self.emitters.len()
    }

    /// What a room is really like now.
    ///
    /// # Panics
    /// If there is no such room.
    #[must_use]
    pub fn room(&self, room: usize) -> &RoomState {
        &self.states[room]
    }

    /// What an emitter is like now.
    ///
    /// # Panics
    /// If there is no such emitter.
    #[must_use]
    pub fn emitter(&self, emitter: usize) -> EmitterState {
        self.emitters[emitter].state
    }

    /// What the sensors in a room read now. Asking again within the same second gives the same readings, and
    /// asking changes nothing.
    ///
    /// # Panics
    /// If there is no such room.
    #[must_use]
    pub fn sense(&self, room: usize) -> Sensed {
        sensor::sense(room, &self.states[room], &self.rooms[room].crowd, self.now, self.noise)
    }

    /// The weather now.
    #[must_use]
    pub fn outdoor(&self) -> Outdoor {
        self.outdoor
    }

    /// The light on ground and façades now.
    #[must_use]
    pub fn daylight(&self) -> Daylight {
        self.daylight
    }

    /// The weather at any moment, past or to come.
    #[must_use]
    pub fn climate(&self) -> Climate {
        self.climate
    }

    /// One part of a step, with everything from outside as it is in the middle of it.
    fn live(&mut self, middle: Moment, part_s: f64) {
        let outside = Outside::of(self.climate.at(middle));
        self.let_people_move(middle);
        self.let_people_air(middle, &outside.outdoor);
        let air_before: Vec<f64> = self.rooms.iter().map(|room| room.nodes.air_c).collect();
        for (at, room) in self.rooms.iter_mut().enumerate() {
            let neighbours =
                self.beside[at].iter().map(|&(other, conductance)| (conductance, air_before[other]));
            let sources = self.emitters_in[at].iter().map(|&emitter| self.emitters[emitter].source());
            let flow_m3_s = room.outdoor_air_m3_s(&outside.outdoor);
            let around = room.around(&outside, flow_m3_s, neighbours);
            room.nodes = thermal::advance(&room.plan.fabric, room.nodes, &around, sources, part_s);
            room.breathe(&outside, flow_m3_s, part_s);
        }
        let chip_rest = (-part_s / CHIP_LAG_S).exp();
        for emitter in &mut self.emitters {
            emitter.follow(&self.rooms[emitter.plan.room], part_s, chip_rest);
        }
    }

    /// People come and go at full minutes.
    fn let_people_move(&mut self, moment: Moment) {
        let minute = moment.utc_ms.div_euclid(MINUTE_MS);
        if minute == self.minute {
            return;
        }
        self.minute = minute;
        let on_the_minute = Moment { utc_ms: minute * MINUTE_MS, ..moment };
        let scene = Scene::at(on_the_minute, self.climate.season(), self.noise);
        for (at, room) in self.rooms.iter_mut().enumerate() {
            room.crowd = Crowd::at(room.plan.usage, at, &scene);
        }
    }

    fn let_people_air(&mut self, moment: Moment, outdoor: &Outdoor) {
        let decision = moment.utc_ms.div_euclid(DECISION_MS);
        if decision == self.window_decision {
            return;
        }
        self.window_decision = decision;
        for (at, room) in self.rooms.iter_mut().enumerate().filter(|(_, room)| room.plan.windows_open) {
            room.decide_window(outdoor, self.noise.uniform(Purpose::Window, at, decision));
        }
    }

    fn look_around(&mut self, now: Moment) {
        self.now = now;
        self.let_people_move(now);
        (self.outdoor, self.daylight) = self.climate.at(now);
        self.states.clear();
        self.states.extend(self.rooms.iter().map(|room| room.state(&self.outdoor, &self.daylight)));
    }
}

impl Emitter {
    fn cold(plan: EmitterPlan, air_c: f64) -> Emitter {
        Emitter { plan, state: EmitterState { case_c: air_c, chip_c: air_c, power_w: 0.0, heat_w: 0.0 } }
    }

    fn source(&self) -> Source<'_> {
        Source { plan: &self.plan, case_c: self.state.case_c, power_w: self.state.power_w }
    }

    /// The emitter after a part of a step that has left its room as it is now; `chip_rest` is what remains of
    /// the chips' distance from where they tend.
    fn follow(&mut self, room: &Room, part_s: f64, chip_rest: f64) {
        let case_c = thermal::case_after(&self.source(), room.nodes, part_s);
        let towards = case_c + self.plan.chip_excess_k * self.state.power_w / self.plan.rated_w;
        let around_c =
            (1.0 - self.plan.radiant_share) * room.nodes.air_c + self.plan.radiant_share * room.nodes.mass_c;
        self.state.chip_c = towards + (self.state.chip_c - towards) * chip_rest;
        self.state.heat_w = self.plan.conductance_w_per_k() * (case_c - around_c);
        self.state.case_c = case_c;
    }
}

/// The plan names a pair of neighbours once; heat flows both ways.
fn both_ways(plan: &BuildingPlan) -> Vec<Vec<(usize, f64)>> {
    let mut beside = vec![Vec::new(); plan.rooms.len()];
    for (at, room) in plan.rooms.iter().enumerate() {
        for &(other, conductance) in &room.neighbours {
            beside[at].push((other, conductance));
            beside[other].push((at, conductance));
        }
    }
    beside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Orientation, RoomPlan, RoomUse};
    use crate::sun::Place;

    const START: Moment = Moment { utc_ms: 1_736_150_400_000, local_offset_s: 3600 };

    #[test]
    fn an_open_window_cools_the_room_and_clears_the_air() {
        // Nobody decides about this window, so it stays as the test leaves it.
        let mut room = RoomPlan::typical(15.0, Orientation::North, RoomUse::Constant { people: 2 });
        room.windows_open = false;
        let plan = BuildingPlan { rooms: vec![room], emitters: vec![], place: Place::PARIS, start_c: 20.0 };
        let mut shut = Building::new(plan, 1, Season::Winter, START).unwrap();
        shut.step(START.later_by(3_600_000), 3600.0, &[]);
        let mut open = shut.clone();
        open.rooms[0].window_open = true;
        for building in [&mut shut, &mut open] {
            building.step(START.later_by(4_500_000), 900.0, &[]);
        }
        assert!(open.room(0).window_open && !shut.room(0).window_open);
        assert!(open.room(0).air_c < shut.room(0).air_c - 1.0, "{:?} {:?}", open.room(0), shut.room(0));
        assert!(open.room(0).co2_ppm < shut.room(0).co2_ppm - 100.0, "{:?} {:?}", open.room(0), shut.room(0));
    }
}
