//! The building as its pages and its API show it: the book and what was last heard, joined, aged and judged.
//!
//! Pure: the same book, the same hearing and the same time give the same facts.

use std::collections::HashMap;

use registry::{Clock, Heater, Override, Room, SiteBook};
use vocabulary::{
    Budget, Fault, HeaterId, Heartbeat, HeaterStatus, Metric, Mode, Quality, Reading, RoomId, SetpointBy,
    SiteState, SiteWork, Timestamp, Why,
};

use crate::live::{LiveHeater, LiveRoom, LiveSite, TrendPoint};

/// A room state older than this is stale; the controller speaks every 10 s.
const ROOM_STALE_MS: i64 = 90_000;
/// A heater that was not heard for this long is silent: as long as the longest sensible lease.
pub(crate) const SILENT_MS: i64 = 60_000;
/// Within this of its setpoint a room neither lacks heat nor has too much.
pub(crate) const DEAD_BAND_K: f64 = 0.5;
/// A room draws when its heaters take at least this.
const DRAWING_W: u32 = 20;

/// How much a shown value can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Measured and fresh.
    Good,
    /// Made by a simulation, and fresh.
    Simulated,
    /// Older than three periods.
    Stale,
    /// In range and still not believed.
    Suspect,
    /// The sensor says why it has no value.
    Missing,
    /// Never heard.
    Unknown,
}

impl Trust {
    /// The word of the API and the end of the words' keys.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Simulated => "simulated",
            Self::Stale => "stale",
            Self::Suspect => "suspect",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }

    /// The sign beside the word.
    pub(crate) const fn icon(self) -> &'static str {
        match self {
            Self::Good => "✓",
            Self::Simulated => "◌",
            Self::Stale => "◷",
            Self::Suspect => "?",
            Self::Missing => "✕",
            Self::Unknown => "–",
        }
    }
}

/// A value with its trust and its time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) value: Option<f64>,
    pub(crate) trust: Trust,
    pub(crate) as_of: Option<Timestamp>,
}

impl Measured {
    const UNKNOWN: Self = Self { value: None, trust: Trust::Unknown, as_of: None };
}

/// What the heaters of a room are doing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Bringing it up to its setpoint.
    Heating,
    /// Holding it there.
    Holding,
    /// Not drawing.
    Resting,
    /// On the heaters' own fall-back.
    OnFallback,
    /// Nobody knows.
    Unknown,
}

impl Action {
    /// The end of the word's key, and the class of its colour.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Heating => "heating",
            Self::Holding => "holding",
            Self::Resting => "resting",
            Self::OnFallback => "fallback",
            Self::Unknown => "unknown",
        }
    }

    /// The sign beside the word.
    pub(crate) const fn icon(self) -> &'static str {
        match self {
            Self::Heating => "▲",
            Self::Holding => "●",
            Self::Resting => "–",
            Self::OnFallback => "◆",
            Self::Unknown => "?",
        }
    }
}

/// A room, joined.
#[derive(Debug, Clone)]
pub(crate) struct RoomFacts {
    pub(crate) room: Room,
    pub(crate) temperature: Measured,
    pub(crate) humidity: Measured,
    pub(crate) co2: Measured,
    pub(crate) light: Measured,
    pub(crate) occupied: Option<bool>,
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) setpoint_c: f64,
    pub(crate) setpoint_by: SetpointBy,
    pub(crate) until: Option<Timestamp>,
    pub(crate) budget_w: Option<u32>,
    pub(crate) drawn_w: Option<u32>,
    pub(crate) mode: Option<Mode>,
    pub(crate) why: Option<Why>,
    pub(crate) action: Action,
    pub(crate) cold_since: Option<Timestamp>,
    pub(crate) trend: Vec<TrendPoint>,
    pub(crate) overrides: Vec<Override>,
    pub(crate) next_change: Option<(Timestamp, f64)>,
    pub(crate) rated_w: u32,
    pub(crate) simulated: bool,
}

impl RoomFacts {
    /// Kelvin above the setpoint; negative when colder.
    pub(crate) fn deviation(&self) -> Option<f64> {
        self.temperature.value.map(|t| t - self.setpoint_c)
    }

