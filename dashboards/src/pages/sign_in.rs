//! Signing in and out. Works without script; what was wrong is said without saying which of name and password it was.

use std::sync::PoisonError;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use registry::{Deed, PersonName, RegistryError};
use tokio::time::Instant;

use super::Frame;
use super::room_forms::field_up_to;
use crate::app::{App, Shared};
use crate::front::Front;
use crate::visitor::{Page, PageError, Visitor};
use crate::who::CameFrom;

/// As much of a password as is read: the longest that can be chosen, and a little more so that longer ones are told.
pub(super) const LONGEST_PASSWORD: usize = 300;
/// When the machine is busy with other sign-ins.
const BUSY_S: i64 = 5;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    frame: Frame,
    name: String,
    next: String,
    error: Option<String>,
}

/// `GET /sign-in`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor) -> Response {
    visitor
        .answer(&app, |app, visitor| {
            if visitor.who.is_in_open_house() {
                return Ok(Page::Go("/".to_owned()));
            }
            let next = safe_next(visitor.asked("next").unwrap_or_default());
            Ok(Page::Show(render(app, visitor, "", &next, None)?))
        })
        .await
}

/// `POST /sign-in`
pub(crate) async fn enter(
    State(app): State<Shared>,
    visitor: Visitor,
    CameFrom(address): CameFrom,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let name = field_up_to(&body, "name", 64);
            let password = field_up_to(&body, "password", LONGEST_PASSWORD);
            let next = safe_next(&field_up_to(&body, "next", 512));
            let l = visitor.language;
            let again = |error| render(app, visitor, &name, &next, Some(error));
            let wrong = || Ok(Page::Refuse(again(l.say("sign-in-wrong"))?));
            let wait = |wait_ms: i64| {
                let words = l.tell("sign-in-wait", &[("length", l.length(wait_ms).into())]);
                Ok(Page::Wait(again(words)?, (wait_ms + 999) / 1000))
            };
            let Ok(person) = PersonName::new(&name) else { return wrong() };
            let now = app.wall();
            let throttle = || app.throttle.lock().unwrap_or_else(PoisonError::into_inner);
            let begun = throttle().begin(&person, address, Instant::now());
            if let Err(wait_ms) = begun {
                return wait(wait_ms);
            }
            match app.registry.sign_in(&person, &password, now) {
                Ok(Some(secret)) => {
                    throttle().succeed(&person, address);
                    // Whoever signs in anew leaves the session that the browser had.
                    if let Some(before) = &visitor.who.person {
                        app.registry.end_session(&before.name, before.session)?;
                    }
                    let by = format!("person/{person}");
                    app.registry.audit(now, &Deed::new(&by, "sign_in", &by))?;
                    Ok(Page::GoWith(next, session_cookie(&app.front, &secret)))
                }
                Ok(None) => {
                    tracing::info!(%person, %address, "a sign-in was refused");
                    wrong()
                }
                Err(RegistryError::Busy) => wait(BUSY_S * 1000),
                Err(error) => Err(error.into()),
            }
        })
        .await
}

/// `POST /sign-out`
pub(crate) async fn leave(State(app): State<Shared>, visitor: Visitor) -> Response {
    visitor
        .answer(&app, |app, visitor| {
            if let Some(person) = &visitor.who.person {
                app.registry.end_session(&person.name, person.session)?;
            }
            Ok(Page::GoWith("/sign-in".to_owned(), no_session_cookie(&app.front)))
        })
        .await
}

/// The cookie that keeps a session, as long as the browser is open.
pub(super) fn session_cookie(front: &Front, secret: &str) -> String {
    let secure = if front.is_https() { "; Secure" } else { "" };
    format!("{}={secret}; Path=/; HttpOnly; SameSite=Lax{secure}", front.session_cookie())
}

/// The cookie that takes it away.
pub(super) fn no_session_cookie(front: &Front) -> String {
    format!("{}; Max-Age=0", session_cookie(front, ""))
}

/// Where to go after signing in: a path of this server, whatever was asked for.
fn safe_next(next: &str) -> String {
    let is_plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let is_own = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/sign-");
    if is_plain && is_own { next.to_owned() } else { "/".to_owned() }
}

fn render(
    app: &App,
    visitor: &Visitor,
    name: &str,
    next: &str,
    error: Option<String>,
) -> Result<String, PageError> {
    let frame = Frame::new(app, visitor, &[], None, "", visitor.language.say("sign-in-title"));
    Ok(SignInPage { frame, name: name.to_owned(), next: next.to_owned(), error }.render()?)
}

#[cfg(test)]
mod tests;
