//! What a room's sensors say at one moment, any of it missing, and what of it can be believed.

/// Readings of one room at one moment. A missing reading is `None`; a value no working sensor gives is read as missing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Senses {
    /// A motion sensor: motion since the last step, or now.
    pub motion: Option<bool>,
    /// Carbon dioxide in the room, ppm.
    pub co2_ppm: Option<f64>,
    /// Light in the room, lx.
    pub light_lux: Option<f64>,
    /// Global horizontal irradiance outdoors, W/m²; where it is missing the hour stands for it.
    pub sun_w_per_m2: Option<f64>,
    /// The number of people as a building system states it (door counter, access control).
    pub people: Option<u32>,
}

/// When something was observed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct When {
    /// Hours since Monday 0:00, local clock, 0..168.
    pub hour_of_week: f64,
    /// Time since the observation before, s.
    pub step_s: f64,
}

/// Below this no sensor in air reads: outdoor air had 280 ppm before industry, and a badly calibrated sensor may be
/// some 80 ppm low.
const CO2_LOWEST_PPM: f64 = 200.0;
/// The end of the range of room sensors; also below the 65,535 of a failed register.
const CO2_HIGHEST_PPM: f64 = 10_000.0;
/// Full sun on a sensor, with a margin.
const LIGHT_HIGHEST_LUX: f64 = 150_000.0;
/// More people than any one room that is heated room by room.
const PEOPLE_HIGHEST: u32 = 1_000;
/// A sky brighter than this does not exist at ground level (solar constant 1,361 W/m² with cloud-edge excess).
const SUN_HIGHEST_W_PER_M2: f64 = 1_800.0;

impl Senses {
    /// The same readings without those that no working sensor gives.
    pub(super) fn believable(&self) -> Senses {
        let within =
            |value: Option<f64>, low: f64, high: f64| value.filter(|value| (low..=high).contains(value));
        Senses {
            motion: self.motion,
            co2_ppm: within(self.co2_ppm, CO2_LOWEST_PPM, CO2_HIGHEST_PPM),
            light_lux: within(self.light_lux, 0.0, LIGHT_HIGHEST_LUX),
            sun_w_per_m2: within(self.sun_w_per_m2, 0.0, SUN_HIGHEST_W_PER_M2),
            people: self.people.filter(|people| *people <= PEOPLE_HIGHEST),
        }
    }
}

impl When {
    /// The hour within 0..168 and a step within a day, whatever was said.
    pub(super) fn sane(&self) -> When {
        let hour = self.hour_of_week.rem_euclid(168.0);
        let step = if self.step_s.is_finite() { self.step_s.clamp(0.0, 86_400.0) } else { 0.0 };
        // `rem_euclid` of a tiny negative number is 168 after rounding.
        When { hour_of_week: if hour < 168.0 { hour } else { 0.0 }, step_s: step }
    }

    pub(super) fn step_h(&self) -> f64 {
        self.step_s / 3600.0
    }
}
