//! Messages by e-mail, through a mail server that the configuration names.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use registry::AlarmNotice;

/// How long one step of the conversation with the server may take.
const LIMIT: Duration = Duration::from_secs(15);
/// More addresses than this are a mailing list, which has an address of its own.
const MOST_ADDRESSES: usize = 50;

/// How the conversation with the mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailSecurity {
    /// TLS from the first byte (port 465).
    Tls,
    /// TLS from the second word on, or not at all (port 587).
    StartTls,
    /// None (port 25): for a server on the same machine or network. No password is sent so.
    None,
}

impl EmailSecurity {
    const fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::None => 25,
        }
    }
}

/// From where and to whom.
#[derive(Clone)]
pub struct EmailSettings {
    server: String,
    port: u16,
    security: EmailSecurity,
    login: Option<(String, String)>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl std::fmt::Debug for EmailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmailSettings").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Settings that are refused when the configuration is read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmailSettingsError {
    /// Not an address.
    #[error("{0:?} is not an e-mail address")]
    Address(String),
    /// Nobody, or too many.
    #[error("to names nobody, or more than {MOST_ADDRESSES}")]
    Count,
    /// A password in clear.
    #[error("a user and password are not sent with security = \"none\": use \"tls\" or \"starttls\"")]
    PlainPassword,
}

/// Why a message did not leave.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EmailError {
    #[error("the message could not be made: {0}")]
    Message(#[from] lettre::error::Error),
    #[error("{0}")]
    Smtp(String),
}

impl EmailSettings {
    /// Checks from where and to whom. `port` is the usual one of `security` where none is given.
    ///
    /// # Errors
    /// [`EmailSettingsError`].
    pub fn new(
        (server, port, security): (&str, Option<u16>, EmailSecurity),
        login: Option<(String, String)>,
        from: &str,
        to: &[String],
    ) -> Result<Self, EmailSettingsError> {
        if login.is_some() && security == EmailSecurity::None {
            return Err(EmailSettingsError::PlainPassword);
        }
        if !(1..=MOST_ADDRESSES).contains(&to.len()) {
            return Err(EmailSettingsError::Count);
        }
        let mailbox = |text: &str| text.parse().map_err(|_| EmailSettingsError::Address(text.to_owned()));
        Ok(Self {
            server: server.to_owned(),
            port: port.unwrap_or(security.usual_port()),
            security,
            login,
            from: mailbox(from)?,
            to: to.iter().map(|text| mailbox(text)).collect::<Result<_, _>>()?,
        })
    }

    /// Sends a message, whose body is plain text, to everybody.
    pub(crate) async fn send(&self, notice: &AlarmNotice) -> Result<(), EmailError> {
        let message = self.message(notice)?;
        let sent = self.transport()?.send(message).await;
        sent.map(|_| ()).map_err(|error| EmailError::Smtp(chain(&error)))
    }

    fn message(&self, notice: &AlarmNotice) -> Result<Message, EmailError> {
        let mut builder: MessageBuilder =
            Message::builder().from(self.from.clone()).subject(notice.title.replace(['\r', '\n'], " "));
        for to in &self.to {
            builder = builder.to(to.clone());
        }
        Ok(builder.header(ContentType::TEXT_PLAIN).body(notice.body.clone())?)
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, EmailError> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let builder = match self.security {
            EmailSecurity::Tls => Transport::relay(&self.server),
            EmailSecurity::StartTls => Transport::starttls_relay(&self.server),
            EmailSecurity::None => Ok(Transport::builder_dangerous(&self.server)),
        };
        let mut builder =
            builder.map_err(|error| EmailError::Smtp(chain(&error)))?.port(self.port).timeout(Some(LIMIT));
        if let Some((user, password)) = &self.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
        }
        Ok(builder.build())
    }
}

/// An error with its causes.
fn chain(error: &lettre::transport::smtp::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    let told = format!("{error}{}", cause.unwrap_or_default());
    told.chars().take(300).collect()
}

#[cfg(test)]
mod tests;
