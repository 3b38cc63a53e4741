use axum::http::StatusCode;
use registry::RoomGroup;
use vocabulary::{DisplayName, RoomId, SiteId, WeekSchedule};

use crate::trial::{NOW, Trial, book};

const PAGE: &str = "/sites/demo/groups";
const COPY: &str = "/sites/demo/rooms/101/schedule/copy";

fn groups(trial: &Trial) -> Vec<RoomGroup> {
    trial.app.registry.room_groups(&SiteId::new("demo").unwrap()).unwrap()
}

/// What the form for a group carries of it, as it would be sent.
async fn seen(trial: &Trial, group: &str) -> String {
    let (_, html) = trial.get(&format!("{PAGE}?group={group}")).await;
    let value = html.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let text = value.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&");
    crate::visitor::encode(&text)
}

#[tokio::test]
async fn a_group_of_any_name_is_made_changed_and_ended() {
    let trial = Trial::new();
    let long = "é".repeat(64);
    for name in ["Offices north", "<b>Büro</b> & \"Söhne\" 🔥", "غرفة ١٢", &long] {
        let typed = crate::visitor::encode(name);
        let (status, to, _) =
            trial.post(PAGE, &format!("seen=&name={typed}&room=101&room=attic&do=save")).await;
        assert_eq!((status, to.as_str()), (StatusCode::SEE_OTHER, "/sites/demo/groups?done=saved"), "{name}");
        let made = groups(&trial);
        assert_eq!(
            (made.len(), made[0].name.as_str(), made[0].rooms.len()),
            (1, name, 1),
            "attic is no room"
        );
        let (_, html) = trial.get(&format!("{PAGE}?lang=en&group={typed}")).await;
        assert!(html.contains("101 Atelier") && !html.contains("<b>Büro") && !html.contains('⟦'), "{html}");
        let before = seen(&trial, &typed).await;
        let form = format!("seen={before}&name={typed}&floor=1er+%C3%A9tage");
        assert_eq!(trial.post(PAGE, &format!("{form}&do=save")).await.0, StatusCode::SEE_OTHER);
        assert_eq!(groups(&trial)[0].rooms.len(), 2);
        // The same form again is of a group that is not any more what it saw.
        let (status, _, html) = trial.post(&format!("{PAGE}?lang=fr"), &format!("{form}&do=end")).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains("entre-temps"), "{html}");
        let now = seen(&trial, &typed).await;
        let (_, to, _) = trial.post(PAGE, &format!("seen={now}&name={typed}&do=end")).await;
        assert!(to.contains("done=ended") && groups(&trial).is_empty(), "{name}");
    }
    assert_eq!(trial.app.registry.audit_of("demo/room_groups", 99).unwrap().len(), 12);
}

