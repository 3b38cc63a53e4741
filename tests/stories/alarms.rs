//! A heater goes silent: an alarm, a message, somebody's answer, and its end.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;

use serde_json::Value;

use crate::house::{House, eventually};
use crate::http::{ask, get, json};
use crate::pages::set_alarm_rule;
use crate::twins::{self, BUILDING, Heater};

/// A web server that takes every request and hands on its body.
fn web_server() -> (u16, mpsc::Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, bodies) = mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut heard = String::new();
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = stream.read(&mut buffer) {
                heard.push_str(&String::from_utf8_lossy(&buffer[..n]));
                let body = heard.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
                if let Some(body) = body {
                    let _ = sender.send(body);
                    break;
                }
            }
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n");
        }
    });
    (port, bodies)
}

/// The heater's alarm, in whichever state.
fn alarm(house: &House) -> Option<Value> {
    let alarms = json(&house.http, "/api/v1/alarms?state=all&about=heater/h-101");
    let mut alarms = alarms["alarms"].as_array().unwrap().iter();
    alarms.find(|alarm| alarm["rule"] == "heater_silent").cloned()
}

fn in_state(house: &House, state: &str) -> Option<Value> {
    alarm(house).filter(|alarm| alarm["state"] == state)
}

#[test]
fn a_heater_that_goes_silent_is_an_alarm_that_is_told_answered_and_over() {
    let folder = tempfile::tempdir().unwrap();
    let (port, messages) = web_server();
    let (config, data) = (folder.path().join("building.toml"), folder.path().join("data"));
    let webhook = format!("url = \"http://127.0.0.1:{port}/\"\nallow_hosts = [\"127.0.0.1\"]");
    std::fs::write(&config, format!("{BUILDING}\n[alarms.webhook]\n{webhook}\n")).unwrap();
    let (secret, key) = twins::claim(&data, &config);
    let house = House::start(&data, Some(&config));
    set_alarm_rule(&house, "", ("home", "heater_silent", "enabled=on&limit=10"));

    let heater = Heater::start(&house.mqtt, &secret, key.clone());
    eventually("the heater is heard", || {
        (json(&house.http, "/api/v1/heaters/h-101")["mode"] == "leased").then_some(())
    });
    drop(heater);
    let raised = eventually("an alarm is raised", || in_state(&house, "unacknowledged"));
    assert!(get(&house.http, "/sites/home?lang=en").body.contains("chip ringing"), "the bell rings");
    let told = eventually("a message arrives", || {
        messages.try_iter().find(|message| message["alarms"][0]["rule"] == "heater_silent")
    });
    assert_eq!(
        (&told["alarms"][0]["id"], &told["alarms"][0]["is_over"]),
        (&raised["id"], &Value::Bool(false))
    );

    let path = format!("/api/v1/alarms/{}", raised["id"]);
    let json_body = [("Content-Type", "application/json")];
    let answered = ask(&house.http, "POST", &path, &json_body, r#"{"do":"acknowledge"}"#);
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert!(in_state(&house, "acknowledged").is_some());

    let _heater = Heater::start(&house.mqtt, &secret, key);
    eventually("the alarm is over", || in_state(&house, "normal"));
    let history = json(&house.http, &path);
    let deeds: Vec<_> = history["history"].as_array().unwrap().iter().map(|line| &line["deed"]).collect();
    assert_eq!(deeds, ["returned", "acknowledged", "raised"], "{history}");
}
