//! Clients that say more than they should.

use std::time::Duration;

use broker::Limits;
use registry::Role;

use crate::house::{House, Witness, gateway, heater, site};
use crate::raw::{PINGREQ, Raw, connect, publish};

const RECORD: &str = "hypocaust/1/s/heater/h1/record";

/// A heater may say ten messages or ten kilobytes a second here, a gateway ten times that.
async fn slow_house() -> House {
    House::with(Limits { messages_per_s: 100, bytes_per_s: 100_000, ..Limits::default() }).await
}

#[tokio::test]
async fn whoever_says_too_much_is_heard_more_slowly_and_loses_nothing() {
    let house = slow_house().await;
    let mut witness = Witness::enter(&house).await;
    let mut ingest = house.raw("ingest", &Role::Service).await;
    assert_eq!(ingest.subscribe(RECORD, 1).await, 1);
    let mut h1 = house.raw("h1", &heater("h1")).await;
    let all: Vec<u8> = (1..=40).flat_map(|n| publish(RECORD, &[n], 1, false, n.into())).collect();
    h1.send(&all).await;
    for n in 1..=40 {
        assert_eq!(ingest.message().await.payload, [n]);
        assert_eq!(h1.receive().await, [0x40, 2, 0, n]);
        witness.check("a heater that says too much").await;
    }
    assert!(house.counters.value("clients_held_total", None) > 0);
    assert_eq!(house.counters.value("connections", None), 3, "nobody was closed");
}

#[tokio::test]
async fn bytes_count_as_messages_do_and_a_gateway_may_say_more() {
    let house = slow_house().await;
    let payload = vec![b' '; 8_000];
    let mut gate = house.raw("gate", &gateway(&["h1"])).await;
    for _ in 0..20 {
        gate.publish(RECORD, &payload, false).await;
    }
    assert_eq!(house.counters.value("clients_held_total", None), 0);
    let mut h1 = house.raw("h1", &heater("h1")).await;
    for _ in 0..3 {
        h1.publish(RECORD, &payload, false).await;
    }
    assert_eq!(house.counters.value("clients_held_total", None), 1);
}

#[tokio::test]
async fn a_building_system_tells_of_each_room_at_once_and_cannot_fill_the_audit() {
    let house = House::open().await;
    let mut bms = house.raw("bms", &Role::BuildingSystem { site: site() }).await;
    let occupancy: Vec<u8> = (0..1_000)
        .flat_map(|room| publish(&format!("hypocaust/1/s/room/r{room}/occupancy"), b"{}", 1, false, room + 1))
        .collect();
    bms.send(&occupancy).await;
    for _ in 0..1_000 {
        bms.receive().await;
    }
    assert_eq!(house.counters.value("clients_held_total", None), 0);

    let mut stolen = house.raw("stolen", &Role::BuildingSystem { site: site() }).await;
    let wishes: Vec<u8> =
        (1..=2_000).flat_map(|id| publish("hypocaust/1/s/site/limit", b"{}", 1, false, id)).collect();
    stolen.send(&wishes).await;
    for id in 1..=258_u16 {
        assert_eq!(stolen.receive().await, [0x40, 2, (id >> 8) as u8, id as u8]);
    }
    assert!(house.counters.value("clients_held_total", None) > 0);
    // Nobody is put out for it, and the rest waits in its own socket.
    assert_eq!(house.counters.value("connections", None), 2);
    let registry = house.registry.clone();
    house.close().await;
    let lines = registry.audit_of("s/site", 2_000).unwrap().len();
    assert!((258..300).contains(&lines), "{lines} lines of 2,000 wishes");
}

#[tokio::test]
async fn whoever_is_held_is_not_silent() {
    let house = House::with(Limits { messages_per_s: 2, ..Limits::default() }).await;
    let secret = house.admit("gate", &gateway(&["h1"]));
    let mut gate = Raw::connect(house.address).await;
    gate.send(&connect("gate", &secret, 1)).await;
    gate.accepted().await;
    // Four of them are the burst; the rest takes two seconds, longer than the silence that it may keep.
    gate.send(&PINGREQ.repeat(8)).await;
    for _ in 0..8 {
        assert_eq!(gate.receive().await, [0xd0, 0]);
    }
    assert_eq!(house.counted("connections_closed_total", "keep_alive"), 0);
}

#[tokio::test]
async fn a_flood_of_packets_without_a_message_is_slowed_as_well() {
    let house = slow_house().await;
    let mut witness = Witness::enter(&house).await;
    let mut h1 = house.raw("h1", &heater("h1")).await;
    let flood = tokio::spawn(async move {
        for _ in 0..1_000 {
            h1.send(&PINGREQ.repeat(1_000)).await;
        }
    });
    for _ in 0..50 {
        witness.check("a flood of pings").await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(house.counters.value("clients_held_total", None) > 0);
    flood.abort();
}
