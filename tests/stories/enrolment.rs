//! A heater is enrolled with a one-time code, runs, and is thrown out: the real program at both ends.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::house::{House, Running, eventually, free_port, program};
use crate::http;

const BUILDING: &str = r#"
[site]
id = "home"
name = "12 rue des Tisserands"
zone = "Europe/Paris"

[[heater]]
id = "pc-cave"
rated_w = 250
"#;

struct Site {
    house: House,
    config: PathBuf,
    tls_port: u16,
}

impl Site {
    fn start(folder: &Path) -> Self {
        let tls_port = free_port();
        let config = folder.join("building.toml");
        let text = format!(
            "[mqtt]\nlisten = \"127.0.0.1:{}\"\ntls_listen = \"127.0.0.1:{tls_port}\"\n{BUILDING}",
            free_port()
        );
        std::fs::write(&config, text).unwrap();
        let mut command = program();
        command.args(["--http", "127.0.0.1:0", "--data"]).arg(folder.join("data"));
        command.arg("--config").arg(&config);
        let house = House::of(Running::start(command), &folder.join("data"));
        Self { house, config, tls_port }
    }

    fn credential(&self, arguments: &[&str]) -> Output {
        let mut command = program();
        command.arg("credential").args(arguments).arg("--data").arg(&self.house.data);
        command.arg("--config").arg(&self.config).output().unwrap()
    }

    fn code(&self) -> String {
        let output = self.credential(&["code", "pc-cave", "--site", "home"]);
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("code ")).expect("a code is printed");
        line.split_whitespace().next().unwrap().to_owned()
    }

    fn enrol(&self, code: &str, folder: &Path) -> Output {
        let mut command = program();
        command.args(["heater", "enrol", "--url", &format!("mqtts://127.0.0.1:{}", self.tls_port)]);
        command.args(["--site", "home", "--code", code]).current_dir(folder).output().unwrap()
    }

    fn metric(&self, line: &str) -> Option<u64> {
        let metrics = http::get(&self.house.http, "/metrics").body;
        let value = metrics.lines().find_map(|found| found.strip_prefix(line))?.trim();
        value.parse::<f64>().ok().map(|value| value as u64)
    }
}

fn heater_run(folder: &Path) -> Command {
    let mut command = program();
    command.args(["heater", "run", "--identity", "heater-pc-cave"]).current_dir(folder);
    command
}

#[test]
fn a_heater_enrols_reports_and_is_thrown_out() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::start(folder.path());
    let code = site.code();

    let enrolled = site.enrol(&code, folder.path());
    assert!(enrolled.status.success(), "{}", String::from_utf8_lossy(&enrolled.stderr));
    assert!(String::from_utf8_lossy(&enrolled.stdout).contains("heater run --identity heater-pc-cave"));
    let identity = folder.path().join("heater-pc-cave/device.pem");
    let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&identity).unwrap());
    assert_eq!(mode & 0o777, 0o600);

    // The code is used up; a heater that is there is not overwritten.
    let other = tempfile::tempdir().unwrap();
    let again = site.enrol(&code, other.path());
    let told = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(!again.status.success() && told.contains("used already"), "{told}");
    assert!(!other.path().join("heater-pc-cave").exists());
    let slipped = format!("{}{}", &code[..40], if code.ends_with('0') { '1' } else { '0' });
    let told = String::from_utf8_lossy(&site.enrol(&slipped, other.path()).stderr).into_owned();
    assert!(told.contains("mistyped"), "{told}");

    let mut heater = Running::start(heater_run(folder.path()));
    eventually("its records are stored", || {
        site.metric("hypocaust_ingest_records_total{reason=\"stored\"}").filter(|stored| *stored > 0)
    });

    let revoked = site.credential(&["revoke", "pc-cave"]);
    assert!(revoked.status.success(), "{}", String::from_utf8_lossy(&revoked.stderr));
    eventually("its connection is closed", || {
        let line = "hypocaust_broker_connections_closed_total{reason=\"revoked\"}";
        site.metric(line).filter(|closed| *closed == 1)
    });
    eventually("it is not let in again", || {
        let line = "hypocaust_broker_connections_refused_total{reason=\"credential\"}";
        site.metric(line).filter(|refused| *refused > 0)
    });
    assert!(heater.terminate().success());
}

#[test]
fn check_says_what_tls_would_show_and_a_wrong_pair_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let check = |mqtt: &str| {
        let config = folder.path().join("building.toml");
        std::fs::write(&config, format!("{mqtt}\n{BUILDING}")).unwrap();
        let mut command = program();
        command.arg("check").arg("--config").arg(&config).arg("--data").arg(folder.path().join("none"));
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout) + &text(output.stderr))
    };
    let (code, said) = check("[mqtt]\nlisten = \"0.0.0.0:1883\"\ntls_listen = \"0.0.0.0:8883\"");
    assert_eq!(code, Some(0), "{said}");
    for part in ["mqtts://0.0.0.0:8883", "authority", "made at the first start", "secrets travel in clear"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let [one, other] = ["one", "other"].map(|name| {
        let data = folder.path().join(name);
        std::fs::create_dir(&data).unwrap();
        let site = Site::start(&data);
        assert!(site.house.mqtt.starts_with("mqtt://"));
        data.join("data/keys")
    });
    let files = |certificate: &Path, key: &Path| {
        let (certificate, key) = (certificate.join("authority.pem"), key.join("authority.key"));
        check(&format!(
            "[mqtt]\ntls_listen = \"127.0.0.1:8883\"\ncertificate = {certificate:?}\ncertificate_key = {key:?}"
        ))
    };
    let (code, said) = files(&one, &one);
    assert!(code == Some(0) && said.contains("authority.pem until 20"), "{said}");
    let (code, said) = files(&one, &other);
    assert!(code == Some(2) && said.contains("does not belong to the certificate"), "{said}");
    assert!(said.contains("other/data/keys/authority.key") && said.contains("issued together"), "{said}");
    let (code, said) = files(Path::new("/no/such"), &other);
    assert!(code == Some(2) && said.contains("/no/such/authority.pem"), "{said}");
}
