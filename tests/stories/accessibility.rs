//! Pages for everybody: what axe-core finds on one, and what is done with a pointer is done with keys too.

use serde_json::{Value, json};

use crate::browser::chromium;
use crate::chrome::Chrome;
use crate::house::{House, eventually};
use crate::http::ask;
use crate::people::administrator;
use crate::twins;
use crate::walk::{ROOM, SITE};

/// See `vendor/NOTICE`.
const AXE: &str = include_str!("vendor/axe.min.js");
/// A phone, a desk, a wall.
pub(crate) const WIDTHS: [u32; 3] = [390, 1280, 2560];

/// What axe finds on the open page as it is, an element a line.
pub(crate) const FINDINGS: &str = "axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations.flatMap(
    (rule) => rule.nodes.map((node) => `${rule.id} at ${node.target}: ${node.failureSummary.replaceAll('\\n', ' ')}`)))";

/// What is wrong with the open page at all widths.
pub(crate) fn inspect(chrome: &mut Chrome, what: &str) -> Vec<String> {
    drawn(chrome);
    // What is folded away is a part of the page too.
    chrome.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })");
    chrome.evaluate(AXE);
    let mut found = Vec::new();
    for width in WIDTHS {
        chrome.resize(width, 900);
        let findings = chrome.evaluate(FINDINGS);
        let findings = findings.as_array().expect("a list").iter().filter_map(Value::as_str);
        found.extend(findings.map(|finding| format!("{what} {width}: {finding}")));
        if chrome.evaluate("document.documentElement.scrollWidth > innerWidth") == json!(true) {
            found.push(format!("{what} {width}: the page is wider than its window"));
        }
    }
    found
}

/// Waits for a chart that is drawn by a script, where the page has one.
pub(crate) fn drawn(chrome: &mut Chrome) {
    let waiting = "document.querySelector('hypocaust-chart:not(:has(.keys)):not(:has(.blank))') !== null";
    eventually("the chart", || (chrome.evaluate(waiting) == json!(false)).then_some(()));
}

/// What has the focus: how it is found again, whether an outline shows it, whether it is in sight, and its name.
pub(crate) const FOCUS: &str = "(() => {
    const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
    const shown = element.matches('.ends input') ? getComputedStyle(element.nextElementSibling) : style;
    return {
        tag: element.tagName, name: element.name ?? '', value: element.value ?? '', text: element.textContent.trim().slice(0, 40),
        outlined: shown.outlineStyle !== 'none' && parseFloat(shown.outlineWidth) >= 2,
        seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        order: element.tabIndex,
    };
})()";

/// Presses Tab until what has the focus is as wanted; on the way everything must be seen to have it.
pub(crate) fn tab_to(chrome: &mut Chrome, what: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..80 {
        chrome.press("Tab");
        let focus = chrome.evaluate(FOCUS);
        assert_eq!(
            (&focus["outlined"], &focus["seen"]),
            (&json!(true), &json!(true)),
            "on the way to {what}: {focus}"
        );
        assert_eq!(focus["order"], json!(0), "the order of the page is the order of the keys: {focus}");
        if is_there(&focus) {
            return focus;
        }
    }
    panic!("{what} is not reached with Tab");
}

#[test]
fn an_override_is_made_and_taken_back_with_keys_alone() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(&folder.path().join("data"), Some(&twins::configuration(folder.path())));
    let cookie = administrator(&house);
    let overrides = || {
        let path = "/api/v1/overrides?site=home&room=101";
        let body = ask(&house.http, "GET", path, &[("Cookie", cookie.as_str())], "").body;
        serde_json::from_str::<Value>(&body).unwrap()["overrides"].as_array().unwrap().clone()
    };
    let mut chrome = Chrome::start(&chromium, folder.path());
    chrome.keep_cookie(&house.http, &cookie);
    chrome.resize(1280, 900);
    chrome.open(&format!("{}/sites/home/rooms/101?lang=en", house.http));

    // The first stop leads past the menu.
    let skip = tab_to(&mut chrome, "the skip link", |focus| focus["text"] == "Skip to content");
    assert_eq!(skip["tag"], "A");
    chrome.press("Enter");
    let beyond = tab_to(&mut chrome, "the first stop of the content", |_| true);
    let is_inside = chrome.evaluate("document.querySelector('main').contains(document.activeElement)");
    assert_eq!(is_inside, json!(true), "the skip link skips: {beyond}");

    tab_to(&mut chrome, "the setpoint", |focus| focus["name"] == "setpoint_c");
    chrome.evaluate("document.activeElement.select()");
    chrome.write("21.5");
    let end = tab_to(&mut chrome, "the ends", |focus| focus["name"] == "end");
    chrome.press("ArrowDown");
    let next = chrome.evaluate(FOCUS);
    assert!(
        next["name"] == "end" && next["value"] != end["value"] && next["outlined"] == json!(true),
        "{next}"
    );
    tab_to(&mut chrome, "the button", |focus| focus["text"] == "Apply");
    chrome.press("Enter");
    chrome.arrive();
    let left = "document.querySelector('.running [data-ends]')?.textContent ?? ''";
    let counting = chrome.evaluate(left);
    assert!(counting.as_str().is_some_and(|left| left.matches(':').count() == 2), "a countdown: {counting}");
    let made = overrides();
    assert_eq!((made.len(), made[0]["setpoint_c"].as_f64()), (1, Some(21.5)), "{made:?}");

    tab_to(&mut chrome, "the button that ends it", |focus| focus["text"] == "End now");
    chrome.press("Enter");
    chrome.arrive();
    assert_eq!(overrides(), Vec::<Value>::new());
    assert_eq!(chrome.complaints(), Vec::<String>::new());
}

