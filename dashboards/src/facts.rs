//! The building as its pages and its API show it: rooms and heaters with values, their trust and their age.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use registry::{Heater, Instructions, Override, Room};
use vocabulary::{
    Alarm, Budget, Heartbeat, HeaterId, HeaterStatus, Metric, Mode, RoomForecast, RoomId, SetpointBy,
    SiteState, SiteWork, Timestamp, Why,
};

use crate::forecast::Outlook;
use crate::live::TrendPoint;

/// Within this of its setpoint a room neither lacks heat nor has too much.
pub(crate) const DEAD_BAND_K: f64 = 0.5;
/// A room draws when its heaters take at least this.
pub(crate) const DRAWING_W: u32 = 20;
/// A state older than this is stale; the controller speaks every 10 s.
pub(crate) const STALE_MS: i64 = 90_000;

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
    pub(crate) const UNKNOWN: Self = Self { value: None, trust: Trust::Unknown, as_of: None };
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
    /// The newest forecast, whole.
    pub(crate) forecast: Option<Arc<RoomForecast>>,
    pub(crate) rated_w: u32,
    pub(crate) simulated: bool,
}

impl RoomFacts {
    /// Kelvin above the setpoint; negative when colder.
    pub(crate) fn deviation(&self) -> Option<f64> {
        self.temperature.value.map(|t| t - self.setpoint_c)
    }

    /// The deviation, where the temperature is not from long ago.
    pub(crate) fn fresh_deviation(&self) -> Option<f64> {
        self.deviation().filter(|_| self.temperature.trust != Trust::Stale)
    }

    /// What is left of the newest forecast at `now`.
    pub(crate) fn outlook(&self, now: Timestamp) -> Option<Outlook> {
        self.forecast.as_ref().and_then(|forecast| Outlook::new(forecast, now))
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
    /// Epoch and number of the first budget that asked besides heat what the newest one asks.
    pub(crate) asked_from: (u64, u64),
    /// What it is instructed to do now.
    pub(crate) instructions: Instructions,
}

impl HeaterFacts {
    /// The newest reading of a metric.
    pub(crate) fn value(&self, metric: &Metric) -> Measured {
        self.values.iter().find(|s| s.metric == *metric).map_or(Measured::UNKNOWN, |s| s.value)
    }

    /// Whether it only reports, such as a computer whose power nobody steers.
    pub(crate) fn reports_only(&self) -> bool {
        self.heartbeat.as_ref().is_some_and(|beat| !beat.controllable)
    }

    /// What it reports that a person should look at, as it says it.
    pub(crate) fn alarms(&self) -> impl Iterator<Item = &String> {
        self.heartbeat.iter().flat_map(|beat| &beat.alarms)
    }

    /// Whether it reports this.
    pub(crate) fn says(&self, alarm: Alarm) -> bool {
        self.alarms().any(|said| Alarm::read(said).is_some_and(|(read, _)| read == alarm))
    }

    /// Whether it has heard what it is instructed to do: its budgets say so, it has accepted one of them, and a lease still holds.
    pub(crate) fn knows_instructions(&self, now: Timestamp) -> bool {
        let asked = self.instructions.maintenance(now);
        let is_told = self.budget.as_ref().is_some_and(|(budget, _)| budget.maintenance == asked);
        let is_leased = self.lease_left_s(now).is_some_and(|left_s| left_s > 0);
        is_told
            && is_leased
            && self.heartbeat.as_ref().is_some_and(|beat| self.asked_from <= (beat.epoch, beat.seq))
    }

    /// The end of the key of its state's words.
    pub(crate) fn state_word(&self) -> String {
        let word = match self.mode {
            _ if self.silent => "silent",
            _ if self.reports_only() => "reports",
            mode => mode.map_or("unknown", Mode::as_str),
        };
        word.replace('_', "-")
    }

    /// Watts drawn, by the newest that was heard. One that only reports knows its power by a meter or not at all.
    pub(crate) fn drawn_w(&self) -> Option<f64> {
        let beat = self.heartbeat.as_ref().filter(|beat| beat.controllable);
        let beat = beat.map(|beat| f64::from(beat.drawn_w));
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
    /// Where in `rooms` a room is.
    pub(crate) room_places: HashMap<RoomId, usize>,
    /// Where in `heaters` the heaters of a room are.
    pub(crate) heater_places: HashMap<RoomId, Vec<usize>>,
    /// Whether anything at all was heard of the site.
    pub(crate) is_heard: bool,
}

impl Building {
    /// A room by its identifier.
    pub(crate) fn room(&self, id: &RoomId) -> Option<&RoomFacts> {
        self.room_places.get(id).and_then(|place| self.rooms.get(*place))
    }

