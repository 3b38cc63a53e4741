//! One's own account: roles, sessions, password.

use std::sync::PoisonError;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use registry::{Assignment, PersonError, RegistryError};
use tokio::time::Instant;
use vocabulary::Timestamp;

use super::sign_in::{LONGEST_PASSWORD, no_session_cookie, session_cookie};
use super::{Frame, room_forms, speaker};
use crate::app::{App, Shared};
use crate::visitor::{Page, PageError, Visitor};
use crate::who::{CameFrom, SignedIn};
use crate::words::Speaker;

/// A role with its interval in words.
pub(super) struct RoleLine {
    pub(super) id: i64,
    pub(super) words: String,
    pub(super) place: String,
    pub(super) interval: String,
    pub(super) is_live: bool,
}

struct SessionLine {
    id: i64,
    created: String,
    seen: String,
    is_this: bool,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    name: String,
    must_change: bool,
    roles: Vec<RoleLine>,
    sessions: Vec<SessionLine>,
    error: Option<String>,
    done: Option<String>,
}

/// `GET /account`
pub(crate) async fn show(State(app): State<Shared>, visitor: Visitor) -> Response {
    visitor.answer(&app, |app, visitor| Ok(Page::Show(render(app, visitor, None)?))).await
}

/// `POST /account/password`: all sessions end, and this browser gets a new one.
pub(crate) async fn change_password(
    State(app): State<Shared>,
    visitor: Visitor,
    CameFrom(address): CameFrom,
    body: String,
) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let visitor = &visitor.standing_at("/account".to_owned());
            let person = own(visitor)?;
            let l = visitor.language;
            let [old, new, repeated] =
                ["old", "new", "repeated"].map(|name| room_forms::field_up_to(&body, name, LONGEST_PASSWORD));
            let refuse = |words: String| Ok(Page::Refuse(render(app, visitor, Some(words))?));
            if new != repeated {
                return refuse(l.say("password-differs"));
            }
            let now = app.wall();
            let throttle = || app.throttle.lock().unwrap_or_else(PoisonError::into_inner);
            let begun = throttle().begin(&person.name, address, Instant::now());
            if let Err(wait_ms) = begun {
                let words = l.tell("sign-in-wait", &[("length", l.length(wait_ms).into())]);
                return Ok(Page::Wait(render(app, visitor, Some(words))?, (wait_ms + 999) / 1000));
            }
            match app.registry.change_password(&person.name, &old, &new, now) {
                Ok(Some(secret)) => {
                    throttle().succeed(&person.name, address);
                    let to = if person.must_change { "/" } else { "/account?done=password" };
                    Ok(Page::GoWith(to.to_owned(), session_cookie(&app.front, &secret)))
                }
                Ok(None) => refuse(l.say("password-wrong")),
                Err(PersonError::Registry(RegistryError::Busy)) => refuse(l.say("sign-in-busy")),
                Err(PersonError::Registry(error)) => Err(error.into()),
                Err(error) => {
                    // The old password was right: a weak new one is no guess.
                    throttle().succeed(&person.name, address);
                    refuse(super::people::refusal(l, &error))
                }
            }
        })
        .await
}

/// `POST /account/sessions/end`: one of them, or all.
pub(crate) async fn end_sessions(State(app): State<Shared>, visitor: Visitor, body: String) -> Response {
    visitor
        .answer(&app, move |app, visitor| {
            let person = own(visitor)?;
            match room_forms::field(&body, "id").parse::<i64>() {
                Ok(id) => {
                    app.registry.end_session(&person.name, id)?;
                    if id != person.session {
                        return Ok(Page::Go("/account?done=session".to_owned()));
                    }
                }
                Err(_) => app.registry.end_sessions(&person.name)?,
            }
            Ok(Page::GoWith("/sign-in".to_owned(), no_session_cookie(&app.front)))
        })
        .await
}

fn own(visitor: &Visitor) -> Result<&SignedIn, PageError> {
    visitor.who.person.as_ref().ok_or(PageError::NotFound)
}

/// A day and a time as both languages read it.
pub(super) fn date(speaker: Speaker, at: Timestamp) -> String {
    speaker.zone.format(at, "%Y-%m-%d %H:%M")
}

/// A role as people of this language read it.
pub(super) fn role_line(assignment: &Assignment, speaker: Speaker) -> RoleLine {
    let l = speaker.language;
    let from = l.tell("role-from", &[("moment", date(speaker, assignment.from).into())]);
    let interval = match assignment.until {
        Some(until) => format!("{from} {}", l.tell("role-until", &[("moment", date(speaker, until).into())])),
        None => from,
    };
    let place = assignment.role.place();
    RoleLine {
        id: assignment.id,
        words: l.say(&format!("role-{}", assignment.role.as_str())),
        place: if place == "all" { l.say("role-everywhere") } else { place },
        interval,
        is_live: assignment.is_live(speaker.now),
    }
}

fn render(app: &App, visitor: &Visitor, error: Option<String>) -> Result<String, PageError> {
    let signed_in = own(visitor)?;
    let (l, now) = (visitor.language, app.wall());
    let person = app.registry.person(&signed_in.name)?.ok_or(PageError::NotFound)?;
    let sessions = app.registry.sessions(&signed_in.name, now)?;
    let speaker = speaker(app, visitor)?;
    let page = AccountPage {
        frame: Frame::new(app, visitor, &app.books()?, None, "account", l.say("account-title")),
        name: signed_in.name.to_string(),
        must_change: signed_in.must_change,
        roles: person.assignments.iter().map(|a| role_line(a, speaker)).filter(|role| role.is_live).collect(),
        sessions: sessions
            .iter()
            .map(|session| SessionLine {
                id: session.id,
                created: date(speaker, session.created_at),
                seen: speaker.age(Some(session.seen_at)),
                is_this: session.id == signed_in.session,
            })
            .collect(),
        error,
        done: match visitor.asked("done") {
            Some("password") => Some(l.say("done-password")),
            Some("session") => Some(l.say("done-session")),
            _ => None,
        },
    };
    Ok(page.render()?)
}
