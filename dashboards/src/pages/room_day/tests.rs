use vocabulary::RoomForecast;

use crate::trial::{NOW, Trial, forecast};

const ROOM: &str = "/sites/demo/rooms/101?lang=en";
const MINUTE_MS: i64 = 60_000;

#[tokio::test]
async fn the_page_of_a_room_shows_plan_band_and_the_numbers_behind_the_reason() {
    let trial = Trial::new();
    trial.hear_forecast("101", &forecast(NOW));
    let (_, html) = trial.get(ROOM).await;
    for told in [
        "Expected 20.4\u{a0}°C ± 0.9\u{a0}° at 07:00, from when the plan wants 20.5\u{a0}°C at least.",
        "Heating begins about 05:30.",
        "<dt>Next rise</dt><dd>20.5\u{a0}°C at 07:00</dd>",
        "<dt>Planned until then</dt><dd>0.9\u{a0}kWh, at most 600\u{a0}W</dd>",
        "<path class=\"errors\" d=\"M500 ",
        "<path class=\"planned\" d=\"M812.5 ",
        "<path class=\"presence\" d=\"M500 ",
        "<th scope=\"row\">06:00 – 06:30</th><td class=\"n\">19.6\u{a0}°C</td><td class=\"n\">0.9\u{a0}°</td>",
        "<td class=\"n\">75%</td>",
        "◌</span> simulated · <span class=\"age\">just now",
    ] {
        assert!(html.contains(told), "{told}\n{html}");
    }
    assert!(!html.contains("hypocaust-chart") && !html.contains("uplot"), "it needs no script");
    assert!(html.len() < 60_000, "{} bytes before compression", html.len());
    let (_, week) = trial.get("/sites/demo/rooms/101?hours=168").await;
    assert!(week.contains("<hypocaust-chart") && !week.contains("class=\"day"));
}

#[tokio::test]
async fn where_no_error_is_known_no_band_is_drawn_and_the_page_says_why() {
    let trial = Trial::new();
    trial.hear_forecast("101", &RoomForecast { error_k: Vec::new(), ..forecast(NOW) });
    let (_, html) = trial.get(ROOM).await;
    assert!(html.contains("<path class=\"errors\" d=\"\"/>") && html.contains("so no band is drawn"));
    assert!(html.contains("Expected 20.4\u{a0}°C at 07:00") && !html.contains("key errors"), "{html}");
}

#[tokio::test]
async fn an_old_plan_is_marked_in_sign_and_word_and_explains_nothing() {
    let trial = Trial::new();
    trial.hear_forecast("101", &forecast(NOW.plus_ms(-16 * MINUTE_MS)));
    let (_, html) = trial.get(ROOM).await;
    assert!(html.contains("class=\"day stale\"") && html.contains("This plan is old"), "{html}");
    assert!(html.contains("trust stale\"><span aria-hidden=\"true\">◷</span> stale"), "{html}");
    assert!(!html.contains("class=\"reasons\""), "the reason of now is not explained by it");
    trial.hear_forecast("101", &forecast(NOW.plus_ms(-25 * 60 * MINUTE_MS)));
    let (_, html) = trial.get(ROOM).await;
    assert!(html.contains("The last plan that was heard is over.") && !html.contains("key planned"));
}

#[tokio::test]
async fn a_room_of_which_no_plan_was_heard_says_so() {
    let (_, html) = Trial::new().get(ROOM).await;
    assert!(html.contains("No plan was heard for this room yet."), "{html}");
    assert!(html.contains("<path class=\"air\" d=\"M") && !html.contains("somebody expected"));
}

#[tokio::test]
async fn the_cursor_has_a_moment_for_every_step_and_tells_presence_only_to_those_who_may_see_it() {
    let trial = Trial::new();
    trial.hear_forecast("101", &forecast(NOW));
    let (_, html) = trial.get(ROOM).await;
    let rest = html.split("data-moments=\"").nth(1).unwrap();
    let moments: Vec<&str> = rest.split('"').next().unwrap().lines().collect();
    assert_eq!(moments.len(), 144 + 48, "ten minutes each of the day back, a step each of the day ahead");
    let (first, last) = (moments[0].split('|').next(), moments[191].split('|').next());
    assert_eq!((first, last), (Some("0.17"), Some("100.00")));
    assert!(
        moments[143].ends_with("14:20 – 14:30|21.0\u{a0}°C|–|–|20.5\u{a0}°C|400\u{a0}W|–|–|–|–"),
        "{}",
        moments[143]
    );
    let morning =
        "06:00 – 06:30|–|19.6\u{a0}°C ± 0.9\u{a0}°|17.0 – 22.0\u{a0}°C|17.0\u{a0}°C|–|600\u{a0}W|0%|–|–";
    assert!(moments.iter().any(|moment| moment.ends_with(morning)), "{moments:?}");
    // Without a cursor each key says what is newest, or comes next.
    assert!(html.contains("<strong data-value=\"4\">400\u{a0}W</strong>"), "{html}");
    assert!(html.contains("<strong data-value=\"6\">75%</strong>"), "{html}");

    let html = trial.get_as_observer(ROOM).await;
    assert!(html.contains("06:00 – 06:30|–|") && html.contains("|600\u{a0}W|–"), "{html}");
    assert!(!html.contains("75%") && !html.contains("data-value=\"6\""), "{html}");
}
