//! An administrator's day at the page, without script.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use vocabulary::DisplayName;

use super::*;
use crate::trial::{NOW, Trial, WICKED, book, read};

const WORDS: &str = "four plain words";

/// A house with an administrator who is signed in.
struct Office {
    trial: Trial,
    cookie: String,
}

impl Office {
    fn open() -> Self {
        let mut book = book();
        book.site.name = DisplayName::new("<i>Site</i>").unwrap();
        let trial = Trial::silent(&[book]);
        let (anna, registry) = (PersonName::new("anna").unwrap(), &trial.app.registry);
        registry.add_person(&anna, &FirstPassword::Chosen(WORDS), "test", NOW).unwrap();
        registry.assign_role(&anna, &PersonRole::Administrator, (NOW, None), "test", NOW).unwrap();
        let cookie = format!("hypocaust={}", registry.sign_in(&anna, WORDS, NOW).unwrap().unwrap());
        Self { trial, cookie }
    }

    async fn post(&self, path: &str, form: &str) -> (StatusCode, String) {
        let request = Request::post(format!("{path}?lang=en"))
            .header("host", "localhost")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", &self.cookie);
        read(self.trial.ask(request.body(Body::from(form.to_owned())).unwrap()).await).await
    }

    async fn page(&self, path: &str) -> String {
        let request = Request::get(path).header("host", "localhost").header("cookie", &self.cookie);
        read(self.trial.ask(request.body(Body::empty()).unwrap()).await).await.1
    }

    fn ben(&self) -> Person {
        self.trial.app.registry.person(&PersonName::new("ben").unwrap()).unwrap().unwrap()
    }
}

fn secret(html: &str) -> &str {
    html.split("<code class=\"address\">").nth(1).unwrap().split('<').next().unwrap()
}

#[tokio::test]
async fn the_first_person_is_an_administrator_and_the_next_one_is_not() {
    let trial = Trial::new();
    let (status, _, html) = trial.post("/people?lang=en", "name=ben").await;
    assert!(status == StatusCode::OK && html.contains("for one use"));
    let (ben, registry) = (PersonName::new("ben").unwrap(), &trial.app.registry);
    let assignments = |name| registry.person(&PersonName::new(name).unwrap()).unwrap().unwrap().assignments;
    assert_eq!(assignments("ben")[0].role, PersonRole::Administrator);
    assert_eq!(trial.post("/people", "name=carl").await.0, StatusCode::SEE_OTHER, "the door is closed");
    let once = secret(&html);
    let session = registry.sign_in(&ben, once, NOW).unwrap().unwrap();
    registry.change_password(&ben, once, WORDS, NOW).unwrap().unwrap();
    assert!(registry.visit(&session, NOW).unwrap().is_none());
    let office = Office {
        cookie: format!("hypocaust={}", registry.sign_in(&ben, WORDS, NOW).unwrap().unwrap()),
        trial,
    };
    assert_eq!(office.post("/people", "name=carl").await.0, StatusCode::OK);
    let carl = office.trial.app.registry.person(&PersonName::new("carl").unwrap()).unwrap().unwrap();
    assert!(carl.assignments.is_empty());
}

#[tokio::test]
async fn a_person_is_added_given_a_role_relieved_of_it_and_disabled() {
    let office = Office::open();
    let (status, html) = office.post("/people", "name=Ben").await;
    assert!(status == StatusCode::OK && html.contains("for one use"));
    let registry = &office.trial.app.registry;
    let once = secret(&html).to_owned();
    assert!(registry.sign_in(&office.ben().name, &once, NOW).unwrap().is_some());
    assert!(!office.page("/people").await.contains(&once), "it is shown once");
    let form = "person=ben&role=facility-manager&site=demo&from=&until=2026-02-01T12%3A00";
    assert_eq!(office.post("/people/roles", form).await.0, StatusCode::SEE_OTHER);
    let role = office.ben().assignments.remove(0);
    assert_eq!((role.role.as_str(), role.from), ("facility-manager", NOW));
    assert_eq!(role.until.unwrap().rfc3339(), "2026-02-01T11:00:00Z", "noon in Paris");
    assert!(office.page("/people?lang=en").await.contains("until 2026-02-01 12:00"));
    office.post("/people/roles/end", &format!("person=ben&id={}", role.id)).await;
    assert!(!office.ben().assignments[0].is_live(NOW));
    office.post("/people/disable", "person=ben").await;
    assert!(office.ben().disabled_at.is_some());
    office.post("/people/enable", "person=ben").await;
    assert!(office.ben().disabled_at.is_none());
    let (_, html) = office.post("/people/password", "person=ben").await;
    assert!(registry.sign_in(&office.ben().name, secret(&html), NOW).unwrap().is_some());
    let said = registry.audit_of("person/ben", 9).unwrap();
    assert!(said.len() == 6 && said.iter().all(|line| line.who == "person/anna"), "{said:?}");
}