pub(crate) fn the_day_of_a_room_is_read_with_pointer_and_keys(chrome: &mut Chrome, house: &House) {
    chrome.resize(1280, 1600);
    chrome.open(&format!("{}{ROOM}?lang=en", house.http));
    let value = "document.querySelector('.keys [data-value=\"4\"]').textContent";
    let when = "document.querySelector('.keys .when').textContent";
    let line = "document.querySelector('hypocaust-cursor > i').hidden";
    tab_to(chrome, "the picture", |focus| focus["tag"] == "HYPOCAUST-CURSOR");
    chrome.press("Escape");
    let rest = chrome.evaluate(value);
    let is_power = rest.as_str().is_some_and(|text| text.ends_with('W'));
    assert!(is_power, "without a cursor the newest power: {rest}");
    assert_eq!((chrome.evaluate(when), chrome.evaluate(line)), (json!(""), json!(true)));
    let spoken = "document.activeElement.ariaValueText";
    chrome.press("Home");
    let first = chrome.evaluate(spoken);
    assert!(
        first.as_str().is_some_and(|text| text.contains(" – ") && text.contains("Temperature")),
        "{first}"
    );
    assert_eq!(chrome.evaluate(line), json!(false));
    chrome.press("End");
    let last = chrome.evaluate(spoken);
    assert!(
        last.as_str().is_some_and(|text| text.contains("planned") && text.contains("expected")),
        "{last}"
    );
    chrome.press("Escape");
    assert_eq!((chrome.evaluate(value), chrome.evaluate(line)), (rest.clone(), json!(true)));

    let place = chrome.evaluate(
        "(() => { const box = document.querySelector('hypocaust-cursor').getBoundingClientRect(); return [box.left, box.top, box.width, box.height]; })()",
    );
    let place: Vec<f64> = place.as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    chrome.point(place[0] + place[2] * 0.25, place[1] + place[3] * 0.5);
    let pointed = chrome.evaluate(when);
    assert!(pointed.as_str().is_some_and(|text| text.contains(" – ")), "half a day ago: {pointed}");
    chrome.point(0.0, 0.0);
    assert_eq!((chrome.evaluate(when), chrome.evaluate(value)), (json!(""), rest));
    assert_eq!(chrome.complaints(), Vec::<String>::new());
}

pub(crate) fn charts_and_the_floor_plan_have_names(chrome: &mut Chrome, house: &House) {
    chrome.resize(1280, 1600);
    let heard = |chrome: &mut Chrome, path: &str| -> Vec<(String, String)> {
        chrome.open(&format!("{}{path}", house.http));
        drawn(chrome);
        let tree = chrome.call("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] != json!(true));
        let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
        nodes.map(|node| (text(&node["role"]), text(&node["name"]))).collect()
    };
    for path in
        [&format!("/sites/{SITE}?lang=en"), &format!("{ROOM}?lang=en"), &format!("{ROOM}?lang=en&hours=168")]
    {
        let nodes = heard(chrome, path);
        let spoken =
            ["link", "button", "textbox", "slider", "image", "radio", "combobox", "region", "navigation"];
        for (role, name) in nodes.iter().filter(|(role, _)| spoken.contains(&role.as_str())) {
            assert!(!name.trim().is_empty(), "{path}: a {role} without a name");
        }
        let has = |role: &str, words: &[&str]| {
            nodes.iter().any(|(of, name)| of == role && words.iter().all(|word| name.contains(word)))
        };
        let is_told = match path {
            path if path.contains("hours") => has("figure", &["History"]),
            path if path.contains("rooms") => has("slider", &["A day back, a day ahead"]),
            _ => has("link", &["001", "°", "Setpoint"]) && has("image", &["Power"]),
        };
        assert!(is_told, "{path}: {nodes:?}");
    }
}
