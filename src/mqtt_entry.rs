//! `[mqtt]` of the configuration: which broker, and where ours listens.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use identity::CertificateFiles;
use serde::Deserialize;

use crate::cli::Options;
use crate::config::{BrokerChoice, Embedded, TlsChoice};

/// Where our own broker listens when nothing else is said.
const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 1883);

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mqtt {
    listen: Option<SocketAddr>,
    url: Option<String>,
    tls_listen: Option<SocketAddr>,
    certificate: Option<PathBuf>,
    certificate_key: Option<PathBuf>,
    #[serde(default)]
    names: Vec<String>,
}

impl Mqtt {
    /// The broker that is meant. An error begins with what follows `mqtt`.
    pub(crate) fn choice(self, options: &Options) -> Result<BrokerChoice, String> {
        let listen = options.mqtt.or(self.listen);
        let url = self.url.clone();
        let tls = self.tls()?;
        let Some(url) = url else {
            return Ok(BrokerChoice::Embedded(Embedded { listen: listen.unwrap_or(USUAL), tls }));
        };
        if listen.is_some() || tls.is_some() {
            return Err(
                ": listen or tls_listen and url exclude each other: url uses a broker that runs elsewhere"
                    .to_owned(),
            );
        }
        link::check_url(&url).map_err(|error| format!(".url: {error}"))?;
        Ok(BrokerChoice::Outside(url))
    }

    fn tls(self) -> Result<Option<TlsChoice>, String> {
        let files = match (self.certificate, self.certificate_key) {
            (Some(certificate), Some(key)) => Some(CertificateFiles { certificate, key }),
            (None, None) => None,
            _ => {
                return Err(": certificate and certificate_key belong together: name both, or neither for one of the site's own authority"
                    .to_owned());
            }
        };
        let Some(listen) = self.tls_listen else {
            let needless = files.is_some() || !self.names.is_empty();
            return if needless {
                Err(": tls_listen is missing: certificate, certificate_key and names belong to it".to_owned())
            } else {
                Ok(None)
            };
        };
        if let Some(wrong) = self.names.iter().find(|name| !is_name(name)) {
            return Err(format!(".names: {wrong:?} is neither a name nor an address"));
        }
        Ok(Some(TlsChoice { listen, files, names: self.names }))
    }
}

/// A host name or an address, as a certificate can bear it.
fn is_name(name: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    name.parse::<IpAddr>().is_ok() || name.split('.').all(is_label)
}
