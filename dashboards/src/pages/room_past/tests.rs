use registry::{AlarmFinding, AlarmRule, AlarmSubject, SaidHour, SiteBook, TenantRoom};
use store::{Arrival, StoredSample};
use vocabulary::{BootId, Metric, Quality, Reading, RoomId, Timestamp};

use crate::trial::{NOW, Trial, book};

const ROOM: &str = "/sites/demo/rooms/101?lang=en";
const WEEK: &str = "/sites/demo/rooms/101?lang=en&hours=168";
const HOUR_MS: i64 = 3_600_000;

/// Both heaters in one room.
fn together() -> SiteBook {
    let mut book = book();
    book.heaters[1].room = Some(RoomId::new("101").unwrap());
    book
}

/// The room's sensor saw somebody from nine to ten today.
fn see_somebody(trial: &Trial) {
    let (site, heater, room) = (book().site.id, book().heaters[0].id.clone(), book().rooms[0].id.clone());
    let nine = book().site.zone.instant(NOW, 0, 9 * 60);
    let sample = |n: i64| StoredSample {
        ts: nine.plus_ms(n * HOUR_MS / 6),
        metric: Metric::Presence,
        reading: Reading::Value(1.0),
        quality: Quality::Good,
    };
    let samples = (0..6).map(sample).collect();
    let (boot, room) = (BootId::from_bits(8), Some(room));
    let record = Arrival { site, heater, room, boot, bn: 2, seq: 1, low: 1, late: false, samples };
    trial.app.store.write(&[record]).unwrap();
}

#[tokio::test]
async fn several_heaters_of_a_room_have_a_line_a_column_and_a_file_and_one_alone_has_none() {
    let trial = Trial::lived_in(&together());
    let (_, day) = trial.get(ROOM).await;
    for told in ["<path class=\"heater dash-0\" d=\"M", "<path class=\"heater dash-1\" d=\"M", ">H 101</th>"]
    {
        assert!(day.contains(told), "{told}\n{day}");
    }
    assert!(day.contains("<strong data-value=\"10\">400\u{a0}W</strong>"), "the cursor reads both: {day}");
    assert!(day.contains("/api/v1/rooms/101/powers?site=demo"), "{day}");
    let (_, week) = trial.get(WEEK).await;
    assert!(week.contains("data-heaters=\"[[&#34;h-101&#34;,&#34;H 101&#34;]"), "{week}");
    let (_, alone) = Trial::new().get(ROOM).await;
    assert!(!alone.contains("class=\"heater dash") && !alone.contains("/powers?"), "{alone}");
}

#[tokio::test]
async fn when_somebody_was_there_is_shown_to_those_who_may_see_it_and_written_down() {
    let trial = Trial::new();
    see_somebody(&trial);
    let (_, day) = trial.get(ROOM).await;
    // Nine is 5.5 hours before now, in a picture of two days: 385.4 of 1,000.
    assert!(day.contains("<path class=\"present\" d=\"M385.4 348V332"), "{day}");
    assert!(day.contains("<th scope=\"col\" class=\"n\">somebody there</th>"), "{day}");
    assert!(day.contains("metric=presence"), "as a file too: {day}");
    let place = TenantRoom { site: book().site.id, room: book().rooms[0].id.clone() };
    let reads = trial.app.registry.presence_reads(&place, Timestamp::from_ms(0), 9).unwrap();
    assert!(reads.iter().any(|line| line.new == "series"), "{reads:?}");
    assert!(trial.get(WEEK).await.1.contains("data-presence-name=\"somebody there\""));
    let other = trial.get_as_observer(ROOM).await;
    assert!(!other.contains("somebody there") && !other.contains("class=\"present\""), "{other}");
    assert!(!other.contains("metric=presence") && !other.contains("data-presence-name"), "{other}");
}

#[tokio::test]
async fn an_alarm_is_told_in_the_picture_the_list_the_cursor_and_the_table() {
    let trial = Trial::new();
    let subject = AlarmSubject::Heater(book().site.id, book().heaters[0].id.clone());
    for (is_active, hours) in [(true, -5), (false, -4)] {
        let (rule, subject) = (AlarmRule::HeaterSilent, subject.clone());
        let finding = AlarmFinding { subject, rule, is_active, value: None, limit: 60.0, beneath: None };
        trial.app.registry.note_alarms(&[finding], NOW.plus_ms(hours * HOUR_MS)).unwrap();
    }
    let (_, day) = trial.get(ROOM).await;
    let words = "alarm: \u{2068}H 101\u{2069} says nothing";
    assert!(day.contains("<path class=\"alarm\" d=\"M395.8 6H416.7V12H395.8Z\"/>"), "{day}");
    assert!(day.contains(&format!("<li>09:30 – 10:30: {words}</li>")), "{day}");
    assert!(day.contains(&format!("09:30 – 09:40 · {words}|")), "the cursor says it: {day}");
    assert!(day.contains(&format!("<td class=\"n\">{words}</td>")), "{day}");
    let (_, week) = trial.get(WEEK).await;
    assert!(week.contains(&format!("&#34;{words}&#34;,&#34;alarm&#34;]")), "{week}");
    let (_, other) = trial.get("/sites/demo/rooms/102?lang=en").await;
    assert!(other.contains("<path class=\"alarm\" d=\"\"/>"), "{other}");
}

#[tokio::test]
async fn the_air_outside_is_in_the_picture_the_cursor_and_the_table_where_somebody_said_it() {
    let trial = Trial::new();
    let (_, bare) = trial.get(ROOM).await;
    assert!(!bare.contains("class=\"outside\"") && !bare.contains(">Outdoors</th>"), "{bare}");
    let said = |celsius| SaidHour { outdoor_c: Some(celsius), ..SaidHour::default() };
    let hour = |n: i64, celsius| (NOW.plus_ms(-n * HOUR_MS - HOUR_MS / 2), said(celsius));
    trial.app.registry.note_hours(&book().site.id, &[hour(2, 3.0), hour(1, 5.5)]).unwrap();
    let (_, day) = trial.get(ROOM).await;
    assert!(day.contains("<path class=\"outside\" d=\"M"), "{day}");
    assert!(day.contains("<strong data-value=\"8\">5.5\u{a0}°C</strong>"), "the newest that is known: {day}");
    let heads = day.matches(">Outdoors</th>").count();
    assert!(heads == 1 && day.contains("<td class=\"n\">3.0\u{a0}°C</td>"), "{heads}: {day}");
    assert!(trial.get(WEEK).await.1.contains(">Outdoors</th>"));
}
