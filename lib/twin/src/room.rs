//! One room: its plan, what it is like now, and how a short step changes it.

use crate::air::{self, AIR_J_PER_M3_K, Air};
use crate::light::light;
use crate::people::Crowd;
use crate::plan::RoomPlan;
use crate::sun::Daylight;
use crate::thermal::{Around, Nodes};
use crate::weather::Outdoor;
use crate::window::{self, Noticed};

/// What a room is really like; sensors see it less well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoomState {
    /// Air temperature, °C.
    pub air_c: f64,
    /// Temperature of the inner surfaces, °C.
    pub mass_c: f64,
    /// Temperature inside walls and slabs, °C.
    pub core_c: f64,
    /// Relative humidity, 0..=100 %.
    pub humidity_pct: f64,
    /// Carbon dioxide, ppm.
    pub co2_ppm: f64,
    /// Light at desk height, lux.
    pub illuminance_lux: f64,
    /// People in the room, awake or asleep.
    pub people: u32,
    /// Whether a window is open.
    pub window_open: bool,
}

/// A room of a running simulation.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    pub(crate) plan: RoomPlan,
    pub(crate) nodes: Nodes,
    pub(crate) air: Air,
    pub(crate) crowd: Crowd,
    pub(crate) window_open: bool,
}

/// What is the same for all rooms during a short step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outside {
    pub(crate) outdoor: Outdoor,
    pub(crate) daylight: Daylight,
    /// Water in the outdoor air, kg/kg.
    pub(crate) moisture: f64,
}

/// Sensible heat of an awake, seated adult, W.
const PERSON_W: f64 = 80.0;
/// Of the heat of people, lamps and appliances about half is radiant and warms surfaces.
const GAINS_TO_AIR: f64 = 0.5;
/// Solar heat that passes a window with its frame, dirt and curtains; a fifth of it warms furniture and air
/// at once.
const SOLAR_TRANSMITTANCE: f64 = 0.4;
const SOLAR_TO_AIR: f64 = 0.2;

impl Outside {
    pub(crate) fn of((outdoor, daylight): (Outdoor, Daylight)) -> Outside {
        Outside { outdoor, daylight, moisture: air::moisture_of(&outdoor) }
    }
}

impl Room {
    /// A room that has long been near `air_c`: surfaces and walls are where a steady outdoors would leave
    /// them.
    pub(crate) fn settled(plan: RoomPlan, air_c: f64, outdoor: &Outdoor) -> Room {
        let fabric = &plan.fabric;
        let chain = [fabric.air_mass_w_per_k, fabric.mass_core_w_per_k, fabric.core_outdoor_w_per_k];
        let resistance: f64 = chain.iter().map(|conductance| 1.0 / conductance).sum();
        // With a link missing (no façade) the resistance is infinite, nothing flows and all is at the room's
        // temperature.
        let flow_w = (air_c - outdoor.temperature_c) / resistance;
        let drop = |conductance: f64| if flow_w == 0.0 { 0.0 } else { flow_w / conductance };
        let mass_c = air_c - drop(chain[0]);
        let moisture = air::moisture_of(outdoor);
        Room {
            nodes: Nodes { air_c, mass_c, core_c: mass_c - drop(chain[1]) },
            air: Air { co2_ppm: air::OUTDOOR_CO2_PPM + 50.0, moisture },
            crowd: Crowd::default(),
            window_open: false,
            plan,
        }
    }

    /// What the room is like in the light of this moment.
    pub(crate) fn state(&self, outdoor: &Outdoor, daylight: &Daylight) -> RoomState {
        RoomState {
            air_c: self.nodes.air_c,
            mass_c: self.nodes.mass_c,
            core_c: self.nodes.core_c,
            humidity_pct: self.air.humidity_pct(self.nodes.air_c, outdoor.pressure_pa),
            co2_ppm: self.air.co2_ppm,
            illuminance_lux: light(&self.plan, &self.crowd, daylight).illuminance_lux,
            people: self.crowd.people,
            window_open: self.window_open,
        }
    }

    /// Somebody thinks of the window; `luck` is an even draw from 0..1.
    pub(crate) fn decide_window(&mut self, outdoor: &Outdoor, luck: f64) {
        let noticed = Noticed {
            crowd: self.crowd,
            air_c: self.nodes.air_c,
            co2_ppm: self.air.co2_ppm,
            outdoor_c: outdoor.temperature_c,
        };
        self.window_open = window::open_after(self.window_open, &noticed, luck);
    }

    /// Carbon dioxide and moisture `step_s` seconds later, with `flow_m3_s` of outdoor air.
    pub(crate) fn breathe(&mut self, outside: &Outside, flow_m3_s: f64, step_s: f64) {
        let breathing = self.crowd.awake_equivalents;
        self.air = self.air.after(self.plan.volume_m3, flow_m3_s, breathing, outside.moisture, step_s);
    }

    /// What is beyond saturation condenses.
    pub(crate) fn condense(&mut self, outdoor: &Outdoor) {
        self.air = self.air.condensed(self.nodes.air_c, outdoor.pressure_pa);
    }

    /// All that reaches the room's heat balance but its emitters; `neighbours` are (W/K, °C).
    pub(crate) fn around(
        &self,
        outside: &Outside,
        flow_m3_s: f64,
        neighbours: impl Iterator<Item = (f64, f64)>,
    ) -> Around {
        let (neighbours_w_per_k, neighbours_w) = neighbours
            .fold((0.0, 0.0), |(sum, heat), (conductance, air_c)| {
                (sum + conductance, heat + conductance * air_c)
            });
        let daylight = &outside.daylight;
        let solar = SOLAR_TRANSMITTANCE * self.plan.window_area_m2 * daylight.on(self.plan.orientation);
        let inner = self.inner_gains_w(daylight);
        Around {
            outdoor_c: outside.outdoor.temperature_c,
            moving_air_w_per_k: AIR_J_PER_M3_K * flow_m3_s,
            neighbours_w_per_k,
            neighbours_w,
            gain_to_air_w: SOLAR_TO_AIR * solar + GAINS_TO_AIR * inner,
            gain_to_mass_w: (1.0 - SOLAR_TO_AIR) * solar + (1.0 - GAINS_TO_AIR) * inner,
        }
    }

    fn inner_gains_w(&self, daylight: &Daylight) -> f64 {
        PERSON_W * self.crowd.awake_equivalents
            + self.crowd.desks_w
            + self.crowd.appliances_w_per_m2 * self.plan.area_m2
            + light(&self.plan, &self.crowd, daylight).lamps_w
    }

    /// Outdoor air that comes in by ventilation, leaks and an open window, m³/s.
    pub(crate) fn outdoor_air_m3_s(&self, outdoor: &Outdoor) -> f64 {
        let warmer_by_k = self.nodes.air_c - outdoor.temperature_c;
        let leaks = air::infiltration_m3_s(
            self.plan.volume_m3,
            self.plan.infiltration_per_h,
            outdoor.wind_ms,
            warmer_by_k,
        );
        let opening_m2 = if self.window_open { window::OPEN_SHARE * self.plan.window_area_m2 } else { 0.0 };
        self.plan.ventilation_m3_per_h / 3600.0
            + leaks
            + air::airing_m3_s(opening_m2, outdoor.wind_ms, warmer_by_k)
    }
}
