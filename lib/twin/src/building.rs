//! The building: rooms beside each other under one weather, stepped together.

use crate::check::PlanError;
use crate::climate::Climate;
use crate::emitter::{self, Emitter, EmitterState};
use crate::faults::{FaultKind, Faults, Sensor};
use crate::layout;
use crate::moment::Moment;
use crate::noise::{Noise, Purpose};
use crate::people::Scene;
use crate::plan::BuildingPlan;
use crate::received::{Failing, Received};
use crate::room::{Outside, Room, RoomState};
use crate::rows::Rows;
use crate::season::Season;
use crate::sensor::{self, Sensed};
use crate::sun::Daylight;
use crate::thermal;
use crate::weather::Outdoor;
use crate::window::DECISION_MS;

/// A building being simulated.
#[derive(Debug, Clone)]
pub struct Building {
    rooms: Vec<Room>,
    /// For each room the rooms beside it and the conductance to them, W/K, both ways.
    beside: Rows<(usize, f64)>,
    /// For each room the emitters in it.
    emitters: Rows<Emitter>,
    /// Where emitter `j` of the plan is among those.
    place_of_emitter: Vec<usize>,
    climate: Climate,
    noise: Noise,
    now: Moment,
    outdoor: Outdoor,
    daylight: Daylight,
    states: Vec<RoomState>,
    failing: Failing,
    /// Room for the air temperatures that neighbours see, and for the minutes of a part of a step.
    expected_air_c: Vec<f64>,
    scenes: Vec<Scene>,
    minute: i64,
    window_decision: i64,
}

/// A step is cut into parts no longer than this. Over five minutes the integration is good to a hundredth of
/// a kelvin, no decision at a window is passed over, and people count with the mean over their minutes.
const LONGEST_PART_S: f64 = 300.0;
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
        let beside = layout::both_ways(&plan);
        let rooms: Vec<Room> = plan
            .rooms
            .into_iter()
            .enumerate()
            .map(|(room, of)| {
                let spread = noise.uniform(Purpose::StartTemperature, room, 0) - 0.5;
                let neighbours_w_per_k = beside[room].iter().map(|&(_, conductance)| conductance).sum();
                Room::settled(of, plan.start_c + spread, &outdoor, neighbours_w_per_k)
            })
            .collect();
        let (emitters, place_of_emitter) = layout::by_room(&plan.emitters, &rooms);
        let mut building = Building {
            beside: Rows::of(beside),
            emitters,
            place_of_emitter,
            climate,
            noise,
            now: start,
            outdoor,
            daylight,
            states: Vec::new(),
            failing: Failing::new(Faults::default(), noise, rooms.len()),
            expected_air_c: Vec::new(),
            scenes: Vec::new(),
            minute: i64::MIN,
            window_decision: start.utc_ms.div_euclid(DECISION_MS),
            rooms,
        };
        building.look_around(start);
        Ok(building)
    }

    /// The same building with sensors that fail and messages that are lost, from now on; see
    /// [`Building::receive`].
    #[must_use]
    pub fn with_faults(mut self, faults: Faults) -> Building {
        self.failing = Failing::new(faults, self.noise, self.rooms.len());
        self.look_around(self.now);
        self
    }

    /// Lives through the `dt_s` seconds that end at `now`, while emitter `j` draws `power_w[j]` watts. Any
    /// step will do; one second to five minutes is what it was made for. A step of zero, or one that is no
    /// number, only sets the time. Power that cannot be (negative, not a number, above rated) is the nearest
    /// that can.
    ///
    /// # Panics
    /// If `power_w` has not exactly one number an emitter: a mistake of the caller.
    pub fn step(&mut self, now: Moment, dt_s: f64, power_w: &[f64]) {
        assert_eq!(power_w.len(), self.place_of_emitter.len(), "one power for each emitter");
        for (&place, &power_w) in self.place_of_emitter.iter().zip(power_w) {
            self.emitters.all_mut()[place].draw(power_w);
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
        self.place_of_emitter.len()
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
        self.emitters.item(self.place_of_emitter[emitter]).state()
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

    /// What arrives of the readings of a room: [`Building::sense`] less what its [`Faults`] do to it.
    ///
    /// # Panics
    /// If there is no such room.
    #[must_use]
    pub fn receive(&self, room: usize) -> Received {
        self.failing.receive(room, &self.sense(room), self.now)
    }

    /// What is wrong with a sensor now, if anything.
    #[must_use]
    pub fn fault(&self, room: usize, sensor: Sensor) -> Option<FaultKind> {
        self.failing.kind(room, sensor, self.now)
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
    pub fn climate(&self) -> &Climate {
        &self.climate
    }

    /// One part of a step, with everything from outside as it is in the middle of it.
    fn live(&mut self, middle: Moment, part_s: f64) {
        let outside = Outside::of(self.climate.at(middle));
        self.let_people_air(middle, &outside.outdoor);
        self.let_people_move(middle, part_s);
        self.expected_air_c.clear();
        self.expected_air_c.extend(self.rooms.iter().map(|room| room.expected_air_c(part_s)));
        let chip_rest = emitter::chip_rest(part_s);
        for (at, room) in self.rooms.iter_mut().enumerate() {
            let neighbours_w = self
                .beside
                .row(at)
                .iter()
                .map(|&(other, conductance)| conductance * self.expected_air_c[other])
                .sum();
            let flow_m3_s = room.outdoor_air_m3_s(&outside.outdoor);
            let around = room.around(&outside, flow_m3_s, neighbours_w);
            let emitters = self.emitters.row_mut(at);
            let nodes = thermal::advance(&room.plan.fabric, room.nodes, &around, emitters, part_s);
            room.become_warm(nodes, part_s);
            room.breathe(&outside, flow_m3_s, part_s);
            emitters.iter_mut().for_each(|emitter| emitter.follow(&nodes, chip_rest));
        }
    }

    /// People come and go at full minutes; of a longer part each minute is looked at.
    fn let_people_move(&mut self, middle: Moment, part_s: f64) {
        let looks = (part_s * 1000.0 / MINUTE_MS as f64).ceil().max(1.0) as i64;
        let minute_of = |moment: Moment| moment.utc_ms.div_euclid(MINUTE_MS);
        let part_ms = (part_s * 1000.0) as i64;
        let minutes = (0..looks)
            .map(|look| minute_of(middle.later_by((2 * look + 1) * part_ms / (2 * looks) - part_ms / 2)));
        if looks == 1 && minute_of(middle) == self.minute {
            return;
        }
        self.scenes.clear();
        for minute in minutes {
            let on_the_minute = Moment { utc_ms: minute * MINUTE_MS, ..middle };
            self.scenes.push(Scene::at(on_the_minute, self.climate.season(), self.noise));
            self.minute = minute;
        }
        for (at, room) in self.rooms.iter_mut().enumerate() {
            room.let_people_move(at, &self.scenes);
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
        self.let_people_move(now, 0.0);
        (self.outdoor, self.daylight) = self.climate.at(now);
        self.states.clear();
        self.states.extend(self.rooms.iter().map(|room| room.state(&self.outdoor, &self.daylight)));
        let (states, rooms, noise) = (&self.states, &self.rooms, self.noise);
        self.failing.freeze(now, |room| sensor::sense(room, &states[room], &rooms[room].crowd, now, noise));
    }
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
