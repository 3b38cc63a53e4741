//! The site's own authority: one key, made at the first start, that signs the server's and the devices' certificates.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData as _,
};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::CertifiedKey;
use vocabulary::{Fingerprint, Timestamp};

use crate::certificate::{CertificateFacts, chain, content, read};
use crate::{IdentityError, write_private};

const DAY_MS: i64 = 24 * 3_600 * 1_000;
/// Heaters hold it as long as they stand.
const AUTHORITY_DAYS: i64 = 20 * 365;
/// The server's certificate is made anew at each start, and before it ends.
const SERVER_DAYS: i64 = 90;
/// A device asks for the next one after two thirds of it.
const DEVICE_DAYS: i64 = 90;
/// Clocks of devices may be this slow.
const SLACK_DAYS: i64 = 1;

/// The authority with its secret key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
    facts: CertificateFacts,
}

/// A certificate that the authority has signed for a device.
#[derive(Debug, Clone)]
pub struct DeviceCertificate {
    /// The certificate.
    pub pem: String,
    /// What it is known by.
    pub fingerprint: Fingerprint,
    /// Until when it holds.
    pub not_after: Timestamp,
}

impl Authority {
    /// Reads the authority of a folder (`authority.pem`, `authority.key`), or makes it there.
    ///
    /// # Errors
    /// [`IdentityError`] when the files cannot be read or written, or are not what they should be.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, IdentityError> {
        let (certificate, key) = files(folder);
        match (certificate.exists(), key.exists()) {
            (true, true) => {}
            (false, false) => make(folder, now)?,
            (is_here, _) => {
                let (missing, other) = if is_here { (&key, &certificate) } else { (&certificate, &key) };
                let why = format!(
                    "it is missing: put it back from a backup, or remove {} to begin with a new authority, at which every heater must be enrolled again",
                    other.display()
                );
                return Err(content(missing, &why));
            }
        }
        let text = |path: &Path| {
            String::from_utf8(read(path)?)
                .map_err(|_| content(path, "it is no PEM file: put it back from a backup"))
        };
        let (pem, key_pem) = (text(&certificate)?, text(&key)?);
        let first = chain(&certificate, pem.as_bytes())?.remove(0);
        let broken = |why: &str| content(&key, &format!("{why}: put both files back from a backup"));
        let facts = CertificateFacts::of(&first)
            .ok_or_else(|| broken("the authority's certificate does not read"))?;
        let pair = KeyPair::from_pem(&key_pem).map_err(|_| broken("it holds no secret key"))?;
        if !is_of(&pair, &first) {
            return Err(broken("the key does not belong to authority.pem"));
        }
        let issuer = Issuer::from_ca_cert_der(&first, pair)?;
        Ok(Self { issuer, certificate: first, pem, facts })
    }

    /// The certificate, for whoever is to trust it.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// What it is known by.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.certificate)
    }

    /// What its certificate says.
    #[must_use]
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    pub(crate) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// A new key with a certificate for these names and addresses, followed by the authority's own.
    pub(crate) fn server(
        &self,
        names: &[String],
        now: Timestamp,
    ) -> Result<(Arc<CertifiedKey>, CertificateFacts), IdentityError> {
        let mut parameters = CertificateParams::new(names)?;
        parameters.distinguished_name = named("hypocaust");
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        limit(&mut parameters, now, SERVER_DAYS);
        let pair = KeyPair::generate()?;
        let certificate = parameters.signed_by(&pair, &self.issuer)?;
        let facts = CertificateFacts::of(certificate.der()).expect("it was just made");
        let key = PrivateKeyDer::Pkcs8(pair.serialize_der().into());
        let chain = vec![certificate.der().clone(), self.certificate.clone()];
        let certified = CertifiedKey::from_der(chain, key, &default_provider())
            .map_err(|error| IdentityError::Making(error.to_string()))?;
        Ok((Arc::new(certified), facts))
    }

    /// Signs a device's request. Of the request only its key is taken; the name is `name`, which the request must not
    /// contradict.
    ///
    /// # Errors
    /// [`IdentityError::Request`] and [`IdentityError::Name`].
    pub fn sign(
        &self,
        request: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<DeviceCertificate, IdentityError> {
        let asked = read_request(request)?;
        let claimed = asked.params.distinguished_name.get(&DnType::CommonName).map(text);
        if let Some(asked) = claimed.filter(|claimed| claimed != name) {
            return Err(IdentityError::Name {
                asked: asked.chars().take(80).collect(),
                expected: name.to_owned(),
            });
        }
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = named(name);
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        // For a client alone: nobody can play the server with it.
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        limit(&mut parameters, now, DEVICE_DAYS);
        let certificate = parameters.signed_by(&asked.public_key, &self.issuer)?;
        let facts = CertificateFacts::of(certificate.der()).expect("it was just made");
        let fingerprint = Fingerprint::of(certificate.der());
        Ok(DeviceCertificate { pem: certificate.pem(), fingerprint, not_after: facts.not_after })
    }
}

/// The key for which a certificate is asked: the SHA-256 of its public half. Its owner signed the request with it.
///
/// # Errors
/// [`IdentityError::Request`].
pub fn requested_key(request: &str) -> Result<Fingerprint, IdentityError> {
    Ok(Fingerprint::of(read_request(request)?.public_key.der_bytes()))
}

fn read_request(request: &str) -> Result<CertificateSigningRequestParams, IdentityError> {
    CertificateSigningRequestParams::from_pem(request)
        .map_err(|error| IdentityError::Request(error.to_string()))
}

/// Certificate and key of a folder's authority.
fn files(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join("authority.pem"), folder.join("authority.key"))
}

fn make(folder: &Path, now: Timestamp) -> Result<(), IdentityError> {
    let path = folder.display().to_string();
    std::fs::create_dir_all(folder).map_err(|source| IdentityError::File { path, source })?;
    let mut parameters = CertificateParams::default();
    let pair = KeyPair::generate()?;
    // Two sites' authorities are told apart by people too, and by programs that look authorities up by name.
    let mark = Fingerprint::of(pair.public_key_raw()).to_string();
    parameters.distinguished_name = named(&format!("Hypocaust site authority {}", &mark[..8]));
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    limit(&mut parameters, now, AUTHORITY_DAYS);
    let certificate = parameters.self_signed(&pair)?;
    let (certificate_path, key_path) = files(folder);
    write_private(&key_path, &pair.serialize_pem())?;
    write_private(&certificate_path, &certificate.pem())
}

fn limit(parameters: &mut CertificateParams, now: Timestamp, days: i64) {
    let at = |now: Timestamp| {
        let since_1970 = Duration::from_millis(now.ms().max(0).unsigned_abs());
        rcgen::date_time_ymd(1970, 1, 1) + since_1970
    };
    parameters.not_before = at(now.plus_ms(-SLACK_DAYS * DAY_MS));
    parameters.not_after = at(now.plus_ms(days * DAY_MS));
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// A name as text; one in an old encoding is no name of ours and only shown.
fn text(value: &DnValue) -> String {
    match value {
        DnValue::Utf8String(text) => text.clone(),
        DnValue::PrintableString(text) => text.as_str().to_owned(),
        other => format!("{other:?}"),
    }
}

fn is_of(pair: &KeyPair, certificate: &CertificateDer<'_>) -> bool {
    x509_parser::parse_x509_certificate(certificate)
        .is_ok_and(|(_, parsed)| *parsed.public_key().subject_public_key.data == *pair.public_key_raw())
}
