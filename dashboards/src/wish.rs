//! Somebody wants another setpoint for a while: what managers and tenants may ask, judged at the door.

use registry::{NewOverride, Room, Site};
use vocabulary::{Celsius, SetpointBy, Timestamp};

/// A manager may ask for these setpoints: from what the controller holds in every room against frost to more than any
/// room needs.
pub(crate) const MANAGER_C: (Celsius, Celsius) =
    (Celsius::from_hundredths(800), Celsius::from_hundredths(3000));
/// A manager's override ends at the latest after this.
pub(crate) const MANAGER_LONGEST_MS: i64 = 7 * 24 * HOUR_MS;
/// A tenant's wish ends at the latest after this.
pub(crate) const TENANT_LONGEST_MS: i64 = 24 * HOUR_MS;
/// A tenant's wish ends with the schedule's next change, and at the latest after this, unless said otherwise.
const TENANT_DEFAULT_MS: i64 = 4 * HOUR_MS;
/// An override shorter than this would end before a room can follow it.
const SHORTEST_MS: i64 = 60_000;
/// An hour.
pub(crate) const HOUR_MS: i64 = 3_600_000;

/// Why a wish is refused; each variant is a sentence in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WishError {
    /// Not a number.
    Setpoint,
    /// Outside what this person may ask for.
    OutsideBand(Celsius, Celsius),
    /// No end, or one that does not read.
    End,
    /// Ends before it begins.
    EndsTooSoon,
    /// Ends too late.
    EndsTooLate(i64),
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    Manager,
    Tenant,
}

impl Asker {
    /// The setpoints that this person may ask for in a room.
    pub(crate) fn band(self, room: &Room) -> (Celsius, Celsius) {
        match self {
            Self::Manager => MANAGER_C,
            Self::Tenant => (room.low_c, room.high_c),
        }
    }

    const fn longest_ms(self) -> i64 {
        match self {
            Self::Manager => MANAGER_LONGEST_MS,
            Self::Tenant => TENANT_LONGEST_MS,
        }
    }

    const fn by(self) -> SetpointBy {
        match self {
            Self::Manager => SetpointBy::Manager,
            Self::Tenant => SetpointBy::Tenant,
        }
    }
}

/// Reads a setpoint as people write it, `20,5` or `20.5`.
pub(crate) fn read_setpoint(text: &str) -> Result<Celsius, WishError> {
    let degrees = text.trim().replace(',', ".").parse::<f64>().map_err(|_| WishError::Setpoint)?;
    Celsius::new(degrees).map_err(|_| WishError::Setpoint)
}

/// Judges a wish of `by`, as the audit names them.
pub(crate) fn judge(
    (asker, by): (Asker, &str),
    site: &Site,
    room: &Room,
    setpoint_c: Celsius,
    until: Timestamp,
    now: Timestamp,
) -> Result<NewOverride, WishError> {
    let (low, high) = asker.band(room);
    if setpoint_c < low || setpoint_c > high {
        return Err(WishError::OutsideBand(low, high));
    }
    let length = until.since(now);
    if length < SHORTEST_MS {
        return Err(WishError::EndsTooSoon);
    }
    if length > asker.longest_ms() {
        return Err(WishError::EndsTooLate(asker.longest_ms()));
    }
    Ok(NewOverride {
        site: site.id.clone(),
        room: room.id.clone(),
        setpoint_c,
        until,
        by: asker.by(),
        label: by.to_owned(),
    })
}

/// When a tenant's wish ends unless the tenant says otherwise.
pub(crate) fn tenant_end(site: &Site, room: &Room, now: Timestamp) -> Timestamp {
    let latest = now.plus_ms(TENANT_DEFAULT_MS);
    let next = room.schedule.next_change(now, site.zone).map(|(at, _)| at);
    next.filter(|at| at.since(now) >= SHORTEST_MS).map_or(latest, |at| at.min(latest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial;

    #[test]
    fn nobody_asks_for_more_than_they_may() {
        let book = trial::book();
        let (site, room, now) = (&book.site, &book.rooms[0], trial::NOW);
        let hours = |n: i64| now.plus_ms(n * HOUR_MS);
        let table = [
            (Asker::Tenant, 1999, hours(1), Ok(())),
            (Asker::Tenant, 2201, hours(1), Err(WishError::OutsideBand(room.low_c, room.high_c))),
            (Asker::Tenant, 1699, hours(1), Err(WishError::OutsideBand(room.low_c, room.high_c))),
            (Asker::Tenant, 2000, hours(25), Err(WishError::EndsTooLate(TENANT_LONGEST_MS))),
            (Asker::Tenant, 2000, hours(-1), Err(WishError::EndsTooSoon)),
            (Asker::Tenant, 2000, Timestamp::from_ms(i64::MIN), Err(WishError::EndsTooSoon)),
            (Asker::Manager, 3000, hours(24 * 7), Ok(())),
            (Asker::Manager, 3001, hours(1), Err(WishError::OutsideBand(MANAGER_C.0, MANAGER_C.1))),
            (Asker::Manager, 800, hours(1), Ok(())),
            (Asker::Manager, 799, hours(1), Err(WishError::OutsideBand(MANAGER_C.0, MANAGER_C.1))),
            (Asker::Manager, 2000, hours(24 * 7 + 1), Err(WishError::EndsTooLate(MANAGER_LONGEST_MS))),
            (
                Asker::Manager,
                2000,
                Timestamp::from_ms(i64::MAX),
                Err(WishError::EndsTooLate(MANAGER_LONGEST_MS)),
            ),
            (Asker::Manager, 2000, now, Err(WishError::EndsTooSoon)),
        ];
        for (asker, hundredths, until, expected) in table {
            let judged = judge((asker, "anna"), site, room, Celsius::from_hundredths(hundredths), until, now)
                .map(|_| ());
            assert_eq!(judged, expected, "{asker:?} {hundredths} {until:?}");
        }
    }

    #[test]
    fn a_setpoint_reads_with_comma_or_point_and_nothing_else_does() {
        assert_eq!(read_setpoint(" 20,5 "), Ok(Celsius::from_hundredths(2050)));
        assert_eq!(read_setpoint("20.5"), Ok(Celsius::from_hundredths(2050)));
        for bad in ["", "warm", "NaN", "inf", "1e9", "20.5.1", "20 5"] {
            assert_eq!(read_setpoint(bad), Err(WishError::Setpoint), "{bad}");
        }
    }

    #[test]
    fn a_tenant_s_wish_ends_with_the_next_change_or_after_four_hours() {
        let book = trial::book();
        let (site, room) = (&book.site, &book.rooms[0]);
        let zone = site.zone;
        let evening = zone.instant(trial::NOW, 0, 18 * 60);
        assert_eq!(tenant_end(site, room, evening), zone.instant(trial::NOW, 0, 19 * 60));
        let morning = zone.instant(trial::NOW, 0, 8 * 60);
        assert_eq!(tenant_end(site, room, morning), morning.plus_ms(4 * HOUR_MS));
    }
}
