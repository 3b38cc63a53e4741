//! Packets of every type, mutated at random: nothing panics, the router lives, and everyone else is served.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use registry::Role;
use tokio::io::AsyncWriteExt as _;

use crate::house::{House, Witness, site};
use crate::raw::{
    DISCONNECT, PINGREQ, Raw, connect_kept, connect_with, packet, publish, subscribe, unsubscribe,
};

const TOPIC: &str = "hypocaust/1/s/site/state";
const ROUNDS: usize = 60;

fn mutated(random: &mut ChaCha8Rng, mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..bytes.len());
        match random.random_range(0..5) {
            0 => bytes[at] = random.random(),
            1 => bytes[at] ^= 1 << random.random_range(0..8),
            2 => bytes.truncate(at + 1),
            3 => bytes.insert(at, random.random()),
            _ => {
                let copy = bytes[at..].to_vec();
                bytes.extend(copy);
            }
        }
    }
    bytes
}

#[tokio::test]
async fn mutated_packets_of_every_type_harm_nobody() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(fresh_seed);
    println!("SEED={seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let house = House::open().await;
    let mut witness = Witness::enter(&house).await;
    // A service may do the most, so its packets reach the deepest.
    let secret = house.admit("odd", &Role::Service);
    let will = Some((TOPIC, "gone", true));
    let hello = connect_with("odd", "odd", &secret, 0, will);
    let kept = connect_kept("odd", &secret);
    let later = [
        publish(TOPIC, b"{}", 0, true, 0),
        publish(TOPIC, b"{}", 1, false, 5),
        publish(TOPIC, b"{}", 2, true, 6),
        packet(0x40, &[0, 1]),
        packet(0x50, &[0, 1]),
        packet(0x62, &[0, 6]),
        packet(0x70, &[0, 1]),
        subscribe(7, &[("hypocaust/1/#", 1), (TOPIC, 0)]),
        unsubscribe(8, &["hypocaust/1/#", TOPIC]),
        PINGREQ.to_vec(),
        DISCONNECT.to_vec(),
    ];
    for round in 0..ROUNDS {
        let mut raw = Raw::connect(house.address).await;
        raw.send(&mutated(&mut random, hello.clone())).await;
        end(raw).await;
        for valid in &later {
            let mut raw = Raw::connect(house.address).await;
            // Every second one in a session that is kept: confusion must not outlive a connection either.
            raw.send(if round % 2 == 0 { &hello } else { &kept }).await;
            // A few good ones before, so that there is state to be confused.
            raw.send(&subscribe(1, &[("hypocaust/1/s/+/state", 1)])).await;
            raw.send(&publish(TOPIC, b"{}", 1, true, 2)).await;
            for _ in 0..3 {
                raw.send(&mutated(&mut random, valid.clone())).await;
            }
            end(raw).await;
        }
        witness.check(&format!("round {round} of SEED={seed}")).await;
    }
    assert_eq!(house.counted("connections_closed_total", "panic"), 0);
    assert_eq!(house.counters.value("router_restarts_total", None), 0);
    let mut fresh = house.raw("bms", &Role::BuildingSystem { site: site() }).await;
    assert_eq!(fresh.subscribe(TOPIC, 1).await, 1);
    house.close().await;
}

/// No more from us; reads until the broker has had enough.
async fn end(mut raw: Raw) {
    let _ = raw.stream.shutdown().await;
    raw.closed().await;
}

fn fresh_seed() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64
}
