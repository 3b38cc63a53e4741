//! The door of the server: who may ask, and what every answer says to the browser.
//!
//! Whoever they are: only the names of this server (a rebound DNS name is turned away), only this very origin for
//! anything that changes something, and a content policy under which injected markup can do nothing.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN, STRICT_TRANSPORT_SECURITY};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::api::ApiError;
use crate::app::Shared;
use crate::door::is_for_programs;
use crate::front::Front;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers of every answer, unless the handler set its own.
const HEADERS: [(&str, &str); 6] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// For a year browsers come over https only, once they came so by the public address.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Turns away what may not ask, and dresses every answer.
pub(crate) async fn guard(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let is_api = is_for_programs(request.uri().path());
    let came_by_https = app.front.is_https() && host(&request).is_some_and(|host| app.front.is_public(&host));
    let mut response = match judge(&app.front, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) if is_api => ApiError::new(refusal.0, refusal.1, refusal.2).into_response(),
        Err((status, _, message)) => (status, message).into_response(),
    };
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
    if came_by_https {
        response.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    response
}

type Refusal = (StatusCode, &'static str, &'static str);

fn judge(front: &Front, request: &axum::http::Request<Body>) -> Result<(), Refusal> {
    let headers = request.headers();
    let host = host(request).ok_or((StatusCode::BAD_REQUEST, "host", "a Host header is needed"))?;
    if !front.answers_to(&host) {
        let message = "this server answers to its own addresses only; its public one is `url` under [http]";
        return Err((StatusCode::MISDIRECTED_REQUEST, "host", message));
    }
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || is_same_origin(request.method(), headers, &host) {
        return Ok(());
    }
    Err((StatusCode::FORBIDDEN, "origin", "changes are accepted from this server's own pages only"))
}

fn host(request: &axum::http::Request<Body>) -> Option<Authority> {
    let named = request.headers().get(HOST).map(|host| host.to_str().ok()?.parse().ok());
    named.unwrap_or_else(|| request.uri().authority().cloned())
}

/// Browsers say where a request comes from: `Sec-Fetch-Site`, which pages cannot forge, or `Origin`. A request with
/// neither is no browser's; it is accepted in the forms that no form of a foreign page can take.
fn is_same_origin(method: &Method, headers: &HeaderMap, host: &Authority) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    if let Some(origin) = headers.get(ORIGIN) {
        return origin.to_str().is_ok_and(|origin| {
            let bare = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            bare.is_some_and(|bare| bare.eq_ignore_ascii_case(host.as_str()))
        });
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let is_json =
        content_type.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json");
    *method == Method::DELETE || is_json
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(method: &str, headers: &[(&str, &str)]) -> Option<&'static str> {
        let mut request = axum::http::Request::builder().method(method).uri("/sites/a");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let front = Front::new("127.0.0.1:80".parse().unwrap(), None);
        judge(&front, &request.body(Body::empty()).unwrap()).err().map(|refusal| refusal.1)
    }

    #[test]
    fn only_loopback_names_are_answered() {
        for good in ["localhost", "LOCALHOST:80", "127.0.0.1:8080", "127.3.2.1", "[::1]:8080"] {
            assert_eq!(asks("GET", &[("host", good)]), None, "{good}");
        }
        for bad in
            ["evil.example", "localhost.evil.example", "10.0.0.1", "[::2]", "0.0.0.0", "127.0.0.1.nip.io"]
        {
            assert_eq!(asks("GET", &[("host", bad)]), Some("host"), "{bad}");
        }
        assert_eq!(asks("GET", &[]), Some("host"));
    }

    #[test]
    fn a_foreign_page_changes_nothing() {
        let host = ("host", "localhost:80");
        for bad in [
            &[host][..],
            &[host, ("content-type", "application/x-www-form-urlencoded")],
            &[host, ("content-type", "text/plain")],
            &[host, ("origin", "http://evil.example")],
            &[host, ("origin", "null")],
            &[host, ("origin", "http://localhost:81")],
            &[host, ("origin", "http://evil.example"), ("content-type", "application/json")],
            &[host, ("sec-fetch-site", "cross-site"), ("origin", "http://localhost:80")],
            &[host, ("sec-fetch-site", "same-site")],
        ] {
            assert_eq!(asks("POST", bad), Some("origin"), "{bad:?}");
        }
    }

    #[test]
    fn our_own_pages_and_programs_may_change_things() {
        let host = ("host", "localhost:80");
        for good in [
            &[host, ("origin", "http://localhost:80")][..],
            // A page that sends no referrer sends `null` as its origin.
            &[host, ("origin", "null"), ("sec-fetch-site", "same-origin")],
            &[host, ("content-type", "application/json; charset=utf-8")],
        ] {
            assert_eq!(asks("POST", good), None, "{good:?}");
        }
        assert_eq!(asks("DELETE", &[host]), None);
        assert_eq!(asks("DELETE", &[host, ("origin", "http://evil.example")]), Some("origin"));
    }
}
