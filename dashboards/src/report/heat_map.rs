//! What was drawn by hour of the day: a row a day, or a row a month where there are too many days to be read.

use vocabulary::{Timestamp, Zone};

/// More days than this become months.
const MOST_DAYS: usize = 31;
const HOURS: usize = 24;

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// When its day or month began, or the period where that is later.
    pub(crate) from: Timestamp,
    /// kWh drawn in each hour of the day by the wall clock: of a month the mean over its days. On the day on which the
    /// clocks go back one cell holds two hours.
    pub(crate) kwh: [Option<f64>; HOURS],
}

/// The map of a period.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct HeatMap {
    pub(crate) rows: Vec<Row>,
    /// Whether a row is a month.
    pub(crate) is_by_month: bool,
}

impl HeatMap {
    /// The highest cell, kWh.
    pub(crate) fn most_kwh(&self) -> f64 {
        self.rows.iter().flat_map(|row| row.kwh).flatten().fold(0.0, f64::max)
    }
}

/// Lays hours out; `wh` with the time at which each begins.
pub(crate) fn heat_map(hours: impl Iterator<Item = (Timestamp, Option<f64>)>, zone: Zone) -> HeatMap {
    let mut days: Vec<(String, Row)> = Vec::new();
    for (at, wh) in hours {
        let day = zone.format(at, "%Y-%m-%d");
        if days.last().is_none_or(|(last, _)| *last != day) {
            days.push((day, Row { from: at, kwh: [None; HOURS] }));
        }
        if let (Some((_, row)), Some(wh)) = (days.last_mut(), wh) {
            let cell = &mut row.kwh[usize::from(zone.local(at).minute / 60) % HOURS];
            *cell = Some(cell.unwrap_or(0.0) + wh / 1000.0);
        }
    }
    let is_by_month = days.len() > MOST_DAYS;
    let rows = days.into_iter().map(|(_, row)| row);
    HeatMap { rows: if is_by_month { months(rows, zone) } else { rows.collect() }, is_by_month }
}

fn months(days: impl Iterator<Item = Row>, zone: Zone) -> Vec<Row> {
    let mut months: Vec<(Row, [f64; HOURS])> = Vec::new();
    for day in days {
        let is_new = months.last().is_none_or(|(month, _)| zone.month(month.from) != zone.month(day.from));
        if is_new {
            months.push((Row { from: day.from, kwh: [None; HOURS] }, [0.0; HOURS]));
        }
        let Some((month, counts)) = months.last_mut() else { continue };
        for (hour, kwh) in day.kwh.into_iter().enumerate() {
            let Some(kwh) = kwh else { continue };
            month.kwh[hour] = Some(month.kwh[hour].unwrap_or(0.0) + kwh);
            counts[hour] += 1.0;
        }
    }
    let means = months.into_iter().map(|(month, counts)| {
        let mean = |hour: usize| month.kwh[hour].map(|kwh| kwh / counts[hour]);
        Row { kwh: std::array::from_fn(mean), ..month }
    });
    means.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(from: &str, count: i64) -> impl Iterator<Item = (Timestamp, Option<f64>)> {
        let from = Timestamp::parse_rfc3339(from).unwrap();
        (0..count).map(move |hour| (from.plus_ms(hour * 3_600_000), Some(1000.0)))
    }

    #[test]
    fn the_days_on_which_clocks_change_have_an_empty_and_a_double_hour() {
        let zone: Zone = "Europe/Paris".parse().unwrap();
        // Sunday 29 March 2026 has 23 hours, Sunday 25 October 25.
        let spring = heat_map(hours("2026-03-28T23:00:00Z", 23), zone);
        assert_eq!((spring.rows.len(), spring.rows[0].kwh[2], spring.rows[0].kwh[3]), (1, None, Some(1.0)));
        let autumn = heat_map(hours("2026-10-24T22:00:00Z", 25), zone);
        assert_eq!((autumn.rows.len(), autumn.rows[0].kwh[2], autumn.most_kwh()), (1, Some(2.0), 2.0));
    }

    #[test]
    fn many_days_become_months_with_the_mean_of_their_days() {
        let zone: Zone = "Europe/Paris".parse().unwrap();
        let map = heat_map(hours("2025-12-31T23:00:00Z", 24 * 59), zone);
        assert!(map.is_by_month && map.rows.len() == 2, "January and February");
        assert!(map.rows.iter().all(|row| row.kwh == [Some(1.0); 24]));
        let gap = hours("2026-01-31T23:00:00Z", 24 * 28).map(|(at, wh)| (at, wh.filter(|_| false)));
        assert_eq!(heat_map(gap, zone).rows[0].kwh, [None; 24]);
    }
}
