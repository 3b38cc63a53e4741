//! What well-behaved clients live through, by way of `link`. What holds at any broker is in `tests/contract`.

use bytes::Bytes;
use link::{Event, Inbox, Link, Publication, Qos};
use registry::Role;
use tokio::time::timeout;

use crate::house::{House, PATIENCE, clock, gateway, heater, observer, site};

async fn next(inbox: &mut Inbox) -> Event {
    timeout(PATIENCE, inbox.next()).await.expect("an event in time").expect("the link is open")
}

/// Opens a link and waits until it is up with every filter granted.
async fn open(settings: link::Settings) -> (Link, Inbox) {
    let (link, mut inbox) = link::open(settings).unwrap();
    assert_eq!(next(&mut inbox).await, Event::Up { refused: vec![] });
    (link, inbox)
}

fn message(topic: &str, payload: &str, retained: bool) -> Event {
    let payload = Bytes::from(payload.to_owned());
    Event::Message { topic: topic.to_owned(), payload, retained }
}

const RECORD: &str = "hypocaust/1/s/heater/h1/record";
const ACK: &str = "hypocaust/1/s/heater/h1/ack";
const STATUS: &str = "hypocaust/1/s/heater/h1/status";
const STATE: &str = "hypocaust/1/s/site/state";

#[tokio::test]
async fn a_record_goes_up_and_its_acknowledgement_comes_down() {
    let house = House::open().await;
    let ingest = house.link("ingest", &Role::Service);
    let (ingest, mut records) =
        open(ingest.subscribe("hypocaust/1/+/heater/+/record", Qos::AtLeastOnce)).await;
    let (h1, mut acks) = open(house.link("h1", &heater("h1")).subscribe(ACK, Qos::AtLeastOnce)).await;
    let (_h2, mut others) =
        open(house.link("h2", &heater("h2")).subscribe("hypocaust/1/s/heater/h2/ack", Qos::AtLeastOnce))
            .await;
    h1.publish(RECORD, "{}", Qos::AtLeastOnce, false).await.unwrap();
    assert_eq!(next(&mut records).await, message(RECORD, "{}", false));
    ingest.publish(ACK, "ok", Qos::AtLeastOnce, false).await.unwrap();
    assert_eq!(next(&mut acks).await, message(ACK, "ok", false));
    assert_eq!(others.try_next(), None);
    h1.close().await;
    assert_eq!(acks.next().await, None);
    house.close().await;
}

#[tokio::test]
async fn a_retained_message_waits_for_whoever_comes_later() {
    let house = House::open().await;
    let (controller, _inbox) = open(house.link("controller", &Role::Service)).await;
    controller.publish(STATE, "old", Qos::AtLeastOnce, true).await.unwrap();
    controller.publish(STATE, "new", Qos::AtLeastOnce, true).await.unwrap();
    // Neither deletes it: not an empty message that is not to be kept, nor any other.
    controller.publish(STATE, "", Qos::AtLeastOnce, false).await.unwrap();
    controller.publish(STATE, "passing", Qos::AtLeastOnce, false).await.unwrap();
    controller.close().await;

    let pages = house.link("pages", &Role::Service).subscribe("hypocaust/1/#", Qos::AtMostOnce);
    let (pages, mut states) = open(pages).await;
    assert_eq!(next(&mut states).await, message(STATE, "new", true));
    pages.publish(STATE, "newest", Qos::AtLeastOnce, true).await.unwrap();
    assert_eq!(next(&mut states).await, message(STATE, "newest", false));
    pages.publish(STATE, "", Qos::AtLeastOnce, true).await.unwrap();
    assert_eq!(next(&mut states).await, message(STATE, "", false));
    assert_eq!(house.counters.value("retained", None), 0);
}

#[tokio::test]
async fn a_second_connection_takes_over_after_the_first_one_has_left_its_will() {
    let house = House::open().await;
    let watcher = house.link("pages", &Role::Service).subscribe(STATUS, Qos::AtLeastOnce);
    let (_pages, mut seen) = open(watcher).await;
    let mut settings = house.link("h1", &heater("h1"));
    let payload = b"offline".to_vec();
    settings.will =
        Some(Publication { topic: STATUS.to_owned(), payload, qos: Qos::AtLeastOnce, retain: true });
    let (_first, mut first_inbox) = open(settings.clone()).await;
    let (second, _inbox) = open(settings).await;
    second.publish(STATUS, "online", Qos::AtLeastOnce, true).await.unwrap();
    assert!(matches!(next(&mut first_inbox).await, Event::Down { .. }));
    assert_eq!(next(&mut seen).await, message(STATUS, "offline", false));
    assert_eq!(next(&mut seen).await, message(STATUS, "online", false));
    assert_eq!(house.counted("connections_closed_total", "taken_over"), 1);
}

