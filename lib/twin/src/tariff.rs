//! What a kilowatt-hour costs, by the clock or by a day-ahead market.

use crate::moment::{Clock, Moment};
use crate::noise::{Noise, Purpose};

/// A price of electricity as a pure function of the moment.
#[derive(Debug, Clone, Copy)]
pub enum Tariff {
    /// Always the same.
    Flat {
        /// €/kWh.
        eur_per_kwh: f64,
    },
    /// Cheaper at night: off-peak from 22 h to 6 h of the local clock, the usual French "heures creuses".
    OffPeak {
        /// By day, €/kWh.
        peak_eur_per_kwh: f64,
        /// At night, €/kWh.
        off_peak_eur_per_kwh: f64,
    },
    /// Hourly prices of a market and what comes on top.
    Dynamic(Market),
}

/// A seeded day-ahead market: the usual day, week and year, and days that are dearer or cheaper than usual.
#[derive(Debug, Clone, Copy)]
pub struct Market {
    noise: Noise,
    mean_eur_per_kwh: f64,
    on_top_eur_per_kwh: f64,
}

/// The market's day beside its mean, by local hour: two peaks, in the morning and, higher, in the evening.
/// This, the year and the week are the French day-ahead market of 2015 to 2018, rounded; `tests/shared_prices.rs`
/// holds them against it.
const DAY: [f64; 24] = [
    0.85, 0.80, 0.75, 0.70, 0.70, 0.80, 1.00, 1.10, 1.15, 1.15, 1.10, 1.10, 1.05, 1.00, 0.95, 0.95, 1.00,
    1.15, 1.30, 1.25, 1.15, 1.05, 1.00, 0.95,
];
/// Its year, January to December.
const YEAR: [f64; 12] = [1.10, 1.05, 0.90, 0.80, 0.70, 0.80, 0.90, 0.90, 1.00, 1.25, 1.40, 1.20];
const WORKING_DAY: f64 = 1.08;
const WEEKEND: f64 = 0.80;
/// Deviation of the logarithm of price from day to day, by wind and cold, and from hour to hour.
const DAILY_SCATTER: f64 = 0.25;
const HOURLY_SCATTER: f64 = 0.08;
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// How long a windy or a cold spell lasts.
const SPELL_MS: i64 = 2 * DAY_MS;

impl Tariff {
    /// French regulated prices of a small site in 2025, taxes included, rounded.
    pub const FRENCH_OFF_PEAK: Tariff =
        Tariff::OffPeak { peak_eur_per_kwh: 0.21, off_peak_eur_per_kwh: 0.165 };

    /// What a kilowatt-hour drawn at a moment costs, €.
    #[must_use]
    pub fn eur_per_kwh(&self, moment: Moment) -> f64 {
        match self {
            Tariff::Flat { eur_per_kwh } => *eur_per_kwh,
            Tariff::OffPeak { peak_eur_per_kwh, off_peak_eur_per_kwh } => {
                let by_day = (6.0..22.0).contains(&moment.local().hour());
                if by_day { *peak_eur_per_kwh } else { *off_peak_eur_per_kwh }
            }
            Tariff::Dynamic(market) => market.eur_per_kwh(moment),
        }
    }
}

impl Market {
    /// A market of this mean price over the year, €/kWh; network and taxes come on top.
    #[must_use]
    pub fn new(seed: u64, mean_eur_per_kwh: f64, on_top_eur_per_kwh: f64) -> Market {
        Market { noise: Noise::new(seed), mean_eur_per_kwh, on_top_eur_per_kwh }
    }

    fn eur_per_kwh(&self, moment: Moment) -> f64 {
        let clock = moment.local();
        let hour_ms = moment.utc_ms.div_euclid(HOUR_MS) * HOUR_MS;
        let spell = DAILY_SCATTER * self.noise.slow(Purpose::PriceSpell, 0, hour_ms, SPELL_MS);
        let hourly = HOURLY_SCATTER * self.noise.gaussian(Purpose::PriceHour, 0, hour_ms / HOUR_MS);
        let variance = DAILY_SCATTER * DAILY_SCATTER + HOURLY_SCATTER * HOURLY_SCATTER;
        // Log-normal of mean one.
        let scatter = (spell + hourly - 0.5 * variance).exp();
        self.mean_eur_per_kwh * usual(clock) * scatter + self.on_top_eur_per_kwh
    }
}

/// The usual price of an hour beside the mean of the year.
fn usual(clock: Clock) -> f64 {
    let month = (clock.day_of_common_year() * 12 / 365) as usize % 12;
    let week = if clock.weekday() < 5 { WORKING_DAY } else { WEEKEND };
    DAY[clock.hour() as usize % 24] * YEAR[month] * week
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 6 January 2025, 0:00 in Paris.
    const MONDAY: Moment = Moment { utc_ms: 1_736_118_000_000, local_offset_s: 3600 };

    fn at(tariff: &Tariff, hour: i64) -> f64 {
        tariff.eur_per_kwh(MONDAY.later_by(hour * HOUR_MS))
    }

    #[test]
    fn nights_are_cheap_from_ten_to_six() {
        let prices = [0, 5, 6, 21, 22, 23].map(|hour| at(&Tariff::FRENCH_OFF_PEAK, hour));
        assert_eq!(prices, [0.165, 0.165, 0.21, 0.21, 0.165, 0.165]);
    }

    #[test]
    fn the_market_has_its_mean_its_evenings_and_its_weekends() {
        let market = Tariff::Dynamic(Market::new(4, 0.08, 0.10));
        let mean_of = |choose: fn(i64) -> bool| {
            let chosen: Vec<f64> =
                (0..8736).filter(|&hour| choose(hour)).map(|hour| at(&market, hour)).collect();
            chosen.iter().sum::<f64>() / chosen.len() as f64 - 0.10
        };
        let mean = mean_of(|_| true);
        assert!((mean / 0.08 - 1.0).abs() < 0.08, "{mean}");
        assert!(mean_of(|hour| hour % 24 == 18) > 1.6 * mean_of(|hour| hour % 24 == 3));
        assert!(mean_of(|hour| hour / 24 % 7 > 4) < 0.85 * mean_of(|hour| hour / 24 % 7 < 5));
        assert!((0..8736).all(|hour| (0.10..0.5).contains(&at(&market, hour))));
    }

    #[test]
    fn the_same_seed_has_the_same_prices_within_and_between_hours() {
        let (market, again) = (Market::new(4, 0.08, 0.0), Market::new(4, 0.08, 0.0));
        let other = Market::new(5, 0.08, 0.0);
        assert_eq!(market.eur_per_kwh(MONDAY), again.eur_per_kwh(MONDAY.later_by(3_599_999)));
        assert_ne!(market.eur_per_kwh(MONDAY), other.eur_per_kwh(MONDAY));
    }
}
