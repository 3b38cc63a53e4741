//! What the room page's forms do: set an override, end it, make and end a tenant link. Each works without script.

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use registry::TenantRoom;
use vocabulary::Timestamp;

use super::room::{self, Done, Form};
use super::{Place, room::find};
use crate::app::Shared;
use crate::facts::RoomFacts;
use crate::visitor::{Page, PageError, Visitor, pairs};
use crate::wish::{self, Asker, HOUR_MS, WishError};
use crate::words::Speaker;

/// A setpoint that never changes by itself has no next change; "until the next change" then means this.
const WITHOUT_CHANGE_MS: i64 = 24 * HOUR_MS;

/// `POST /sites/{site}/rooms/{room}/override`
pub(crate) async fn set(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
    body: String,
) -> Response {
    let form = read(&body);
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let facts = find(&place, &room)?;
            let speaker = place.speaker;
            let wish = wish::read_setpoint(&form.setpoint).and_then(|setpoint| {
                let until = end_of(&form, facts, speaker)?;
                wish::judge(
                    (Asker::Manager, &visitor.who.by),
                    &place.book().site,
                    &facts.room,
                    setpoint,
                    until,
                    speaker.now,
                )
            });
            match wish {
                Ok(wish) => {
                    app.registry.add_override(&wish, &visitor.who.by, speaker.now)?;
                    Ok(Page::Go(format!("/sites/{site}/rooms/{room}?done=override#override")))
                }
                Err(error) => {
                    let form = Form { error: Some(room::refusal(speaker, error)), ..form };
                    let visitor = visitor.standing_at(format!("/sites/{site}/rooms/{room}"));
                    Ok(Page::Refuse(room::render(app, &visitor, &place, &room, Some(form), Done::default())?))
                }
            }
        })
        .await
}

/// `POST /sites/{site}/rooms/{room}/override/end`
pub(crate) async fn end(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
    body: String,
) -> Response {
    let id = field(&body, "id").parse::<i64>();
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let facts = find(&place, &room)?;
            let id = id.map_err(|_| PageError::NotFound)?;
            let now = place.speaker.now;
            let ended =
                app.registry.end_override(&place.book().site.id, &facts.room.id, id, &visitor.who.by, now)?;
            // Pressed twice, or it ended by itself meanwhile: the page says so and shows what is.
            let done = if ended { "end" } else { "gone" };
            Ok(Page::Go(format!("/sites/{site}/rooms/{room}?done={done}#override")))
        })
        .await
}

/// `POST /sites/{site}/rooms/{room}/tenant-link`: the answer is the page with the link in it, shown this once.
pub(crate) async fn make_link(
    State(app): State<Shared>,
    visitor: Visitor,
    headers: HeaderMap,
    Path((site, room)): Path<(String, String)>,
) -> Response {
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or("localhost").to_owned();
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let facts = find(&place, &room)?;
            let opened = tenant_room(&place, facts);
            let token = app.registry.make_tenant_link(&opened, &visitor.who.by, app.wall())?;
            let done = Done { link: Some(format!("{}/t/{token}", app.front.base(&host))) };
            let visitor = visitor.standing_at(format!("/sites/{site}/rooms/{room}"));
            Ok(Page::Show(room::render(app, &visitor, &place, &room, None, done)?))
        })
        .await
}

/// `POST /sites/{site}/rooms/{room}/tenant-link/end`
pub(crate) async fn end_link(
    State(app): State<Shared>,
    visitor: Visitor,
    Path((site, room)): Path<(String, String)>,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let place = Place::find(app, visitor, &site)?;
            let opened = tenant_room(&place, find(&place, &room)?);
            app.registry.end_tenant_link(&opened, &visitor.who.by, app.wall())?;
            Ok(Page::Go(format!("/sites/{site}/rooms/{room}?done=link-end")))
        })
        .await
}

