//! Bad input, case by case: what the broker does, what it counts, and that everyone else is served as before.

use std::time::Duration;

use broker::Limits;
use registry::Role;

use crate::house::{House, Witness, gateway, heater, observer, site};
use crate::raw::{
    DISCONNECT, PINGREQ, Raw, connect, connect_with, packet, publish, subscribe, text, unsubscribe,
};

const RECORD: &str = "hypocaust/1/s/heater/h1/record";

/// Sends bytes as the first ones of a connection, expects an answer (if any) and the end.
async fn knock(house: &House, bytes: &[u8], answer: &[u8]) {
    let mut raw = Raw::connect(house.address).await;
    raw.send(bytes).await;
    if !answer.is_empty() {
        assert_eq!(raw.receive().await, answer);
    }
    raw.closed().await;
}

#[tokio::test]
async fn a_bad_first_packet_is_refused_and_counted() {
    let house = House::open().await;
    let mut witness = Witness::enter(&house).await;
    let secret = house.admit("h1", &heater("h1"));
    let secret = secret.as_str();
    let will = |topic| connect_with("h1", "h1", secret, 0, Some((topic, "x", true)));
    let v5 = b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00".to_vec();
    let v31 = b"\x10\x0e\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x00".to_vec();
    let (accepted_never, bad_id, bad_secret, not_authorised) = (&[][..], 2, 4, 5);
    let code = |code: u8| vec![0x20, 2, 0, code];
    let large = packet(0x10, &vec![0; 16 * 1024]);
    let cases = [
        ("v5", v5, vec![0x20, 3, 0, 0x84, 0], "protocol"),
        ("v3.1", v31, code(1), "protocol"),
        ("not MQTT", b"GET / HTTP/1.1\r\n\r\n".to_vec(), accepted_never.to_vec(), "malformed"),
        ("publish first", publish(RECORD, b"{}", 0, false, 0), vec![], "malformed"),
        ("endless length", vec![0x10, 0xff, 0xff, 0xff, 0xff, 0xff], vec![], "malformed"),
        ("oversized, header only", large[..4].to_vec(), vec![], "oversized"),
        ("wrong secret", connect("h1", "wrong", 0), code(bad_secret), "credential"),
        ("unknown", connect("nobody", secret, 0), code(bad_secret), "credential"),
        ("empty secret", connect("h1", "", 0), code(bad_secret), "credential"),
        (
            "no user",
            packet(0x10, b"\x00\x04MQTT\x04\x02\x00\x00\x00\x02h1"),
            code(not_authorised),
            "credential",
        ),
        ("another's id", connect_with("h2", "h1", secret, 0, None), code(bad_id), "client_id"),
        ("empty id", connect_with("", "h1", secret, 0, None), code(bad_id), "client_id"),
        ("id with /", connect("h1/x", secret, 0), code(bad_id), "client_id"),
        ("id with +", connect("h+", secret, 0), code(bad_id), "client_id"),
        ("id with #", connect("#", secret, 0), code(bad_id), "client_id"),
        ("id with $", connect("$h1", secret, 0), code(bad_id), "client_id"),
        ("id not ASCII", connect("é", secret, 0), code(bad_id), "client_id"),
        ("id of 64 KiB", connect(&"a".repeat(65_535), secret, 0), vec![], "oversized"),
        ("topic of a will of 64 KiB", will(&"a".repeat(65_535)), vec![], "oversized"),
        ("long id", connect(&"a".repeat(64), secret, 0), code(bad_id), "client_id"),
        ("another's will", will("hypocaust/1/s/heater/h2/status"), code(not_authorised), "will"),
        ("will on a budget", will("hypocaust/1/s/heater/h1/budget"), code(not_authorised), "will"),
        ("will with wildcard", will("hypocaust/1/s/heater/+/status"), code(not_authorised), "will"),
        ("will not ASCII", will("é"), code(not_authorised), "will"),
    ];
    for (name, bytes, answer, reason) in cases {
        let before = house.counted("connections_refused_total", reason);
        knock(&house, &bytes, &answer).await;
        assert_eq!(house.counted("connections_refused_total", reason), before + 1, "{name}");
        witness.check(name).await;
    }
}

