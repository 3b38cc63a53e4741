//! The front door's side of TLS: which certificate it shows, and whom it recognises.
//!
//! ```text
//! client offers (ALPN)                          is shown
//! hypocaust-enrol/1, hypocaust-device/1   ──>   the authority's own certificate, made here
//! mqtt, or nothing                        ──>   the configured one, where one is; otherwise the authority's own
//! ```
//! Devices trust the authority alone, so they go on as before when a configured certificate changes hands.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::UnixTime;
use tokio_rustls::rustls::server::{
    ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier,
};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::time_provider::TimeProvider;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};
use tokio_rustls::server::TlsStream;
use tracing::{info, warn};
use vocabulary::{Fingerprint, Timestamp, WallClock};

use crate::certificate::{CertificateFacts, CertificateFiles};
use crate::enrolment::ENROLMENT_PROTOCOL;
use crate::{Authority, IdentityError};

/// Heaters that were enrolled ask for MQTT under this name (ALPN), and are shown the authority's own certificate.
pub const DEVICE_PROTOCOL: &[u8] = b"hypocaust-device/1";
/// What other MQTT clients offer, if anything.
const MQTT_PROTOCOL: &[u8] = b"mqtt";

/// Everything about one server's TLS.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// The authority's folder.
    pub folder: PathBuf,
    /// The certificate that clients are shown who are not devices; the authority's own when absent.
    pub files: Option<CertificateFiles>,
    /// Names and addresses by which clients call the server, beside those of this machine.
    pub names: Vec<String>,
    /// Where the server listens.
    pub listen: IpAddr,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// MQTT.
    Mqtt,
    /// One question and one answer.
    Enrolment,
}

/// A connection after its handshake.
pub struct Accepted<S> {
    /// The stream inside TLS.
    pub stream: TlsStream<S>,
    /// What it is for.
    pub protocol: Protocol,
    /// The certificate that the client has shown; the authority has signed it and the client holds its key.
    pub device: Option<Fingerprint>,
}

/// The server's half of TLS.
pub struct ServerSide {
    acceptor: TlsAcceptor,
    authority: Authority,
    shown: Arc<Shown>,
    settings: ServerSettings,
    names: Vec<String>,
    clock: WallClock,
    /// The files' marks when they were last looked at.
    seen: Mutex<Vec<Option<Mark>>>,
}

impl ServerSide {
    /// Opens or makes the authority, and reads the configured certificate.
    ///
    /// # Errors
    /// [`IdentityError`]; a configured key that does not belong to its certificate is one.
    pub fn open(settings: ServerSettings, clock: WallClock) -> Result<Self, IdentityError> {
        let now = clock();
        let authority = Authority::open(&settings.folder, now)?;
        let names = names(&settings);
        let own = authority.server(&names, now)?;
        let seen = Mutex::new(marks(settings.files.as_ref()));
        let configured = settings.files.as_ref().map(CertificateFiles::load).transpose()?;
        let shown = Arc::new(Shown { own: RwLock::new(own), configured: RwLock::new(configured) });
        let acceptor = TlsAcceptor::from(Arc::new(configuration(&authority, shown.clone(), clock.clone())?));
        Ok(Self { acceptor, authority, shown, settings, names, clock, seen })
    }

    /// The handshake. It has no limit of its own.
    ///
    /// # Errors
    /// What TLS or the system says.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<Accepted<S>> {
        let stream = self.acceptor.accept(stream).await?;
        let (_, session) = stream.get_ref();
        let enrols = session.alpn_protocol() == Some(ENROLMENT_PROTOCOL);
        let protocol = if enrols { Protocol::Enrolment } else { Protocol::Mqtt };
        let shown = session.peer_certificates().and_then(<[_]>::first);
        let device = shown.map(|certificate| Fingerprint::of(certificate));
        Ok(Accepted { stream, protocol, device })
    }

    /// The site's authority.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Until when the certificate holds that ordinary clients are shown.
    #[must_use]
    pub fn valid_until(&self) -> Timestamp {
        self.shown.for_others().1.not_after
    }

    /// Reads the configured files again when they have changed, and makes the own certificate anew before it ends. To
    /// be called every few seconds; it reads files. What cannot be read is logged once and changes nothing.
    pub fn refresh(&self) {
        self.renew_own();
        let Some(files) = &self.settings.files else { return };
        let marks = marks(Some(files));
        let seen = &mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == marks {
            return;
        }
        *seen = marks;
        match files.load() {
            Ok(fresh) => {
                info!(file = %files.certificate.display(), until = %fresh.1.not_after.rfc3339(), "the server's certificate was read again");
                *write(&self.shown.configured) = Some(fresh);
            }
            Err(error) => {
                warn!(%error, "the server's certificate could not be read again; the one before stays");
            }
        }
    }

    fn renew_own(&self) {
        let now = (self.clock)();
        if !read(&self.shown.own).1.renewal_is_due(now) {
            return;
        }
        match self.authority.server(&self.names, now) {
            Ok(fresh) => *write(&self.shown.own) = fresh,
            Err(error) => warn!(%error, "the server's own certificate could not be made anew"),
        }
    }
}

