//! The loop that gives every site's controller a clock and a connection.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use link::{Event, Inbox, Link, LinkError, Qos};
use registry::{Clock, NewOverride, Registry, RegistryError};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, interval_at, sleep};
use vocabulary::{
    ControllerKey, HeaterId, HeaterTopic, MAX_TELLERS, RoomId, RoomTopic, SiteId, SiteTopic, Tally,
    Timestamp, Topic, TopicKind, WallClock, filter,
};

use crate::desk::{Asked, Moment, SiteController};
use crate::memory::Memory;
use crate::pace::Pace;
use crate::site::Declared;

/// The control cycle: every heater's lease is renewed this often.
const CYCLE: Duration = Duration::from_secs(10);
/// A recording may be played fast: its sites are planned this often.
const RECORDED_CYCLE: Duration = Duration::from_secs(1);
/// The first cycle waits for the first heartbeats.
const FIRST_CYCLE: Duration = Duration::from_millis(1_500);
/// How long a lease lasts. With the second in which a heater looks at its clock and the half in which the book is read, a
/// lowered cap is obeyed within a minute even by heaters that hear nothing any more.
pub const LEASE_TTL_S: u32 = 58;
/// How often the book is looked at: a wish entered on a page takes effect within this.
const BOOK_EVERY: Duration = Duration::from_millis(500);
/// How often is looked for what was asked for too soon after the time before.
const PASS_ON_EVERY: Duration = Duration::from_millis(200);
/// How often the memory is kept.
const KEEP_EVERY: Duration = Duration::from_secs(300);

/// Why the controller could not run.
#[derive(Debug, thiserror::Error)]
pub enum ControllerError {
    /// The link could not be opened.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The book could not be read or written at the start.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// Runs until `shutdown` turns true, then keeps what it remembers. Counts into `tally`: `cycles`, `budgets`,
/// `refused_messages` by reason, `foreign_epochs`, `foreign_seqs`. `serving` says whether the broker hears it.
///
/// # Errors
/// [`ControllerError`]; a broker that is away is no error.
pub async fn run(
    link: link::Settings,
    registry: Registry,
    key: ControllerKey,
    tally: Arc<Tally>,
    clock: WallClock,
    serving: watch::Sender<bool>,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), ControllerError> {
    let mut office = Office::open(link, registry, key, tally, clock)?;
    let mut cycle = interval_at(tokio::time::Instant::now() + FIRST_CYCLE, CYCLE);
    let mut second = pin!(sleep(2 * FIRST_CYCLE));
    let mut second_is_due = true;
    cycle.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut book = interval(BOOK_EVERY);
    book.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut recorded = interval(RECORDED_CYCLE);
    recorded.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut asked = interval(PASS_ON_EVERY);
    asked.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut keep = interval_at(tokio::time::Instant::now() + KEEP_EVERY, KEEP_EVERY);
    loop {
        tokio::select! {
            event = office.inbox.next() => match event {
                Some(Event::Message { topic, payload, retained }) => office.hear(&topic, &payload, retained),
                Some(Event::Up { .. }) => {
                    office.connected();
                    serving.send_replace(true);
                }
                Some(Event::Down { .. }) => _ = serving.send_replace(false),
                None => break,
            },
            _ = cycle.tick() => office.cycle_all(),
            // The answers to the first leases are not left waiting for a whole cycle.
            () = &mut second, if second_is_due => {
                second_is_due = false;
                office.cycle_all();
            }
            _ = recorded.tick() => office.cycle_recorded(),
            _ = book.tick() => office.read_book(),
            _ = asked.tick() => office.pass_on(office.now()),
            _ = keep.tick() => {
                office.keep_memories();
                office.note_hours();
            }
            _ = shutdown.wait_for(|stop| *stop) => break,
        }
    }
    office.write_wishes((office.clock)());
    office.keep_memories();
    office.link.close().await;
    Ok(())
}

struct Office {
    link: Link,
    inbox: Inbox,
    registry: Registry,
    revision: u64,
    key: ControllerKey,
    tally: Arc<Tally>,
    clock: WallClock,
    started: Instant,
    desks: BTreeMap<SiteId, SiteController>,
    /// What limits ask for, by site.
    limits: BTreeMap<SiteId, LimitWork>,
    /// The newest wish for each room that is not in the book yet, and how often they are written there.
    wishes: BTreeMap<(SiteId, RoomId), NewOverride>,
    writing: Pace,
}

/// What a limit from outside asks for.
#[derive(Default)]
struct LimitWork {
    remembering: Pace,
    planning: Pace,
}

impl Office {
    fn open(
        link: link::Settings,
        registry: Registry,
        key: ControllerKey,
        tally: Arc<Tally>,
        clock: WallClock,
    ) -> Result<Self, ControllerError> {
        let mut link = link::Settings { inbox: 8_192, outbox: 16_384, ..link };
        for (subscription, qos) in [
            (filter::heaters(HeaterTopic::Record), Qos::AtLeastOnce),
            (filter::heaters(HeaterTopic::Heartbeat), Qos::AtMostOnce),
            (filter::rooms(RoomTopic::Request), Qos::AtLeastOnce),
            (filter::rooms(RoomTopic::Occupancy), Qos::AtLeastOnce),
            (filter::sites(SiteTopic::Limit), Qos::AtLeastOnce),
            (filter::sites(SiteTopic::Work), Qos::AtLeastOnce),
            (filter::sites(SiteTopic::Outlook), Qos::AtLeastOnce),
        ] {
            link = link.subscribe(subscription, qos);
        }
        let (link, inbox) = link::open(link)?;
        let (revision, started, desks) = (registry.revision()?, Instant::now(), BTreeMap::new());
        let (limits, wishes, writing) = (BTreeMap::new(), BTreeMap::new(), Pace::default());
        let mut office = Self {
            link,
            inbox,
            registry,
            revision,
            key,
            tally,
            clock,
            started,
            desks,
            limits,
            wishes,
            writing,
        };
        office.open_desks()?;
        Ok(office)
    }

