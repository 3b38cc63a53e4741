//! Every payload's way in and out: size, version and form are checked here, once.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// No payload is longer than this.
pub const MAX_PAYLOAD_BYTES: usize = 8 * 1024;

/// The version of the contract that this crate speaks.
const VERSION: u8 = 1;

/// Why a payload is refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than [`MAX_PAYLOAD_BYTES`].
    #[error("a payload of {0} bytes is longer than {MAX_PAYLOAD_BYTES}")]
    TooLong(usize),
    /// Not the JSON that the topic asks for; the text says where.
    #[error("not the payload this topic asks for: {0}")]
    Form(String),
    /// A version of the contract that this program does not speak.
    #[error("version {0} of the contract is not spoken here, only 1")]
    Version(u8),
    /// More items than the contract allows.
    #[error("{what} has {count} items, at most {max} are allowed")]
    TooMany {
        /// Which list.
        what: &'static str,
        /// How many items it has.
        count: usize,
        /// How many it may have.
        max: usize,
    },
}

impl DecodeError {
    /// The reason under which a refused message is counted.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too_long",
            Self::Form(_) => "form",
            Self::Version(_) => "version",
            Self::TooMany { .. } => "too_many",
        }
    }
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    v: u8,
    #[serde(flatten)]
    body: &'a T,
}

#[derive(Deserialize)]
struct VersionOnly {
    #[serde(default = "current_version")]
    v: u8,
}

const fn current_version() -> u8 {
    VERSION
}

/// A payload of the contract: JSON with `"v":1`.
pub trait Payload: Serialize + DeserializeOwned {
    /// The bytes for the wire.
    fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(&Envelope { v: VERSION, body: self })
            .expect("payloads have string keys and finite numbers, which JSON can always carry")
    }

    /// Reads a payload. `v` may be left out, as building systems do.
    ///
    /// # Errors
    /// [`DecodeError`] when the bytes are too long, of another form or of another version.
    fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        check_envelope(bytes)?;
        serde_json::from_slice(bytes).map_err(|error| DecodeError::Form(error.to_string()))
    }
}

/// Checks length and version, before the body is looked at.
pub(crate) fn check_envelope(bytes: &[u8]) -> Result<(), DecodeError> {
    if bytes.len() > MAX_PAYLOAD_BYTES {
        return Err(DecodeError::TooLong(bytes.len()));
    }
    let version: VersionOnly =
        serde_json::from_slice(bytes).map_err(|error| DecodeError::Form(error.to_string()))?;
    if version.v == VERSION { Ok(()) } else { Err(DecodeError::Version(version.v)) }
}
