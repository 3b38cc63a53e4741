//! The air of a room: how much outdoor air comes in, and what that does to carbon dioxide and moisture.

use crate::weather::Outdoor;

/// Heat capacity of a cubic metre of air, J/(m³·K): 1.2 kg/m³ × 1,005 J/(kg·K).
pub(crate) const AIR_J_PER_M3_K: f64 = 1206.0;
/// Carbon dioxide outdoors, ppm: the global mean of 2024 (NOAA), rounded.
pub(crate) const OUTDOOR_CO2_PPM: f64 = 425.0;

/// Carbon dioxide of one awake, seated adult, m³/s: 18 L/h (Persily and de Jonge 2017; the 0.3 L/min of
/// ASHRAE 62.1 annex).
const CO2_M3_PER_S: f64 = 0.018 / 3600.0;
/// Water given off by one awake, seated adult, kg/s: of 130 W in all (ASHRAE Fundamentals 2017, 18.1), what
/// is not sensible heat is 50 W, over 2.45 MJ/kg of evaporation.
const MOISTURE_KG_PER_S: f64 = 50.0 / 2.45e6;
/// Furniture and walls take up moisture with the air: the usual multiplier on the volume for it (EnergyPlus,
/// "effective capacitance").
const MOISTURE_BUFFER: f64 = 5.0;
const AIR_KG_PER_M3: f64 = 1.2;

/// Concentrations in the air of one room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Air {
    pub(crate) co2_ppm: f64,
    /// Kilograms of water per kilogram of dry air.
    pub(crate) moisture: f64,
}

impl Air {
    /// The air `step_s` seconds later, with `breathing` awake adults in it and `flow_m3_s` of outdoor air:
    /// the exact solution of the mass balance `V dC/dt = G − Q (C − C_out)` for constant G and Q.
    pub(crate) fn after(
        self,
        volume_m3: f64,
        flow_m3_s: f64,
        breathing: f64,
        outdoor_moisture: f64,
        step_s: f64,
    ) -> Air {
        let water_volume = MOISTURE_BUFFER * volume_m3;
        Air {
            co2_ppm: mixed(
                self.co2_ppm,
                OUTDOOR_CO2_PPM,
                breathing * CO2_M3_PER_S * 1e6 / volume_m3,
                flow_m3_s / volume_m3,
                step_s,
            ),
            moisture: mixed(
                self.moisture,
                outdoor_moisture,
                breathing * MOISTURE_KG_PER_S / (AIR_KG_PER_M3 * water_volume),
                flow_m3_s / water_volume,
                step_s,
            ),
        }
    }

    /// Relative humidity at a temperature, %; what is beyond saturation has condensed.
    pub(crate) fn humidity_pct(self, temperature_c: f64, pressure_pa: f64) -> f64 {
        let vapour_pa = pressure_pa * self.moisture / (0.622 + self.moisture);
        (100.0 * vapour_pa / saturation_pa(temperature_c)).clamp(0.0, 100.0)
    }

    /// The same air without what condenses on the coldest things at this temperature.
    pub(crate) fn condensed(self, temperature_c: f64, pressure_pa: f64) -> Air {
        Air { moisture: self.moisture.min(moisture_at(temperature_c, pressure_pa)), ..self }
    }
}

/// Water in the outdoor air, kg/kg; the record's dew point is now and then a little above its temperature,
/// which cannot be.
pub(crate) fn moisture_of(outdoor: &Outdoor) -> f64 {
    moisture_at(outdoor.dew_point_c.min(outdoor.temperature_c), outdoor.pressure_pa)
}

/// Water in saturated air at a temperature, kg/kg: also the water in any air with that dew point.
fn moisture_at(dew_point_c: f64, pressure_pa: f64) -> f64 {
    // Above boiling there is no limit; half the pressure keeps the formula away from its pole.
    let vapour_pa = saturation_pa(dew_point_c).min(0.5 * pressure_pa);
    0.622 * vapour_pa / (pressure_pa - vapour_pa)
}

