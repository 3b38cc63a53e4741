//! Many at once.

use futures_util::future::join_all;
use registry::Role;
use vocabulary::{CredentialId, Timestamp};

use crate::house::{House, heater};
use crate::raw::{PINGREQ, Raw, connect};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_heaters_hold_and_each_hears_its_own() {
    const HEATERS: usize = 2_000;
    let house = House::open().await;
    let ids: Vec<_> = (0..HEATERS).map(|n| format!("h{n}")).collect();
    let wanted: Vec<_> = ids.iter().map(|id| (CredentialId::new(id).unwrap(), heater(id))).collect();
    let secrets = house.registry.issue_credentials(&wanted, Timestamp::from_ms(0)).unwrap();
    let enter = |id: String, secret: String| {
        let address = house.address;
        async move {
            let mut raw = Raw::connect(address).await;
            raw.send(&connect(&id, &secret, 60)).await;
            raw.accepted().await;
            for last in ["ack", "budget"] {
                assert_eq!(raw.subscribe(&format!("hypocaust/1/s/heater/{id}/{last}"), 1).await, 1);
            }
            raw
        }
    };
    let mut heaters = Vec::new();
    for some in ids.iter().cloned().zip(secrets).collect::<Vec<_>>().chunks(100) {
        heaters.extend(join_all(some.iter().cloned().map(|(id, secret)| enter(id, secret))).await);
    }
    assert_eq!(house.counters.value("connections", None), HEATERS as u64);

    let mut ingest = house.raw("ingest", &Role::Service).await;
    for id in &ids {
        ingest.publish(&format!("hypocaust/1/s/heater/{id}/ack"), id.as_bytes(), false).await;
    }
    let heard = join_all(heaters.iter_mut().map(Raw::message)).await;
    for (id, message) in ids.iter().zip(heard) {
        assert_eq!(message.payload, id.as_bytes());
    }
    for raw in &mut heaters {
        raw.send(&PINGREQ).await;
        assert_eq!(raw.receive().await, [0xd0, 0]);
    }
}
