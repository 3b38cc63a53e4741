//! What heaters measure, made up: the same seed gives the same samples for every system and in every run.
//!
//! Each heater has a chance of its own, so one can be made without the others. Figures move as sensors' figures do:
//! in the steps of the sensor, with noise in the last digit, days, weekends, and power that stays where it is for
//! minutes. Timers are not exact: a record is made 0 to 2 ms after it is due.

use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use registry::{Clock, Heater, Room, Site, SiteBook};
use vocabulary::{Celsius, DisplayName, HeaterId, Metric, RoomId, SiteId, Watts, WeekSchedule, Zone};

/// What each heater measures, in the order of [`Row::values`].
pub(super) const METRICS: [Metric; 12] = [
    Metric::TemperatureC,
    Metric::HumidityPct,
    Metric::Co2Ppm,
    Metric::IlluminanceLux,
    Metric::Presence,
    Metric::PowerW,
    Metric::EnergyWh,
    Metric::LoadPct,
    Metric::CoresBusy,
    Metric::JobsRunning,
    Metric::ChipTemperatureC,
    Metric::FanRpm,
];

/// Thursday, 1 January 2026, midnight UTC.
pub(super) const FIRST_MS: i64 = 1_767_225_600_000;
/// Heaters of the large fleet.
pub(super) const FLEET_HEATERS: usize = 2_000;
/// What a heater is rated for.
pub(super) const RATED_W: u32 = 500;
/// Its cores.
const CORES: f64 = 16.0;
const DAY_MS: i64 = 24 * 3_600_000;

/// The site of all measurements.
pub(super) fn site() -> SiteId {
    SiteId::new("bench").expect("a constant identifier")
}

/// The heater of this number.
pub(super) fn heater(number: usize) -> HeaterId {
    HeaterId::new(&format!("h-{number:04}")).expect("the grammar of identifiers")
}

/// The room it stands in.
pub(super) fn room(number: usize) -> RoomId {
    RoomId::new(&format!("r-{number:04}")).expect("the grammar of identifiers")
}

/// A building of so many rooms with a heater in each.
pub(super) fn book(heaters: usize) -> SiteBook {
    let name = |text: &str| DisplayName::new(text).expect("a short printable name");
    let celsius = Celsius::from_hundredths;
    let watts = Watts::new(RATED_W).expect("a sensible power");
    let one_room = |number| Room {
        id: room(number),
        name: name("Room"),
        floor: name("Floor"),
        area: None,
        low_c: celsius(1700),
        high_c: celsius(2400),
        setback_c: celsius(1600),
        schedule: WeekSchedule::constant(celsius(2000)).into(),
    };
    let one_heater = |number| Heater {
        id: heater(number),
        name: name("Heater"),
        room: Some(room(number)),
        rated_w: watts,
        resistor_w: Watts::ZERO,
        fallback_w: Watts::ZERO,
        simulated: true,
        circuit: None,
    };
    SiteBook {
        site: Site {
            id: site(),
            name: name("Benchmark"),
            zone: Zone::UTC,
            clock: Clock::Wall,
            cap_w: None,
            demonstration: false,
        },
        rooms: (0..heaters).map(one_room).collect(),
        heaters: (0..heaters).map(one_heater).collect(),
        circuits: Vec::new(),
        metrics: Vec::new(),
    }
}

/// One record of one heater.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) heater: usize,
    /// From 1.
    pub(super) seq: u64,
    pub(super) at_ms: i64,
    /// In the order of [`METRICS`].
    pub(super) values: [f64; METRICS.len()],
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(super) struct Set {
    pub(super) heaters: usize,
    /// Records of each heater.
    pub(super) records_each: u64,
    /// Time between them.
    pub(super) every_ms: i64,
    pub(super) seed: u64,
}

impl Set {
    pub(super) const fn records(self) -> u64 {
        self.heaters as u64 * self.records_each
    }