    fn now(&self) -> Moment {
        Moment { mono_ms: self.started.elapsed().as_millis() as u64, wall: (self.clock)() }
    }

    /// The link is new: every controller listens from now on.
    fn connected(&mut self) {
        let now = self.now();
        self.desks.values_mut().for_each(|desk| desk.connected(now));
    }

    /// A desk for every site of the book; a new one raises the site's epoch and remembers what was kept.
    fn open_desks(&mut self) -> Result<(), RegistryError> {
        let now = self.now();
        let books = self.registry.books()?;
        self.desks.retain(|site, _| books.iter().any(|book| book.site.id == *site));
        self.limits.retain(|site, _| self.desks.contains_key(site));
        for book in books {
            let site = book.site.id.clone();
            let overrides = self.registry.overrides(&site, now.wall)?;
            let declared = Declared::read(&self.registry, &site)?;
            if let Some(desk) = self.desks.get_mut(&site) {
                desk.set_declared(declared);
                desk.set_book(book, &overrides, now);
                self.forget_people(&site)?;
                continue;
            }
            let memory = self.registry.memory(&site)?.map(|kept| Memory::restore(&kept)).unwrap_or_default();
            let epoch = self.registry.raise_epoch(&site)?;
            tracing::info!(%site, epoch, heaters = book.heaters.len(), "controlling");
            let mut desk = SiteController::new(book, &overrides, memory, epoch, LEASE_TTL_S, now);
            desk.set_declared(declared);
            self.desks.insert(site.clone(), desk);
            self.forget_people(&site)?;
        }
        Ok(())
    }

    /// Does as somebody wished who lives there; the memory from before is written over at once.
    fn forget_people(&mut self, site: &SiteId) -> Result<(), RegistryError> {
        let forgotten = self.registry.presence_forgotten(site)?;
        if self.desks.get_mut(site).is_some_and(|desk| desk.forget_people(&forgotten)) {
            self.keep_memory(site);
        }
        Ok(())
    }

    fn hear(&mut self, topic: &str, payload: &[u8], retained: bool) {
        if let Err(reason) = self.try_hear(topic, payload, retained) {
            self.tally.count("refused_messages", reason);
        }
    }

    fn try_hear(&mut self, topic: &str, payload: &[u8], retained: bool) -> Result<(), &'static str> {
        let now = self.now();
        let Topic { site, kind } = Topic::parse(topic).ok_or("topic")?;
        let desk = self.desks.get_mut(&site).ok_or("unknown_site")?;
        match &kind {
            // Nobody knows when it was said.
            TopicKind::Heater(..) if retained => Err("retained"),
            TopicKind::Heater(heater, HeaterTopic::Record) => desk.hear_record(heater, payload, now),
            TopicKind::Heater(heater, HeaterTopic::Heartbeat) => desk.hear_heartbeat(heater, payload, now),
            _ => {
                let asked = desk.hear_outside(&kind, payload, retained, now)?;
                self.take_up(site, asked);
                self.pass_on(now);
                Ok(())
            }
        }
    }

    /// Notes what was asked for; of what is asked for again and again the newest.
    fn take_up(&mut self, site: SiteId, asked: Asked) {
        match asked {
            Asked::Nothing => {}
            Asked::Setpoint(wish) => {
                self.wishes.insert((site, wish.room.clone()), wish);
                self.writing.ask();
            }
            Asked::LimitForLonger => self.limits.entry(site).or_default().remembering.ask(),
            Asked::Limit => {
                let work = self.limits.entry(site).or_default();
                work.remembering.ask();
                work.planning.ask();
            }
        }
    }

