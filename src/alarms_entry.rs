//! `[alarms]` of the configuration: where messages about alarms go, and when not.

use std::path::{Path, PathBuf};

use alarms::{EmailSecurity, EmailSettings, NoticeLanguage, NoticeSettings, QuietHours, WebhookSettings};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Alarms {
    #[serde(default)]
    language: Language,
    quiet: Option<Quiet>,
    email: Option<Email>,
    webhook: Option<Webhook>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Language {
    #[default]
    En,
    Fr,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quiet {
    from: String,
    until: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Email {
    server: String,
    port: Option<u16>,
    #[serde(default)]
    security: Security,
    user: Option<String>,
    password_file: Option<PathBuf>,
    from: String,
    to: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Security {
    #[default]
    Tls,
    StartTls,
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhook {
    url: String,
    secret_file: Option<PathBuf>,
    #[serde(default)]
    allow_hosts: Vec<String>,
}

impl Alarms {
    /// Where messages go. An error begins with what follows `alarms`.
    pub(crate) fn settings(self, pages_url: Option<String>) -> Result<NoticeSettings, String> {
        let language = match self.language {
            Language::En => NoticeLanguage::English,
            Language::Fr => NoticeLanguage::French,
        };
        Ok(NoticeSettings {
            language,
            quiet: self.quiet.map(Quiet::hours).transpose()?,
            pages_url,
            email: self.email.map(Email::settings).transpose()?,
            webhook: self.webhook.map(Webhook::settings).transpose()?,
        })
    }
}

impl Quiet {
    fn hours(self) -> Result<QuietHours, String> {
        let minute = |key: &str, text: &str| {
            minute_of(text)
                .ok_or_else(|| format!(".quiet.{key}: {text:?} is no time of day such as \"22:00\""))
        };
        Ok(QuietHours {
            from_minute: minute("from", &self.from)?,
            until_minute: minute("until", &self.until)?,
        })
    }
}

/// Minutes after midnight of `07:30`.
fn minute_of(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, below: u16| text.parse().ok().filter(|n: &u16| text.len() == 2 && *n < below);
    Some(number(hours, 24)? * 60 + number(minutes, 60)?)
}

impl Email {
    fn settings(self) -> Result<EmailSettings, String> {
        let security = match self.security {
            Security::Tls => EmailSecurity::Tls,
            Security::StartTls => EmailSecurity::StartTls,
            Security::None => EmailSecurity::None,
        };
        let login = match (self.user, self.password_file) {
            (Some(user), Some(path)) => Some((user, secret(".email.password_file", &path)?)),
            (None, None) => None,
            _ => return Err(".email: user and password_file belong together".to_owned()),
        };
        EmailSettings::new((&self.server, self.port, security), login, &self.from, &self.to)
            .map_err(|error| format!(".email: {error}"))
    }
}

impl Webhook {
    fn settings(self) -> Result<WebhookSettings, String> {
        let path = self.secret_file.as_deref();
        let key = path.map(|path| secret(".webhook.secret_file", path)).transpose()?;
        WebhookSettings::new(&self.url, key.map(String::into_bytes), &self.allow_hosts)
            .map_err(|error| format!(".webhook: {error}"))
    }
}

/// What a file holds, and nothing else. One that is empty holds no secret.
fn secret(key: &str, path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{key}: could not read {}: {error}", path.display()))?;
    match text.trim() {
        "" => Err(format!("{key}: {} is empty", path.display())),
        text => Ok(text.to_owned()),
    }
}