    /// How the temperature and the CO₂ moved over the trend, where both ends are known.
    pub(crate) fn moved(&self) -> (Option<f64>, Option<f64>) {
        let (Some(first), Some(last)) = (self.trend.first(), self.trend.last()) else { return (None, None) };
        let move_of = |a: Option<f64>, b: Option<f64>| Some(b? - a?);
        (move_of(first.temperature_c, last.temperature_c), move_of(first.co2_ppm, last.co2_ppm))
    }
}

/// The newest reading of one of a heater's sensors.
#[derive(Debug, Clone)]
pub(crate) struct Sensed {
    pub(crate) metric: Metric,
    pub(crate) value: Measured,
    /// The quality's word on the wire.
    pub(crate) reason: &'static str,
    /// Since when the quality is what it is.
    pub(crate) since: Timestamp,
}

/// A heater, joined.
#[derive(Debug, Clone)]
pub(crate) struct HeaterFacts {
    pub(crate) heater: Heater,
    pub(crate) room_name: Option<String>,
    pub(crate) values: Vec<Sensed>,
    pub(crate) heartbeat: Option<Heartbeat>,
    pub(crate) heard_at: Option<Timestamp>,
    /// When anything was heard last, in the site's time.
    pub(crate) seen_at: Option<Timestamp>,
    pub(crate) silent: bool,
    pub(crate) mode: Option<Mode>,
    pub(crate) mode_since: Option<Timestamp>,
    pub(crate) over_since: Option<Timestamp>,
    pub(crate) budget: Option<(Budget, Timestamp)>,
    pub(crate) status: Option<HeaterStatus>,
    pub(crate) record: Option<String>,
}

impl HeaterFacts {
    /// The newest reading of a metric.
    pub(crate) fn value(&self, metric: &Metric) -> Measured {
        self.values.iter().find(|s| s.metric == *metric).map_or(Measured::UNKNOWN, |s| s.value)
    }

    /// Watts drawn, by the newest that was heard.
    pub(crate) fn drawn_w(&self) -> Option<f64> {
        let beat = self.heartbeat.as_ref().map(|beat| f64::from(beat.drawn_w));
        beat.or_else(|| self.value(&Metric::PowerW).value)
    }

    /// Seconds of the lease left at `now` by our own clock.
    pub(crate) fn lease_left_s(&self, now: Timestamp) -> Option<i64> {
        let (beat, heard) = (self.heartbeat.as_ref()?, self.heard_at?);
        Some((i64::from(beat.lease_left_s) - now.since(heard) / 1000).max(0))
    }
}

/// A site, joined.
#[derive(Debug, Clone)]
pub(crate) struct Building {
    /// The site's now: the wall's, or the recording's.
    pub(crate) now: Timestamp,
    /// Our own clock.
    pub(crate) wall: Timestamp,
    pub(crate) state: Option<SiteState>,
    pub(crate) work: Option<SiteWork>,
    pub(crate) rooms: Vec<RoomFacts>,
    pub(crate) heaters: Vec<HeaterFacts>,
    /// Whether anything at all was heard of the site.
    pub(crate) is_heard: bool,
}

impl Building {
    /// Joins what is written and what was heard.
    pub(crate) fn join(book: &SiteBook, live: &LiveSite, overrides: &[Override], now: Timestamp, wall: Timestamp) -> Self {
        let names: HashMap<&RoomId, &Room> = book.rooms.iter().map(|room| (&room.id, room)).collect();
        let recorded = book.site.clock == Clock::Recorded;
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
            .map(|room| join_room(book, room, live.rooms.get(&room.id), overrides, now))
            .collect();
        let is_heard = live.state.is_some() || !live.rooms.is_empty() || !live.heaters.is_empty();
        Self { now, wall, state: live.state.clone(), work: live.work.clone(), rooms, heaters, is_heard }
    }

    /// A room by its identifier.
    pub(crate) fn room(&self, id: &RoomId) -> Option<&RoomFacts> {
        self.rooms.iter().find(|facts| facts.room.id == *id)
    }

    /// A heater by its identifier.
    pub(crate) fn heater(&self, id: &HeaterId) -> Option<&HeaterFacts> {
        self.heaters.iter().find(|facts| facts.heater.id == *id)
    }

    /// The heaters of a room.
    pub(crate) fn heaters_of<'a>(&'a self, room: &'a RoomId) -> impl Iterator<Item = &'a HeaterFacts> {
        self.heaters.iter().filter(move |facts| facts.heater.room.as_ref() == Some(room))
    }

