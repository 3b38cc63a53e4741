//! Delivery: all of it, once, in order; and what happens to whoever does not read.

use broker::Limits;
use registry::Role;
use tokio::time::timeout;

use crate::house::{House, PATIENCE, Witness, gateway, hasty, heater};
use crate::raw::{Raw, publish, subscribe, unsubscribe};

const RECORD: &str = "hypocaust/1/s/heater/h1/record";

/// Publishes numbers at QoS 1, at most `window` unacknowledged, and waits for every acknowledgement.
async fn publish_numbers(raw: &mut Raw, topic: &str, count: u32, window: u32) {
    let id = |n: u32| (n % 60_000 + 1) as u16;
    let mut acknowledged = 0;
    for n in 0..count {
        raw.send(&publish(topic, &n.to_be_bytes(), 1, false, id(n))).await;
        while n + 1 - acknowledged >= window.min(count) || (n + 1 == count && acknowledged < count) {
            let expected = id(acknowledged);
            assert_eq!(raw.receive().await, [0x40, 2, (expected >> 8) as u8, expected as u8]);
            acknowledged += 1;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_of_four_publishers_arrive_once_and_in_order() {
    let house = House::open().await;
    let mut listener = house.raw("ingest", &Role::Service).await;
    assert_eq!(listener.subscribe("hypocaust/1/+/heater/+/record", 1).await, 1);
    let mut publishers = Vec::new();
    for heater_id in ["h1", "h2", "h3", "h4"] {
        let mut raw = house.raw(heater_id, &heater(heater_id)).await;
        publishers.push(tokio::spawn(async move {
            let topic = format!("hypocaust/1/s/heater/{heater_id}/record");
            publish_numbers(&mut raw, &topic, 2_500, 100).await;
        }));
    }
    let mut next = std::collections::BTreeMap::<String, u32>::new();
    for _ in 0..10_000 {
        let message = timeout(PATIENCE, listener.message()).await.unwrap();
        let expected = next.entry(message.topic).or_default();
        assert_eq!((message.payload, message.qos), (expected.to_be_bytes().to_vec(), 1));
        *expected += 1;
    }
    for publisher in publishers {
        publisher.await.unwrap();
    }
    listener.quiet().await;
    assert_eq!(house.counters.value("messages_out_total", None), 10_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_far_beyond_its_mailbox_reaches_a_reader_that_keeps_reading() {
    let house = House::with(Limits { queue_messages: 8_000, ..hasty() }).await;
    let mut listener = house.raw("ingest", &Role::Service).await;
    assert_eq!(listener.subscribe("hypocaust/1/+/heater/+/record", 1).await, 1);
    for heater_id in ["h1", "h2", "h3", "h4"] {
        let mut raw = house.raw(heater_id, &heater(heater_id)).await;
        tokio::spawn(async move {
            let topic = format!("hypocaust/1/s/heater/{heater_id}/record");
            publish_numbers(&mut raw, &topic, 10_000, 100).await;
        });
    }
    for _ in 0..40_000 {
        timeout(PATIENCE, listener.message()).await.unwrap();
    }
    assert_eq!(house.counted("messages_dropped_total", "slow_reader"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_again_for_a_filter_interrupts_nothing() {
    const MESSAGES: u32 = 20_000;
    let filter = "hypocaust/1/+/heater/+/record";
    let house = House::open().await;
    let mut listener = house.raw("ingest", &Role::Service).await;
    assert_eq!(listener.subscribe(filter, 1).await, 1);
    let mut h1 = house.raw("h1", &heater("h1")).await;
    let publisher = tokio::spawn(async move { publish_numbers(&mut h1, RECORD, MESSAGES, 100).await });
    for n in 0..MESSAGES {
        if n % 300 == 0 {
            listener.send(&subscribe(7, &[(filter, 1)])).await;
        }
        let message = timeout(PATIENCE, listener.message()).await.unwrap();
        assert_eq!(message.payload, n.to_be_bytes(), "lost or out of order");
    }
    publisher.await.unwrap();
}

#[tokio::test]
async fn a_filter_that_is_asked_for_again_has_the_quality_of_the_last_time() {
    let house = House::open().await;
    let mut ingest = house.raw("ingest", &Role::Service).await;
    let mut gate = house.raw("gate", &gateway(&["h1"])).await;
    let (wide, exact) = ("hypocaust/1/s/heater/+/ack", "hypocaust/1/s/heater/h1/ack");
    for (qos, expected) in [(0, 0), (1, 1), (0, 0), (2, 1)] {
        assert_eq!(gate.subscribe(exact, qos).await, expected);
        ingest.publish(exact, b"", false).await;
        assert_eq!(gate.message().await.qos, expected);
    }
    // Taking one of two filters away leaves the other as it was asked for.
    assert_eq!(gate.subscribe(wide, 0).await, 0);
    gate.send(&unsubscribe(9, &[wide])).await;
    gate.receive().await;
    ingest.publish(exact, b"", false).await;
    assert_eq!(gate.message().await.qos, 1);
    assert_eq!(gate.subscribe(wide, 0).await, 0);
    gate.send(&unsubscribe(10, &[exact])).await;
    gate.receive().await;
    ingest.publish(exact, b"", false).await;
    assert_eq!(gate.message().await.qos, 0);
    gate.quiet().await;
}

#[tokio::test]
async fn all_of_a_thousand_retained_messages_reach_a_wildcard() {
    let house = House::open().await;
    let mut controller = house.raw("controller", &Role::Service).await;
    for n in 0..1_000 {
        controller.publish(&format!("hypocaust/1/s/room/r{n:04}/state"), b"{}", true).await;
    }
    let mut pages = house.raw("pages", &Role::Service).await;
    for qos in [1, 0] {
        // Asked again, they come again.
        assert_eq!(pages.subscribe("hypocaust/1/+/room/+/state", qos).await, qos);
        for n in 0..1_000 {
            let message = pages.message().await;
            assert_eq!(message.topic, format!("hypocaust/1/s/room/r{n:04}/state"));
            assert!(message.retained && message.qos == qos);
        }
    }
    pages.quiet().await;
}

#[tokio::test]
async fn the_lower_of_published_and_subscribed_is_delivered() {
    let house = House::open().await;
    let mut controller = house.raw("controller", &Role::Service).await;
    for subscribed in [0, 1] {
        let mut listener = house.raw("listener", &Role::Service).await;
        assert_eq!(listener.subscribe(RECORD, subscribed).await, subscribed);
        for published in [0, 1] {
            controller.send(&publish(RECORD, b"{}", published, false, 5)).await;
            assert_eq!(listener.message().await.qos, subscribed.min(published));
        }
    }
}

#[tokio::test]
async fn a_gateway_hears_for_its_own_heaters_only() {
    let house = House::open().await;
    let mut ingest = house.raw("ingest", &Role::Service).await;
    let mut gate = house.raw("gate", &gateway(&["h1", "h3"])).await;
    assert_eq!(gate.subscribe("hypocaust/1/s/heater/+/ack", 1).await, 1);
    for heater in ["h1", "h2", "h3"] {
        ingest.publish(&format!("hypocaust/1/s/heater/{heater}/ack"), b"{}", false).await;
    }
    for heater in ["h1", "h3"] {
        assert_eq!(gate.message().await.topic, format!("hypocaust/1/s/heater/{heater}/ack"));
    }
    for heater in ["h1", "h3"] {
        gate.publish(&format!("hypocaust/1/s/heater/{heater}/status"), b"online", true).await;
    }
    gate.publish("hypocaust/1/s/heater/h2/status", b"online", true).await;
    assert_eq!(house.counted("publishes_denied_total", "role"), 1);
    assert_eq!(house.counters.value("retained", None), 2);
}

#[tokio::test]
async fn after_unsubscribing_nothing_more_comes() {
    let house = House::open().await;
    let mut listener = house.raw("listener", &Role::Service).await;
    let mut h1 = house.raw("h1", &heater("h1")).await;
    assert_eq!(listener.subscribe("hypocaust/1/#", 1).await, 1);
    h1.publish(RECORD, b"1", false).await;
    assert_eq!(listener.message().await.payload, b"1");
    listener.send(&crate::raw::unsubscribe(77, &["hypocaust/1/#"])).await;
    assert_eq!(listener.receive().await, [0xb0, 2, 0, 77]);
    h1.publish(RECORD, b"2", false).await;
    listener.quiet().await;
    assert_eq!(listener.subscribe("hypocaust/1/#", 1).await, 1);
    h1.publish(RECORD, b"3", false).await;
    // What was still inside the router when the subscription came may come with it.
    while listener.message().await.payload != b"3" {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stalls_loses_its_own_messages_and_the_loss_is_counted() {
    let write_time = std::time::Duration::from_millis(500);
    let limits = Limits { write_time, queue_messages: 1_000, ..hasty() };
    let house = House::with(limits).await;
    let mut witness = Witness::enter(&house).await;
    // Neither of them reads: one takes QoS 0 until its socket is full, the other owes acknowledgements.
    let mut full = house.raw("full", &Role::Service).await;
    assert_eq!(full.subscribe("hypocaust/1/+/heater/+/record", 0).await, 0);
    let mut owing = house.raw("owing", &Role::Service).await;
    assert_eq!(owing.subscribe("hypocaust/1/+/heater/+/record", 1).await, 1);
    let mut healthy = house.raw("healthy", &Role::Service).await;
    assert_eq!(healthy.subscribe("hypocaust/1/+/heater/+/record", 1).await, 1);
    let mut h1 = house.raw("h1", &heater("h1")).await;
    let payload = [b' '; 8_000];
    let sent = 4_000;
    for n in 0..sent {
        h1.publish(RECORD, &payload, false).await;
        assert_eq!(healthy.message().await.payload.len(), payload.len());
        if n % 500 == 0 {
            witness.check("a stalled reader").await;
        }
    }
    let lost = house.counted("messages_dropped_total", "slow_reader");
    assert!(lost >= sent - 1_100, "{lost}");
    assert_eq!(house.counted("messages_dropped_total", "router"), 0);
    while house.counted("connections_closed_total", "stalled") == 0 {
        witness.check("a stalled reader").await;
    }
    full.closed().await;
    assert_eq!(house.counters.value("connections", None), 4);
}

#[tokio::test]
async fn a_stop_says_no_wills_and_ends_every_connection() {
    let house = House::open().await;
    let secret = house.admit("h1", &heater("h1"));
    let status = "hypocaust/1/s/heater/h1/status";
    let mut pages = house.raw("pages", &Role::Service).await;
    assert_eq!(pages.subscribe(status, 1).await, 1);
    let mut h1 = Raw::connect(house.address).await;
    h1.send(&crate::raw::connect_with("h1", "h1", &secret, 0, Some((status, "offline", true)))).await;
    h1.accepted().await;
    let (address, counters) = (house.address, house.counters.clone());
    house.close().await;
    h1.closed().await;
    pages.closed().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    assert_eq!(counters.value("connections", None), 0);
    assert_eq!(counters.value("retained", None), 0);
}
