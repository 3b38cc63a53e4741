//! What a page or an answer tells beyond what its reader may see: nothing.

use super::TABLE;
use super::town::Town;
use crate::trial::read;

#[tokio::test]
async fn a_parameter_given_twice_shows_nobody_what_the_door_did_not_judge() {
    let town = Town::new();
    for address in [
        "/api/v1/rooms?site=demo&site=annexe",
        "/api/v1/rooms?site=&site=annexe",
        "/api/v1/series?site=demo&room=101&room=102&metric=temperature_c",
        "/api/v1/rooms/101?site=demo&room=102",
        "/sites/demo/rooms/101/tenant?site=annexe&room=102",
    ] {
        let (_, body) = read(town.ask("manager", "get", address).await).await;
        assert!(!body.contains("\"annexe\""), "{address}: {body}");
        let (_, body) = read(town.ask("admin", "get", address).await).await;
        assert!(!address.contains("=demo&site") || body.contains("\"demo\""), "the first counts: {body}");
        let (_, body) = read(town.ask("tenant", "get", address).await).await;
        assert!(!body.contains("\"102\"") && !body.contains("Söhne"), "{address}: {body}");
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_mine_are_one_answer() {
    let town = Town::new();
    for (theirs, nobodys) in [
        ("/api/v1/rooms/102?site=demo", "/api/v1/rooms/999?site=demo"),
        ("/api/v1/rooms/101?site=annexe", "/api/v1/rooms/101?site=nowhere"),
        ("/api/v1/heaters/h-101?site=annexe", "/api/v1/heaters/h-999?site=annexe"),
        ("/sites/annexe/rooms/101", "/sites/annexe/rooms/999"),
    ] {
        let (theirs, nobodys) = (
            read(town.ask("tenant", "get", theirs).await).await,
            read(town.ask("tenant", "get", nobodys).await).await,
        );
        let plain = |body: String| body.replace("999", "101");
        assert_eq!((theirs.0, plain(theirs.1)), (nobodys.0, plain(nobodys.1)));
    }
}

#[tokio::test]
async fn every_page_names_only_the_buildings_of_whoever_reads_it() {
    let town = Town::new();
    for path in ["/sites/demo", "/sites/demo/rooms/101", "/nowhere", "/sites/annexe", "/account", "/people"] {
        let (_, html) = read(town.ask("manager", "get", path).await).await;
        assert!(!html.contains("href=\"/sites/annexe\""), "{path}");
        let (_, html) = read(town.ask("nobody", "get", path).await).await;
        assert!(!html.contains("/sites/") && !html.contains("Tisserands"), "{path}");
        let (_, html) = read(town.ask("tenant", "get", path).await).await;
        assert!(!html.contains("href=\"/sites/demo\"") && !html.contains("Söhne"), "{path}");
    }
    let (_, listed) = read(town.ask("manager", "get", "/api/v1/sites").await).await;
    assert!(listed.contains("demo") && !listed.contains("annexe"), "{listed}");
    let (_, listed) = read(town.ask("tenant", "get", "/api/v1/sites").await).await;
    assert!(listed.contains("\"sites\":[]"), "{listed}");
}

#[tokio::test]
async fn a_page_offers_only_what_its_reader_may_do() {
    let town = Town::new();
    let forms = [
        "action=\"/sites/demo/rooms/101/override\"",
        "/tenant-link\"",
        "What was done here",
        "href=\"/people\"",
    ];
    for (asker, expected) in [
        ("admin", [true, true, true, true]),
        ("manager", [true, true, true, false]),
        ("technician", [false, false, true, false]),
        ("observer", [false, false, false, false]),
    ] {
        let (_, html) = read(town.ask(asker, "get", "/sites/demo/rooms/101?lang=en").await).await;
        assert_eq!(forms.map(|form| html.contains(form)), expected, "{asker}");
        assert!(
            html.contains("action=\"/sign-out\"") && html.contains(asker),
            "{asker} is named and may leave"
        );
    }
}

#[tokio::test]
async fn no_answer_to_somebody_who_signed_in_is_kept_by_a_cache_and_each_has_its_policy() {
    let town = Town::new();
    for (method, _, address, _) in TABLE.iter().filter(|(_, path, ..)| *path != "/sign-out") {
        let response = town.ask("admin", method, address).await;
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(!policy.contains("unsafe") && policy.contains("default-src 'none'"), "{address}");
        let kept =
            headers.get("cache-control").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let is_same_for_all = matches!(*address, "/api/openapi.json" | "/assets/app.css" | "/robots.txt");
        let is_private = kept.contains("no-store") || kept.starts_with("private") || response.status() == 204;
        assert!(is_same_for_all || is_private, "{method} {address}: {kept:?}");
    }
}
