//! What is wrong in a building: found by rules in what is heard over MQTT, kept in the book, told by e-mail and webhook.
//!
//! ```text
//!   MQTT ──> heard ──look──> signals ──detector (limit, hysteresis, delays)──> findings ──> registry
//!                                                                        untold alarms <──┘ ──digest──> messages
//! ```
//! The life of an alarm, and what people do about it, is the book's ([`registry::AlarmState`]); pages show it. Rules with
//! their limits and reasons: `docs/alarms.md`.

mod detector;
mod flood;
mod heard;
mod lag;
mod look;
mod notify;
mod platform;
mod runner;
mod signal;
mod watch;

#[cfg(test)]
mod documented;
#[cfg(test)]
mod trial;

pub use notify::{
    EmailSecurity, EmailSettings, EmailSettingsError, NoticeLanguage, NoticeSettings, QuietHours,
    WebhookSettings, WebhookSettingsError,
};
pub use platform::{PlatformFigures, PlatformFiguresFn};
pub use runner::{AlarmsError, run};
