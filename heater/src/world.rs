//! Simulated hardware: a building of the twin shared by the boards of its heaters. All of it is simulation, and the
//! pages say so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use twin::{Building, Climate, Moment, Outdoor, WorkSupply};
use vocabulary::{Maintenance, Metric, Reading, Timestamp};

use crate::board::{Board, Order, Switch};
use crate::safety::{DataSheet, HeatLimits};

/// What a core draws at work, watts: servers of the last years lie between 8 and 15.
const WATTS_PER_CORE: f64 = 11.0;
/// Cores a job of the simulated work uses.
const CORES_PER_JOB: f64 = 8.0;

/// A job of the simulated work takes so long on average, seconds: those that run end like that where no new one is taken.
const JOB_S: f64 = 120.0;

/// From nothing to rated power at the fastest, seconds.
const RAMP_UP_S: f64 = 20.0;

/// The hardware of one simulated heater.
#[derive(Debug, Clone, Copy, Default)]
struct Hardware {
    resistor_rated_w: f64,
    order: Option<Order>,
    compute_w: f64,
    resistor_w: f64,
    energy_wh: f64,
    switch: Switch,
    reset_pressed: bool,
    /// What its people ask of it besides heat.
    asked: Maintenance,
    /// How much hotter its parts are at rated power than they should be, because something covers it.
    covered_k: f64,
}

struct Inner {
    building: Building,
    work: WorkSupply,
    hardware: Vec<Hardware>,
}

/// A simulated building with its heaters' hardware; clones share it.
#[derive(Clone)]
pub struct World(Arc<Mutex<Inner>>);

impl World {
    /// A building whose emitter `j` is a heater with a resistor of `resistors_w[j]`, and the work there is for all.
    ///
    /// # Panics
    /// When there is not one resistor for each emitter: a mistake of the caller.
    #[must_use]
    pub fn new(building: Building, work: WorkSupply, resistors_w: &[f64]) -> Self {
        assert_eq!(resistors_w.len(), building.emitters(), "one resistor for each emitter");
        let hardware = resistors_w
            .iter()
            .map(|&resistor_rated_w| Hardware { resistor_rated_w, ..Hardware::default() })
            .collect();
        Self(Arc::new(Mutex::new(Inner { building, work, hardware })))
    }

    /// The board of heater `emitter`, which stands in `room` and draws at most `rated_w`.
    #[must_use]
    pub fn board(&self, emitter: usize, room: usize, rated_w: f64) -> TwinBoard {
        TwinBoard { world: self.clone(), emitter, room, rated_w }
    }

    /// Lives through the time since the last step: work is shared over the heaters, power becomes heat. Gives the
    /// power drawn by all.
    pub fn step(&self, now: Moment) -> f64 {
        let mut inner = self.lock();
        let Inner { building, work, hardware } = &mut *inner;
        let dt_s = (now.utc_ms - building.now().utc_ms).max(0) as f64 / 1000.0;
        let takes_work = |heater: &&Hardware| !heater.asked.drain;
        let limits = hardware.iter().filter(takes_work).filter_map(|heater| heater.order);
        let limit_sum: f64 = limits.map(|order| order.limit_w).sum();
        let work_share = if limit_sum > 0.0 { (work.available_w(now) / limit_sum).min(1.0) } else { 0.0 };
        hardware.iter_mut().for_each(|heater| heater.draw(work_share, dt_s));
        let powers: Vec<f64> = hardware.iter().map(Hardware::drawn_w).collect();
        building.step(now, dt_s, &powers);
        powers.iter().sum()
    }

    /// The weather outside the building.
    #[must_use]
    pub fn outdoor(&self) -> Outdoor {
        self.lock().building.outdoor()
    }

    /// The weather at any moment.
    #[must_use]
    pub fn climate(&self) -> Climate {
        self.lock().building.climate().clone()
    }

    /// The work there is at a moment, and what is expected: the seeded source behind `site/work`.
    #[must_use]
    pub fn work(&self, now: Moment, hours: usize) -> (f64, Vec<twin::WorkBlock>) {
        let inner = self.lock();
        (inner.work.available_w(now), inner.work.expected(now, hours))
    }

