//! The broker that lets anyone in: for suites and measurements, on this machine alone.

use broker::{BrokerError, Settings};
use registry::Registry;
use tokio::sync::watch;

use crate::house::clock;
use crate::raw::{Raw, connect_with, packet};

async fn open() -> std::net::SocketAddr {
    let settings = Settings { conformance: true, ..Settings::new("127.0.0.1:0".parse().unwrap()) };
    let door = broker::bind(settings).await.unwrap();
    let address = door.local_addr();
    // Held for ever: the test's end ends it.
    let (stop, stopped) = watch::channel(false);
    std::mem::forget(stop);
    tokio::spawn(door.run(Registry::in_memory().unwrap(), clock(), stopped));
    address
}

/// A CONNECT with nothing but a client id.
fn hello(id: &str, clean: bool) -> Vec<u8> {
    let header = [&b"\x00\x04MQTT\x04"[..], &[u8::from(clean) * 2, 0, 0]].concat();
    packet(0x10, &[header, crate::raw::text(id.as_bytes())].concat())
}

#[tokio::test]
async fn it_listens_on_this_machine_alone() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let settings = Settings { conformance: true, ..Settings::new(address.parse().unwrap()) };
        let error = broker::bind(settings).await.err().unwrap();
        assert!(matches!(error, BrokerError::OpenToOthers(_)), "{error}");
    }
}

#[tokio::test]
async fn anyone_may_come_in_and_say_and_hear_anything_but_one_filter() {
    let address = open().await;
    let mut one = Raw::connect(address).await;
    one.send(&hello("any name/at all", true)).await;
    one.accepted().await;
    for filter in ["#", "/+", "TopicA/B"] {
        assert_eq!(one.subscribe(filter, 2).await, 1, "{filter}");
    }
    for filter in ["test/nosubscribe", "$share/g/a", "$SYS/#", "a/#/b"] {
        assert_eq!(one.subscribe(filter, 2).await, 0x80, "{filter}");
    }
    let mut other = Raw::connect(address).await;
    other.send(&connect_with("other", "someone", "something", 0, None)).await;
    other.accepted().await;
    other.publish("TopicA/C", b"1", false).await;
    other.publish("$elsewhere", b"2", false).await;
    other.publish("last one", b"3", false).await;
    assert_eq!(one.message().await.payload, b"1");
    assert_eq!(one.message().await.payload, b"3", "a wildcard is not for topics that begin with $");
}

#[tokio::test]
async fn a_client_without_an_id_may_not_ask_for_a_session_that_is_kept() {
    let address = open().await;
    let mut kept = Raw::connect(address).await;
    kept.send(&hello("", false)).await;
    assert_eq!(kept.receive().await, [0x20, 2, 0, 2]);
    let mut clean = Raw::connect(address).await;
    clean.send(&hello("", true)).await;
    clean.accepted().await;
}
