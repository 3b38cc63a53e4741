//! Quiet hours: when only critical alarms are told. The others wait for their end.

use vocabulary::{Timestamp, Zone};

/// From one time of day to another, over midnight where the second is the earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// When they begin, minutes after midnight.
    pub from_minute: u16,
    /// When they end, minutes after midnight.
    pub until_minute: u16,
}

impl QuietHours {
    /// Whether it is quiet at `at` by the clocks of `zone`. Hours that begin when they end are none.
    #[must_use]
    pub fn hold(&self, at: Timestamp, zone: Zone) -> bool {
        let minute = zone.local(at).minute;
        if self.from_minute <= self.until_minute {
            (self.from_minute..self.until_minute).contains(&minute)
        } else {
            minute >= self.from_minute || minute < self.until_minute
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_go_over_midnight_and_by_the_clocks_of_the_site() {
        let paris: Zone = "Europe/Paris".parse().unwrap();
        let night = QuietHours { from_minute: 22 * 60, until_minute: 7 * 60 };
        let noon_nap = QuietHours { from_minute: 12 * 60, until_minute: 14 * 60 };
        let never = QuietHours { from_minute: 60, until_minute: 60 };
        for (utc, at_night, at_noon) in [
            ("2026-01-21T20:59:00Z", false, false),
            ("2026-01-21T21:00:00Z", true, false),
            ("2026-01-22T05:59:00Z", true, false),
            ("2026-01-22T06:00:00Z", false, false),
            ("2026-01-22T11:30:00Z", false, true),
            // In summer the same instants are an hour later on the wall.
            ("2026-07-21T20:00:00Z", true, false),
            ("2026-07-22T05:00:00Z", false, false),
        ] {
            let at = Timestamp::parse_rfc3339(utc).unwrap();
            assert_eq!((night.hold(at, paris), noon_nap.hold(at, paris)), (at_night, at_noon), "{utc}");
            assert!(!never.hold(at, paris));
        }
    }
}
