//! `kill -9` of everything, again and again: what was acknowledged is there afterwards, once.

use std::path::Path;

use crate::bus::Bus;
use crate::house::{House, Running, eventually, program};
use crate::http::json;
use crate::twins::{self, Heater};

/// Records of the heater in the store: each carries one room temperature.
fn stored(house: &House) -> u64 {
    let answer = json(&house.http, "/api/v1/series?heater=h-101&metric=temperature_c&points=100");
    answer["points"].as_array().unwrap().iter().filter_map(|point| point["count"].as_u64()).sum()
}

/// The highest mark acknowledged so far.
fn acknowledged(bus: &mut Bus, at_least: u64) -> u64 {
    bus.wait_json("h-101/ack", |ack| ack["hwm"].as_u64().filter(|hwm| *hwm >= at_least))
}

fn restart(data: &Path, config: &Path, house: &mut Option<House>) {
    let old = house.take().expect("a house stands");
    let (http, mqtt) = (old.http.clone(), old.mqtt_address().to_owned());
    drop(old); // SIGKILL: nothing is flushed, nobody says good-bye.
    let http = http.strip_prefix("http://").unwrap().to_owned();
    *house = Some(House::start_at(data, Some(config), &http, &mqtt));
}

#[test]
fn what_was_acknowledged_survives_kill_dash_nine_of_every_part_and_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let (data, config) = (folder.path().join("data"), twins::configuration(folder.path()));
    let (secret, key) = twins::claim(&data, &config);
    let mut house = Some(House::start(&data, Some(&config)));
    let url = house.as_ref().unwrap().mqtt.clone();
    let story = house.as_ref().unwrap().credential("story", &["--role", "service"]);
    let heater = Heater::start(&url, &secret, key);
    let mut mark = 0;
    for round in 1..=3 {
        let mut bus = Bus::join(&url, "story", &story, &["hypocaust/1/home/heater/h-101/ack"]);
        mark = acknowledged(&mut bus, mark + 3);
        restart(&data, &config, &mut house);
        let there = stored(house.as_ref().unwrap());
        assert!(there >= mark, "round {round}: {mark} acknowledged, {there} stored");
    }
    // The heater ends; every record that was ever on the bus is in the store, and none is there twice.
    let filters = ["hypocaust/1/home/heater/h-101/record", "hypocaust/1/home/heater/h-101/status"];
    let mut bus = Bus::join(&url, "story", &story, &filters);
    let mut newest = 0;
    let mut record = |event: &link::Event| {
        let link::Event::Message { topic, payload, .. } = event else { return None };
        if let Some(seq) =
            topic.ends_with("/record").then(|| serde_json::from_slice::<serde_json::Value>(payload).unwrap())
        {
            newest = newest.max(seq["seq"].as_u64().unwrap());
        }
        (newest > mark + 5).then_some(())
    };
    bus.wait("a few more records", &mut record);
    drop(heater);
    bus.wait("the heater's good-bye", |event| {
        let _ = record(event);
        matches!(event, link::Event::Message { topic, payload, .. } if topic.ends_with("/status") && &payload[..] == b"offline").then_some(())
    });
    let house = house.unwrap();
    let there =
        eventually("every record is stored", || Some(stored(&house)).filter(|there| *there >= newest));
    assert_eq!(there, newest, "each record once");
}

#[test]
fn what_the_controller_said_of_rooms_is_still_there_after_kill_dash_nine_of_the_broker() {
    let folder = tempfile::tempdir().unwrap();
    let (data, config) = (folder.path().join("data"), twins::configuration(folder.path()));
    let house = House::start(&data, Some(&config));
    let story = house.credential("story", &["--role", "service"]);
    let filter = "hypocaust/1/home/room/+/state";
    let state = |event: &link::Event| match event {
        link::Event::Message { topic, retained: true, .. } => Some(topic.clone()),
        _ => None,
    };
    let said = Bus::join(&house.mqtt, "story", &story, &[filter]).wait("a room's state", state);
    drop(house); // SIGKILL.
    // The broker alone: nobody is there to say it again.
    let mut command = program();
    command.args(["broker", "--mqtt", "127.0.0.1:0", "--data"]).arg(&data);
    let mut broker = Running::start(command);
    let ready = broker.ready();
    let url = ready.split_whitespace().last().unwrap();
    let kept = Bus::join(url, "story", &story, &[filter]).wait("what was kept", state);
    assert_eq!(kept, said);
}
