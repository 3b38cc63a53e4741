use axum::body::Body;
use axum::http::{Request, StatusCode};
use registry::{FirstPassword, PersonName, PersonRole};
use serde_json::{Value, json};
use vocabulary::{RoomForecast, Timestamp};

use crate::trial::{NOW, Trial, book, forecast, read};

const FORECAST: &str = "/api/v1/rooms/101/forecast?site=demo";
const DAY_MS: i64 = 24 * 3_600_000;

#[tokio::test]
async fn a_forecast_is_steps_with_what_is_expected_wanted_and_planned() {
    let trial = Trial::new();
    trial.hear_forecast("101", &forecast(NOW));
    let (status, body) = trial.json(FORECAST).await;
    assert_eq!((status, body["steps"].as_array().unwrap().len()), (StatusCode::OK, 48));
    assert_eq!((&body["as_of_ms"], &body["stale"]), (&json!(NOW.ms()), &json!(false)));
    let step = json!({
        "from_ms": NOW.plus_ms(30 * 1_800_000), "to_ms": NOW.plus_ms(31 * 1_800_000), "power_w": 600.0,
        "air_c": 18.8, "error_k": 0.85, "low_c": 17.0, "high_c": 22.0, "presence": 0.0
    });
    assert_eq!(body["steps"][30], step);
    let (_, csv) = trial.get(&format!("{FORECAST}&format=csv")).await;
    let line = csv.lines().nth(31).unwrap();
    assert_eq!(line, "2026-01-22T04:30:00Z,2026-01-22T05:00:00Z,600,18.8,0.85,17,22,0");
    assert_eq!(trial.json(&format!("{FORECAST}&format=xml")).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_old_forecast_says_so_and_none_is_null() {
    let trial = Trial::new();
    let (_, none) = trial.json(FORECAST).await;
    assert_eq!((&none["steps"], &none["as_of_ms"]), (&Value::Null, &Value::Null));
    trial.hear_forecast("101", &forecast(NOW.plus_ms(-16 * 60_000)));
    let (_, old) = trial.json(FORECAST).await;
    assert_eq!((&old["stale"], old["steps"].as_array().unwrap().len()), (&json!(true), 48));
}

#[tokio::test]
async fn a_forecast_that_is_not_whole_changes_nothing_and_is_counted() {
    let trial = Trial::new();
    trial.hear_forecast("101", &forecast(NOW));
    let refused = trial.app.board.counts().1;
    trial.hear_forecast("101", &RoomForecast { air_c: vec![21.0], ..forecast(NOW) });
    assert_eq!(trial.app.board.counts().1, refused + 1);
    assert_eq!(trial.json(FORECAST).await.1["steps"].as_array().unwrap().len(), 48);
}

#[tokio::test]
async fn what_was_learned_is_told_of_each_room() {
    let trial = Trial::new();
    trial.hear_forecast("101", &forecast(NOW));
    let (_, one) = trial.json("/api/v1/rooms/101/learned").await;
    let learned = json!({
        "since_ms": NOW.plus_ms(-10 * DAY_MS), "time_constant_h": 61.5, "heat_loss_w_per_k": 24.2,
        "errors_k": [0.1, 0.4, 0.9]
    });
    assert_eq!(one["learned"], learned);
    let (_, all) = trial.json("/api/v1/learned").await;
    let rooms = all["rooms"].as_array().unwrap();
    assert_eq!((rooms.len(), &rooms[0]["learned"], &rooms[1]["learned"]), (3, &learned, &Value::Null));
}

/// The probabilities as somebody of this role, since then, is told them.
async fn presence_for(trial: &Trial, name: &str, role: &PersonRole, since: Timestamp) -> Value {
    let (person, registry) = (PersonName::new(name).unwrap(), &trial.app.registry);
    registry.add_person(&person, &FirstPassword::Chosen("four plain words"), "test", NOW).unwrap();
    registry.assign_role(&person, role, (since, None), "test", NOW).unwrap();
    let secret = registry.sign_in(&person, "four plain words", NOW).unwrap().unwrap();
    let request = Request::get(FORECAST).header("host", "localhost");
    let request = request.header("cookie", format!("hypocaust={secret}")).body(Body::empty()).unwrap();
    let (status, body) = read(trial.ask(request).await).await;
    assert_eq!(status, StatusCode::OK, "{name}");
    let body: Value = serde_json::from_str(&body).unwrap();
    body["steps"][0]["presence"].clone()
}

#[tokio::test]
async fn when_somebody_is_expected_is_told_to_those_who_may_see_it_only() {
    let trial = Trial::new();
    trial.hear_forecast("101", &forecast(NOW));
    let (site, room) = (book().site.id, book().rooms[0].id.clone());
    let (sites, weeks) = ([site.clone()].into(), |n: i64| NOW.plus_ms(-n * 7 * DAY_MS));
    let tenant = PersonRole::Tenant { site, room };
    for (name, role, since, expected) in [
        ("manager", &PersonRole::FacilityManager { sites }, weeks(0), json!(0.75)),
        ("technician", &PersonRole::Technician { sites: [book().site.id].into() }, weeks(9), Value::Null),
        ("observer", &PersonRole::Observer { sites: [book().site.id].into() }, weeks(9), Value::Null),
        ("tenant", &tenant, weeks(8), json!(0.75)),
        // What is expected of the room was learned of those before.
        ("newcomer", &tenant, weeks(7), Value::Null),
    ] {
        assert_eq!(presence_for(&trial, name, role, since).await, expected, "{name}");
    }
}
