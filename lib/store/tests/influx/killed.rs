//! A program that is killed between sending and forgetting.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use store::Store;

use crate::fixture::mortal::TASK;
use crate::influx_fixture::{Fake, Verdict};
use crate::{one_to, open, record, settings, stored, until, until_forwarded};

/// Not a test of its own: the child, when it is started as one.
#[test]
fn the_child_writes_until_it_is_killed() {
    let Ok(task) = std::env::var(TASK) else { return };
    let [folder, url, first] = task.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let store = Store::open_influx(Path::new(folder), &settings(url)).unwrap();
    let first: u64 = first.parse().unwrap();
    for seq in first.. {
        let receipt = store.write(&[record(seq)]).unwrap().remove(0);
        println!("{}", receipt.hwm);
    }
}

#[test]
fn a_program_killed_between_sending_and_forgetting_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start();
    let mut acknowledged = 0;
    for round in 0..6 {
        // In every other round acknowledgements of InfluxDB get lost, so that the kill always falls between the two.
        if round % 2 == 0 {
            fake.behave();
        } else {
            fake.mood(
                |request| {
                    if request.path == "/api/v2/write" { Verdict::ServeAndHangUp } else { Verdict::Serve }
                },
            );
        }
        let sent_before = fake.requests("/api/v2/write");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::the_child_writes_until_it_is_killed", "--nocapture"])
            .env(TASK, format!("{} {} {}", folder.path().display(), fake.url(), acknowledged + 1))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        until("readings on their way", || {
            let newest = lines.find_map(|line| line.trim().parse::<u64>().ok()).unwrap();
            acknowledged = acknowledged.max(newest);
            fake.requests("/api/v2/write") >= sent_before + 2
        });
        child.kill().unwrap();
        acknowledged = lines.filter_map(|line| line.trim().parse().ok()).fold(acknowledged, u64::max);
        child.wait().unwrap();
    }
    fake.behave();
    let store = open(folder.path(), &fake);
    until_forwarded(&store);
    let values = stored(&fake);
    assert!(values.len() as u64 >= acknowledged, "{} of {acknowledged}", values.len());
    assert_eq!(values, one_to(values.len() as u64));
    let times: BTreeSet<i64> = fake.stored().into_iter().map(|(_, _, ns, _)| ns).collect();
    assert_eq!(times.len(), values.len());
    println!("6 kills, {acknowledged} acknowledged, {} stored", values.len());
}
