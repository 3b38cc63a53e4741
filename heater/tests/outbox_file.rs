//! The outbox's file with a real disk under it: one writer, `kill -9`, a disk that fails.
//!
//! The test of `kill -9` starts itself again as a child. `HYPOCAUST_TEST_KILLS` asks for more rounds,
//! `HYPOCAUST_TEST_SEED` repeats one.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fixture::{sample_of, value_of};
use heater::{AgentSettings, Outbox, OutboxFile, OutboxFileError, OutboxLimits};
use vocabulary::{Ack, BootId, Celsius, ControllerKey, HeaterId, SiteId, Timestamp, Watts};

const CHILD: &str = "HYPOCAUST_TEST_OUTBOX_CHILD";

fn settings(bn: u64) -> AgentSettings {
    AgentSettings {
        site: SiteId::new("home").unwrap(),
        heater: HeaterId::new("h-1").unwrap(),
        key: ControllerKey::from_bytes(&[1; 32]).public(),
        rated_w: Watts::new(750).unwrap(),
        fallback_w: Watts::ZERO,
        setback_c: Celsius::from_hundredths(1600),
        boot: BootId::from_bits(bn),
        bn,
        fence_epoch: 0,
        record_every_ms: 10_000,
        heartbeat_every_ms: 10_000,
        outbox: OutboxLimits { capacity: 1_000_000, window: 64, resend_after_ms: 30_000 },
    }
}

fn open(path: &Path, bn: u64) -> (OutboxFile, Outbox) {
    OutboxFile::open(path, &settings(bn), Timestamp::from_ms(0)).unwrap()
}

fn ack(bn: u64, hwm: u64) -> Ack {
    Ack { boot: BootId::from_bits(bn), hwm, got: vec![], ingest: "a".to_owned(), backfill_per_s: 1_000 }
}

/// Waits until the disk has caught up: a test of a real disk has nothing else to wait for.
fn settle_until(file: &OutboxFile, outbox: &mut Outbox, mono_ms: u64, done: impl Fn(&mut Outbox) -> bool) {
    let begun = Instant::now();
    while !done(outbox) {
        assert!(begun.elapsed() < Duration::from_secs(30), "the disk never came to that");
        file.settle(outbox, mono_ms);
        std::thread::yield_now();
    }
}

#[test]
fn one_writer_alone_and_no_other_reader() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h-1.outbox");
    let (file, mut outbox) = open(&path, 1);
    let second = OutboxFile::open(&path, &settings(2), Timestamp::from_ms(0)).unwrap_err();
    assert!(matches!(second, OutboxFileError::InUse(_)), "{second}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    file.close(&mut outbox, 0);
}

#[test]
fn what_was_closed_in_order_is_sent_by_the_next_boot_and_nothing_is_declared() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h-1.outbox");
    let (file, mut outbox) = open(&path, 1);
    outbox.push(&sample_of(1.0), 0, Timestamp::from_ms(5));
    file.close(&mut outbox, 0);
    let (_file, mut outbox) = reopen(&path, 2);
    let record = outbox.next_to_send(1_000).unwrap();
    assert_eq!((record.bn, record.seq, record.low, record.late, record.ts.ms()), (1, 1, 1, true, 5));
    assert_eq!(value_of(&record), Some(1.0));
    outbox.hear(&ack(1, 1));
    assert!(outbox.is_empty());
}

/// The thread of the file before lets go of the lock a moment after it was closed.
fn reopen(path: &Path, bn: u64) -> (OutboxFile, Outbox) {
    let begun = Instant::now();
    loop {
        match OutboxFile::open(path, &settings(bn), Timestamp::from_ms(0)) {
            Err(OutboxFileError::InUse(_)) if begun.elapsed() < Duration::from_secs(30) => {
                std::thread::yield_now();
            }
            opened => return opened.unwrap(),
        }
    }
}

#[test]
fn a_disk_that_fails_leaves_the_heater_reporting_and_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h-1.outbox");
    // A folder stands where the new log is to be made: no write of a whole log can succeed.
    let obstacle = folder.path().join("h-1.outbox.new");
    std::fs::create_dir(&obstacle).unwrap();
    let (file, mut outbox) = open(&path, 1);
    assert!(outbox.is_disk_in_trouble(0));
    outbox.push(&sample_of(1.0), 0, Timestamp::from_ms(0));
    file.settle(&mut outbox, 0);
    assert_eq!(outbox.next_to_send(0).unwrap().seq, 1);
    std::fs::remove_dir(&obstacle).unwrap();
    settle_until(&file, &mut outbox, 61_000, |outbox| !outbox.is_disk_in_trouble(61_000));
    drop(file);
    let (_file, mut outbox) = reopen(&path, 2);
    assert_eq!(everything(&mut outbox).get(&(1, 1)), Some(&1.0));
}

