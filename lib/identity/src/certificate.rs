//! Certificates in PEM files: what they say, and whether a key belongs to one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use vocabulary::Timestamp;

use crate::IdentityError;

/// A certificate with its key, in two PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFiles {
    /// The certificate, and after it those that lead to an authority.
    pub certificate: PathBuf,
    /// Its secret key.
    pub key: PathBuf,
}

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// From when on it holds.
    pub not_before: Timestamp,
    /// Until when it holds.
    pub not_after: Timestamp,
    /// The common name of whom it is for, where it has one.
    pub name: String,
}

impl CertificateFacts {
    /// Whether two thirds of its life have passed: time for the next one.
    #[must_use]
    pub fn renewal_is_due(&self, now: Timestamp) -> bool {
        now.since(self.not_before) >= self.not_after.since(self.not_before) / 3 * 2
    }

    /// Of a certificate in DER; `None` when it is no certificate.
    pub(crate) fn of(der: &[u8]) -> Option<Self> {
        let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
        let validity = certificate.validity();
        let ms = |seconds: i64| Timestamp::from_ms(seconds.saturating_mul(1_000));
        let name = certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
        Some(Self {
            not_before: ms(validity.not_before.timestamp()),
            not_after: ms(validity.not_after.timestamp()),
            name: name.unwrap_or_default().to_owned(),
        })
    }
}

/// What the first certificate of a PEM file says.
///
/// # Errors
/// [`IdentityError`] when the file cannot be read or has no certificate.
pub fn read_certificate(path: &Path) -> Result<CertificateFacts, IdentityError> {
    let chain = chain(path, &read(path)?)?;
    facts(path, &chain)
}

impl CertificateFiles {
    /// Reads both files and checks that they belong together.
    pub(crate) fn load(&self) -> Result<(Arc<CertifiedKey>, CertificateFacts), IdentityError> {
        let chain = chain(&self.certificate, &read(&self.certificate)?)?;
        let facts = facts(&self.certificate, &chain)?;
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?).map_err(|_| {
            content(&self.key, "there is no secret key in it: name the PEM file with the certificate's key")
        })?;
        let certified = CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| {
            let certificate = self.certificate.display();
            content(
                &self.key,
                &format!("the key does not belong to the certificate {certificate} ({error}): name the pair that was issued together"),
            )
        })?;
        Ok((Arc::new(certified), facts))
    }

    /// What the certificate says, once it is known that the key belongs to it.
    ///
    /// # Errors
    /// [`IdentityError`] when a file cannot be read, or the two do not belong together.
    pub fn check(&self) -> Result<CertificateFacts, IdentityError> {
        self.load().map(|(_, facts)| facts)
    }
}

fn facts(path: &Path, chain: &[CertificateDer<'_>]) -> Result<CertificateFacts, IdentityError> {
    CertificateFacts::of(&chain[0]).ok_or_else(|| content(path, "its first certificate does not read"))
}

/// The certificates of a PEM text, at least one.
pub(crate) fn chain(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, IdentityError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        _ => Err(content(path, "there is no certificate in it: a PEM file is needed")),
    }
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, IdentityError> {
    std::fs::read(path).map_err(|source| IdentityError::File { path: path.display().to_string(), source })
}

pub(crate) fn content(path: &Path, why: &str) -> IdentityError {
    IdentityError::Content { path: path.display().to_string(), why: why.to_owned() }
}
