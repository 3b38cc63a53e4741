//! Where the broker listens and what it bears.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use identity::CertificateFiles;
use vocabulary::{MAX_PAYLOAD_BYTES, SitePublicKey};

/// Everything about one broker.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The TCP address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where retained messages and sessions outlive a restart; `None`: nowhere.
    pub folder: Option<PathBuf>,
    /// The TLS listener beside it, where there is one.
    pub tls: Option<TlsSettings>,
    /// What it bears.
    pub limits: Limits,
    /// For tests of conformance: anyone may come in and use any topic. Only on a loopback address.
    pub conformance: bool,
}

impl Settings {
    /// A broker with the usual limits.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        Self { listen, folder: None, tls: None, limits: Limits::default(), conformance: false }
    }
}

/// The TLS listener: MQTT, and the enrolment of heaters.
#[derive(Debug, Clone)]
pub struct TlsSettings {
    /// The TCP address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the site's authority is kept, and made at the first start.
    pub folder: PathBuf,
    /// The certificate that clients are shown who are no enrolled heaters; one of the site's authority when absent.
    pub files: Option<CertificateFiles>,
    /// Names and addresses by which clients call this server, beside those of this machine.
    pub names: Vec<String>,
    /// What heaters that enrol are told to obey.
    pub controller_key: SitePublicKey,
}

/// The bounds of everything that a client could make grow.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Open connections that have said who they are.
    pub connections: usize,
    /// The same from one network (see [`vocabulary::Network`]). High by default: a building's heaters may share one.
    pub connections_per_address: usize,
    /// Open connections that have not said who they are. When one more comes, one of the network that has the most of
    /// them goes, the oldest of those that have not said anything first: silent sockets keep nobody out.
    pub strangers: usize,
    /// From the TCP connection to a CONNECT that is complete and checked.
    pub connect_time: Duration,
    /// Largest packet, judged from its fixed header; a larger one closes the connection.
    pub packet_bytes: usize,
    /// Largest payload; a larger one is denied.
    pub payload_bytes: usize,
    /// How long a client may take nothing while something waits for it; then the connection closes.
    pub write_time: Duration,
    /// Messages that wait for one platform part or gateway (a quarter for a building system, a sixteenth for any
    /// other client); what comes when it is full is dropped for this client, and counted.
    pub queue_messages: usize,
    /// Their bytes, divided likewise.
    pub queue_bytes: usize,
    /// What a gateway may say in a second, in messages; a tenth of it for a heater, without a bound for a platform part.
    /// Everyone else has a pace of its own, 20 messages a second. Whoever says more is read from more slowly.
    pub messages_per_s: u32,
    /// The same in bytes.
    pub bytes_per_s: u32,
    /// Denied publishes of one connection; the next one closes it.
    pub denied_publishes: u32,
    /// Topics with a retained message; further ones are delivered but not kept, and counted.
    pub retained: usize,
    /// Sessions whose clients are away; of more, the one that has been away longest ends.
    pub asleep_sessions: usize,
    /// Messages that wait for a client that is away; what comes when it is full is dropped, and counted.
    pub asleep_messages: usize,
    /// Their bytes.
    pub asleep_bytes: usize,
    /// How long a client may be away before its session ends.
    pub asleep_time: Duration,
    /// How often live connections' credentials are looked at again.
    pub credential_check: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_address: 5_000,
            // At 2,000 new ones a second that say nothing, each still has half a second for its CONNECT.
            strangers: 1_000,
            connect_time: Duration::from_secs(5),
            packet_bytes: 16 * 1024,
            payload_bytes: MAX_PAYLOAD_BYTES,
            write_time: Duration::from_secs(10),
            queue_messages: 16_384,
            queue_bytes: 8 * 1024 * 1024,
            messages_per_s: 10_000,
            bytes_per_s: 8 * 1024 * 1024,
            denied_publishes: 100,
            retained: 20_000,
            asleep_sessions: 2_000,
            asleep_messages: 250,
            asleep_bytes: 128 * 1024,
            asleep_time: Duration::from_secs(7 * 24 * 3_600),
            credential_check: Duration::from_secs(10),
        }
    }
}
