//! What a room should be right now, and who says so: manager, building system, tenant, then schedule and setback.

use vocabulary::{Celsius, SetpointBy, Timestamp, Zone};

use crate::site::SiteRoom;

/// How far below the schedule an empty room may drift during comfort hours. More would save little in a heavy
/// building and greet whoever returns with an hour of cold.
const EMPTY_ROOM_SETBACK_K: f64 = 1.5;
/// Ahead of a higher setpoint the target climbs to it by this much an hour. Radiators are sized for the coldest day, so
/// on most days they could be faster; a ramp that the room can follow needs no full power and has no edge to hunt at.
const WARMING_K_PER_H: f64 = 0.7;
/// The climb arrives this much early: an emitter passes its heat on after 10 to 25 minutes, and a regulator follows a
/// ramp from behind.
const EARLY_H: f64 = 0.5;
/// The climb never begins longer than this ahead of a change.
const MAX_LEAD_H: f64 = 6.0;

/// The setpoint in force.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Setpoint {
    pub(crate) celsius: Celsius,
    pub(crate) by: SetpointBy,
    pub(crate) until: Option<Timestamp>,
}

/// A higher setpoint that the schedule brings soon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Preheat {
    /// What the room should be now on its way there.
    pub(crate) target_c: f64,
    /// What it should be then.
    pub(crate) celsius: Celsius,
    /// When.
    pub(crate) at: Timestamp,
}

/// The setpoint in force in a room; `empty` when its sensors say that nobody has been there for a while.
pub(crate) fn setpoint(room: &SiteRoom, zone: Zone, now: Timestamp, empty: bool) -> Setpoint {
    if let Some(&(by, celsius, until)) = room.overrides.iter().find(|(_, _, until)| *until > now) {
        return Setpoint { celsius, by, until: Some(until) };
    }
    let scheduled = room.schedule.setpoint(zone.local(now));
    let until = room.schedule.next_change(now, zone).map(|(at, _)| at);
    // Only comfort is lowered: a night's setpoint is low already, and sensors do not see people who sleep.
    let is_comfort = room.schedule.changes().iter().all(|(_, _, setpoint)| *setpoint <= scheduled);
    if empty && is_comfort && scheduled > room.setback_c {
        let lowered = Celsius::new(scheduled.degrees() - EMPTY_ROOM_SETBACK_K).unwrap_or(room.setback_c);
        return Setpoint { celsius: lowered.max(room.setback_c), by: SetpointBy::Setback, until: None };
    }
    Setpoint { celsius: scheduled, by: SetpointBy::Schedule, until }
}

/// The climb to the schedule's next, higher setpoint ("optimum start"), once it has left the setpoint in force.
pub(crate) fn preheat(room: &SiteRoom, zone: Zone, now: Timestamp, current: Setpoint) -> Option<Preheat> {
    let by_schedule = matches!(current.by, SetpointBy::Schedule | SetpointBy::Setback);
    let (at, celsius) = room.schedule.next_change(now, zone).filter(|_| by_schedule)?;
    let left_h = at.since(now) as f64 / 3_600_000.0;
    let target_c = celsius.degrees() - WARMING_K_PER_H * (left_h - EARLY_H).max(0.0);
    (left_h <= MAX_LEAD_H && target_c > current.celsius.degrees()).then_some(Preheat {
        target_c,
        celsius,
        at,
    })
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
            floor_m2: None,
            volume_m3: None,
            given: None,
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
    fn an_empty_room_drifts_from_comfort_and_a_night_is_left_as_it_is() {
        let noon = at("2026-01-19T12:00:00Z");
        let drifted = setpoint(&room(), Zone::UTC, noon, true);
        assert_eq!((drifted.celsius, drifted.by), (Celsius::from_hundredths(1900), SetpointBy::Setback));
        let night = setpoint(&room(), Zone::UTC, at("2026-01-19T23:00:00Z"), true);
        assert_eq!((night.celsius, night.by), (NIGHT, SetpointBy::Schedule));
        let mut cold = room();
        cold.setback_c = Celsius::from_hundredths(1950);
        assert_eq!(setpoint(&cold, Zone::UTC, noon, true).celsius, cold.setback_c);
    }

    #[test]
    fn the_target_climbs_to_the_morning_and_arrives_in_time() {
        let room = room();
        let target =
            |now| preheat(&room, Zone::UTC, now, setpoint(&room, Zone::UTC, now, false)).map(|p| p.target_c);
        // 3.5 K at 0.7 K/h: it leaves the night's setpoint five hours ahead of 06:30, and is up half an hour early.
        assert_eq!(target(at("2026-01-20T01:29:00Z")), None);
        let climbing = target(at("2026-01-20T04:00:00Z")).unwrap();
        assert!((climbing - 18.75).abs() < 1e-9, "{climbing}");
        assert_eq!(target(at("2026-01-20T06:30:00Z")), Some(20.5));
        // Friday evening: the next comfort is on Monday.
        assert_eq!(target(at("2026-01-23T20:00:00Z")), None);
    }
}