#[tokio::test]
async fn a_bad_packet_later_closes_its_own_connection_only() {
    let house = House::open().await;
    let mut witness = Witness::enter(&house).await;
    let long_topic = text(&[b'a'; 16 * 1024]);
    let long_filter = "a/".repeat(32_767);
    let cases: [(&str, Vec<u8>, &str); 19] = [
        ("CONNECT twice", connect("h1", "x", 0), "protocol"),
        (
            "CONNECT of v5 after CONNECT",
            b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00".to_vec(),
            "malformed",
        ),
        ("PUBREC for nothing", packet(0x50, &[0, 1]), "protocol"),
        ("PUBCOMP for nothing", packet(0x70, &[0, 1]), "protocol"),
        ("CONNACK", packet(0x20, &[0, 0]), "malformed"),
        ("SUBACK", packet(0x90, &[0, 1, 0]), "malformed"),
        ("PINGRESP", packet(0xd0, &[]), "malformed"),
        ("reserved type 0", packet(0x00, &[]), "malformed"),
        ("reserved type 15", packet(0xf0, &[]), "malformed"),
        ("QoS 3", packet(0x36, b"\x00\x01a\x00\x01x"), "malformed"),
        ("packet id 0", publish(RECORD, b"{}", 1, false, 0), "malformed"),
        ("empty topic", publish("", b"{}", 0, false, 0), "malformed"),
        ("NUL in topic", publish("hypocaust/1/s/\0", b"{}", 0, false, 0), "malformed"),
        ("topic not UTF-8", packet(0x30, b"\x00\x02\xc3\x28x"), "malformed"),
        ("SUBSCRIBE of nothing", packet(0x82, &[0, 1]), "malformed"),
        ("oversized", packet(0x30, &long_topic), "oversized"),
        ("filter of 64 KiB", subscribe(1, &[(&long_filter, 0)]), "oversized"),
        ("no filter any more of 64 KiB", unsubscribe(1, &[&long_filter]), "oversized"),
        ("oversized by its length alone", vec![0x30, 0xff, 0xff, 0xff, 0x7f], "oversized"),
    ];
    for (name, bytes, reason) in cases {
        let mut raw = house.raw("h1", &heater("h1")).await;
        let before = house.counted("connections_closed_total", reason);
        raw.send(&bytes).await;
        raw.closed().await;
        assert_eq!(house.counted("connections_closed_total", reason), before + 1, "{name}");
        witness.check(name).await;
    }
    assert_eq!(house.counters.value("connections", None), 1);
}

#[tokio::test]
async fn a_publish_to_a_wrong_topic_is_acknowledged_counted_and_gone() {
    let house = House::open().await;
    let mut witness = Witness::enter(&house).await;
    let mut listener = house.raw("listener", &Role::Service).await;
    assert_eq!(listener.subscribe("hypocaust/1/#", 1).await, 1);
    let long = format!("hypocaust/1/{}", "a".repeat(300));
    let cases = [
        ("é/1/s/heater/h1/record", "topic"),
        ("hypocaust/1/s/heater/é/record", "topic"),
        ("🔥", "topic"),
        ("hypocaust/1/s/heater/+/record", "topic"),
        ("hypocaust/1/s/heater/#", "topic"),
        ("+", "topic"),
        ("#", "topic"),
        ("/", "topic"),
        ("hypocaust/1/s//record", "topic"),
        ("hypocaust/1/s/heater/h1/record/", "topic"),
        ("$SYS/broker", "topic"),
        ("$share/g/hypocaust/1/s/heater/h1/record", "topic"),
        (&long, "topic"),
        ("hypocaust", "role"),
        ("hypocaust/1/s/heater/h2/record", "role"),
        ("hypocaust/1/t/heater/h1/record", "role"),
        ("hypocaust/1/s/heater/h1/budget", "role"),
        ("hypocaust/1/s/heater/h1/ack", "role"),
        ("hypocaust/1/s/heater/h1/record/more", "role"),
        ("homeassistant/climate/x/config", "role"),
    ];
    let mut h1 = house.raw("h1", &heater("h1")).await;
    for (topic, reason) in cases {
        let before = house.counted("publishes_denied_total", reason);
        h1.publish(topic, b"{}", true).await;
        assert_eq!(house.counted("publishes_denied_total", reason), before + 1, "{topic}");
        witness.check(topic).await;
    }
    let before = house.counted("publishes_denied_total", "oversized");
    h1.publish(RECORD, &[b' '; 8 * 1024 + 1], false).await;
    assert_eq!(house.counted("publishes_denied_total", "oversized"), before + 1);
    // What is allowed still passes, and is the first thing that anyone hears from this heater.
    h1.publish(RECORD, b"{}", false).await;
    let heard = loop {
        let message = listener.message().await;
        if !message.topic.contains("witness") {
            break message;
        }
    };
    assert_eq!(heard.topic, RECORD);
    assert_eq!(house.counters.value("retained", None), 0);
}

