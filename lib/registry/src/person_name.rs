//! The name that a person signs in with, checked when it is made.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The name that a person signs in with: `[a-z0-9][a-z0-9._@+-]{0,63}`, so an address will do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonName(Arc<str>);

/// A text that is no name to sign in with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no name to sign in with: use a-z, 0-9 and . _ @ + -, at most 64, beginning with a letter or digit"
)]
pub struct PersonNameError(String);

impl PersonName {
    /// Checks the text. Capitals and spaces around are forgiven: phones put them there.
    ///
    /// # Errors
    /// [`PersonNameError`] when the text does not match the grammar.
    pub fn new(text: &str) -> Result<Self, PersonNameError> {
        let name = text.trim().to_ascii_lowercase();
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let fits = matches!(name.len(), 1..=64)
            && is_plain(name.as_bytes()[0])
            && name.bytes().all(|b| is_plain(b) || b"._@+-".contains(&b));
        if fits { Ok(Self(name.into())) } else { Err(PersonNameError(text.chars().take(80).collect())) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PersonName {
    type Err = PersonNameError;
    fn from_str(text: &str) -> Result<Self, PersonNameError> {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_forgiving_in_case_and_strict_in_signs() {
        assert_eq!(PersonName::new(" Anna.Weber@example.org ").unwrap().as_str(), "anna.weber@example.org");
        for bad in ["", " ", "-a", "a b", "a<b>", "é", "a\u{0}", &"a".repeat(65)] {
            assert!(PersonName::new(bad).is_err(), "{bad:?}");
        }
    }
}