    /// Does what was asked for, as far as its time has come. A limit is on disk before it is obeyed.
    fn pass_on(&mut self, now: Moment) {
        let mut due = Vec::new();
        for (site, work) in &mut self.limits {
            due.push((site.clone(), work.remembering.take(now.mono_ms), work.planning.take(now.mono_ms)));
        }
        for (site, is_to_be_kept, is_to_be_planned) in due {
            if is_to_be_kept {
                self.keep_memory(&site);
            }
            if is_to_be_planned {
                self.cycle(&site);
            }
        }
        if self.writing.take(now.mono_ms) {
            self.write_wishes(now.wall);
        }
    }

    /// Writes what rooms were wished for into the book. With its revision the next look brings them into force.
    fn write_wishes(&mut self, wall: Timestamp) {
        let wishes: Vec<NewOverride> = std::mem::take(&mut self.wishes).into_values().collect();
        if let Err(error) = self.registry.add_overrides(&wishes, "controller", wall) {
            tracing::warn!(%error, wishes = wishes.len(), "what building systems asked for could not be written");
            self.tally.add("refused_messages", "registry", wishes.len() as u64);
        }
    }

    fn cycle_all(&mut self) {
        let sites: Vec<SiteId> = self.desks.keys().cloned().collect();
        for site in sites {
            // Overrides end by themselves, which changes no revision.
            self.refresh_overrides(&site);
            self.cycle(&site);
        }
        self.count_rivals("foreign_epochs", SiteController::foreign_epochs);
        self.count_rivals("foreign_seqs", SiteController::foreign_seqs);
    }

    /// Counts heartbeats that tell of another controller, and says so.
    fn count_rivals(&self, what: &'static str, heard: fn(&SiteController) -> u64) {
        let heard: u64 = self.desks.values().map(heard).sum();
        let known = self.tally.of(what, "heartbeat");
        if heard > known {
            let mono_ms = self.now().mono_ms;
            let told = self.desks.values().flat_map(|desk| desk.rival_tellers(mono_ms)).take(MAX_TELLERS);
            let heaters = told.map(HeaterId::as_str).collect::<Vec<_>>().join(", ");
            tracing::error!(
                what,
                heaters,
                "heaters tell of budgets that this controller never issued: two controllers are at work, or, where it is one heater alone, its credential is in wrong hands"
            );
            self.tally.add(what, "heartbeat", heard - known);
        }
    }

    fn cycle_recorded(&mut self) {
        let recorded = self.desks.iter().filter(|(_, desk)| desk.clock() == Clock::Recorded);
        let sites: Vec<SiteId> = recorded.map(|(site, _)| site.clone()).collect();
        sites.iter().for_each(|site| self.cycle(site));
    }

    fn refresh_overrides(&mut self, site: &SiteId) {
        let now = self.now();
        let read = self.registry.overrides(site, now.wall).map(|overrides| {
            if let Some(desk) = self.desks.get_mut(site) {
                desk.set_overrides(&overrides);
            }
        });
        if let Err(error) = read {
            tracing::warn!(%site, %error, "overrides could not be read; control goes on with what it knew");
        }
    }

    fn cycle(&mut self, site: &SiteId) {
        let now = self.now();
        let Some(desk) = self.desks.get_mut(site) else { return };
        let publications = desk.cycle(&self.key, now);
        self.tally.count("cycles", "done");
        for publication in publications {
            let is_budget = matches!(publication.topic.kind, TopicKind::Heater(..));
            let sent = self.link.try_publish(
                publication.topic.to_string(),
                publication.payload,
                Qos::AtLeastOnce,
                publication.retained,
            );
            // What does not go out is said again by the next cycle.
            match (sent, is_budget) {
                (Ok(()), true) => self.tally.count("budgets", "sent"),
                (Err(_), true) => self.tally.count("budgets", "no_room"),
                _ => {}
            }
        }
    }

    /// Looks for changes of the book; a change is planned for at once.
    fn read_book(&mut self) {
        let Ok(revision) = self.registry.revision() else { return };
        if revision == self.revision {
            return;
        }
        match self.open_desks() {
            Ok(()) => {
                self.revision = revision;
                self.cycle_all();
            }
            Err(error) => {
                tracing::warn!(%error, "the book could not be read again; control goes on with what it knew");
            }
        }
    }

    fn keep_memories(&mut self) {
        let sites: Vec<SiteId> = self.desks.keys().cloned().collect();
        sites.iter().for_each(|site| self.keep_memory(site));
    }

    /// Notes what holds now, for the reports of later.
    fn note_hours(&self) {
        let now = self.now();
        for (site, desk) in &self.desks {
            let Some(said) = desk.said(now) else { continue };
            if let Err(error) = self.registry.note_hours(site, &[said]) {
                tracing::warn!(%site, %error, "what was said of this hour could not be noted");
            }
        }
    }

    fn keep_memory(&self, site: &SiteId) {
        let Some(desk) = self.desks.get(site) else { return };
        if let Err(error) = self.registry.save_memory(site, &desk.memory().keep(), (self.clock)()) {
            tracing::warn!(%site, %error, "what the controller has learned could not be kept");
        }
    }
}

#[cfg(test)]
mod tests;
