//! The device's side of a certificate: a key that never leaves it, and the file in which both are kept.

use std::path::Path;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::certificate::{CertificateFacts, content, read};
use crate::{IdentityError, write_private};

/// A key without a certificate yet.
pub struct DeviceKey(KeyPair);

impl DeviceKey {
    /// Makes a key.
    ///
    /// # Errors
    /// [`IdentityError::Making`] without random numbers.
    pub fn make() -> Result<Self, IdentityError> {
        Ok(Self(KeyPair::generate()?))
    }

    /// Reads what [`DeviceKey::save`] wrote.
    ///
    /// # Errors
    /// [`IdentityError`] when the file is not there or holds no key.
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        let pair = String::from_utf8(read(path)?).ok().and_then(|pem| KeyPair::from_pem(&pem).ok());
        pair.map(Self).ok_or_else(|| content(path, "it does not hold a key: remove it"))
    }

    /// Keeps it, for its owner alone.
    ///
    /// # Errors
    /// [`IdentityError::File`].
    pub fn save(&self, path: &Path) -> Result<(), IdentityError> {
        write_private(path, &self.0.serialize_pem())
    }

    /// A request for a certificate (PEM), in this name or in whatever name the site gives.
    ///
    /// # Errors
    /// [`IdentityError::Making`].
    pub fn request(&self, name: Option<&str>) -> Result<String, IdentityError> {
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = DistinguishedName::new();
        if let Some(name) = name {
            parameters.distinguished_name.push(DnType::CommonName, name);
        }
        Ok(parameters.serialize_request(&self.0)?.pem()?)
    }

    /// The key with its certificate.
    #[must_use]
    pub fn with_certificate(&self, certificate: &str) -> DeviceIdentity {
        DeviceIdentity { pem: format!("{}{certificate}", self.0.serialize_pem()) }
    }
}

/// A key and its certificate in one PEM text, so that one rename replaces both.
#[derive(Clone)]
pub struct DeviceIdentity {
    pem: String,
}

impl DeviceIdentity {
    /// Reads what [`DeviceIdentity::save`] wrote.
    ///
    /// # Errors
    /// [`IdentityError`] when the file is not there or is not what it should be.
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        let wrong = || content(path, "it does not hold a key and a certificate: enrol this heater again");
        let pem = String::from_utf8(read(path)?).map_err(|_| wrong())?;
        let identity = Self { pem };
        identity.parts().ok_or_else(wrong)?;
        Ok(identity)
    }

    /// Keeps it, for its owner alone.
    ///
    /// # Errors
    /// [`IdentityError::File`].
    pub fn save(&self, path: &Path) -> Result<(), IdentityError> {
        write_private(path, &self.pem)
    }

    /// Key and certificates in PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// What the certificate says; `None` when it does not read.
    #[must_use]
    pub fn facts(&self) -> Option<CertificateFacts> {
        CertificateFacts::of(self.parts()?.0.first()?)
    }

    /// Certificates and key, as TLS wants them.
    pub(crate) fn parts(&self) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let pem = self.pem.as_bytes();
        let chain: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().ok()?;
        let key = PrivateKeyDer::from_pem_slice(pem).ok()?;
        (!chain.is_empty()).then_some((chain, key))
    }
}
