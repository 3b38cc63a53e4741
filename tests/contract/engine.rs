//! A broker for one contract: ours in this process, or a Mosquitto of its own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use link::Settings;
use registry::{Registry, Role};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use vocabulary::{CredentialId, Timestamp};

/// Nothing here takes this long on any machine; a contract that waits for it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

const MOSQUITTO: &str = "/usr/sbin/mosquitto";

pub(crate) struct Engine {
    address: SocketAddr,
    registry: Registry,
    running: Option<Running>,
    is_ours: bool,
}

enum Running {
    Ours(watch::Sender<bool>, JoinHandle<()>),
    /// The folder of its configuration is removed with it.
    Mosquitto {
        child: Child,
        _folder: TempDir,
    },
}

impl Engine {
    pub(crate) async fn ours() -> Self {
        Self::begin(true).await
    }

    /// `None` where there is no Mosquitto, and that is allowed.
    pub(crate) async fn mosquitto() -> Option<Self> {
        let is_there = Path::new(MOSQUITTO).exists();
        assert!(
            is_there || std::env::var_os("CI").is_none(),
            "CI needs a Mosquitto (Debian's package mosquitto)"
        );
        if !is_there {
            println!("ignored: no Mosquitto on this machine");
            return None;
        }
        Some(Self::begin(false).await)
    }

    async fn begin(is_ours: bool) -> Self {
        // The port is free again when the listener is gone.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut engine = Self { address, registry: Registry::in_memory().unwrap(), running: None, is_ours };
        engine.start().await;
        engine
    }

    /// Starts it at its address, with nothing remembered.
    pub(crate) async fn start(&mut self) {
        self.running = Some(if self.is_ours {
            let door = broker::bind(broker::Settings::new(self.address)).await.unwrap();
            let (stop, stopped) = watch::channel(false);
            let clock = std::sync::Arc::new(|| Timestamp::from_ms(1_763_632_000_000));
            Running::Ours(stop, tokio::spawn(door.run(self.registry.clone(), clock, stopped)))
        } else {
            let (child, folder) = mosquitto(self.address);
            Running::Mosquitto { child, _folder: folder }
        });
    }

    pub(crate) async fn stop(&mut self) {
        match self.running.take().expect("it runs") {
            Running::Ours(stop, task) => {
                stop.send_replace(true);
                tokio::time::timeout(PATIENCE, task).await.expect("stops in time").unwrap();
            }
            Running::Mosquitto { mut child, .. } => end(&mut child),
        }
    }

    /// A link of a platform part.
    pub(crate) fn link(&self, id: &str) -> Settings {
        let id = CredentialId::new(id).unwrap();
        let secret = self.registry.issue_credential(&id, &Role::Service, Timestamp::from_ms(0)).unwrap();
        Settings::new(format!("mqtt://{}", self.address), id, secret)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(Running::Mosquitto { child, .. }) = &mut self.running {
            end(child);
        }
    }
}

fn end(child: &mut Child) {
    child.kill().expect("a child can be killed");
    child.wait().expect("a killed child ends");
}

/// One that lets everybody in and listens at this address.
fn mosquitto(address: SocketAddr) -> (Child, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mosquitto.conf");
    let settings = format!(
        "listener {} {}\nallow_anonymous true\nmax_queued_messages 0\n",
        address.port(),
        address.ip()
    );
    std::fs::write(&file, settings).unwrap();
    let child = Command::new(MOSQUITTO)
        .arg("-c")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("Mosquitto starts");
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        assert!(begun.elapsed() < PATIENCE, "Mosquitto never listened on {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
    (child, folder)
}