#[tokio::test]
async fn a_group_that_cannot_be_is_refused_and_nothing_typed_is_lost() {
    let trial = Trial::new();
    trial.post(PAGE, "seen=&name=North&room=101&do=save").await;
    for (form, said) in [
        ("seen=&name=+&room=102", "name"),
        ("seen=&name=%07&room=102", "name"),
        ("seen=&name=South", "at least one room"),
        ("seen=&name=North&room=102", "another group"),
        ("seen=%7B&name=North&room=102", "in the meantime"),
    ] {
        let (status, _, html) = trial.post(&format!("{PAGE}?lang=en"), &format!("{form}&do=save")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        let alert = html.split("role=\"alert\"").nth(1).unwrap().split("</p>").next().unwrap();
        assert!(alert.contains(said) && !html.contains('⟦'), "{form}: {alert}");
        assert!(!form.contains("room=102") || html.contains("value=\"102\" checked"), "{form}: {html}");
    }
    assert_eq!(groups(&trial).len(), 1);
}

#[tokio::test]
async fn a_week_is_copied_to_a_group_once_it_was_seen_what_that_changes() {
    let trial = Trial::new();
    let (site, id) = (SiteId::new("demo").unwrap(), |id: &str| RoomId::new(id).unwrap());
    let of = |room: &str| trial.app.registry.schedule_version(&site, &id(room)).unwrap();
    trial.post(PAGE, "seen=&name=North&room=102&room=201&do=save").await;
    let warm = WeekSchedule::constant(vocabulary::Celsius::from_hundredths(1900)).into();
    let edit = registry::ScheduleEdit { room: id("101"), schedule: warm, seen: None };
    trial.app.registry.edit_schedules(&site, &[edit], ("anna", ""), NOW).unwrap();
    let (_, html) = trial.get("/sites/demo/rooms/101/schedule?lang=en").await;
    assert!(html.contains("name=\"group\" value=\"North\"") && html.contains("2 rooms"), "{html}");
    let (status, html) = trial.get(&format!("{COPY}?group=North&lang=en")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(html.contains("name=\"seen-102\" value=\"1\"") && html.contains("201 Archives"), "{html}");
    assert_eq!((of("102").number, of("201").number), (1, 1), "looking changes nothing");
    let form = "version=2&room=102&seen-102=1&room=201&seen-201=1";
    let (status, to, _) = trial.post(COPY, form).await;
    assert_eq!((status, to.contains("done=copy")), (StatusCode::SEE_OTHER, true));
    assert_eq!((of("102").number, of("201").schedule), (2, of("101").schedule));
    let (_, html) = trial.get(&format!("{COPY}?group=North&lang=en")).await;
    assert!(
        html.contains("already") && !html.contains("<form method=\"post\" action=\"/sites/demo/rooms"),
        "{html}"
    );
    trial.post("/sites/demo/rooms/102/schedule/revert", "version=2&number=1").await;
    assert_eq!(of("102").number, 3, "each room has its own way back");
}

#[tokio::test]
async fn nothing_is_copied_where_somebody_came_between() {
    let trial = Trial::new();
    let site = SiteId::new("demo").unwrap();
    let change = |room: &str, hundredths| {
        let schedule = WeekSchedule::constant(vocabulary::Celsius::from_hundredths(hundredths)).into();
        let edit = registry::ScheduleEdit { room: RoomId::new(room).unwrap(), schedule, seen: None };
        trial.app.registry.edit_schedules(&site, &[edit], ("person/ben", ""), NOW).unwrap();
    };
    let number =
        |room: &str| trial.app.registry.schedule_version(&site, &RoomId::new(room).unwrap()).unwrap().number;
    change("101", 1900);
    change("201", 1800);
    for form in [
        // The other room, the one that is copied, a room that nobody looked at.
        "version=2&room=102&seen-102=1&room=201&seen-201=1",
        "version=1&room=102&seen-102=1",
        "version=2&room=102",
    ] {
        let (status, _, html) = trial.post(&format!("{COPY}?lang=en"), form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(html.contains("Nothing was copied") && html.contains("name=\"seen-102\""), "{form}: {html}");
        assert_eq!((number("102"), number("201")), (1, 2), "{form}");
    }
}

#[tokio::test]
async fn a_room_that_has_gone_stays_named_in_its_group_and_is_not_copied_to() {
    let trial = Trial::new();
    trial.post(PAGE, "seen=&name=North&room=102&room=201&do=save").await;
    let mut smaller = book();
    smaller.rooms.retain(|room| room.id.as_str() != "201");
    trial.app.registry.put_site(&smaller).unwrap();
    let (_, html) = trial.get(&format!("{PAGE}?lang=en&group=North")).await;
    assert!(
        html.contains("value=\"201\" checked") && html.contains("not in the building any more"),
        "{html}"
    );
    let (status, html) = trial.get(&format!("{COPY}?group=North&lang=en")).await;
    assert!(status == StatusCode::OK && html.contains("not in the building any more"), "{html}");
    assert!(!html.contains("seen-201") && !html.contains('⟦'), "{html}");
    let before = seen(&trial, "North").await;
    trial.post(PAGE, &format!("seen={before}&name=North&room=102&do=save")).await;
    let name = DisplayName::new("North").unwrap();
    assert_eq!(groups(&trial), [RoomGroup { name, rooms: [RoomId::new("102").unwrap()].into() }]);
}
