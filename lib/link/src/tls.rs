//! TLS to an outside broker: rustls with ring, trusting one PEM file or the system's certificates.

use std::path::Path;

use rumqttc::Transport;

use crate::LinkError;

/// Where systems keep the certificates they trust: Debian, Fedora, SUSE, Alpine and macOS.
const SYSTEM_BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The transport for `mqtts`.
pub(crate) fn transport(ca_file: Option<&Path>) -> Result<Transport, LinkError> {
    // One provider for the process; an error means that there is one already.
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let path = match ca_file {
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
    Ok(Transport::tls(pem, None, None))
}

fn system_bundle() -> Option<&'static Path> {
    SYSTEM_BUNDLES.iter().map(Path::new).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        let refused = transport(Some(Path::new("/dev/null")));
        assert!(matches!(refused, Err(LinkError::Certificates { .. })));
        let refused = transport(Some(Path::new("/no/such/file")));
        assert!(matches!(refused, Err(LinkError::Certificates { .. })));
    }
}
