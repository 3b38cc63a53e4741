//! How soon a page is seen and how large it is, and how long a chart takes from its question to its picture.

use serde_json::{Value, json};

use crate::chrome::Chrome;
use crate::house::{House, eventually};
use crate::{http, quantile, row};

const TIMES: usize = 7;

/// First contentful paint and size of each page, as a first visit finds it: nothing is kept from before.
pub(crate) fn pages(chrome: &mut Chrome, house: &House) {
    let site = "/sites/tisserands";
    let tenant = tenant_link(house);
    let pages = [
        ("home", site.to_owned(), "≤ 60 kB"),
        ("room", format!("{site}/rooms/201"), "≤ 60 kB"),
        ("room, a week", format!("{site}/rooms/201?hours=168"), "≤ 60 kB"),
        ("report", format!("{site}/report"), "≤ 60 kB"),
        ("alarms", format!("{site}/alarms"), "≤ 60 kB"),
        ("schedule", format!("{site}/rooms/201/schedule"), "≤ 60 kB"),
        ("tenant", tenant, "≤ 30 kB"),
    ];
    chrome.resize(1280, 900);
    chrome.call("Network.setCacheDisabled", json!({"cacheDisabled": true}));
    for (name, path, most) in pages {
        let address = format!("{}{path}", house.http);
        let visits: Vec<Visit> = (0..TIMES).map(|_| visit(chrome, &address)).collect();
        let paints: Vec<f64> = visits.iter().map(|visit| visit.painted_ms).collect();
        let Visit { page_b, files_b, data_b, .. } = visits[TIMES - 1];
        let painted = format!("{:.0} ms (most {:.0} ms)", quantile(&paints, 0.5), quantile(&paints, 1.0));
        row(&format!("first contentful paint of {name}, p50 of {TIMES}"), "< 300 ms", &painted);
        let [page, files, data] = [page_b, files_b, data_b].map(|bytes| bytes / 1e3);
        let sizes = format!("{page:.1} kB, its files {files:.1} kB, what its chart asks for {data:.1} kB");
        row(&format!("size of {name}, compressed"), most, &sizes);
    }
    chrome.call("Network.setCacheDisabled", json!({"cacheDisabled": false}));
}

/// A first visit: when something was seen, and what came over the wire.
struct Visit {
    painted_ms: f64,
    page_b: f64,
    /// Styles, scripts, pictures.
    files_b: f64,
    /// Answers of the API.
    data_b: f64,
}

fn visit(chrome: &mut Chrome, address: &str) -> Visit {
    chrome.open(address);
    let paint = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime";
    let painted_ms = eventually("the first paint", || chrome.evaluate(paint).as_f64());
    // A chart asks for its data after the page; a stream never ends and is none of its files.
    let drawn = "document.querySelector('hypocaust-chart:not([data-drawn-ms])') === null";
    eventually("the chart", || (chrome.evaluate(drawn) == json!(true)).then_some(()));
    let sizes = chrome.evaluate(
        "(() => {
            const all = performance.getEntriesByType('resource').filter(({ name }) => !name.includes('/api/v1/stream'));
            const bytes = (files) => files.reduce((sum, file) => sum + file.transferSize, 0);
            const isData = ({ name }) => name.includes('/api/');
            const page = performance.getEntriesByType('navigation');
            return [page, all.filter((file) => !isData(file)), all.filter(isData)].map(bytes);
        })()",
    );
    let [page_b, files_b, data_b] = [0, 1, 2].map(|n| sizes[n].as_f64().unwrap());
    Visit { painted_ms, page_b, files_b, data_b }
}

/// The chart of a heater's week: two series of a record each ten seconds.
pub(crate) fn chart(chrome: &mut Chrome, house: &House) {
    let now = chrome.evaluate("Date.now()").as_f64().unwrap();
    let from = now - 7.0 * 86_400_000.0;
    let count = |metric: &str| {
        let query = format!("site=tisserands&heater=h-001&metric={metric}&from={from:.0}&points=1");
        let body = http::get(&house.http, &format!("/api/v1/series?{query}")).body;
        let body: Value =
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{metric}: {error}: {body}"));
        body["points"][0]["count"].as_u64().unwrap()
    };
    let readings = count("chip_temperature_c") + count("power_w");
    let mut drawn = Vec::new();
    for _ in 0..TIMES {
        chrome.open(&format!("{}/sites/tisserands/heaters/h-001?hours=168", house.http));
        let ms = "document.querySelector('hypocaust-chart')?.dataset.drawnMs";
        let text = eventually("the chart", || chrome.evaluate(ms).as_str().map(str::to_owned));
        drawn.push(text.parse::<f64>().unwrap());
    }
    let what = format!("chart over {readings} readings, from the question to the picture, p50 of {TIMES}");
    let told = format!("{:.0} ms (most {:.0} ms)", quantile(&drawn, 0.5), quantile(&drawn, 1.0));
    row(&what, "< 100 ms", &told);
}

/// A new link to the page of a tenant.
fn tenant_link(house: &House) -> String {
    let path = "/sites/tisserands/rooms/201/tenant-link";
    let shown = http::ask(&house.http, "POST", path, &[("Origin", house.http.as_str())], "").body;
    let token = shown.split("/t/").nth(1).and_then(|rest| rest.split(['"', '<', ' ', '?']).next());
    format!("/t/{}", token.expect("the link is shown once"))
}