/// The room as its link knows it.
pub(crate) fn tenant_room(place: &Place, facts: &RoomFacts) -> TenantRoom {
    TenantRoom { site: place.book().site.id.clone(), room: facts.room.id.clone() }
}

fn read(body: &str) -> Form {
    Form {
        setpoint: field(body, "setpoint_c"),
        end: field(body, "end"),
        date: field(body, "date"),
        error: None,
    }
}

/// A field of a form, as much of it as most fields may hold.
pub(crate) fn field(body: &str, name: &str) -> String {
    field_up_to(body, name, 64)
}

/// A moment as forms have it, by the clock of the building.
pub(crate) const FORM_TIME: &str = "%Y-%m-%dT%H:%M";

/// The end that a form names: none where it names none, and the `refusal` where it is no time to come.
pub(crate) fn until(
    body: &str,
    speaker: Speaker,
    refusal: &'static str,
) -> Result<Option<Timestamp>, &'static str> {
    let text = field(body, "until");
    if text.trim().is_empty() {
        return Ok(None);
    }
    let until = speaker.zone.parse(text.trim(), FORM_TIME).filter(|until| *until > speaker.now);
    until.map(Some).ok_or(refusal)
}

/// A field of a form, as much of it as `longest` characters.
pub(crate) fn field_up_to(body: &str, name: &str, longest: usize) -> String {
    let found = pairs(body).into_iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.chars().take(longest).collect()).unwrap_or_default()
}

