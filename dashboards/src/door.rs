//! The door of each route: what has to be allowed, to what it is done, and how a refusal is said.
//!
//! ```text
//!   guard (host, origin) → resolve (who) → route → admit (may they?) → handler
//! ```

use axum::extract::{RawPathParams, Request, State};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use registry::{Action, Denied, Principal, RegistryError, Target, authorise};
use vocabulary::{HeaterId, RoomId, SiteId};

use crate::api::{ApiError, Query, site_asked};
use crate::app::{App, Shared, blocking};
use crate::visitor::{PageError, Visitor, encode, see_other};
use crate::who::Who;

/// What a route asks of whoever comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing.
    Public,
    /// The link in the address is the key of one room, in which this is done.
    Link(Action),
    /// This, to the program.
    House(Action),
    /// This, to the site in the address.
    Site(Action),
    /// This, to the room in the address.
    Room(Action),
    /// This, to the heater in the address.
    Heater(Action),
    /// To see the narrowest thing that the query names: a heater, a room, or the site.
    Named,
    /// To be known. What it is done to stands in the body or the book: the handler asks.
    Inside,
}

/// A door with its house.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) app: Shared,
    pub(crate) access: Access,
}

/// What stands in a request's address.
struct Address {
    path: Vec<(String, String)>,
    query: Query,
}

impl Address {
    fn path(&self, name: &str) -> Option<&str> {
        self.path.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Where both could name it, the path does.
    fn value(&self, name: &str) -> Option<&str> {
        self.path(name).or_else(|| self.query.value(name))
    }
}

/// Lets a request in, or says why not.
pub(crate) async fn admit(State(door): State<Door>, request: Request, next: Next) -> Response {
    if door.access == Access::Public {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let params =
        <RawPathParams as axum::extract::FromRequestParts<()>>::from_request_parts(&mut parts, &()).await;
    let path = params.iter().flatten().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let address = Address { path, query: Query::read(parts.uri.query().map(str::to_owned)) };
    let who = Who::of(&parts.extensions);
    let access = door.access;
    match blocking(&door.app, move |app| judge(app, access, &who, &address)).await {
        Ok(Ok(())) => next.run(Request::from_parts(parts, body)).await,
        Ok(Err(denied)) => refuse(&door.app, denied, &Visitor::of(&parts), &parts.method).await,
        Err(error) => crate::api::internal(&error.to_string()).into_response(),
    }
}

type Verdict = Result<Result<(), Denied>, RegistryError>;

fn judge(app: &App, access: Access, who: &Who, address: &Address) -> Verdict {
    let house = |action| Ok(who.must(action, Target::House));
    match access {
        Access::Public => Ok(Ok(())),
        Access::House(action) => house(action),
        Access::Inside => house(Action::Enter),
        Access::Link(action) => of_link(app, action, address),
        Access::Site(action) => of_site(app, who, address, |site| who.must(action, Target::Site(site))),
        Access::Room(action) => of_site(app, who, address, |site| room(who, action, site, address)),
        Access::Heater(action) => of_site(app, who, address, |site| heater(who, action, site, address)),
        Access::Named => {
            of_site(app, who, address, |site| match (address.value("room"), address.value("heater")) {
                (Some(_), _) => room(who, Action::SeeRoom, site, address),
                (None, Some(_)) => heater(who, Action::SeeHeater, site, address),
                (None, None) => who.must(Action::SeeSite, Target::Site(site)),
            })
        }
    }
}

fn of_link(app: &App, action: Action, address: &Address) -> Verdict {
    let Some(room) = app.registry.tenant_room(address.path("token").unwrap_or_default(), app.wall())? else {
        return Ok(Err(Denied::NotFound));
    };
    let principal = Principal::TenantLink(room.clone());
    Ok(authorise(&principal, action, Target::Room(&room.site, &room.room)))
}

/// Where no site can be told from the address, the handler refuses the parameter, to those whom it answers at all.
fn of_site(
    app: &App,
    who: &Who,
    address: &Address,
    ask: impl FnOnce(&SiteId) -> Result<(), Denied>,
) -> Verdict {
    let site = match address.path("site") {
        Some(text) => SiteId::new(text).ok(),
        None => site_asked(app, &address.query, who)?,
    };
    Ok(site.map_or_else(|| who.must(Action::Enter, Target::House), |site| ask(&site)))
}

fn room(who: &Who, action: Action, site: &SiteId, address: &Address) -> Result<(), Denied> {
    match RoomId::new(address.value("room").unwrap_or_default()) {
        Ok(room) => who.must(action, Target::Room(site, &room)),
        // No room is called so: whoever sees the site is told, others are told nothing.
        Err(_) => who.must(Action::SeeSite, Target::Site(site)),
    }
}

fn heater(who: &Who, action: Action, site: &SiteId, address: &Address) -> Result<(), Denied> {
    match HeaterId::new(address.value("heater").unwrap_or_default()) {
        Ok(heater) => who.must(action, Target::Heater(site, &heater)),
        Err(_) => who.must(Action::SeeSite, Target::Site(site)),
    }
}

/// Whether programs ask at this path.
pub(crate) fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/") || matches!(path, "/metrics" | "/healthz")
}

impl From<Denied> for ApiError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::SignIn => Self::new(
                StatusCode::UNAUTHORIZED,
                "sign_in",
                "say who you are: send `Authorization: Bearer` and a token, or sign in",
            ),
            Denied::NotFound => Self::not_found("there is no such thing here, or it is not yours to see"),
            Denied::Forbidden => {
                Self::new(StatusCode::FORBIDDEN, "forbidden", "you may see this, but not do it")
            }
        }
    }
}

impl From<Denied> for PageError {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Forbidden => Self::Forbidden,
            Denied::NotFound | Denied::SignIn => Self::NotFound,
        }
    }
}

async fn refuse(app: &Shared, denied: Denied, visitor: &Visitor, method: &Method) -> Response {
    let is_for_programs = is_for_programs(&visitor.path);
    if is_for_programs && denied == Denied::SignIn {
        return ([(WWW_AUTHENTICATE, "Bearer")], ApiError::from(denied)).into_response();
    }
    if is_for_programs {
        return ApiError::from(denied).into_response();
    }
    if visitor.who.person.as_ref().is_some_and(|person| person.must_change) {
        return see_other("/account");
    }
    if denied == Denied::SignIn {
        // A form that came too late is not sent again: only what was to be seen is gone back to.
        let is_look = matches!(*method, Method::GET | Method::HEAD);
        let to = if is_look {
            format!("/sign-in?next={}", encode(&visitor.here()))
        } else {
            "/sign-in".to_owned()
        };
        return see_other(&to);
    }
    visitor.clone().answer(app, move |_, _| Err(denied.into())).await
}

#[cfg(test)]
mod tests;
