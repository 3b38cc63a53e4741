//! Who asks: found once for each request, from a session's cookie, a program's token, or the open house.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use registry::{
    Action, Denied, PersonName, Principal, RegistryError, SiteBook, Target, authorise, history_from,
};
use vocabulary::{RoomId, SiteId, Timestamp};

use crate::api::{self, ApiError};
use crate::app::{App, Shared, blocking};
use crate::visitor::cookie;

/// Habits are the mean of so long (docs/control/occupancy.md): what is expected in a room tells of whoever lived there
/// within this time.
const HABIT_MS: i64 = 8 * 7 * 24 * 3_600_000;

/// What a browser or a program showed.
#[derive(Debug, Clone)]
enum Key {
    None,
    Session(String),
    Bearer(String),
}

/// A person who signed in.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    pub(crate) name: PersonName,
    /// Their session's number.
    pub(crate) session: i64,
    /// They may do nothing before they have changed their password.
    pub(crate) must_change: bool,
}

/// Whoever sent a request.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) principal: Principal,
    pub(crate) person: Option<SignedIn>,
    /// How the audit names them.
    pub(crate) by: Arc<str>,
    key: Key,
    /// Asks from this very machine, without a proxy between.
    is_here: bool,
}

impl Who {
    /// Somebody who did not say who they are.
    pub(crate) fn anonymous() -> Self {
        let by = "anonymous".into();
        Self { principal: Principal::Anonymous, person: None, by, key: Key::None, is_here: false }
    }

    /// Of a request that went through [`resolve`]; anonymous where it did not.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_else(Self::anonymous)
    }

    /// Whether they may do this.
    pub(crate) fn may(&self, action: Action, target: Target<'_>) -> bool {
        self.must(action, target).is_ok()
    }

    /// Whether they may do this, and how it is said if not.
    pub(crate) fn must(&self, action: Action, target: Target<'_>) -> Result<(), Denied> {
        authorise(&self.principal, action, target)
    }

    /// Whether nobody has to sign in.
    pub(crate) fn is_in_open_house(&self) -> bool {
        matches!(self.principal, Principal::OpenHouse)
    }

    /// Whether they may know that a site exists: they see it, or a room of it.
    pub(crate) fn knows(&self, book: &SiteBook) -> bool {
        let site = &book.site.id;
        self.may(Action::SeeSite, Target::Site(site))
            || book.rooms.iter().any(|room| self.may(Action::SeeRoom, Target::Room(site, &room.id)))
    }

    /// Whether they may see when somebody is expected in a room. A tenant may as soon as none of it was learned of the
    /// one before.
    pub(crate) fn sees_presence(&self, site: &SiteId, room: &RoomId, now: Timestamp) -> bool {
        let begun = history_from(&self.principal, site, room);
        self.may(Action::SeePresence, Target::Room(site, room))
            && begun.is_none_or(|begun| now.since(begun) >= HABIT_MS)
    }

    /// The same one as they are now: signed out or given other roles since, perhaps.
    pub(crate) fn again(&self, app: &App) -> Result<Self, RegistryError> {
        identify(app, self.key.clone(), self.is_here).map(|found| found.unwrap_or_else(Self::anonymous))
    }
}

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

/// Finds out who asks, before anything else is done with a request.
pub(crate) async fn resolve(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    // Styles and scripts are the same for everybody.
    if request.uri().path().starts_with("/assets/") {
        return next.run(request).await;
    }
    let key = key(request.headers(), app.front.session_cookie());
    let is_here = peer(request.extensions()).is_loopback() && !is_forwarded(request.headers());
    match blocking(&app, move |app| identify(app, key, is_here)).await {
        Ok(Some(who)) => {
            request.extensions_mut().insert(who);
            next.run(request).await
        }
        Ok(None) => unknown_token(),
        Err(error) => api::internal(&error.to_string()).into_response(),
    }
}

/// The address that a request came from: the last one that a proxy of ours noted, or the connection's.
pub(crate) struct CameFrom(pub(crate) IpAddr);

impl FromRequestParts<Shared> for CameFrom {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Infallible> {
        let peer = peer(&parts.extensions);
        let has_proxy = app.front.url.is_some() && peer.is_loopback();
        Ok(Self(if has_proxy { noted(&parts.headers).unwrap_or(peer) } else { peer }))
    }
}

fn noted(headers: &HeaderMap) -> Option<IpAddr> {
    // Only the last entry was written by our own proxy; those before it are what the client claims.
    let line = headers.get_all("x-forwarded-for").iter().next_back()?;
    line.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

/// `None` when a token opens nothing. A session that has ended is none: the browser is anonymous.
fn identify(app: &App, key: Key, is_here: bool) -> Result<Option<Who>, RegistryError> {
    let now = app.wall();
    if let Key::Bearer(secret) = &key {
        let found = app.registry.token_bearer(secret, now)?;
        return Ok(found.map(|(name, principal)| {
            let by = format!("token/{name}").into();
            Who { principal, person: None, by, key, is_here }
        }));
    }
    if let Key::Session(secret) = &key
        && let Some(visit) = app.registry.visit(secret, now)?
    {
        // Whoever was given a password by somebody else may do nothing before they have one of their own.
        let principal = if visit.must_change { Principal::Person(Arc::default()) } else { visit.principal };
        let by = format!("person/{}", visit.person).into();
        let person = SignedIn { name: visit.person, session: visit.session, must_change: visit.must_change };
        return Ok(Some(Who { principal, person: Some(person), by, key, is_here }));
    }
    let is_open = is_here && !app.front.is_exposed && !app.has_people()?;
    let (principal, by) =
        if is_open { (Principal::OpenHouse, "manager") } else { (Principal::Anonymous, "anonymous") };
    Ok(Some(Who { principal, person: None, by: by.into(), key, is_here }))
}

fn key(headers: &HeaderMap, session_cookie: &str) -> Key {
    if let Some(line) = headers.get(header::AUTHORIZATION) {
        let words = line.to_str().ok().and_then(|line| line.trim().split_once(' '));
        let bearer = words.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        // Another scheme, or signs that no token has, open nothing: an empty secret says so.
        return Key::Bearer(bearer.map(|(_, secret)| secret.trim().to_owned()).unwrap_or_default());
    }
    cookie(headers, session_cookie).map_or(Key::None, Key::Session)
}

fn peer(extensions: &Extensions) -> IpAddr {
    // Every served connection has its address; only tests ask without one.
    let info = extensions.get::<ConnectInfo<SocketAddr>>();
    info.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip().to_canonical())
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-real-ip"].iter().any(|name| headers.contains_key(*name))
}

fn unknown_token() -> Response {
    let message =
        "this token opens nothing: it is unknown, was revoked or has ended, or its owner may not sign in";
    let refusal = ApiError::new(StatusCode::UNAUTHORIZED, "token", message);
    ([(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")], refusal).into_response()
}
