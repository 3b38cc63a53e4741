//! What the platform relies on at any broker, held against our own front door and against Debian's Mosquitto. Where no
//! Mosquitto is installed this is said by name; in CI it is required.

#![expect(clippy::unwrap_used, reason = "a contract fails by panicking")]

mod engine;

use std::time::Duration;

use bytes::Bytes;
use link::{Event, Inbox, Link, Publication, Qos, Settings};
use tokio::time::timeout;

use crate::engine::{Engine, PATIENCE};

const RECORD: &str = "hypocaust/1/s/heater/h1/record";
const ACK: &str = "hypocaust/1/s/heater/h1/ack";
const STATUS: &str = "hypocaust/1/s/heater/h1/status";
const STATE: &str = "hypocaust/1/s/site/state";

/// Each contract is a test for each engine.
macro_rules! contracts {
    ($($contract:ident)*) => {
        mod ours {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $contract() {
                super::$contract(super::Engine::ours().await).await;
            })*
        }

        mod mosquitto {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $contract() {
                if let Some(engine) = super::Engine::mosquitto().await {
                    super::$contract(engine).await;
                }
            })*
        }
    };
}

contracts! {
    a_record_goes_up_and_its_acknowledgement_comes_down
    two_thousand_messages_arrive_in_order_and_once
    a_retained_message_waits_for_whoever_comes_later_until_an_empty_one_deletes_it
    a_thousand_retained_messages_reach_one_wildcard
    a_will_is_said_when_the_connection_breaks_and_not_after_a_goodbye
    a_second_connection_takes_over_after_the_first_one_has_left_its_will
    a_link_comes_back_after_the_broker_did_and_says_what_it_had_to_say
}

async fn next(inbox: &mut Inbox) -> Event {
    timeout(PATIENCE, inbox.next()).await.expect("an event in time").expect("the link is open")
}

/// Opens a link and waits until it is up with every filter granted.
async fn open(settings: Settings) -> (Link, Inbox) {
    let (link, mut inbox) = link::open(settings).unwrap();
    assert_eq!(next(&mut inbox).await, Event::Up { refused: vec![] });
    (link, inbox)
}

fn message(topic: &str, payload: &str, retained: bool) -> Event {
    let payload = Bytes::from(payload.to_owned());
    Event::Message { topic: topic.to_owned(), payload, retained }
}

async fn a_record_goes_up_and_its_acknowledgement_comes_down(engine: Engine) {
    let listening = engine.link("ingest").subscribe("hypocaust/1/+/heater/+/record", Qos::AtLeastOnce);
    let (ingest, mut records) = open(listening).await;
    let (heater, mut acks) = open(engine.link("h1").subscribe(ACK, Qos::AtLeastOnce)).await;
    heater.publish(RECORD, "{}", Qos::AtLeastOnce, false).await.unwrap();
    assert_eq!(next(&mut records).await, message(RECORD, "{}", false));
    ingest.publish(ACK, "ok", Qos::AtLeastOnce, false).await.unwrap();
    assert_eq!(next(&mut acks).await, message(ACK, "ok", false));
}

async fn two_thousand_messages_arrive_in_order_and_once(engine: Engine) {
    let mut listening = engine.link("ingest").subscribe("hypocaust/1/+/heater/+/record", Qos::AtLeastOnce);
    listening.inbox = 4_096;
    let (_ingest, mut records) = open(listening).await;
    let (heater, _inbox) = open(engine.link("h1")).await;
    let sender = tokio::spawn(async move {
        for n in 0..2_000 {
            heater.publish(RECORD, n.to_string(), Qos::AtLeastOnce, false).await.unwrap();
        }
        heater
    });
    for n in 0..2_000 {
        assert_eq!(next(&mut records).await, message(RECORD, &n.to_string(), false));
    }
    sender.await.unwrap();
    assert_eq!(records.dropped(), 0);
}