#[tokio::test]
async fn whoever_goes_on_publishing_where_it_may_not_is_closed() {
    let house = House::open().await;
    let mut h1 = house.raw("h1", &heater("h1")).await;
    for _ in 0..100 {
        h1.publish("hypocaust/1/s/heater/h2/record", b"{}", false).await;
    }
    h1.send(&publish("hypocaust/1/s/heater/h2/record", b"{}", 0, false, 0)).await;
    h1.closed().await;
    assert_eq!(house.counted("publishes_denied_total", "role"), 101);
    assert_eq!(house.counted("connections_closed_total", "denied"), 1);
}

#[tokio::test]
async fn a_filter_that_is_not_granted_is_refused_in_the_answer() {
    let house = House::open().await;
    let mut witness = Witness::enter(&house).await;
    let roles = [
        ("h1", heater("h1"), "hypocaust/1/s/heater/h1/ack", "hypocaust/1/s/heater/+/ack"),
        ("gate", gateway(&["h1"]), "hypocaust/1/s/heater/+/budget", "hypocaust/1/s/heater/h2/ack"),
        ("jobs", Role::WorkSource { site: site() }, "hypocaust/1/s/site/work", "hypocaust/1/s/site/limit"),
        (
            "bms",
            Role::BuildingSystem { site: site() },
            "hypocaust/1/s/room/+/state",
            "hypocaust/1/s/heater/+/budget",
        ),
        ("tenant", observer(&["r1"]), "hypocaust/1/s/room/r1/state", "hypocaust/1/s/room/r2/state"),
        ("pages", Role::Service, "hypocaust/1/#", "hypocaust/#"),
    ];
    let long = format!("hypocaust/1/{}", "+/".repeat(8_000));
    for (id, role, granted, denied) in roles {
        let mut raw = house.raw(id, &role).await;
        for filter in [
            "#",
            "+",
            "+/#",
            "+/1/s/site/state",
            "$SYS/#",
            "$share/g/hypocaust/1/s/site/state",
            "é",
            "a#",
            "",
        ] {
            assert_eq!(raw.subscribe(filter, 1).await, 0x80, "{id} {filter}");
        }
        assert_eq!(raw.subscribe(&long[..15_000], 0).await, 0x80, "{id}");
        assert_eq!(raw.subscribe(denied, 0).await, 0x80, "{id} {denied}");
        assert_eq!(raw.subscribe(granted, 2).await, 1, "{id} {granted}");
        // Unknown, malformed and known filters: all are answered.
        raw.send(&unsubscribe(7, &["never/subscribed", "#", granted])).await;
        assert_eq!(raw.receive().await, [0xb0, 2, 0, 7]);
        witness.check(id).await;
    }
    assert!(house.counted("filters_denied_total", "filter") >= 6 * 5);
    assert!(house.counted("filters_denied_total", "role") >= 6 * 4);
}

