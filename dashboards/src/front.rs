//! Where this server stands: the addresses it answers to, and whether browsers reach it over https.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use axum::http::uri::Authority;

/// The address by which browsers know this server, where it is another than the one it listens on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    is_https: bool,
    authority: Authority,
}

/// A text that is no public address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address of a server: write it as https://name or https://name:port, without a path")]
pub struct PublicUrlError(String);

impl PublicUrl {
    /// Reads `https://hypocaust.example` or `http://10.0.0.7:8080`.
    ///
    /// # Errors
    /// [`PublicUrlError`] when it is no such address.
    pub fn parse(text: &str) -> Result<Self, PublicUrlError> {
        let bad = || PublicUrlError(text.chars().take(80).collect());
        let (scheme, rest) = text.trim().trim_end_matches('/').split_once("://").ok_or_else(bad)?;
        let is_https = match scheme {
            "https" => true,
            "http" => false,
            _ => return Err(bad()),
        };
        let authority: Authority = rest.parse().map_err(|_| bad())?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(bad());
        }
        Ok(Self { is_https, authority })
    }

    /// Whether browsers reach the server over https.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    fn is_named_by(&self, host: &Authority) -> bool {
        let usual = if self.is_https { 443 } else { 80 };
        let port = |authority: &Authority| authority.port_u16().unwrap_or(usual);
        host.host().eq_ignore_ascii_case(self.authority.host()) && port(host) == port(&self.authority)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.is_https { "https" } else { "http" }, self.authority)
    }
}

/// Where this server stands.
#[derive(Debug, Clone)]
pub(crate) struct Front {
    /// Whether other machines can reach it directly.
    pub(crate) is_exposed: bool,
    /// How browsers know it.
    pub(crate) url: Option<PublicUrl>,
}

impl Front {
    pub(crate) fn new(listen: SocketAddr, url: Option<PublicUrl>) -> Self {
        Self { is_exposed: !listen.ip().is_loopback(), url }
    }

    /// Whether a request that names this host is meant for us. A DNS name that is not ours may have been bound to our
    /// address by a foreign page; an address of numbers cannot be.
    pub(crate) fn answers_to(&self, host: &Authority) -> bool {
        let name = host.host().trim_start_matches('[').trim_end_matches(']');
        let address = name.parse::<IpAddr>().ok();
        name.eq_ignore_ascii_case("localhost")
            || address.is_some_and(|address| address.is_loopback() || self.is_exposed)
            || self.is_public(host)
    }

    /// Whether a request that names this host came by the public address.
    pub(crate) fn is_public(&self, host: &Authority) -> bool {
        self.url.as_ref().is_some_and(|url| url.is_named_by(host))
    }

    /// Whether browsers come over https.
    pub(crate) fn is_https(&self) -> bool {
        self.url.as_ref().is_some_and(PublicUrl::is_https)
    }

    /// The name of the cookie that holds a session. Over https its prefix makes the browser refuse one that was set
    /// by a neighbouring name or without encryption.
    pub(crate) fn session_cookie(&self) -> &'static str {
        if self.is_https() { "__Host-hypocaust" } else { "hypocaust" }
    }

    /// The address of this server in links that are handed out, where a request named `host`.
    pub(crate) fn base(&self, host: &str) -> String {
        self.url.as_ref().map_or_else(|| format!("http://{host}"), ToString::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_is_a_scheme_and_a_name() {
        assert!(PublicUrl::parse("https://hypocaust.example/").unwrap().is_https());
        assert_eq!(PublicUrl::parse("http://10.0.0.7:8080").unwrap().to_string(), "http://10.0.0.7:8080");
        for bad in
            ["", "hypocaust.example", "ftp://a", "https://", "https://a/b", "https://a@b", "https://a b"]
        {
            assert!(PublicUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_server_answers_to_its_own_names_only() {
        let url = PublicUrl::parse("https://hypocaust.example").unwrap();
        let local = Front::new("127.0.0.1:80".parse().unwrap(), None);
        let behind = Front::new("127.0.0.1:80".parse().unwrap(), Some(url));
        let open = Front::new("0.0.0.0:80".parse().unwrap(), None);
        let table = [
            ("localhost:8080", [true, true, true]),
            ("127.0.0.1", [true, true, true]),
            ("[::1]:8080", [true, true, true]),
            ("10.0.0.7:8080", [false, false, true]),
            ("hypocaust.example", [false, true, false]),
            ("HYPOCAUST.example:443", [false, true, false]),
            ("hypocaust.example:8080", [false, false, false]),
            ("evil.example", [false, false, false]),
        ];
        for (host, expected) in table {
            let host: Authority = host.parse().unwrap();
            assert_eq!([&local, &behind, &open].map(|front| front.answers_to(&host)), expected, "{host}");
        }
    }
}
