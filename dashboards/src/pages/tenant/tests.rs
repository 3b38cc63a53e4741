use axum::body::Body;
use axum::http::{Request, StatusCode};
use registry::TenantRoom;
use vocabulary::{RoomForecast, RoomId, SetpointBy, SiteId, Why};

use crate::trial::{NOW, Trial, WICKED, forecast};
use crate::wish::HOUR_MS;

fn place(room: &str) -> TenantRoom {
    TenantRoom { site: SiteId::new("demo").unwrap(), room: RoomId::new(room).unwrap() }
}

fn link(trial: &Trial, room: &str) -> String {
    format!("/t/{}", trial.app.registry.make_tenant_link(&place(room), "test", NOW).unwrap())
}

fn in_force(trial: &Trial) -> Vec<registry::Override> {
    trial.app.registry.overrides(&place("101").site, NOW).unwrap()
}

#[tokio::test]
async fn the_page_shows_one_room_in_plain_words() {
    let trial = Trial::new();
    let link = link(&trial, "101");
    for (tag, word) in [("en", "You are comfortable"), ("fr", "Vous êtes bien")] {
        let (status, html) = trial.get(&format!("{link}?lang={tag}")).await;
        assert_eq!(status, StatusCode::OK);
        assert!(html.contains(word) && !html.contains('⟦'), "{html}");
        assert!(!html.contains("/sites/") && !html.contains("102") && !html.contains("Archives"));
        assert!(!html.contains("<script") && html.len() < 30_000);
    }
}

#[tokio::test]
async fn the_address_goes_into_no_referrer_index_or_cache() {
    let trial = Trial::new();
    let request = Request::get(link(&trial, "101")).header("host", "localhost").body(Body::empty()).unwrap();
    let response = trial.ask(request).await;
    assert_eq!(response.headers()["referrer-policy"], "no-referrer");
    assert!(response.headers()["x-robots-tag"].to_str().unwrap().contains("noindex"));
    assert!(response.headers()["cache-control"].to_str().unwrap().contains("no-store"));
}

#[tokio::test]
async fn a_wish_within_the_band_is_written_and_can_be_taken_back() {
    let trial = Trial::new();
    let link = link(&trial, "101");
    let (status, to, _) = trial.post(&link, "setpoint_c=21.0&end=default").await;
    assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("{link}?done=wish")));
    let wish = in_force(&trial).remove(0);
    assert_eq!((wish.wish.by, wish.wish.until), (SetpointBy::Tenant, NOW.plus_ms(4 * HOUR_MS)));
    let (status, to, _) = trial.post(&link, &format!("end_wish={}", wish.id)).await;
    assert_eq!((status, to), (StatusCode::SEE_OTHER, format!("{link}?done=end")));
    assert!(in_force(&trial).is_empty());
}