    /// Somebody in the room turns the switch of heater `emitter`.
    pub fn turn(&self, emitter: usize, switch: Switch) {
        self.lock().hardware[emitter].switch = switch;
    }

    /// Somebody in the room presses the reset of heater `emitter`.
    pub fn press_reset(&self, emitter: usize) {
        self.lock().hardware[emitter].reset_pressed = true;
    }

    /// Whether heater `emitter` shows which one it is.
    #[must_use]
    pub fn shows_itself(&self, emitter: usize) -> bool {
        self.lock().hardware[emitter].asked.identify
    }

    /// Something covers heater `emitter`: at rated power its casing and chips are this much hotter than they should be.
    pub fn cover(&self, emitter: usize, hotter_k: f64) {
        self.lock().hardware[emitter].covered_k = hotter_k;
    }

    /// True temperature and number of people of every room, for judging comfort from outside the simulation's sensors.
    #[must_use]
    pub fn truth(&self) -> Vec<(f64, u32)> {
        let inner = self.lock();
        (0..inner.building.rooms())
            .map(|room| inner.building.room(room))
            .map(|room| (room.air_c, room.people))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hardware {
    /// Power is taken back at once; more of it comes with the building's next step, when work has been shared.
    fn obey(&mut self, order: Order) {
        self.order = Some(order);
        self.compute_w = self.compute_w.min(order.limit_w);
        self.resistor_w = self.resistor_w.min((order.heat_w.min(order.limit_w) - self.compute_w).max(0.0));
    }

    /// Work first, the resistor for what heat is left. Where no new job is taken, those that run end one after the other.
    fn draw(&mut self, work_share: f64, dt_s: f64) {
        let order = self.order.unwrap_or(Order::OFF);
        self.compute_w = if self.asked.drain {
            let left_w = self.compute_w * (-dt_s / JOB_S).exp();
            if left_w < WATTS_PER_CORE { 0.0 } else { left_w }
        } else {
            order.limit_w * work_share
        };
        let missing_w = (order.heat_w.min(order.limit_w) - self.compute_w).max(0.0);
        self.resistor_w = missing_w.min(self.resistor_rated_w);
        self.energy_wh += self.drawn_w() * dt_s / 3600.0;
    }

    fn drawn_w(&self) -> f64 {
        self.compute_w + self.resistor_w
    }
}

/// One heater of a simulated building.
pub struct TwinBoard {
    world: World,
    emitter: usize,
    room: usize,
    rated_w: f64,
}

impl Board for TwinBoard {
    fn rated_w(&self) -> f64 {
        self.rated_w
    }

    fn controllable(&self) -> bool {
        true
    }

    fn sense(&mut self, _now: Timestamp) -> Vec<(Metric, Reading)> {
        let inner = self.world.lock();
        let room = inner.building.sense(self.room);
        let (body, hardware) = (inner.building.emitter(self.emitter), inner.hardware[self.emitter]);
        let covered_k = hardware.covered_k * hardware.drawn_w() / self.rated_w;
        let cores_busy = (hardware.compute_w / WATTS_PER_CORE).round();
        let value =
            |metric, value: f64, digits: f64| (metric, Reading::value((value * digits).round() / digits));
        vec![
            value(Metric::TemperatureC, room.temperature_c, 100.0),
            value(Metric::HumidityPct, room.humidity_pct, 10.0),
            value(Metric::Co2Ppm, room.co2_ppm, 1.0),
            value(Metric::VocPpb, room.voc_ppb, 1.0),
            value(Metric::IlluminanceLux, room.illuminance_lux, 1.0),
            value(Metric::SoundDba, room.sound_dba, 10.0),
            value(Metric::Presence, f64::from(u8::from(room.presence)), 1.0),
            value(Metric::PowerW, hardware.drawn_w(), 1.0),
            value(Metric::EnergyWh, hardware.energy_wh, 1.0),
            value(Metric::ResistorW, hardware.resistor_w, 1.0),
            value(Metric::LoadPct, 100.0 * hardware.compute_w / self.rated_w, 1.0),
            value(Metric::CoresBusy, cores_busy, 1.0),
            value(Metric::JobsRunning, (cores_busy / CORES_PER_JOB).ceil(), 1.0),
            value(Metric::ChipTemperatureC, body.chip_c + covered_k, 10.0),
            value(Metric::CaseTemperatureC, body.case_c + covered_k, 10.0),
        ]
    }

    fn obey(&mut self, order: Order) {
        self.world.lock().hardware[self.emitter].obey(order);
    }

    fn maintain(&mut self, asked: Maintenance) {
        self.world.lock().hardware[self.emitter].asked = asked;
    }

    fn drawn_w(&self) -> f64 {
        self.world.lock().hardware[self.emitter].drawn_w()
    }

    /// As of a computing heater whose casing is 35 K and whose chips are 60 K above the room at rated power.
    fn data_sheet(&self) -> DataSheet {
        let limits = |warn_c, limit_c, slew_up_k_per_s| {
            let limits = HeatLimits::new(warn_c, limit_c, 5.0, slew_up_k_per_s);
            Some(limits.expect("each warn is below its limit"))
        };
        DataSheet {
            // 35 K in the quarter of an hour of its time constant; the chips 25 K more in their 20 s.
            outlet: limits(75.0, 85.0, 0.04),
            chip: limits(97.0, 105.0, 1.3),
            ramp_up_w_per_s: self.rated_w / RAMP_UP_S,
            ..DataSheet::default()
        }
    }

    fn switch(&self) -> Switch {
        self.world.lock().hardware[self.emitter].switch
    }

    fn take_reset(&mut self) -> bool {
        std::mem::take(&mut self.world.lock().hardware[self.emitter].reset_pressed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hardware(resistor_rated_w: f64, heat_w: f64, limit_w: f64) -> Hardware {
        Hardware { resistor_rated_w, order: Some(Order { heat_w, limit_w }), ..Hardware::default() }
    }

    #[test]
    fn work_comes_first_and_the_resistor_makes_the_rest_of_the_heat() {
        for (share, compute, resistor) in [(1.0, 400.0, 0.0), (0.75, 300.0, 100.0), (0.0, 0.0, 200.0)] {
            let mut heater = hardware(200.0, 400.0, 400.0);
            heater.draw(share, 3600.0);
            assert_eq!((heater.compute_w, heater.resistor_w), (compute, resistor), "share {share}");
            assert_eq!(heater.energy_wh, compute + resistor);
        }
    }

    #[test]
    fn a_heater_that_takes_no_new_job_ends_those_it_has_and_heats_with_its_resistor() {
        let mut heater = hardware(200.0, 400.0, 400.0);
        heater.draw(1.0, 1.0);
        heater.asked.drain = true;
        heater.draw(1.0, JOB_S);
        let left_w = 400.0 / std::f64::consts::E;
        assert!((heater.compute_w - left_w).abs() < 1e-9 && heater.resistor_w == 200.0, "{heater:?}");
        heater.draw(1.0, 60.0 * JOB_S);
        assert_eq!((heater.compute_w, heater.resistor_w), (0.0, 200.0));
        heater.asked.drain = false;
        heater.draw(1.0, 1.0);
        assert_eq!((heater.compute_w, heater.resistor_w), (400.0, 0.0));
    }

    #[test]
    fn power_is_taken_back_at_once() {
        let mut heater = hardware(200.0, 500.0, 500.0);
        heater.draw(0.8, 1.0);
        assert_eq!((heater.compute_w, heater.resistor_w), (400.0, 100.0));
        heater.obey(Order { heat_w: 300.0, limit_w: 300.0 });
        assert_eq!(heater.drawn_w(), 300.0);
        heater.obey(Order::OFF);
        assert_eq!(heater.drawn_w(), 0.0);
    }

    #[test]
    fn work_may_go_beyond_the_heat_wanted_but_never_beyond_the_limit() {
        let mut heater = hardware(200.0, 100.0, 400.0);
        heater.draw(1.0, 1.0);
        assert_eq!((heater.compute_w, heater.resistor_w), (400.0, 0.0));
    }
}
