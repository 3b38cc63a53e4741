//! The loop that hears, looks, and writes what it found into the book.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use link::{Event, Inbox, Link, LinkError, Qos};
use registry::{AlarmSettings, Clock, Registry, RegistryError, SiteBook};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, interval_at};
use vocabulary::{HeaterTopic, RoomTopic, SiteId, SiteTopic, Tally, WallClock, filter};

use crate::heard::Heard;
use crate::look::{Glance, longest_wait_ms, look};
use crate::notify::{NoticeSettings, Sender};
use crate::platform::{Platform, PlatformFigures, PlatformFiguresFn};
use crate::watch::Watch;

/// How often everything is looked at: half a heartbeat, so that delays are kept to within a few seconds.
const LOOK: Duration = Duration::from_secs(5);
/// Figures older than this are not known any more.
const FIGURES_FRESH_MS: u64 = 30_000;
/// How often what is very old is forgotten.
const FORGET: Duration = Duration::from_secs(24 * 3_600);
/// How many messages may wait; the link drops and counts what comes when it is full, and what follows says the same.
const INBOX: usize = 8_192;

/// Why alarms could not be watched for.
#[derive(Debug, thiserror::Error)]
pub enum AlarmsError {
    /// The link could not be opened.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The book could not be read at the start.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// Runs until `shutdown` turns true. `figures` and `notices` say what the program counts and where messages go. Counts into `tally`: `looks`, `changes`, `refused_messages` by reason. `serving` says
/// whether the broker hears it.
///
/// # Errors
/// [`AlarmsError`]; a broker that is away is no error, it is an alarm.
pub async fn run(
    link: link::Settings,
    registry: Registry,
    (figures, notices): (PlatformFiguresFn, NoticeSettings),
    tally: Arc<Tally>,
    clock: WallClock,
    serving: watch::Sender<bool>,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), AlarmsError> {
    let sender = Sender { registry: registry.clone(), settings: notices, clock: clock.clone() };
    let mut guard = Guard::open(link, registry, tally, clock)?;
    // A mail server that takes its time holds up nobody who looks.
    let sending = tokio::spawn(sender.run(shutdown.clone()));
    let mut looks = interval_at(tokio::time::Instant::now() + LOOK, LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut forget = interval(FORGET);
    let mut reading = JoinSet::new();
    loop {
        tokio::select! {
            event = guard.inbox.next() => match event {
                Some(Event::Message { topic, payload, retained }) => guard.hear(&topic, &payload, retained),
                Some(Event::Up { .. }) => guard.note_link(true, &serving),
                Some(Event::Down { .. }) => guard.note_link(false, &serving),
                None => break,
            },
            _ = looks.tick() => {
                // A disk that stalls is one of the things that are looked for: nothing here waits for it.
                if reading.is_empty() {
                    let figures = figures.clone();
                    reading.spawn_blocking(move || figures());
                }
                guard.look();
            }
            Some(read) = reading.join_next() => guard.note_figures(read.unwrap_or_default()),
            _ = forget.tick() => guard.forget(),
            _ = shutdown.wait_for(|stop| *stop) => break,
        }
    }
    guard.link.close().await;
    sending.abort();
    Ok(())
}

struct Guard {
    link: Link,
    inbox: Inbox,
    registry: Registry,
    tally: Arc<Tally>,
    clock: WallClock,
    started: Instant,
    /// The sites that live now; a recording has no alarms.
    books: Vec<SiteBook>,
    revision: u64,
    heard: Heard,
    platform: Platform,
    /// The newest figures of the program, and when they were read, ms.
    figures: (PlatformFigures, u64),
    watch: Watch,
}

impl Guard {
    fn open(
        link: link::Settings,
        registry: Registry,
        tally: Arc<Tally>,
        clock: WallClock,
    ) -> Result<Self, AlarmsError> {
        let mut settings = link::Settings { inbox: INBOX, ..link };
        for subscription in [
            filter::heaters(HeaterTopic::Heartbeat),
            filter::heaters(HeaterTopic::Record),
            filter::heaters(HeaterTopic::Ack),
            filter::rooms(RoomTopic::State),
            filter::sites(SiteTopic::State),
        ] {
            settings = settings.subscribe(subscription, Qos::AtMostOnce);
        }
        let (link, inbox) = link::open(settings)?;
        let revision = registry.revision()?;
        let books = living(registry.books()?);
        let watch = Watch::restore(&registry.active_alarms()?);
        let mut heard = Heard::default();
        heard.note_link(false, 0);
        Ok(Self {
            link,
            inbox,
            registry,
            tally,
            clock,
            started: Instant::now(),
            books,
            revision,
            heard,
            platform: Platform::default(),
            figures: (PlatformFigures::default(), 0),
            watch,
        })
    }

    fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    fn note_link(&mut self, is_up: bool, serving: &watch::Sender<bool>) {
        let now_ms = self.now_ms();
        self.heard.note_link(is_up, now_ms);
        serving.send_replace(is_up);
    }

    fn hear(&mut self, topic: &str, payload: &[u8], retained: bool) {
        let now_ms = self.now_ms();
        if let Err(reason) = self.heard.hear(topic, payload, retained, now_ms) {
            self.tally.count("refused_messages", reason);
        }
    }

    fn note_figures(&mut self, figures: PlatformFigures) {
        self.figures = (figures, self.now_ms());
    }

    fn look(&mut self) {
        self.tally.count("looks", "done");
        match self.try_look() {
            Ok(0) => {}
            Ok(changed) => self.tally.add("changes", "noted", changed as u64),
            // What was found is found again by the next look.
            Err(error) => tracing::warn!(%error, "alarms could not be written; the next look tries again"),
        }
    }

    fn try_look(&mut self) -> Result<usize, RegistryError> {
        self.read_books()?;
        let settings = self.settings()?;
        let now_ms = self.now_ms();
        let (figures, read_ms) = self.figures;
        let is_fresh = now_ms.saturating_sub(read_ms) <= FIGURES_FRESH_MS;
        let figures = if is_fresh { figures } else { PlatformFigures::default() };
        let glance = Glance { now_ms, listening_ms: self.heard.listening_ms };
        let mut signals = Vec::new();
        let mut lag_ms = glance.listening_ms.map(|_| 0);
        for book in &self.books {
            let heard = self.heard.site(&book.site.id);
            signals.extend(look(book, heard, glance));
            lag_ms = lag_ms.map(|lag_ms| lag_ms.max(longest_wait_ms(book, heard, glance)));
        }
        let silent_ms = self.heard.deaf_ms.map_or(0, |since_ms| now_ms.saturating_sub(since_ms));
        signals.extend(self.platform.signals(figures, (silent_ms, lag_ms), now_ms));
        let setting = |subject: &registry::AlarmSubject, rule| {
            settings
                .get(&subject.site().cloned())
                .map_or_else(|| registry::AlarmSetting::standard(rule), |settings| settings.of(rule))
        };
        let findings = self.watch.judge(&signals, setting, now_ms);
        let wall = (self.clock)();
        let changed = self.registry.note_alarms(&findings, wall)?;
        self.watch.booked(findings);
        Ok(changed + self.registry.unshelve_due_alarms(wall)?)
    }

    fn read_books(&mut self) -> Result<(), RegistryError> {
        let revision = self.registry.revision()?;
        if revision != self.revision {
            self.books = living(self.registry.books()?);
            self.revision = revision;
        }
        Ok(())
    }

    /// The rules of every site, and of the platform under no site.
    fn settings(&self) -> Result<BTreeMap<Option<SiteId>, AlarmSettings>, RegistryError> {
        let sites = self.books.iter().map(|book| Some(book.site.id.clone()));
        std::iter::once(None)
            .chain(sites)
            .map(|site| self.registry.alarm_settings(site.as_ref()).map(|settings| (site, settings)))
            .collect()
    }

    fn forget(&self) {
        if let Err(error) = self.registry.forget_old_alarms((self.clock)()) {
            tracing::warn!(%error, "old alarms could not be forgotten");
        }
    }
}

fn living(books: Vec<SiteBook>) -> Vec<SiteBook> {
    books.into_iter().filter(|book| book.site.clock == Clock::Wall).collect()
}
