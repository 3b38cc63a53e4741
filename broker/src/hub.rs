//! The middle of the broker: the router fans each message out to the lanes that want it, and each lane hands it to its
//! sessions. Keeps the router alive.
//!
//! ```text
//! session ──publish──> one link ──> router (filters, logs) ──> lanes that asked ──hand out──> mailboxes
//! ```
//!
//! When the router's thread ends, a new router takes its place and every subscription is made again; connections and
//! retained messages stay, the messages that were inside the old router are lost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use registry::Role;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{error, info};

use crate::counters::{Count, Counters};
use crate::flow::{Flow, Next};
use crate::lane::{Listener, Order, SessionKey, Table};
use crate::mailbox::Mailbox;
use crate::packet::Qos;
use crate::retained::Retained;
use crate::router::{self, Heard, LaneRx, LaneTx, Message, Mouth, RouterGone};
use crate::rules::Grant;
use crate::tide::Tide;

/// Platform parts, heaters and gateways, everyone else: the three hardly ever want the same messages, so the router
/// brings almost every message to one lane only, and a crowd in one does not hold up another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Platform = 0,
    Heaters = 1,
    Guests = 2,
}

impl Lane {
    pub(crate) fn of(role: &Role) -> Self {
        match role {
            Role::Service => Self::Platform,
            Role::Heater { .. } | Role::Gateway { .. } => Self::Heaters,
            Role::WorkSource { .. } | Role::BuildingSystem { .. } | Role::Observer { .. } => Self::Guests,
        }
    }
}

const LANES: usize = 3;
/// Between the end of a router and the start of the next, so that a router that dies at once does not spin.
const RESTART_PAUSE: Duration = Duration::from_millis(100);

/// The middle of the broker; shared by every session.
pub(crate) struct Hub {
    tables: [Mutex<Table>; LANES],
    /// Locked after a table or the retained messages, never before.
    wires: Mutex<Wires>,
    /// Changes whenever a waiting publisher should look again.
    moved: watch::Sender<u64>,
    retained: Retained,
    tide: Tide,
    counters: Counters,
}

struct Wires {
    mouth: Mouth,
    lanes: Vec<LaneTx>,
    flow: Flow,
}

impl Hub {
    /// Starts the router. [`Hub::supervise`] is to be run with what comes beside the hub.
    pub(crate) async fn start(
        retained: Retained,
        counters: &Counters,
    ) -> Result<(Arc<Self>, Vec<LaneRx>), RouterGone> {
        let (wires, receivers) = start_router().await?;
        counters.set(Count::RouterUp, 1);
        let hub = Self {
            tables: Default::default(),
            wires: Mutex::new(wires),
            moved: watch::Sender::new(0),
            retained,
            tide: Tide::default(),
            counters: counters.clone(),
        };
        Ok((Arc::new(hub), receivers))
    }

    /// Publishes a message, whose topic is well formed. Waits while the lanes are behind, and if it does not come from
    /// the platform, for the platform's brisk readers; a message that is to be kept waits until it is. Gives whether
    /// it waited.
    pub(crate) async fn publish(&self, from: Lane, message: &Message, retain: bool) -> bool {
        let waited = from != Lane::Platform && self.tide.wait().await;
        let next = if retain {
            let payload = message.payload();
            let (next, written) =
                self.retained.keep(message.topic(), &payload, message.qos(), || self.send(message));
            written.wait().await;
            next
        } else {
            self.send(message)
        };
        if next == Next::Wait {
            self.wait_for_lanes().await;
        }
        waited || retain || next == Next::Wait
    }

    /// A session has taken something from its mailbox.
    pub(crate) fn ease(&self, lane: Lane) {
        if lane == Lane::Platform {
            self.tide.ease();
        }
    }

    /// Adds a listener and gives back when the router has it too: what is published from then on will arrive.
    pub(crate) async fn subscribe(&self, lane: Lane, grant: &Grant, listener: &Listener) {
        let waits = {
            let mut table = lock(&self.tables[lane as usize]);
            let (orders, waits) = table.add(grant, listener);
            self.tell(lane, &orders);
            waits
        };
        for wait in waits {
            // An error means that the subscription was given up meanwhile: nothing to wait for.
            let _ = wait.await;
        }
    }

    /// Puts everything that is kept below a grant into a mailbox.
    pub(crate) fn replay(&self, grant: &Grant, listener: &Listener) {
        self.retained.replay(grant, listener.qos.min(Qos::AtLeastOnce), &listener.mailbox);
    }

    /// Gives a listener another QoS, and interrupts nothing.
    pub(crate) fn change_qos(&self, lane: Lane, grant: &Grant, session: SessionKey, from: Qos, to: Qos) {
        lock(&self.tables[lane as usize]).change_qos(grant, session, from, to);
    }

    /// Takes a listener out; grant and QoS are those it has.
    pub(crate) fn unsubscribe(&self, lane: Lane, grant: &Grant, session: SessionKey, qos: Qos) {
        let mut table = lock(&self.tables[lane as usize]);
        let orders = table.remove(grant, session, qos);
        self.tell(lane, &orders);
    }

