//! The house at a broker that is not ours: Debian's Mosquitto with passwords and the topic rules of `docs/protocol.md`.
//! Where no Mosquitto is installed this is said by name; in CI it is required.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::bus::Bus;
use crate::house::{House, Running, eventually, free_port, program};
use crate::http::json;
use crate::twins::{self, Heater};

const MOSQUITTO: &str = "/usr/sbin/mosquitto";

/// The rules of the roles, as a person would enter them at that broker.
const RULES: &str = "\
user hypocaust-ingest
topic readwrite hypocaust/1/#
user hypocaust-controller
topic readwrite hypocaust/1/#
user hypocaust-alarms
topic read hypocaust/1/#
user hypocaust-dashboards
topic readwrite hypocaust/1/#
user h-101
topic write hypocaust/1/home/heater/h-101/record
topic write hypocaust/1/home/heater/h-101/heartbeat
topic write hypocaust/1/home/heater/h-101/status
topic read hypocaust/1/home/heater/h-101/ack
topic read hypocaust/1/home/heater/h-101/budget
user bms
topic read hypocaust/1/home/room/+/state
topic write hypocaust/1/home/room/+/request
";

struct Mosquitto(Child);

impl Mosquitto {
    /// Starts it with the credentials of a file of lines `name:secret`.
    fn start(folder: &Path, port: u16, credentials: &str) -> Self {
        let (file, passwords, rules) =
            (folder.join("mosquitto.conf"), folder.join("passwords"), folder.join("rules"));
        std::fs::write(&passwords, credentials).unwrap();
        let hashed = Command::new("mosquitto_passwd").arg("-U").arg(&passwords).status().unwrap();
        assert!(hashed.success());
        std::fs::write(&rules, RULES).unwrap();
        let settings = format!(
            "listener {port} 127.0.0.1\nuser root\npassword_file {}\nacl_file {}\npersistence true\npersistence_location {}/\n",
            passwords.display(),
            rules.display(),
            folder.display()
        );
        std::fs::write(&file, settings).unwrap();
        Self::again(folder)
    }

    /// Starts it as it was configured before.
    fn again(folder: &Path) -> Self {
        let mut command = Command::new(MOSQUITTO);
        command.arg("-c").arg(folder.join("mosquitto.conf"));
        Self(command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("Mosquitto starts"))
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_wanted() -> bool {
    let is_there = Path::new(MOSQUITTO).exists();
    assert!(
        is_there || std::env::var_os("CI").is_none(),
        "CI needs a Mosquitto (Debian's package mosquitto)"
    );
    if !is_there {
        println!("ignored: no Mosquitto on this machine");
    }
    is_there
}

/// Starts the house at that broker, which need not be there yet; gives its line `ready` to be waited for.
fn start(config: &Path, data: &Path, port: u16) -> Running {
    let mut command = program();
    command.args(["--http", "127.0.0.1:0", "--config"]).arg(config).arg("--data").arg(data);
    command.env("HYPOCAUST_LOG", "error");
    let text = std::fs::read_to_string(config).unwrap();
    std::fs::write(config, format!("mqtt = {{ url = \"mqtt://127.0.0.1:{port}\" }}\n{text}")).unwrap();
    Running::start(command)
}

/// The secret that a part made for itself at its first start.
fn made(data: &Path, part: &str) -> String {
    let path: PathBuf = data.join("keys").join(format!("{part}.secret"));
    let text = eventually(&format!("{}", path.display()), || std::fs::read_to_string(&path).ok());
    text.trim().to_owned()
}

#[test]
fn the_house_runs_at_a_broker_of_another_make_and_outlives_its_death() {
    if !is_wanted() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (data, config) = (folder.path().join("data"), twins::configuration(folder.path()));
    let (secret, key) = twins::claim(&data, &config);
    let port = free_port();
    let running = start(&config, &data, port);
    let mut credentials = format!("h-101:{secret}\nbms:of a building system\n");
    for part in ["ingest", "controller", "alarms", "dashboards"] {
        credentials.push_str(&format!("hypocaust-{part}:{}\n", made(&data, part)));
    }
    let broker_folder = folder.path().join("mosquitto");
    std::fs::create_dir(&broker_folder).unwrap();
    let broker = Mosquitto::start(&broker_folder, port, &credentials);
    let house = House::of(running, &data);
    let url = format!("mqtt://127.0.0.1:{port}");

    // A heater's records reach history, a budget reaches the heater.
    let _heater = Heater::start(&url, &secret, key);
    let temperatures = || {
        let answer = json(&house.http, "/api/v1/series?heater=h-101&metric=temperature_c&points=100");
        answer["points"].as_array().unwrap().iter().filter_map(|point| point["count"].as_u64()).sum::<u64>()
    };
    eventually("records are stored", || (temperatures() >= 3).then_some(()));
    let leased = || {
        let heater = json(&house.http, "/api/v1/heaters/h-101");
        (heater["mode"] == "leased").then_some(())
    };
    eventually("the heater obeys a lease", leased);

    // A building system is answered within its room's band.
    let mut bms = Bus::join(&url, "bms", "of a building system", &["hypocaust/1/home/room/+/state"]);
    let until = twins::now().plus_ms(60_000).ms();
    let wish = format!(r#"{{"setpoint_c":29,"until_ms":{until},"by":"bms"}}"#);
    bms.publish("hypocaust/1/home/room/101/request", &wish);
    let granted = bms.wait_json("room/101/state", |state| {
        (state["setpoint_by"] == "building_system").then(|| state.clone())
    });
    assert_eq!(granted["setpoint_c"], 23.0, "{granted}");

    // The broker is killed and comes back: what was measured meanwhile arrives, and the lease with it.
    drop(broker);
    let before = temperatures();
    std::thread::sleep(std::time::Duration::from_secs(3));
    let _broker = Mosquitto::again(&broker_folder);
    eventually("records go on", || (temperatures() >= before + 6).then_some(()));
    eventually("the heater obeys a lease again", leased);
}