    /// A heater by its identifier.
    pub(crate) fn heater(&self, id: &HeaterId) -> Option<&HeaterFacts> {
        self.heaters.iter().find(|facts| facts.heater.id == *id)
    }

    /// The same building with what its heaters are instructed to do.
    pub(crate) fn instructed(mut self, mut instructions: BTreeMap<HeaterId, Instructions>) -> Self {
        for facts in &mut self.heaters {
            let held = instructions.remove(&facts.heater.id);
            facts.instructions = held.map(|held| held.at(self.wall)).unwrap_or_default();
        }
        self
    }

    /// The heaters of a room.
    pub(crate) fn heaters_of<'a>(&'a self, room: &RoomId) -> impl Iterator<Item = &'a HeaterFacts> + use<'a> {
        let places = self.heater_places.get(room).map(Vec::as_slice).unwrap_or_default();
        places.iter().filter_map(|place| self.heaters.get(*place))
    }

    /// When the rooms were heard last, where that is too long ago. A recording's now is its newest word, so that it
    /// never grows stale.
    pub(crate) fn stale_since(&self) -> Option<Timestamp> {
        let rooms = self.rooms.iter().filter_map(|room| room.as_of);
        let newest = rooms.chain(self.state.as_ref().map(|state| state.as_of)).max()?;
        (self.now.since(newest) > STALE_MS).then_some(newest)
    }

    /// How many rooms with a heater have no temperature that holds now.
    pub(crate) fn blind(&self) -> usize {
        let is_blind = |room: &&RoomFacts| room.fresh_deviation().is_none() && self.has_heater(&room.room.id);
        self.rooms.iter().filter(is_blind).count()
    }

    fn has_heater(&self, room: &RoomId) -> bool {
        self.heaters_of(room).next().is_some()
    }

    /// The controller's summary while it is fresh.
    pub(crate) fn fresh_state(&self) -> Option<&SiteState> {
        self.state.as_ref().filter(|state| self.now.since(state.as_of) <= STALE_MS)
    }

    fn heard_heaters(&self) -> impl Iterator<Item = &HeaterFacts> {
        self.heaters.iter().filter(|heater| !heater.silent)
    }

    /// Rooms within their band among those judged: as the controller says, or as seen from here until it speaks.
    pub(crate) fn comfort(&self) -> (u32, u32) {
        if let Some(state) = self.fresh_state() {
            return (state.rooms_comfortable, state.rooms_judged);
        }
        let judged = self.rooms.iter().filter_map(RoomFacts::fresh_deviation);
        judged.fold((0, 0), |(n, all), k| (n + u32::from(k > -crate::live::COLD_K), all + 1))
    }

    /// Watts drawn by all heaters that are heard.
    pub(crate) fn drawn_w(&self) -> Option<f64> {
        let known = self.fresh_state().map(|state| f64::from(state.drawn_w));
        known.or_else(|| sum(self.heard_heaters().map(HeaterFacts::drawn_w)))
    }

    /// Watts drawn in rooms that are not too warm, or that are warm for what comes: heat that somebody wants.
    pub(crate) fn useful_w(&self) -> Option<f64> {
        let is_ahead =
            |room: &RoomFacts| matches!(room.why, Some(Why::Preheating { .. } | Why::AheadOfCap { .. }));
        let rooms =
            self.rooms.iter().filter(|r| is_ahead(r) || r.deviation().is_none_or(|k| k <= DEAD_BAND_K));
        sum(rooms.map(|r| r.drawn_w.map(f64::from)))
    }

    /// Jobs at work, of the heaters that are heard.
    pub(crate) fn jobs(&self) -> Option<f64> {
        sum(self.heard_heaters().map(|h| h.value(&Metric::JobsRunning).value))
    }

    /// Cores at work, of the heaters that are heard.
    pub(crate) fn cores(&self) -> Option<f64> {
        sum(self.heard_heaters().map(|h| h.value(&Metric::CoresBusy).value))
    }
}

/// The sum of what is known; `None` when nothing is.
fn sum(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.flatten().fold(None, |total, value| Some(total.unwrap_or(0.0) + value))
}