    /// Listens to the router and replaces it when it ends. Runs until it is dropped.
    pub(crate) async fn supervise(self: Arc<Self>, mut receivers: Vec<LaneRx>) {
        loop {
            let mut lanes = JoinSet::new();
            for (lane, rx) in receivers.into_iter().enumerate() {
                lanes.spawn(self.clone().listen(lane, rx));
            }
            lanes.join_next().await;
            drop(lanes);
            self.counters.set(Count::RouterUp, 0);
            self.counters.add(Count::RouterRestarts);
            error!("the broker's router ended; starting a new one, messages on their way are lost");
            receivers = self.replace_router().await;
            self.counters.set(Count::RouterUp, 1);
            info!("the broker's router runs again");
        }
    }

    async fn replace_router(&self) -> Vec<LaneRx> {
        loop {
            tokio::time::sleep(RESTART_PAUSE).await;
            let Ok((new_wires, receivers)) = start_router().await else { continue };
            let mut tables: Vec<_> = self.tables.iter().map(lock).collect();
            let mut wires = lock(&self.wires);
            *wires = new_wires;
            for (table, tx) in tables.iter_mut().zip(&mut wires.lanes) {
                obey(tx, &table.start_over());
            }
            self.moved.send_modify(|n| *n += 1);
            return receivers;
        }
    }

    /// One lane's ear, until the router ends.
    async fn listen(self: Arc<Self>, lane: usize, mut rx: LaneRx) {
        let mut mark = Mark::None;
        loop {
            let heard = rx.next().await;
            match heard {
                Ok(Heard::Message { subscription, offset, message }) => {
                    let press = |mailbox: &Arc<Mailbox>| {
                        if lane == Lane::Platform as usize {
                            self.tide.press(mailbox);
                        }
                    };
                    let mut table = lock(&self.tables[lane]);
                    table.hand_out(subscription, offset, &message, &self.counters, press);
                }
                Ok(Heard::Subscribed) => lock(&self.tables[lane]).answered(),
                Ok(Heard::Pong) => mark = self.mark_answered(lane, mark),
                Ok(Heard::Paused) => {
                    mark = mark.with_backlog();
                    if rx.wake().await.is_err() {
                        return;
                    }
                }
                Ok(Heard::Nothing) => {}
                Err(RouterGone) => return,
            }
            // A long batch is handed over without waiting: let others have their turn.
            tokio::task::coop::consume_budget().await;
        }
    }

    /// A lane is asked twice: the answer to the second ping comes from a later sweep of the router than the answer
    /// to the mark, so if no pause lies between them, everything before the mark has been handed over.
    fn mark_answered(&self, lane: usize, mark: Mark) -> Mark {
        let mut wires = lock(&self.wires);
        if mark == Mark::Asked {
            wires.flow.caught_up(lane);
            drop(wires);
            self.moved.send_modify(|n| *n += 1);
            return Mark::None;
        }
        // When this fails the router is gone and the lane's ear will say so.
        let _ = wires.lanes[lane].ping();
        Mark::Asked
    }

    fn send(&self, message: &Message) -> Next {
        let mut wires = lock(&self.wires);
        if wires.mouth.publish(message).is_err() {
            self.counters.add(Count::DroppedRouter);
            return Next::Go;
        }
        let next = wires.flow.sent(message.bytes());
        wires.send_marks_if(next)
    }

    async fn wait_for_lanes(&self) {
        let mut moved = self.moved.subscribe();
        loop {
            {
                let mut wires = lock(&self.wires);
                let next = wires.flow.next();
                if wires.send_marks_if(next) == Next::Go {
                    return;
                }
            }
            if moved.changed().await.is_err() {
                return;
            }
        }
    }

    /// Told while the table is locked, so that the router answers in the table's order.
    fn tell(&self, lane: Lane, orders: &[Order]) {
        if !orders.is_empty() {
            obey(&mut lock(&self.wires).lanes[lane as usize], orders);
        }
    }
}

/// How far a lane is with the last mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    /// The mark is answered; asked again to be sure that nothing is behind.
    Asked,
    /// The same, but the router paused since: it is to be asked once more.
    Behind,
}

impl Mark {
    fn with_backlog(self) -> Self {
        if self == Self::None { Self::None } else { Self::Behind }
    }
}

impl Wires {
    fn send_marks_if(&mut self, next: Next) -> Next {
        if next == Next::Mark {
            for lane in &mut self.lanes {
                // When this fails the router is gone; its replacement starts with a clean flow.
                let _ = lane.ping();
            }
            return Next::Go;
        }
        next
    }
}

/// Orders that do not reach the router are given again to the next one, from the table.
fn obey(tx: &mut LaneTx, orders: &[Order]) {
    for order in orders {
        let _ = match order {
            Order::Subscribe(filter, subscription) => tx.subscribe(filter, *subscription),
            Order::Unsubscribe(filter) => tx.unsubscribe(filter),
        };
    }
}

