//! What went wrong in TLS, in words that say what to do.

use std::error::Error as StdError;
use std::io;

use tokio_rustls::rustls::{AlertDescription, CertificateError, Error};

/// A sentence for an error that TLS caused; `None` when something else did.
#[must_use]
pub fn explained(error: &(dyn StdError + 'static)) -> Option<String> {
    Some(match tls(error)? {
        Error::InvalidCertificate(CertificateError::Other(other)) => {
            format!("{}; somebody else may be answering in its place", other.0)
        }
        Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            "the server's certificate is not signed by the authority that is trusted here; somebody else may be answering in its place"
                .to_owned()
        }
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "the server's certificate is for other names: add this one to `names` under [mqtt] at the site".to_owned(),
        Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => "the server's certificate does not hold today: look at the clocks of both machines".to_owned(),
        Error::AlertReceived(AlertDescription::NoApplicationProtocol) => "it does not enrol heaters".to_owned(),
        Error::AlertReceived(AlertDescription::CertificateExpired) => {
            "this heater's own certificate has expired: enrol it again".to_owned()
        }
        Error::AlertReceived(AlertDescription::UnknownCA | AlertDescription::DecryptError) => {
            "this heater's own certificate is of another site: enrol it again".to_owned()
        }
        other => other.to_string(),
    })
}

/// The error of TLS inside: streams wrap it.
fn tls<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        // An io::Error gives the source of what it wraps, not what it wraps.
        next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    None
}
