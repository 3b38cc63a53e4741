//! What the law makes of the rooms' bands. France: heating may reach 19 °C on average of the rooms of a dwelling, or of all
//! other rooms of a building together; 16 °C where they have been empty for a day, 8 °C for two (Code de l'énergie,
//! R241-26 and R241-27).
//!
//! ```text
//!          asked            bounded                 free
//!  a  ────────── 21 ──┐
//!  b  ────── 20       ├─ ─ ─ ─ ─ level 20 ─ ─    the warmest wishes give way first, down to a level at which
//!  c  ── 17 ──────────┘    mean 19               the mean is 19 °C; what is below the level stays as it is
//! ```
//! Upper bounds are raised together from there to the level at which *their* mean is 19 °C: heat that costs nothing is
//! heat. Where rules and wishes cannot both be met, frost yields to nothing, then comes the law, then whoever asked.

use std::collections::BTreeMap;

use comfort::HALF_HOURS;
use vocabulary::{Celsius, Rule, Timestamp};

use crate::band::{Band, FROST_C};
use crate::site::Site;

/// R241-26.
const HEATING_MEAN_C: f64 = 19.0;
/// R241-27: the most in premises that have been empty for so many hours.
const EMPTY_A_DAY: (f64, f64) = (24.0, 16.0);
const EMPTY_TWO_DAYS: (f64, f64) = (48.0, 8.0);

/// Brings the bands of all rooms under the law; `empty_since` says of each room since when nobody has been there, and
/// `None` where that is not known.
pub(crate) fn bound(site: &Site, empty_since: &[Option<Timestamp>], now: Timestamp, bands: &mut [Band]) {
    for rooms in premises(site) {
        let volume_m3 = |room: &usize| site.rooms[*room].volume_m3.filter(|volume| *volume > 0.0);
        let volumes: Option<Vec<f64>> = rooms.iter().map(volume_m3).collect();
        let shares = volumes.unwrap_or_else(|| vec![1.0; rooms.len()]);
        limit_means(&rooms, &shares, bands);
        let all: Option<Vec<Timestamp>> = rooms.iter().map(|&room| empty_since[room]).collect();
        if let Some(since) = all.and_then(|all| all.into_iter().max()) {
            let empty_h = now.since(since) as f64 / 3_600_000.0;
            rooms.iter().for_each(|&room| limit_empty(empty_h, &mut bands[room]));
        }
    }
}

/// The rooms of each premises that the law bounds.
fn premises(site: &Site) -> Vec<Vec<usize>> {
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, room) in site.rooms.iter().enumerate() {
        if let Some(premises) = room.premises {
            found.entry(premises).or_default().push(index);
        }
    }
    found.into_values().collect()
}

/// 19 °C on average, in each half hour. Nobody counts as away in it: an empty room gives the others nothing to spend.
fn limit_means(rooms: &[usize], shares: &[f64], bands: &mut [Band]) {
    let asked: Vec<Celsius> = rooms.iter().map(|&room| bands[room].setpoint.celsius).collect();
    for k in 0..HALF_HOURS {
        let lows: Vec<f64> = rooms.iter().map(|&room| bands[room].low_c[k]).collect();
        let lows: Vec<f64> = match level(&lows, shares, f64::min) {
            Some(level_c) => lows.iter().map(|low_c| low_c.min(level_c)).collect(),
            None => lows,
        };
        let highs: Vec<f64> = rooms.iter().map(|&room| bands[room].high_c[k]).collect();
        let bounds: Vec<(f64, f64)> = lows.iter().zip(&highs).map(|(low, high)| (*low, *high)).collect();
        let high_level_c = level(&bounds, shares, between);
        for (&room, &(low_c, high_c)) in rooms.iter().zip(&bounds) {
            let band = &mut bands[room];
            band.low_c[k] = low_c.max(FROST_C);
            band.vacant_c[k] = band.vacant_c[k].min(band.low_c[k]);
            band.high_c[k] = high_level_c.map_or(high_c, |level_c| between((low_c, high_c), level_c));
            band.vacant_high_c[k] = band.vacant_high_c[k].min(band.high_c[k]);
        }
    }
    for (&room, asked_c) in rooms.iter().zip(asked) {
        let low_c = bands[room].low_c[0];
        lower_setpoint(&mut bands[room], Rule::HeatingMean, asked_c, low_c);
    }
}

/// A room's upper bound where those of all are raised to `level_c`.
fn between((low_c, high_c): (f64, f64), level_c: f64) -> f64 {
    high_c.min(level_c).max(low_c)
}

/// The level at which the mean of `at(value, level)`, which rises with the level, is as high as the law allows; `None`
/// where it is not even without any level.
fn level<T: Copy>(values: &[T], shares: &[f64], at: impl Fn(T, f64) -> f64) -> Option<f64> {
    let total: f64 = shares.iter().sum();
    let mean = |level_c: f64| {
        let parts = values.iter().zip(shares).map(|(value, share)| at(*value, level_c) * share);
        parts.sum::<f64>() / total
    };
    if mean(HIGHEST_LEVEL_C) <= HEATING_MEAN_C {
        return None;
    }
    // Halved until a step is less than a millionth of a kelvin.
    let (mut below_c, mut above_c) = (FROST_C, HIGHEST_LEVEL_C);
    for _ in 0..HALVINGS {
        let middle_c = 0.5 * (below_c + above_c);
        if mean(middle_c) <= HEATING_MEAN_C { below_c = middle_c } else { above_c = middle_c }
    }
    Some(below_c)
}

/// No setpoint is as high as this, °C.
const HIGHEST_LEVEL_C: f64 = 100.0;
const HALVINGS: u32 = 28;

/// What is left of a band in premises that have been empty for `empty_h` hours, as long as they stay so.
fn limit_empty(empty_h: f64, band: &mut Band) {
    for k in 0..HALF_HOURS {
        let Some((_, limit_c)) = limit_after(empty_h + 0.5 * k as f64) else { continue };
        band.vacant_c[k] = band.vacant_c[k].min(limit_c).max(FROST_C);
        band.vacant_high_c[k] = band.vacant_high_c[k].min(limit_c).max(band.vacant_c[k]);
    }
    if let Some((rule, limit_c)) = limit_after(empty_h) {
        let asked_c = band.rule.map_or(band.setpoint.celsius, |(_, asked_c)| asked_c);
        lower_setpoint(band, rule, asked_c, limit_c);
    }
}

fn limit_after(empty_h: f64) -> Option<(Rule, f64)> {
    if empty_h >= EMPTY_TWO_DAYS.0 {
        Some((Rule::EmptyTwoDays, EMPTY_TWO_DAYS.1))
    } else if empty_h >= EMPTY_A_DAY.0 {
        Some((Rule::EmptyADay, EMPTY_A_DAY.1))
    } else {
        None
    }
}

pub(crate) fn lower_setpoint(band: &mut Band, rule: Rule, asked_c: Celsius, limit_c: f64) {
    // A level is found to a millionth of a kelvin, setpoints are hundredths.
    if let Some(limit) = Celsius::new(limit_c).ok().filter(|limit| *limit < band.setpoint.celsius) {
        band.setpoint.celsius = limit;
        band.rule = Some((rule, asked_c));
    }
}

#[cfg(test)]
mod tests;
