//! Why a measurement could not be made. A measurement that finds something wrong is no error: its report says so.

use std::io;

/// Why a measurement could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// Something on this machine refused.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// What came of it.
        error: io::Error,
    },
    /// A server did not answer, or not as it should.
    #[error("{system}: {what}")]
    Server {
        /// Which one.
        system: &'static str,
        /// What it did.
        what: String,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// The registry refused.
    #[error(transparent)]
    Registry(#[from] registry::RegistryError),
    /// A link could not be opened.
    #[error(transparent)]
    Link(#[from] link::LinkError),
}

impl BenchError {
    /// For `map_err`: names what was tried.
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }
}
