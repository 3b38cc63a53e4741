//! A walk over every page in a real Chromium: axe-core finds nothing, the console is silent, no other host is asked, what is to
//! be French is French, and each screen is drawn into `target/screens/`.

use std::path::Path;

use serde_json::{Value, json};

use crate::accessibility::{
    FINDINGS, WIDTHS, charts_and_the_floor_plan_have_names, drawn, inspect,
    the_day_of_a_room_is_read_with_pointer_and_keys,
};
use crate::browser::chromium;
use crate::chrome::Chrome;
use crate::house::{House, eventually};
use crate::http::{ask, get};
use crate::pages::set_alarm_rule;
use crate::people::administrator;

pub(crate) const SITE: &str = "tisserands";
pub(crate) const ROOM: &str = "/sites/tisserands/rooms/201";

/// Texts of the open page, read or spoken, in which a word stands that is English and never French. What programs write, and
/// what is marked as another language, is not the page's.
const ENGLISH: &str = r"(() => {
    const word = /(^|[^\p{L}])(the|and|with|was|were|of|is|are|for|this|that|from|when|which|by|not)([^\p{L}]|$)/iu;
    const isOther = (element) => element?.closest('script, style, code, pre, noscript, [lang=en]:not(html)');
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) if (!isOther(walker.currentNode.parentElement)) texts.push(walker.currentNode.data);
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
        for (const element of document.querySelectorAll(`[${name}]`)) if (!isOther(element)) texts.push(element.getAttribute(name));
    }
    return texts.filter((text) => word.test(text)).map((text) => text.trim());
})()";

/// The demonstration after its first plans.
fn lived_in(folder: &Path) -> House {
    let house = House::start(&folder.join("data"), None);
    eventually("the room's first plan", || {
        let answer = get(&house.http, "/api/v1/rooms/201/forecast?site=tisserands");
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        body["steps"].get(0).cloned()
    });
    house
}

/// A new link to the page of a tenant.
fn tenant_link(house: &House, cookie: &str) -> String {
    let headers = [("Origin", house.http.as_str()), ("Cookie", cookie)];
    let shown = ask(&house.http, "POST", &format!("{ROOM}/tenant-link"), &headers, "").body;
    let token = shown.split("/t/").nth(1).and_then(|rest| rest.split(['"', '<', ' ', '?']).next());
    format!("/t/{}", token.expect("the link is shown once"))
}

/// An alarm: rooms above 12 °C are called hot. Gives its number.
fn alarm(house: &House, cookie: &str) -> String {
    set_alarm_rule(house, cookie, (SITE, "room_hot", "enabled=on&limit=12&delay_s=0"));
    eventually("the alarm of a hot room", || {
        let path = format!("/api/v1/alarms?site={SITE}");
        let body = ask(&house.http, "GET", &path, &[("Cookie", cookie)], "").body;
        let alarms: Value = serde_json::from_str(&body).unwrap_or_default();
        alarms["alarms"][0]["id"].as_i64().map(|id| id.to_string())
    })
}

/// The pages that the router has, each once with its name, and some of the same in another state.
fn pages(house: &House, cookie: &str) -> Vec<(String, String)> {
    let (link, alarm) = (tenant_link(house, cookie), alarm(house, cookie));
    let mut pages = Vec::new();
    for route in dashboards::page_addresses() {
        let address = route
            .replace("/t/{token}", &link)
            .replace("{site}", SITE)
            .replace("{room}", "201")
            .replace("{heater}", "h-201")
            .replace("{alarm}", &alarm)
            .replace("{file}", "app.css");
        assert!(!address.contains('{'), "{route}: this story does not know what to put there");
        let answer = ask(&house.http, "GET", &address, &[("Cookie", cookie)], "");
        assert!(matches!(answer.status, 200 | 303), "{address}: {}", answer.status);
        if answer.status == 200 && answer.head.to_ascii_lowercase().contains("content-type: text/html") {
            pages.push((name(route), address));
        }
    }
    let others = [
        ("home-list", "/sites/tisserands?floor=list"),
        ("nowhere", "/nowhere"),
        ("search-found", "/sites/tisserands/search?q=2"),
        ("rooms-sorted", "/sites/tisserands/rooms?sort=cold&text=2"),
        ("room-week", "/sites/tisserands/rooms/201?hours=168"),
        ("report-room", "/sites/tisserands/report?room=201&period=week"),
        ("copy-floor", "/sites/tisserands/rooms/201/schedule/copy?floor=2e+%C3%A9tage&room=101"),
    ];
    pages.extend(others.map(|(name, address)| (name.to_owned(), address.to_owned())));
    pages
}

