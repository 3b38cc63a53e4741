//! The board: every site as last heard, shared by all pages, and the stream of changes to those who watch.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use registry::SiteBook;
use serde_json::{Map, Value};
use tokio::sync::broadcast;
use vocabulary::{
    Heartbeat, HeaterStatus, HeaterTopic, Payload as _, Record, RoomForecast, RoomState, RoomTopic,
    SignedBudget, SiteId, SiteState, SiteTopic, SiteWork, Timestamp, Topic, TopicKind,
};

use crate::forecast;
use crate::live::{Changes, LiveSite, Plan};

/// A watcher may fall this many changes behind; then it is told to load the values again.
const CHANGES_KEPT: usize = 1024;
/// More sites than this are not kept.
const MAX_SITES: usize = 256;

/// Something changed on one site.
#[derive(Debug)]
pub(crate) struct Change {
    /// The site.
    pub(crate) site: SiteId,
    /// Counts changes since the program started.
    pub(crate) number: u64,
    /// `{"room/101/temperature_c":{"value":20.4,…},…}`
    pub(crate) json: String,
}

/// Every site as last heard.
pub(crate) struct Board {
    sites: Mutex<HashMap<SiteId, LiveSite>>,
    changes: broadcast::Sender<Arc<Change>>,
    number: AtomicU64,
    heard: AtomicU64,
    refused: AtomicU64,
    link_up: AtomicBool,
}

impl Board {
    /// A board on which nothing stands yet.
    pub(crate) fn new() -> Self {
        Self {
            sites: Mutex::default(),
            changes: broadcast::channel(CHANGES_KEPT).0,
            number: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            link_up: AtomicBool::new(false),
        }
    }

    /// Takes one message, received at `now`; tells the watchers what changed. What does not read is counted.
    pub(crate) fn hear(&self, topic: &str, payload: &[u8], now: Timestamp) {
        self.heard.fetch_add(1, Ordering::Relaxed);
        let Some(topic) = Topic::parse(topic) else { return self.refuse() };
        let changes = {
            let mut sites = self.lock();
            if !sites.contains_key(&topic.site) && sites.len() >= MAX_SITES {
                return self.refuse();
            }
            let site = sites.entry(topic.site.clone()).or_default();
            apply(site, &topic.kind, payload, now)
        };
        match changes {
            Some(changes) => self.announce(topic.site, changes),
            None => self.refuse(),
        }
    }

    /// Takes the book: which heater stands in which room.
    pub(crate) fn know(&self, books: &[SiteBook]) {
        let mut sites = self.lock();
        for book in books {
            if sites.contains_key(&book.site.id) || sites.len() < MAX_SITES {
                sites.entry(book.site.id.clone()).or_default().know(Arc::new(Plan::of(book)));
            }
        }
    }

    /// Reads a site as last heard; one of which nothing was heard is empty. The board is locked meanwhile.
    pub(crate) fn read<T>(&self, site: &SiteId, read: impl FnOnce(&LiveSite) -> T) -> T {
        match self.lock().get(site) {
            Some(live) => read(live),
            None => read(&LiveSite::default()),
        }
    }

    /// Watches what changes from now on.
    pub(crate) fn watch(&self) -> broadcast::Receiver<Arc<Change>> {
        self.changes.subscribe()
    }

    /// How many watch.
    pub(crate) fn watchers(&self) -> usize {
        self.changes.receiver_count()
    }

    /// How many messages were heard, and how many of these did not read.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.heard.load(Ordering::Relaxed), self.refused.load(Ordering::Relaxed))
    }

    /// Notes whether the broker can be heard.
    pub(crate) fn note_link(&self, up: bool) {
        self.link_up.store(up, Ordering::Relaxed);
    }

    /// Whether the broker can be heard.
    pub(crate) fn is_link_up(&self) -> bool {
        self.link_up.load(Ordering::Relaxed)
    }

    fn announce(&self, site: SiteId, changes: Changes) {
        let number = self.number.fetch_add(1, Ordering::Relaxed) + 1;
        if changes.is_empty() || self.changes.receiver_count() == 0 {
            return;
        }
        let json = Value::Object(changes.into_iter().collect::<Map<_, _>>()).to_string();
        // An error means that the last watcher left between the two lines: nobody to tell.
        let _ = self.changes.send(Arc::new(Change { site, number, json }));
    }

    fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SiteId, LiveSite>> {
        // Each message changes the board in steps that leave it readable, so a panic between them is survived.
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `None` when the payload does not read.
fn apply(site: &mut LiveSite, kind: &TopicKind, payload: &[u8], now: Timestamp) -> Option<Changes> {
    Some(match kind {
        TopicKind::Room(room, RoomTopic::State) => site.hear_room(room, RoomState::decode(payload).ok()?),
        TopicKind::Room(room, RoomTopic::Forecast) => {
            let forecast = RoomForecast::decode(payload).ok().filter(forecast::is_whole)?;
            site.hear_forecast(room, forecast)
        }
        TopicKind::Site(SiteTopic::State) => site.hear_state(SiteState::decode(payload).ok()?),
        TopicKind::Site(SiteTopic::Work) => site.hear_work(SiteWork::decode_bounded(payload).ok()?),
        TopicKind::Heater(heater, HeaterTopic::Record) => {
            let (record, _) = Record::decode(payload).ok()?;
            site.hear_record(heater, &record, std::str::from_utf8(payload).ok()?, now)
        }
        TopicKind::Heater(heater, HeaterTopic::Heartbeat) => {
            site.hear_heartbeat(heater, Heartbeat::decode(payload).ok()?, now)
        }
        TopicKind::Heater(heater, HeaterTopic::Budget) => {
            site.hear_budget(heater, SignedBudget::decode(payload).ok()?.budget, now)
        }
        TopicKind::Heater(heater, HeaterTopic::Status) => {
            site.hear_status(heater, HeaterStatus::decode(payload))
        }
        TopicKind::Site(SiteTopic::Outlook)
        | TopicKind::Heater(_, HeaterTopic::Ack)
        | TopicKind::Room(_, RoomTopic::Request | RoomTopic::Occupancy)
        | TopicKind::Site(SiteTopic::Limit) => Changes::new(),
    })
}