fn end_of(form: &Form, facts: &RoomFacts, speaker: Speaker) -> Result<Timestamp, WishError> {
    match form.end.as_str() {
        "30min" => Ok(speaker.now.plus_ms(HOUR_MS / 2)),
        "2h" => Ok(speaker.now.plus_ms(2 * HOUR_MS)),
        "next" => {
            let next = facts.next_change.map(|(at, _)| at);
            Ok(next.unwrap_or_else(|| speaker.now.plus_ms(WITHOUT_CHANGE_MS)))
        }
        "date" => speaker.zone.parse(&form.date, FORM_TIME).ok_or(WishError::End),
        _ => Err(WishError::End),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use vocabulary::{SetpointBy, SiteId};

    use crate::trial::{NOW, Trial};
    use crate::wish::HOUR_MS;

    const SET: &str = "/sites/demo/rooms/101/override";

    fn in_force(trial: &Trial) -> Vec<registry::Override> {
        trial.app.registry.overrides(&SiteId::new("demo").unwrap(), NOW).unwrap()
    }

    #[tokio::test]
    async fn an_override_is_written_shown_and_ended_without_script() {
        let trial = Trial::new();
        let (status, to, _) = trial.post(SET, "setpoint_c=21%2C5&end=2h&date=").await;
        assert_eq!(
            (status, to.as_str()),
            (StatusCode::SEE_OTHER, "/sites/demo/rooms/101?done=override#override")
        );
        let wishes = in_force(&trial);
        assert_eq!(wishes[0].wish.setpoint_c.hundredths(), 2150);
        assert_eq!(
            (wishes[0].wish.until, wishes[0].wish.by),
            (NOW.plus_ms(2 * HOUR_MS), SetpointBy::Manager)
        );
        let (_, html) = trial.get("/sites/demo/rooms/101?lang=en").await;
        assert!(html.contains("until 16:30") && html.contains("21.5\u{a0}°C"), "shown at once");
        assert!(html.matches("until 16:30").count() > 2, "and in the audit");
        let (status, to, _) = trial.post(&format!("{SET}/end"), &format!("id={}", wishes[0].id)).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert!(to.contains("done=end") && in_force(&trial).is_empty());
        let (_, to, _) = trial.post(&format!("{SET}/end"), &format!("id={}", wishes[0].id)).await;
        assert!(to.contains("done=gone"), "pressed twice: {to}");
    }

    #[tokio::test]
    async fn each_end_of_the_form_means_what_it_says() {
        let trial = Trial::new();
        let zone: vocabulary::Zone = "Europe/Paris".parse().unwrap();
        for (end, until) in [
            ("end=30min", NOW.plus_ms(HOUR_MS / 2)),
            ("end=next", zone.instant(NOW, 0, 19 * 60)),
            ("end=date&date=2026-01-22T08%3A00", zone.instant(NOW, 1, 8 * 60)),
        ] {
            trial.post(SET, &format!("setpoint_c=20&{end}")).await;
            assert_eq!(in_force(&trial)[0].wish.until, until, "{end}");
        }
    }

    #[tokio::test]
    async fn a_refused_form_keeps_what_was_written_and_says_why() {
        let trial = Trial::new();
        for (form, why) in [
            ("setpoint_c=31&end=2h", "from 8.0"),
            ("setpoint_c=warm&end=2h", "such as 20.5"),
            ("setpoint_c=20&end=date&date=2026-01-20T08:00", "in the past"),
            ("setpoint_c=20&end=date&date=2027-01-20T08:00", "7 days"),
            ("setpoint_c=20&end=date&date=", "choose when it ends"),
            ("setpoint_c=20&end=never", "choose when it ends"),
        ] {
            let (status, _, html) = trial.post(&format!("{SET}?lang=en"), form).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
            assert!(html.contains(why), "{form}");
        }
        let (_, _, html) = trial.post(&format!("{SET}?lang=en"), "setpoint_c=%22%3E%3Cb%3E&end=2h").await;
        assert!(html.contains("value=\"&#34;&#62;&#60;b&#62;\""), "what was written is escaped");
        assert!(in_force(&trial).is_empty());
    }

    #[tokio::test]
    async fn the_links_of_an_answer_to_a_form_can_be_read() {
        let trial = Trial::new();
        let (_, _, refused) = trial.post(SET, "setpoint_c=31&end=2h").await;
        let (_, _, linked) = trial.post("/sites/demo/rooms/101/tenant-link", "").await;
        for html in [refused, linked] {
            assert!(html.contains("data-here=\"/sites/demo/rooms/101\""));
            assert!(html.contains("href=\"/sites/demo/rooms/101?hours=168#history\""));
            assert!(html.contains("href=\"/sites/demo/rooms/101?lang=fr\""));
        }
    }

    #[tokio::test]
    async fn a_form_of_a_foreign_page_is_refused() {
        let trial = Trial::new();
        for origin in ["http://evil.example", "null"] {
            let request = Request::post(SET)
                .header("host", "localhost")
                .header("origin", origin)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::from("setpoint_c=21&end=2h"))
                .unwrap();
            assert_eq!(trial.ask(request).await.status(), StatusCode::FORBIDDEN, "{origin}");
        }
        let rebound = Request::get("/").header("host", "evil.example").body(Body::empty()).unwrap();
        assert_eq!(trial.ask(rebound).await.status(), StatusCode::MISDIRECTED_REQUEST);
        assert!(in_force(&trial).is_empty());
    }

    #[tokio::test]
    async fn a_giant_form_is_refused() {
        let trial = Trial::new();
        let (status, _, _) = trial.post(SET, &"x".repeat(17 * 1024)).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn a_press_on_plus_without_script_changes_the_field_and_nothing_else() {
        let trial = Trial::new();
        let (_, html) = trial.get("/sites/demo/rooms/101?lang=fr&setpoint_c=20%2C5&end=next&step=0.5").await;
        assert!(html.contains("value=\"21,0\""));
        assert!(html.contains("value=\"next\" checked"));
        let form = html.split("class=\"wish\"").nth(1).unwrap();
        let first = form.split("<button").nth(1).unwrap().split('>').next().unwrap();
        assert!(!first.contains("step") && first.contains("tabindex=\"-1\""), "Enter applies: {first}");
        assert!(in_force(&trial).is_empty());
    }
}
