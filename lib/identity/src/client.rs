//! A device's side of enrolment and renewal: one connection, one question, one answer.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use vocabulary::EnrolmentCode;

use crate::device::DeviceIdentity;
use crate::enrolment::{Answer, ENROLMENT_PROTOCOL, MAX_LINE_BYTES, Request};
use crate::explained::explained;
use crate::pinned::Pinned;

/// The whole conversation; longer, and the server is somebody else.
const LIMIT: Duration = Duration::from_secs(15);

/// Where the site's front door speaks TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A name or an address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// What makes the device believe the server.
#[derive(Clone)]
pub enum Trust {
    /// The authority that this code names.
    Code(EnrolmentCode),
    /// This authority (PEM).
    Authority(String),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The server cannot be reached.
    #[error("could not reach {host}:{port}: {source}")]
    Reach {
        /// Its name.
        host: String,
        /// Its port.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The server is another, or does not speak this.
    #[error("{host}:{port} is not trusted: {why}")]
    Untrusted {
        /// Its name.
        host: String,
        /// Its port.
        port: u16,
        /// What is wrong, and what to do about it.
        why: String,
    },
    /// The connection ended without an answer that reads.
    #[error("{host}:{port} gave no answer: {why}")]
    NoAnswer {
        /// Its name.
        host: String,
        /// Its port.
        port: u16,
        /// What happened instead.
        why: String,
    },
    /// The site said no, and why.
    #[error("{0}")]
    Refused(String),
    /// The device's own key or the authority it trusts cannot be used.
    #[error("the identity cannot be used: {0}; enrol this heater again")]
    Identity(String),
}

/// Asks the site's front door once.
///
/// # Errors
/// [`AskError`], also when the site refuses.
pub async fn ask(
    server: &Server,
    trust: Trust,
    device: Option<&DeviceIdentity>,
    request: &Request,
) -> Result<Answer, AskError> {
    let none = |why: String| AskError::NoAnswer { host: server.host.clone(), port: server.port, why };
    let mut line = serde_json::to_vec(request).expect("a request has string keys");
    line.push(b'\n');
    let conversation = async {
        let mut stream = connect(server, trust, device, ENROLMENT_PROTOCOL).await?;
        stream.write_all(&line).await.map_err(|error| none(error.to_string()))?;
        let mut answer = Vec::new();
        let read = stream.take(MAX_LINE_BYTES as u64).read_to_end(&mut answer).await;
        // A server that closes without TLS's good-bye has still said what it said.
        match read {
            Err(error) if answer.is_empty() => Err(none(said(&error))),
            _ => serde_json::from_slice(&answer).map_err(|_| none("what came does not read".to_owned())),
        }
    };
    match timeout(LIMIT, conversation).await.map_err(|_| none("it took too long".to_owned()))?? {
        Answer::Refused(why) => Err(AskError::Refused(why)),
        answer => Ok(answer),
    }
}

/// Opens TLS to the site's front door for a protocol.
///
/// # Errors
/// [`AskError::Reach`], [`AskError::Untrusted`] and [`AskError::Identity`].
pub async fn connect(
    server: &Server,
    trust: Trust,
    device: Option<&DeviceIdentity>,
    protocol: &[u8],
) -> Result<TlsStream<TcpStream>, AskError> {
    let Server { host, port } = server.clone();
    let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let name = ServerName::try_from(bare.clone()).map_err(|_| AskError::Untrusted {
        host: host.clone(),
        port,
        why: "this is neither a name nor an address".to_owned(),
    })?;
    let configuration = configuration(trust, device, protocol)?;
    let stream = TcpStream::connect((bare.as_str(), port)).await;
    let stream = stream.map_err(|source| AskError::Reach { host: host.clone(), port, source })?;
    let connected = TlsConnector::from(Arc::new(configuration)).connect(name, stream).await;
    connected.map_err(|error| AskError::Untrusted { host, port, why: said(&error) })
}

fn configuration(
    trust: Trust,
    device: Option<&DeviceIdentity>,
    protocol: &[u8],
) -> Result<ClientConfig, AskError> {
    let unusable = |why: &str| AskError::Identity(why.to_owned());
    let provider = Arc::new(default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| AskError::Identity(error.to_string()))?;
    let builder = match trust {
        Trust::Code(code) => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Pinned { code, provider }))
        }
        Trust::Authority(pem) => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(CertificateDer::pem_slice_iter(pem.as_bytes()).flatten());
            if roots.is_empty() {
                return Err(unusable("there is no authority to trust"));
            }
            builder.with_root_certificates(roots)
        }
    };
    let mut configuration = match device {
        None => builder.with_no_client_auth(),
        Some(device) => {
            let (chain, key) = device.parts().ok_or_else(|| unusable("key or certificate does not read"))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| AskError::Identity(error.to_string()))?
        }
    };
    configuration.alpn_protocols = vec![protocol.to_vec()];
    Ok(configuration)
}

fn said(error: &io::Error) -> String {
    explained(error).unwrap_or_else(|| error.to_string())
}
