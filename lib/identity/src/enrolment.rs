//! What a device and its site say to each other at enrolment and renewal: one line of JSON each way, inside TLS.

use serde::{Deserialize, Serialize};
use vocabulary::{Celsius, HeaterId, SiteId, Watts};

/// The protocol's name in TLS (ALPN).
pub const ENROLMENT_PROTOCOL: &[u8] = b"hypocaust-enrol/1";
/// The longest line, its end included.
pub const MAX_LINE_BYTES: usize = 8 * 1024;

/// What a device asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// To become a heater of the site, with a one-time code.
    Enrol {
        /// The site.
        site: SiteId,
        /// The heater, where the device knows which one it is; otherwise the code says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        heater: Option<HeaterId>,
        /// The secret half of the code, 16 characters.
        code: String,
        /// The request for a certificate, PEM.
        csr: String,
    },
    /// A new certificate in place of the one that the connection was made with.
    Renew {
        /// The request for a certificate, PEM.
        csr: String,
    },
}

/// What the site answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Welcome.
    Enrolled(Box<Enrolled>),
    /// The new certificate, PEM.
    Renewed(String),
    /// Why not, in a sentence for people.
    Refused(String),
}

/// All that a heater needs to begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// The site.
    pub site: SiteId,
    /// The heater.
    pub heater: HeaterId,
    /// Its certificate, PEM.
    pub certificate: String,
    /// The site's authority, to be trusted from now on, PEM.
    pub authority: String,
    /// The site controller's public key, which signs budgets.
    pub key: String,
    /// The most it draws, as the building's book has it.
    pub rated_w: Watts,
    /// What it may draw without a lease.
    pub fallback_w: Watts,
    /// The setpoint it keeps without a lease.
    pub setback_c: Celsius,
}
