//! The two brokers, each in a process and a folder of its own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use registry::{Registry, Role};
use vocabulary::{CredentialId, HeaterId, SiteId};

use super::super::process::{Process, Usage};
use super::super::{BenchError, Setting};

/// Debian puts it where only the administrator's path leads.
const MOSQUITTO: [&str; 2] = ["mosquitto", "/usr/sbin/mosquitto"];
const PEER: &str = "Mosquitto";
/// A server that does not listen after so long does not start.
const PATIENCE: Duration = Duration::from_secs(10);
/// As many messages on their way as ours allows, queues without a bound, and nothing written to the disk.
const CONFIGURATION: &str = "allow_anonymous true\nmax_inflight_messages 100\nmax_queued_messages 0\nset_tcp_nodelay true\npersistence false\n";

/// A broker that runs.
pub(super) struct Broker {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    process: Process,
}

/// Clients of a broker that asks for credentials: names and secrets.
pub(super) type Clients = Vec<(String, String)>;

impl Broker {
    /// Ours, letting anyone in, as the peer does.
    pub(super) fn ours(setting: &Setting, folder: &Path) -> Result<Self, BenchError> {
        Self::start_ours(setting, folder, &["--conformance"])
    }

    /// Ours as it runs in a building: with credentials, topic rules and limits. Gives the clients: `service`, then so
    /// many heaters.
    pub(super) fn guarded(
        setting: &Setting,
        folder: &Path,
        heaters: usize,
    ) -> Result<(Self, Clients), BenchError> {
        let registry = Registry::open(&folder.join("registry.db"))?;
        let site = SiteId::new("s").expect("a short identifier");
        let heater = |number: usize| HeaterId::new(&format!("h{number}")).expect("a short identifier");
        let mut wanted = vec![("service".to_owned(), Role::Service)];
        wanted.extend((0..heaters).map(|number| {
            (format!("h{number}"), Role::Heater { site: site.clone(), heater: heater(number) })
        }));
        let wanted: Vec<_> = wanted
            .into_iter()
            .map(|(id, role)| (CredentialId::new(&id).expect("a short identifier"), role))
            .collect();
        let secrets = registry.issue_credentials(&wanted, (setting.clock)())?;
        let clients = wanted.into_iter().map(|(id, _)| id.to_string()).zip(secrets).collect();
        Ok((Self::start_ours(setting, folder, &[])?, clients))
    }

    fn start_ours(setting: &Setting, folder: &Path, options: &[&str]) -> Result<Self, BenchError> {
        let mut command = Command::new(&setting.program);
        command.arg("broker").args(options).args(["--mqtt", "127.0.0.1:0", "--data"]).arg(folder);
        let process = Process::start("broker", &mut command, &folder.join("broker.log"))?;
        let ready = process.line()?;
        let address = ready.strip_prefix("ready mqtt://").and_then(|address| address.trim().parse().ok());
        let strange = || BenchError::Server { system: "broker", what: format!("it said {ready:?}") };
        Ok(Self { name: "Hypocaust", address: address.ok_or_else(strange)?, process })
    }

    /// Debian's Mosquitto; `None` when it is not installed.
    pub(super) fn mosquitto(folder: &Path) -> Result<Option<Self>, BenchError> {
        let installed = MOSQUITTO.iter().find(|program| Command::new(program).arg("-h").output().is_ok());
        let Some(program) = installed else { return Ok(None) };
        let taken = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = taken.map_err(BenchError::io("no port is free"))?;
        let path = folder.join("mosquitto.conf");
        let text = format!("listener {} 127.0.0.1\n{CONFIGURATION}", address.port());
        std::fs::write(&path, text).map_err(BenchError::io("mosquitto.conf cannot be written"))?;
        let mut command = Command::new(program);
        command.arg("-c").arg(&path);
        let process = Process::start(PEER, &mut command, &folder.join("mosquitto.log"))?;
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if begun.elapsed() > PATIENCE {
                return Err(BenchError::Server { system: PEER, what: "it does not listen".to_owned() });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(Self { name: PEER, address, process }))
    }

    pub(super) fn usage(&self) -> Usage {
        self.process.usage()
    }

    pub(super) fn threads(&self) -> u32 {
        self.process.threads()
    }

    /// `kill -9`.
    pub(super) fn kill(self) {
        self.process.kill();
    }
}
