//! A small building of simulated heaters that a story runs by itself, so that the platform's parts can be killed
//! around it. The rooms are simulated; agents, link and broker are real.

use std::path::{Path, PathBuf};

use heater::{Agent, AgentSettings, Instant, Member, OutboxLimits, Pace, World};
use tokio::sync::watch;
use twin::{
    Building, BuildingPlan, EmitterPlan, Moment, Orientation, Place, RoomPlan, RoomUse, Season, WorkSupply,
};
use vocabulary::{
    BootId, Celsius, CredentialId, HeaterId, SiteId, SitePublicKey, Timestamp, WallClock, Watts,
};

use crate::house::program;

/// One room, one heater, in a configuration.
pub(crate) const BUILDING: &str = r#"
[site]
id = "home"
name = "A small house"
zone = "Europe/Paris"

[[room]]
id = "101"
name = "Bureau"
floor = "1er étage"
low_c = 17.0
high_c = 23.0
setback_c = 16.0
otherwise_c = 21.0

[[heater]]
id = "h-101"
room = "101"
rated_w = 1000
resistor_w = 1000
fallback_w = 300
"#;

pub(crate) fn configuration(folder: &Path) -> PathBuf {
    let path = folder.join("building.toml");
    std::fs::write(&path, BUILDING).unwrap();
    path
}

/// A credential of the heater, and the controller's key, as a technician gets them.
pub(crate) fn claim(data: &Path, config: &Path) -> (String, SitePublicKey) {
    let output = program()
        .args(["credential", "add", "h-101", "--role", "heater", "--site", "home", "--config"])
        .arg(config)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let word = |name: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_else(|| panic!("{name} in {text}"));
        line.split_whitespace().next().unwrap().to_owned()
    };
    (word("secret"), SitePublicKey::parse(&word("key")).unwrap())
}

/// Runs the heater in a thread of its own until the story ends.
pub(crate) struct Heater {
    stop: watch::Sender<bool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Heater {
    pub(crate) fn start(url: &str, secret: &str, key: SitePublicKey) -> Self {
        let stop = watch::Sender::new(false);
        let (url, secret, stopped) = (url.to_owned(), secret.to_owned(), stop.subscribe());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(live(url, secret, key, stopped));
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Heater {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub(crate) fn now() -> Timestamp {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_ms(elapsed.as_millis() as i64)
}

fn moment(at: Timestamp) -> Moment {
    Moment { utc_ms: at.ms(), local_offset_s: 3600 }
}

async fn live(url: String, secret: String, key: SitePublicKey, mut stopped: watch::Receiver<bool>) {
    let plan = BuildingPlan {
        rooms: vec![RoomPlan::typical(20.0, Orientation::North, RoomUse::Constant { people: 1 })],
        emitters: vec![EmitterPlan::typical(0, 1000.0)],
        place: Place::PARIS,
        start_c: 18.0,
    };
    let building = Building::new(plan, 1, Season::Winter, moment(now())).unwrap();
    let world = World::new(building, WorkSupply::new(1, 500.0), &[1000.0]);
    let heater = HeaterId::new("h-101").unwrap();
    let settings = AgentSettings {
        site: SiteId::new("home").unwrap(),
        heater: heater.clone(),
        key,
        rated_w: Watts::new(1000).unwrap(),
        fallback_w: Watts::new(300).unwrap(),
        setback_c: Celsius::from_hundredths(1900),
        boot: BootId::from_bits(now().ms().unsigned_abs()),
        bn: 1,
        fence_epoch: 0,
        record_every_ms: 1_000,
        heartbeat_every_ms: 2_000,
        outbox: OutboxLimits::default(),
    };
    let agent = Agent::new(settings, Instant { mono_ms: 0, wall: now() });
    let member = Member::new(agent, Box::new(world.board(0, 0, 1000.0)), None);
    let link = link::Settings::new(url, CredentialId::new("h-101").unwrap(), secret);
    let clock: WallClock = std::sync::Arc::new(now);
    let site = SiteId::new("home").unwrap();
    let run = heater::run(site, vec![member], link, Pace::EverySecond, clock, stopped.clone());
    let stepping = async {
        loop {
            world.step(moment(now()));
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        outcome = run => outcome.unwrap(),
        () = stepping => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}