#[tokio::test]
async fn filters_are_bounded() {
    let house = House::open().await;
    let mut bms = house.raw("bms", &Role::BuildingSystem { site: site() }).await;
    for n in 0..1_024 {
        assert_eq!(bms.subscribe(&format!("hypocaust/1/s/room/r{n}/state"), 0).await, 0);
    }
    assert_eq!(bms.subscribe("hypocaust/1/s/site/state", 0).await, 0x80);
    assert_eq!(bms.subscribe("hypocaust/1/s/room/r7/state", 1).await, 1, "one that is there may change");
    assert_eq!(house.counted("filters_denied_total", "too_many"), 1);
}

#[tokio::test]
async fn quality_of_service_2_is_published_once() {
    let house = House::open().await;
    let mut listener = house.raw("listener", &Role::Service).await;
    assert_eq!(listener.subscribe(RECORD, 2).await, 1, "granted up to QoS 1");
    let mut h1 = house.raw("h1", &heater("h1")).await;
    for payload in [b"1", b"2"] {
        for _ in 0..3 {
            // The same packet id again is the same message, whatever is in it.
            h1.send(&publish(RECORD, payload, 2, false, 9)).await;
            assert_eq!(h1.receive().await, [0x50, 2, 0, 9]);
        }
        for _ in 0..2 {
            h1.send(&packet(0x62, &[0, 9])).await;
            assert_eq!(h1.receive().await, [0x70, 2, 0, 9]);
        }
    }
    h1.publish(RECORD, b"3", false).await;
    for payload in [b"1", b"2", b"3"] {
        let message = listener.message().await;
        assert_eq!((&message.payload[..], message.qos), (&payload[..], 1));
    }
}

#[tokio::test]
async fn a_client_that_leaves_thousands_of_messages_unreleased_is_closed() {
    let house = House::open().await;
    let mut h1 = house.raw("h1", &heater("h1")).await;
    for id in 1..=1_025 {
        h1.send(&publish(RECORD, b"{}", 2, false, id)).await;
    }
    h1.closed().await;
    assert_eq!(house.counted("connections_closed_total", "protocol"), 1);
}

#[tokio::test]
async fn silence_ends_a_connection_that_promised_to_speak_and_no_other() {
    let house = House::open().await;
    let mut never = house.raw("h1", &heater("h1")).await;
    let secret = house.admit("h2", &heater("h2"));
    let mut promised = Raw::connect(house.address).await;
    promised.send(&connect("h2", &secret, 1)).await;
    promised.closed().await;
    assert_eq!(house.counted("connections_closed_total", "keep_alive"), 1);
    never.quiet().await;
}