#[tokio::test]
async fn a_revoked_credential_is_out_and_does_not_come_back() {
    let house = House::open().await;
    let (_h1, mut inbox) = open(house.link("h1", &heater("h1"))).await;
    house.revoke("h1");
    assert!(matches!(next(&mut inbox).await, Event::Down { .. }));
    assert_eq!(house.counted("connections_closed_total", "revoked"), 1);
    while house.counted("connections_refused_total", "credential") == 0 {
        // The link tries again after its pause; there is no event for a refusal that was said once.
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(inbox.try_next(), None);
}

#[tokio::test]
async fn a_changed_role_holds_for_the_next_connection_and_ends_the_one_of_before() {
    let house = House::open().await;
    let mut controller = house.raw("controller", &Role::Service).await;
    let (acks, other) = ("hypocaust/1/s/heater/+/ack", "hypocaust/1/s/heater/h2/ack");
    let mut gate = house.raw("gate", &gateway(&["h1"])).await;
    assert_eq!(gate.subscribe(acks, 1).await, 1);
    controller.publish(ACK, b"1", false).await;
    assert_eq!(gate.message().await.payload, b"1");

    // A new role comes with a new secret.
    let mut changed = house.raw("gate", &gateway(&["h2"])).await;
    gate.closed().await;
    assert_eq!(changed.subscribe(acks, 1).await, 1);
    controller.publish(ACK, b"2", false).await;
    controller.publish(other, b"3", false).await;
    assert_eq!(changed.message().await.payload, b"3");
}

#[tokio::test]
async fn a_new_secret_puts_out_whoever_came_in_by_the_old_one() {
    let house = House::open().await;
    let mut thief = house.raw("h1", &heater("h1")).await;
    house.admit("h1", &heater("h1"));
    thief.closed().await;
    assert_eq!(house.counted("connections_closed_total", "revoked"), 1);

    // Revoked and made again before the broker has looked.
    let mut thief = house.raw("h2", &heater("h2")).await;
    house.revoke("h2");
    let mut owner = house.raw("h2", &heater("h2")).await;
    thief.closed().await;
    assert_eq!(house.counted("connections_closed_total", "revoked"), 2);
    owner.quiet().await;
}

#[tokio::test]
async fn wildcards_deliver_only_what_was_granted() {
    let house = House::open().await;
    let (controller, _inbox) = open(house.link("controller", &Role::Service)).await;
    let rooms = "hypocaust/1/s/room/+/state";
    for room in ["r1", "r2", "r3"] {
        let topic = format!("hypocaust/1/s/room/{room}/state");
        controller.publish(topic, room, Qos::AtLeastOnce, true).await.unwrap();
    }
    controller.publish(STATE, "all", Qos::AtLeastOnce, true).await.unwrap();
    let tenant = house.link("tenant", &observer(&["r2"])).subscribe(rooms, Qos::AtLeastOnce);
    let (_tenant, mut heard) = open(tenant.subscribe(STATE, Qos::AtLeastOnce)).await;
    assert_eq!(next(&mut heard).await, message("hypocaust/1/s/room/r2/state", "r2", true));
    assert_eq!(next(&mut heard).await, message(STATE, "all", true));
    controller.publish("hypocaust/1/s/room/r1/state", "no", Qos::AtLeastOnce, true).await.unwrap();
    controller.publish("hypocaust/1/s/room/r2/state", "yes", Qos::AtLeastOnce, true).await.unwrap();
    assert_eq!(next(&mut heard).await, message("hypocaust/1/s/room/r2/state", "yes", false));

    let (_bms, mut heard) =
        open(house.link("bms", &Role::BuildingSystem { site: site() }).subscribe(rooms, Qos::AtLeastOnce))
            .await;
    for room in ["no", "yes", "r3"] {
        let Event::Message { payload, retained: true, .. } = next(&mut heard).await else { panic!() };
        assert_eq!(payload, room);
    }
}

#[tokio::test]
async fn a_wish_of_a_building_system_is_written_to_the_audit() {
    let house = House::open().await;
    let mut bms = house.raw("bms", &Role::BuildingSystem { site: site() }).await;
    let limit = "hypocaust/1/s/site/limit";
    bms.publish(limit, "x".repeat(500).as_bytes(), false).await;
    let registry = house.registry.clone();
    // The audit is on disk when the broker has stopped.
    house.close().await;
    let lines = registry.audit_of("s/site", 10).unwrap();
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((line.who.as_str(), line.action.as_str(), line.new.len()), ("bms", "limit", 200));
}

#[tokio::test]
async fn a_reader_that_waits_in_publish_does_not_stand_in_its_own_way() {
    let house = House::open().await;
    let (h1, _inbox) = open(house.link("h1", &heater("h1"))).await;
    let mut ingest =
        house.link("ingest", &Role::Service).subscribe("hypocaust/1/+/heater/+/record", Qos::AtLeastOnce);
    (ingest.inbox, ingest.outbox) = (4, 2);
    let (ingest, mut records) = open(ingest).await;
    let sender = tokio::spawn(async move {
        for n in 0..2_000 {
            h1.publish(RECORD, n.to_string(), Qos::AtLeastOnce, false).await.unwrap();
        }
        h1
    });
    for n in 0..2_000 {
        assert_eq!(next(&mut records).await, message(RECORD, &n.to_string(), false));
        ingest.publish(ACK, "ok", Qos::AtLeastOnce, false).await.unwrap();
    }
    sender.await.unwrap();
    assert_eq!(records.dropped(), 0);
}

#[tokio::test]
async fn a_port_in_use_is_said_in_one_sentence() {
    let house = House::open().await;
    let error = broker::bind(broker::Settings::new(house.address), clock()).await.err().unwrap();
    assert!(error.to_string().starts_with("could not listen for MQTT on 127.0.0.1:"), "{error}");
}
