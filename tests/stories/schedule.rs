//! A schedule in a real browser: its grid is moved by keys alone, and what is saved is what the controller and the API have.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::accessibility::tab_to;
use crate::browser::chromium;
use crate::chrome::Chrome;
use crate::house::{House, eventually};
use crate::http::ask;
use crate::people::administrator;
use crate::twins;

#[test]
fn a_week_is_edited_with_keys_alone_and_the_house_follows() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(&folder.path().join("data"), Some(&twins::configuration(folder.path())));
    let cookie = administrator(&house);
    let asked = |path: &str| {
        let body = ask(&house.http, "GET", path, &[("Cookie", cookie.as_str())], "").body;
        serde_json::from_str::<Value>(&body).unwrap()
    };
    let schedule = || asked("/api/v1/rooms/101/schedule?site=home");
    assert_eq!(schedule()["version"], 1, "as described");
    let mut chrome = Chrome::start(&chromium, folder.path());
    chrome.keep_cookie(&house.http, &cookie);
    chrome.resize(1280, 900);
    chrome.open(&format!("{}/sites/home/rooms/101/schedule?lang=en&preset=office", house.http));

    let named = "document.activeElement.ariaLabel";
    tab_to(&mut chrome, "Sunday in the grid", |focus| {
        focus["text"].as_str().is_some_and(|text| text.starts_with("Sun:"))
    });
    chrome.press("Enter");
    assert_eq!(chrome.evaluate("document.activeElement.className"), json!("week-span"));
    let added = chrome.evaluate(named).as_str().unwrap().to_owned();
    assert!(added.starts_with("Sunday, 08:00 – 10:00, "), "{added}");
    for key in ["ArrowRight", "Shift+ArrowRight", "ArrowUp"] {
        chrome.press(key);
    }
    let moved = chrome.evaluate(named).as_str().unwrap().to_owned();
    assert!(moved.starts_with("Sunday, 08:15 – 10:30, ") && moved != added, "{moved}");
    let fields = "['from', 'until'].map((name) => document.querySelector(`[name=${name}-6]`).value)";
    assert_eq!(chrome.evaluate(fields), json!(["08:15", "10:30"]), "the form says the same");
    tab_to(&mut chrome, "the reason", |focus| focus["name"] == "why");
    chrome.write("Sunday meeting");
    tab_to(&mut chrome, "the button", |focus| focus["text"] == "Save");
    chrome.press("Enter");
    chrome.arrive();
    let told = chrome.evaluate("document.querySelector('[role=status].good').textContent");
    assert!(told.as_str().is_some_and(|told| told.starts_with("Saved")), "{told}");
    assert_eq!(chrome.complaints(), Vec::<String>::new());

    let saved = schedule();
    assert_eq!((&saved["version"], &saved["why"]), (&json!(2), &json!("Sunday meeting")));
    let span = &saved["week"]["days"][6][0];
    assert_eq!((&span["from"], &span["until"]), (&json!("08:15"), &json!("10:30")));
    eventually("the controller's setpoint", || {
        let room = asked("/api/v1/rooms/101?site=home");
        let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_millis() as i64;
        let days = schedule()["days"].as_array()?.clone();
        let spans = days.iter().filter_map(|day| day["spans"].as_array()).flatten();
        let mut ends = spans.filter(|span| Some(now_ms) < span["until_ms"].as_i64());
        (room["setpoint_c"] == ends.next()?["setpoint_c"]).then_some(())
    });
}