#[tokio::test]
async fn a_packet_that_never_gets_whole_keeps_no_connection_alive() {
    let house = House::open().await;
    let mut witness = Witness::enter(&house).await;
    let secret = house.admit("h1", &heater("h1"));
    let mut raw = Raw::connect(house.address).await;
    raw.send(&connect("h1", &secret, 1)).await;
    raw.accepted().await;
    let drip = async {
        for byte in publish(RECORD, &[b' '; 8_000], 1, false, 1) {
            raw.send(&[byte]).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    // Bytes alone are no sign of life: whole packets are.
    tokio::select! {
        () = drip => panic!("it was let drip to the end"),
        () = async {
            while house.counted("connections_closed_total", "keep_alive") == 0 {
                witness.check("a byte now and then").await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        } => {}
    }
}

#[tokio::test]
async fn silent_and_slow_sockets_are_put_out_while_others_work() {
    let connect_time = Duration::from_millis(400);
    let house = House::with(Limits { connect_time, ..Limits::default() }).await;
    let mut witness = Witness::enter(&house).await;
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(Raw::connect(house.address).await);
    }
    let secret = house.admit("h1", &heater("h1"));
    let mut drop_by_drop = Raw::connect(house.address).await;
    let drip = tokio::spawn(async move {
        for byte in connect("h1", &secret, 0) {
            drop_by_drop.send(&[byte]).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop_by_drop
    });
    for _ in 0..100 {
        witness.check("200 silent sockets").await;
    }
    for mut raw in silent {
        raw.closed().await;
    }
    drip.await.unwrap().closed().await;
    assert_eq!(house.counted("connections_refused_total", "timeout"), 201);
    witness.check("the slow ones are out").await;
}

#[tokio::test]
async fn half_open_connections_end_without_harm() {
    let house = House::open().await;
    let mut witness = Witness::enter(&house).await;
    let secret = house.admit("h1", &heater("h1"));
    let whole = connect("h1", &secret, 0);
    for cut in 0..whole.len() {
        let mut raw = Raw::connect(house.address).await;
        raw.send(&whole[..cut]).await;
    }
    let record = publish(RECORD, b"{}", 1, false, 1);
    for cut in 0..record.len() {
        let mut raw = house.raw("h1", &heater("h1")).await;
        raw.send(&record[..cut]).await;
    }
    witness.check("half-open").await;
}

#[tokio::test]
async fn known_heaters_come_in_while_silent_sockets_hammer_at_the_door() {
    let limits = Limits { connections: 100, strangers: 50, ..Limits::default() };
    let house = House::with(limits).await;
    let secret = house.admit("h1", &heater("h1"));
    let address = house.address;
    let hammer = tokio::spawn(async move {
        let mut silent = std::collections::VecDeque::new();
        loop {
            silent.push_back(Raw::connect(address).await);
            // As many as one machine can hold open: what the broker has closed makes room.
            if silent.len() > 400 {
                silent.pop_front();
            }
        }
    });
    while house.counted("connections_refused_total", "crowded") < 500 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for _ in 0..30 {
        let mut h1 = Raw::connect(address).await;
        h1.send(&connect("h1", &secret, 0)).await;
        h1.accepted().await;
        h1.publish(RECORD, b"{}", false).await;
    }
    hammer.abort();
    assert_eq!(house.counted("connections_refused_total", "full"), 0);
}

#[tokio::test]
async fn connections_are_bounded_by_address_and_altogether() {
    let limits = Limits { connections: 4, connections_per_address: 3, ..Limits::default() };
    let house = House::with(limits).await;
    let mut witness = Witness::enter(&house).await;
    let mut h1 = house.raw("h1", &heater("h1")).await;
    let h2 = house.raw("h2", &heater("h2")).await;
    let secret = house.admit("h3", &heater("h3"));
    let mut raw = Raw::connect(house.address).await;
    raw.send(&connect("h3", &secret, 0)).await;
    assert_eq!(raw.receive().await, [0x20, 2, 0, 3], "server unavailable");
    raw.closed().await;
    assert_eq!(house.counted("connections_refused_total", "address"), 1);
    witness.check("too many").await;
    // One leaves: there is room as soon as the broker has noticed.
    h1.send(&DISCONNECT).await;
    h1.closed().await;
    drop(h2);
    loop {
        let mut raw = Raw::connect(house.address).await;
        raw.send(&connect("h3", &secret, 0)).await;
        let mut answer = [0; 4];
        use tokio::io::AsyncReadExt as _;
        if raw.stream.read_exact(&mut answer).await.is_ok() && answer == [0x20, 2, 0, 0] {
            break;
        }
    }
}

#[tokio::test]
async fn many_packets_at_once_are_answered_in_order() {
    let house = House::open().await;
    let mut h1 = house.raw("h1", &heater("h1")).await;
    let mut all = subscribe(1, &[("hypocaust/1/s/heater/h1/ack", 1), ("#", 0)]);
    for id in 2..500 {
        all.extend(publish(RECORD, b"{}", 1, false, id));
    }
    all.extend(PINGREQ);
    h1.send(&all).await;
    assert_eq!(h1.receive().await, [0x90, 4, 0, 1, 1, 0x80]);
    for id in 2..500_u16 {
        assert_eq!(h1.receive().await, [0x40, 2, (id >> 8) as u8, id as u8]);
    }
    assert_eq!(h1.receive().await, [0xd0, 0]);
}
