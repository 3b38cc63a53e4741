//! What became of a batch that was sent, as far as the sender must know to go on.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why nothing reaches InfluxDB just now. Whatever it is, the readings wait in the log and are sent when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Trouble {
    /// It does not answer, or not in time.
    #[error("InfluxDB does not answer")]
    Away,
    /// It asks to be left alone for a while (429, 503).
    #[error("InfluxDB is too busy")]
    Busy,
    /// It fails by itself (other 5xx).
    #[error("InfluxDB fails")]
    Failing,
    /// It does not accept the token, or the token may not write (401, 403).
    #[error("InfluxDB does not accept the token")]
    Token,
    /// It knows no such organisation or bucket (404), and the bucket could not be made.
    #[error("InfluxDB has no such organisation or bucket")]
    Missing,
    /// What answers is not InfluxDB 2, or not only: a proxy, a redirect, another program.
    #[error("what answers is not InfluxDB 2")]
    Foreign,
    /// Lines that InfluxDB refused could not be set aside on our own disk.
    #[error("refused lines cannot be set aside")]
    DeadLetters,
}

impl Trouble {
    /// Whether it stays until somebody changes something.
    pub(crate) const fn needs_somebody(self) -> bool {
        matches!(self, Self::Token | Self::Missing | Self::Foreign | Self::DeadLetters)
    }
}

/// What became of some lines that were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// They are stored.
    Stored,
    /// They may be stored or not; they are to be sent again.
    Later { trouble: Trouble, retry_after: Option<Duration>, reason: String },
    /// They are too much at once.
    TooLarge { reason: String },
    /// At least one of them will never be stored.
    Refused { reason: String },
}

/// An answer over HTTP.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// The header of this name, where it was seen.
    pub(crate) retry_after: Option<&'a str>,
    pub(crate) text: &'a str,
}

/// What an answer to a write means.
///
/// Only InfluxDB's own judgement condemns lines: a 400 without its form of error comes from something in between, and
/// is waited out like any other wrong configuration.
pub(crate) fn of_write(answer: &Answer<'_>) -> Outcome {
    let Answer { status, retry_after, text } = *answer;
    let own_words = message(text);
    let reason = match &own_words {
        Some(words) => format!("{status}: {words}"),
        None => format!("{status}: {}", shortened(text)),
    };
    let later = |trouble| {
        let retry_after = retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        Outcome::Later { trouble, retry_after, reason: reason.clone() }
    };
    match status {
        // Nothing else: a page that asks for a password is a 200.
        204 => Outcome::Stored,
        401 | 403 => later(Trouble::Token),
        404 => later(Trouble::Missing),
        413 => Outcome::TooLarge { reason },
        408 | 425 | 429 | 503 => later(Trouble::Busy),
        500..=599 => later(Trouble::Failing),
        400..=499 if own_words.is_some() => Outcome::Refused { reason },
        _ => later(Trouble::Foreign),
    }
}

/// InfluxDB's own words in its form of an error: `{"code":"…","message":"…"}`.
pub(crate) fn message(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        code: String,
        #[serde(default)]
        message: String,
    }
    let Refusal { code, message } = serde_json::from_str(text).ok()?;
    Some(if message.is_empty() { code } else { shortened(&message) })
}

/// The beginning of a text that a log line may quote.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = r#"{"code":"invalid","message":"unable to parse 'x'"}"#;

    fn of(status: u16, text: &str) -> Outcome {
        of_write(&Answer { status, retry_after: None, text })
    }

    #[test]
    fn every_answer_means_one_thing() {
        let trouble = |status, text| match of(status, text) {
            Outcome::Later { trouble, .. } => Some(trouble),
            _ => None,
        };
        assert_eq!(of(204, ""), Outcome::Stored);
        for (status, expected) in [
            (200, Trouble::Foreign),
            (301, Trouble::Foreign),
            (302, Trouble::Foreign),
            (401, Trouble::Token),
            (403, Trouble::Token),
            (404, Trouble::Missing),
            (408, Trouble::Busy),
            (429, Trouble::Busy),
            (500, Trouble::Failing),
            (502, Trouble::Failing),
            (503, Trouble::Busy),
            (504, Trouble::Failing),
        ] {
            assert_eq!(trouble(status, OWN), Some(expected), "{status}");
        }
        assert!(matches!(of(413, ""), Outcome::TooLarge { .. }));
        for status in [400, 409, 422] {
            assert_eq!(
                of(status, OWN),
                Outcome::Refused { reason: format!("{status}: unable to parse 'x'") }
            );
            for foreign in ["<html>Bad Request</html>", "", "null", "[]", r#"{"error":"x"}"#] {
                assert_eq!(trouble(status, foreign), Some(Trouble::Foreign), "{status} {foreign}");
            }
        }
    }

    #[test]
    fn a_wish_for_a_pause_is_heard_in_seconds_only() {
        let pause = |text| match of_write(&Answer { status: 429, retry_after: Some(text), text: "" }) {
            Outcome::Later { retry_after, .. } => retry_after,
            _ => None,
        };
        assert_eq!(pause("7"), Some(Duration::from_secs(7)));
        assert_eq!(pause(" 7 "), Some(Duration::from_secs(7)));
        for odd in ["-1", "Wed, 21 Oct 2026 07:28:00 GMT", "", "1e9"] {
            assert_eq!(pause(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_reason_is_short_and_one_line() {
        let Outcome::Later { reason, .. } = of(502, &"a\nb".repeat(500)) else { panic!("502 is later") };
        assert!(reason.len() < 220 && !reason.contains('\n'));
    }
}
