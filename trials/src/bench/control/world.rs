//! One building of the twin in one scenario: it writes the lines that a contender reads, lives through what the contender
//! decides, and tells the truth to the tally.

use std::ops::Range;

use twin::{
    Asked, Building, BuildingPlan, Climate, Drawn, EmitterPlan, Faults, Forecast, Moment, RoomPlan, Season,
    WorkSupply,
};

use super::chance::luck;
use super::comfort::{Comfort, HIGH_C};
use super::outlook;
use super::scenario::{Occupancy, STEP_S, STEPS_A_DAY, Scenario, Trouble};
use super::tally::{RoomTruth, SiteTruth, Tally};
use crate::drive::{Header, Step, ZoneRating, ZoneStep};

/// Heaters hold this by themselves while nobody answers, with this share of their rated power: as the demonstration's do.
const FALLBACK_C: f64 = 17.0;
const FALLBACK_SHARE: f64 = 0.4;
/// Work is this much of the rated power at the fullest hours: it suffices but in its shortages.
const WORK_OF_RATED: f64 = 1.5;
/// Share of the sensors that are bad in the scenario of that name.
const BAD_SENSORS: f64 = 0.1;
const HALF_HOUR_MS: i64 = 1_800_000;
const STEP_MS: i64 = 1000 * STEP_S as i64;

/// A building in a scenario.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) scenario: Scenario,
    pub(super) building: Building,
    pub(super) zones: Vec<Zone>,
    pub(super) emitters: Vec<EmitterPlan>,
    forecast: Forecast,
    supply: WorkSupply,
    /// From the beginning of the judged time; negative before it.
    step: i64,
}

/// A room with its heaters, which are told watts as one.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    pub(super) comfort: Comfort,
    pub(super) rated_w: f64,
    pub(super) emitters: Range<usize>,
    pub(super) floor_m2: f64,
    pub(super) volume_m3: f64,
    room: usize,
}

impl World {
    /// A random building of so many rooms, `warm_days` before the judged time. Rooms without a heater, its corridors, are no
    /// zones.
    pub(super) fn new(scenario: Scenario, seed: u64, rooms: usize, warm_days: usize) -> Self {
        let mut plan = BuildingPlan::random(seed, rooms);
        // Data sheets and leases are in whole watts.
        plan.emitters.iter_mut().for_each(|emitter| emitter.rated_w = emitter.rated_w.ceil());
        let emitters = plan.emitters.clone();
        let zones: Vec<Zone> = (0..rooms).filter_map(|room| Zone::of(&plan, seed, room)).collect();
        let rated_w: f64 = zones.iter().map(|zone| zone.rated_w).sum();
        let climate = Climate::recorded(Season::Today, plan.place);
        let step = -((warm_days * STEPS_A_DAY) as i64);
        let start = scenario.start().later_by(step * STEP_MS);
        let building =
            Building::in_climate(plan, seed, climate.clone(), start).expect("random plans are sound");
        let building = building.with_faults(match scenario.trouble {
            Trouble::BadSensors => Faults { bad_sensors: BAD_SENSORS, ..Faults::default() },
            _ => Faults::default(),
        });
        let supply = WorkSupply::new(seed, WORK_OF_RATED * rated_w);
        Self {
            scenario,
            building,
            zones,
            emitters,
            forecast: Forecast::new(climate, seed, 1.0),
            supply,
            step,
        }
    }

