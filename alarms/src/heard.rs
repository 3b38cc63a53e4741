//! Every site as last heard, as far as rules look at it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

use vocabulary::{
    Ack, Heartbeat, HeaterId, HeaterTopic, Payload as _, Record, RecordHead, RoomId, RoomState, RoomTopic,
    SiteId, SiteState, SiteTopic, Topic, TopicKind,
};

use crate::lag::Lag;

/// How far back a room's temperature is remembered, ms.
pub(crate) const TREND_MS: u64 = 30 * 60_000;
/// Temperatures are remembered this often, ms.
const TREND_STEP_MS: u64 = 60_000;
/// More sites, and things of one site, than this are not listened to.
const MAX_SITES: usize = 256;
const MAX_THINGS: usize = 65_536;

/// A heater.
#[derive(Debug, Default)]
pub(crate) struct HeardHeater {
    /// When it said anything last, ms.
    pub(crate) at_ms: Option<u64>,
    /// Its newest heartbeat, and when it came.
    pub(crate) beat: Option<(Heartbeat, u64)>,
    /// Its records on their way into history.
    pub(crate) lag: Lag,
}

/// A room, as its controller says.
#[derive(Debug)]
pub(crate) struct HeardRoom {
    pub(crate) state: RoomState,
    pub(crate) at_ms: u64,
    /// When its temperature was known last, ms.
    pub(crate) known_ms: Option<u64>,
    /// Temperatures of the last half hour, one a minute: when, °C. The oldest first.
    pub(crate) trend: VecDeque<(u64, f64)>,
}

/// A site.
#[derive(Debug, Default)]
pub(crate) struct HeardSite {
    pub(crate) heaters: BTreeMap<HeaterId, HeardHeater>,
    pub(crate) rooms: BTreeMap<RoomId, HeardRoom>,
    /// What its controller says of it, and when, ms.
    pub(crate) state: Option<(SiteState, u64)>,
}

/// Everything heard since the broker was reached last.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    sites: BTreeMap<SiteId, HeardSite>,
    /// Since when the broker is heard; `None` while it is not.
    pub(crate) listening_ms: Option<u64>,
    /// Since when it is not; `None` while it is.
    pub(crate) deaf_ms: Option<u64>,
}

impl Heard {
    /// The broker is heard, or is not any more.
    pub(crate) fn note_link(&mut self, is_up: bool, now_ms: u64) {
        (self.listening_ms, self.deaf_ms) = if is_up {
            // Nobody knows how long what was said before held, nor what was acknowledged meanwhile.
            self.sites.clear();
            (Some(now_ms), None)
        } else {
            (None, self.deaf_ms.or(Some(now_ms)))
        };
    }

    /// A site as heard; one that was not is empty.
    pub(crate) fn site(&self, id: &SiteId) -> Option<&HeardSite> {
        self.sites.get(id)
    }

    /// Takes one message. What the broker kept is no sign of life, and the controller says it again within ten seconds.
    ///
    /// # Errors
    /// The reason why the message is not understood.
    pub(crate) fn hear(
        &mut self,
        topic: &str,
        payload: &[u8],
        retained: bool,
        now_ms: u64,
    ) -> Result<(), &'static str> {
        if retained {
            return Ok(());
        }
        let Topic { site, kind } = Topic::parse(topic).ok_or("topic")?;
        if !self.sites.contains_key(&site) && self.sites.len() >= MAX_SITES {
            return Err("too_many");
        }
        let heard = self.sites.entry(site).or_default();
        match kind {
            TopicKind::Heater(heater, topic) => {
                hear_heater(&mut heard.heaters, heater, topic, payload, now_ms)
            }
            TopicKind::Room(room, RoomTopic::State) => hear_room(&mut heard.rooms, room, payload, now_ms),
            TopicKind::Site(SiteTopic::State) => {
                let state = SiteState::decode(payload).map_err(|error| error.reason())?;
                heard.state = Some((state, now_ms));
                Ok(())
            }
            TopicKind::Room(..) | TopicKind::Site(_) => Ok(()),
        }
    }
}

fn hear_heater(
    heaters: &mut BTreeMap<HeaterId, HeardHeater>,
    id: HeaterId,
    topic: HeaterTopic,
    payload: &[u8],
    now_ms: u64,
) -> Result<(), &'static str> {
    if !heaters.contains_key(&id) && heaters.len() >= MAX_THINGS {
        return Err("too_many");
    }
    let heater = heaters.entry(id).or_default();
    match topic {
        HeaterTopic::Heartbeat => {
            let beat = Heartbeat::decode(payload).map_err(|error| error.reason())?;
            heater.beat = Some((beat, now_ms));
            heater.at_ms = Some(now_ms);
        }
        HeaterTopic::Record => {
            let (record, _) = Record::decode(payload).map_err(|error| error.reason())?;
            heater.at_ms = Some(now_ms);
            // History that is sent again is taken as fast as ingest allows: it is no sign that ingest is behind.
            if !record.late {
                heater.lag.sent(RecordHead::from(&record), now_ms);
            }
        }
        HeaterTopic::Ack => {
            let ack = Ack::decode(payload).map_err(|error| error.reason())?;
            heater.lag.acknowledged(&ack);
        }
        HeaterTopic::Budget | HeaterTopic::Status => {}
    }
    Ok(())
}

fn hear_room(
    rooms: &mut BTreeMap<RoomId, HeardRoom>,
    id: RoomId,
    payload: &[u8],
    now_ms: u64,
) -> Result<(), &'static str> {
    let state = RoomState::decode(payload).map_err(|error| error.reason())?;
    if !rooms.contains_key(&id) && rooms.len() >= MAX_THINGS {
        return Err("too_many");
    }
    let temperature_c = state.temperature_c;
    let room = match rooms.entry(id) {
        Entry::Occupied(known) => {
            let room = known.into_mut();
            (room.state, room.at_ms) = (state, now_ms);
            room
        }
        Entry::Vacant(new) => {
            new.insert(HeardRoom { state, at_ms: now_ms, known_ms: None, trend: VecDeque::new() })
        }
    };
    if let Some(temperature_c) = temperature_c {
        room.known_ms = Some(now_ms);
        remember(&mut room.trend, temperature_c, now_ms);
    }
    Ok(())
}

fn remember(trend: &mut VecDeque<(u64, f64)>, temperature_c: f64, now_ms: u64) {
    let is_due = trend.back().is_none_or(|(at_ms, _)| now_ms.saturating_sub(*at_ms) >= TREND_STEP_MS);
    if is_due {
        trend.push_back((now_ms, temperature_c));
    }
    while trend.front().is_some_and(|(at_ms, _)| now_ms.saturating_sub(*at_ms) > TREND_MS) {
        trend.pop_front();
    }
}
