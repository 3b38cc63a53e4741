//! The day ahead as planning sees it: by half hours from now, whatever of it is known.

use comfort::HALF_HOURS;
use vocabulary::{SiteOutlook, Timestamp};

const HALF_HOUR_MS: i64 = 1_800_000;

/// Weather now, and weather, prices and carbon of the next day.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outlook {
    /// Outdoor air now, °C.
    pub outdoor_c: Option<f64>,
    /// Sun on a level surface now, W/m².
    pub irradiance_w_per_m2: Option<f64>,
    /// By half hours, the first begins now; shorter where nothing more is known.
    pub ahead: Vec<HalfHour>,
}

/// Half an hour to come.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HalfHour {
    /// Outdoor air, °C.
    pub outdoor_c: Option<f64>,
    /// Sun on a level surface, W/m².
    pub irradiance_w_per_m2: Option<f64>,
    /// What electricity costs, euro per kilowatt-hour.
    pub price_eur_per_kwh: Option<f64>,
    /// What electricity emits, grams of CO₂ equivalent per kilowatt-hour.
    pub carbon_g_per_kwh: Option<f64>,
}

impl Outlook {
    /// What was said of the site, as it looks at `now`: each half hour as its middle.
    #[must_use]
    pub fn of(said: &SiteOutlook, now: Timestamp) -> Self {
        let middle = |index: usize| now.plus_ms(index as i64 * HALF_HOUR_MS + HALF_HOUR_MS / 2);
        let half_hour = |index| {
            said.hour_at(middle(index)).map_or_else(HalfHour::default, |hour| HalfHour {
                outdoor_c: hour.outdoor_c,
                irradiance_w_per_m2: hour.irradiance_w_per_m2,
                price_eur_per_kwh: hour.price_eur_per_kwh,
                carbon_g_per_kwh: hour.carbon_g_per_kwh,
            })
        };
        Self {
            outdoor_c: said.outdoor_c,
            irradiance_w_per_m2: said.irradiance_w_per_m2,
            ahead: (0..HALF_HOURS).map(half_hour).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::OutlookHour;

    #[test]
    fn half_hours_take_what_their_hour_says_and_what_is_unknown_stays_so() {
        let now = Timestamp::from_ms(1_763_632_000_000);
        let hour = |ahead_ms: i64, outdoor_c| OutlookHour {
            from: now.plus_ms(ahead_ms),
            outdoor_c: Some(outdoor_c),
            irradiance_w_per_m2: None,
            price_eur_per_kwh: None,
            carbon_g_per_kwh: None,
        };
        let said = SiteOutlook {
            outdoor_c: Some(3.0),
            irradiance_w_per_m2: None,
            hours: vec![hour(2 * HALF_HOUR_MS, 4.0), hour(4 * HALF_HOUR_MS, 5.0)],
            until: now,
        };
        let outlook = Outlook::of(&said, now);
        let outdoor_c: Vec<Option<f64>> = outlook.ahead.iter().map(|half| half.outdoor_c).collect();
        assert_eq!(outdoor_c[..5], [None, None, Some(4.0), Some(4.0), Some(5.0)]);
        assert_eq!((outdoor_c.len(), outlook.outdoor_c), (HALF_HOURS, Some(3.0)));
    }
}
