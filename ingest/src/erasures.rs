//! Wishes that nothing be known of the people in a room, carried out in history: one round at a time, beside commits.

use registry::{PresenceErasure, Registry};
use store::{Erasure, Store};
use tokio::task::JoinHandle;
use vocabulary::{Timestamp, WallClock};

/// A round that failed is tried again after this, ms: history's disk may be full for a while.
const AGAIN_AFTER_MS: u64 = 60_000;

/// What is still to be carried out.
pub(crate) struct Erasures {
    registry: Registry,
    store: Store,
    clock: WallClock,
    /// Since the start no round has succeeded: what was done once is done again, for history may have come back with a backup.
    is_first: bool,
    /// When the next round is due, on the monotonic clock of whoever calls.
    due_ms: Option<u64>,
    round: Option<JoinHandle<bool>>,
}

impl Erasures {
    /// All wishes of the book are due.
    pub(crate) fn new(registry: Registry, store: Store, clock: WallClock) -> Self {
        Self { registry, store, clock, is_first: true, due_ms: Some(0), round: None }
    }

    /// The book has changed: there may be another wish.
    pub(crate) fn book_changed(&mut self) {
        self.due_ms = Some(0);
    }

    /// Begins a round, if one is due and none under way.
    pub(crate) async fn tick(&mut self, now_ms: u64) {
        if let Some(round) = self.round.take_if(|round| round.is_finished()) {
            let is_done = round.await.unwrap_or(false);
            self.is_first &= !is_done;
            if !is_done {
                self.due_ms.get_or_insert(now_ms + AGAIN_AFTER_MS);
            }
        }
        if self.round.is_none() && self.due_ms.is_some_and(|due_ms| due_ms <= now_ms) {
            self.due_ms = None;
            let (registry, store, is_first) = (self.registry.clone(), self.store.clone(), self.is_first);
            let now = (self.clock)();
            self.round =
                Some(tokio::task::spawn_blocking(move || carry_out(&registry, &store, is_first, now)));
        }
    }
}

/// Carries out what is not done, or everything; says whether all of that succeeded.
fn carry_out(registry: &Registry, store: &Store, everything: bool, now: Timestamp) -> bool {
    let wishes = match registry.presence_erasures() {
        Ok(wishes) => wishes,
        Err(error) => {
            tracing::warn!(%error, "wishes to erase presence could not be read; they are read again in a minute");
            return false;
        }
    };
    let due = wishes.iter().filter(|wish| everything || wish.done_at.is_none());
    // One that fails holds up no other.
    let failed = due.filter(|wish| !carry_out_one(registry, store, wish, now)).count();
    failed == 0
}

fn carry_out_one(registry: &Registry, store: &Store, wish: &PresenceErasure, now: Timestamp) -> bool {
    let (site, room) = (wish.place.site.clone(), wish.place.room.clone());
    let from = wish.from.unwrap_or(Timestamp::from_ms(i64::MIN));
    let erased = store.erase(&Erasure { site, room, from, to: wish.before }, now);
    let done = erased
        .map_err(|error| error.to_string())
        .and_then(|()| registry.presence_erased(wish, "ingest", now).map_err(|error| error.to_string()));
    if let Err(error) = &done {
        let (site, room) = (&wish.place.site, &wish.place.room);
        tracing::warn!(%site, %room, error, "presence could not be erased; it is tried again in a minute");
    }
    done.is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use registry::TenantRoom;
    use store::{Arrival, Place, Retention, Selector, StoredSample};
    use vocabulary::{BootId, HeaterId, Metric, Quality, Reading, RoomId, SiteId};

    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_000_000);

    fn place() -> TenantRoom {
        TenantRoom { site: SiteId::new("demo").unwrap(), room: RoomId::new("101").unwrap() }
    }

    fn somebody_was_there() -> Arrival {
        let (site, room) = (place().site, Some(place().room));
        let (reading, quality) = (Reading::Value(1.0), Quality::Good);
        let sample = StoredSample { ts: NOW.plus_ms(-5), metric: Metric::Presence, reading, quality };
        let (heater, boot) = (HeaterId::new("h").unwrap(), BootId::from_bits(1));
        Arrival { site, heater, room, boot, bn: 1, seq: 1, low: 1, late: false, samples: vec![sample] }
    }

    fn known(store: &Store) -> usize {
        let selector =
            Selector { site: place().site, place: Place::Room(place().room), metric: Metric::Presence };
        store.range(&selector, Timestamp::from_ms(0), NOW, 9).unwrap().len()
    }

    /// Ticks until no round is under way.
    async fn settle(erasures: &mut Erasures) {
        erasures.tick(0).await;
        while erasures.round.is_some() {
            tokio::task::yield_now().await;
            erasures.tick(0).await;
        }
    }

    #[tokio::test]
    async fn a_wish_of_the_book_is_carried_out_and_again_after_history_came_back() {
        let folder = tempfile::tempdir().unwrap();
        let open = |name: &str| Store::open(&folder.path().join(name), Retention::default()).unwrap();
        let registry = Registry::in_memory().unwrap();
        let clock: WallClock = Arc::new(|| NOW);
        let store = open("history");
        store.write(&[somebody_was_there()]).unwrap();
        let mut erasures = Erasures::new(registry.clone(), store.clone(), clock.clone());
        settle(&mut erasures).await;
        assert_eq!(known(&store), 1);
        registry.erase_presence(&place(), (None, NOW), "tim", NOW).unwrap();
        erasures.book_changed();
        settle(&mut erasures).await;
        assert_eq!(known(&store), 0);
        assert_eq!(registry.presence_erasures().unwrap()[0].done_at, Some(NOW));
        // Another history under the same book, as after a restore.
        let restored = open("restored");
        restored.write(&[somebody_was_there()]).unwrap();
        settle(&mut Erasures::new(registry, restored.clone(), clock)).await;
        assert_eq!(known(&restored), 0);
    }
}
