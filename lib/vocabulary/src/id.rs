//! Identifiers, checked when they are made: `[a-z0-9][a-z0-9-]{0,62}`, so they are safe in a topic, a path and a query.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not an identifier or a display name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text does not match the grammar of identifiers.
    #[error("{0:?} is not an identifier: use a-z, 0-9 and -, at most 63 characters, not beginning with -")]
    Grammar(String),
    /// The text does not match the grammar of a boot.
    #[error("{0:?} is not a boot id: use 16 characters of 0-9 and a-f")]
    Boot(String),
    /// The text is no name people can read.
    #[error("{0:?} is not a display name: use 1 to 64 printable characters")]
    Name(String),
}

fn is_identifier(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.len(), 1..=63)
        && bytes[0] != b'-'
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

/// The beginning of a text that a message may quote without growing long.
fn quote(text: &str) -> String {
    text.chars().take(80).collect()
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the text and makes the identifier.
            ///
            /// # Errors
            /// [`IdError::Grammar`] when the text does not match `[a-z0-9][a-z0-9-]{0,62}`.
            pub fn new(text: &str) -> Result<Self, IdError> {
                if is_identifier(text) { Ok(Self(text.into())) } else { Err(IdError::Grammar(quote(text))) }
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

identifier!(
    /// A site: one building or a few that share a controller.
    SiteId
);
identifier!(
    /// A room of a site.
    RoomId
);
identifier!(
    /// A circuit of a site's wiring.
    CircuitId
);
identifier!(
    /// A heater of a site. It is also the identifier of the heater's own credential.
    HeaterId
);
identifier!(
    /// A credential: the MQTT client id and user name of whoever speaks.
    CredentialId
);

/// One run of a heater's software: 64 random bits drawn at every boot, on the wire 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BootId(u64);

impl BootId {
    /// Makes a boot id from its 64 bits.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The 64 bits, for compact storage.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }
}

impl FromStr for BootId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let is_hexadecimal = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let bits = if is_hexadecimal { u64::from_str_radix(text, 16).ok() } else { None };
        bits.map(Self).ok_or_else(|| IdError::Boot(quote(text)))
    }
}

impl fmt::Display for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for BootId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for BootId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BootId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A name for people: 1 to 64 printable characters of any script.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DisplayName(String);

impl DisplayName {
    /// Checks the text and makes the name.
    ///
    /// # Errors
    /// [`IdError::Name`] when the text is empty, longer than 64 characters or has control characters.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let text = text.trim();
        let fits = matches!(text.chars().count(), 1..=64) && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(IdError::Name(quote(text))) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DisplayName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_grammar_makes_an_identifier() {
        let long = "a".repeat(64);
        for bad in ["", "-a", "A", "a b", "a/b", "a+b", "#", "é", "a\0", "a_b", long.as_str()] {
            assert!(HeaterId::new(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "0", "room-101", &long[..63]] {
            assert_eq!(HeaterId::new(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn a_name_may_be_of_any_script_but_not_invisible() {
        for good in ["Salle B", "غرفة", "Büro 🔥"] {
            assert!(DisplayName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "  ", "a\nb", &"é".repeat(65)] {
            assert!(DisplayName::new(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_boot_id_survives_the_wire(bits: u64) {
            let boot = BootId::from_bits(bits);
            prop_assert_eq!(boot.to_string().parse::<BootId>().unwrap(), boot);
        }

        #[test]
        fn no_text_makes_an_identifier_that_the_grammar_refuses(text in ".{0,70}") {
            if let Ok(id) = RoomId::new(&text) {
                prop_assert_eq!(id.as_str(), text);
            }
        }
    }
}
