//! A building of one's own from its name to a heater that was seen to heat; forms that are sent twice, late or wrong.

use axum::http::StatusCode;
use registry::SiteBook;
use store::{Arrival, StoredSample};
use vocabulary::{
    BootId, Fingerprint, Heartbeat, HeaterId, HeaterTopic, Metric, Mode, Payload as _, Quality, Reading,
    SetpointBy, SiteId, Timestamp, Topic,
};

use crate::trial::{NOW, Trial, WICKED, book};
use crate::visitor::encode;

const ROOM: &str =
    "low_c=17&high_c=22&setback_c=16&comfort_c=20%2C5&otherwise_c=17&from=07:30&until=19:00&days=week";
const HEATER: &str = "rated_w=750&resistor_w=300&fallback_w=200";

fn now(trial: &Trial) -> SiteBook {
    trial.app.registry.site_book(&SiteId::new("villa-rose").unwrap()).unwrap()
}

/// A building with a room and a heater, made on the pages.
async fn villa() -> Trial {
    let trial = Trial::new();
    let (status, to, html) =
        trial.post("/first-steps?lang=en", "name=Villa+Rose&zone=Europe/Paris&cap_w=3000").await;
    assert_eq!(
        (status, to.as_str()),
        (StatusCode::SEE_OTHER, "/sites/villa-rose/first-steps/rooms"),
        "{html}"
    );
    let seen = now(&trial).edition();
    let form = format!("seen={seen}&room=&name=Sal%C3%B3n&floor=RDC&{ROOM}");
    let (status, _, html) = trial.post("/sites/villa-rose/first-steps/rooms?lang=en", &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{html}");
    let seen = now(&trial).edition();
    let form = format!("seen={seen}&heater=&name=R1&room=salon&{HEATER}");
    let (status, _, html) = trial.post("/sites/villa-rose/first-steps/heaters?lang=en", &form).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{html}");
    trial
}

#[tokio::test]
async fn a_building_is_made_step_by_step_and_every_step_is_in_the_audit() {
    let trial = villa().await;
    let book = now(&trial);
    assert_eq!((book.rooms[0].id.as_str(), book.heaters[0].id.as_str()), ("salon", "r1"));
    assert_eq!(book.rooms[0].schedule.week.highest().degrees(), 20.5);
    assert!(trial.app.registry.is_made_on_pages(&book.site.id).unwrap());
    for target in ["site", "room/salon", "heater/r1"] {
        let lines = trial.app.registry.audit_of(&format!("villa-rose/{target}"), 9).unwrap();
        assert_eq!(lines.last().unwrap().action, "configure", "{target}");
    }
    for (path, said) in [
        ("/first-steps", "Villa Rose"),
        ("/sites/villa-rose/first-steps", "What comes next"),
        ("/sites/villa-rose/first-steps/rooms", "Salón"),
        ("/sites/villa-rose/first-steps/rooms?room=salon", "Change a room"),
        ("/sites/villa-rose/first-steps/heaters", "R1"),
        ("/sites/villa-rose/first-steps/heaters?heater=r1", "Change a heater"),
        ("/sites/villa-rose/first-steps/heaters/r1", "Nothing has been heard from it yet"),
    ] {
        let (status, html) =
            trial.get(&format!("{path}{}lang=en", if path.contains('?') { '&' } else { '?' })).await;
        assert!(status == StatusCode::OK && html.contains(said) && !html.contains('⟦'), "{path}: {html}");
    }
    let (status, file) = trial.get("/sites/villa-rose/building.toml").await;
    assert!(status == StatusCode::OK && registry::building_file::read(&file).unwrap() == book.as_described());
}

#[tokio::test]
async fn a_form_that_is_sent_twice_adds_nothing_more_and_the_same_name_may_be_added_again() {
    let trial = Trial::new();
    let form = "name=Villa+Rose&zone=Europe/Paris&cap_w=";
    trial.post("/first-steps", form).await;
    let (status, _, html) = trial.post("/first-steps?lang=en", form).await;
    assert!(
        status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("called Villa Rose already"),
        "{html}"
    );
    let room = |seen: &str| format!("seen={seen}&room=&name=Hall&floor=RDC&{ROOM}");
    let first = now(&trial).edition();
    for _ in 0..2 {
        let (status, ..) = trial.post("/sites/villa-rose/first-steps/rooms", &room(&first)).await;
        assert_eq!((status, now(&trial).rooms.len()), (StatusCode::SEE_OTHER, 1));
    }
    trial.post("/sites/villa-rose/first-steps/rooms", &room(&now(&trial).edition())).await;
    assert_eq!(now(&trial).rooms[1].id.as_str(), "hall-2", "somebody who saw the first one wants another");
    let remove = "remove=hall-2";
    for _ in 0..2 {
        let (status, ..) = trial.post("/sites/villa-rose/first-steps/rooms/remove", remove).await;
        assert_eq!((status, now(&trial).rooms.len()), (StatusCode::SEE_OTHER, 1));
    }
}

#[tokio::test]
async fn a_form_of_yesterday_changes_nothing_and_keeps_what_was_typed() {
    let trial = villa().await;
    let stale = now(&trial).edition();
    let change = |seen: &str, name: &str| {
        format!("seen={seen}&room=salon&name={name}&floor=RDC&low_c=16&high_c=22&setback_c=16")
    };
    trial.post("/sites/villa-rose/first-steps/rooms", &change(&stale, "Hall")).await;
    let (status, _, html) =
        trial.post("/sites/villa-rose/first-steps/rooms?lang=en", &change(&stale, "Atelier")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(html.contains("changed in the meantime") && html.contains("value=\"Atelier\""), "{html}");
    assert_eq!(now(&trial).rooms[0].name.as_str(), "Hall");
    // The page that says so carries what is there now: pressing again takes what was typed.
    let seen = html.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    trial.post("/sites/villa-rose/first-steps/rooms", &change(&seen, "Atelier")).await;
    assert_eq!(now(&trial).rooms[0].name.as_str(), "Atelier");
    let again = format!("seen={stale}&name=Villa+Rose&zone=Europe/Paris&cap_w=3000");
    let (status, ..) = trial.post("/sites/villa-rose/first-steps", &again).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "what is so already was sent twice");
    let site = format!("seen={stale}&name=Villa+Bleue&zone=Europe/Paris&cap_w=3000");
    let (status, ..) = trial.post("/sites/villa-rose/first-steps", &site).await;
    assert_eq!((status, now(&trial).site.name.as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "Villa Rose"));
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_a_sentence_and_nothing_typed_is_lost() {
    let trial = villa().await;
    let before = now(&trial);
    let seen = before.edition();
    let room =
        |find: &str, put: &str| format!("seen={seen}&room=&name=Cave&floor=RDC&{ROOM}").replace(find, put);
    let heater =
        |find: &str, put: &str| format!("seen={seen}&heater=&name=R2&room=salon&{HEATER}").replace(find, put);
    for (path, form, said) in [
        ("rooms", room("name=Cave", "name="), "Name: please write"),
        ("rooms", room("name=Cave", &format!("name={}", "x".repeat(65))), "Name: please write"),
        ("rooms", room("low_c=17", "low_c=4"), "from 5 to 30"),
        ("rooms", room("low_c=17", "low_c=23"), "above the highest"),
        ("rooms", room("from=07:30", "from=20:00"), "ends before it begins"),
        ("rooms", room("from=07:30", "from=25:00"), "a time such as"),
        ("rooms", room("room=", "room=attic"), "not there any more"),
        ("rooms/remove", "remove=salon".to_owned(), "Heaters stand in this room"),
        ("heaters", heater("rated_w=750", "rated_w=0"), "rated power"),
        ("heaters", heater("resistor_w=300", "resistor_w=751"), "above the rated power"),
        ("heaters", heater("room=salon", "room=attic"), "not there any more"),
        ("heaters", heater("fallback_w=200", "fallback_w=lots"), "whole number of watts"),
        (
            "heaters",
            heater("rated_w=750", "rated_w=9000").replace("fallback_w=200", "fallback_w=2900"),
            "fall-back",
        ),
    ] {
        let (status, _, html) =
            trial.post(&format!("/sites/villa-rose/first-steps/{path}?lang=en"), &form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {form}");
        assert!(
            html.contains(said) && html.contains("role=\"alert\"") && !html.contains('⟦'),
            "{form}: {html}"
        );
        let typed = if path == "rooms" && form.contains("name=Cave") { "value=\"Cave\"" } else { "" };
        assert!(html.contains(typed), "{form}: {html}");
        assert_eq!(now(&trial), before, "{form}");
    }
    for form in ["name=&zone=Europe/Paris", "name=X&zone=Paris", "name=X&zone=Europe/Paris&cap_w=-1"] {
        let (status, ..) = trial.post("/first-steps", form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
    }
}

#[tokio::test]
async fn names_of_any_script_are_text_and_make_identifiers() {
    let trial = villa().await;
    for name in [WICKED, "غرفة", "🔥🔥", &"é".repeat(64)] {
        let form = format!(
            "seen={}&room=&name={}&floor={}&{ROOM}",
            now(&trial).edition(),
            encode(name),
            encode(name)
        );
        let (status, _, html) = trial.post("/sites/villa-rose/first-steps/rooms", &form).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{name}: {html}");
    }
    assert_eq!(now(&trial).rooms.len(), 5);
    for path in ["rooms", "rooms?room=room", "heaters"] {
        let (_, html) = trial.get(&format!("/sites/villa-rose/first-steps/{path}")).await;
        assert!(!html.contains("<b onmouseover") && html.contains("Müller"), "{path}: {html}");
    }
}

#[tokio::test]
async fn a_building_that_is_described_elsewhere_is_shown_and_not_changed() {
    let trial = Trial::new();
    let before = trial.app.registry.books().unwrap();
    let (status, html) = trial.get("/sites/demo/first-steps?lang=en").await;
    assert!(status == StatusCode::OK && html.contains("This is the demonstration building"), "{html}");
    let (_, html) = trial.get("/sites/demo/first-steps/rooms").await;
    assert!(!html.contains("name=\"low_c\"") && !html.contains("rooms/remove"), "{html}");
    let seen = before[0].edition();
    let form = format!("seen={seen}&room=&name=Cave&floor=RDC&{ROOM}");
    let (status, ..) = trial.post("/sites/demo/first-steps/rooms", &form).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(trial.app.registry.books().unwrap(), before);
}

#[tokio::test]
async fn a_heater_is_claimed_with_a_code_that_is_shown_once() {
    let trial = villa().await;
    let page = "/sites/villa-rose/first-steps/heaters/r1";
    let (status, _, html) = trial.post(&format!("{page}/enrolment-code?lang=en"), "").await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("tls_listen"), "{html}");
    trial.app.registry.set_authority(&Fingerprint::of(b"an authority")).unwrap();
    let (status, _, html) = trial.post(&format!("{page}/enrolment-code?lang=en"), "").await;
    assert!(status == StatusCode::OK && html.contains("heater run --identity heater-r1"), "{html}");
    let command = html.split("<code class=\"address\">").nth(1).unwrap().split('<').next().unwrap();
    let code: vocabulary::EnrolmentCode = command.rsplit(' ').next().unwrap().parse().unwrap();
    let site = SiteId::new("villa-rose").unwrap();
    let key = Fingerprint::of(b"a key");
    let opened = trial.app.registry.judge_code(&site, None, &code.secret(), &key, NOW).unwrap();
    assert_eq!(opened.as_str(), "r1");
    assert!(!trial.get(page).await.1.contains(&code.to_string()), "once");
}

/// The heater speaks, drawing so much.
fn beat(trial: &Trial, drawn_w: u32, mode: Mode) {
    let (site, heater) = (SiteId::new("villa-rose").unwrap(), HeaterId::new("r1").unwrap());
    let beat = Heartbeat {
        boot: BootId::from_bits(7),
        n: 1,
        mono_ms: 1,
        epoch: 1,
        seq: 1,
        budget_w: 700,
        drawn_w,
        lease_left_s: 50,
        mode,
        wanted_w: 700,
        controllable: true,
        alarms: Vec::new(),
        steps_w: Vec::new(),
        firmware: String::new(),
        maintainable: true,
    };
    trial.hear(&Topic::heater(&site, &heater, HeaterTopic::Heartbeat), &beat.encode());
}

/// History has these powers, one each ten seconds from a minute before now.
fn history(trial: &Trial, powers: &[f64]) {
    let samples = powers.iter().enumerate().map(|(n, watts)| StoredSample {
        ts: NOW.plus_ms(n as i64 * 10_000 - 60_000),
        metric: Metric::PowerW,
        reading: Reading::Value(*watts),
        quality: Quality::Good,
    });
    let record = Arrival {
        site: SiteId::new("villa-rose").unwrap(),
        heater: HeaterId::new("r1").unwrap(),
        room: now(trial).heaters[0].room.clone(),
        boot: BootId::from_bits(7),
        bn: 1,
        seq: 1,
        low: 1,
        late: false,
        samples: samples.collect(),
    };
    trial.app.store.write(&[record]).unwrap();
}

fn later(trial: &Trial, seconds: i64) {
    let then = NOW.plus_ms(seconds * 1000);
    trial.clock.store(then.ms(), std::sync::atomic::Ordering::Relaxed);
}

const TEST: &str = "/sites/villa-rose/first-steps/heaters/r1";

#[tokio::test]
async fn a_heat_test_asks_through_the_controller_and_says_what_was_seen() {
    let trial = villa().await;
    beat(&trial, 40, Mode::Leased);
    history(&trial, &[40.0, 40.0, 40.0, 40.0, 40.0, 40.0, 40.0, 300.0, 650.0, 650.0]);
    for _ in 0..2 {
        let (status, to, html) = trial.post(&format!("{TEST}/test?lang=en"), "").await;
        assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("{TEST}#test")), "{html}");
    }
    let site = SiteId::new("villa-rose").unwrap();
    let wishes = trial.app.registry.overrides(&site, NOW).unwrap();
    assert_eq!((wishes.len(), wishes[0].wish.by), (1, SetpointBy::Manager));
    assert_eq!(wishes[0].wish.until, Timestamp::from_ms(NOW.ms() + 120_000), "twice sent, once begun");
    let lines = trial.app.registry.audit_of("villa-rose/heater/r1", 9).unwrap();
    assert_eq!(lines.iter().filter(|line| line.action == "heat_test").count(), 1);
    let (_, html) = trial.get(&format!("{TEST}?lang=en")).await;
    assert!(html.contains("It goes on. Drawn now: 40") && !html.contains("Begin the test"), "{html}");
    later(&trial, 136);
    beat(&trial, 650, Mode::Leased);
    let (_, html) = trial.get(&format!("{TEST}?lang=en")).await;
    let html = html.replace('\u{a0}', " ");
    assert!(html.contains("Its power rose from 40 W to 650 W, within 20 s"), "{html}");
    assert!(html.contains("Begin the test"), "it may be tried again");
    let (_, html) = trial.get("/sites/villa-rose/first-steps?lang=en").await;
    assert!(html.contains("All steps are done"), "{html}");
}

#[tokio::test]
async fn a_heat_test_that_showed_nothing_says_so() {
    let trial = villa().await;
    beat(&trial, 40, Mode::Leased);
    history(&trial, &[40.0; 16]);
    trial.post(&format!("{TEST}/test"), "").await;
    later(&trial, 136);
    let (_, html) = trial.get(&format!("{TEST}?lang=en")).await;
    assert!(html.contains("Its power did not rise: 40"), "{html}");
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_test_is_said_and_nothing_is_begun() {
    let trial = villa().await;
    let refused = async |said: &str| {
        let (status, _, html) = trial.post(&format!("{TEST}/test?lang=en"), "").await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains(said), "{said}: {html}");
        let (_, html) = trial.get(&format!("{TEST}?lang=en")).await;
        assert!(html.contains(said) && !html.contains("Begin the test"), "{said}: {html}");
    };
    refused("Nothing is heard from it").await;
    beat(&trial, 0, Mode::Tripped);
    refused("It has switched itself off").await;
    beat(&trial, 40, Mode::Leased);
    trial.post("/sites/villa-rose/rooms/salon/override", "setpoint_c=19&end=2h").await;
    refused("Somebody has set the temperature of its room").await;
    let site = SiteId::new("villa-rose").unwrap();
    assert_eq!(trial.app.registry.overrides(&site, NOW).unwrap().len(), 1, "the manager's holds");
}

#[tokio::test]
async fn a_building_begins_from_a_file_too() {
    let trial = Trial::silent(&[]);
    let file = registry::building_file::write(&book());
    let form = |does: &str| format!("do={does}&seen=&file={}", encode(&file));
    let (status, _, html) = trial.post("/first-steps/building?lang=en", &form("look")).await;
    assert!(status == StatusCode::OK && html.contains("is added"), "{html}");
    let (_, to, _) = trial.post("/first-steps/building", &form("take")).await;
    assert_eq!(to, "/sites/demo/first-steps?done=site");
    assert_eq!(trial.app.registry.books().unwrap()[0].as_described(), book().as_described());
    let (status, _, html) = trial.post("/first-steps/building?lang=en", &form("take")).await;
    assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("a building demo already"), "{html}");
}
