//! The controller's time, made of the simulator's: it never goes back, and its wall clock shows the hour and weekday that
//! the simulator says.
//!
//! ```text
//!   t_s grows by at most a month ──> time goes on by as much
//!   t_s missing, back, standing, far ahead ──> time goes on by one step
//!   hour and weekday within 12 h of ours ──> the zone's offset follows (summer time)
//!   further away ──> time goes on to the next such hour of a week
//! ```

use vocabulary::{Timestamp, Zone};

use super::input::Step;

/// Monday, 1 January 2024, 0:00: simulations have no date.
pub(super) const FIRST_MONDAY: Timestamp = Timestamp::from_ms(1_704_067_200_000);
/// A longer jump is another episode of the simulation and no pause: what is known of the building would be too old.
const LONGEST_JUMP_S: f64 = 31.0 * 86_400.0;
/// The clocks of the world are this far from UTC at most.
const LARGEST_OFFSET_H: f64 = 12.0;
const WEEK_H: f64 = 168.0;
const HOUR_MS: f64 = 3_600_000.0;

/// The moment of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tick {
    pub(super) now: Timestamp,
    /// In which the wall clock shows what the simulator says.
    pub(super) zone: Zone,
    /// The simulator's clock did not go on by a step.
    pub(super) jumped: bool,
}

/// The controller's clock.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    step_s: f64,
    first_monday: Timestamp,
    t_s: Option<f64>,
    now: Option<Timestamp>,
}

impl Clock {
    /// A clock whose first step lies in the week of `first_monday`.
    pub(super) fn from_week(step_s: f64, first_monday: Timestamp) -> Self {
        Self { step_s, first_monday, t_s: None, now: None }
    }

    /// Goes on to a step.
    pub(super) fn tick(&mut self, step: &Step) -> Tick {
        let (elapsed_s, jumped) = self.elapsed_s(step.t_s);
        self.t_s = step.t_s.filter(|t_s| t_s.is_finite()).or(self.t_s.map(|t_s| t_s + self.step_s));
        let Some(before) = self.now else {
            let start_h = hour_of_week(step, 0.0);
            let now = self.first_monday.plus_ms((start_h * HOUR_MS) as i64);
            self.now = Some(now);
            return Tick { now, zone: Zone::UTC, jumped: false };
        };
        let next = before.plus_ms((elapsed_s * 1000.0).round() as i64);
        let ours_h = hours_into_week(next);
        let ahead_h = (hour_of_week(step, ours_h) - ours_h + WEEK_H / 2.0).rem_euclid(WEEK_H) - WEEK_H / 2.0;
        let is_zone = ahead_h.abs() <= LARGEST_OFFSET_H;
        let now = if is_zone { next } else { next.plus_ms((ahead_h.rem_euclid(WEEK_H) * HOUR_MS) as i64) };
        self.now = Some(now);
        Tick { now, zone: if is_zone { zone_ahead(ahead_h) } else { Zone::UTC }, jumped: jumped || !is_zone }
    }

    /// Seconds since the step before, and whether they are not what the clock shows or not one step.
    fn elapsed_s(&self, t_s: Option<f64>) -> (f64, bool) {
        let (Some(before), Some(t_s)) = (self.t_s, t_s) else { return (self.step_s, false) };
        let elapsed_s = t_s - before;
        if elapsed_s > 0.0 && elapsed_s <= LONGEST_JUMP_S {
            (elapsed_s, elapsed_s > 1.5 * self.step_s)
        } else {
            (self.step_s, true)
        }
    }
}

/// The hour of the week that a step says, 0..168; what it does not say is as on our own clock.
fn hour_of_week(step: &Step, ours_h: f64) -> f64 {
    let hour = step.hour.filter(|hour| (0.0..=24.0).contains(hour));
    let weekday = step.weekday.filter(|day| (0.0..=6.0).contains(day)).map(f64::floor);
    match (weekday, hour) {
        (Some(weekday), Some(hour)) => (24.0 * weekday + hour).rem_euclid(WEEK_H),
        (None, Some(hour)) => {
            let ahead_h = (hour - ours_h + 12.0).rem_euclid(24.0) - 12.0;
            (ours_h + ahead_h).rem_euclid(WEEK_H)
        }
        _ => ours_h,
    }
}

fn hours_into_week(at: Timestamp) -> f64 {
    (at.since(FIRST_MONDAY) as f64 / HOUR_MS).rem_euclid(WEEK_H)
}

/// The zone whose clock is so many hours ahead of UTC, to the full hour. In its names the sign is the other way round
/// (POSIX).
fn zone_ahead(ahead_h: f64) -> Zone {
    match ahead_h.round() as i32 {
        0 => Zone::UTC,
        hours => format!("Etc/GMT{:+}", -hours).parse().expect("there is a zone for each of these hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(t_s: f64, weekday: f64, hour: f64) -> Step {
        Step { t_s: Some(t_s), weekday: Some(weekday), hour: Some(hour), ..Step::default() }
    }

    fn shown(tick: Tick) -> (u8, u16) {
        let local = tick.zone.local(tick.now);
        (local.weekday, local.minute)
    }

    #[test]
    fn the_wall_clock_shows_what_the_simulator_says_also_when_summer_time_begins_and_ends() {
        let mut clock = Clock::from_week(300.0, FIRST_MONDAY);
        assert_eq!(shown(clock.tick(&at(0.0, 6.0, 1.0))), (6, 60));
        let spring = clock.tick(&at(3_600.0, 6.0, 3.0));
        assert_eq!((shown(spring), spring.jumped), ((6, 180), true), "an hour is more than a step");
        let autumn = clock.tick(&at(3_900.0, 6.0, 2.0 + 1.0 / 12.0));
        assert_eq!((shown(autumn), autumn.jumped), ((6, 125), false));
        assert_eq!(autumn.now.since(spring.now), 300_000);
    }

    #[test]
    fn time_never_goes_back_and_every_jump_is_survived() {
        let mut clock = Clock::from_week(300.0, FIRST_MONDAY);
        let mut before = clock.tick(&at(1e6, 2.0, 12.0)).now;
        for (t_s, weekday, hour) in [
            (0.0, 2.0, 12.0),
            (-1e300, 0.0, 0.0),
            (1e300, 6.0, 24.0),
            (f64::INFINITY, 99.0, -5.0),
            (f64::NAN, f64::NAN, f64::NAN),
            (5.0, 0.0, 23.9),
            (5.0, 0.0, 23.9),
        ] {
            let tick = clock.tick(&at(t_s, weekday, hour));
            assert!(tick.now > before && tick.now.since(before) <= 8 * 86_400_000, "{t_s}");
            before = tick.now;
        }
    }

    #[test]
    fn without_any_clock_time_goes_on_by_the_step() {
        let mut clock = Clock::from_week(600.0, FIRST_MONDAY);
        let first = clock.tick(&Step::default()).now;
        let second = clock.tick(&Step::default());
        assert_eq!((second.now.since(first), second.jumped), (600_000, false));
    }

    #[test]
    fn there_is_a_zone_for_every_full_hour() {
        for ahead_h in -12..=12 {
            let local = zone_ahead(f64::from(ahead_h)).local(FIRST_MONDAY);
            assert_eq!(local.offset_s, ahead_h * 3600);
        }
    }
}