#[tokio::test]
async fn a_token_is_made_shown_once_and_revoked() {
    let office = Office::open();
    let (_, html) =
        office.post("/people/tokens", "name=meter&person=anna&scope=read&scope=figures&days=30").await;
    let bearer = secret(&html).to_owned();
    let ask = async |bearer: &str| {
        let request = Request::get("/metrics")
            .header("host", "localhost")
            .header("authorization", format!("Bearer {bearer}"));
        office.trial.ask(request.body(Body::empty()).unwrap()).await.status()
    };
    assert_eq!(ask(&bearer).await, StatusCode::OK);
    let token = office.trial.app.registry.tokens().unwrap().remove(0);
    assert_eq!(token.token.expires_at, Some(NOW.plus_ms(30 * DAY_MS)));
    assert!(!office.page("/people").await.contains(&bearer));
    office.post("/people/tokens/revoke", &format!("id={}", token.id)).await;
    assert_eq!(ask(&bearer).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_form_that_makes_no_sense_is_refused_in_words() {
    let office = Office::open();
    for (path, form, why) in [
        ("/people", "name=a+b", "Not a name"),
        ("/people", "name=anna", "of this name already"),
        ("/people/roles", "person=nobody&role=administrator", "no such person"),
        ("/people/roles", "person=anna&role=observer", "at least one building"),
        ("/people/roles", "person=anna&role=observer&site=mars", "There is no site mars"),
        ("/people/roles", "person=anna&role=tenant&site=demo", "exactly one building"),
        ("/people/roles", "person=anna&role=tenant&site=demo&room=999", "There is no room 999"),
        ("/people/roles", "person=anna&role=administrator&until=tomorrow", "Not a date"),
        ("/people/roles", "person=anna&role=administrator&until=2020-01-01T00%3A00", "before it begins"),
        ("/people/disable", "person=anna", "last administrator"),
        ("/people/tokens", "name=x&person=anna", "at least one thing"),
        ("/people/tokens", "name=&person=anna&scope=read", "at least one thing"),
        ("/people/tokens", "name=x&person=nobody&scope=read", "no such person"),
    ] {
        let (status, html) = office.post(path, form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {form}");
        assert!(html.contains(why) && !html.contains('⟦'), "{path} {form}");
    }
    for (path, form) in
        [("/people/roles", "person=anna&role=king"), ("/people/disable", ""), ("/people/roles/end", "id=x")]
    {
        assert_eq!(office.post(path, form).await.0, StatusCode::NOT_FOUND, "{path} {form}");
    }
}

#[tokio::test]
async fn the_pages_speak_both_languages_and_show_markup_as_text() {
    let office = Office::open();
    let wicked = WICKED.replace('&', "%26");
    office.post("/people/tokens", &format!("name={wicked}&person=anna&scope=read")).await;
    office.post("/people", "name=ben").await;
    for path in ["/people", "/account", "/sign-in", "/nowhere"] {
        for (tag, word) in [("en", "Sign out"), ("fr", "Se déconnecter")] {
            let html = office.page(&format!("{path}?lang={tag}")).await;
            assert!(html.contains(&format!("<html lang=\"{tag}\"")) && html.contains(word), "{path} {tag}");
            assert!(!html.contains('⟦'), "{path} {tag}: {}", html.split('⟦').nth(1).unwrap_or(""));
            assert!(!html.contains("<b onmouseover") && !html.contains("<i>Site"), "{path}");
            for inline in [" style=", "<style", " onclick=", " onload=", "javascript:"] {
                assert!(!html.contains(inline), "{path}: {inline}");
            }
            assert_eq!(html.matches("<script").count(), html.matches(" src=\"/assets/").count(), "{path}");
            assert!(html.len() < 60_000, "{path} is {} bytes", html.len());
        }
    }
    assert!(office.page("/people").await.contains("Müller &#38;"), "the name is shown, escaped");
}
