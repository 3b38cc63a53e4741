//! Weeks to begin with.

use super::spans::{DayTime, Span};
use super::week::Week;
use crate::unit::Celsius;

/// A week that many rooms have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// Monday to Friday, 07:30 to 19:00.
    Office,
    /// Every day, 06:00 to 22:30.
    Flat,
    /// Monday, Tuesday, Thursday and Friday 07:30 to 17:30, Wednesday morning.
    School,
    /// Day and night.
    Always,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Office, Self::Flat, Self::School, Self::Always];

    /// The word in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Office => "office",
            Self::Flat => "flat",
            Self::School => "school",
            Self::Always => "always",
        }
    }

    /// Its week: `comfort_c` while the room is used, `otherwise_c` else.
    #[must_use]
    pub fn week(self, comfort_c: Celsius, otherwise_c: Celsius) -> Week {
        let time = |(hour, minute): (u16, u16)| DayTime::new(60 * hour + minute).expect("an hour of a day");
        let span = |from, until| vec![Span { from: time(from), until: time(until), setpoint_c: comfort_c }];
        let on = |days: &[u8], from, until| {
            Week::on(days, span(from, until), otherwise_c).expect("one span that ends after it begins")
        };
        match self {
            Self::Office => on(&[0, 1, 2, 3, 4], (7, 30), (19, 0)),
            Self::Flat => on(&[0, 1, 2, 3, 4, 5, 6], (6, 0), (22, 30)),
            Self::School => {
                let mut week = on(&[0, 1, 3, 4], (7, 30), (17, 30));
                week.days[2] = on(&[2], (7, 30), (12, 30)).days[2].clone();
                week
            }
            Self::Always => on(&[0, 1, 2, 3, 4, 5, 6], (0, 0), (24, 0)),
        }
    }
}
