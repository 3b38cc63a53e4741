//! The front door: an MQTT 3.1.1 listener of our own before the router of an embedded rumqttd.
//!
//! ```text
//! tcp, tls ──> door (limits) ──> greeting (who) ──> session (codec, rules, acks, will) ──> hub ──> rumqttd's router
//!                                              mailbox (bounded) <── lane (who wants it) <──────────┘
//! ```
//!
//! rumqttd is not exposed: its router is fast but believes whatever it is told. What reaches it has passed a grammar,
//! comes over three links that never end, and is never more than its logs hold. Credentials come from the registry;
//! the client id is the credential's id, and what it may say and hear follows from its role (see `rules`).
//!
//! Over TLS a client may show a certificate of the site's authority in place of a secret, and a heater may enrol.
//! Retained messages and the subscriptions of sessions that are to be kept lie on a shelf in the data folder (see
//! `shelf`); a session whose client is away hears on in the `lodge`.

mod acquaintances;
mod clerk;
mod conformance;
mod counters;
mod crowd;
mod directory;
mod door;
mod enrolment;
mod flow;
mod greeting;
mod hub;
mod lane;
mod listeners;
mod lodge;
mod mailbox;
mod outgoing;
mod pace;
mod packet;
mod reply;
mod retained;
mod router;
mod rules;
mod session;
mod settings;
mod shelf;
mod stay;
mod subscriptions;
mod tide;
mod tls;
mod topics;

pub use counters::Counters;
pub use door::{BrokerError, Door, bind};
pub use rules::exercise_rules;
pub use settings::{Limits, Settings, TlsSettings};
pub use shelf::ShelfError;
