//! The TLS listener: who may come in by secret and by certificate, and that nobody holds it up.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use broker::{Counters, Limits, Settings, TlsSettings};
use identity::{Answer, AskError, DeviceIdentity, DeviceKey, Enrolled, Request, Server, Trust, ask};
use link::{Event, Inbox, Link};
use registry::{Clock, Heater, Registry, Role, Site, SiteBook};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use vocabulary::{
    ControllerKey, CredentialId, DisplayName, EnrolmentCode, HeaterId, SiteId, Timestamp, Watts, Zone,
};

use crate::house::{PATIENCE, heater, site};

/// A broker with a TLS listener, a building with heaters `h1` and `h2`, and a clock that a test can turn.
pub(crate) struct SecureHouse {
    pub(crate) server: Server,
    /// Where it listens without TLS.
    pub(crate) plain: SocketAddr,
    pub(crate) registry: Registry,
    pub(crate) counters: Counters,
    pub(crate) folder: TempDir,
    turned_ms: Arc<AtomicI64>,
    _stop: watch::Sender<bool>,
    _running: JoinHandle<()>,
}

impl SecureHouse {
    pub(crate) async fn open() -> Self {
        Self::with(Duration::from_secs(5)).await
    }

    async fn with(connect_time: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::new("127.0.0.1:0".parse().unwrap());
        settings.limits =
            Limits { credential_check: Duration::from_millis(20), connect_time, ..Limits::default() };
        settings.tls = Some(TlsSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            folder: folder.path().join("tls"),
            files: None,
            names: Vec::new(),
            controller_key: ControllerKey::from_bytes(&[7; 32]).public(),
        });
        let turned_ms = Arc::new(AtomicI64::new(0));
        let turned = turned_ms.clone();
        let clock = Arc::new(move || now().plus_ms(turned.load(Ordering::Relaxed)));
        let door = broker::bind(settings, clock).await.unwrap();
        let registry = Registry::in_memory().unwrap();
        registry.put_site(&book()).unwrap();
        let (stop, stopped) = watch::channel(false);
        let (plain, address) = (door.local_addr(), door.tls_addr().unwrap());
        let counters = door.counters();
        let running = tokio::spawn(door.run(registry.clone(), stopped));
        let house = Self {
            server: Server { host: "127.0.0.1".to_owned(), port: address.port() },
            plain,
            registry,
            counters,
            folder,
            turned_ms,
            _stop: stop,
            _running: running,
        };
        // The authority is written into the registry before anybody is let in.
        while house.registry.authority().unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        house
    }

    pub(crate) fn turn_clock(&self, days: i64) {
        self.turned_ms.fetch_add(days * 24 * 3_600_000, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        now().plus_ms(self.turned_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn counted(&self, name: &str, reason: &str) -> u64 {
        self.counters.value(name, Some(reason))
    }

    pub(crate) fn code(&self, heater: &str) -> EnrolmentCode {
        let heater = HeaterId::new(heater).unwrap();
        self.registry.make_enrolment_code(&site(), &heater, "test", self.now()).unwrap()
    }

    fn authority_file(&self) -> PathBuf {
        self.folder.path().join("tls/authority.pem")
    }

    fn url(&self) -> String {
        format!("mqtts://{}:{}", self.server.host, self.server.port)
    }

    /// Asks with a code as a device does; `name` is the name in the request for a certificate.
    pub(crate) async fn enrol(
        &self,
        code: EnrolmentCode,
        heater: Option<&str>,
        name: Option<&str>,
    ) -> Result<(DeviceIdentity, Enrolled), AskError> {
        let key = DeviceKey::make().unwrap();
        let request = Request::Enrol {
            site: site(),
            heater: heater.map(|id| HeaterId::new(id).unwrap()),
            code: code.secret().to_text(),
            csr: key.request(name).unwrap(),
        };
        match ask(&self.server, Trust::Code(code), None, &request).await? {
            Answer::Enrolled(enrolled) => Ok((key.with_certificate(&enrolled.certificate), *enrolled)),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn renew(&self, held: &DeviceIdentity) -> Result<DeviceIdentity, AskError> {
        let key = DeviceKey::make().unwrap();
        let request = Request::Renew { csr: key.request(None).unwrap() };
        let trust = Trust::Authority(std::fs::read_to_string(self.authority_file()).unwrap());
        match ask(&self.server, trust, Some(held), &request).await? {
            Answer::Renewed(certificate) => Ok(key.with_certificate(&certificate)),
            other => panic!("{other:?}"),
        }
    }

    /// A connection by certificate.
    pub(crate) fn link(&self, id: &str, identity: &DeviceIdentity) -> (Link, Inbox) {
        let file = self.folder.path().join(format!("{id}.pem"));
        identity.save(&file).unwrap();
        link::open(self.link_settings(id, &file)).unwrap()
    }

    pub(crate) fn link_settings(&self, id: &str, file: &Path) -> link::Settings {
        let id = CredentialId::new(id).unwrap();
        link::Settings::with_certificate(self.url(), id, self.authority_file(), file.to_owned())
    }
}

fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_ms(i64::try_from(since_1970.as_millis()).unwrap())
}

fn book() -> SiteBook {
    let heater = |id: &str| Heater {
        id: HeaterId::new(id).unwrap(),
        name: DisplayName::new(id).unwrap(),
        room: None,
        circuit: None,
        rated_w: Watts::new(750).unwrap(),
        resistor_w: Watts::ZERO,
        fallback_w: Watts::new(300).unwrap(),
        simulated: false,
    };
    SiteBook {
        site: Site {
            id: SiteId::new("s").unwrap(),
            name: DisplayName::new("S").unwrap(),
            zone: "Europe/Paris".parse::<Zone>().unwrap(),
            clock: Clock::Wall,
            cap_w: None,
            demonstration: false,
        },
        rooms: Vec::new(),
        heaters: vec![heater("h1"), heater("h2")],
        circuits: Vec::new(),
        metrics: Vec::new(),
    }
}

/// The next event; what comes is known, so waiting for ever is a failure.
pub(crate) async fn next(inbox: &mut Inbox) -> Event {
    timeout(PATIENCE, inbox.next()).await.expect("an event in time").expect("the link is open")
}

pub(crate) async fn is_up(inbox: &mut Inbox) {
    let event = next(inbox).await;
    assert!(matches!(event, Event::Up { .. }), "{event:?}");
}

pub(crate) async fn is_down(inbox: &mut Inbox) -> String {
    match next(inbox).await {
        Event::Down { reason } => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_secret_opens_over_tls_and_the_authority_must_be_the_right_one() {
    let house = SecureHouse::open().await;
    let id = CredentialId::new("h1").unwrap();
    let secret = house.registry.issue_credential(&id, &heater("h1"), Timestamp::from_ms(0)).unwrap();
    let mut settings = link::Settings::new(house.url(), id, secret);
    settings.ca_file = Some(house.authority_file());
    let (_link, mut inbox) = link::open(settings.clone()).unwrap();
    is_up(&mut inbox).await;

    let other = SecureHouse::open().await;
    settings.ca_file = Some(other.authority_file());
    let (_link, mut inbox) = link::open(settings).unwrap();
    let reason = is_down(&mut inbox).await;
    assert!(reason.contains("not signed by the authority that is trusted here"), "{reason}");
}

#[tokio::test]
async fn a_certificate_opens_its_own_name_alone_until_it_is_revoked() {
    let house = SecureHouse::open().await;
    let (identity, _) = house.enrol(house.code("h1"), Some("h1"), Some("h1")).await.unwrap();

    let (_other, mut inbox) = house.link("h2", &identity);
    let reason = is_down(&mut inbox).await;
    assert!(reason.contains("refused"), "{reason}");
    assert_eq!(house.counted("connections_refused_total", "credential"), 1);

    let (link, mut inbox) = house.link("h1", &identity);
    is_up(&mut inbox).await;
    link.publish("hypocaust/1/s/heater/h1/status", "online", link::Qos::AtLeastOnce, true).await.unwrap();
    let id = CredentialId::new("h1").unwrap();
    assert!(house.registry.revoke_credential(&id, "test", house.now()).unwrap());
    is_down(&mut inbox).await;
    assert_eq!(house.counted("connections_closed_total", "revoked"), 1);
    drop((link, inbox));

    let (_again, mut inbox) = house.link("h1", &identity);
    let reason = is_down(&mut inbox).await;
    assert!(reason.contains("refused"), "{reason}");
    // A new secret for the name does not wake the old certificate.
    house.registry.issue_credential(&id, &heater("h1"), house.now()).unwrap();
    let (_again, mut inbox) = house.link("h1", &identity);
    assert!(is_down(&mut inbox).await.contains("refused"));
}

#[tokio::test]
async fn a_certificate_of_another_site_opens_nothing() {
    let (house, other) = (SecureHouse::open().await, SecureHouse::open().await);
    let (identity, _) = other.enrol(other.code("h1"), Some("h1"), None).await.unwrap();
    let (_link, mut inbox) = house.link("h1", &identity);
    let reason = is_down(&mut inbox).await;
    assert!(reason.contains("of another site"), "{reason}");
    assert_eq!(house.counters.value("connections_total", None), 0);
}

#[tokio::test]
async fn a_connection_ends_with_its_certificate() {
    let house = SecureHouse::open().await;
    let (identity, _) = house.enrol(house.code("h1"), None, None).await.unwrap();
    let (_link, mut inbox) = house.link("h1", &identity);
    is_up(&mut inbox).await;
    house.turn_clock(91);
    is_down(&mut inbox).await;
    assert_eq!(house.counted("connections_closed_total", "revoked"), 1);
}

#[tokio::test]
async fn silent_sockets_and_nonsense_hold_nobody_up() {
    let house = SecureHouse::with(Duration::from_millis(400)).await;
    let address = (house.server.host.as_str(), house.server.port);
    let mut silent = Vec::new();
    for _ in 0..200 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    let id = CredentialId::new("p").unwrap();
    let secret = house.registry.issue_credential(&id, &Role::Service, Timestamp::from_ms(0)).unwrap();
    let mut settings = link::Settings::new(house.url(), id, secret);
    settings.ca_file = Some(house.authority_file());
    let (_link, mut inbox) = link::open(settings).unwrap();
    is_up(&mut inbox).await;
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x10, 12, 0, 4, b'M'], &[0x16, 3, 1, 0xff, 0xff, 1]] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("closed in time");
    }
    for stream in &mut silent {
        let mut rest = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("closed in time");
    }
    assert!(house.counted("connections_refused_total", "tls") >= 1);
    assert!(house.counted("connections_refused_total", "timeout") >= 200);
}
