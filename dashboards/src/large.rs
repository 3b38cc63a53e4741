//! Pages of a building of 2,000 rooms and heaters stay light, and every room is found on one of them.

use std::collections::BTreeSet;
use std::time::Instant;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use registry::SiteBook;
use vocabulary::{
    BootId, DisplayName, Heartbeat, HeaterId, HeaterTopic, Metric, Mode, Payload as _, Reading, Record,
    RoomId, RoomTopic, Sample, SiteTopic, Topic, Why,
};

use crate::trial::{NOW, Trial, book, room_state, site_state};

const ROOMS: usize = 2_000;
const FLOORS: usize = 20;
/// What a page may weigh on its way, compressed.
const HEAVIEST_BYTES: usize = 60_000;

/// A number that looks like chance and is the same each time.
fn scattered(n: usize, of: usize) -> usize {
    (n.wrapping_mul(2_654_435_761) >> 7) % of
}

/// A tower: each room with a heater, drawn on its floor.
pub(crate) fn tower() -> SiteBook {
    const WORDS: [&str; 8] =
        ["Atelier", "Bureau", "Salle de réunion", "Chambre", "Archives", "Cuisine", "Hall", "Laboratoire"];
    let mut book = book();
    book.site.cap_w = None;
    let (room, heater) = (book.rooms[0].clone(), book.heaters[0].clone());
    let name = |text: String| DisplayName::new(&text).unwrap();
    let id = |n: usize| RoomId::new(&format!("r-{n:04}")).unwrap();
    let rooms = (0..ROOMS).map(|n| {
        let mut area = room.area.unwrap();
        (area.x, area.y) = ((n % 10) as f32 * 5.0, (n % 100 / 10) as f32 * 4.0);
        registry::Room {
            id: id(n),
            name: name(format!("{n:04} {} {}", WORDS[scattered(n, 8)], scattered(n, 977))),
            floor: name(format!("{}e étage", n * FLOORS / ROOMS)),
            area: Some(area),
            ..room.clone()
        }
    });
    book.rooms = rooms.collect();
    let heaters = (0..ROOMS).map(|n| registry::Heater {
        id: HeaterId::new(&format!("h-{n:04}")).unwrap(),
        name: name(format!("Radiateur {n:04}")),
        room: Some(id(n)),
        ..heater.clone()
    });
    book.heaters = heaters.collect();
    book
}

pub(crate) fn hear(trial: &Trial, book: &SiteBook) {
    let site = &book.site.id;
    for (n, room) in book.rooms.iter().enumerate() {
        let temperature_c = 16.0 + scattered(n, 80) as f64 / 10.0;
        let mut state = room_state(NOW.plus_ms(-(scattered(n, 60) as i64) * 1000));
        state.temperature_c = (scattered(n, 41) > 0).then_some(temperature_c);
        state.humidity_pct = Some(30.0 + scattered(n, 300) as f64 / 10.0);
        state.co2_ppm = Some(400.0 + scattered(n, 900) as f64);
        state.occupied = Some(scattered(n, 3) > 0);
        state.drawn_w = Some(scattered(n, 700) as u32);
        let (setpoint_c, heat_w) = (state.setpoint_c, state.drawn_w.unwrap());
        state.why = Why::BelowSetpoint { temperature_c, setpoint_c, heat_w };
        trial.hear(&Topic::room(site, &room.id, RoomTopic::State), &state.encode());
    }
    for (n, heater) in book.heaters.iter().enumerate().filter(|(n, _)| scattered(*n, 37) > 0) {
        let modes = [Mode::Leased, Mode::Leased, Mode::Fallback, Mode::Tripped, Mode::Derated];
        let boot = BootId::from_bits(n as u64);
        let watts = scattered(n, 700) as u32;
        let beat = Heartbeat {
            boot,
            n: 88,
            mono_ms: 1,
            epoch: 12,
            seq: 340,
            budget_w: watts,
            drawn_w: watts.saturating_sub(7),
            lease_left_s: scattered(n, 58) as u32,
            mode: modes[scattered(n, 5)],
            wanted_w: watts + 41,
            controllable: true,
            alarms: Vec::new(),
            steps_w: Vec::new(),
            firmware: String::new(),
            maintainable: true,
        };
        trial.hear(&Topic::heater(site, &heater.id, HeaterTopic::Heartbeat), &beat.encode());
        let sample =
            |metric, value: usize| Sample { dt_ms: 0, metric, reading: Reading::value(value as f64) };
        let record = Record {
            boot,
            bn: 1,
            seq: 1,
            low: 1,
            mono_ms: 1,
            ts: NOW,
            late: false,
            samples: vec![
                sample(Metric::CoresBusy, scattered(n, 17)),
                sample(Metric::JobsRunning, scattered(n, 9)),
                sample(Metric::ChipTemperatureC, 40 + scattered(n, 40)),
            ],
        };
        trial.hear(&Topic::heater(site, &heater.id, HeaterTopic::Record), &record.encode());
    }
    trial.hear(&Topic::site(site, SiteTopic::State), &site_state(vec![]).encode());
}

