//! What people tell single heaters on their pages, as it arrives at them; and a heater that comes, is moved and leaves again, where
//! a building is made on the pages.

use serde_json::Value;

use crate::bus::Bus;
use crate::house::{House, Running, eventually, free_port, program};
use crate::http::{Answer, ask, counted, get, json};

const SITE: &str = "tisserands";

fn post(house: &House, path: &str, form: &str) -> Answer {
    ask(&house.http, "POST", path, &[("Origin", &house.http)], form)
}

/// Sends a form that must be obeyed.
fn send(house: &House, path: &str, form: &str) {
    let answer = post(house, path, form);
    assert_eq!(answer.status, 303, "{path} {form}: {}", answer.body);
}

#[test]
fn a_heater_hears_what_it_is_told_on_its_page() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::start(&folder.path().join("data"), None);
    let heaters = json(&house.http, &format!("/api/v1/heaters?site={SITE}"));
    let heater = heaters["heaters"][0]["heater"].as_str().unwrap().to_owned();
    let page = format!("/sites/{SITE}/heaters/{heater}");
    let secret = house.credential("story", &["--role", "service"]);
    let topic = format!("hypocaust/1/{SITE}/heater/{heater}/budget");
    let mut bus = Bus::join(&house.mqtt, "story", &secret, &[&topic]);

    send(&house, &format!("{page}/identify"), "on=1");
    let form = |name: &str, fields: &str| {
        let html = get(&house.http, &page).body;
        let of_form =
            html.split(&format!("/{heater}/{name}\"")).nth(1).expect("the form is there").to_owned();
        format!("seen={}&{fields}", seen(&of_form))
    };
    send(&house, &format!("{page}/limit"), &form("limit", "watts=55&reason=Warm+plug"));
    send(&house, &format!("{page}/drain"), &form("drain", "reason=New+fan"));
    let told = bus.wait_json("/budget", |budget| {
        (budget["drain"] == true && budget["identify"] == true).then(|| budget.clone())
    });
    assert!(told["watts"].as_u64().unwrap() <= 55, "{told}");
    let html = eventually("the page says that the heater has heard it", || {
        let html = get(&house.http, &format!("{page}?lang=en")).body;
        html.contains("The heater has heard it.").then_some(html)
    });
    assert!(html.contains("Warm plug") && html.contains("New fan"), "{html}");
    let draws = |watts: f64| move |value: &Value| value["value"].as_f64().is_some_and(|drawn| drawn <= watts);
    eventually("it draws no more than its limit", || {
        let known = json(&house.http, &format!("/api/v1/heaters/{heater}?site={SITE}"));
        draws(56.0)(&known["values"]["power_w"]).then_some(())
    });

    send(&house, &format!("{page}/identify"), "on=0");
    bus.wait_json("/budget", |budget| {
        (budget["drain"] == true && budget["identify"].is_null()).then_some(())
    });
}

/// The value of a hidden field.
fn seen(html: &str) -> String {
    let value = html.split("name=\"seen\" value=\"").nth(1).expect("a form that says what it has seen");
    value.split('"').next().unwrap().to_owned()
}

#[test]
fn a_building_made_on_the_pages_claims_moves_bars_and_loses_a_heater() {
    let folder = tempfile::tempdir().unwrap();
    let (config, data, tls_port) =
        (folder.path().join("house.toml"), folder.path().join("data"), free_port());
    let listen = format!("[mqtt]\nlisten = \"127.0.0.1:0\"\ntls_listen = \"127.0.0.1:{tls_port}\"\n");
    std::fs::write(&config, listen).unwrap();
    let mut command = program();
    command.args(["--http", "127.0.0.1:0", "--data"]).arg(&data).arg("--config").arg(&config);
    let house = House::of(Running::start(command), &data);

    send(&house, "/first-steps", "name=Villa+Rose&zone=Europe%2FParis&cap_w=");
    let steps = "/sites/villa-rose/first-steps";
    for name in ["Salon", "Cave"] {
        let page = get(&house.http, &format!("{steps}/rooms")).body;
        let form = format!(
            "room=&seen={}&name={name}&floor=0&low_c=16&high_c=23&setback_c=16&comfort_c=20&otherwise_c=16&from=07%3A00&until=22%3A00&days=all",
            seen(&page)
        );
        send(&house, &format!("{steps}/rooms"), &form);
    }
    let page = get(&house.http, &format!("{steps}/heaters")).body;
    let form =
        format!("heater=&seen={}&name=R1&room=salon&rated_w=250&resistor_w=0&fallback_w=100", seen(&page));
    send(&house, &format!("{steps}/heaters"), &form);

    // A real device is claimed over TLS with the code of the page.
    let answer = post(&house, &format!("{steps}/heaters/r1/enrolment-code"), "");
    let command = answer.body.split("<code class=\"address\">").nth(1).expect("a command with a code");
    let code = command.split('<').next().unwrap().rsplit(' ').next().unwrap();
    let mut enrol = program();
    enrol.args(["heater", "enrol", "--url", &format!("mqtts://127.0.0.1:{tls_port}")]);
    enrol.args(["--site", "villa-rose", "--code", code]).current_dir(folder.path());
    let enrolled = enrol.output().unwrap();
    assert!(enrolled.status.success(), "{}", String::from_utf8_lossy(&enrolled.stderr));
    let run = || {
        let mut command = program();
        command.args(["heater", "run", "--identity", "heater-r1"]).current_dir(folder.path());
        command
    };
    let mut device = Running::start(run());
    let known = || json(&house.http, "/api/v1/heaters/r1?site=villa-rose");
    let heard = eventually("the device is heard", || Some(known()).filter(|known| known["silent"] == false));
    assert!(heard["heartbeat"]["firmware"].as_str().unwrap().starts_with("hypocaust "), "{heard}");

    let page = "/sites/villa-rose/heaters/r1";
    let html = get(&house.http, &format!("{page}?lang=en")).body;
    assert!(html.contains("its certificate, until") && html.contains("only reports"), "{html}");
    send(&house, &format!("{page}/room"), "seen=salon&room=cave");
    assert_eq!(known()["room"], "cave");

    // It is thrown out, and does not come back.
    let form = |name: &str| {
        let html = get(&house.http, page).body;
        let of_form = html.split(&format!("/r1/{name}\"")).nth(1).expect("the form is there").to_owned();
        format!("seen={}&sure=1&reason=Stolen", seen(&of_form))
    };
    send(&house, &format!("{page}/revoke"), &form("revoke"));
    eventually("its connection is closed", || {
        let closed = counted(&house.http, "hypocaust_broker_connections_closed_total", "revoked");
        (closed >= 1.0).then_some(())
    });
    // As long as it is heard it stays: it would heat on, and nobody would count with it.
    let answer = post(&house, &format!("{page}/decommission?lang=en"), &form("decommission"));
    assert!(answer.status == 422 && answer.body.contains("Unplug it first"), "{}", answer.body);
    device.kill();
    eventually("it is silent", || (known()["silent"] == true).then_some(()));
    send(&house, &format!("{page}/decommission"), &form("decommission"));
    assert_eq!(get(&house.http, page).status, 404);
    let rooms = json(&house.http, "/api/v1/rooms/cave?site=villa-rose");
    assert_eq!(rooms["heaters"], Value::Array(Vec::new()), "{rooms}");
}
