//! A page that stays open: a reading reaches it, an alarm is answered from it with keys alone, and when the house stops it
//! says so until the house is back.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::accessibility::tab_to;
use crate::browser::chromium;
use crate::bus::Bus;
use crate::chrome::Chrome;
use crate::house::{House, eventually, free_port};
use crate::http::ask;
use crate::pages::set_alarm_rule;
use crate::people::administrator;
use crate::twins;

/// Begins to wait for a text in a value of the page, and remembers when it was painted: after the second frame from the
/// change on, because the first has still to be drawn when it is announced.
const WATCH: &str = "(key, text) => {
    const shows = () => document.querySelector(`[data-key='${key}']`)?.textContent === text;
    globalThis.painted = new Promise((resolve) => {
        const look = () => shows() ? requestAnimationFrame(() => requestAnimationFrame(() => resolve(Date.now()))) : setTimeout(look, 1);
        look();
    });
    return shows();
}";

fn now_ms() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(elapsed.as_millis()).unwrap()
}

/// The heater of the building by its own credential, without a program around it.
struct Heater {
    bus: Bus,
    boot: u64,
    seq: u64,
}

impl Heater {
    fn join(house: &House, secret: &str, boot: u64) -> Self {
        Self { bus: Bus::join(&house.mqtt, "h-101", secret, &[]), boot, seq: 0 }
    }

    /// Measures the room's air; gives when.
    fn measure(&mut self, celsius: f64) -> u64 {
        self.seq += 1;
        let (at, boot, seq) = (now_ms(), self.boot, self.seq);
        let record = format!(
            r#"{{"v":1,"boot":"{boot:016x}","bn":{boot},"seq":{seq},"low":{seq},"mono_ms":{at},"ts_ms":{at},"samples":[[0,"temperature_c",{celsius}]]}}"#
        );
        self.bus.publish("hypocaust/1/home/heater/h-101/record", &record);
        at
    }

    /// Measures until the open page shows the text; the page is not loaded again. Prints how long that took.
    fn is_seen(&mut self, chrome: &mut Chrome, celsius: f64, text: &str) {
        let before = chrome.evaluate(&format!("({WATCH})('room/101/temperature_c', '{text}')"));
        assert_eq!(before, json!(false), "{text} is new to the page");
        let published = self.measure(celsius);
        let painted = chrome.evaluate("painted").as_u64().expect("milliseconds");
        println!("{text} was painted {} ms after it was published", painted.saturating_sub(published));
    }
}

#[test]
fn an_open_page_follows_the_house_and_says_when_it_cannot() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (config, data) = (twins::configuration(folder.path()), folder.path().join("data"));
    let (secret, _) = twins::claim(&data, &config);
    let (http, mqtt) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
    let mut house = House::start_at(&data, Some(&config), &http, &mqtt);
    let cookie = administrator(&house);
    let mut heater = Heater::join(&house, &secret, 1);
    let mut chrome = Chrome::start(&chromium, folder.path());
    chrome.keep_cookie(&house.http, &cookie);
    chrome.resize(1280, 900);
    chrome.open(&format!("{}/sites/home/rooms/101?lang=en", house.http));
    heater.is_seen(&mut chrome, 19.4, "19.4");
    heater.is_seen(&mut chrome, 19.6, "19.6");

    an_alarm_is_answered_with_keys_alone(&mut chrome, &house, &cookie);

    chrome.open(&format!("{}/sites/home/rooms/101?lang=fr", house.http));
    let is_hidden = "document.getElementById('offline').hidden";
    eventually("the page hears the house", || (chrome.evaluate(is_hidden) == json!(true)).then_some(()));
    assert_eq!(chrome.complaints(), Vec::<String>::new());
    house.running.kill();
    eventually("the page says that it is cut off", || {
        (chrome.evaluate(is_hidden) == json!(false)).then_some(())
    });
    let words = chrome.evaluate("document.getElementById('offline').innerText");
    assert!(
        words.as_str().is_some_and(|words| words.contains("connexion au serveur est perdue")),
        "in its language: {words}"
    );
    assert_eq!(chrome.evaluate("location.pathname"), json!("/sites/home/rooms/101"), "the page is kept");
    let house = House::start_at(&data, Some(&config), &http, &mqtt);
    eventually("the page is back", || (chrome.evaluate(is_hidden) == json!(true)).then_some(()));
    let mut heater = Heater::join(&house, &secret, 2);
    heater.is_seen(&mut chrome, 18.2, "18,2");
}

/// From the bell to the answer, in the room's page as it stands open.
fn an_alarm_is_answered_with_keys_alone(chrome: &mut Chrome, house: &House, cookie: &str) {
    let headers = [("Origin", house.http.as_str()), ("Cookie", cookie)];
    set_alarm_rule(house, cookie, ("home", "room_hot", "enabled=on&limit=12&delay_s=0"));
    let alarms = || {
        let body = ask(&house.http, "GET", "/api/v1/alarms?site=home&state=all", &headers[1..], "").body;
        serde_json::from_str::<Value>(&body).unwrap()["alarms"].as_array().unwrap().clone()
    };
    let hot = || alarms().into_iter().find(|alarm| alarm["rule"] == "room_hot");
    let raised = eventually("the alarm of a hot room", hot);
    assert_eq!(raised["state"], "unacknowledged");
    chrome.open(&format!("{}/sites/home/rooms/101?lang=en", house.http));
    tab_to(chrome, "the bell", |focus| {
        focus["text"].as_str().is_some_and(|text| text.ends_with("alarm") || text.ends_with("alarms"))
    });
    chrome.press("Enter");
    chrome.arrive();
    tab_to(chrome, "the answer to a hot room", |focus| {
        let text = focus["text"].as_str().unwrap_or_default();
        text.starts_with("Acknowledge") && text.contains("Bureau")
    });
    chrome.press("Enter");
    chrome.arrive();
    let told = chrome.evaluate("document.querySelector('[role=status].good')?.textContent ?? ''");
    assert_eq!(told, json!("Acknowledged."));
    let answered = hot().expect("it lasts");
    assert_eq!((&answered["state"], &answered["id"]), (&json!("acknowledged"), &raised["id"]));
    assert_eq!(chrome.complaints(), Vec::<String>::new());
}
