//! Who looks: the language and theme of one request, and how its page is answered.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};

use crate::app::{App, Shared, blocking};
use crate::language::Language;
use crate::long_reads::come_again;
use crate::pages;
use crate::who::Who;

/// Light, dark, or as the device is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    Device,
    Light,
    Dark,
}

impl Theme {
    /// The word in links, cookies and the page.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Device, Self::Light, Self::Dark].into_iter().find(|theme| theme.as_str() == word)
    }
}

/// One visitor's wishes.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) language: Language,
    pub(crate) theme: Theme,
    /// The path that was asked for.
    pub(crate) path: String,
    /// Its query, without language and theme.
    query: Vec<(String, String)>,
    cookies: Vec<String>,
    /// Who it is.
    pub(crate) who: Who,
}

/// Why a page is not shown as asked.
#[derive(Debug)]
pub(crate) enum PageError {
    /// There is no such page, site, room or heater; or it is none of the visitor's business.
    NotFound,
    /// The visitor may see it, and not do this.
    Forbidden,
    /// Others read much of history, and no place came free in time.
    Busy,
    /// Something behind the page failed.
    Internal(String),
}

impl From<registry::RegistryError> for PageError {
    fn from(error: registry::RegistryError) -> Self {
        match error {
            registry::RegistryError::Unknown(_) => Self::NotFound,
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<crate::history::HistoryError> for PageError {
    fn from(error: crate::history::HistoryError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        Self::Internal(format!("a template does not render: {error}"))
    }
}

/// What a handler has to show.
pub(crate) enum Page {
    /// A page.
    Show(String),
    /// The same page again with what was wrong in it.
    Refuse(String),
    /// Another page, asked for with GET.
    Go(String),
    /// The same, with a cookie to keep.
    GoWith(String, String),
    /// The same page again, because it is too early; after how many seconds it is not.
    Wait(String, i64),
}

impl Visitor {
    /// The value of a key of the query.
    pub(crate) fn asked(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// All values of a key of the query.
    pub(crate) fn asked_all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(k, _)| k == key).map(|(_, value)| value.as_str())
    }

    /// This page with another language, theme or other key.
    pub(crate) fn link(&self, key: &str, value: &str) -> String {
        let kept = self.query.iter().filter(|(k, _)| k != key);
        let kept: String = kept.map(|(k, v)| format!("{}={}&", encode(k), encode(v))).collect();
        format!("{}?{kept}{key}={}", self.path, encode(value))
    }

    /// This page as it is, for the script that loads it again.
    pub(crate) fn here(&self) -> String {
        let query: Vec<_> = self.query.iter().map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect();
        if query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, query.join("&")) }
    }

    /// The same visitor on the page at `path`: the answer to a form stands at an address that only takes forms, and
    /// its links must lead to one that can be read.
    pub(crate) fn standing_at(&self, path: String) -> Self {
        Self { path, ..self.clone() }
    }

    /// Makes a page where it may wait for a disk, and answers with it.
    pub(crate) async fn answer(
        self,
        app: &Shared,
        make: impl FnOnce(&App, &Self) -> Result<Page, PageError> + Send + 'static,
    ) -> Response {
        let mut response = blocking(app, move |app| match make(app, &self) {
            Ok(Page::Show(html)) => self.with_cookies(Html(html).into_response()),
            Ok(Page::Refuse(html)) => {
                self.with_cookies((StatusCode::UNPROCESSABLE_ENTITY, Html(html)).into_response())
            }
            Ok(Page::Go(to)) => see_other(&to),
            Ok(Page::GoWith(to, cookie)) => {
                Self { cookies: vec![cookie], ..self }.with_cookies(see_other(&to))
            }
            Ok(Page::Wait(html, seconds)) => {
                let retry = [(RETRY_AFTER, HeaderValue::from(seconds))];
                self.with_cookies((StatusCode::TOO_MANY_REQUESTS, retry, Html(html)).into_response())
            }
            Err(error) => self.failure(app, &error),
        })
        .await;
        response.headers_mut().entry("cache-control").or_insert(HeaderValue::from_static("no-store"));
        response
    }

    /// The same of a page that reads much of history, when it is its turn.
    pub(crate) async fn answer_in_turn(
        self,
        app: &Shared,
        make: impl FnOnce(&App, &Self) -> Result<Page, PageError> + Send + 'static,
    ) -> Response {
        let turn = app.long_reads.turn().await;
        self.answer(
            app,
            move |app, visitor| {
                if turn.is_some() { make(app, visitor) } else { Err(PageError::Busy) }
            },
        )
        .await
    }

