//! The real program as a child process, in a folder of its own, on ports of its own.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Nothing in a story takes longer than this; a story that would is stuck.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// The program, not yet running.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hypocaust"));
    command.stdin(Stdio::null()).env_remove("HYPOCAUST_LOG");
    command
}

/// A running part that ends with the story.
pub(crate) struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("standard output is piped");
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines }
    }

    /// Waits for the line that says that it serves.
    pub(crate) fn ready(&mut self) -> String {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match self.lines.recv_timeout(Duration::from_millis(200)) {
                Ok(line) if line.starts_with("ready") => return line,
                Ok(_) | Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            }
        }
        panic!("the program never said that it is ready: {:?}", self.child.try_wait());
    }

    /// The lines said since the last time.
    pub(crate) fn said(&self) -> Vec<String> {
        self.lines.try_iter().collect()
    }

    /// Whether it ends by itself in this time.
    pub(crate) fn ended_within(&mut self, patience: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if self.child.try_wait().expect("a child can be asked").is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a killed child ends");
    }

    /// SIGTERM, as systemd sends it.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let id = self.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().expect("kill is on every Unix");
        assert!(sent.success());
        self.child.wait().expect("the child ends")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `up` in a folder of its own.
pub(crate) struct House {
    pub(crate) running: Running,
    pub(crate) data: PathBuf,
    pub(crate) http: String,
    pub(crate) mqtt: String,
}

impl House {
    /// Starts the demonstration, or the building of a configuration.
    pub(crate) fn start(data: &Path, config: Option<&Path>) -> Self {
        Self::start_at(data, config, "127.0.0.1:0", "127.0.0.1:0")
    }

    /// The same on given ports.
    pub(crate) fn start_at(data: &Path, config: Option<&Path>, http: &str, mqtt: &str) -> Self {
        let mut command = program();
        command.args(["--http", http, "--mqtt", mqtt, "--data"]).arg(data);
        if let Some(config) = config {
            command.arg("--config").arg(config);
        }
        Self::of(Running::start(command), data)
    }

    /// A house around an `up` that was started.
    pub(crate) fn of(mut running: Running, data: &Path) -> Self {
        let ready = running.ready();
        let mut words = ready.split_whitespace().skip(1).map(str::to_owned);
        let (http, mqtt) = (words.next().expect("an http address"), words.next().expect("an mqtt address"));
        Self { running, data: data.to_owned(), http, mqtt }
    }

    /// The broker's address without its scheme, as `--mqtt` takes it.
    pub(crate) fn mqtt_address(&self) -> &str {
        self.mqtt.strip_prefix("mqtt://").expect("an mqtt address")
    }

    /// A credential, made with the command line while the house runs; gives its secret.
    pub(crate) fn credential(&self, id: &str, arguments: &[&str]) -> String {
        credential(&self.data, id, arguments)
    }
}

pub(crate) fn credential(data: &Path, id: &str, arguments: &[&str]) -> String {
    let output =
        program().args(["credential", "add", id]).args(arguments).arg("--data").arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("secret")).expect("the secret is printed");
    line.split_whitespace().next().unwrap().to_owned()
}

/// A port that nobody listens on just now, for a program that must come back at the same address.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until something holds; says what was waited for when it never does.
pub(crate) fn eventually<T>(what: &str, mut holds: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = holds() {
            return value;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
