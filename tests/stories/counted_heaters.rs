//! Heaters whose every record carries a number of its own, in a process that can be killed, with outboxes on disk. Board
//! and numbers are made for the test; agents, outboxes and link are the real ones.
//!
//! Each step makes one record, which says `energy_wh` = boot number × 1,000,000 + number: so the number is the record's
//! seq too, and what is stored can be held against what was made.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use heater::{
    Agent, AgentSettings, Board, Instant, Member, Order, OutboxFile, OutboxLimits, Pace, StateFile,
};
use tokio::sync::watch;
use vocabulary::{
    BootId, Celsius, CredentialId, HeaterId, Metric, Reading, SiteId, SitePublicKey, Timestamp, WallClock,
    Watts,
};

use crate::house::program;
use crate::twins::now;

/// So many, behind one connection.
pub(crate) const HEATERS: usize = 8;
const OF_BOOT: u64 = 1_000_000;
/// Set where this test binary is to be the heaters: URL, secret, key and folder.
const CHILD: &str = "HYPOCAUST_TEST_COUNTED_HEATERS";

pub(crate) fn heater_id(at: usize) -> HeaterId {
    HeaterId::new(&format!("h-{at}")).unwrap()
}

/// A boot's identity says its number; real ones are random.
fn boot_of(at: usize, bn: u64) -> BootId {
    BootId::from_bits(bn * OF_BOOT + at as u64)
}

/// The boot number in the bits of a boot.
pub(crate) const fn bn_of(boot: u64) -> u64 {
    boot / OF_BOOT
}

/// Boot number and number of a value.
pub(crate) fn split(value: f64) -> (u64, u64) {
    (value as u64 / OF_BOOT, value as u64 % OF_BOOT)
}

/// What a line of the heaters' process says: which heater is about to make which number of which boot.
pub(crate) fn made(line: &str) -> Option<(usize, u64, u64)> {
    let mut words = line.split("made ").nth(1)?.split(' ');
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

pub(crate) fn configuration(folder: &Path) -> PathBuf {
    let mut text = "[site]\nid = \"home\"\nname = \"A row of rooms\"\nzone = \"Europe/Paris\"\n".to_owned();
    for at in 0..HEATERS {
        let comfort = "low_c = 17.0\nhigh_c = 23.0\nsetback_c = 16.0\notherwise_c = 21.0";
        write!(text, "\n[[room]]\nid = \"r-{at}\"\nname = \"Room {at}\"\nfloor = \"0\"\n{comfort}\n")
            .unwrap();
        write!(text, "\n[[heater]]\nid = \"h-{at}\"\nroom = \"r-{at}\"\nrated_w = 500\n").unwrap();
    }
    let path = folder.join("building.toml");
    std::fs::write(&path, text).unwrap();
    path
}

/// What a technician gets for a gateway, and where its heaters keep what they remember.
pub(crate) struct Claim {
    secret: String,
    key: String,
    folder: PathBuf,
}

impl Claim {
    pub(crate) fn make(data: &Path, config: &Path, folder: &Path) -> Self {
        let heaters: Vec<String> = (0..HEATERS).map(|at| heater_id(at).to_string()).collect();
        let output = program()
            .args(["credential", "add", "row", "--role", "gateway", "--site", "home", "--heaters"])
            .arg(heaters.join(","))
            .arg("--config")
            .arg(config)
            .arg("--data")
            .arg(data)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let word = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next())
                .unwrap_or_else(|| panic!("{text}"))
                .to_owned()
        };
        let folder = folder.join("heaters");
        std::fs::create_dir(&folder).unwrap();
        Self { secret: word("secret"), key: word("key"), folder }
    }

    /// The heaters as a process, not yet started.
    pub(crate) fn heaters(&self, url: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let test = "counted_heaters::the_heaters_run_until_they_are_killed";
        command.args(["--exact", test, "--nocapture"]);
        command.env(CHILD, format!("{url} {} {} {}", self.secret, self.key, self.folder.display()));
        command
    }
}

/// A board whose one sensor counts how often it was read.
struct Counter {
    at: usize,
    bn: u64,
    number: u64,
}

impl Board for Counter {
    fn rated_w(&self) -> f64 {
        500.0
    }

    fn controllable(&self) -> bool {
        true
    }

    fn sense(&mut self, _: Timestamp) -> Vec<(Metric, Reading)> {
        self.number += 1;
        println!("made {} {} {}", self.at, self.bn, self.number);
        let value = (self.bn * OF_BOOT + self.number) as f64;
        vec![(Metric::EnergyWh, Reading::Value(value))]
    }

    fn obey(&mut self, _: Order) {}

    fn drawn_w(&self) -> f64 {
        0.0
    }
}

fn member(at: usize, key: &SitePublicKey, folder: &Path) -> Member {
    let file = StateFile::new(folder.join(format!("h-{at}.json")));
    let mut state = file.load().unwrap();
    state.bn += 1;
    file.save(&state).unwrap();
    let settings = AgentSettings {
        site: SiteId::new("home").unwrap(),
        heater: heater_id(at),
        key: key.clone(),
        rated_w: Watts::new(500).unwrap(),
        fallback_w: Watts::ZERO,
        setback_c: Celsius::from_hundredths(1600),
        boot: boot_of(at, state.bn),
        bn: state.bn,
        fence_epoch: state.epoch(key),
        record_every_ms: 1,
        heartbeat_every_ms: 10_000,
        outbox: OutboxLimits { resend_after_ms: 5_000, ..OutboxLimits::default() },
    };
    let (outbox_file, outbox) =
        OutboxFile::open(&folder.join(format!("h-{at}.outbox")), &settings, now()).unwrap();
    let board = Counter { at, bn: state.bn, number: 0 };
    let agent = Agent::with_outbox(settings, outbox, Instant { mono_ms: 0, wall: now() });
    Member::new(agent, Box::new(board), Some((file, state, key.clone()))).with_outbox_file(outbox_file)
}

/// Not a story of its own: the heaters, where this binary was started as them.
#[test]
fn the_heaters_run_until_they_are_killed() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let [url, secret, key, folder] = task.splitn(4, ' ').collect::<Vec<_>>()[..] else { panic!("{task}") };
    let key = SitePublicKey::parse(key).unwrap();
    let members = (0..HEATERS).map(|at| member(at, &key, Path::new(folder))).collect();
    let link = link::Settings::new(url, CredentialId::new("row").unwrap(), secret);
    let clock: WallClock = Arc::new(now);
    let stop = watch::Sender::new(false);
    let site = SiteId::new("home").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(heater::run(site, members, link, Pace::EverySecond, clock, stop.subscribe())).unwrap();
}
