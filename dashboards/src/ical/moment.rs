//! Times as calendars write them: in UTC, in a zone by name, without a zone, or a whole day.

use icalendar::parser::Property;
use vocabulary::{Date, Timestamp, Zone};

/// A time on the wall of a zone, to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) zone: Zone,
    pub(super) date: Date,
    pub(super) minute: u16,
    /// It stands for its whole day.
    pub(super) is_day: bool,
}

impl Moment {
    /// The instant; of a whole day its beginning.
    pub(super) fn instant(self) -> Timestamp {
        self.zone.at(self.date, self.minute)
    }

    /// The same on the wall of another zone.
    pub(super) fn seen_from(self, zone: Zone) -> Self {
        let at = self.instant();
        Self { zone, date: zone.date(at), minute: zone.local(at).minute, is_day: self.is_day }
    }

    /// As the basic format of RFC 5545 writes it in UTC, as if its wall were UTC's.
    pub(super) fn as_if_utc(self) -> String {
        format!("{}T{:02}{:02}00Z", self.date.format("%Y%m%d"), self.minute / 60, self.minute % 60)
    }
}

/// The zone of a property: the building's where it names none; `None` where it names one that is not in the IANA database.
pub(super) fn zone_of(property: &Property<'_>, building: Zone) -> Option<Zone> {
    let named = property.params.iter().find(|parameter| parameter.key.as_str().eq_ignore_ascii_case("TZID"));
    match named.and_then(|parameter| parameter.val.as_ref()) {
        // Some programs write a path before the name, as `/freeassociation.sourceforge.net/Europe/Paris`.
        Some(name) => {
            let name = name.as_str().trim_matches(['"', '/']);
            let tail = || name.rsplitn(3, '/').take(2).collect::<Vec<_>>();
            name.parse().ok().or_else(|| match tail()[..] {
                [city, area] => format!("{area}/{city}").parse().ok(),
                _ => None,
            })
        }
        None => Some(building),
    }
}

/// Reads `20261120`, `20261120T093000` or `20261120T093000Z`; seconds are left out.
pub(super) fn moment(text: &str, zone: Zone) -> Option<Moment> {
    let text = text.trim();
    let date = |digits: &str| {
        let is_plain = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u32>().ok();
        let year = i32::try_from(number(0..4)?).ok()?;
        Date::new(year, number(4..6)?, number(6..8)?).filter(|_| is_plain)
    };
    let Some((day, time)) = text.split_once('T') else {
        return Some(Moment { zone, date: date(text)?, minute: 0, is_day: true });
    };
    let (time, zone) = time.strip_suffix('Z').map_or((time, zone), |time| (time, Zone::UTC));
    let is_plain = time.len() == 6 && time.bytes().all(|byte| byte.is_ascii_digit());
    let number = |range: std::ops::Range<usize>| time.get(range)?.parse::<u16>().ok();
    let (hour, minute) = (number(0..2)?, number(2..4)?);
    let is_time = is_plain && hour < 24 && minute < 60;
    is_time.then_some(Moment { zone, date: date(day)?, minute: 60 * hour + minute, is_day: false })
}

/// Reads a duration such as `PT1H30M`, `P2D` or `P1W`, in minutes; nothing for negative ones.
pub(super) fn duration_min(text: &str) -> Option<i64> {
    let mut rest = text.trim().trim_start_matches('+').strip_prefix('P')?;
    let (mut minutes, mut is_time) = (0_i64, false);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('T') {
            (rest, is_time) = (after, true);
            continue;
        }
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest.get(..digits).filter(|digits| digits.len() <= 6)?.parse().ok()?;
        minutes += number
            * match (rest.as_bytes().get(digits)?, is_time) {
                (b'W', false) => 7 * 1440,
                (b'D', false) => 1440,
                (b'H', true) => 60,
                (b'M', true) => 1,
                (b'S', true) => 0,
                _ => return None,
            };
        rest = &rest[digits + 1..];
    }
    Some(minutes)
}