    /// The page that says that there is no page.
    pub(crate) fn failure(&self, app: &App, error: &PageError) -> Response {
        let status = match error {
            PageError::NotFound => StatusCode::NOT_FOUND,
            PageError::Forbidden => StatusCode::FORBIDDEN,
            PageError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            PageError::Internal(why) => {
                tracing::error!(path = self.path, "a page could not be made: {why}");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let response = (status, Html(pages::failure(app, self, status.as_u16()))).into_response();
        if matches!(error, PageError::Busy) { come_again(response) } else { response }
    }

    fn with_cookies(&self, mut response: Response) -> Response {
        for cookie in &self.cookies {
            let value =
                HeaderValue::from_str(cookie).expect("cookies are made of known words and of base64url");
            response.headers_mut().append(SET_COOKIE, value);
        }
        response
    }

    fn read(uri: &Uri, headers: &HeaderMap) -> Self {
        let mut query = pairs(uri.query().unwrap_or(""));
        let asked = |key: &str| query.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
        let asked_language = asked("lang").and_then(|tag| Language::from_tag(&tag));
        let asked_theme = asked("theme").and_then(|word| Theme::from_word(&word));
        let accepted = || Language::from_accept(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?);
        let language = asked_language
            .or_else(|| Language::from_tag(&cookie(headers, "lang")?))
            .or_else(accepted)
            .unwrap_or(Language::English);
        let theme =
            asked_theme.or_else(|| Theme::from_word(&cookie(headers, "theme")?)).unwrap_or(Theme::Device);
        query.retain(|(key, _)| key != "lang" && key != "theme");
        let keep = |name, value| format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly");
        let cookies = asked_language
            .map(|language| keep("lang", language.tag()))
            .into_iter()
            .chain(asked_theme.map(|theme| keep("theme", theme.as_str())))
            .collect();
        Self { language, theme, path: uri.path().to_owned(), query, cookies, who: Who::anonymous() }
    }

    /// The visitor of a request.
    pub(crate) fn of(parts: &Parts) -> Self {
        Self { who: Who::of(&parts.extensions), ..Self::read(&parts.uri, &parts.headers) }
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

/// Sends a browser to a path made here, in ASCII.
pub(crate) fn see_other(to: &str) -> Response {
    let to = HeaderValue::from_str(to).expect("places to go are paths made here, in ASCII");
    (StatusCode::SEE_OTHER, [(LOCATION, to)]).into_response()
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    cookies.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// The pairs of a query or of a form.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    let pieces = text.split('&').filter(|piece| !piece.is_empty());
    pieces
        .map(|piece| {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            (decode(key), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hexadecimal = text.get(at + 1..at + 3).and_then(|two| u8::from_str_radix(two, 16).ok());
        match (bytes[at], hexadecimal) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A text as it may stand in a query.
pub(crate) fn encode(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b':');
    text.bytes()
        .map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(uri: &str, headers: &[(&'static str, &'static str)]) -> Visitor {
        let headers =
            headers.iter().map(|(k, v)| (k.parse().unwrap(), HeaderValue::from_static(v))).collect();
        Visitor::read(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn the_link_is_stronger_than_the_cookie_and_the_cookie_than_the_browser() {
        let browser = ("accept-language", "fr");
        let cookie = ("cookie", "theme=dark; lang=en");
        assert_eq!(visitor("/", &[browser]).language, Language::French);
        assert_eq!(visitor("/", &[browser, cookie]).language, Language::English);
        assert_eq!(visitor("/", &[browser, cookie]).theme, Theme::Dark);
        let asked = visitor("/?lang=fr&theme=light", &[browser, cookie]);
        assert_eq!((asked.language, asked.theme, asked.cookies.len()), (Language::French, Theme::Light, 2));
        assert_eq!(visitor("/?lang=xx", &[]).language, Language::English);
    }

    #[test]
    fn a_link_keeps_the_rest_of_the_query_and_cannot_break_out_of_it() {
        let visitor = visitor("/sites/a?floor=%3Cb%3E&lang=fr", &[]);
        assert_eq!(visitor.link("lang", "en"), "/sites/a?floor=%3Cb%3E&lang=en");
        assert_eq!(visitor.link("floor", "2"), "/sites/a?floor=2");
        assert_eq!(visitor.asked("floor"), Some("<b>"));
        assert_eq!(visitor.here(), "/sites/a?floor=%3Cb%3E");
    }

    #[test]
    fn any_query_decodes_without_a_panic() {
        for text in ["%", "%4", "%é", "a=%ff", "=&&=", "+%2B"] {
            let _ = pairs(text);
        }
        assert_eq!(pairs("a+b=%C3%A9"), [("a b".to_owned(), "é".to_owned())]);
    }
}
