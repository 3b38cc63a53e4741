//! What outlives a connection, and what outlives the process.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use broker::{BrokerError, Limits, Settings, ShelfError};
use registry::{Registry, Role};
use vocabulary::Timestamp;

use crate::house::{House, PATIENCE, clock, gateway, hasty, heater, site};
use crate::raw::{DISCONNECT, Raw, connect, connect_kept, connect_with, unsubscribe};

const ACK: &str = "hypocaust/1/s/heater/h1/ack";
const BUDGET: &str = "hypocaust/1/s/heater/h1/budget";

/// A client of a kept session: it can come, go, and come again with the same secret.
struct Keeper {
    id: &'static str,
    secret: String,
}

impl Keeper {
    fn new(house: &House, id: &'static str, role: &Role) -> Self {
        Self { id, secret: house.admit(id, role) }
    }

    async fn come(&self, house: &House) -> Raw {
        let mut raw = Raw::connect(house.address).await;
        raw.send(&connect_kept(self.id, &self.secret)).await;
        raw
    }

    async fn come_first(&self, house: &House) -> Raw {
        let mut raw = self.come(house).await;
        raw.accepted().await;
        raw
    }

    async fn come_again(&self, house: &House) -> Raw {
        let mut raw = self.come(house).await;
        raw.accepted_again().await;
        raw
    }

    async fn come_clean(&self, house: &House) -> Raw {
        let mut raw = Raw::connect(house.address).await;
        raw.send(&connect(self.id, &self.secret, 0)).await;
        raw.accepted().await;
        raw
    }
}

async fn leave(house: &House, mut raw: Raw) {
    let asleep = house.counters.value("sessions_asleep", None);
    raw.send(&DISCONNECT).await;
    raw.closed().await;
    while house.counters.value("sessions_asleep", None) == asleep {
        tokio::task::yield_now().await;
    }
}

/// What `kill -9` leaves of a broker's folder: whatever was written, and no good-bye.
fn as_killed(folder: &Path) -> tempfile::TempDir {
    let left = tempfile::tempdir().unwrap();
    fs::copy(folder.join("kept"), left.path().join("kept")).unwrap();
    left
}

#[tokio::test]
async fn a_kept_session_hears_on_while_its_client_is_away() {
    let house = House::open().await;
    let mut ingest = house.raw("ingest", &Role::Service).await;
    let keeper = Keeper::new(&house, "h1", &heater("h1"));
    let mut h1 = keeper.come_first(&house).await;
    assert_eq!((h1.subscribe(ACK, 1).await, h1.subscribe(BUDGET, 0).await), (1, 0));
    let mut gate = house.raw("gate", &gateway(&["h1"])).await;
    assert_eq!((gate.subscribe(ACK, 1).await, gate.subscribe(BUDGET, 1).await), (1, 1));
    leave(&house, h1).await;
    for payload in [b"1", b"2"] {
        ingest.publish(ACK, payload, false).await;
        ingest.publish(BUDGET, payload, false).await;
        // What another has heard is not on its way any more.
        gate.message().await;
        gate.message().await;
    }
    let mut h1 = keeper.come_again(&house).await;
    for payload in [b"1", b"2"] {
        let message = h1.message().await;
        assert_eq!((&message.topic[..], &message.payload[..], message.repeated), (ACK, &payload[..], false));
    }
    // Quality 0 was not kept, and the filters are still there.
    h1.quiet().await;
    ingest.publish(BUDGET, b"3", false).await;
    assert_eq!(h1.message().await.payload, b"3");
    assert_eq!(house.counters.value("sessions_resumed_total", None), 1);
}

#[tokio::test]
async fn what_was_not_acknowledged_comes_again_marked_and_in_order() {
    let house = House::open().await;
    let mut ingest = house.raw("ingest", &Role::Service).await;
    let keeper = Keeper::new(&house, "h1", &heater("h1"));
    let mut h1 = keeper.come_first(&house).await;
    assert_eq!(h1.subscribe(ACK, 1).await, 1);
    ingest.publish(ACK, b"1", false).await;
    ingest.publish(ACK, b"2", false).await;
    let (first, second) = (h1.owe().await, h1.owe().await);
    // Its connection breaks; a second one takes over.
    let mut h1 = keeper.come_again(&house).await;
    ingest.publish(ACK, b"3", false).await;
    for sent in [first, second] {
        let again = h1.owe().await;
        assert_eq!(again[0], sent[0] | 8);
        assert_eq!(again[1..], sent[1..], "the same id and message");
    }
    let third = h1.message().await;
    assert_eq!((&third.payload[..], third.repeated), (&b"3"[..], false));
}

