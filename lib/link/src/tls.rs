//! TLS to a broker: rustls with ring, trusting one PEM file or the system's certificates, and showing a certificate of
//! our own where there is one.

use std::path::Path;

use identity::{DEVICE_PROTOCOL, DeviceIdentity};
use rumqttc::Transport;

use crate::{LinkError, Settings};

/// Where systems keep the certificates they trust: Debian, Fedora, SUSE, Alpine and macOS.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The transport for `mqtts`.
pub(crate) fn transport(settings: &Settings) -> Result<Transport, LinkError> {
    // One provider for the process; an error means that there is one already.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let path = match settings.ca_file.as_deref() {
        Some(path) => path,
        None => system_bundle().ok_or_else(|| LinkError::Certificates {
            path: SYSTEM_BUNDLES[0].to_owned(),
            why: "no such file; install ca-certificates or name a file".to_owned(),
        })?,
    };
    let refuse = |why: String| LinkError::Certificates { path: path.display().to_string(), why };
    let pem = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
    if !pem.windows(27).any(|bytes| bytes == b"-----BEGIN CERTIFICATE-----") {
        return Err(refuse("there is no certificate in it".to_owned()));
    }
    let Some(path) = &settings.identity_file else { return Ok(Transport::tls(pem, None, None)) };
    let identity = DeviceIdentity::load(path)?;
    // Of the one text rumqttc takes the certificates here and the key there.
    let shown = identity.pem().as_bytes().to_vec();
    Ok(Transport::tls(pem, Some((shown.clone(), shown)), Some(vec![DEVICE_PROTOCOL.to_vec()])))
}

fn system_bundle() -> Option<&'static Path> {
    SYSTEM_BUNDLES.iter().map(Path::new).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_what_they_should_be_are_refused() {
        let id = vocabulary::CredentialId::new("h1").unwrap();
        for file in ["/dev/null", "/no/such/file"] {
            let mut settings = Settings::new("mqtts://h", id.clone(), "");
            settings.ca_file = Some(file.into());
            assert!(matches!(transport(&settings), Err(LinkError::Certificates { .. })), "{file}");
        }
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, "-----BEGIN CERTIFICATE-----\n").unwrap();
        let settings = Settings::with_certificate("mqtts://h", id, ca, "/dev/null".into());
        let error = transport(&settings).err().unwrap().to_string();
        assert!(error.contains("/dev/null") && error.contains("enrol"), "{error}");
    }
}
