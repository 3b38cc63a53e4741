//! A floor plan of three hundred rooms: how long the page works when all of them change.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use crate::bus::Bus;
use crate::chrome::Chrome;
use crate::house::{House, eventually};
use crate::{now_ms, quantile, row};

const ROOMS: usize = 300;
const TIMES: usize = 7;
const RECOLOURED: usize = 3;

/// Measures in the page, before its own script: what the handler of a change takes, and what it takes to put the plan's new
/// tiles in place and lay them out.
const CLOCKS: &str = "globalThis.took = { changes: 0, changed_ms: 0, plans_ms: [] };
const listen = EventSource.prototype.addEventListener;
EventSource.prototype.addEventListener = function (kind, handler) {
    listen.call(this, kind, kind !== 'change' ? handler : (event) => {
        const began = performance.now();
        handler(event);
        took.changed_ms += performance.now() - began;
        took.changes += 1;
    });
};
const colours = () => [...document.querySelectorAll('.tile')].map((tile) => tile.className).join();
const parse = DOMParser.prototype.parseFromString;
DOMParser.prototype.parseFromString = function (...given) {
    const fresh = parse.apply(this, given);
    const [before, began] = [colours(), performance.now()];
    // Runs as soon as the page's script has put what is new into the page.
    queueMicrotask(() => {
        void document.body.offsetHeight;
        getComputedStyle(document.querySelector('.tile')).backgroundColor;
        const took_ms = performance.now() - began;
        if (colours() !== before) took.plans_ms.push(took_ms);
    });
    return fresh;
};";

/// Prints how long the plan takes to be renumbered and recoloured.
pub(crate) fn recoloured(chromium: &Path, folder: &Path) {
    let (config, data) = (folder.join("plan.toml"), folder.join("plan"));
    std::fs::write(&config, building()).unwrap();
    let house = House::start(&data, Some(&config));
    let secret = house.credential("bench", &["--role", "service"]);
    let bus = Bus::join(&house.mqtt, "bench", &secret, &[]);
    let browser = folder.join("planned");
    std::fs::create_dir_all(&browser).unwrap();
    let mut chrome = Chrome::start(chromium, &browser);
    chrome.resize(1280, 900);
    chrome.call("Page.addScriptToEvaluateOnNewDocument", json!({"source": CLOCKS}));
    chrome.open(&format!("{}/sites/home?lang=en", house.http));
    let tiles = "document.querySelectorAll('.tile').length";
    assert_eq!(chrome.evaluate(tiles), json!(ROOMS), "all rooms are on one plan");
    let mut changed = Vec::new();
    for turn in 0..TIMES {
        chrome.evaluate("Object.assign(took, { changes: 0, changed_ms: 0 })");
        let celsius = 17.0 + (turn % 6) as f64;
        (0..ROOMS).for_each(|room| bus.publish(&topic(room), &state(celsius + (room % 7) as f64 / 2.0)));
        let heard = eventually("every room's change", || {
            let took = chrome.evaluate("took");
            (took["changes"].as_u64() >= Some(ROOMS as u64)).then_some(took)
        });
        changed
            .push(heard["changed_ms"].as_f64().unwrap() / heard["changes"].as_f64().unwrap() * ROOMS as f64);
    }
    let most = quantile(&changed, 1.0);
    let told = format!("{:.1} ms (most {most:.1} ms) of the page's script", quantile(&changed, 0.5));
    row(&format!("{ROOMS} rooms change their values, p50 of {TIMES}"), "< 50 ms", &told);
    let mut recoloured = || -> Vec<f64> {
        let plans = chrome.evaluate("took.plans_ms");
        plans.as_array().unwrap().iter().filter_map(serde_json::Value::as_f64).collect()
    };
    for turn in 0..RECOLOURED {
        let celsius = if turn % 2 == 0 { 15.0 } else { 22.0 };
        let before = recoloured().len();
        // The controller tells of these rooms too, which it knows nothing of: so again and again.
        eventually("the plan in new colours", || {
            (0..ROOMS).for_each(|room| bus.publish(&topic(room), &state(celsius)));
            (recoloured().len() > before).then_some(())
        });
    }
    let plans = recoloured();
    let told = format!("{:.1} ms (most {:.1} ms)", quantile(&plans, 0.5), quantile(&plans, 1.0));
    let what = format!(
        "a plan of {ROOMS} rooms recoloured: tiles put in place, style and layout, p50 of {}",
        plans.len()
    );
    row(&what, "< 50 ms", &told);
}

fn topic(room: usize) -> String {
    format!("hypocaust/1/home/room/r-{room:03}/state")
}

fn state(celsius: f64) -> String {
    let at = now_ms() as u64;
    format!(
        r#"{{"v":1,"as_of_ms":{at},"temperature_c":{celsius},"humidity_pct":null,"co2_ppm":null,"illuminance_lux":null,"occupied":true,"setpoint_c":20.0,"setpoint_by":"schedule","until_ms":null,"budget_w":null,"drawn_w":null,"mode":null,"why":{{"code":"no_heater","values":{{}}}}}}"#
    )
}

/// Twenty rooms by fifteen on one floor.
fn building() -> String {
    let mut text =
        "[site]\nid = \"home\"\nname = \"Three hundred rooms\"\nzone = \"Europe/Paris\"\n".to_owned();
    for room in 0..ROOMS {
        let (x, y) = ((room % 20) * 5, (room / 20) * 4);
        let _ = write!(
            text,
            "\n[[room]]\nid = \"r-{room:03}\"\nname = \"{room:03}\"\nfloor = \"0\"\narea = {{ x = {x}.0, y = {y}.0, width = 5.0, depth = 4.0 }}\nlow_c = 17.0\nhigh_c = 23.0\nsetback_c = 16.0\notherwise_c = 20.0\n"
        );
    }
    text
}