#[tokio::test]
async fn quality_2_is_published_once_across_a_broken_connection() {
    let house = House::open().await;
    let record = "hypocaust/1/s/heater/h1/record";
    let mut ingest = house.raw("ingest", &Role::Service).await;
    assert_eq!(ingest.subscribe(record, 1).await, 1);
    let keeper = Keeper::new(&house, "h1", &heater("h1"));
    let mut h1 = keeper.come_first(&house).await;
    let publish = crate::raw::publish(record, b"1", 2, false, 9);
    h1.send(&publish).await;
    assert_eq!(h1.receive().await, [0x50, 2, 0, 9]);
    let mut h1 = keeper.come_again(&house).await;
    h1.send(&publish).await;
    assert_eq!(h1.receive().await, [0x50, 2, 0, 9]);
    h1.send(&[0x62, 2, 0, 9]).await;
    assert_eq!(h1.receive().await, [0x70, 2, 0, 9]);
    assert_eq!(ingest.message().await.payload, b"1");
    ingest.quiet().await;
}

#[tokio::test]
async fn a_clean_session_wipes_the_one_that_was_kept() {
    let house = House::open().await;
    let mut ingest = house.raw("ingest", &Role::Service).await;
    let keeper = Keeper::new(&house, "h1", &heater("h1"));
    let mut h1 = keeper.come_first(&house).await;
    assert_eq!(h1.subscribe(ACK, 1).await, 1);
    leave(&house, h1).await;
    ingest.publish(ACK, b"1", false).await;
    let mut h1 = keeper.come_clean(&house).await;
    ingest.publish(ACK, b"2", false).await;
    h1.quiet().await;
    assert_eq!(house.counted("sessions_ended_total", "cleaned"), 1);
    drop(h1);
    let mut h1 = keeper.come_first(&house).await;
    h1.quiet().await;
}

#[tokio::test]
async fn what_waits_for_a_client_that_is_away_is_bounded_and_the_loss_is_counted() {
    let house = House::with(Limits { asleep_messages: 10, ..Limits::default() }).await;
    let mut ingest = house.raw("ingest", &Role::Service).await;
    let keeper = Keeper::new(&house, "h1", &heater("h1"));
    let mut h1 = keeper.come_first(&house).await;
    assert_eq!(h1.subscribe(ACK, 1).await, 1);
    leave(&house, h1).await;
    for n in 0..25_u8 {
        ingest.publish(ACK, &[n], false).await;
    }
    while house.counted("messages_dropped_total", "asleep") < 15 {
        tokio::task::yield_now().await;
    }
    let mut h1 = keeper.come_again(&house).await;
    for n in 0..10 {
        assert_eq!(h1.message().await.payload, [n]);
    }
    h1.quiet().await;
}

#[tokio::test]
async fn of_too_many_sessions_the_one_that_was_away_longest_ends() {
    let house = House::with(Limits { asleep_sessions: 2, ..Limits::default() }).await;
    let keepers = ["h1", "h2", "h3"].map(|id| Keeper::new(&house, id, &heater(id)));
    for keeper in &keepers {
        let mut raw = keeper.come_first(&house).await;
        raw.send(&DISCONNECT).await;
        raw.closed().await;
    }
    while house.counted("sessions_ended_total", "too_many") == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(house.counters.value("sessions_asleep", None), 2);
}

#[tokio::test]
async fn a_session_ends_with_its_credential_and_after_a_long_absence() {
    let limits = Limits { credential_check: Duration::from_millis(20), ..Limits::default() };
    let house = House::with(limits.clone()).await;
    let keeper = Keeper::new(&house, "h1", &heater("h1"));
    leave(&house, keeper.come_first(&house).await).await;
    house.revoke("h1");
    while house.counted("sessions_ended_total", "revoked") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    let short = Limits { asleep_time: Duration::from_millis(1), ..limits.clone() };
    let house = House::with(short).await;
    let mut h1 = Keeper::new(&house, "h1", &heater("h1")).come_first(&house).await;
    h1.send(&DISCONNECT).await;
    while house.counted("sessions_ended_total", "expired") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }

    // A session of another year.
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_memory().unwrap();
    let house = House::on_at(Some(folder.path()), registry.clone(), limits.clone(), 0).await;
    let keeper = Keeper::new(&house, "h1", &heater("h1"));
    leave(&house, keeper.come_first(&house).await).await;
    house.close().await;
    let house = House::on(Some(folder.path()), registry, limits).await;
    while house.counted("sessions_ended_total", "expired") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(keeper.come_first(&house).await);
}

