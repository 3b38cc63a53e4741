//! Messages about alarms: gathered into one, quiet at night, sent by e-mail and webhook, tried again.
//!
//! ```text
//!   book: untold alarms ──digest──> one message for each way, in the book ──sender──> mailbox, web server
//! ```

mod address;
mod digest;
mod email;
mod quiet;
mod retry;
mod sender;
mod signature;
#[cfg(test)]
mod trial;
mod webhook;
mod words;

pub use email::{EmailSecurity, EmailSettings, EmailSettingsError};
pub use quiet::QuietHours;
pub(crate) use sender::Sender;
pub use webhook::{WebhookSettings, WebhookSettingsError};
pub use words::NoticeLanguage;

/// Where messages go, and when not.
#[derive(Debug, Clone, Default)]
pub struct NoticeSettings {
    /// In which language.
    pub language: NoticeLanguage,
    /// When only critical alarms are told.
    pub quiet: Option<QuietHours>,
    /// How browsers reach the pages, to be named in messages.
    pub pages_url: Option<String>,
    /// By e-mail.
    pub email: Option<EmailSettings>,
    /// By a request to a web server.
    pub webhook: Option<WebhookSettings>,
}
