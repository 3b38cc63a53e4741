//! The next 24 hours: the habit, corrected by the present for as long as presence and absence last, and the calendar.

use super::{Occupancy, TURNOVER_H};
use crate::HALF_HOURS;

/// How much of a deviation from the habit is a stay or a short absence, gone within hours...
const STAY_SHARE: f64 = 0.7;
/// ...the rest is a matter of the day (a holiday, a lecture day, a guest), and lasts about so long, h.
const DAY_H: f64 = 12.0;
/// Somebody announced does come, this often...
const ANNOUNCED_COME: f64 = 0.9;
/// ...and somebody comes into a room that is said to stay empty, this often: who says so has a key to keep.
const COME_UNANNOUNCED: f64 = 0.02;

/// People that a calendar expects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// From when and until when, hours from now; may have begun.
    pub from_h: f64,
    /// See `from_h`.
    pub until_h: f64,
    /// How many; nobody is a statement too (the room is closed).
    pub people: u32,
}

impl Occupancy {
    /// The probability that somebody is in the room, for each of the 48 half hours from `hour_of_week` (hours since
    /// Monday 0:00), if it is `probability` now. The first value is that of the half hour starting now.
    ///
    /// `p(t) = habit(t) + (p₀ − habit₀)·S(t)`, where S is the survival of a deviation from the habit. Inside an
    /// announcement of the calendar its statement holds instead, as far as announcements can be trusted.
    #[must_use]
    pub fn forecast(&self, hour_of_week: f64, probability: f64, calendar: &[Expected]) -> [f64; HALF_HOURS] {
        let now = if hour_of_week.is_finite() { hour_of_week } else { 0.0 };
        let habit = |after_h: f64| self.habit.at((now + after_h).rem_euclid(168.0));
        let known = if probability.is_finite() { probability.clamp(0.0, 1.0) } else { habit(0.0) };
        let deviation = known - habit(0.0);
        std::array::from_fn(|index| {
            let middle_h = (index as f64 + 0.5) / 2.0;
            let expected = (habit(middle_h) + deviation * survival(middle_h)).clamp(0.0, 1.0);
            announced(calendar, middle_h, expected)
        })
    }

    /// The probability that somebody will be there whom only heat made before keeps warm, for each of the 48 half hours from
    /// now; arguments as in [`Occupancy::forecast`].
    ///
    /// That is who is there now and will be still, and who comes within that half hour. Who came before it, after now, was
    /// seen coming and heated for: of the forecast `p(t)` of an empty room that is `p(t − ½ h)·stay`, with `stay` the
    /// probability to be there half an hour later.
    #[must_use]
    pub fn need(&self, hour_of_week: f64, probability: f64, calendar: &[Expected]) -> [f64; HALF_HOURS] {
        let [absent, present] = [0.0, 1.0].map(|known| self.forecast(hour_of_week, known, calendar));
        std::array::from_fn(|half| {
            let seen = half
                .checked_sub(1)
                .map_or(0.0, |before| absent[before] * (absent[half] + (1.0 - absent[half]) * survival(0.5)));
            let came = (absent[half] - seen).max(0.0);
            probability * present[half] + (1.0 - probability) * came
        })
    }

    /// The probability that somebody has been in the room by the end of each of the 48 half hours from now; arguments
    /// as in [`Occupancy::forecast`].
    ///
    /// Half hour by half hour an empty room stays empty with `1 − on`, where `on` is what turnover at the habit's
    /// level brings, or what the rise of the forecast needs if that is more.
    #[must_use]
    pub fn arrival(&self, hour_of_week: f64, probability: f64, calendar: &[Expected]) -> [f64; HALF_HOURS] {
        let forecast = self.forecast(hour_of_week, probability, calendar);
        let turnover = 1.0 - (-0.5 / TURNOVER_H).exp();
        let (mut before, mut empty) = (forecast[0], 1.0 - forecast[0]);
        forecast.map(|present| {
            let rise = if before < 1.0 { (present - before) / (1.0 - before) } else { 1.0 };
            before = present;
            empty *= 1.0 - (present * turnover).max(rise).clamp(0.0, 1.0);
            1.0 - empty
        })
    }
}

/// What is left of a deviation from the habit after so many hours.
fn survival(after_h: f64) -> f64 {
    STAY_SHARE * (-after_h / TURNOVER_H).exp() + (1.0 - STAY_SHARE) * (-after_h / DAY_H).exp()
}

/// What is `expected` at a moment with what the calendar says of it; people win over nobody, and a room that is said to stay
/// empty is no likelier used for it.
fn announced(calendar: &[Expected], at_h: f64, expected: f64) -> f64 {
    let holding = calendar.iter().filter(|expected| (expected.from_h..expected.until_h).contains(&at_h));
    match holding.map(|expected| expected.people).max() {
        None => expected,
        Some(0) => expected.min(COME_UNANNOUNCED),
        Some(_) => ANNOUNCED_COME,
    }
}
