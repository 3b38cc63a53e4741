//! How facts are made: the book and what was last heard, joined, aged and judged.
//!
//! Pure: the same book, the same hearing and the same time give the same facts.

use std::collections::HashMap;

use registry::{Clock, Heater, Instructions, Override, Room, SiteBook};
use vocabulary::{Fault, Mode, Quality, Reading, RoomId, RoomState, SetpointBy, Timestamp, Why};

use crate::facts::{Action, Building, DRAWING_W, HeaterFacts, Measured, RoomFacts, STALE_MS, Sensed, Trust};
use crate::live::{LiveHeater, LiveRoom, LiveSite};

/// A heater that was not heard for this long is silent: as long as the usual lease.
const SILENT_MS: i64 = 60_000;

impl Building {
    /// Joins what is written and what was heard.
    pub(crate) fn join(
        book: &SiteBook,
        live: &LiveSite,
        overrides: &[Override],
        now: Timestamp,
        wall: Timestamp,
    ) -> Self {
        let names: HashMap<&RoomId, &Room> = book.rooms.iter().map(|room| (&room.id, room)).collect();
        let recorded = book.site.clock == Clock::Recorded;
        let mut heater_places: HashMap<RoomId, Vec<usize>> = HashMap::new();
        for (place, heater) in book.heaters.iter().enumerate() {
            if let Some(room) = &heater.room {
                heater_places.entry(room.clone()).or_default().push(place);
            }
        }
        let heaters: Vec<_> = book
            .heaters
            .iter()
            .map(|heater| {
                let room = heater.room.as_ref().and_then(|room| names.get(room));
                let room_name = room.map(|room| room.name.to_string());
                join_heater(heater, room_name, live.heaters.get(&heater.id), now, wall, recorded)
            })
            .collect();
        let rooms = book
            .rooms
            .iter()
            .map(|room| {
                let places = heater_places.get(&room.id).map(Vec::as_slice).unwrap_or_default();
                let facts = join_room(book, room, places, live.rooms.get(&room.id), overrides, now);
                RoomFacts { forecast: live.forecasts.get(&room.id).cloned(), ..facts }
            })
            .collect();
        let is_heard = live.state.is_some() || !live.rooms.is_empty() || !live.heaters.is_empty();
        let room_places =
            book.rooms.iter().enumerate().map(|(place, room)| (room.id.clone(), place)).collect();
        let (state, work) = (live.state.clone(), live.work.clone());
        Self { now, wall, state, work, rooms, heaters, room_places, heater_places, is_heard }
    }
}

fn join_room(
    book: &SiteBook,
    room: &Room,
    heater_places: &[usize],
    live: Option<&LiveRoom>,
    overrides: &[Override],
    now: Timestamp,
) -> RoomFacts {
    let zone = book.site.zone;
    let heaters = || heater_places.iter().filter_map(|place| book.heaters.get(*place));
    let simulated = !heater_places.is_empty() && heaters().all(|h| h.simulated);
    let rated_w = heaters().map(|h| h.rated_w.whole()).sum();
    let state = live.map(|live| &live.state);
    let is_stale = |as_of: Timestamp| now.since(as_of) > STALE_MS;
    let dated = |(value, as_of): (Option<f64>, Timestamp)| {
        let trust = match value {
            None => Trust::Unknown,
            Some(_) if is_stale(as_of) => Trust::Stale,
            Some(_) if simulated => Trust::Simulated,
            Some(_) => Trust::Good,
        };
        Measured { value, trust, as_of: Some(as_of) }
    };
    let measured = |pick: fn(&RoomState) -> Option<f64>| {
        state.map_or(Measured::UNKNOWN, |state| dated((pick(state), state.as_of)))
    };
    let of_room: Vec<_> = overrides.iter().filter(|o| o.wish.room == room.id).cloned().collect();
    let setpoint = setpoint_in_force(state, &of_room, || room.schedule.setpoint(zone, now).degrees());
    RoomFacts {
        room: room.clone(),
        temperature: live.map_or(Measured::UNKNOWN, |live| dated(live.temperature_c())),
        humidity: measured(|s| s.humidity_pct),
        co2: measured(|s| s.co2_ppm),
        light: measured(|s| s.illuminance_lux),
        occupied: state.and_then(|s| s.occupied),
        as_of: state.map(|s| s.as_of),
        setpoint_c: setpoint.0,
        setpoint_by: setpoint.1,
        until: setpoint.2,
        budget_w: state.and_then(|s| s.budget_w),
        drawn_w: state.and_then(|s| s.drawn_w),
        mode: state.and_then(|s| s.mode),
        why: state.map(|s| s.why.clone()),
        action: state.map_or(Action::Unknown, |s| action(s.mode, s.drawn_w, &s.why)),
        cold_since: live.filter(|live| !is_stale(live.state.as_of)).and_then(|live| live.cold_since),
        trend: live.map(|live| live.trend.iter().copied().collect()).unwrap_or_default(),
        overrides: of_room,
        next_change: room.schedule.next_change(now, zone).map(|(at, c)| (at, c.degrees())),
        forecast: None,
        rated_w,
        simulated,
    }
}

