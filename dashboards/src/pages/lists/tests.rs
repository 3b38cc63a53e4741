use super::*;
use crate::language::Language;
use crate::trial::{NOW, Trial, book};
use vocabulary::Zone;

#[tokio::test]
async fn nothing_is_granted_without_a_lease() {
    let trial = Trial::new();
    let speaker = Speaker { language: Language::English, zone: Zone::UTC, now: NOW };
    let granted = |after_s: i64| {
        let building = trial.app.building(&book()).unwrap();
        row(&building.heaters[0], speaker, NOW.plus_ms(after_s * 1000)).granted
    };
    assert_eq!((granted(47).as_str(), granted(48).as_str()), ("430\u{a0}W", UNKNOWN));
}

/// The identifiers of the rooms in the list, in order.
async fn listed(trial: &Trial, path: &str) -> Vec<String> {
    let (_, html) = trial.get(path).await;
    let list = html.split("<tbody>").skip(1).collect::<String>();
    let links = list.split("<th scope=\"row\"><a href=\"/sites/demo/").skip(1);
    links.map(|rest| rest.split('"').next().unwrap().split('/').nth(1).unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_list_is_narrowed_and_ordered_by_its_address() {
    let trial = Trial::new();
    for (query, expected) in [
        ("rooms", vec!["101", "102", "201"]),
        ("rooms?floor=1er+%C3%A9tage", vec!["101", "102"]),
        ("rooms?state=cold", vec!["102"]),
        ("rooms?state=warm", vec![]),
        ("rooms?state=blind", vec!["201"]),
        ("rooms?state=nonsense&sort=nonsense&page=nonsense", vec!["101", "102", "201"]),
        ("rooms?text=MULLER", vec!["102"]),
        ("rooms?text=1er&floor=2e+%C3%A9tage", vec![]),
        ("rooms?sort=cold", vec!["102", "101", "201"]),
        ("rooms?sort=name", vec!["101", "201", "102"]),
        ("heaters", vec!["h-101", "h-102"]),
        ("heaters?text=atelier", vec!["h-101"]),
        ("heaters?floor=2e+%C3%A9tage", vec![]),
        ("heaters?state=leased", vec!["h-101", "h-102"]),
        ("heaters?state=silent", vec![]),
        ("heaters?sort=name", vec!["h-102", "h-101"]),
    ] {
        assert_eq!(listed(&trial, &format!("/sites/demo/{query}")).await, expected, "{query}");
    }
}

#[tokio::test]
async fn a_list_of_one_has_no_pages_and_an_empty_one_says_what_is_missing() {
    let mut one = book();
    one.rooms.truncate(1);
    one.heaters.truncate(1);
    let trial = Trial::silent(&[one.clone()]);
    let (_, html) = trial.get("/sites/demo/rooms?lang=en").await;
    assert!(html.contains("one room") && !html.contains("class=\"pager\""), "{html}");
    let (_, html) = trial.get("/sites/demo/heaters?lang=en&text=nobody").await;
    assert!(html.contains("0 of 1 heaters") && html.contains("Nothing here fits"), "{html}");
    (one.rooms, one.heaters) = (Vec::new(), Vec::new());
    let (_, html) = Trial::silent(&[one]).get("/sites/demo/rooms?lang=en").await;
    assert!(html.contains("This building has no rooms yet") && !html.contains("name=\"sort\""), "{html}");
}
