//! Who is who on the wire: the site's own authority, the certificates it signs, the two sides of TLS, and enrolment.
//!
//! ```text
//! Authority ──signs──> the server's certificate   (at every start, and before it ends)
//!           └─signs──> a device's certificate     (once a code was given, and before it ends)
//! ServerSide  what the front door shows and asks for      ask()  a device's side of enrolment and renewal
//! ```
//!
//! Only here are `rcgen` and `x509-parser` named. Secret keys never leave the machine on which they were made.

mod authority;
mod certificate;
mod client;
mod device;
mod enrolment;
mod explained;
mod pinned;
mod private_file;
mod server;

pub use authority::{Authority, DeviceCertificate, requested_key};
pub use certificate::{CertificateFacts, CertificateFiles, read_certificate};
pub use client::{AskError, Server, Trust, ask, connect};
pub use device::{DeviceIdentity, DeviceKey};
pub use enrolment::{Answer, ENROLMENT_PROTOCOL, Enrolled, MAX_LINE_BYTES, Request};
pub use explained::explained;
pub use private_file::write_private;
pub use server::{Accepted, DEVICE_PROTOCOL, Protocol, ServerSettings, ServerSide};

/// What can go wrong with keys and certificates.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{path}: {why}")]
    Content {
        /// The file.
        path: String,
        /// What is wrong, and what to do about it.
        why: String,
    },
    /// A certificate could not be made.
    #[error("a certificate could not be made: {0}")]
    Making(String),
    /// A request for a certificate that is not one, or whose sender does not hold the key.
    #[error("the request for a certificate does not read: {0}")]
    Request(String),
    /// A request for a certificate in another's name.
    #[error("the request is in the name of {asked:?}, not {expected}")]
    Name {
        /// The name in the request.
        asked: String,
        /// The name it should be.
        expected: String,
    },
}

impl From<rcgen::Error> for IdentityError {
    fn from(error: rcgen::Error) -> Self {
        Self::Making(error.to_string())
    }
}