#[tokio::test]
async fn no_wish_leaves_the_band_or_the_room() {
    let trial = Trial::new();
    let link = link(&trial, "101");
    for form in [
        "setpoint_c=22.5&end=1h",
        "setpoint_c=16.5&end=1h",
        "setpoint_c=NaN&end=1h",
        "setpoint_c=&end=1h",
        "",
        "setpoint_c=23&end=1h&room=102&site=demo",
    ] {
        let (status, _, _) = trial.post(&link, form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
    }
    assert!(in_force(&trial).is_empty());
    trial.post(&link, "setpoint_c=21&end=1h&room=102&site=demo").await;
    assert_eq!(in_force(&trial)[0].wish.room.as_str(), "101", "a room named in the form means nothing");
}

#[tokio::test]
async fn a_tenant_ends_neither_a_manager_s_override_nor_a_neighbour_s_wish() {
    let trial = Trial::new();
    let (mine, theirs) = (link(&trial, "101"), link(&trial, "102"));
    trial.post("/sites/demo/rooms/101/override", "setpoint_c=18&end=2h").await;
    trial.post(&theirs, "setpoint_c=21&end=1h").await;
    for wish in in_force(&trial) {
        trial.post(&mine, &format!("end_wish={}", wish.id)).await;
    }
    assert_eq!(in_force(&trial).len(), 2);
}

#[tokio::test]
async fn a_new_link_ends_the_old_one_and_a_guess_opens_nothing() {
    let trial = Trial::new();
    let old = link(&trial, "101");
    let (status, _, html) = trial.post("/sites/demo/rooms/101/tenant-link", "").await;
    let new = html.split("http://localhost").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!((status, trial.get(&new).await.0), (StatusCode::OK, StatusCode::OK));
    for path in [old.as_str(), "/t/x", &format!("/t/{}", "a".repeat(5000)), &format!("{new}/rooms")] {
        assert_eq!(trial.get(path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(!trial.get("/sites/demo/rooms/101").await.1.contains(&new), "the link is shown once");
}

#[tokio::test]
async fn at_the_edge_of_the_band_the_button_beyond_is_off_and_names_are_escaped() {
    let trial = Trial::new();
    let link = link(&trial, "102");
    trial.post(&link, "setpoint_c=22&end=1h").await;
    let (_, html) = trial.get(&format!("{link}?lang=en")).await;
    assert!(html.contains("aria-label=\"Warmer by half a degree\" disabled"));
    assert!(!html.contains(WICKED));
}

#[tokio::test]
async fn a_room_that_is_not_measured_says_so_instead_of_a_number() {
    let trial = Trial::new();
    trial.hear_room("101", None, Why::TemperatureUnknown { age_s: None });
    let (_, html) = trial.get(&format!("{}?lang=en", link(&trial, "101"))).await;
    assert!(html.contains("Not measured right now"));
    assert!(html.contains("not known right now") && !html.contains("cannot be reached"));
}

#[tokio::test]
async fn a_wish_under_a_stronger_hand_is_not_promised() {
    let trial = Trial::new();
    let link = link(&trial, "101");
    trial.post("/sites/demo/rooms/101/override", "setpoint_c=18&end=2h").await;
    let (_, html) = trial.get(&format!("{link}?lang=en&done=wish")).await;
    assert!(html.contains("has set this temperature until 16:30") && !html.contains("Noted"));
    assert_eq!(html.matches(" disabled>").count(), 2, "{html}");
    let (status, _, _) = trial.post(&link, "setpoint_c=21&end=1h").await;
    assert_eq!((status, in_force(&trial).len()), (StatusCode::UNPROCESSABLE_ENTITY, 1));
}

#[tokio::test]
async fn the_chosen_end_stays_chosen() {
    let trial = Trial::new();
    let link = link(&trial, "101");
    let (_, to, _) = trial.post(&link, "setpoint_c=21&end=4h").await;
    assert!(to.ends_with("?done=wish&end=4h"), "{to}");
    assert!(trial.get(&to).await.1.contains("value=\"4h\" selected"));
}

#[tokio::test]
async fn an_old_reading_is_no_comfort() {
    let trial = Trial::new();
    let link = link(&trial, "101");
    trial.clock.store(NOW.ms() + 100_000, std::sync::atomic::Ordering::Relaxed);
    let (_, html) = trial.get(&format!("{link}?lang=en")).await;
    assert!(html.contains("Not measured right now") && !html.contains("You are comfortable"));
}

#[tokio::test]
async fn the_page_says_in_two_sentences_what_comes() {
    let trial = Trial::new();
    let link = link(&trial, "101");
    assert!(!trial.get(&format!("{link}?lang=en")).await.1.contains("What comes"), "nothing was heard");
    trial.hear_forecast("101", &forecast(NOW));
    let (_, html) = trial.get(&format!("{link}?lang=en")).await;
    let told = "Warm until 19:00, and again at 07:00. Heating begins about 05:30.";
    assert!(html.contains(told) && html.len() < 30_000, "{html}");
    assert!(trial.get(&format!("{link}?lang=fr")).await.1.contains("Le chauffage commence vers 05:30."));
    assert!(!html.contains("75%"), "who is expected when stands on no page that a link opens");
    trial.clock.store(NOW.ms() + 16 * 60_000, std::sync::atomic::Ordering::Relaxed);
    assert!(!trial.get(&format!("{link}?lang=en")).await.1.contains("What comes"), "an old plan is none");
}

#[tokio::test]
async fn in_a_cold_room_the_page_says_when_it_is_warm() {
    let trial = Trial::new();
    let link = link(&trial, "101");
    trial.hear_room("101", Some(17.0), Why::NoHeater {});
    let warming = RoomForecast { power_w: vec![700.0; 48], ..forecast(NOW) };
    let warming = RoomForecast { air_c: [vec![18.0, 19.5], vec![20.3; 46]].concat(), ..warming };
    trial.hear_forecast("101", &warming);
    let (_, html) = trial.get(&format!("{link}?lang=en")).await;
    assert!(html.contains("Warm enough at 16:00. Heating goes on all day."), "{html}");
}
