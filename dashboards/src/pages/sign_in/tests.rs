//! From the sign-in page to the sign-out, as a browser without script goes.

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode};
use registry::{FirstPassword, PersonRole, TenantRoom};
use vocabulary::{RoomId, SiteId};

use super::*;
use crate::front::PublicUrl;
use crate::trial::{NOW, Trial, WICKED, book, read};

const WORDS: &str = "four plain words";

fn town() -> Trial {
    let trial = Trial::new();
    add(&trial, "anna", &FirstPassword::Chosen(WORDS));
    trial
}

/// An administrator; gives the password for one use where it is one.
fn add(trial: &Trial, name: &str, password: &FirstPassword<'_>) -> Option<String> {
    let name = PersonName::new(name).unwrap();
    let made = trial.app.registry.add_person(&name, password, "test", NOW).unwrap();
    trial.app.registry.assign_role(&name, &PersonRole::Administrator, (NOW, None), "test", NOW).unwrap();
    made
}

/// A form with these cookies; gives the answer.
async fn send(trial: &Trial, path: &str, cookie: &str, form: &str) -> Response<Body> {
    let request = Request::post(path)
        .header("host", "localhost")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", cookie)
        .body(Body::from(form.to_owned()));
    trial.ask(request.unwrap()).await
}

async fn look(trial: &Trial, path: &str, cookie: &str) -> (StatusCode, String) {
    let request = Request::get(path).header("host", "localhost").header("cookie", cookie);
    read(trial.ask(request.body(Body::empty()).unwrap()).await).await
}

fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// The cookie as the browser sends it back.
fn kept(response: &Response<Body>) -> String {
    header(response, "set-cookie").split(';').next().unwrap_or_default().to_owned()
}

async fn signed_in(trial: &Trial, name: &str, password: &str) -> String {
    let response = send(trial, "/sign-in", "", &format!("name={name}&password={password}")).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    kept(&response)
}

#[test]
fn after_signing_in_one_stays_on_this_server() {
    for good in ["/", "/sites/demo?floor=1", "/sites/demo/rooms/101"] {
        assert_eq!(safe_next(good), good);
    }
    for bad in [
        "",
        "sites",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "/a b",
        "/\r\nset-cookie: a=b",
        "javascript:alert(1)",
        "/sign-in?next=/sign-in",
        "/é",
    ] {
        assert_eq!(safe_next(bad), "/", "{bad:?}");
    }
}

