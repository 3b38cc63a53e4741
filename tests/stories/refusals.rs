//! Bad input: each is refused in a sentence that names it, nothing is started or lost, nobody else is disturbed.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Output;

use crate::bus::Bus;
use crate::house::{House, eventually, program};
use crate::http::{ask, counted, get, json};
use crate::twins;

fn refused(arguments: &[&str]) -> Output {
    let output = program().args(arguments).output().unwrap();
    assert!(!output.status.success(), "{arguments:?}");
    output
}

fn sentence(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let own: Vec<&str> = text.lines().filter(|line| line.starts_with("hypocaust: ")).collect();
    assert_eq!(own.len(), 1, "one sentence: {text}");
    own[0].to_owned()
}

#[test]
fn a_wrong_configuration_is_refused_with_its_line_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let (config, data) = (folder.path().join("b.toml"), folder.path().join("data"));
    for (bad, expected) in [
        (twins::BUILDING.replace("rated_w", "ratd_w"), "did you mean `rated_w`"),
        (twins::BUILDING.replace("fallback_w = 300", "fallback_w = \"much\""), "line 21"),
        (twins::BUILDING.replace("low_c = 17.0", "low_c = 24.0"), "low_c is above high_c"),
        (twins::BUILDING.replace("[site]", "[sit"), "line 2"),
    ] {
        std::fs::write(&config, bad).unwrap();
        let output = refused(&["--config", config.to_str().unwrap(), "--data", data.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2));
        assert!(sentence(&output).contains(expected), "{}", sentence(&output));
        assert!(!data.exists(), "nothing was started");
    }
}

#[test]
fn ports_folders_and_second_instances_are_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let (config, data) = (twins::configuration(folder.path()), folder.path().join("data"));
    let (config, elsewhere) = (config.to_str().unwrap(), folder.path().join("elsewhere"));
    let elsewhere = elsewhere.to_str().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let any = "127.0.0.1:0";
    let up = |http: &str, mqtt: &str, data: &str| {
        sentence(&refused(&["--config", config, "--http", http, "--mqtt", mqtt, "--data", data]))
    };
    assert!(up(&taken, any, elsewhere).contains(&taken));
    assert!(up(any, &taken, elsewhere).contains(&taken));
    assert!(up("0.0.0.0:0", any, elsewhere).contains("hypocaust person add"));
    assert!(up(any, any, "/proc/nowhere").contains("/proc/nowhere"));

    let house = House::start(&data, Some(config.as_ref()));
    let second = up(any, any, data.to_str().unwrap());
    assert!(second.contains("another instance already uses the data folder"), "{second}");
    assert_eq!(get(&house.http, "/healthz").status, 200, "the first is not disturbed");
}

#[test]
fn bad_messages_are_counted_by_reason_and_others_are_unharmed() {
    let folder = tempfile::tempdir().unwrap();
    let config = twins::configuration(folder.path());
    let house = House::start(&folder.path().join("data"), Some(&config));
    let secret = house.credential("h-101", &["--role", "heater", "--site", "home"]);
    let bus = Bus::join(&house.mqtt, "h-101", &secret, &["hypocaust/1/home/heater/h-101/ack"]);

    let own = "hypocaust/1/home/heater/h-101/record";
    bus.publish(own, "not json");
    bus.publish(own, &format!(r#"{{"v":1,"pad":"{}"}}"#, "x".repeat(9_000)));
    bus.publish("hypocaust/1/home/heater/h-102/record", "{}");
    bus.publish("hypocaust/1/home/heater/h-101/record/more", "{}");
    let record = |samples: &str| {
        format!(
            r#"{{"v":1,"boot":"00000000000000aa","bn":1,"seq":1,"low":1,"mono_ms":1,"ts_ms":1,"samples":[{samples}]}}"#
        )
    };
    bus.publish(
        own,
        &record(r#"[0,"temperature_c",999],[0,"unheard_of",1],[0,"co2_ppm",650],{"deep":[[[]]]}"#),
    );

    for (name, reason, at_least) in [
        ("hypocaust_ingest_refused_messages_total", "form", 1.0),
        // Another heater's topic, and one that the contract does not have.
        ("hypocaust_broker_publishes_denied_total", "role", 2.0),
        ("hypocaust_broker_publishes_denied_total", "oversized", 1.0),
        ("hypocaust_ingest_refused_samples_total", "range", 1.0),
        ("hypocaust_ingest_refused_samples_total", "unregistered_metric", 1.0),
        ("hypocaust_ingest_refused_samples_total", "form", 1.0),
        ("hypocaust_ingest_corrected_clocks_total", "behind", 1.0),
    ] {
        eventually(&format!("{name} {reason}"), || {
            (counted(&house.http, name, reason) >= at_least).then_some(())
        });
    }
    // The good sample of the bad record is there, and the bad heater still speaks.
    eventually("the good sample is stored", || {
        let points = json(&house.http, "/api/v1/series?heater=h-101&metric=co2_ppm")["points"]
            .as_array()
            .map(Vec::len);
        (points == Some(1)).then_some(())
    });

    // A stranger, and a wrong secret: CONNACK 4 or 5, then closed.
    for (id, password) in [("h-101", "wrong"), ("nobody", "x")] {
        let code = connect(house.mqtt_address(), id, password);
        assert!(matches!(code, Some(4 | 5) | None), "{id}: {code:?}");
    }
}

/// The return code of a CONNECT with these credentials; `None` when the broker just closes.
fn connect(address: &str, id: &str, password: &str) -> Option<u8> {
    let text = |text: &str| [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat();
    let body = [text("MQTT"), vec![4, 0xc2, 0, 10], text(id), text(id), text(password)].concat();
    let packet = [vec![0x10, body.len() as u8], body].concat();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(&packet).unwrap();
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).ok().map(|()| answer[3])
}

#[test]
fn pages_refuse_what_comes_from_elsewhere_and_questions_that_make_no_sense() {
    let folder = tempfile::tempdir().unwrap();
    let config = twins::configuration(folder.path());
    let house = House::start(&folder.path().join("data"), Some(&config));
    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", "http://evil.example")];
    let foreign = ask(&house.http, "POST", "/sites/home/rooms/101/override", &form, "setpoint_c=25&for=120");
    assert_eq!(foreign.status, 403, "{}", foreign.head);
    assert_eq!(
        json(&house.http, "/api/v1/overrides?site=home")["overrides"].as_array().map(Vec::len),
        Some(0)
    );
    for (question, parameter) in [
        ("room=101&metric=temperature_c&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
        ("room=101&metric=temperature_c&points=0", "points"),
        ("room=101&metric=temperature_c&points=1e9", "points"),
        ("room=101&metric=temperature_c&from=yesterday", "from"),
        ("room=101&metric=temperature_c&to=9999999999999999", "to"),
        ("room=101&metric=%22%3B%20DROP", "metric"),
        ("room=101", "metric"),
        ("metric=temperature_c", "room"),
    ] {
        let answer = get(&house.http, &format!("/api/v1/series?site=home&{question}"));
        assert_eq!(answer.status, 400, "{question}");
        assert!(answer.body.contains(parameter), "{question}: {}", answer.body);
    }
    for nowhere in
        ["/t/guess", "/sites/home/rooms/102", "/sites/away", "/api/v1/rooms/102", "/sites/home/rooms/%2e%2e"]
    {
        assert_eq!(get(&house.http, nowhere).status, 404, "{nowhere}");
    }
}