#[test]
fn a_log_that_cannot_be_read_costs_what_was_in_it_and_not_the_heater() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h-1.outbox");
    std::fs::create_dir(&path).unwrap();
    let (file, mut outbox) = open(&path, 1);
    outbox.push(&[], 0, Timestamp::from_ms(0));
    file.settle(&mut outbox, 0);
    assert!(outbox.is_disk_in_trouble(0) && outbox.next_to_send(0).is_some());
}

/// Not a test of its own: the child, when it is started as one. Says what it sends before it is sent, and what is
/// acknowledged before it is heard.
#[test]
fn the_child_fills_an_outbox_until_it_is_killed() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let (bn, path) = task.split_once(' ').unwrap();
    let bn: u64 = bn.parse().unwrap();
    let (file, mut outbox) = open(Path::new(path), bn);
    let begun = Instant::now();
    let (mut heard, mut pushed) = (BTreeMap::new(), 0_u64);
    for turn in 0_u64.. {
        let mono_ms = begun.elapsed().as_millis() as u64;
        // Never so much that the disk could not keep up: that is another story.
        if pushed < heard.get(&bn).copied().unwrap_or(0) + 32 {
            outbox.push(&sample_of(pushed as f64), mono_ms, Timestamp::from_ms(0));
            pushed += 1;
        }
        file.settle(&mut outbox, mono_ms);
        assert!(!outbox.is_disk_in_trouble(mono_ms));
        while let Some(record) = outbox.next_to_send(mono_ms) {
            println!("sent {} {} {}", record.bn, record.seq, value_of(&record).unwrap_or(-1.0));
            heard.insert(record.bn, record.seq);
        }
        // Every so often what was sent is confirmed: by its order, because nothing is lost on this line.
        if turn % 7 == 0 {
            for (&bn, &hwm) in &heard {
                println!("acknowledged {bn} {hwm}");
                std::io::stdout().flush().unwrap();
                outbox.hear(&ack(bn, hwm));
            }
        }
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn what_was_sent_and_not_acknowledged_survives_kill_9() {
    let seed = from_environment("HYPOCAUST_TEST_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    let kills = from_environment("HYPOCAUST_TEST_KILLS").unwrap_or(8);
    println!("HYPOCAUST_TEST_SEED={seed}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("h-1.outbox");
    let (mut sent, mut acknowledged) = (Values::new(), BTreeMap::new());
    let mut state = seed;
    for bn in 1..=kills {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let life = Duration::from_millis(30 + (state >> 33) % 300);
        live_and_die(&path, bn, life, &mut sent, &mut acknowledged);
    }
    assert!(!sent.is_empty(), "no child lived long enough to send anything");
    let (_file, mut outbox) = reopen(&path, kills + 1);
    let left = everything(&mut outbox);
    for (&(bn, seq), value) in &sent {
        if acknowledged.get(&bn).is_some_and(|&hwm| seq <= hwm) {
            continue;
        }
        assert_eq!(left.get(&(bn, seq)), Some(value), "record {seq} of boot {bn} was sent and is gone");
    }
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// By boot and seq, the value; negative for a record without one.
type Values = BTreeMap<(u64, u64), f64>;

/// Starts a child, kills it after `life`, and takes note of what it sent and what was acknowledged to it.
fn live_and_die(
    path: &Path,
    bn: u64,
    life: Duration,
    sent: &mut Values,
    acknowledged: &mut BTreeMap<u64, u64>,
) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_child_fills_an_outbox_until_it_is_killed", "--nocapture"])
        .env(CHILD, format!("{bn} {}", path.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    let listener = std::thread::spawn(move || {
        let mut said = String::new();
        output.read_to_string(&mut said).unwrap();
        said
    });
    std::thread::sleep(life);
    child.kill().unwrap();
    child.wait().unwrap();
    let said = listener.join().unwrap();
    // What follows the last end of a line is torn.
    let (whole, _) = said.rsplit_once('\n').unwrap_or_default();
    for line in whole.lines() {
        // The first line follows what the test harness says.
        let words: Vec<&str> =
            line.split(' ').skip_while(|word| !["sent", "acknowledged"].contains(word)).collect();
        match words[..] {
            ["sent", bn, seq, value] => {
                let value: f64 = value.parse().unwrap();
                let known = sent.insert((bn.parse().unwrap(), seq.parse().unwrap()), value);
                assert!(known.is_none_or(|known| known == value), "a number was used twice: {line}");
            }
            ["acknowledged", bn, hwm] => {
                let (bn, hwm) = (bn.parse().unwrap(), hwm.parse().unwrap());
                let mark = acknowledged.entry(bn).or_insert(hwm);
                *mark = hwm.max(*mark);
            }
            _ => {}
        }
    }
}

fn everything(outbox: &mut Outbox) -> Values {
    let mut left = BTreeMap::new();
    for second in 1.. {
        if outbox.is_empty() {
            break;
        }
        while let Some(record) = outbox.next_to_send(second * 1_000) {
            left.insert((record.bn, record.seq), value_of(&record).unwrap_or(-1.0));
            outbox.hear(&ack(record.bn, record.seq));
        }
    }
    left
}