/// What a screen is called: the last word of its route.
fn name(route: &str) -> String {
    match route {
        "/sites/{site}" => "home".to_owned(),
        "/t/{token}" => "tenant".to_owned(),
        "/t/{token}/presence" => "tenant-presence".to_owned(),
        "/sites/{site}/rooms/{room}/tenant" => "own-room".to_owned(),
        _ => {
            route.trim_matches('/').rsplit('/').next().unwrap_or_default().trim_matches(['{', '}']).to_owned()
        }
    }
}

/// Looks at a page in both languages and themes at all widths, and draws it; gives what is wrong with it.
fn examine(chrome: &mut Chrome, house: &House, (name, path): (&str, &str)) -> Vec<String> {
    let mut found = Vec::new();
    for (language, theme) in [("en", "light"), ("en", "dark"), ("fr", "light"), ("fr", "dark")] {
        let separator = if path.contains('?') { '&' } else { '?' };
        chrome.resize(WIDTHS[0], 900);
        chrome.open(&format!("{}{path}{separator}lang={language}&theme={theme}", house.http));
        let is = chrome.evaluate("[document.documentElement.lang, document.documentElement.dataset.theme]");
        assert_eq!(is, json!([language, theme]), "{path}");
        drawn(chrome);
        let what = format!("{path} {language} {theme}");
        found.extend(chrome.strangers(&house.http).into_iter().map(|url| format!("{what}: asked for {url}")));
        // That an address leads nowhere is a complaint of the browser's own.
        let complaints = if name == "nowhere" { Vec::new() } else { chrome.complaints() };
        found.extend(complaints.into_iter().map(|said| format!("{what}: {said}")));
        if language == "fr" {
            let english = chrome.evaluate(ENGLISH);
            let english = english.as_array().expect("a list").iter();
            found.extend(english.map(|text| format!("{what}: is not French: {text}")));
        }
        if (language, theme) != ("fr", "dark") {
            photograph(chrome, &format!("{name}-{language}"), theme);
        }
        found.extend(inspect(chrome, &what));
    }
    found
}

/// The open page on a phone and at a desk, as pictures in `target/screens`.
fn photograph(chrome: &mut Chrome, name: &str, theme: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
    std::fs::create_dir_all(&folder).unwrap();
    let end = if theme == "dark" { "-dark" } else { "" };
    for (size, width) in [("phone", WIDTHS[0]), ("desk", WIDTHS[1])] {
        chrome.resize(width, 900);
        chrome.photograph(&folder.join(format!("{name}-{size}{end}.png")));
    }
}

/// What forms lead to and no address does: refusals, and what is shown once.
fn examine_answers(chrome: &mut Chrome, house: &House) -> Vec<String> {
    let mut found = Vec::new();
    for (page, form, fill) in [
        (ROOM, "form.wish", "form.noValidate = true; form.elements.setpoint_c.value = 'warm';"),
        (ROOM, "form[action$='/tenant-link']", ""),
        ("/people", "form[action='/people']", "form.elements.name.value = 'bruno';"),
        ("/account", "form[action='/account/password']", "form.noValidate = true;"),
    ] {
        chrome.open(&format!("{}{page}", house.http));
        chrome.evaluate(&format!(
            "{{ const form = document.querySelector({form:?}); {fill} setTimeout(() => form.submit()); }}"
        ));
        chrome.arrive();
        let what = format!("{page} after {form}");
        let is_told =
            chrome.evaluate("document.querySelector('[role=alert], [role=status]:not([hidden])') !== null");
        assert_eq!(is_told, json!(true), "{what}: {}", chrome.evaluate("document.body.innerText"));
        found.extend(inspect(chrome, &what));
    }
    found
}

