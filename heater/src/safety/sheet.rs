//! What a board's data sheet says: how hot the heater's own parts may get, and how fast it follows an order.

/// Why two limits of a data sheet cannot both hold.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error(
    "a heater cannot begin to take power back at {warn_c} °C, with {hysteresis_k} K of hysteresis, and switch off at {limit_c} °C: warn_c must lie below limit_c, and hysteresis_k be above 0"
)]
pub struct SheetError {
    warn_c: f64,
    limit_c: f64,
    hysteresis_k: f64,
}

/// The temperatures of one of the heater's own parts, °C.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeatLimits {
    warn_c: f64,
    limit_c: f64,
    hysteresis_k: f64,
    /// The fastest this part warms up at full power, K/s: how much hotter it may be than a sensor said that is silent now.
    slew_up_k_per_s: f64,
}

impl HeatLimits {
    /// From `warn_c` on power is taken back, until the part is below `warn_c − hysteresis_k`; at `limit_c` the heater
    /// trips. At full power the part warms by `slew_up_k_per_s` at most.
    ///
    /// # Errors
    /// [`SheetError`] when there is no room between the limits, or a number is none.
    pub fn new(
        warn_c: f64,
        limit_c: f64,
        hysteresis_k: f64,
        slew_up_k_per_s: f64,
    ) -> Result<Self, SheetError> {
        let is_sound = warn_c < limit_c && hysteresis_k > 0.0 && slew_up_k_per_s >= 0.0;
        let is_finite =
            [warn_c, limit_c, hysteresis_k, slew_up_k_per_s].iter().all(|number| number.is_finite());
        let sheet = Self { warn_c, limit_c, hysteresis_k, slew_up_k_per_s };
        if is_sound && is_finite { Ok(sheet) } else { Err(SheetError { warn_c, limit_c, hysteresis_k }) }
    }

    /// From here on power is taken back.
    #[must_use]
    pub fn warn_c(&self) -> f64 {
        self.warn_c
    }

    /// Here the heater trips.
    #[must_use]
    pub fn limit_c(&self) -> f64 {
        self.limit_c
    }

    /// Below this a heater that took power back is cool again.
    #[must_use]
    pub fn cool_c(&self) -> f64 {
        self.warn_c - self.hysteresis_k
    }

    pub(crate) fn slew_up_k_per_s(&self) -> f64 {
        self.slew_up_k_per_s
    }

    /// What share of its rated power a part this hot leaves: all when it is cool, none at the limit.
    pub(crate) fn share(&self, celsius: f64) -> f64 {
        ((self.limit_c - celsius) / (self.limit_c - self.cool_c())).clamp(0.0, 1.0)
    }
}

/// A board's data sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DataSheet {
    /// The casing where the heat leaves, read as `case_temperature_c`; none when there is no such sensor.
    pub outlet: Option<HeatLimits>,
    /// The hottest chip, read as `chip_temperature_c`; none when there is no such sensor.
    pub chip: Option<HeatLimits>,
    /// How long the hardware may take to draw less after it was allowed less, seconds.
    pub settle_s: u32,
    /// How long output stays off after the last sign of what made it trip, seconds.
    pub cool_down_s: u32,
    /// How fast power may rise, W/s. It may always fall at once.
    pub ramp_up_w_per_s: f64,
    /// How often each sensor gives a new value, seconds.
    pub sensor_period_s: u32,
}

impl Default for DataSheet {
    /// A board without sensors of its own heat, whose hardware guards itself.
    fn default() -> Self {
        Self {
            outlet: None,
            chip: None,
            settle_s: 5,
            cool_down_s: 600,
            ramp_up_w_per_s: 1_000.0,
            sensor_period_s: 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_without_room_between_them_are_refused() {
        assert!(HeatLimits::new(75.0, 85.0, 5.0, 0.04).is_ok());
        let bad = [
            (85.0, 85.0, 5.0, 0.1),
            (75.0, 85.0, 0.0, 0.1),
            (75.0, f64::INFINITY, 5.0, 0.1),
            (75.0, 85.0, 5.0, -1.0),
            (f64::NAN, 85.0, 5.0, 0.1),
        ];
        for (warn, limit, hysteresis, slew) in bad {
            assert!(
                HeatLimits::new(warn, limit, hysteresis, slew).is_err(),
                "{warn} {limit} {hysteresis} {slew}"
            );
        }
    }

    #[test]
    fn power_falls_in_a_straight_line_from_cool_to_the_limit() {
        let limits = HeatLimits::new(75.0, 85.0, 5.0, 0.04).unwrap();
        for (celsius, share) in [(20.0, 1.0), (70.0, 1.0), (77.5, 0.5), (85.0, 0.0), (120.0, 0.0)] {
            assert_eq!(limits.share(celsius), share, "{celsius} °C");
        }
    }
}