#[tokio::test]
async fn a_session_that_was_kept_under_an_old_secret_is_not_given_to_the_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_memory().unwrap();
    let limits = || Limits { credential_check: Duration::from_secs(3_600), ..Limits::default() };
    let mut house = House::on(Some(folder.path()), registry.clone(), limits()).await;
    let mut keeper = Keeper::new(&house, "h1", &heater("h1"));
    for is_stopped_meanwhile in [false, true] {
        let mut h1 = keeper.come_first(&house).await;
        assert_eq!(h1.subscribe(ACK, 1).await, 1);
        leave(&house, h1).await;
        if is_stopped_meanwhile {
            house.close().await;
            keeper.secret =
                registry.issue_credential(&"h1".parse().unwrap(), &heater("h1"), clock()()).unwrap();
            house = House::on(Some(folder.path()), registry.clone(), limits()).await;
        } else {
            keeper.secret = house.admit("h1", &heater("h1"));
        }
        let mut ingest = house.raw("ingest", &Role::Service).await;
        ingest.publish(ACK, b"1", false).await;
        let mut h1 = keeper.come_first(&house).await;
        ingest.publish(ACK, b"2", false).await;
        h1.quiet().await;
        assert_eq!(house.counted("sessions_ended_total", "revoked"), 1);
        h1.send(&DISCONNECT).await;
        h1.closed().await;
        keeper.secret = house.admit("h1", &heater("h1"));
    }
}

#[tokio::test]
async fn subscriptions_and_retained_messages_outlive_a_killed_process() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_memory().unwrap();
    let house = House::on(Some(folder.path()), registry.clone(), Limits::default()).await;
    let keeper = Keeper::new(&house, "h1", &heater("h1"));
    let mut h1 = keeper.come_first(&house).await;
    assert_eq!((h1.subscribe(ACK, 1).await, h1.subscribe(BUDGET, 1).await), (1, 1));
    h1.send(&unsubscribe(9, &[BUDGET])).await;
    h1.receive().await;
    let mut controller = house.raw("controller", &Role::Service).await;
    controller.publish("hypocaust/1/s/site/state", b"old", true).await;
    controller.publish("hypocaust/1/s/site/state", b"new", true).await;
    controller.publish("hypocaust/1/s/site/work", b"gone", true).await;
    controller.publish("hypocaust/1/s/site/work", b"", true).await;

    let left = as_killed(folder.path());
    drop(house);
    let house = House::on(Some(left.path()), registry, Limits::default()).await;
    let mut controller = house.raw("controller", &Role::Service).await;
    controller.publish(BUDGET, b"1", false).await;
    controller.publish(ACK, b"2", false).await;
    let mut h1 = keeper.come_again(&house).await;
    assert_eq!(h1.message().await.payload, b"2");
    h1.quiet().await;
    let mut pages = house.raw("pages", &Role::Service).await;
    assert_eq!(pages.subscribe("hypocaust/1/#", 1).await, 1);
    let state = pages.message().await;
    assert_eq!((&state.payload[..], state.retained), (&b"new"[..], true));
    pages.quiet().await;
}

#[tokio::test]
async fn all_of_ten_thousand_retained_messages_come_back_after_a_kill() {
    const ROOMS: u32 = 10_000;
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_memory().unwrap();
    let house = House::on(Some(folder.path()), registry.clone(), Limits::default()).await;
    let mut controller = house.raw("controller", &Role::Service).await;
    for n in 0..ROOMS {
        controller.publish(&format!("hypocaust/1/s/room/r{n:05}/state"), &n.to_be_bytes(), true).await;
    }
    let left = as_killed(folder.path());
    drop(house);
    let house = House::on(Some(left.path()), registry, Limits::default()).await;
    let mut pages = house.raw("pages", &Role::Service).await;
    assert_eq!(pages.subscribe("hypocaust/1/+/room/+/state", 1).await, 1);
    for n in 0..ROOMS {
        let message = pages.message().await;
        assert_eq!(message.topic, format!("hypocaust/1/s/room/r{n:05}/state"));
        assert_eq!((message.payload, message.retained), (n.to_be_bytes().to_vec(), true));
    }
    pages.quiet().await;
    house.close().await;
    let counted = fs::metadata(left.path().join("kept")).unwrap().len();
    assert!(counted < 1024 * 1024, "{counted} bytes for 10,000 short messages");
}

