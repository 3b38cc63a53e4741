//! Trust in a server that was never met: its chain must lead to the authority that the code names.

use std::sync::Arc;

use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};
use vocabulary::{EnrolmentCode, Fingerprint};

/// The server does not show the authority of the code.
#[derive(Debug, thiserror::Error)]
#[error("the server is not of the site that made this code")]
pub(crate) struct AnotherAuthority;

/// Finds the authority in the chain that the server shows, and then judges the server as any verifier would that
/// trusts this authority alone: signatures, names, dates, purpose.
#[derive(Debug)]
pub(crate) struct Pinned {
    pub(crate) code: EnrolmentCode,
    pub(crate) provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let named = intermediates.iter().find(|shown| self.code.names(&Fingerprint::of(shown)));
        let authority = named.ok_or_else(|| {
            Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(AnotherAuthority))))
        })?;
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone().into_owned())?;
        let judge = WebPkiServerVerifier::builder_with_provider(roots.into(), self.provider.clone())
            .build()
            .map_err(|error| Error::General(error.to_string()))?;
        judge.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::crypto::ring::default_provider;
    use vocabulary::Timestamp;

    use super::*;
    use crate::{Authority, DeviceKey};

    const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);

    fn authority() -> (tempfile::TempDir, Authority) {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::open(folder.path(), NOW).unwrap();
        (folder, authority)
    }

    fn judge(site: &Authority, shown: &[CertificateDer<'_>], name: &str) -> Result<(), Error> {
        let code = EnrolmentCode::new([1; 10], &site.fingerprint());
        let pinned = Pinned { code, provider: Arc::new(default_provider()) };
        let at = UnixTime::since_unix_epoch(std::time::Duration::from_millis(NOW.ms().unsigned_abs()));
        let name = ServerName::try_from(name).unwrap();
        pinned.verify_server_cert(&shown[0], &shown[1..], &name, &[], at).map(|_| ())
    }

    #[test]
    fn the_authority_of_the_code_must_have_signed_a_server_of_this_name() {
        let ((_a, site), (_b, other)) = (authority(), authority());
        let server =
            |authority: &Authority| authority.server(&["10.0.0.1".to_owned()], NOW).unwrap().0.cert.clone();
        let own = server(&site);
        judge(&site, &own, "10.0.0.1").unwrap();
        judge(&site, &own, "10.0.0.2").unwrap_err();
        // No authority shown; another; the right one beside a server that it has not signed.
        let foreign = server(&other);
        judge(&site, &own[..1], "10.0.0.1").unwrap_err();
        judge(&site, &foreign, "10.0.0.1").unwrap_err();
        judge(&site, &[foreign[0].clone(), own[1].clone()], "10.0.0.1").unwrap_err();
        judge(&site, &[foreign[0].clone(), foreign[1].clone(), own[1].clone()], "10.0.0.1").unwrap_err();
    }

    #[test]
    fn a_device_cannot_play_the_server() {
        let (_folder, site) = authority();
        let key = DeviceKey::make().unwrap();
        // A name that would be a server's, were it one.
        let signed = site.sign(&key.request(None).unwrap(), "localhost", NOW).unwrap();
        let (chain, _) = key.with_certificate(&signed.pem).parts().unwrap();
        let shown = [chain[0].clone(), site.certificate().clone()];
        let error = format!("{:?}", judge(&site, &shown, "localhost").unwrap_err());
        assert!(error.contains("InvalidPurpose"), "{error}");
    }
}