/// A page as a browser takes it: its length in bytes, compressed.
async fn weight(trial: &Trial, path: &str) -> usize {
    let request = Request::get(path).header("host", "localhost").header("accept-encoding", "gzip");
    let response = trial.ask(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    assert_eq!(response.headers()["content-encoding"], "gzip", "{path}");
    axum::body::to_bytes(response.into_body(), 16 << 20).await.unwrap().len()
}

#[tokio::test]
async fn pages_of_2_000_rooms_and_heaters_weigh_at_most_60_kb_on_their_way() {
    let book = tower();
    let trial = Trial::silent(std::slice::from_ref(&book));
    hear(&trial, &book);
    for path in [
        "/sites/demo",
        "/sites/demo?floor=7",
        "/sites/demo?floor=list&page=20",
        "/sites/demo/plan.css",
        "/sites/demo/rooms",
        "/sites/demo/rooms?sort=cold&page=3",
        "/sites/demo/rooms?state=blind&text=atelier&floor=3e+%C3%A9tage",
        "/sites/demo/heaters",
        "/sites/demo/heaters?sort=drawn&page=20",
        "/sites/demo/search?q=a",
        "/sites/demo/learned",
        "/sites/demo/rules",
    ] {
        let started = Instant::now();
        let bytes = weight(&trial, path).await;
        println!("{bytes:>7} bytes, {:>6.1} ms: {path}", started.elapsed().as_secs_f64() * 1e3);
        assert!(bytes <= HEAVIEST_BYTES, "{path} weighs {bytes} bytes");
    }
}

#[tokio::test]
async fn every_one_of_2_000_rooms_stands_on_exactly_one_page_of_each_list() {
    let book = tower();
    let trial = Trial::silent(std::slice::from_ref(&book));
    hear(&trial, &book);
    for (list, part_name, kind) in [
        ("/rooms?", "rooms", "rooms"),
        ("/rooms?sort=cold&", "rooms", "rooms"),
        ("/heaters?", "heaters", "heaters"),
        ("?floor=list&", "tiles", "rooms"),
    ] {
        let (mut seen, mut count) = (BTreeSet::new(), 0);
        for page in 1..=ROOMS / 100 {
            let (_, html) = trial.get(&format!("/sites/demo{list}page={page}")).await;
            // The list alone: what needs attention links to rooms too.
            let part = html.split("data-part=\"").find(|part| part.starts_with(part_name)).unwrap();
            let key = format!("href=\"/sites/demo/{kind}/");
            for link in part.split(key.as_str()).skip(1) {
                seen.insert(link.split('"').next().unwrap().to_owned());
                count += 1;
            }
        }
        assert_eq!((seen.len(), count), (ROOMS, ROOMS), "{list}");
    }
}
