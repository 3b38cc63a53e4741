//! What people do on pages, without a browser's script: forms, links, redirects.

use crate::house::{House, eventually};
use crate::http::{ask, get, json};
use crate::twins;

fn post(house: &House, path: &str, body: &str) -> crate::http::Answer {
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", house.http.as_str())];
    ask(&house.http, "POST", path, &headers, body)
}

/// Sets a rule of alarms of a site with what is `typed`, as its form does: with what the page was made from.
pub(crate) fn set_alarm_rule(house: &House, cookie: &str, (site, rule, typed): (&str, &str, &str)) {
    let headers = [("Origin", house.http.as_str()), ("Cookie", cookie)];
    let path = format!("/sites/{site}/alarm-rules");
    let page = ask(&house.http, "GET", &path, &headers[1..], "").body;
    let row = page.split(&format!("value=\"{rule}\"")).nth(1).expect("the rule has a form");
    let seen = row.split("name=\"seen\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let seen = seen.expect("the form says from what it was made");
    let answer = ask(&house.http, "POST", &path, &headers, &format!("seen={seen}&rule={rule}&{typed}"));
    assert_eq!(answer.status, 303, "{}", answer.body);
}

/// The value behind the + of a tenant's page, while it can be pressed.
fn offered(page: &str) -> Option<String> {
    let button = page.split("<button name=\"setpoint_c\" value=\"").nth(2)?;
    let (value, rest) = button.split_once('"')?;
    let is_disabled = rest.split('>').next()?.contains("disabled");
    (!is_disabled).then(|| value.to_owned())
}

/// The first end that a tenant's page offers.
fn first_end(page: &str) -> &str {
    let options = page.split("<select name=\"end\">").nth(1).expect("ends are offered");
    options.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an option has a value")
}

fn setpoint(house: &House) -> (Option<f64>, String) {
    let room = json(&house.http, "/api/v1/rooms/101?site=home");
    (room["setpoint_c"].as_f64(), room["setpoint_by"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_tenant_changes_their_own_room_within_its_band_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(&folder.path().join("data"), Some(&twins::configuration(folder.path())));
    eventually("the controller speaks of the room", || (setpoint(&house).0 == Some(21.0)).then_some(()));
    let shown = post(&house, "/sites/home/rooms/101/tenant-link", "");
    let token = shown
        .body
        .split("/t/")
        .nth(1)
        .and_then(|rest| rest.split(['"', '<', ' ', '?']).next())
        .expect("a link is shown");
    let path = format!("/t/{token}");
    let page = get(&house.http, &path);
    assert_eq!(page.status, 200);
    assert!(page.head.to_ascii_lowercase().contains("referrer-policy: no-referrer"), "{}", page.head);

    // Press + until it goes no further: the band ends at 23 °C.
    let mut presses = 0;
    while let Some(warmer) = offered(&get(&house.http, &path).body) {
        post(&house, &path, &format!("setpoint_c={warmer}&end={}", first_end(&page.body)));
        presses += 1;
        assert!(presses <= 10, "+ never ends");
    }
    assert!(presses > 0, "+ is offered: {}", page.body);
    // Whoever writes the form by hand gets no further either.
    post(&house, &path, &format!("setpoint_c=29&end={}", first_end(&page.body)));
    eventually("the tenant's wish is in force", || {
        let (celsius, by) = setpoint(&house);
        assert!(celsius <= Some(23.0), "{celsius:?} is above the band");
        (by == "tenant" && celsius == Some(23.0)).then_some(())
    });
    let overrides = json(&house.http, "/api/v1/overrides?site=home")["overrides"].as_array().unwrap().clone();
    assert_eq!(overrides.len(), 1, "one wish, replaced at each press");
    assert_eq!(get(&house.http, &format!("/t/{token}x")).status, 404);

    // A new link ends the old one.
    post(&house, "/sites/home/rooms/101/tenant-link", "");
    assert_eq!(get(&house.http, &path).status, 404);
}