/// The setpoint as a person who just changed it expects to see it: a fresh override shows at once, before the
/// controller's next state repeats it; what the controller says holds otherwise.
fn setpoint_in_force(
    state: Option<&RoomState>,
    overrides: &[Override],
    scheduled: impl FnOnce() -> f64,
) -> (f64, SetpointBy, Option<Timestamp>) {
    if let Some(strongest) = overrides.iter().min_by_key(|o| o.wish.by) {
        return (strongest.wish.setpoint_c.degrees(), strongest.wish.by, Some(strongest.wish.until));
    }
    let asked_by_someone =
        |by| matches!(by, SetpointBy::Manager | SetpointBy::Tenant | SetpointBy::BuildingSystem);
    match state {
        // The override has ended in the book and the controller has not spoken since.
        Some(state) if !asked_by_someone(state.setpoint_by) => {
            (state.setpoint_c.degrees(), state.setpoint_by, state.until)
        }
        _ => (scheduled(), SetpointBy::Schedule, None),
    }
}

fn action(mode: Option<Mode>, drawn_w: Option<u32>, why: &Why) -> Action {
    let Some(drawn_w) = drawn_w else { return Action::Unknown };
    match mode {
        // A heater that only reports has nothing to fall back to.
        Some(Mode::Fallback | Mode::FallbackBlind) if !matches!(why, Why::NotControllable {}) => {
            Action::OnFallback
        }
        Some(Mode::Tripped | Mode::LocalOff) => Action::Resting,
        _ if drawn_w < DRAWING_W => Action::Resting,
        _ if is_heating(why) => Action::Heating,
        _ => Action::Holding,
    }
}

/// Whether it is given more than what would hold the room.
fn is_heating(why: &Why) -> bool {
    matches!(
        why,
        Why::BelowSetpoint { .. }
            | Why::FullPower { .. }
            | Why::Preheating { .. }
            | Why::SharedCap { .. }
            | Why::CheapHours { .. }
            | Why::WorkPays { .. }
            | Why::AheadOfCap { .. }
            | Why::Excitation { .. }
    )
}

fn join_heater(
    heater: &Heater,
    room_name: Option<String>,
    live: Option<&LiveHeater>,
    now: Timestamp,
    wall: Timestamp,
    recorded: bool,
) -> HeaterFacts {
    let heartbeat = live.and_then(|live| live.heartbeat.clone());
    let heard_at = heartbeat.as_ref().map(|(_, at)| *at);
    let record_at = live.and_then(|live| live.record_at);
    let period = live.map_or(10_000, |live| live.period_ms.max(10_000));
    let is_fresh = |at: Timestamp, since: Timestamp, limit| since.since(at) <= limit;
    let beats = heard_at.is_some_and(|at| is_fresh(at, wall, SILENT_MS));
    let records = record_at.is_some_and(|at| is_fresh(at, now, (3 * period).max(SILENT_MS)));
    HeaterFacts {
        heater: heater.clone(),
        room_name,
        values: live.map(|live| measured_values(live, heater.simulated, now)).unwrap_or_default(),
        heartbeat: heartbeat.map(|(beat, _)| beat),
        heard_at,
        seen_at: if recorded { record_at } else { heard_at.max(record_at) },
        silent: if recorded { !records } else { !beats && !records },
        mode: live.and_then(LiveHeater::mode),
        mode_since: live.and_then(|live| live.mode_since),
        over_since: live.and_then(|live| live.over_since),
        budget: live.and_then(|live| live.budget.clone()),
        status: live.and_then(|live| live.status),
        asked_from: live.map_or((0, 0), |live| live.asked_from),
        instructions: Instructions::default(),
    }
}