#[tokio::test]
async fn a_retained_will_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::in_memory().unwrap();
    let status = "hypocaust/1/s/heater/h1/status";
    let house = House::on(Some(folder.path()), registry.clone(), Limits::default()).await;
    let secret = house.admit("h1", &heater("h1"));
    let mut h1 = Raw::connect(house.address).await;
    h1.send(&connect_with("h1", "h1", &secret, 0, Some((status, "offline", true)))).await;
    h1.accepted().await;
    drop(h1);
    while house.counters.value("retained", None) == 0 {
        tokio::task::yield_now().await;
    }
    house.close().await;
    let house = House::on(Some(folder.path()), registry, Limits::default()).await;
    let mut pages = house.raw("pages", &Role::Service).await;
    assert_eq!(pages.subscribe(status, 0).await, 0);
    assert_eq!(pages.message().await.payload, b"offline");
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_named_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let _house = House::on(Some(folder.path()), Registry::in_memory().unwrap(), Limits::default()).await;
    let mut settings = Settings::new("127.0.0.1:0".parse().unwrap());
    settings.folder = Some(folder.path().to_owned());
    let error = broker::bind(settings.clone(), clock()).await.err().unwrap();
    assert!(matches!(error, BrokerError::Shelf(ShelfError::InUse(_))), "{error}");

    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("kept"), b"a letter").unwrap();
    settings.folder = Some(other.path().to_owned());
    let error = broker::bind(settings, clock()).await.err().unwrap();
    assert!(error.to_string().contains("move it away"), "{error}");
    assert_eq!(fs::read(other.path().join("kept")).unwrap(), b"a letter");
}

#[tokio::test]
async fn a_clock_that_is_set_ends_nobodys_session() {
    // A machine without a clock of its own starts in 1970, until the network tells it better.
    let ms = Arc::new(AtomicI64::new(0));
    let hands = ms.clone();
    let clock = Arc::new(move || Timestamp::from_ms(hands.load(Ordering::Relaxed)));
    let house = House::by(clock, None, Registry::in_memory().unwrap(), hasty()).await;
    let keeper = Keeper::new(&house, "h1", &heater("h1"));
    leave(&house, keeper.come_first(&house).await).await;
    let mut other = house.raw("h2", &heater("h2")).await;
    ms.store(1_763_632_000_000, Ordering::Relaxed);
    // Whoever is revoked now is put out by a look at all sessions after the clock was set.
    house.revoke("h2");
    other.closed().await;
    drop(keeper.come_again(&house).await);
    assert_eq!(house.counted("sessions_ended_total", "expired"), 0);
}

/// A client with a will goes after its credential was revoked: put out by the broker's check, or by itself before that.
async fn hear_after_revocation(check: Duration, id: &str, role: &Role, will: &str) -> Vec<u8> {
    let house = House::with(Limits { credential_check: check, ..Limits::default() }).await;
    let mut ingest = house.raw("ingest", &Role::Service).await;
    assert_eq!(ingest.subscribe(will, 1).await, 1);
    let secret = house.admit(id, role);
    let mut raw = Raw::connect(house.address).await;
    raw.send(&connect_with(id, id, &secret, 0, Some((will, "the will", false)))).await;
    raw.accepted().await;
    house.revoke(id);
    if check < PATIENCE {
        raw.closed().await;
    }
    drop(raw);
    while house.counters.value("connections", None) > 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    house.raw("controller", &Role::Service).await.publish(will, b"after it", false).await;
    ingest.message().await.payload
}

#[tokio::test]
async fn a_revoked_credential_has_no_last_word_but_that_its_heater_is_gone() {
    for check in [Duration::from_millis(20), Duration::from_secs(3_600)] {
        let bms = Role::BuildingSystem { site: site() };
        let limit = "hypocaust/1/s/site/limit";
        assert_eq!(hear_after_revocation(check, "bms", &bms, limit).await, b"after it");
        let status = "hypocaust/1/s/heater/h1/status";
        assert_eq!(hear_after_revocation(check, "h1", &heater("h1"), status).await, b"the will");
    }
}
