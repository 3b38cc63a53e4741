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
//! In this first form sessions are clean and retained messages live in memory.

mod clerk;
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
mod mailbox;
mod outgoing;
mod packet;
mod reply;
mod retained;
mod router;
mod rules;
mod session;
mod settings;
mod subscriptions;
mod tide;
mod tls;
mod topics;

pub use counters::Counters;
pub use door::{BrokerError, Door, bind};
pub use settings::{Limits, Settings, TlsSettings};
