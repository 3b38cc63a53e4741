//! The last 24 hours of a site in half-hour steps: the lines under the home page's figures.

use std::collections::HashMap;

use registry::{Room, SiteBook};
use store::Store;
use vocabulary::{HeaterId, Metric, RoomId, Timestamp};

use crate::facts::DEAD_BAND_K;
use crate::history::{self, HistoryError, Span};
use crate::live::COLD_K;

const STEP_MS: i64 = 30 * 60_000;
const DAY_MS: i64 = 24 * 3_600_000;
/// Heating for a higher setpoint begins at most this long ahead of it.
const SOON_H: i64 = 6;
const HOUR_MS: f64 = 3_600_000.0;

/// One value each half hour; `None` where nothing was measured.
type Line = Vec<Option<f64>>;

/// The last 24 hours.
#[derive(Debug, Default)]
pub(crate) struct Day {
    /// Share of rooms not colder than their band, of those measured.
    pub(crate) comfort: Line,
    /// Watts into rooms that were not too warm.
    pub(crate) heat: Line,
    /// Watts that computed.
    pub(crate) compute: Line,
    /// Watts drawn.
    pub(crate) electricity: Line,
    /// Share of the heat that was wanted.
    pub(crate) useful: Line,
    /// The share since midnight; over all 24 hours in the first hour of a day.
    pub(crate) useful_today: Option<f64>,
    /// Watt-hours since midnight; over all 24 hours in the first hour of a day.
    pub(crate) energy_today_wh: Option<f64>,
    /// When each half hour begins.
    pub(crate) starts: Vec<Timestamp>,
    /// Watt-hours of each half hour, of which only what lies after midnight counts; in the first hour of a day all of it.
    pub(crate) today_wh: Line,
    /// Whether "today" is old enough to speak of.
    pub(crate) is_today: bool,
}

impl Day {
    /// Reads the day that ends at `now`. Where history cannot be read there are no lines, and the log says why.
    pub(crate) fn read(store: &Store, book: &SiteBook, now: Timestamp) -> Self {
        Self::try_read(store, book, now).unwrap_or_else(|error| {
            tracing::warn!(site = book.site.id.as_str(), "the day's figures are left out: {error}");
            Self::default()
        })
    }

    fn try_read(store: &Store, book: &SiteBook, now: Timestamp) -> Result<Self, HistoryError> {
        let span = Span { from: now.plus_ms(-DAY_MS), to: now, step_ms: STEP_MS };
        let site = &book.site.id;
        let mut temperatures = history::of_all_rooms(store, site, &Metric::TemperatureC, span)?;
        let mut deviations: HashMap<&RoomId, Line> = HashMap::new();
        for room in &book.rooms {
            let Some(line) = temperatures.remove(&room.id) else { continue };
            let setpoint = |step| room.schedule.setpoint(book.site.zone, span.start(step)).degrees();
            let line = line.into_iter().enumerate();
            deviations.insert(&room.id, line.map(|(step, t)| t.map(|t| t - setpoint(step))).collect());
        }
        let wanted = |book_room: &Room, step| {
            let soon = (0..=SOON_H).map(|hour| span.start(step).plus_ms(hour * 3_600_000));
            soon.map(|at| book_room.schedule.setpoint(book.site.zone, at).degrees()).fold(f64::MIN, f64::max)
        };
        // Heat ahead of a morning is wanted, so what is too warm is judged by what the schedule wants soon.
        let mut excesses: HashMap<&RoomId, Line> = HashMap::new();
        for room in &book.rooms {
            let Some(line) = deviations.get(&room.id) else { continue };
            let setpoint = |step| room.schedule.setpoint(book.site.zone, span.start(step)).degrees();
            let line = line.iter().enumerate();
            let excess = line.map(|(step, k)| k.map(|k| k + setpoint(step) - wanted(room, step)));
            excesses.insert(&room.id, excess.collect());
        }
        let powers = history::of_all_heaters(store, site, &Metric::PowerW, span)?;
        let resistors = history::of_all_heaters(store, site, &Metric::ResistorW, span)?;
        let midnight = book.site.zone.instant(now, 0, 0);
        Ok(Self::gather(book, span, midnight, (&deviations, &excesses), &powers, &resistors))
    }

