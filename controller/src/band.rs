//! What a room should be, now and by half hours of the next day: manager, building system, tenant, then schedule. What the
//! law makes of it is in [`crate::rules`].

use comfort::HALF_HOURS;
use vocabulary::{Celsius, Rule, SetpointBy, Timestamp, Zone};

use crate::site::{GivenBand, SiteRoom};

/// How far below the schedule a room may drift in comfort hours while nobody is there. More would save little in a heavy
/// building and greet whoever returns with an hour of cold.
const VACANT_SETBACK_K: f64 = 1.5;
const HALF_HOUR_MS: i64 = 1_800_000;

/// The setpoint in force.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Setpoint {
    pub(crate) celsius: Celsius,
    pub(crate) by: SetpointBy,
    pub(crate) until: Option<Timestamp>,
}

/// What a room should be, by half hours of which the first begins now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Band {
    /// The setpoint in force.
    pub(crate) setpoint: Setpoint,
    /// Not colder than this while people are there, °C.
    pub(crate) low_c: [f64; HALF_HOURS],
    /// Not colder than this while nobody is there, °C; never above `low_c`.
    pub(crate) vacant_c: [f64; HALF_HOURS],
    /// Not warmer than this, °C; never below `low_c`.
    pub(crate) high_c: [f64; HALF_HOURS],
    /// Not warmer than this while nobody is there and nobody comes soon, °C; never below `vacant_c`.
    pub(crate) vacant_high_c: [f64; HALF_HOURS],
    /// The rule that set the setpoint, and what was asked for.
    pub(crate) rule: Option<(Rule, Celsius)>,
}

impl Band {
    /// The band of a room from `now` on; `empty` when nobody has been there for a while.
    pub(crate) fn of(room: &SiteRoom, zone: Zone, now: Timestamp, empty: bool) -> Self {
        let band = match &room.given {
            Some(given) => Self::given(given),
            None => Self::by_the_book(room, zone, now, empty),
        };
        band.in_order()
    }

    fn given(given: &GivenBand) -> Self {
        let series = |said: &[f64], otherwise: f64| {
            let last = said.last().copied().unwrap_or(otherwise);
            std::array::from_fn(|index| said.get(index).copied().unwrap_or(last))
        };
        let low_c = series(&given.low_c, FROST_C);
        let celsius = Celsius::new(low_c[0]).unwrap_or(FROST);
        let high_c = series(&given.high_c, f64::INFINITY);
        Self {
            setpoint: Setpoint { celsius, by: SetpointBy::Schedule, until: None },
            low_c,
            vacant_c: given.vacant_low_c.map_or(low_c, |vacant_c| [vacant_c; HALF_HOURS]),
            high_c,
            vacant_high_c: high_c,
            rule: None,
        }
    }

    fn by_the_book(room: &SiteRoom, zone: Zone, now: Timestamp, empty: bool) -> Self {
        let at = |index: usize| now.plus_ms(index as i64 * HALF_HOUR_MS);
        let setpoints: [Setpoint; HALF_HOURS] = std::array::from_fn(|index| asked(room, zone, at(index)));
        let low_c = setpoints.map(|setpoint| setpoint.celsius.degrees().max(FROST_C));
        let vacant_c: [f64; HALF_HOURS] =
            std::array::from_fn(|index| vacant_c(room, zone, at(index), &setpoints[index]).max(FROST_C));
        let mut setpoint = setpoints[0];
        if setpoint.by == SetpointBy::Schedule {
            setpoint.until = room.schedule.next_change(now, zone).map(|(at, _)| at);
        }
        if empty && vacant_c[0] < low_c[0] {
            let celsius = Celsius::new(vacant_c[0]).unwrap_or(room.setback_c);
            setpoint = Setpoint { celsius, by: SetpointBy::Setback, until: None };
        }
        let rule = (setpoint.celsius < FROST).then_some((Rule::Frost, setpoint.celsius));
        setpoint.celsius = setpoint.celsius.max(FROST);
        let high_c = [room.high_c.degrees(); HALF_HOURS];
        Self { setpoint, low_c, vacant_c, high_c, vacant_high_c: high_c, rule }
    }

    fn in_order(mut self) -> Self {
        for index in 0..HALF_HOURS {
            self.vacant_c[index] = self.vacant_c[index].min(self.low_c[index]);
            self.high_c[index] = self.high_c[index].max(self.low_c[index]);
            self.vacant_high_c[index] = self.vacant_high_c[index].max(self.low_c[index]);
        }
        self
    }
}

/// No room is let below this, °C: water in pipes behind its walls.
pub(crate) const FROST_C: f64 = 8.0;
pub(crate) const FROST: Celsius = Celsius::from_hundredths(800);

/// What is asked for at a time, by whoever's word is the strongest then. When a schedule's word ends is not looked up: of
/// the day ahead only the present one is told to anybody.
fn asked(room: &SiteRoom, zone: Zone, at: Timestamp) -> Setpoint {
    if let Some(&(by, celsius, until)) = room.overrides.iter().find(|(_, _, until)| *until > at) {
        return Setpoint { celsius, by, until: Some(until) };
    }
    let celsius = room.schedule.setpoint(zone, at);
    Setpoint { celsius, by: SetpointBy::Schedule, until: None }
}

