//! What was said of each hour of a site: outdoor air, price, carbon, and the cap in force. The outlook looks ahead and is
//! gone when it ends; reports look back and need what held.
//!
//! The controller notes it every few minutes; an hour is the mean of what was noted in it, and of caps the lowest.

use rusqlite::params;
use vocabulary::{SiteId, Timestamp, Watts};

use crate::{Registry, RegistryError, damaged};

const HOUR_MS: i64 = 3_600_000;
/// Hours longer ago than this are forgotten: ten years, as history keeps its hourly sums.
const KEPT_MS: i64 = 3_650 * 24 * HOUR_MS;

/// What held at a moment, or in an hour; each may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SaidHour {
    /// Outdoor air, °C.
    pub outdoor_c: Option<f64>,
    /// What electricity cost, euro per kilowatt-hour.
    pub price_eur_per_kwh: Option<f64>,
    /// What electricity emitted, grams of CO₂ equivalent per kilowatt-hour.
    pub carbon_g_per_kwh: Option<f64>,
    /// The most that all heaters might draw together.
    pub cap_w: Option<Watts>,
}

impl Registry {
    /// Adds what held at some moments to their hours.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written; then none is noted.
    pub fn note_hours(&self, site: &SiteId, moments: &[(Timestamp, SaidHour)]) -> Result<(), RegistryError> {
        let Some(newest) = moments.iter().map(|(at, _)| *at).max() else { return Ok(()) };
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for (at, said) in moments {
            let part = |value: Option<f64>| (value.unwrap_or(0.0), u8::from(value.is_some()));
            let (outdoor, price, carbon) =
                (part(said.outdoor_c), part(said.price_eur_per_kwh), part(said.carbon_g_per_kwh));
            transaction.prepare_cached(NOTE)?.execute(params![
                site.as_str(),
                at.ms().div_euclid(HOUR_MS),
                outdoor.0,
                outdoor.1,
                price.0,
                price.1,
                carbon.0,
                carbon.1,
                said.cap_w.map(Watts::whole),
            ])?;
        }
        transaction.execute(
            "DELETE FROM site_hour WHERE site = ?1 AND hour < ?2",
            params![site.as_str(), newest.plus_ms(-KEPT_MS).ms().div_euclid(HOUR_MS)],
        )?;
        Ok(transaction.commit()?)
    }

    /// The hours that begin from `from` (inclusive) to `to` (exclusive) of which anything was said, ascending.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn said_hours(
        &self,
        site: &SiteId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Timestamp, SaidHour)>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT hour, outdoor_c, outdoor_n, price_eur, price_n, carbon_g, carbon_n, cap_w FROM site_hour
             WHERE site = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour",
        )?;
        // The first hour that begins at or after an instant.
        let hour = |at: Timestamp| at.ms().saturating_add(HOUR_MS - 1).div_euclid(HOUR_MS);
        let mut rows = query.query(params![site.as_str(), hour(from), hour(to)])?;
        let mut hours = Vec::new();
        while let Some(row) = rows.next()? {
            let mean = |at: usize| -> Result<Option<f64>, rusqlite::Error> {
                let (sum, count): (f64, i64) = (row.get(at)?, row.get(at + 1)?);
                Ok((count > 0).then(|| sum / count as f64))
            };
            let cap_w: Option<i64> = row.get(7)?;
            let cap_w = cap_w.map(|watts| u32::try_from(watts).ok().and_then(|watts| Watts::new(watts).ok()));
            if cap_w == Some(None) {
                return Err(damaged(&format!("an hour of site {site}"), "its cap is no power"));
            }
            let said = SaidHour {
                outdoor_c: mean(1)?,
                price_eur_per_kwh: mean(3)?,
                carbon_g_per_kwh: mean(5)?,
                cap_w: cap_w.flatten(),
            };
            hours.push((Timestamp::from_ms(row.get::<_, i64>(0)?.saturating_mul(HOUR_MS)), said));
        }
        Ok(hours)
    }
}

const NOTE: &str = "INSERT INTO site_hour VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
    ON CONFLICT (site, hour) DO UPDATE SET
        outdoor_c = outdoor_c + excluded.outdoor_c, outdoor_n = outdoor_n + excluded.outdoor_n,
        price_eur = price_eur + excluded.price_eur, price_n = price_n + excluded.price_n,
        carbon_g = carbon_g + excluded.carbon_g, carbon_n = carbon_n + excluded.carbon_n,
        cap_w = CASE WHEN cap_w IS NULL OR excluded.cap_w < cap_w THEN ifnull(excluded.cap_w, cap_w) ELSE cap_w END";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_the_mean_of_what_was_said_in_it_and_its_lowest_cap() {
        let registry = Registry::in_memory().unwrap();
        let site = SiteId::new("home").unwrap();
        let minute = |n: i64| Timestamp::from_ms(10 * HOUR_MS + n * 60_000);
        let watts = |n: u32| Some(Watts::new(n).unwrap());
        let said = |outdoor_c, price_eur_per_kwh, cap_w| SaidHour {
            outdoor_c,
            price_eur_per_kwh,
            carbon_g_per_kwh: None,
            cap_w,
        };
        let moments = [
            (minute(0), said(Some(2.0), Some(0.1), None)),
            (minute(5), said(Some(4.0), None, watts(9000))),
            (minute(10), said(None, Some(0.3), watts(7000))),
            (minute(15), said(None, Some(0.2), None)),
            (minute(60), said(Some(-1.0), None, watts(8000))),
        ];
        registry.note_hours(&site, &moments[..2]).unwrap();
        registry.note_hours(&site, &moments[2..]).unwrap();
        let hours = registry.said_hours(&site, minute(0), minute(120)).unwrap();
        let first = hours[0].1;
        assert_eq!((hours.len(), hours[0].0, hours[1].0), (2, minute(0), minute(60)));
        assert_eq!((first.outdoor_c, first.carbon_g_per_kwh, first.cap_w), (Some(3.0), None, watts(7000)));
        assert!((first.price_eur_per_kwh.unwrap() - 0.2).abs() < 1e-12);
        assert_eq!(hours[1].1, said(Some(-1.0), None, watts(8000)));
        // Only hours that begin within the question.
        assert_eq!(registry.said_hours(&site, minute(1), minute(60)).unwrap(), []);
        assert_eq!(registry.said_hours(&site, minute(1), minute(61)).unwrap().len(), 1);
        assert_eq!(registry.said_hours(&SiteId::new("b").unwrap(), minute(0), minute(120)).unwrap(), []);
    }

    #[test]
    fn what_is_ten_years_old_is_forgotten() {
        let registry = Registry::in_memory().unwrap();
        let site = SiteId::new("home").unwrap();
        let at = |days: i64| Timestamp::from_ms(days * 24 * HOUR_MS);
        let cold = SaidHour { outdoor_c: Some(-3.0), ..SaidHour::default() };
        registry.note_hours(&site, &[(at(0), cold), (at(100), cold)]).unwrap();
        registry.note_hours(&site, &[(at(3_700), cold)]).unwrap();
        let kept = registry.said_hours(&site, at(0), at(4_000)).unwrap();
        assert_eq!(kept.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [at(100), at(3_700)]);
    }
}
