//! A tenant's link ends with the tenancy, or when somebody ends it.

use axum::http::StatusCode;
use registry::{PersonName, PersonRole};
use vocabulary::RoomId;

use super::town::{Town, link, site};
use crate::trial::{NOW, read};

#[tokio::test]
async fn a_link_ends_with_the_tenancy_and_shows_nobody_the_room_of_the_next_one() {
    let town = Town::new();
    let registry = &town.trial.app.registry;
    let former = format!("/t/{}", link(&town));
    assert_eq!(town.trial.get(&former).await.0, StatusCode::OK);
    let room = PersonRole::Tenant { site: site("demo"), room: RoomId::new("101").unwrap() };
    let name = PersonName::new("neighbour").unwrap();
    registry.assign_role(&name, &room, (NOW, None), "test", NOW).unwrap();
    assert_eq!(town.trial.get(&former).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_link_can_be_ended_on_the_page_of_its_room_which_says_how_long_it_lasts() {
    let town = Town::new();
    let page = "/sites/demo/rooms/101?lang=en";
    let (_, html) = read(town.ask("manager", "get", page).await).await;
    assert!(!html.contains("/tenant-link/end"), "there is none to be ended");
    let link = format!("/t/{}", link(&town));
    let (_, html) = read(town.ask("manager", "get", page).await).await;
    // The tenancy in room 101 ends in an hour, and the link with it.
    assert!(html.contains("/tenant-link/end") && html.contains("until 15:30"), "{html}");
    let ended = town.ask("manager", "post", "/sites/demo/rooms/101/tenant-link/end").await;
    let to = ended.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(town.trial.get(&link).await.0, StatusCode::NOT_FOUND);
    let (_, html) = read(town.ask("manager", "get", &to.replace('?', "?lang=en&")).await).await;
    assert!(html.contains("The link has ended") && html.contains("ended the link"), "{html}");
}
