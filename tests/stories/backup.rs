//! Backup beside the running program, and what a restore makes of it.

use std::path::Path;
use std::process::Output;

use crate::bus::Bus;
use crate::house::{House, eventually, program};
use crate::http::json;
use crate::twins::{self, Heater};

fn run(command: &str, folder: &Path, data: &Path) -> Output {
    program().arg(command).arg(folder).arg("--data").arg(data).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stored(house: &House) -> u64 {
    let answer = json(&house.http, "/api/v1/series?heater=h-101&metric=temperature_c&points=100");
    answer["points"].as_array().unwrap().iter().filter_map(|point| point["count"].as_u64()).sum()
}

#[test]
fn a_backup_made_while_running_comes_back_whole_and_its_controller_is_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let (data, config) = (folder.path().join("data"), twins::configuration(folder.path()));
    let (secret, key) = twins::claim(&data, &config);
    let house = House::start(&data, Some(&config));
    let address = house.mqtt_address().to_owned();
    let story = house.credential("story", &["--role", "service"]);
    house.credential("lost", &["--role", "service"]);
    let filters = ["hypocaust/1/home/heater/h-101/ack", "hypocaust/1/home/heater/h-101/heartbeat"];
    let mut bus = Bus::join(&house.mqtt, "story", &story, &filters);
    let heater = Heater::start(&house.mqtt, &secret, key);
    let acknowledged = bus.wait_json("/ack", |ack| ack["hwm"].as_u64().filter(|hwm| *hwm >= 4));

    let backup = folder.path().join("backup");
    let made = run("backup", &backup, &data);
    assert!(made.status.success(), "{}", said(&made));
    let again = run("backup", &backup, &data);
    assert_eq!(again.status.code(), Some(2), "a backup is never written over another: {}", said(&again));
    bus.wait_json("/ack", |ack| ack["hwm"].as_u64().filter(|hwm| *hwm >= acknowledged + 3));
    let revoked = program().args(["credential", "revoke", "lost", "--data"]).arg(&data).output().unwrap();
    assert!(revoked.status.success(), "{}", said(&revoked));
    drop(house);

    let as_it_was = run("restore", &backup, &folder.path().join("as-it-was"));
    assert!(told(&as_it_was).contains("hypocaust credential revoke lost"), "{}", told(&as_it_was));
    let restored = folder.path().join("restored");
    let put_back = program()
        .arg("restore")
        .arg(&backup)
        .arg("--data")
        .arg(&restored)
        .arg("--ended-in")
        .arg(&data)
        .output()
        .unwrap();
    assert!(put_back.status.success(), "{}", said(&put_back));
    assert!(told(&put_back).contains("1 credentials") && !told(&put_back).contains("revoke lost"));
    let into_the_same = run("restore", &backup, &restored);
    assert_eq!(into_the_same.status.code(), Some(2), "{}", said(&into_the_same));
    let house = House::start_at(&restored, Some(&config), "127.0.0.1:0", &address);
    assert!(stored(&house) >= acknowledged, "{} of {acknowledged}", stored(&house));
    // The heater has obeyed later epochs of the old folder's controller: it must obey this one all the same.
    bus.wait_json("/heartbeat", |beat| {
        (beat["mode"] == "leased" && beat["epoch"].as_u64()? > 1_000_000).then_some(())
    });
    drop(heater);
    eventually("records go on where they were", || (stored(&house) > acknowledged + 3).then_some(()));
}

#[test]
fn a_torn_backup_is_refused_and_names_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (data, config) = (folder.path().join("data"), twins::configuration(folder.path()));
    twins::claim(&data, &config);
    drop(House::start(&data, Some(&config)));
    let backup = folder.path().join("backup");
    let made = run("backup", &backup, &data);
    assert!(made.status.success(), "{}", said(&made));
    for (at, name) in
        ["registry.db", "history/log.redb", "keys/controller.key", "backup.json"].iter().enumerate()
    {
        let path = backup.join(name);
        let whole = std::fs::read(&path).unwrap();
        for torn in [whole[..whole.len() / 2].to_vec(), flipped(&whole)] {
            std::fs::write(&path, torn).unwrap();
            let restored = folder.path().join(format!("restored-{at}"));
            let output = run("restore", &backup, &restored);
            assert_eq!(output.status.code(), Some(2), "{name}: {}", said(&output));
            // A changed digest in the list speaks of the file that no longer has it.
            let named = [name.rsplit('/').next().unwrap(), "the backup is damaged"];
            assert!(named.iter().any(|word| said(&output).contains(word)), "{name}: {}", said(&output));
            assert!(!restored.join("registry.db").exists(), "{name}: nothing is put back in part");
        }
        std::fs::write(&path, whole).unwrap();
    }
    let output = run("restore", &backup, &folder.path().join("restored"));
    assert!(output.status.success(), "{}", said(&output));
}

fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut flipped = bytes.to_vec();
    flipped[bytes.len() / 2] ^= 1;
    flipped
}