    /// What is known before the first step.
    pub(super) fn header(&self) -> Header {
        let rating = |zone: &Zone| ZoneRating {
            rated_w: Some(zone.rated_w),
            floor_m2: Some(zone.floor_m2),
            volume_m3: Some(zone.volume_m3),
        };
        let zones = self.zones.iter().enumerate().map(|(at, zone)| (name(at), rating(zone)));
        Header {
            zones: zones.collect(),
            step_s: Some(STEP_S),
            cap_w: self.cap_w(),
            peak_eur_per_kw: Some(self.scenario.peak_eur_per_kw),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.step >= self.scenario.steps() as i64
    }

    pub(super) fn now(&self) -> Moment {
        self.building.now()
    }

    /// The step of the judged time; `None` before it.
    fn judged(&self) -> Option<usize> {
        usize::try_from(self.step).ok()
    }

    /// Whether the controller is cut off now.
    pub(super) fn is_without_platform(&self) -> bool {
        self.judged().is_some_and(|step| self.scenario.is_without_platform(step))
    }

    pub(super) fn is_without_jobs(&self) -> bool {
        self.judged().is_some_and(|step| self.scenario.is_without_jobs(step))
    }

    pub(super) fn cap_w(&self) -> Option<f64> {
        let rated_w: f64 = self.zones.iter().map(|zone| zone.rated_w).sum();
        self.scenario.cap_share.map(|share| (share * rated_w).floor())
    }

    pub(super) fn work_w(&self) -> f64 {
        if self.is_without_jobs() { 0.0 } else { self.supply.available_w(self.now()).floor() }
    }

    /// The most a zone's heaters can draw now, W.
    fn limit_w(&self, zone: &Zone) -> f64 {
        self.emitters[zone.emitters.clone()].iter().map(|emitter| self.heater_limit_w(emitter)).sum()
    }

    /// The most a heater can draw now, W: without work its resistor and what idles.
    pub(super) fn heater_limit_w(&self, emitter: &EmitterPlan) -> f64 {
        if !self.is_without_jobs() {
            return emitter.rated_w;
        }
        let all = Asked { heat_w: emitter.rated_w, limit_w: emitter.rated_w, work_cores: 0.0 };
        power_w(&emitter.machine.draw(&all))
    }

    /// The line of this step, as a simulator writes it to `drive`.
    pub(super) fn line(&self) -> Step {
        let now = self.now();
        let clock = now.local();
        let [outdoor_forecast_c, irradiance_forecast_w_per_m2] =
            outlook::hours(&self.forecast, now).map(|hours| hours.into_iter().map(Some).collect());
        let zones = (0..self.zones.len()).map(|at| (name(at), self.zone_line(at))).collect();
        Step {
            t_s: Some(self.step as f64 * STEP_S),
            hour: Some(clock.hour()),
            weekday: Some(f64::from(clock.weekday())),
            outdoor_c: Some(self.building.outdoor().temperature_c),
            irradiance_w_per_m2: Some(self.building.daylight().global_horizontal_wm2),
            outdoor_forecast_c,
            irradiance_forecast_w_per_m2,
            price_eur_per_kwh: Some(outlook::price_eur_per_kwh(now)),
            carbon_g_per_kwh: Some(outlook::carbon_g_per_kwh(now)),
            cap_w: None,
            work_w: Some(self.work_w()),
            zones,
        }
    }

    fn zone_line(&self, at: usize) -> ZoneStep {
        let zone = &self.zones[at];
        let heard = self.building.receive(zone.room);
        let known = self.scenario.occupancy == Occupancy::Scheduled;
        let low_c = |moment: Moment| zone.comfort.low_c(!known || zone.comfort.is_scheduled(moment.local()));
        let ahead = (0..48).map(|half| Some(low_c(self.now().later_by(half * HALF_HOUR_MS))));
        ZoneStep {
            air_c: heard.temperature_c,
            humidity_pct: heard.humidity_pct,
            co2_ppm: heard.co2_ppm,
            illuminance_lux: heard.illuminance_lux,
            motion: heard.presence.map(|seen| f64::from(u8::from(seen))),
            heater_c: Some((10.0 * self.case_in(&self.building, at)).round() / 10.0),
            low_c: Some(low_c(self.now())),
            high_c: Some(HIGH_C),
            low_vacant_c: (!known).then_some(zone.comfort.vacant_c),
            limit_w: Some(self.limit_w(zone)),
            low_forecast_c: ahead.collect(),
            high_forecast_c: vec![Some(HIGH_C); 48],
        }
    }

    /// What heaters do by themselves: hold a setback with a part of their power.
    pub(super) fn fallback_w(&self) -> Vec<f64> {
        let own = |zone: &Zone| {
            let cold = self.building.room(zone.room).air_c < FALLBACK_C;
            if cold { FALLBACK_SHARE * zone.rated_w } else { 0.0 }
        };
        self.zones.iter().map(own).collect()
    }

    /// The lower bound that really holds in a room of `building`, which may be a copy of ours at another time, and whether
    /// it counts as occupied.
    pub(super) fn bound_in(&self, building: &Building, at: usize) -> (f64, bool) {
        let Zone { comfort, room, .. } = &self.zones[at];
        let occupied = match self.scenario.occupancy {
            Occupancy::Scheduled => comfort.is_scheduled(building.now().local()),
            Occupancy::Unknown => building.room(*room).people > 0,
        };
        (comfort.low_c(occupied), occupied)
    }

    /// The air of a zone in `building`, which may be a copy of ours, °C.
    pub(super) fn air_in(&self, building: &Building, at: usize) -> f64 {
        building.room(self.zones[at].room).air_c
    }

    /// The body temperature of a zone's heaters in `building`, °C: their mean, each counted by its rated power.
    pub(super) fn case_in(&self, building: &Building, at: usize) -> f64 {
        let Zone { emitters, rated_w, .. } = &self.zones[at];
        let part = |emitter| building.emitter(emitter).case_c * self.emitters[emitter].rated_w / rated_w;
        emitters.clone().map(part).sum()
    }

    /// The power of every heater when each zone draws so many watts, which its heaters share by their ratings.
    pub(super) fn by_emitter(&self, watts: &[f64]) -> Vec<f64> {
        let mut by_emitter = vec![0.0; self.emitters.len()];
        for (zone, watts) in self.zones.iter().zip(watts) {
            for at in zone.emitters.clone() {
                by_emitter[at] = watts * self.emitters[at].rated_w / zone.rated_w;
            }
        }
        by_emitter
    }

    /// Lives through one step with so many watts a heater; it is judged unless it lies before the judged time. Heaters draw
    /// what their processors make of it: as much work as fits, and for the rest the resistor.
    pub(super) fn advance(&mut self, by_emitter_w: &[f64], tally: &mut Tally) {
        let draw = |(watts, emitter): (&f64, &EmitterPlan), share: f64| {
            let watts = watts.clamp(0.0, self.heater_limit_w(emitter));
            let work_cores = share * f64::from(emitter.machine.cores());
            emitter.machine.draw(&Asked { heat_w: watts, limit_w: watts, work_cores })
        };
        let told = || by_emitter_w.iter().zip(&self.emitters);
        // Work goes where there is power for it.
        let cores = |emitter: &EmitterPlan| f64::from(emitter.machine.cores());
        let work_cores = self.work_share() * self.emitters.iter().map(cores).sum::<f64>();
        let wanted: Vec<f64> = told().map(|told| f64::from(draw(told, 1.0).busy_cores)).collect();
        let served = (work_cores / wanted.iter().sum::<f64>().max(f64::MIN_POSITIVE)).min(1.0);
        let drawn: Vec<Drawn> = told()
            .zip(&wanted)
            .map(|(told, wanted)| draw(told, served * wanted / cores(told.1).max(f64::MIN_POSITIVE)))
            .collect();
        self.live_through(&drawn, self.work_share() >= 1.0, tally);
    }

    /// Work there is, as a share of all cores.
    pub(super) fn work_share(&self) -> f64 {
        let rated_w: f64 = self.zones.iter().map(|zone| zone.rated_w).sum();
        self.work_w() / rated_w
    }

    /// Lives through one step in which the heaters draw so much.
    pub(super) fn live_through(&mut self, drawn: &[Drawn], jobs_suffice: bool, tally: &mut Tally) {
        let before = self.now();
        let drawn_w: Vec<f64> = drawn.iter().map(power_w).collect();
        let judged = self.judged().is_some();
        let mut rooms: Vec<RoomTruth> = (0..self.zones.len()).map(|at| self.truth(at, drawn)).collect();
        self.building.step(before.later_by(STEP_MS), STEP_S, &drawn_w);
        self.step += 1;
        if !judged {
            return;
        }
        for (at, room) in rooms.iter_mut().enumerate() {
            room.air_c = (room.air_c + self.air_in(&self.building, at)) / 2.0;
        }
        let site = SiteTruth {
            hours: STEP_S / 3600.0,
            price_eur_per_kwh: outlook::price_eur_per_kwh(before),
            carbon_g_per_kwh: outlook::carbon_g_per_kwh(before),
            cap_w: self.cap_w(),
            jobs_suffice,
        };
        tally.add(&site, &rooms);
    }

    /// A zone now, with what its heaters draw.
    fn truth(&self, at: usize, drawn: &[Drawn]) -> RoomTruth {
        let (low_c, occupied) = self.bound_in(&self.building, at);
        let own = &drawn[self.zones[at].emitters.clone()];
        RoomTruth {
            air_c: self.air_in(&self.building, at),
            low_c,
            high_c: HIGH_C,
            occupied,
            power_w: own.iter().map(power_w).sum(),
            useful_w: own.iter().map(|drawn| drawn.compute_w).sum(),
            busy_cores: own.iter().map(|drawn| f64::from(drawn.busy_cores)).sum(),
        }
    }
}

impl Zone {
    /// The zone of a room, where it has a heater. The emitters of a random plan are in the order of its rooms.
    fn of(plan: &BuildingPlan, seed: u64, room: usize) -> Option<Self> {
        let first = plan.emitters.iter().position(|emitter| emitter.room == room)?;
        let own = || plan.emitters.iter().filter(|emitter| emitter.room == room);
        let RoomPlan { usage, area_m2, volume_m3, .. } = &plan.rooms[room];
        Some(Self {
            comfort: Comfort::of(*usage, luck(seed, room)),
            rated_w: own().map(|emitter| emitter.rated_w).sum(),
            emitters: first..first + own().count(),
            floor_m2: *area_m2,
            volume_m3: *volume_m3,
            room,
        })
    }
}

fn power_w(drawn: &Drawn) -> f64 {
    drawn.compute_w + drawn.idle_w + drawn.resistor_w
}

fn name(at: usize) -> String {
    format!("room-{:02}", at + 1)
}
