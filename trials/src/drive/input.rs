//! The lines that a simulator writes: a header, then one line a step. Plain values; what is missing is `None`, and whether
//! a reading can be believed is not judged here.

use super::json::{Fields, Unreadable};

/// The first line: what is simulated.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Header {
    /// The zones by name, in the order of the line.
    pub zones: Vec<(String, ZoneRating)>,
    /// Seconds between two steps; `None` where the line does not say.
    pub step_s: Option<f64>,
    /// The most that all zones may draw together, W.
    pub cap_w: Option<f64>,
    /// What a kilowatt of the month's highest power costs, €.
    pub peak_eur_per_kw: Option<f64>,
}

/// What is known of a zone and does not change.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ZoneRating {
    /// Rated power of its heater, W.
    pub rated_w: Option<f64>,
    /// Floor area, m².
    pub floor_m2: Option<f64>,
    /// Volume of air, m³.
    pub volume_m3: Option<f64>,
}

/// One step: what is measured, known of the hours to come, and asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// Time of the simulation, s; its origin is free.
    pub t_s: Option<f64>,
    /// Local time of day, 0–24 h.
    pub hour: Option<f64>,
    /// 0 = Monday … 6 = Sunday.
    pub weekday: Option<f64>,
    /// Outdoor air, °C.
    pub outdoor_c: Option<f64>,
    /// Global horizontal irradiance, W/m².
    pub irradiance_w_per_m2: Option<f64>,
    /// Outdoor air by clock hour, the running one first, °C.
    pub outdoor_forecast_c: Vec<Option<f64>>,
    /// Global horizontal irradiance by clock hour, the running one first, W/m².
    pub irradiance_forecast_w_per_m2: Vec<Option<f64>>,
    /// Price of electricity, €/kWh.
    pub price_eur_per_kwh: Option<f64>,
    /// Carbon of electricity, g/kWh.
    pub carbon_g_per_kwh: Option<f64>,
    /// The most that all zones may draw together in this step, W; where it is missing the header's holds.
    pub cap_w: Option<f64>,
    /// Computing work there is, W.
    pub work_w: Option<f64>,
    /// The zones by name, in the order of the line.
    pub zones: Vec<(String, ZoneStep)>,
}

/// One zone in one step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ZoneStep {
    /// Air temperature, °C.
    pub air_c: Option<f64>,
    /// Relative humidity, %.
    pub humidity_pct: Option<f64>,
    /// CO₂, ppm.
    pub co2_ppm: Option<f64>,
    /// Light, lux.
    pub illuminance_lux: Option<f64>,
    /// Motion: 1 or 0.
    pub motion: Option<f64>,
    /// Temperature of the heater, °C.
    pub heater_c: Option<f64>,
    /// Lower bound of comfort now, °C; while the zone is occupied where `low_vacant_c` is given.
    pub low_c: Option<f64>,
    /// Upper bound of comfort now, °C.
    pub high_c: Option<f64>,
    /// Lower bound while nobody is there, °C. Given, the controller infers by itself who is there.
    pub low_vacant_c: Option<f64>,
    /// The most the heater can draw now, W.
    pub limit_w: Option<f64>,
    /// `low_c` by half hour, the one that starts now first.
    pub low_forecast_c: Vec<Option<f64>>,
    /// `high_c` by half hour, the one that starts now first.
    pub high_forecast_c: Vec<Option<f64>>,
}

impl Header {
    /// Reads the first line.
    pub(super) fn read(line: &str) -> Result<Self, Unreadable> {
        let fields = Fields::of_line(line)?;
        let zones = zones(&fields)?.into_iter().map(|(name, zone)| {
            let rating = ZoneRating {
                rated_w: quantity(&zone, "rated_w")?,
                floor_m2: zone.number("floor_m2")?,
                volume_m3: zone.number("volume_m3")?,
            };
            Ok((name, rating))
        });
        Ok(Self {
            zones: zones.collect::<Result<_, _>>()?,
            step_s: quantity(&fields, "step_s")?,
            cap_w: quantity(&fields, "cap_w")?,
            peak_eur_per_kw: fields.number("peak_eur_per_kw")?,
        })
    }
}

impl Step {
    /// Reads a line after the first.
    pub(super) fn read(line: &str) -> Result<Self, Unreadable> {
        let fields = Fields::of_line(line)?;
        let zones = zones(&fields)?.into_iter().map(|(name, zone)| Ok((name, ZoneStep::read(&zone)?)));
        Ok(Self {
            t_s: fields.number("t_s")?,
            hour: fields.number("hour")?,
            weekday: fields.number("weekday")?,
            outdoor_c: fields.number("to")?,
            irradiance_w_per_m2: fields.number("ghi")?,
            outdoor_forecast_c: fields.series("fc_to")?,
            irradiance_forecast_w_per_m2: fields.series("fc_ghi")?,
            price_eur_per_kwh: fields.number("price")?,
            carbon_g_per_kwh: fields.number("carbon")?,
            cap_w: quantity(&fields, "cap_w")?,
            work_w: fields.number("work_w")?,
            zones: zones.collect::<Result<_, _>>()?,
        })
    }
}

impl ZoneStep {
    fn read(zone: &Fields<'_>) -> Result<Self, Unreadable> {
        Ok(Self {
            air_c: zone.number("ta")?,
            humidity_pct: zone.number("rh")?,
            co2_ppm: zone.number("co2")?,
            illuminance_lux: zone.number("lux")?,
            motion: zone.number("pir")?,
            heater_c: zone.number("th")?,
            low_c: zone.number("lo")?,
            high_c: zone.number("hi")?,
            low_vacant_c: zone.number("lo_vacant")?,
            limit_w: zone.number("pmax")?,
            low_forecast_c: zone.series("lo_fc")?,
            high_forecast_c: zone.series("hi_fc")?,
        })
    }
}

fn zones<'a>(fields: &Fields<'a>) -> Result<Vec<(String, Fields<'a>)>, Unreadable> {
    fields.objects("zones")?.ok_or_else(|| Unreadable::new("zones", "is missing"))
}

/// A number that nothing can be done without: it has to be finite and not negative where it is given.
fn quantity(fields: &Fields<'_>, name: &str) -> Result<Option<f64>, Unreadable> {
    let number = fields.number(name)?;
    match number {
        Some(number) if !(number.is_finite() && number >= 0.0) => {
            Err(Unreadable::new(fields.field(name), "is negative or not finite"))
        }
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests;
