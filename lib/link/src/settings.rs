//! What a link needs to know before it opens.

use std::fmt;
use std::path::PathBuf;

use vocabulary::CredentialId;

/// How hard a message is delivered. QoS 2 is not used in this house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qos {
    /// At most once: sent and forgotten.
    AtMostOnce,
    /// At least once: sent again until acknowledged while the connection holds.
    AtLeastOnce,
}

/// A message to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Where.
    pub topic: String,
    /// What.
    pub payload: Vec<u8>,
    /// How hard.
    pub qos: Qos,
    /// Whether the broker keeps it for whoever subscribes later.
    pub retain: bool,
}

/// Everything about one link.
#[derive(Clone)]
pub struct Settings {
    /// `mqtt://host:port` or `mqtts://host:port`; the port may be left out (1883, 8883).
    pub url: String,
    /// Who speaks: the MQTT client id and the user name.
    pub client_id: CredentialId,
    /// The credential's secret, sent as the password.
    pub secret: String,
    /// Filters to subscribe to at every connection.
    pub subscriptions: Vec<(String, Qos)>,
    /// What the broker says in our name when the connection breaks.
    pub will: Option<Publication>,
    /// PEM file with the certificates that `mqtts` trusts; the system's when absent.
    pub ca_file: Option<PathBuf>,
    /// PEM file with a key and a certificate that are shown in place of the secret. It is read again at every
    /// connection, because it may have been renewed.
    pub identity_file: Option<PathBuf>,
    /// How many messages may wait to be read.
    pub inbox: usize,
    /// How many messages may wait to be sent.
    pub outbox: usize,
}

impl Settings {
    /// A link without subscriptions or will, with room for 256 messages to be read and 64 to be sent.
    #[must_use]
    pub fn new(url: impl Into<String>, client_id: CredentialId, secret: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            client_id,
            secret: secret.into(),
            subscriptions: Vec::new(),
            will: None,
            ca_file: None,
            identity_file: None,
            inbox: 256,
            outbox: 64,
        }
    }

    /// A link that shows a certificate in place of a secret, to a server that the authority in `ca_file` has signed.
    #[must_use]
    pub fn with_certificate(
        url: impl Into<String>,
        client_id: CredentialId,
        ca_file: PathBuf,
        identity_file: PathBuf,
    ) -> Self {
        let (ca_file, identity_file) = (Some(ca_file), Some(identity_file));
        Self { ca_file, identity_file, ..Self::new(url, client_id, "") }
    }

    /// The same with one more subscription.
    #[must_use]
    pub fn subscribe(mut self, filter: impl Into<String>, qos: Qos) -> Self {
        self.subscriptions.push((filter.into(), qos));
        self
    }
}

impl fmt::Debug for Settings {
    /// Everything but the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("url", &self.url)
            .field("client_id", &self.client_id)
            .field("subscriptions", &self.subscriptions)
            .field("will", &self.will)
            .finish_non_exhaustive()
    }
}
