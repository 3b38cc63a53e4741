//! What a room should be right now, and who says so: manager, building system, tenant, then schedule and setback.

use vocabulary::{Celsius, SetpointBy, Timestamp, Zone};

use crate::site::SiteRoom;

/// How far below the schedule an empty room may drift during comfort hours. More would save little in a heavy
/// building and greet whoever returns with an hour of cold.
const EMPTY_ROOM_SETBACK_K: f64 = 1.5;
/// A room warms by about this much an hour while its heater runs at full power; the heating starts that much ahead.
/// Radiators are sized for the coldest day, so on most days they are faster.
const WARMING_K_PER_H: f64 = 0.8;
/// Heating never starts longer than this ahead of a change.
const MAX_LEAD_H: f64 = 6.0;

/// The setpoint in force.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Setpoint {
    pub(crate) celsius: Celsius,
    pub(crate) by: SetpointBy,
    pub(crate) until: Option<Timestamp>,
}

/// A higher setpoint that the schedule brings soon enough to start heating for it now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Preheat {
    pub(crate) celsius: Celsius,
    pub(crate) at: Timestamp,
}

/// The setpoint in force in a room; `empty` when its sensors say that nobody has been there for a while.
pub(crate) fn setpoint(room: &SiteRoom, zone: Zone, now: Timestamp, empty: bool) -> Setpoint {
    if let Some(&(by, celsius, until)) = room.overrides.iter().find(|(_, _, until)| *until > now) {
        return Setpoint { celsius, by, until: Some(until) };
    }
    let scheduled = room.schedule.setpoint(zone.local(now));
    let until = room.schedule.next_change(now, zone).map(|(at, _)| at);
    if empty && scheduled > room.setback_c {
        let lowered = Celsius::new(scheduled.degrees() - EMPTY_ROOM_SETBACK_K).unwrap_or(room.setback_c);
        return Setpoint { celsius: lowered.max(room.setback_c), by: SetpointBy::Setback, until: None };
    }
    Setpoint { celsius: scheduled, by: SetpointBy::Schedule, until }
}

/// Whether heating for the schedule's next, higher setpoint has to start now ("optimum start").
pub(crate) fn preheat(
    room: &SiteRoom,
    zone: Zone,
    now: Timestamp,
    temperature: f64,
    current: Setpoint,
) -> Option<Preheat> {
    let by_schedule = matches!(current.by, SetpointBy::Schedule | SetpointBy::Setback);
    let (at, celsius) = room.schedule.next_change(now, zone).filter(|_| by_schedule)?;
    let missing_k = celsius.degrees() - temperature;
    let lead_h = (missing_k / WARMING_K_PER_H).min(MAX_LEAD_H);
    let is_time = at.since(now) as f64 <= lead_h * 3_600_000.0;
    (celsius > current.celsius && missing_k > 0.0 && is_time).then_some(Preheat { celsius, at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{RoomId, WeekSchedule};

    const COMFORT: Celsius = Celsius::from_hundredths(2050);
    const NIGHT: Celsius = Celsius::from_hundredths(1700);

    fn room() -> SiteRoom {
        SiteRoom {
            id: RoomId::new("a").unwrap(),
            low_c: Celsius::from_hundredths(1700),
            high_c: Celsius::from_hundredths(2200),
            setback_c: Celsius::from_hundredths(1600),
            schedule: WeekSchedule::daily(&[0, 1, 2, 3, 4], (420, 1140), COMFORT, NIGHT).unwrap(),
            overrides: vec![],
            heaters: vec![],
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
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
        let by = |ms| setpoint(&room, Zone::UTC, now.plus_ms(ms), false).by;
        assert_eq!(
            (by(0), by(1_000), by(2_000)),
            (SetpointBy::Manager, SetpointBy::Tenant, SetpointBy::Schedule)
        );
    }

    #[test]
    fn an_empty_room_drifts_but_never_below_its_setback() {
        let noon = at("2026-01-19T12:00:00Z");
        let drifted = setpoint(&room(), Zone::UTC, noon, true);
        assert_eq!((drifted.celsius, drifted.by), (Celsius::from_hundredths(1900), SetpointBy::Setback));
        let night = setpoint(&room(), Zone::UTC, at("2026-01-19T23:00:00Z"), true);
        assert_eq!(night.celsius, Celsius::from_hundredths(1600));
    }

    #[test]
    fn heating_starts_ahead_of_the_morning_by_what_is_missing() {
        let room = room();
        let current = |now| setpoint(&room, Zone::UTC, now, false);
        let start = |now, temperature| preheat(&room, Zone::UTC, now, temperature, current(now)).is_some();
        // 2.0 K at 0.8 K/h: 2.5 h ahead of 07:00.
        assert!(!start(at("2026-01-20T04:29:00Z"), 18.5));
        assert!(start(at("2026-01-20T04:30:00Z"), 18.5));
        assert!(!start(at("2026-01-20T06:59:00Z"), 20.6));
        // Friday evening: the next comfort is on Monday.
        assert!(!start(at("2026-01-23T20:00:00Z"), 17.0));
    }
}