    /// Rooms within their band among those judged: as the controller says, or as seen from here until it speaks.
    pub(crate) fn comfort(&self) -> (u32, u32) {
        if let Some(state) = &self.state {
            return (state.rooms_comfortable, state.rooms_judged);
        }
        let judged = self.rooms.iter().filter_map(RoomFacts::deviation);
        judged.fold((0, 0), |(n, all), k| (n + u32::from(k > -crate::live::COLD_K), all + 1))
    }

    /// Watts drawn by all heaters.
    pub(crate) fn drawn_w(&self) -> Option<f64> {
        let known = self.state.as_ref().map(|state| f64::from(state.drawn_w));
        known.or_else(|| sum(self.heaters.iter().map(HeaterFacts::drawn_w)))
    }

    /// Watts drawn in rooms that are not too warm: heat that somebody wants.
    pub(crate) fn useful_w(&self) -> Option<f64> {
        let rooms = self.rooms.iter().filter(|r| r.deviation().is_none_or(|k| k <= DEAD_BAND_K));
        sum(rooms.map(|r| r.drawn_w.map(f64::from)))
    }

    /// Cores at work.
    pub(crate) fn cores(&self) -> Option<f64> {
        sum(self.heaters.iter().map(|h| h.value(&Metric::CoresBusy).value))
    }
}

/// The sum of what is known; `None` when nothing is.
fn sum(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.flatten().fold(None, |total, value| Some(total.unwrap_or(0.0) + value))
}

fn join_room(
    book: &SiteBook,
    room: &Room,
    live: Option<&LiveRoom>,
    overrides: &[Override],
    now: Timestamp,
) -> RoomFacts {
    let zone = book.site.zone;
    let mut heaters = book.heaters.iter().filter(|h| h.room.as_ref() == Some(&room.id)).peekable();
    let simulated = heaters.peek().is_some() && heaters.clone().all(|h| h.simulated);
    let rated_w = heaters.map(|h| h.rated_w.whole()).sum();
    let state = live.map(|live| &live.state);
    let measured = |value: Option<f64>| {
        let Some(state) = state else { return Measured::UNKNOWN };
        let trust = match value {
            None => Trust::Unknown,
            Some(_) if now.since(state.as_of) > ROOM_STALE_MS => Trust::Stale,
            Some(_) if simulated => Trust::Simulated,
            Some(_) => Trust::Good,
        };
        Measured { value, trust, as_of: Some(state.as_of) }
    };
    let of_room: Vec<_> = overrides.iter().filter(|o| o.wish.room == room.id).cloned().collect();
    let setpoint = setpoint_in_force(room, state, &of_room, zone.local(now));
    RoomFacts {
        room: room.clone(),
        temperature: measured(state.and_then(|s| s.temperature_c)),
        humidity: measured(state.and_then(|s| s.humidity_pct)),
        co2: measured(state.and_then(|s| s.co2_ppm)),
        light: measured(state.and_then(|s| s.illuminance_lux)),
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
        cold_since: live.and_then(|live| live.cold_since),
        trend: live.map(|live| live.trend.iter().copied().collect()).unwrap_or_default(),
        overrides: of_room,
        next_change: room.schedule.next_change(now, zone).map(|(at, c)| (at, c.degrees())),
        rated_w,
        simulated,
    }
}

/// The setpoint as a person who just changed it expects to see it: a fresh override shows at once, before the
/// controller's next state repeats it; what the controller says holds otherwise.
fn setpoint_in_force(
    room: &Room,
    state: Option<&vocabulary::RoomState>,
    overrides: &[Override],
    local: vocabulary::LocalTime,
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
        _ => (room.schedule.setpoint(local).degrees(), SetpointBy::Schedule, None),
    }
}

fn action(mode: Option<Mode>, drawn_w: Option<u32>, why: &Why) -> Action {
    let Some(drawn_w) = drawn_w else { return Action::Unknown };
    match mode {
        Some(Mode::Fallback | Mode::FallbackBlind) => Action::OnFallback,
        Some(Mode::Tripped | Mode::LocalOff) => Action::Resting,
        _ if drawn_w < DRAWING_W => Action::Resting,
        _ if matches!(why, Why::BelowSetpoint { .. } | Why::Preheating { .. } | Why::SharedCap { .. }) => Action::Heating,
        _ => Action::Holding,
    }
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
        record: live.and_then(|live| live.record.clone()),
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
