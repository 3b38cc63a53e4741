//! One room: its plan, what it is like now, and how a short step changes it.

use crate::air::{self, AIR_J_PER_M3_K, Air};
use crate::kept::Kept;
use crate::light::{illuminance_lux, lamps_w};
use crate::people::{Crowd, Presence, Scene};
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
    /// Who is there in the last minute looked at.
    pub(crate) crowd: Crowd,
    /// Who was there over the part of a step that is lived through.
    presence: Presence,
    kept: Kept,
    pub(crate) window_open: bool,
    /// How fast the air warmed in the last part of a step, K/s.
    air_k_per_s: f64,
    /// Sum of the conductances to its neighbours, W/K.
    neighbours_w_per_k: f64,
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
    pub(crate) fn settled(plan: RoomPlan, air_c: f64, outdoor: &Outdoor, neighbours_w_per_k: f64) -> Room {
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
            presence: Presence::default(),
            kept: Kept::default(),
            window_open: false,
            air_k_per_s: 0.0,
            neighbours_w_per_k,
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
            illuminance_lux: illuminance_lux(&self.plan, &self.crowd, daylight),
            people: self.crowd.people,
            window_open: self.window_open,
        }
    }

    /// Lets the people of room `at` come and go through the minutes of these scenes.
    pub(crate) fn let_people_move(&mut self, at: usize, scenes: &[Scene]) {
        self.presence = Presence::default();
        for scene in scenes {
            self.crowd = Crowd::at(self.plan.usage, at, scene, &mut self.kept);
            self.presence.add(&self.crowd, 1.0 / scenes.len() as f64);
        }
    }

    /// Where its air will be in the middle of a part of a step, °C, for its neighbours: as it went in the
    /// last part. The more neighbours pull at it the less of that is believed, so that it stays bounded however
    /// strongly two rooms exchange.
    pub(crate) fn expected_air_c(&self, part_s: f64) -> f64 {
        let hold = self.plan.fabric.air_j_per_k / part_s;
        let belief = hold / (hold + self.neighbours_w_per_k);
        self.nodes.air_c + belief * self.air_k_per_s * 0.5 * part_s
    }

    /// Its temperatures from now on, after a part of a step.
    pub(crate) fn become_warm(&mut self, nodes: Nodes, part_s: f64) {
        self.air_k_per_s = (nodes.air_c - self.nodes.air_c) / part_s;
        self.nodes = nodes;
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
        let breathing = self.presence.awake_equivalents;
        self.air = self.air.after(self.plan.volume_m3, flow_m3_s, breathing, outside.moisture, step_s);
    }

    /// What is beyond saturation condenses.
    pub(crate) fn condense(&mut self, outdoor: &Outdoor) {
        self.air = self.air.condensed(self.nodes.air_c, outdoor.pressure_pa);
    }

    /// All that reaches the room's heat balance but its emitters; `neighbours_w` is the sum of each
    /// neighbour's conductance times its temperature.
    pub(crate) fn around(&self, outside: &Outside, flow_m3_s: f64, neighbours_w: f64) -> Around {
        let daylight = &outside.daylight;
        let solar = SOLAR_TRANSMITTANCE * self.plan.window_area_m2 * daylight.on(self.plan.orientation);
        let inner = self.inner_gains_w(daylight);
        Around {
            outdoor_c: outside.outdoor.temperature_c,
            moving_air_w_per_k: AIR_J_PER_M3_K * flow_m3_s,
            neighbours_w_per_k: self.neighbours_w_per_k,
            neighbours_w,
            gain_to_air_w: SOLAR_TO_AIR * solar + GAINS_TO_AIR * inner,
            gain_to_mass_w: (1.0 - SOLAR_TO_AIR) * solar + (1.0 - GAINS_TO_AIR) * inner,
        }
    }

    fn inner_gains_w(&self, daylight: &Daylight) -> f64 {
        PERSON_W * self.presence.awake_equivalents
            + self.presence.desks_w
            + self.presence.appliances_w_per_m2 * self.plan.area_m2
            + self.presence.stirring * lamps_w(&self.plan, daylight)
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