    pub(super) const fn samples(self) -> u64 {
        self.records() * METRICS.len() as u64
    }

    /// The end: no record is this late or later.
    pub(super) const fn end_ms(self) -> i64 {
        FIRST_MS + self.records_each as i64 * self.every_ms
    }

    /// All records, by time and heater.
    pub(super) fn rows(self) -> impl Iterator<Item = Row> {
        let mut models: Vec<Model> = (0..self.heaters).map(|heater| Model::new(self, heater)).collect();
        (0..self.records_each).flat_map(move |_| models.iter_mut().map(Model::next).collect::<Vec<_>>())
    }
}

/// One heater in its room.
#[derive(Debug, Clone)]
pub(super) struct Model {
    heater: usize,
    chance: ChaCha8Rng,
    every_ms: i64,
    /// When in the cycle this heater's timer fires.
    phase_ms: i64,
    seq: u64,
    temperature_c: f64,
    humidity_pct: f64,
    co2_ppm: f64,
    clouds: f64,
    presence: bool,
    /// Of the rated power.
    level: f64,
    energy_wh: f64,
    chip_c: f64,
}

impl Model {
    pub(super) fn new(set: Set, heater: usize) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(set.seed);
        chance.set_stream(heater as u64);
        let phase_ms = chance.random_range(0..set.every_ms - 2);
        let energy_wh = f64::from(chance.random_range(0..5_000_000_u32));
        Self {
            heater,
            phase_ms,
            every_ms: set.every_ms,
            seq: 0,
            temperature_c: chance.random_range(18.0..22.0),
            humidity_pct: chance.random_range(35.0..55.0),
            co2_ppm: 450.0,
            clouds: 0.5,
            presence: false,
            level: 0.5,
            energy_wh,
            chip_c: 50.0,
            chance,
        }
    }

    /// The next record.
    pub(super) fn next(&mut self) -> Row {
        let due_ms = FIRST_MS + self.seq as i64 * self.every_ms + self.phase_ms;
        self.seq += 1;
        let at_ms = due_ms + self.chance.random_range(0..=2);
        let values = self.measure(at_ms);
        Row { heater: self.heater, seq: self.seq, at_ms, values }
    }

    fn measure(&mut self, at_ms: i64) -> [f64; METRICS.len()] {
        let dt_s = self.every_ms as f64 / 1000.0;
        let hour = (at_ms.rem_euclid(DAY_MS)) as f64 / 3_600_000.0;
        let is_workday = (at_ms.div_euclid(DAY_MS) + 3).rem_euclid(7) < 5;
        self.people(hour, is_workday, dt_s);
        self.work(dt_s);
        self.air(hour, dt_s);
        let power_w = self.power_w();
        self.energy_wh += power_w * dt_s / 3600.0;
        let cores = (self.level * CORES).round();
        let sun = (std::f64::consts::PI * (hour - 8.0) / 9.0).sin().max(0.0);
        let lamps = if self.presence { 320.0 } else { 0.0 };
        [
            decimal(self.temperature_c, 100.0),
            decimal(self.humidity_pct, 10.0),
            self.co2_ppm.round(),
            (sun * self.clouds * 900.0 + lamps).round(),
            f64::from(u8::from(self.presence)),
            power_w,
            self.energy_wh.floor(),
            (self.level * 100.0 - self.noise(1.5).abs()).clamp(0.0, 100.0).round(),
            cores,
            (cores / 2.0).round(),
            decimal(self.chip_c, 10.0),
            (self.chip_c * 4.0).round() * 10.0,
        ]
    }

    fn people(&mut self, hour: f64, is_workday: bool, dt_s: f64) {
        let wanted = is_workday && (8.5..18.0).contains(&hour);
        // Somebody comes within a quarter of an hour, and leaves the room for a while every other hour.
        let rate_s = if wanted == self.presence { 7_200.0 } else { 900.0 };
        if (wanted || self.presence) && self.happens(dt_s / rate_s) {
            self.presence = !self.presence;
        }
    }

    fn work(&mut self, dt_s: f64) {
        if self.happens(dt_s / 1_800.0) {
            self.level = f64::from(self.chance.random_range(0..=8_u8)) / 8.0;
        }
        let target_c = 38.0 + 36.0 * self.level;
        self.chip_c = approach(self.chip_c, target_c, dt_s / 60.0) + self.noise(0.3);
    }

    fn air(&mut self, hour: f64, dt_s: f64) {
        let wave = 1.5 * (std::f64::consts::TAU * (hour - 9.0) / 24.0).sin();
        self.temperature_c =
            approach(self.temperature_c, 19.5 + wave + self.level, dt_s / 7_200.0) + self.noise(0.01);
        self.humidity_pct = approach(self.humidity_pct, 45.0 - wave, dt_s / 7_200.0) + self.noise(0.06);
        let co2_ppm = if self.presence { 950.0 } else { 430.0 };
        self.co2_ppm = (approach(self.co2_ppm, co2_ppm, dt_s / 1_800.0) + self.noise(3.0)).max(400.0);
        self.clouds = (self.clouds + self.noise(0.01)).clamp(0.1, 1.0);
    }

    /// The load's step, and what the meter adds to it.
    fn power_w(&mut self) -> f64 {
        (f64::from(RATED_W) * self.level).round() + f64::from(self.chance.random_range(0..=2_u8))
    }

    fn happens(&mut self, probability: f64) -> bool {
        self.chance.random_bool(probability.clamp(0.0, 1.0))
    }

    /// Between plus and minus `size`, small values more often.
    fn noise(&mut self, size: f64) -> f64 {
        let bits = self.chance.next_u32();
        let half = |bits: u32| f64::from(bits & 0xffff) / 65_535.0 - 0.5;
        (half(bits) + half(bits >> 16)) * size
    }
}

