//! How the program was set up, as far as those may know who run or support it: never a secret.

use std::sync::Arc;

use vocabulary::Timestamp;

/// Which certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateKind {
    /// What the broker shows to those who connect.
    Broker,
    /// The site's own authority, which heaters trust.
    Authority,
}

impl CertificateKind {
    /// The word in the diagnostics and the end of its words' keys.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Authority => "authority",
        }
    }
}

/// How a certificate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateState {
    /// It holds until then.
    Until(Timestamp),
    /// The program makes it anew before it ends.
    RenewsItself,
    /// There is none, because nobody asked for one.
    NotConfigured,
    /// The broker runs elsewhere, and so does its certificate.
    Elsewhere,
    /// Its file does not read.
    Unreadable,
}

impl CertificateState {
    /// The word in the diagnostics and the end of its words' keys.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Until(_) => "until",
            Self::RenewsItself => "renews-itself",
            Self::NotConfigured => "not-configured",
            Self::Elsewhere => "elsewhere",
            Self::Unreadable => "unreadable",
        }
    }
}

/// How the certificates stand; asked on a thread that may wait for a disk.
pub type CertificatesFn = Arc<dyn Fn() -> Vec<(CertificateKind, CertificateState)> + Send + Sync>;

/// How the program was set up.
#[derive(Clone)]
pub struct Installation {
    /// What was configured: the key in the configuration file, and its value in a word or a number. Neither a secret nor where
    /// one lies, and no address of a person.
    pub configured: Vec<(&'static str, String)>,
    /// How the certificates stand.
    pub certificates: CertificatesFn,
}