fn measured_values(live: &LiveHeater, simulated: bool, now: Timestamp) -> Vec<Sensed> {
    let stale_after = 3 * live.period_ms.max(30_000);
    let judged = live.values.iter().filter(|(_, v)| v.reading != Reading::Missing(Fault::Absent));
    judged
        .map(|(metric, value)| {
            let trust = match value.quality {
                Quality::Missing(_) => Trust::Missing,
                Quality::Suspect(_) => Trust::Suspect,
                Quality::Good if now.since(value.at) > stale_after => Trust::Stale,
                Quality::Good if simulated => Trust::Simulated,
                Quality::Good => Trust::Good,
            };
            Sensed {
                metric: metric.clone(),
                value: Measured { value: value.reading.known(), trust, as_of: Some(value.at) },
                reason: value.quality.as_str(),
                since: value.quality_since,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{NOW, book, room_state};
    use vocabulary::Celsius;

    fn override_of(by: SetpointBy, hundredths: i32) -> Override {
        Override {
            id: 1,
            wish: registry::NewOverride {
                site: book().site.id,
                room: book().rooms[0].id.clone(),
                setpoint_c: Celsius::from_hundredths(hundredths),
                until: NOW.plus_ms(1),
                by,
                label: String::new(),
            },
            created_at: NOW,
        }
    }

    #[test]
    fn the_strongest_override_shows_before_the_controller_repeats_it() {
        let mut live = LiveSite::default();
        live.hear_room(&book().rooms[0].id, room_state(NOW));
        let both = [override_of(SetpointBy::Tenant, 2100), override_of(SetpointBy::Manager, 1800)];
        let building = Building::join(&book(), &live, &both, NOW, NOW);
        assert_eq!(
            (building.rooms[0].setpoint_c, building.rooms[0].setpoint_by),
            (18.0, SetpointBy::Manager)
        );
    }

    #[test]
    fn an_override_that_was_ended_does_not_linger_in_the_controller_s_last_word() {
        let mut live = LiveSite::default();
        let state = RoomState {
            setpoint_c: Celsius::from_hundredths(2500),
            setpoint_by: SetpointBy::Manager,
            ..room_state(NOW)
        };
        live.hear_room(&book().rooms[0].id, state);
        let building = Building::join(&book(), &live, &[], NOW, NOW);
        assert_eq!(
            (building.rooms[0].setpoint_c, building.rooms[0].setpoint_by),
            (20.5, SetpointBy::Schedule)
        );
    }

    #[test]
    fn what_is_long_ago_is_neither_counted_nor_summed() {
        let trial = crate::trial::Trial::new();
        let fresh = trial.app.building(&book()).unwrap();
        assert_eq!((fresh.comfort(), fresh.cores(), fresh.stale_since()), ((2, 3), Some(16.0), None));
        trial.clock.store(NOW.ms() + 600_000, std::sync::atomic::Ordering::Relaxed);
        let later = trial.app.building(&book()).unwrap();
        assert_eq!((later.comfort(), later.cores(), later.drawn_w()), ((0, 0), None, None));
        assert_eq!((later.stale_since(), later.blind()), (Some(NOW), 2));
        assert!(later.rooms.iter().all(|room| room.cold_since.is_none()));
    }

    #[test]
    fn a_recording_lives_in_its_own_time() {
        let mut book = book();
        book.site.clock = Clock::Recorded;
        let then = Timestamp::from_ms(1_500_000_000_000);
        let mut live = LiveSite::default();
        live.hear_room(&book.rooms[0].id, room_state(then));
        assert_eq!(live.newest, Some(then));
        let building = Building::join(&book, &live, &[], then, NOW);
        assert_eq!(building.rooms[0].temperature.trust, Trust::Simulated, "not stale, though years old");
    }
}
