//! Those who come without a key, with a wrong one, or from elsewhere.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use registry::PersonRole;

use super::town::{Town, link, person};
use super::{FORM, TABLE};
use crate::trial::{NOW, Trial, book, read};

#[tokio::test]
async fn without_people_this_machine_may_do_everything_and_nobody_else_anything() {
    let trial = Trial::silent(&[book()]);
    let (status, html) = trial.get("/sites/demo?lang=en").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        html.contains("Nobody has to sign in yet") && html.contains("hypocaust person add"),
        "it says so"
    );
    for (path, expected) in [("/people", 200), ("/account", 404), ("/metrics", 200), ("/sign-in", 303)] {
        assert_eq!(trial.get(path).await.0.as_u16(), expected, "{path}");
    }
    for proxy in ["x-forwarded-for", "forwarded", "x-real-ip"] {
        let request = Request::get("/api/v1/sites").header("host", "localhost").header(proxy, "10.0.0.7");
        let response = trial.ask(request.body(Body::empty()).unwrap()).await;
        assert_eq!(
            response.status(),
            StatusCode::UNAUTHORIZED,
            "{proxy}: somebody behind a proxy is not here"
        );
    }
    let mut request = Request::get("/api/v1/sites").header("host", "localhost").body(Body::empty()).unwrap();
    let elsewhere: std::net::SocketAddr = "10.0.0.7:5000".parse().unwrap();
    request.extensions_mut().insert(axum::extract::ConnectInfo(elsewhere));
    assert_eq!(trial.ask(request).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_first_person_closes_the_door_behind_everybody() {
    let trial = Trial::silent(&[book()]);
    assert_eq!(trial.get("/sites/demo").await.0, StatusCode::OK);
    person(&trial, "anna", &PersonRole::Administrator, (NOW, None));
    assert_eq!(trial.get("/api/v1/sites").await.0, StatusCode::UNAUTHORIZED);
    let request =
        Request::get("/sites/demo?floor=1").header("host", "localhost").body(Body::empty()).unwrap();
    let response = trial.ask(request).await;
    assert_eq!(response.headers()["location"], "/sign-in?next=%2Fsites%2Fdemo%3Ffloor%3D1");
    let (_, body) = trial.get("/healthz").await;
    assert!(
        body.contains("\"ok\"") && !body.contains("parts"),
        "a stranger learns no more than that: {body}"
    );
}

#[tokio::test]
async fn a_wrong_token_is_told_so_and_is_no_open_house() {
    let town = Town::new();
    for wrong in ["Bearer x", "Bearer", "Basic YTpi", "Bearer hyp_", ""] {
        for path in ["/api/v1/sites", "/sites/demo", "/metrics"] {
            let request = Request::get(path).header("host", "localhost").header("authorization", wrong);
            let response = town.trial.ask(request.body(Body::empty()).unwrap()).await;
            assert!(
                response.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"),
                "{wrong}"
            );
            let (status, body) = read(response).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{wrong} {path}");
            assert!(body.contains("\"code\":\"token\""), "{body}");
        }
    }
}

#[tokio::test]
async fn no_form_of_a_foreign_page_and_no_giant_body_reaches_any_route() {
    let town = Town::new();
    let (name, key) = town.key("admin").unwrap();
    for (method, _, address, _) in TABLE.iter().filter(|(method, ..)| *method != "get") {
        for (header, value) in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
        ] {
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(address.replace(['{', '}'], ""))
                .header("host", "localhost")
                .header(header, value)
                .header(*name, key)
                .header("content-type", "application/x-www-form-urlencoded");
            let response = town.trial.ask(request.body(Body::from(FORM)).unwrap()).await;
            let (status, body) = read(response).await;
            assert!(
                status == StatusCode::FORBIDDEN && body.contains("own pages"),
                "{method} {address} {value}"
            );
        }
        // These read no body, and so take none either.
        if *method == "delete"
            || address.contains("/tenant-link")
            || address.ends_with("/enrolment-code")
            || *address == "/sign-out"
            || *address == "/t/guess"
        {
            continue;
        }
        let request = Request::post(address.replace("{link}", &link(&town)))
            .header("host", "localhost")
            .header("sec-fetch-site", "same-origin")
            .header(if address.contains("tenant") { "cookie" } else { *name }, key_for(&town, address));
        // Calendars are longer than forms, and buildings than calendars.
        let giant = match address.split('?').next().and_then(|path| path.rsplit('/').next()) {
            Some("calendar") => 1025 * 1024,
            Some("building") => 2049 * 1024,
            _ => 17 * 1024,
        };
        let response = town.trial.ask(request.body(Body::from("x".repeat(giant))).unwrap()).await;
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "{address}");
    }
}

/// The key of somebody who is let in there.
fn key_for(town: &Town, address: &str) -> String {
    town.key(if address.ends_with("/tenant") { "tenant" } else { "admin" }).unwrap().1.clone()
}