#[test]
fn every_page_is_for_everybody_in_both_languages_and_pictures_are_read_without_eyes_or_pointer() {
    let Some(chromium) = chromium() else { return };
    let folder = tempfile::tempdir().unwrap();
    let house = lived_in(folder.path());
    let mut chrome = Chrome::start(&chromium, folder.path());
    let mut found = examine(&mut chrome, &house, ("home-open-house", &format!("/sites/{SITE}")));
    let cookie = administrator(&house);
    found.extend(examine(&mut chrome, &house, ("sign-in", "/sign-in")));
    chrome.keep_cookie(&house.http, &cookie);
    // One house, because a week of a building takes the better part of a minute to make.
    the_day_of_a_room_is_read_with_pointer_and_keys(&mut chrome, &house);
    charts_and_the_floor_plan_have_names(&mut chrome, &house);
    the_day_ahead_is_drawn(&mut chrome, &house, &cookie);
    let pages = pages(&house, &cookie);
    for (name, page) in &pages {
        found.extend(examine(&mut chrome, &house, (name, page)));
    }
    found.extend(examine_answers(&mut chrome, &house));
    println!("{} pages looked at in 12 ways each: {pages:?}", pages.len() + 2);
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
    // It would have found something.
    chrome.evaluate("document.querySelector('main').append(document.createElement('img'))");
    assert!(chrome.evaluate(FINDINGS).to_string().contains("image-alt"), "axe does not look");
    a_tenant_s_link_opens_one_room(&mut chrome, &house, &cookie);
}

/// The demonstration's room has lived a week: its page draws plan, band and bounds beyond now, and says why.
fn the_day_ahead_is_drawn(chrome: &mut Chrome, house: &House, cookie: &str) {
    let path = format!("/api/v1/rooms/201/forecast?site={SITE}");
    let body = ask(&house.http, "GET", &path, &[("Cookie", cookie)], "").body;
    let forecast: Value = serde_json::from_str(&body).unwrap();
    // Where the last day could not be judged there is no error, and so no band.
    let errors = forecast["steps"][0]["error_k"].is_number().then_some("errors");
    chrome.open(&format!("{}{ROOM}?lang=en", house.http));
    for class in ["expected", "bounds", "planned", "air", "presence", "present"].into_iter().chain(errors) {
        let path =
            chrome.evaluate(&format!("document.querySelector('.day path.{class}')?.getAttribute('d')"));
        assert!(path.as_str().is_some_and(|path| path.starts_with('M')), "{class} is drawn: {path}");
    }
    assert_eq!(
        chrome.evaluate("document.querySelector('.reasons') !== null"),
        json!(true),
        "the reason's numbers"
    );
    assert_eq!(chrome.evaluate("document.querySelector('.day.stale')"), Value::Null, "the plan is fresh");
}

/// Whoever holds a link and nothing else is led nowhere but to their room, and elsewhere has to sign in.
fn a_tenant_s_link_opens_one_room(chrome: &mut Chrome, house: &House, cookie: &str) {
    let link = tenant_link(house, cookie);
    chrome.call("Network.clearBrowserCookies", json!({}));
    chrome.open(&format!("{}{link}", house.http));
    let told = chrome.evaluate("document.body.innerText");
    assert!(told.as_str().is_some_and(|told| told.contains("201") && !told.contains("202")), "{told}");
    let ways = "[...document.querySelectorAll('a[href], form')].map((way) => new URL(way.href ?? way.action).pathname)";
    let ways = chrome.evaluate(ways);
    let elsewhere =
        ways.as_array().unwrap().iter().filter_map(Value::as_str).filter(|way| !way.starts_with(&link));
    assert_eq!(elsewhere.collect::<Vec<_>>(), Vec::<&str>::new(), "every way leads to the own room");
    for path in
        [ROOM, "/sites/tisserands", "/sites/tisserands/rooms/202", "/sites/tisserands/rooms/201/schedule"]
    {
        chrome.open(&format!("{}{path}", house.http));
        assert_eq!(chrome.evaluate("location.pathname"), json!("/sign-in"), "{path}");
    }
}