/// A sensor's figure: `scale` steps to a unit.
fn decimal(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}

fn approach(value: f64, target: f64, part: f64) -> f64 {
    value + (target - value) * part.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: Set = Set { heaters: 3, records_each: 2_000, every_ms: 60_000, seed: 7 };

    #[test]
    fn the_same_seed_gives_the_same_samples_and_another_gives_others() {
        assert!(SET.rows().eq(SET.rows()));
        assert!(!SET.rows().eq(Set { seed: 8, ..SET }.rows()));
    }

    #[test]
    fn one_heater_can_be_made_without_the_others() {
        let mut alone = Model::new(SET, 2);
        assert!(SET.rows().filter(|row| row.heater == 2).all(|row| row == alone.next()));
    }

    #[test]
    fn every_value_is_one_that_a_working_sensor_gives() {
        let mut before = [(0, f64::MIN); SET.heaters];
        for row in SET.rows() {
            for (metric, value) in METRICS.iter().zip(row.values) {
                assert!(metric.allows(value), "{metric} {value}");
            }
            assert!(row.values[5] <= 2.0 * f64::from(RATED_W));
            let (at_ms, energy_wh) = &mut before[row.heater];
            assert!(row.at_ms > *at_ms && row.values[6] >= *energy_wh, "time and meter go forward");
            (*at_ms, *energy_wh) = (row.at_ms, row.values[6]);
            assert!(row.at_ms < SET.end_ms());
        }
        assert_eq!(SET.rows().count() as u64, SET.records());
    }

    #[test]
    fn figures_move_but_not_all_the_time() {
        let rows: Vec<Row> = SET.rows().filter(|row| row.heater == 0).collect();
        for (at, metric) in METRICS.iter().enumerate() {
            let moves = rows.windows(2).filter(|pair| pair[0].values[at] != pair[1].values[at]).count();
            assert!(moves > 2, "{metric} stands still");
        }
    }
}