async fn a_retained_message_waits_for_whoever_comes_later_until_an_empty_one_deletes_it(engine: Engine) {
    let (controller, _inbox) = open(engine.link("controller")).await;
    controller.publish(STATE, "old", Qos::AtLeastOnce, true).await.unwrap();
    controller.publish(STATE, "new", Qos::AtLeastOnce, true).await.unwrap();
    // Neither deletes it: not an empty message that is not to be kept, nor any other.
    controller.publish(STATE, "", Qos::AtLeastOnce, false).await.unwrap();
    controller.publish(STATE, "passing", Qos::AtLeastOnce, false).await.unwrap();
    controller.close().await;

    let (pages, mut states) = open(engine.link("pages").subscribe(STATE, Qos::AtLeastOnce)).await;
    assert_eq!(next(&mut states).await, message(STATE, "new", true));
    pages.publish(STATE, "", Qos::AtLeastOnce, true).await.unwrap();
    assert_eq!(next(&mut states).await, message(STATE, "", false));
    // Whoever comes now hears nothing of it, but what is said afterwards.
    let (_later, mut later) = open(engine.link("later").subscribe(STATE, Qos::AtLeastOnce)).await;
    pages.publish(STATE, "newest", Qos::AtLeastOnce, false).await.unwrap();
    assert_eq!(next(&mut later).await, message(STATE, "newest", false));
}

async fn a_thousand_retained_messages_reach_one_wildcard(engine: Engine) {
    let (controller, _inbox) = open(engine.link("controller")).await;
    for room in 0..1_000 {
        let topic = format!("hypocaust/1/s/room/r{room}/state");
        controller.publish(topic, room.to_string(), Qos::AtLeastOnce, true).await.unwrap();
    }
    controller.close().await;
    let mut listening = engine.link("pages").subscribe("hypocaust/1/s/room/+/state", Qos::AtLeastOnce);
    listening.inbox = 2_048;
    let (_pages, mut states) = open(listening).await;
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 1_000 {
        let event =
            timeout(PATIENCE, states.next()).await.unwrap_or_else(|_| panic!("{} of 1,000 came", seen.len()));
        let Some(Event::Message { topic, retained: true, .. }) = event else { continue };
        assert!(seen.insert(topic.clone()), "{topic} came twice");
    }
}

fn with_will(settings: Settings) -> Settings {
    let will = Publication {
        topic: STATUS.to_owned(),
        payload: b"offline".to_vec(),
        qos: Qos::AtLeastOnce,
        retain: true,
    };
    Settings { will: Some(will), ..settings }
}

async fn a_will_is_said_when_the_connection_breaks_and_not_after_a_goodbye(engine: Engine) {
    let (_pages, mut seen) = open(engine.link("pages").subscribe(STATUS, Qos::AtLeastOnce)).await;
    let settings = with_will(engine.link("h1"));
    let (heater, inbox) = open(settings.clone()).await;
    heater.publish(STATUS, "online", Qos::AtLeastOnce, true).await.unwrap();
    assert_eq!(next(&mut seen).await, message(STATUS, "online", false));
    heater.close().await;
    drop(inbox);
    // Dropped without a goodbye.
    drop(open(settings).await);
    assert_eq!(next(&mut seen).await, message(STATUS, "offline", false));
}

async fn a_second_connection_takes_over_after_the_first_one_has_left_its_will(engine: Engine) {
    let (_pages, mut seen) = open(engine.link("pages").subscribe(STATUS, Qos::AtLeastOnce)).await;
    let settings = with_will(engine.link("h1"));
    let (first, mut first_inbox) = open(settings.clone()).await;
    let (second, _inbox) = open(settings).await;
    assert!(matches!(next(&mut first_inbox).await, Event::Down { .. }));
    // It would come back and take over in its turn.
    first.close().await;
    second.publish(STATUS, "online", Qos::AtLeastOnce, true).await.unwrap();
    assert_eq!(next(&mut seen).await, message(STATUS, "offline", false));
    assert_eq!(next(&mut seen).await, message(STATUS, "online", false));
}

async fn a_link_comes_back_after_the_broker_did_and_says_what_it_had_to_say(mut engine: Engine) {
    let (pages, mut heard) = open(engine.link("pages").subscribe(STATE, Qos::AtLeastOnce)).await;
    engine.stop().await;
    assert!(matches!(next(&mut heard).await, Event::Down { .. }));
    pages.publish(STATE, "meanwhile", Qos::AtLeastOnce, false).await.unwrap();
    // Long enough for an attempt that finds nobody.
    tokio::time::sleep(Duration::from_millis(700)).await;
    engine.start().await;
    assert_eq!(next(&mut heard).await, Event::Up { refused: vec![] });
    assert_eq!(next(&mut heard).await, message(STATE, "meanwhile", false));
}
