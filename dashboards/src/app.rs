//! What every handler shares: the book, the board, history, the clock, and the way to wait for slow reads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use registry::{Clock, Registry, RegistryError, Site, SiteBook};
use store::Store;
use tokio::sync::watch;
use vocabulary::{SiteId, Timestamp};

use crate::accept::PutOut;
use crate::board::Board;
use crate::crowd::Crowd;
use crate::day::Day;
use crate::facts::Building;
use crate::front::Front;
use crate::long_reads::LongReads;
use crate::throttle::Throttle;
use crate::{ClockFn, Demonstration, FiguresFn, HealthFn, Installation, Parts};

/// The figures of a day are computed again after this.
const DAY_KEPT_MS: i64 = 60_000;

/// Open event streams altogether: half of the connections.
const STREAMS: usize = 256;
/// Open event streams of one person or token: a browser opens six connections to one server.
const STREAMS_EACH: usize = 8;

/// What every handler shares.
pub(crate) struct App {
    pub(crate) registry: Registry,
    pub(crate) store: Store,
    pub(crate) board: Board,
    pub(crate) clock: ClockFn,
    pub(crate) figures: FiguresFn,
    pub(crate) health: HealthFn,
    pub(crate) installation: Installation,
    /// When this process began to serve.
    pub(crate) started: Timestamp,
    pub(crate) demonstration: Option<Demonstration>,
    /// Where the server stands.
    pub(crate) front: Front,
    /// Slows down those who guess passwords.
    pub(crate) throttle: Mutex<Throttle>,
    /// Open event streams, by whoever listens.
    pub(crate) streams: Arc<Crowd<Arc<str>>>,
    /// Reports and exports under way.
    pub(crate) long_reads: LongReads,
    /// Connections that were not served to their end.
    pub(crate) put_out: Arc<PutOut>,
    /// Set once there is a person: there are never none again.
    has_people: AtomicBool,
    /// Ends open streams.
    pub(crate) shutdown: watch::Receiver<bool>,
    books: Mutex<Option<(u64, Arc<Vec<SiteBook>>)>>,
    days: Mutex<HashMap<SiteId, (Timestamp, Arc<Day>)>>,
}

/// The shared state as handlers receive it.
pub(crate) type Shared = Arc<App>;

impl App {
    /// Takes the parts; gives the shared state and how to reach the broker.
    pub(crate) fn new(
        parts: Parts,
        front: Front,
        shutdown: watch::Receiver<bool>,
    ) -> (Shared, link::Settings) {
        let app = Self {
            registry: parts.registry,
            store: parts.store,
            board: Board::new(),
            started: (parts.clock)(),
            clock: parts.clock,
            figures: parts.figures,
            health: parts.health,
            installation: parts.installation,
            demonstration: parts.demonstration,
            front,
            throttle: Mutex::default(),
            streams: Crowd::new(STREAMS, STREAMS_EACH),
            long_reads: LongReads::new(),
            put_out: Arc::default(),
            has_people: AtomicBool::new(false),
            shutdown,
            books: Mutex::default(),
            days: Mutex::default(),
        };
        (Arc::new(app), parts.link)
    }

    /// Our own clock.
    pub(crate) fn wall(&self) -> Timestamp {
        (self.clock)()
    }

    /// Whether there is a person, so that everybody has to sign in.
    pub(crate) fn has_people(&self) -> Result<bool, RegistryError> {
        if !self.has_people.load(Ordering::Relaxed) && self.registry.has_people()? {
            self.has_people.store(true, Ordering::Relaxed);
        }
        Ok(self.has_people.load(Ordering::Relaxed))
    }

    /// The site's now: ours, or the newest that a recording has named.
    pub(crate) fn now(&self, site: &Site) -> Timestamp {
        match site.clock {
            Clock::Wall => self.wall(),
            Clock::Recorded => self.board.read(&site.id, |live| live.newest).unwrap_or_else(|| self.wall()),
        }
    }

    /// Every site with its rooms and heaters; read again when the book has changed.
    pub(crate) fn books(&self) -> Result<Arc<Vec<SiteBook>>, RegistryError> {
        let revision = self.registry.revision()?;
        // What is kept is replaced whole, so a panic while the lock was held cannot leave it half-written.
        let mut kept = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, books)) = &*kept
            && *of == revision
        {
            return Ok(books.clone());
        }
        let books = Arc::new(self.registry.books()?);
        self.board.know(&books);
        *kept = Some((revision, books.clone()));
        Ok(books)
    }

    /// Joins the book and the board.
    pub(crate) fn building(&self, book: &SiteBook) -> Result<Building, RegistryError> {
        let now = self.now(&book.site);
        let overrides = self.registry.overrides(&book.site.id, now)?;
        let instructions = self.registry.instructions(&book.site.id)?;
        let wall = self.wall();
        let building =
            self.board.read(&book.site.id, |live| Building::join(book, live, &overrides, now, wall));
        Ok(building.instructed(instructions))
    }

    /// The last 24 hours in figures, at most a minute old.
    pub(crate) fn day(&self, book: &SiteBook, now: Timestamp) -> Arc<Day> {
        let kept = |days: &HashMap<SiteId, (Timestamp, Arc<Day>)>| {
            let (at, day) = days.get(&book.site.id)?;
            (now.since(*at).abs() < DAY_KEPT_MS).then(|| day.clone())
        };
        if let Some(day) = kept(&self.days.lock().unwrap_or_else(PoisonError::into_inner)) {
            return day;
        }
        // The lock is not held while history is read: two visitors may both read it, and neither waits.
        let day = Arc::new(Day::read(&self.store, book, now));
        let mut days = self.days.lock().unwrap_or_else(PoisonError::into_inner);
        days.insert(book.site.id.clone(), (now, day.clone()));
        day
    }
}

/// Runs `work` where it may wait for a disk. A panic inside goes on outside.
pub(crate) async fn blocking<T: Send + 'static>(
    app: &Shared,
    work: impl FnOnce(&App) -> T + Send + 'static,
) -> T {
    let app = app.clone();
    match tokio::task::spawn_blocking(move || work(&app)).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