/// Only comfort is lowered for an empty room: a night's setpoint is low already, sensors do not see people who sleep, and
/// who has asked for something has asked.
fn vacant_c(room: &SiteRoom, zone: Zone, at: Timestamp, asked: &Setpoint) -> f64 {
    let scheduled = room.schedule.setpoint(zone, at);
    let is_comfort = room.schedule.comfort(zone, at) <= scheduled;
    if asked.by == SetpointBy::Schedule && is_comfort && scheduled > room.setback_c {
        (scheduled.degrees() - VACANT_SETBACK_K).max(room.setback_c.degrees())
    } else {
        asked.celsius.degrees()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{Date, DayException, ExceptionDay, WeekSchedule};

    const COMFORT: Celsius = Celsius::from_hundredths(2050);
    const NIGHT: Celsius = Celsius::from_hundredths(1700);

    fn room() -> SiteRoom {
        let schedule = WeekSchedule::daily(&[0, 1, 2, 3, 4], (420, 1140), COMFORT, NIGHT).unwrap();
        SiteRoom::trial("a", schedule)
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn band(room: &SiteRoom, now: Timestamp, empty: bool) -> Band {
        Band::of(room, Zone::UTC, now, empty)
    }

    #[test]
    fn the_strongest_hand_sets_the_setpoint_until_its_end() {
        let now = at("2026-01-19T10:00:00Z");
        let warm = Celsius::from_hundredths(2150);
        let mut room = room();
        room.overrides = vec![
            (SetpointBy::Manager, NIGHT, now.plus_ms(1_000)),
            (SetpointBy::Tenant, warm, now.plus_ms(2_000)),
        ];
        let by = |ms| band(&room, now.plus_ms(ms), false).setpoint.by;
        assert_eq!(
            (by(0), by(1_000), by(2_000)),
            (SetpointBy::Manager, SetpointBy::Tenant, SetpointBy::Schedule)
        );
    }

    #[test]
    fn an_empty_room_may_drift_from_comfort_and_a_night_is_left_as_it_is() {
        let noon = at("2026-01-19T12:00:00Z");
        let drifted = band(&room(), noon, true);
        assert_eq!(
            (drifted.setpoint.celsius, drifted.setpoint.by),
            (Celsius::from_hundredths(1900), SetpointBy::Setback)
        );
        assert_eq!((drifted.low_c[0], drifted.vacant_c[0]), (20.5, 19.0));
        let night = band(&room(), at("2026-01-19T23:00:00Z"), true);
        assert_eq!((night.setpoint.celsius, night.setpoint.by), (NIGHT, SetpointBy::Schedule));
        assert_eq!((night.low_c[0], night.vacant_c[0]), (17.0, 17.0));
        let mut cold = room();
        cold.setback_c = Celsius::from_hundredths(1950);
        assert_eq!(band(&cold, noon, true).setpoint.celsius, cold.setback_c);
    }

    #[test]
    fn the_day_ahead_has_the_mornings_rise_where_the_schedule_has_it() {
        let band = band(&room(), at("2026-01-20T04:00:00Z"), false);
        assert_eq!((band.low_c[5], band.low_c[6], band.low_c[29], band.low_c[30]), (17.0, 20.5, 20.5, 17.0));
        assert!(band.high_c.iter().all(|high_c| *high_c == 22.0));
    }

    #[test]
    fn the_day_ahead_has_exceptions_and_changes_of_the_clock() {
        let paris: Zone = "Europe/Paris".parse().unwrap();
        let low_c = |room: &SiteRoom, now| Band::of(room, paris, at(now), false).low_c;
        let mut room = room();
        // Friday before the clocks go forward, noon: comfort until 19:00, and a Saturday like a Friday from 07:00 on.
        let saturday: Date = "2026-03-28".parse().unwrap();
        let like = |day, what| vec![DayException::new(day, day, what, None).unwrap()];
        room.schedule.exceptions = like(saturday, ExceptionDay::Like(4));
        let friday = low_c(&room, "2026-03-27T11:00:00Z");
        assert_eq!((friday[13], friday[14], friday[37], friday[38]), (20.5, 17.0, 17.0, 20.5));
        // From Saturday noon 07:00 of Sunday is 18 h away in spring, 20 h in autumn.
        for (noon, half_hours) in [("2026-03-28T11:00:00Z", 36), ("2026-10-24T10:00:00Z", 40)] {
            let sunday = paris.date(at(noon)).plus_days(1);
            room.schedule.exceptions = like(sunday, ExceptionDay::Like(0));
            let band = low_c(&room, noon);
            assert_eq!((band[half_hours - 1], band[half_hours]), (17.0, 20.5), "{noon}");
        }
    }

    #[test]
    fn nobody_lets_a_room_freeze() {
        let now = at("2026-01-19T10:00:00Z");
        let five = Celsius::from_hundredths(500);
        let mut room = room();
        room.overrides = vec![(SetpointBy::Manager, five, now.plus_ms(1_000))];
        let held = band(&room, now, false);
        assert_eq!((held.setpoint.celsius, held.setpoint.by), (FROST, SetpointBy::Manager));
        assert_eq!((held.low_c[0], held.vacant_c[0], held.rule), (8.0, 8.0, Some((Rule::Frost, five))));
    }

    #[test]
    fn a_given_band_that_ends_early_goes_on_and_one_upside_down_is_set_right() {
        let mut room = room();
        let given = |low_c, high_c| GivenBand { low_c, high_c, vacant_low_c: Some(16.0) };
        room.given = Some(given(vec![20.0, 21.0], vec![24.0, 19.0]));
        let band = band(&room, at("2026-01-20T04:00:00Z"), false);
        assert_eq!((band.low_c[0], band.low_c[1], band.low_c[47]), (20.0, 21.0, 21.0));
        assert_eq!((band.high_c[0], band.high_c[1], band.vacant_c[47]), (24.0, 21.0, 16.0));
        room.given = Some(given(vec![], vec![]));
        let nothing = Band::of(&room, Zone::UTC, at("2026-01-20T04:00:00Z"), false);
        assert_eq!((nothing.low_c[0], nothing.vacant_c[0]), (FROST_C, FROST_C));
    }
}