fn configuration(
    authority: &Authority,
    shown: Arc<Shown>,
    clock: WallClock,
) -> Result<ServerConfig, IdentityError> {
    let broken = |error: &dyn std::fmt::Display| IdentityError::Making(error.to_string());
    let provider = Arc::new(default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().clone()).map_err(|error| broken(&error))?;
    let judge = WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone())
        .allow_unauthenticated()
        .build()
        .map_err(|error| broken(&error))?;
    let mut configuration = ServerConfig::builder_with_details(provider, Arc::new(Clock(clock)))
        .with_safe_default_protocol_versions()
        .map_err(|error| broken(&error))?
        .with_client_cert_verifier(judge)
        .with_cert_resolver(shown);
    configuration.alpn_protocols =
        [ENROLMENT_PROTOCOL, DEVICE_PROTOCOL, MQTT_PROTOCOL].map(<[u8]>::to_vec).into();
    // A session that is taken up again would skip the look at the client's certificate, and thousands of tickets are
    // memory; a heater connects rarely.
    configuration.session_storage = Arc::new(NoServerSessionStorage {});
    configuration.send_tls13_tickets = 0;
    Ok(configuration)
}

type Showable = (Arc<CertifiedKey>, CertificateFacts);

/// The certificates shown.
#[derive(Debug)]
struct Shown {
    own: RwLock<Showable>,
    configured: RwLock<Option<Showable>>,
}

impl Shown {
    fn for_others(&self) -> Showable {
        read(&self.configured).clone().unwrap_or_else(|| read(&self.own).clone())
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut offered = hello.alpn().into_iter().flatten();
        let is_device = offered.any(|name| name == ENROLMENT_PROTOCOL || name == DEVICE_PROTOCOL);
        Some(if is_device { read(&self.own).0.clone() } else { self.for_others().0 })
    }
}

/// The house's clock for TLS, so that there is one.
struct Clock(WallClock);

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let ms = (self.0)().ms().max(0).unsigned_abs();
        Some(UnixTime::since_unix_epoch(Duration::from_millis(ms)))
    }
}

