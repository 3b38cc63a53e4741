//! What is known of the weather, prices and carbon of the next day, from whoever knows.

use serde::{Deserialize, Serialize};

use crate::calendar::Timestamp;
use crate::payload::{DecodeError, Payload};

/// Weather now, and weather, prices and carbon to come. Each value may be missing; absent or ended means unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteOutlook {
    /// Outdoor air now, °C.
    #[serde(default)]
    pub outdoor_c: Option<f64>,
    /// Sun on a level surface now, W/m².
    #[serde(default)]
    pub irradiance_w_per_m2: Option<f64>,
    /// The hours to come, in order.
    #[serde(default)]
    pub hours: Vec<OutlookHour>,
    /// When this statement ends.
    #[serde(rename = "until_ms")]
    pub until: Timestamp,
}

/// What is expected from a time on, until the next one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OutlookHour {
    /// From when.
    #[serde(rename = "from_ms")]
    pub from: Timestamp,
    /// Outdoor air, °C.
    #[serde(default)]
    pub outdoor_c: Option<f64>,
    /// Sun on a level surface, W/m².
    #[serde(default)]
    pub irradiance_w_per_m2: Option<f64>,
    /// What electricity costs, euro per kilowatt-hour.
    #[serde(default)]
    pub price_eur_per_kwh: Option<f64>,
    /// What electricity emits, grams of CO₂ equivalent per kilowatt-hour.
    #[serde(default)]
    pub carbon_g_per_kwh: Option<f64>,
}

/// What weather on earth, prices and grids can be; beyond is a mistake of the sender.
const OUTDOOR_C: std::ops::RangeInclusive<f64> = -60.0..=60.0;
const IRRADIANCE_W_PER_M2: std::ops::RangeInclusive<f64> = 0.0..=1500.0;
const PRICE_EUR_PER_KWH: std::ops::RangeInclusive<f64> = -10.0..=10.0;
const CARBON_G_PER_KWH: std::ops::RangeInclusive<f64> = 0.0..=3000.0;

impl SiteOutlook {
    /// At most this many hours: four days.
    pub const MAX_HOURS: usize = 96;

    /// Reads the payload, bounds it, and forgets each value that cannot be.
    ///
    /// # Errors
    /// [`DecodeError`] when it is of another form, has too many hours, or they are not in order.
    pub fn decode_bounded(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut outlook = Self::decode(bytes)?;
        let count = outlook.hours.len();
        if count > Self::MAX_HOURS {
            return Err(DecodeError::TooMany { what: "hours", count, max: Self::MAX_HOURS });
        }
        outlook.hours.sort_by_key(|hour| hour.from);
        possible(&mut outlook.outdoor_c, &OUTDOOR_C);
        possible(&mut outlook.irradiance_w_per_m2, &IRRADIANCE_W_PER_M2);
        for hour in &mut outlook.hours {
            possible(&mut hour.outdoor_c, &OUTDOOR_C);
            possible(&mut hour.irradiance_w_per_m2, &IRRADIANCE_W_PER_M2);
            possible(&mut hour.price_eur_per_kwh, &PRICE_EUR_PER_KWH);
            possible(&mut hour.carbon_g_per_kwh, &CARBON_G_PER_KWH);
        }
        Ok(outlook)
    }

    /// What is expected at a time: of the last hour that has begun by then.
    #[must_use]
    pub fn hour_at(&self, at: Timestamp) -> Option<&OutlookHour> {
        self.hours[..self.hours.partition_point(|hour| hour.from <= at)].last()
    }
}

fn possible(value: &mut Option<f64>, range: &std::ops::RangeInclusive<f64>) {
    *value = value.filter(|value| range.contains(value));
}

impl Payload for SiteOutlook {}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(from: i64, outdoor_c: Option<f64>) -> OutlookHour {
        OutlookHour {
            from: Timestamp::from_ms(from),
            outdoor_c,
            irradiance_w_per_m2: None,
            price_eur_per_kwh: Some(0.15),
            carbon_g_per_kwh: None,
        }
    }

    #[test]
    fn an_outlook_survives_the_wire_in_order_and_without_what_cannot_be() {
        let said = SiteOutlook {
            outdoor_c: Some(3.5),
            irradiance_w_per_m2: Some(-4.0),
            hours: vec![hour(7_200_000, Some(999.0)), hour(3_600_000, Some(4.0))],
            until: Timestamp::from_ms(1),
        };
        let heard = SiteOutlook::decode_bounded(&said.encode()).unwrap();
        assert_eq!((heard.outdoor_c, heard.irradiance_w_per_m2), (Some(3.5), None));
        assert_eq!(heard.hours, [hour(3_600_000, Some(4.0)), hour(7_200_000, None)]);
    }

    #[test]
    fn an_hour_holds_until_the_next_begins() {
        let outlook = SiteOutlook {
            outdoor_c: None,
            irradiance_w_per_m2: None,
            hours: vec![hour(100, Some(1.0)), hour(200, Some(2.0))],
            until: Timestamp::from_ms(1),
        };
        let at = |ms| outlook.hour_at(Timestamp::from_ms(ms)).and_then(|hour| hour.outdoor_c);
        assert_eq!([at(99), at(100), at(199), at(5_000)], [None, Some(1.0), Some(1.0), Some(2.0)]);
    }

    #[test]
    fn too_many_hours_are_refused() {
        let hours = vec![hour(0, None); SiteOutlook::MAX_HOURS + 1];
        let outlook =
            SiteOutlook { outdoor_c: None, irradiance_w_per_m2: None, hours, until: Timestamp::from_ms(1) };
        assert!(SiteOutlook::decode_bounded(&outlook.encode()).is_err());
    }
}
