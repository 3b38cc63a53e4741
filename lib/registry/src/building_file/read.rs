//! Reads a file that describes a building and nothing else; what is wrong is said with its line and a remedy.

use serde::Deserialize;
use toml::Spanned;

use super::mistake::{Mistake, nearest_key, said};
use super::{CircuitEntry, HeaterEntry, RoomEntry, SiteEntry, book};
use crate::SiteBook;

/// Why a file is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Refusal {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: Mistake,
}

/// The parts of a configuration that describe a building.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    site: Option<Spanned<SiteEntry>>,
    #[serde(default)]
    room: Vec<Spanned<RoomEntry>>,
    #[serde(default)]
    heater: Vec<Spanned<HeaterEntry>>,
    #[serde(default)]
    circuit: Vec<Spanned<CircuitEntry>>,
}

/// Reads a building from a text.
///
/// # Errors
/// [`Refusal`] when it is no TOML, has another key, or describes what cannot be.
pub fn read(text: &str) -> Result<SiteBook, Refusal> {
    let file: File = toml::from_str(text).map_err(|error| Refusal {
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        what: Mistake::of(text, &error),
    })?;
    match book(file.site, file.room, file.heater, file.circuit) {
        Ok(Some(book)) => Ok(book),
        Ok(None) => Err(Refusal { line: 1, what: Mistake::Nothing }),
        Err(problem) => Err(Refusal { line: line_of(text, problem.at), what: problem.what }),
    }
}

/// What a TOML error says, in one line, and the key that was probably meant.
#[must_use]
pub fn explained(error: &toml::de::Error) -> String {
    let what = said(error);
    let meant = nearest_key(&what).map_or(String::new(), |key| format!("; did you mean `{key}`?"));
    format!("{what}{meant}")
}

/// The line, from 1, of a byte of a text.
#[must_use]
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}