async fn start_router() -> Result<(Wires, Vec<LaneRx>), RouterGone> {
    let links = tokio::task::spawn_blocking(|| router::start(LANES)).await;
    let links = links.map_err(|_| RouterGone)??;
    let (lanes, receivers) = links.lanes.into_iter().unzip();
    Ok((Wires { mouth: links.mouth, lanes, flow: Flow::new(LANES) }, receivers))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::mailbox::Bounds;
    use crate::shelf::Shelf;

    async fn start(counters: &Counters) -> Result<(Arc<Hub>, Vec<LaneRx>), RouterGone> {
        let retained = Retained::new(10, Default::default(), Shelf::none(), counters.clone());
        Hub::start(retained, counters).await
    }

    fn listener(session: u64) -> Listener {
        let mailbox = Arc::new(Mailbox::new(Bounds { messages: 100_000, bytes: 100_000_000 }));
        Listener { session: SessionKey(session), qos: Qos::AtLeastOnce, mailbox }
    }

    fn message(n: u32) -> Message {
        Message::new(b"hypocaust/1/s/heater/h/record", &n.to_be_bytes(), Qos::AtLeastOnce)
    }

    async fn next(listener: &Listener) -> u32 {
        loop {
            if let Some(delivery) = listener.mailbox.pop() {
                return u32::from_be_bytes(delivery.payload[..].try_into().unwrap());
            }
            listener.mailbox.arrived().await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn everything_arrives_in_order_however_fast_it_is_published() {
        let counters = Counters::new();
        let (hub, receivers) = start(&counters).await.unwrap();
        let supervisor = tokio::spawn(hub.clone().supervise(receivers));
        let listener = listener(1);
        let grant = Grant::Wide("hypocaust/1/#".to_owned());
        hub.subscribe(Lane::Platform, &grant, &listener).await;
        let publisher = {
            let hub = hub.clone();
            tokio::spawn(async move {
                for n in 0..50_000 {
                    hub.publish(Lane::Heaters, &message(n), false).await;
                }
            })
        };
        for n in 0..50_000 {
            assert_eq!(next(&listener).await, n);
        }
        publisher.await.unwrap();
        assert_eq!(counters.read(Count::DroppedRouter), 0);
        supervisor.abort();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn subscriptions_may_come_and_go_while_messages_fly() {
        let counters = Counters::new();
        let (hub, receivers) = start(&counters).await.unwrap();
        let supervisor = tokio::spawn(hub.clone().supervise(receivers));
        let grant = Grant::Wide("hypocaust/1/+/heater/+/record".to_owned());
        let publisher = {
            let hub = hub.clone();
            tokio::spawn(async move {
                for n in 0.. {
                    hub.publish(Lane::Heaters, &message(n), false).await;
                    tokio::task::yield_now().await;
                }
            })
        };
        for session in 0..300 {
            let listener = listener(session);
            hub.subscribe(Lane::Platform, &grant, &listener).await;
            let first = next(&listener).await;
            for n in 1..10 {
                assert_eq!(next(&listener).await, first + n);
            }
            hub.unsubscribe(Lane::Platform, &grant, listener.session, listener.qos);
        }
        publisher.abort();
        assert_eq!(counters.read(Count::RouterRestarts), 0);
        supervisor.abort();
    }

    #[tokio::test]
    async fn only_what_is_to_be_kept_waits_for_the_disk() {
        let counters = Counters::new();
        let (shelf, disk) = Shelf::stuck();
        let retained = Retained::new(10, Default::default(), shelf, counters.clone());
        let (hub, receivers) = Hub::start(retained, &counters).await.unwrap();
        let message = message(1);
        assert!(hub.publish(Lane::Heaters, &message, false).now_or_never().is_some());
        let kept = hub.publish(Lane::Heaters, &message, true);
        tokio::pin!(kept);
        assert!(kept.as_mut().now_or_never().is_none());
        assert!(hub.publish(Lane::Heaters, &message, false).now_or_never().is_some());
        // What is kept already has nothing to wait for.
        assert!(hub.publish(Lane::Heaters, &message, true).now_or_never().is_some());
        drop(disk);
        kept.await;
        drop(receivers);
    }

    #[tokio::test]
    async fn a_router_that_ends_is_replaced_and_listeners_hear_on() {
        let counters = Counters::new();
        let (hub, receivers) = start(&counters).await.unwrap();
        router::tests::kill(&mut lock(&hub.wires).lanes[2], &receivers[2]);
        let listener = listener(1);
        let supervisor = tokio::spawn(hub.clone().supervise(receivers));
        hub.subscribe(Lane::Platform, &Grant::Wide("hypocaust/1/#".to_owned()), &listener).await;
        hub.publish(Lane::Heaters, &message(7), false).await;
        assert_eq!(next(&listener).await, 7);
        assert_eq!((counters.read(Count::RouterRestarts), counters.router_is_up()), (1, true));
        supervisor.abort();
    }
}