#[tokio::test]
async fn signing_in_leads_back_to_where_one_was_and_signing_out_ends_it() {
    let trial = town();
    let (_, page) = look(&trial, "/sign-in?next=%2Fsites%2Fdemo&lang=fr", "").await;
    assert!(page.contains("value=\"/sites/demo\"") && page.contains("Mot de passe"));
    let form = "name=+Anna+&password=four+plain+words&next=%2Fsites%2Fdemo";
    let response = send(&trial, "/sign-in", "", form).await;
    assert_eq!((response.status(), header(&response, "location")), (StatusCode::SEE_OTHER, "/sites/demo"));
    let line = header(&response, "set-cookie");
    assert!(line.starts_with("hypocaust=") && line.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{line}");
    let cookie = kept(&response);
    let (status, html) = look(&trial, "/sites/demo?lang=en", &cookie).await;
    assert!(status == StatusCode::OK && html.contains(">anna</a>") && html.contains("Sign out"));
    let response = send(&trial, "/sign-out", &cookie, "").await;
    assert!(header(&response, "set-cookie").contains("Max-Age=0"));
    assert_eq!(look(&trial, "/sites/demo", &cookie).await.0, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_foreign_address_is_not_gone_to_after_signing_in() {
    let trial = town();
    for next in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", "%0d%0aa"] {
        let response = send(&trial, "/sign-in", "", &format!("name=anna&password={WORDS}&next={next}")).await;
        assert_eq!(header(&response, "location"), "/", "{next}");
        let (_, page) = look(&trial, &format!("/sign-in?next={next}"), "").await;
        assert!(page.contains("name=\"next\" value=\"/\""), "{next}");
    }
}

#[tokio::test]
async fn a_session_is_made_anew_at_each_sign_in_and_none_can_be_planted() {
    let trial = town();
    let planted = "hypocaust=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let response = send(&trial, "/sign-in", planted, &format!("name=anna&password={WORDS}")).await;
    let first = kept(&response);
    assert_ne!(first, planted);
    assert_eq!(look(&trial, "/sites/demo", planted).await.0, StatusCode::SEE_OTHER, "it opens nothing");
    let response = send(&trial, "/sign-in", &first, &format!("name=anna&password={WORDS}")).await;
    let second = kept(&response);
    assert_eq!(
        look(&trial, "/sites/demo", &first).await.0,
        StatusCode::SEE_OTHER,
        "the one before has ended"
    );
    assert_eq!(look(&trial, "/sites/demo", &second).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_are_one_answer_and_names_are_escaped() {
    let trial = town();
    let mut answers = Vec::new();
    for name in ["anna", "nobody", "no+name+at+all", ""] {
        let response = send(&trial, "/sign-in?lang=en", "", &format!("name={name}&password=wrong")).await;
        assert!(header(&response, "set-cookie").starts_with("lang="), "no session");
        let (status, html) = read(response).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        answers.push(html.replace(&format!("value=\"{}\"", name.replace('+', " ")), ""));
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]));
    assert!(answers[0].contains("do not belong together"));
    let wicked = WICKED.replace('&', "%26");
    let (_, html) = read(send(&trial, "/sign-in", "", &format!("name={wicked}&next={wicked}")).await).await;
    assert!(!html.contains("<b onmouseover"), "{html}");
}

#[tokio::test(start_paused = true)]
async fn guessing_is_slowed_down_for_the_guesser_and_not_for_the_owner_elsewhere() {
    let trial = town();
    let from = async |address: &str, password: &str| {
        let mut request = Request::post("/sign-in?lang=en")
            .header("host", "localhost")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(format!("name=anna&password={password}")))
            .unwrap();
        let address: std::net::SocketAddr = address.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(address));
        trial.ask(request).await
    };
    for _ in 0..3 {
        assert_eq!(from("10.0.0.1:1", "wrong").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    let response = from("10.0.0.1:2", WORDS).await;
    assert_eq!(header(&response, "retry-after"), "1");
    let (status, html) = read(response).await;
    assert!(
        status == StatusCode::TOO_MANY_REQUESTS && html.contains("Please wait 1"),
        "the right one too: {html}"
    );
    assert_eq!(from("10.0.0.2:1", WORDS).await.status(), StatusCode::SEE_OTHER);
    // A clock that is set forgives nothing.
    trial.clock.store(NOW.ms() + 3_600_000, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(from("10.0.0.1:3", WORDS).await.status(), StatusCode::TOO_MANY_REQUESTS);
    tokio::time::advance(std::time::Duration::from_secs(1)).await;
    assert_eq!(from("10.0.0.1:4", WORDS).await.status(), StatusCode::SEE_OTHER, "after the wait");
}

#[tokio::test]
async fn a_password_for_one_use_has_to_be_changed_before_anything_else() {
    let trial = Trial::new();
    let once = add(&trial, "ben", &FirstPassword::OneTime).unwrap();
    let cookie = signed_in(&trial, "ben", &once).await;
    for path in ["/", "/sites/demo", "/people"] {
        assert_eq!(look(&trial, path, &cookie).await.0, StatusCode::SEE_OTHER, "{path}");
    }
    assert_eq!(look(&trial, "/api/v1/rooms?site=demo", &cookie).await.0, StatusCode::NOT_FOUND);
    let (_, page) = look(&trial, "/account?lang=en", &cookie).await;
    assert!(page.contains("This password was for one use"));
    for (form, why) in [
        ("old=wrong&new=four+plain+words&repeated=four+plain+words".to_owned(), "is not right"),
        (format!("old={once}&new=short&repeated=short"), "at least 12"),
        (format!("old={once}&new=four+plain+words&repeated=four+other+words"), "differ"),
        (format!("old={once}&new=password-1234&repeated=password-1234"), "first that a guesser"),
    ] {
        let (status, html) = read(send(&trial, "/account/password?lang=en", &cookie, &form).await).await;
        assert!(status == StatusCode::UNPROCESSABLE_ENTITY && html.contains(why), "{form}");
    }
    let form = format!("old={once}&new=four+plain+words&repeated=four+plain+words");
    let response = send(&trial, "/account/password", &cookie, &form).await;
    let new = kept(&response);
    assert_eq!(
        look(&trial, "/sites/demo", &cookie).await.0,
        StatusCode::SEE_OTHER,
        "the old session has ended"
    );
    assert_eq!(look(&trial, "/sites/demo", &new).await.0, StatusCode::OK);
}

#[tokio::test]
async fn one_session_or_all_of_them_can_be_ended() {
    let trial = town();
    let (here, there) = (signed_in(&trial, "anna", WORDS).await, signed_in(&trial, "anna", WORDS).await);
    let (_, page) = look(&trial, "/account", &here).await;
    assert_eq!(page.matches("name=\"id\"").count(), 2);
    let other = trial.app.registry.sessions(&PersonName::new("anna").unwrap(), NOW).unwrap()[0].id;
    let response = send(&trial, "/account/sessions/end", &here, &format!("id={other}")).await;
    assert_eq!(header(&response, "location"), "/account?done=session");
    assert_eq!(look(&trial, "/account", &there).await.0, StatusCode::SEE_OTHER);
    let third = signed_in(&trial, "anna", WORDS).await;
    send(&trial, "/account/sessions/end", &here, "").await;
    for cookie in [&here, &third] {
        assert_eq!(look(&trial, "/account", cookie).await.0, StatusCode::SEE_OTHER);
    }
}

#[tokio::test]
async fn behind_https_the_cookie_is_bound_to_it_and_browsers_are_told_to_stay() {
    let url = PublicUrl::parse("https://heat.example").unwrap();
    let trial = Trial::standing(&[book()], Front::new("127.0.0.1:80".parse().unwrap(), Some(url)));
    add(&trial, "anna", &FirstPassword::Chosen(WORDS));
    let request = Request::post("/sign-in")
        .header("host", "heat.example")
        .header("origin", "https://heat.example")
        .header("x-forwarded-for", "10.9.9.9, 192.0.2.7")
        .body(Body::from(format!("name=anna&password={WORDS}")));
    let response = trial.ask(request.unwrap()).await;
    let line = header(&response, "set-cookie");
    assert!(line.starts_with("__Host-hypocaust=") && line.ends_with("; Secure"), "{line}");
    assert!(header(&response, "strict-transport-security").starts_with("max-age="));
    let cookie = kept(&response);
    let link = Request::post("/sites/demo/rooms/101/tenant-link")
        .header("host", "heat.example")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", cookie);
    let (_, html) = read(trial.ask(link.body(Body::empty()).unwrap()).await).await;
    assert!(html.contains("https://heat.example/t/"), "{html}");
    let stranger = Request::get("/sign-in").header("host", "evil.example").body(Body::empty()).unwrap();
    assert_eq!(trial.ask(stranger).await.status(), StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn who_set_an_override_stands_in_the_audit_and_beside_it() {
    let trial = town();
    let cookie = signed_in(&trial, "anna", WORDS).await;
    send(&trial, "/sites/demo/rooms/101/override", &cookie, "setpoint_c=21&end=2h").await;
    let (_, html) = look(&trial, "/sites/demo/rooms/101?lang=en", &cookie).await;
    let audit = html.split("What was done here").nth(1).unwrap();
    assert!(audit.contains("anna ·"), "{audit}");
    let (_, listed) = look(&trial, "/api/v1/overrides?room=101", &cookie).await;
    assert!(listed.contains("\"label\":\"person/anna\""), "{listed}");
}

#[tokio::test]
async fn a_tenant_who_signed_in_comes_to_their_room_and_wishes_there() {
    let trial = town();
    let name = PersonName::new("tim").unwrap();
    let room = TenantRoom { site: SiteId::new("demo").unwrap(), room: RoomId::new("101").unwrap() };
    let role = PersonRole::Tenant { site: room.site, room: room.room };
    trial.app.registry.add_person(&name, &FirstPassword::Chosen(WORDS), "test", NOW).unwrap();
    trial.app.registry.assign_role(&name, &role, (NOW, None), "test", NOW).unwrap();
    let cookie = signed_in(&trial, "tim", WORDS).await;
    let response = trial
        .ask(
            Request::get("/")
                .header("host", "localhost")
                .header("cookie", &cookie)
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    let own = "/sites/demo/rooms/101/tenant";
    assert_eq!(header(&response, "location"), own);
    let (_, html) = look(&trial, own, &cookie).await;
    assert!(
        html.contains("action=\"/sites/demo/rooms/101/tenant\"") && html.contains("action=\"/sign-out\""),
        "{html}"
    );
    assert!(!html.contains("keep it to yourself"), "the address is no key here");
    let response = send(&trial, own, &cookie, "setpoint_c=21.0&end=1h").await;
    assert_eq!(header(&response, "location"), "/sites/demo/rooms/101/tenant?done=wish&end=1h");
    let said = trial.app.registry.audit_of("demo/room/101", 1).unwrap();
    assert_eq!(said[0].who, "person/tim");
    // Of the two days of history nothing is from before the role began.
    let series = "/api/v1/series?site=demo&room=101&metric=temperature_c";
    let (_, body) = look(&trial, series, &cookie).await;
    assert!(body.contains("\"points\":[]"), "{body}");
    let (_, body) = look(&trial, series, &signed_in(&trial, "anna", WORDS).await).await;
    assert!(body.contains("\"mean\""), "{body}");
}
