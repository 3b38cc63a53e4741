//! A webhook: one POST of JSON to a web server that the configuration names.
//!
//! Whoever writes the configuration may name any host; what that name resolves to is somebody else's to say. So every
//! address is looked at after it was resolved, and the connection is made to that very address: https and the public
//! internet only, unless the configuration names the host as one of its own. No redirect is followed, no proxy of the
//! environment used, no answer read beyond its status.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use registry::AlarmNotice;
use reqwest::{ClientBuilder, Url};
use vocabulary::Timestamp;

use super::address::is_public;
use super::signature::hmac_sha256;

/// How long the whole request may take.
const LIMIT: Duration = Duration::from_secs(15);
/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Where a webhook goes.
#[derive(Clone)]
pub struct WebhookSettings {
    url: Url,
    /// The name or address in the URL, without brackets.
    host: String,
    /// The key of the signature.
    secret: Option<Vec<u8>>,
    /// Whether the host is one of the house's own.
    is_own: bool,
}

impl std::fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookSettings").field("host", &self.host).finish_non_exhaustive()
    }
}

/// A webhook that is refused when the configuration is read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookSettingsError {
    /// Not an address of a web server.
    #[error("url is not an address such as https://example.org/alarms")]
    Url,
    /// Without TLS anybody on the way could read and change it.
    #[error("url has to begin with https://, unless allow_hosts names its host")]
    Plain,
    /// A name and password in an address end in logs.
    #[error("url must not carry a name or password: use secret_file")]
    Credentials,
    /// The address is no public one.
    #[error("url leads to {0}, which is not on the public internet: name it in allow_hosts if that is meant")]
    NotPublic(IpAddr),
}

/// Why a message did not arrive.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WebhookError {
    #[error("{0} does not resolve: {1}")]
    Resolve(String, std::io::Error),
    #[error("{0} resolves to {1}, which is not on the public internet")]
    NotPublic(String, IpAddr),
    #[error("the request failed: {0}")]
    Request(String),
    #[error("the server answered {0}")]
    Status(u16),
}

impl WebhookSettings {
    /// Reads where a webhook goes. `own_hosts` are hosts that may be reached without TLS and wherever they are.
    ///
    /// # Errors
    /// [`WebhookSettingsError`].
    pub fn new(
        url: &str,
        secret: Option<Vec<u8>>,
        own_hosts: &[String],
    ) -> Result<Self, WebhookSettingsError> {
        let url = Url::parse(url).map_err(|_| WebhookSettingsError::Url)?;
        let host = url.host_str().ok_or(WebhookSettingsError::Url)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let is_own = own_hosts.iter().any(|own| own.eq_ignore_ascii_case(&host));
        match url.scheme() {
            "https" => {}
            "http" if is_own => {}
            "http" => return Err(WebhookSettingsError::Plain),
            _ => return Err(WebhookSettingsError::Url),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookSettingsError::Credentials);
        }
        if let Some(address) = host.parse::<IpAddr>().ok().filter(|address| !is_own && !is_public(*address)) {
            return Err(WebhookSettingsError::NotPublic(address));
        }
        Ok(Self { url, host, secret, is_own })
    }

    /// Sends a message, whose body is JSON.
    pub(crate) async fn send(&self, notice: &AlarmNotice, now: Timestamp) -> Result<(), WebhookError> {
        let addresses = self.resolve().await?;
        let client = ClientBuilder::new()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_LIMIT)
            .timeout(LIMIT)
            // The very addresses that were judged: a name that resolves to another one a moment later changes nothing.
            .resolve_to_addrs(&self.host, &addresses)
            .build()
            .map_err(|error| WebhookError::Request(chain(&error)))?;
        let mut request = client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("x-hypocaust-notice", notice.id.to_string())
            .header("x-hypocaust-timestamp", now.ms().to_string());
        if let Some(secret) = &self.secret {
            let code = hmac_sha256(secret, format!("{}.{}", now.ms(), notice.body).as_bytes());
            request = request.header("x-hypocaust-signature", format!("sha256={code}"));
        }
        let answer = request.body(notice.body.clone()).send().await;
        let status = answer.map_err(|error| WebhookError::Request(chain(&error)))?.status();
        if status.is_success() { Ok(()) } else { Err(WebhookError::Status(status.as_u16())) }
    }

    /// The addresses of the host, each judged.
    async fn resolve(&self) -> Result<Vec<SocketAddr>, WebhookError> {
        let port = self.url.port_or_known_default().unwrap_or(443);
        let found =
            tokio::time::timeout(CONNECT_LIMIT, tokio::net::lookup_host((self.host.as_str(), port))).await;
        let failed = |error| WebhookError::Resolve(self.host.clone(), error);
        let found = found.map_err(|_| failed(std::io::ErrorKind::TimedOut.into()))?;
        self.judge(found.map_err(failed)?.collect())
    }

    /// One address that is not public is enough to refuse them all: nobody needs such a mixture.
    fn judge(&self, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, WebhookError> {
        let refused = addresses.iter().find(|address| !self.is_own && !is_public(address.ip()));
        match refused {
            Some(address) => Err(WebhookError::NotPublic(self.host.clone(), address.ip())),
            None if addresses.is_empty() => {
                Err(WebhookError::Resolve(self.host.clone(), std::io::ErrorKind::NotFound.into()))
            }
            None => Ok(addresses),
        }
    }
}

/// An error with its causes; the address is left out, for its path may be a secret.
fn chain(error: &reqwest::Error) -> String {
    let mut told = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        told = if told.is_empty() { inner.to_string() } else { format!("{told}: {inner}") };
        cause = inner.source();
    }
    if error.is_timeout() || told.is_empty() { "no answer in time".to_owned() } else { told }
}

#[cfg(test)]
mod tests;