/// Outdoor air through leaks, m³/s: `per_h` air changes at 3 m/s and 20 K, otherwise in proportion to the
/// root of stack and wind pressure (Sherman and Grimsrud 1980, with the one-storey coefficients of ASHRAE
/// Fundamentals 16.24).
pub(crate) fn infiltration_m3_s(volume_m3: f64, per_h: f64, wind_ms: f64, warmer_by_k: f64) -> f64 {
    if per_h == 0.0 {
        return 0.0;
    }
    let drive = |wind: f64, difference: f64| (0.000_145 * difference.abs() + 0.000_174 * wind * wind).sqrt();
    volume_m3 * per_h / 3600.0 * drive(wind_ms, warmer_by_k) / drive(3.0, 20.0)
}

/// Outdoor air through an open window on one side, m³/s (EN 15242:2007, 6.5; sash 1 m high).
pub(crate) fn airing_m3_s(opening_m2: f64, wind_ms: f64, warmer_by_k: f64) -> f64 {
    if opening_m2 == 0.0 {
        return 0.0;
    }
    0.5 * opening_m2 * (0.01 + 0.001 * wind_ms * wind_ms + 0.0035 * warmer_by_k.abs()).sqrt()
}

/// Saturation pressure over water, Pa (Magnus form of Alduchov and Eskridge 1996).
fn saturation_pa(temperature_c: f64) -> f64 {
    610.94 * (17.625 * temperature_c / (temperature_c + 243.04)).exp()
}

fn mixed(inside: f64, outside: f64, source_per_s: f64, change_per_s: f64, step_s: f64) -> f64 {
    if change_per_s * step_s < 1e-9 {
        return inside + source_per_s * step_s;
    }
    let settled = outside + source_per_s / change_per_s;
    settled + (inside - settled) * (-change_per_s * step_s).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saturation_agrees_with_the_steam_tables() {
        for (celsius, pascal) in [(0.0, 611.2), (10.0, 1228.1), (20.0, 2339.2), (30.0, 4246.9)] {
            assert!((saturation_pa(celsius) / pascal - 1.0).abs() < 0.003, "{celsius}");
        }
    }

    #[test]
    fn humidity_of_air_at_its_dew_point_is_one_hundred() {
        let air = Air { co2_ppm: 500.0, moisture: moisture_at(12.0, 101_325.0) };
        assert!((air.humidity_pct(12.0, 101_325.0) - 100.0).abs() < 1e-9);
        assert!((air.humidity_pct(20.0, 101_325.0) - 60.0).abs() < 1.0);
    }

    #[test]
    fn a_long_step_ends_where_many_short_ones_do() {
        let stale = Air { co2_ppm: 2000.0, moisture: 0.009 };
        let hour = stale.after(40.0, 0.02, 1.0, 0.004, 3600.0);
        let minutes = (0..60).fold(stale, |air, _| air.after(40.0, 0.02, 1.0, 0.004, 60.0));
        assert!(
            (hour.co2_ppm - minutes.co2_ppm).abs() < 1e-6 && (hour.moisture - minutes.moisture).abs() < 1e-12
        );
        let settled = 425.0 + 0.018 / 72.0 * 1e6;
        let expected = settled + (2000.0 - settled) * (-0.02f64 * 3600.0 / 40.0).exp();
        assert!((hour.co2_ppm - expected).abs() < 1e-6, "{} {expected}", hour.co2_ppm);
    }

    #[test]
    fn water_beyond_saturation_condenses_and_the_rest_stays() {
        let damp = Air { co2_ppm: 500.0, moisture: 0.02 };
        let after = damp.condensed(10.0, 101_325.0);
        assert_eq!(after.moisture, moisture_at(10.0, 101_325.0));
        assert!((after.humidity_pct(10.0, 101_325.0) - 100.0).abs() < 1e-9);
        assert_eq!(after.condensed(10.0, 101_325.0), after);
    }

    #[test]
    fn a_tilted_window_changes_the_air_of_a_room_a_few_times_an_hour() {
        let per_hour = airing_m3_s(0.3, 3.0, 15.0) * 3600.0 / 40.0;
        assert!((2.0..8.0).contains(&per_hour), "{per_hour}");
    }

    #[test]
    fn leaks_let_in_more_air_when_it_is_colder_or_windier() {
        let at = |wind, cold| infiltration_m3_s(40.0, 0.3, wind, cold) * 3600.0 / 40.0;
        assert!((at(3.0, 20.0) - 0.3).abs() < 1e-12);
        assert!(at(6.0, 20.0) > 0.3 && at(3.0, 30.0) > 0.3 && at(0.0, 5.0) < 0.2);
    }
}