    fn gather(
        book: &SiteBook,
        span: Span,
        midnight: Timestamp,
        (deviations, excesses): (&HashMap<&RoomId, Line>, &HashMap<&RoomId, Line>),
        powers: &HashMap<HeaterId, Line>,
        resistors: &HashMap<HeaterId, Line>,
    ) -> Self {
        let is_today = span.to.since(midnight) >= 3_600_000;
        let since = if is_today { midnight } else { span.from };
        let mut day = Self { is_today, ..Self::default() };
        let (mut useful_wh, mut all_wh) = (0.0, 0.0);
        for step in 0..span.steps() {
            let at = |lines: &Line| lines.get(step).copied().flatten();
            let judged: Vec<f64> = deviations.values().filter_map(at).collect();
            let warm = judged.iter().filter(|k| **k > -COLD_K).count();
            day.comfort.push((!judged.is_empty()).then(|| warm as f64 / judged.len() as f64));
            let (mut drawn, mut useful, mut resistor, mut any) = (0.0, 0.0, 0.0, false);
            for heater in &book.heaters {
                let Some(power) = powers.get(&heater.id).and_then(at) else { continue };
                any = true;
                drawn += power;
                resistor += resistors.get(&heater.id).and_then(at).unwrap_or(0.0).min(power);
                let room = heater.room.as_ref();
                let too_warm =
                    room.and_then(|r| excesses.get(r)).and_then(at).is_some_and(|k| k > DEAD_BAND_K);
                useful += if too_warm { 0.0 } else { power };
            }
            let known = |value: f64| any.then_some(value);
            day.heat.push(known(useful));
            day.electricity.push(known(drawn));
            day.compute.push(known(drawn - resistor));
            day.useful.push(if drawn > 1.0 { Some(useful / drawn) } else { None });
            let hours = hours_after(since, span.start(step));
            day.starts.push(span.start(step));
            day.today_wh.push(known(drawn * hours));
            if any {
                useful_wh += useful * hours;
                all_wh += drawn * hours;
            }
        }
        day.useful_today = (all_wh > 1.0).then(|| useful_wh / all_wh);
        day.energy_today_wh = (all_wh > 0.0).then_some(all_wh);
        day
    }
}

/// How much of the step that begins at `start` lies after `since`, in hours.
fn hours_after(since: Timestamp, start: Timestamp) -> f64 {
    let ms = start.plus_ms(STEP_MS).since(since).clamp(0, STEP_MS);
    ms as f64 / HOUR_MS
}

#[cfg(test)]
mod tests {
    use crate::trial::{NOW, Trial, book};

    #[tokio::test]
    async fn a_day_is_the_sum_of_its_heaters_and_the_judgement_of_its_rooms() {
        let trial = Trial::new();
        let day = trial.app.day(&book(), NOW);
        assert_eq!(day.electricity.len(), 48);
        assert_eq!(day.electricity[10], Some(800.0), "two heaters of 400 W");
        assert_eq!(day.comfort[47], Some(1.0));
        // Since midnight at 800 W, in the half hours that began after it.
        assert_eq!(day.energy_today_wh, Some(11_600.0));
        // The half hour around midnight counts by its part after midnight.
        let later = super::Day::read(&trial.app.store, &book(), NOW.plus_ms(15 * 60_000));
        assert_eq!(later.energy_today_wh, Some(11_800.0));
        // At half past midnight the rooms were far above their setback: that heat nobody wanted. From one o'clock on
        // the schedule wants comfort within six hours: 13.5 of today's 14.5 hours.
        assert_eq!(day.useful[20], Some(0.0));
        assert!(day.is_today && day.useful_today.is_some_and(|share| (share - 13.5 / 14.5).abs() < 0.01));
    }
}