/// All by which clients on this machine and in its network may call the server.
fn names(settings: &ServerSettings) -> Vec<String> {
    let mut names = settings.names.clone();
    names.extend(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
    names.extend(host_name());
    if settings.listen.is_unspecified() {
        names.extend(outward_address().map(|address| address.to_string()));
    } else {
        names.push(settings.listen.to_string());
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// This machine's name, where it is one that a certificate can bear.
fn host_name() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?.trim().to_ascii_lowercase();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    (!name.is_empty() && name.chars().all(is_plain)).then_some(name)
}

/// The address under which this machine is seen from outside. Connecting a UDP socket sends nothing: it only asks the
/// system which way it would take. (192.0.2.0/24 is for documentation: nobody is there.)
fn outward_address() -> Option<IpAddr> {
    let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

/// What changes when a file is written or replaced: its number, and when it was written.
type Mark = (u64, i64, i64);

fn marks(files: Option<&CertificateFiles>) -> Vec<Option<Mark>> {
    use std::os::unix::fs::MetadataExt as _;
    let mark = |path: &PathBuf| {
        let facts = fs::metadata(path).ok()?;
        Some((facts.ino(), facts.mtime(), facts.mtime_nsec()))
    };
    files.map_or_else(Vec::new, |files| vec![mark(&files.certificate), mark(&files.key)])
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use tempfile::TempDir;
    use tokio::net::TcpListener;

    use super::*;
    use crate::client::{AskError, Server, Trust, connect};

    const DAY_MS: i64 = 24 * 3_600_000;

    /// A server on a port of its own that shakes hands and no more.
    struct House {
        side: Arc<ServerSide>,
        server: Server,
        turned_ms: Arc<AtomicI64>,
        folder: TempDir,
    }

    impl House {
        async fn open(with_files: bool) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let files = CertificateFiles {
                certificate: folder.path().join("server.pem"),
                key: folder.path().join("server.key"),
            };
            if with_files {
                put(&files);
            }
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let turned_ms = Arc::new(AtomicI64::new(0));
            let turned = turned_ms.clone();
            let settings = ServerSettings {
                folder: folder.path().join("keys"),
                files: with_files.then_some(files),
                names: Vec::new(),
                listen: address.ip(),
            };
            let clock = Arc::new(move || now().plus_ms(turned.load(Ordering::Relaxed)));
            let side = Arc::new(ServerSide::open(settings, clock).unwrap());
            let accepting = side.clone();
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let _ = accepting.accept(stream).await;
                }
            });
            let server = Server { host: "127.0.0.1".to_owned(), port: address.port() };
            Self { side, server, turned_ms, folder }
        }

        fn files(&self) -> CertificateFiles {
            self.side.settings.files.clone().unwrap()
        }

        async fn shows(&self, pem: &str, protocol: &[u8]) -> Result<(), AskError> {
            connect(&self.server, Trust::Authority(pem.to_owned()), None, protocol).await.map(|_| ())
        }
    }

    /// Clients judge certificates by the machine's clock, which a new file bears.
    fn now() -> Timestamp {
        use std::os::unix::fs::MetadataExt as _;
        Timestamp::from_ms(tempfile::tempfile().unwrap().metadata().unwrap().mtime() * 1_000)
    }

    /// Writes a certificate that signs itself and gives it.
    fn put(files: &CertificateFiles) -> String {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        fs::write(&files.certificate, made.cert.pem()).unwrap();
        fs::write(&files.key, made.signing_key.serialize_pem()).unwrap();
        made.cert.pem()
    }

    #[tokio::test]
    async fn changed_certificate_files_are_shown_without_a_restart_and_devices_see_the_authority() {
        let house = House::open(true).await;
        let first = fs::read_to_string(house.files().certificate).unwrap();
        house.shows(&first, b"mqtt").await.unwrap();
        house.shows(house.side.authority().pem(), DEVICE_PROTOCOL).await.unwrap();

        // Half of a change shows nothing new.
        let key = fs::read(house.files().key).unwrap();
        let second = put(&house.files());
        fs::write(house.files().key, &key).unwrap();
        house.side.refresh();
        house.shows(&first, b"mqtt").await.unwrap();

        let third = put(&house.files());
        house.side.refresh();
        house.shows(&third, b"mqtt").await.unwrap();
        for old in [first, second] {
            assert!(matches!(house.shows(&old, b"mqtt").await, Err(AskError::Untrusted { .. })));
        }
        house.shows(house.side.authority().pem(), ENROLMENT_PROTOCOL).await.unwrap();
    }

    #[tokio::test]
    async fn the_own_certificate_is_made_anew_before_it_ends() {
        let house = House::open(false).await;
        let before = house.side.valid_until();
        house.turned_ms.store(59 * DAY_MS, Ordering::Relaxed);
        house.side.refresh();
        assert_eq!(house.side.valid_until(), before);
        house.turned_ms.store(61 * DAY_MS, Ordering::Relaxed);
        house.side.refresh();
        assert!(house.side.valid_until().since(before) > 60 * DAY_MS);
    }

    #[tokio::test]
    async fn the_authority_is_the_same_after_a_restart_and_its_key_is_its_owners() {
        use std::os::unix::fs::PermissionsExt as _;
        let house = House::open(false).await;
        let keys = house.folder.path().join("keys");
        let again = Authority::open(&keys, now()).unwrap();
        assert_eq!(again.fingerprint(), house.side.authority().fingerprint());
        let mode = fs::metadata(keys.join("authority.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let other = House::open(false).await;
        fs::copy(other.folder.path().join("keys/authority.key"), keys.join("authority.key")).unwrap();
        let error = Authority::open(&keys, now()).err().unwrap().to_string();
        assert!(error.contains("authority.key") && error.contains("backup"), "{error}");
        fs::remove_file(keys.join("authority.key")).unwrap();
        let error = Authority::open(&keys, now()).err().unwrap().to_string();
        assert!(error.contains("is missing") && error.contains("enrolled again"), "{error}");
    }
}
