//! What the room page's forms do: set an override, end it, make a tenant link. Each works without script.

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
                wish::judge(Asker::Manager, &place.book().site, &facts.room, setpoint, until, speaker.now)
            });
            match wish {
                Ok(wish) => {
                    wish::write(&app.registry, Asker::Manager, &wish, speaker.now)?;
                    Ok(Page::Go(format!("/sites/{site}/rooms/{room}?done=override#override")))
                }
                Err(error) => {
                    let form = Form { error: Some(room::refusal(speaker, error)), ..form };
                    Ok(Page::Refuse(room::render(app, visitor, &place, &room, Some(form), Done::default())?))
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
            let ended = wish::end(&app.registry, &place.book().site, &facts.room, Asker::Manager, id, now)?;
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
            let (site_id, room_id) = (place.book().site.id.clone(), facts.room.id.clone());
            let target = wish::audit_target(&site_id, &room_id);
            let now = app.wall();
            let token = app.registry.make_tenant_link(&TenantRoom { site: site_id, room: room_id }, now)?;
            app.registry.audit(now, Asker::Manager.who(), "tenant_link", &target, "")?;
            let done = Done { link: Some(format!("http://{host}/t/{token}")) };
            Ok(Page::Show(room::render(app, visitor, &place, &room, None, done)?))
        })
        .await
}

fn read(body: &str) -> Form {
    Form {
        setpoint: field(body, "setpoint_c"),
        end: field(body, "end"),
        date: field(body, "date"),
        error: None,
    }
}

/// A field of a form, as much of it as any field may hold.
pub(crate) fn field(body: &str, name: &str) -> String {
    let found = pairs(body).into_iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.chars().take(64).collect()).unwrap_or_default()
}

fn end_of(form: &Form, facts: &RoomFacts, speaker: Speaker) -> Result<Timestamp, WishError> {
    match form.end.as_str() {
        "30min" => Ok(speaker.now.plus_ms(HOUR_MS / 2)),
        "2h" => Ok(speaker.now.plus_ms(2 * HOUR_MS)),
        "next" => {
            let next = facts.next_change.map(|(at, _)| at);
            Ok(next.unwrap_or_else(|| speaker.now.plus_ms(WITHOUT_CHANGE_MS)))
        }
        "date" => speaker.zone.parse(&form.date, "%Y-%m-%dT%H:%M").ok_or(WishError::End),
        _ => Err(WishError::End),
    }
}
