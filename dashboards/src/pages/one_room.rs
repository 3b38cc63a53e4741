//! Pages of one room alone: for a tenant by name, or for whoever holds the room's link.

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;

use super::Place;
use crate::app::{App, Shared};
use crate::visitor::{Page, PageError, Visitor};

/// A link is 43 characters; anything much longer is none.
const LONGEST_TOKEN: usize = 64;

/// Answers with what `then` makes of the room that the token opens.
pub(super) async fn by_link(
    app: Shared,
    visitor: Visitor,
    token: String,
    then: impl FnOnce(&App, &Visitor, &Place, &str) -> Result<Page, PageError> + Send + 'static,
) -> Response {
    let response = visitor.answer(&app, move |app, visitor| {
        let (place, room) = open(app, visitor, &token)?;
        then(app, visitor, &place, &room)
    });
    private(response.await)
}

/// Answers with what `then` makes of the room that the address names, to whom the door let into it.
pub(super) async fn by_name(
    app: Shared,
    visitor: Visitor,
    (site, room): (String, String),
    then: impl FnOnce(&App, &Visitor, &Place, &str) -> Result<Page, PageError> + Send + 'static,
) -> Response {
    let response = visitor.answer(&app, move |app, visitor| {
        let place = Place::find(app, visitor, &site)?;
        then(app, visitor, &place, &room)
    });
    private(response.await)
}

/// How the audit names a tenant: by name where they signed in, or as whoever holds the link.
pub(super) fn by(visitor: &Visitor) -> &str {
    if visitor.who.person.is_some() { &visitor.who.by } else { "tenant" }
}

/// The site and the one room that the token opens. A token that opens none is answered like any unknown address.
fn open(app: &App, visitor: &Visitor, token: &str) -> Result<(Place, String), PageError> {
    if token.len() > LONGEST_TOKEN {
        return Err(PageError::NotFound);
    }
    let found = app.registry.tenant_room(token, app.wall())?.ok_or(PageError::NotFound)?;
    Ok((Place::find(app, visitor, found.site.as_str())?, found.room.to_string()))
}

/// The address is the key: it goes into no referrer, no index and no cache.
fn private(mut response: Response) -> Response {
    for (name, value) in [
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow"),
        ("cache-control", "no-store, private"),
    ] {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}
