//! The crash matrix: ingest, broker and heaters are processes of their own, killed for real and in any order, with a
//! network between them that fails in every way. An oracle on the heaters' side knows each record that was made; what
//! was acknowledged must be stored, everything must be stored in the end, and nothing twice.
//!
//! `HYPOCAUST_TEST_KILLS` asks for more kills, `HYPOCAUST_TEST_SEED` repeats the choices of one run.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use link::{Event, Qos};
use store::{Place, Selector, Store};
use vocabulary::{Ack, CredentialId, HeaterId, Metric, Payload as _, SiteId, Timestamp};

use crate::counted_heaters::{self, HEATERS, heater_id};
use crate::house::{Running, credential, eventually, free_port, program};
use crate::proxy::{Proxy, Weather};

/// Processes killed when nothing else is asked for.
const KILLS: u64 = 30;
/// What ingest may be told to do to itself: where it aborts, and at which passage.
const CRASH_POINTS: [&str; 2] = ["store.before_write", "store.after_write"];

/// What a heater that is killed loses at most of what it made.
const LAST_SECONDS: u64 = 5;

/// Splitmix64: enough chance for a test, from a seed that can be printed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// A heater and the number of its boot.
type Boot = (usize, u64);

/// Which numbers of which boot a heater's records carry.
type Numbers = BTreeMap<u64, BTreeSet<u64>>;

/// The processes, and what it takes to start each again.
struct Site {
    data: PathBuf,
    config: PathBuf,
    mqtt: String,
    proxy: Proxy,
    claim: counted_heaters::Claim,
    broker: Option<Running>,
    ingest: Option<Running>,
    heaters: Option<Running>,
    /// Highest number that each heater said it was about to make, per boot.
    made: HashMap<Boot, u64>,
    /// Boots that ended by a kill.
    killed: HashSet<Boot>,
}

impl Site {
    fn start(folder: &Path) -> Self {
        let data = folder.join("data");
        let config = counted_heaters::configuration(folder);
        let mqtt = format!("127.0.0.1:{}", free_port());
        let claim = counted_heaters::Claim::make(&data, &config, folder);
        let proxy = Proxy::before(&mqtt);
        let mut site = Self {
            data,
            config,
            mqtt,
            proxy,
            claim,
            broker: None,
            ingest: None,
            heaters: None,
            made: HashMap::new(),
            killed: HashSet::new(),
        };
        site.restore();
        site
    }

    fn part(&self, name: &str) -> Command {
        let mut command = program();
        command.arg(name).arg("--data").arg(&self.data).arg("--config").arg(&self.config);
        command.args(["--mqtt", &self.mqtt]).env("HYPOCAUST_LOG", "error").stderr(Stdio::inherit());
        command
    }

    /// Starts what does not run.
    fn restore(&mut self) {
        if self.broker.is_none() {
            let mut broker = Running::start(self.part("broker"));
            broker.ready();
            self.broker = Some(broker);
        }
        if self.ingest.is_none() {
            self.start_ingest(None);
        }
        if self.heaters.is_none() {
            self.heaters = Some(Running::start(self.claim.heaters(&self.proxy.url())));
        }
    }

    fn start_ingest(&mut self, crash_at: Option<&str>) {
        let mut command = self.part("ingest");
        if let Some(point) = crash_at {
            command.env("HYPOCAUST_CRASH_AT", point);
        }
        let mut ingest = Running::start(command);
        if crash_at.is_none() {
            ingest.ready();
        }
        self.ingest = Some(ingest);
    }

    fn hear_heaters(&mut self) {
        let lines = self.heaters.as_ref().map(Running::said).unwrap_or_default();
        for (heater, bn, number) in lines.iter().filter_map(|line| counted_heaters::made(line)) {
            let highest = self.made.entry((heater, bn)).or_insert(0);
            *highest = number.max(*highest);
        }
    }

    fn kill_heaters(&mut self) {
        if let Some(mut heaters) = self.heaters.take() {
            heaters.kill();
            self.heaters = Some(heaters);
            self.hear_heaters();
            self.heaters = None;
            self.killed.extend(self.made.keys());
        }
    }

    /// One blow of fate; gives how many processes it killed.
    fn strike(&mut self, chance: &mut Chance) -> u64 {
        match chance.below(12) {
            0..=2 => kill(&mut self.ingest),
            3 | 4 => kill(&mut self.broker),
            5 | 6 => {
                self.kill_heaters();
                1
            }
            7 => {
                self.kill_heaters();
                1 + kill(&mut self.ingest) + kill(&mut self.broker)
            }
            8 | 9 => {
                let point = CRASH_POINTS[chance.below(CRASH_POINTS.len() as u64) as usize];
                let killed = kill(&mut self.ingest);
                self.start_ingest(Some(&format!("{point}:{}", 1 + chance.below(5))));
                let ingest = self.ingest.as_mut().expect("it was just started");
                let by_itself = ingest.ended_within(Duration::from_secs(8));
                println!("  {point}: {}", if by_itself { "aborted there" } else { "not reached, killed" });
                killed + kill(&mut self.ingest)
            }
            10 => {
                self.proxy.reset();
                0
            }
            _ => {
                let weather = [Weather::Cut, Weather::HalfOpen, Weather::Slow][chance.below(3) as usize];
                self.proxy.set(weather);
                std::thread::sleep(Duration::from_millis(500 + chance.below(1500)));
                self.proxy.set(Weather::Fair);
                0
            }
        }
    }

    fn stored(&self) -> Vec<Numbers> {
        let store = Store::connect(&self.data.join("history/store.sock")).unwrap();
        (0..HEATERS).map(|at| numbers(&store, at)).collect()
    }

    /// Up to which number a boot may lack nothing of what it made. One that was killed may lack its last seconds, a record
    /// each, and declares that; of one that nobody has heard nothing can be said.
    fn sure(&self, boot: Boot) -> u64 {
        let made = self.made.get(&boot).copied().unwrap_or(0);
        if self.killed.contains(&boot) { made.saturating_sub(LAST_SECONDS) } else { made }
    }

    /// The first gap in what is stored of what was made. The newest records of a boot that runs may still be on their way.
    fn gap(&self, stored: &[Numbers]) -> Option<String> {
        let nothing = BTreeSet::new();
        let boots =
            stored.iter().enumerate().flat_map(|(at, of_heater)| of_heater.keys().map(move |&bn| (at, bn)));
        let boots: BTreeSet<Boot> = boots.chain(self.made.keys().copied()).collect();
        boots.into_iter().find_map(|boot| {
            let there = stored[boot.0].get(&boot.1).unwrap_or(&nothing);
            let runs = self.made.contains_key(&boot) && !self.killed.contains(&boot);
            let newest = if runs { 0 } else { there.last().copied().unwrap_or(0) };
            let missing = (1..=self.sure(boot).max(newest)).find(|number| !there.contains(number))?;
            Some(format!("{} lacks record {missing} of boot {}", heater_id(boot.0), boot.1))
        })
    }

    /// Everything that was acknowledged so far is stored.
    fn check(&mut self, tap: &Tap) {
        // In this order: what was acknowledged had been made, and is on disk by now.
        let acks = tap.heard();
        self.hear_heaters();
        let stored = self.stored();
        let nothing = BTreeSet::new();
        for ((heater, boot), ack) in acks {
            let at = (0..HEATERS).find(|at| heater_id(*at) == heater).expect("one of ours");
            let bn = counted_heaters::bn_of(boot);
            let there = stored[at].get(&bn).unwrap_or(&nothing);
            // A mark also passes the numbers that a killed boot gave up at its end.
            let last = self.sure((at, bn)).max(there.last().copied().unwrap_or(0));
            let ranges = ack.got.iter().copied().chain([(1, ack.hwm)]);
            let mut seqs = ranges.flat_map(|(from, to)| from..=to.min(last));
            let missing = seqs.find(|seq| !there.contains(seq));
            assert_eq!(missing, None, "{heater} was told that this record of boot {bn} is stored: {ack:?}");
        }
    }
}

fn kill(part: &mut Option<Running>) -> u64 {
    part.take().map_or(0, |mut running| {
        running.kill();
        1
    })
}

/// What the store holds of a heater; a number that is there twice ends the story.
fn numbers(store: &Store, at: usize) -> Numbers {
    let selector = Selector {
        site: SiteId::new("home").unwrap(),
        place: Place::Heater(heater_id(at)),
        metric: Metric::EnergyWh,
    };
    let (from, to) = (Timestamp::from_ms(0), Timestamp::from_ms(i64::MAX));
    let points = store.range(&selector, from, to, 100_000).unwrap();
    let mut numbers = Numbers::new();
    for point in points {
        let (bn, number) = counted_heaters::split(point.value.expect("a counter always has a value"));
        let is_new = numbers.entry(bn).or_default().insert(number);
        assert!(is_new, "{}: record {number} of boot {bn} is stored twice", heater_id(at));
    }
    numbers
}

/// Listens to every acknowledgement that passes through the broker.
struct Tap {
    acks: Arc<Mutex<HashMap<(HeaterId, u64), Ack>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Tap {
    fn on(url: &str, secret: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let settings = link::Settings::new(url, CredentialId::new("tap").unwrap(), secret)
            .subscribe("hypocaust/1/home/heater/+/ack", Qos::AtLeastOnce);
        let acks: Arc<Mutex<HashMap<(HeaterId, u64), Ack>>> = Arc::default();
        let heard = acks.clone();
        runtime.spawn(async move {
            let (_link, mut inbox) = link::open(settings).unwrap();
            while let Some(event) = inbox.next().await {
                let Event::Message { topic, payload, .. } = event else { continue };
                let heater = HeaterId::new(topic.rsplit('/').nth(1).unwrap()).unwrap();
                let ack = Ack::decode(&payload).unwrap();
                heard.lock().unwrap().insert((heater, ack.boot.bits()), ack);
            }
        });
        Self { acks, _runtime: runtime }
    }

    /// The last acknowledgement of each boot.
    fn heard(&self) -> HashMap<(HeaterId, u64), Ack> {
        self.acks.lock().unwrap().clone()
    }
}

#[test]
fn whatever_is_killed_and_however_the_network_fails_each_record_is_stored_exactly_once() {
    let seed = from_environment("HYPOCAUST_TEST_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    let wanted = from_environment("HYPOCAUST_TEST_KILLS").unwrap_or(KILLS);
    println!("HYPOCAUST_TEST_SEED={seed}");
    let mut chance = Chance(seed);
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let mut site = Site::start(folder.path());
    let secret = credential(&site.data, "tap", &["--role", "service"]);
    let tap = Tap::on(&format!("mqtt://{}", site.mqtt), &secret);
    let (mut kills, mut rounds) = (0, 0);
    while kills < wanted {
        std::thread::sleep(Duration::from_millis(200 + chance.below(1300)));
        kills += site.strike(&mut chance);
        site.restore();
        site.hear_heaters();
        rounds += 1;
        if rounds % 4 == 0 {
            site.check(&tap);
        }
    }
    println!("{kills} processes killed in {rounds} rounds, {:?}", begun.elapsed());
    site.hear_heaters();
    let mut said = None;
    eventually("every record that was made is stored", || {
        let gap = site.gap(&site.stored());
        if said != gap {
            println!("  {}", gap.as_deref().unwrap_or("nothing is missing any more"));
            said.clone_from(&gap);
        }
        gap.is_none().then_some(())
    });
    site.check(&tap);
    let records: u64 =
        site.stored().iter().flat_map(BTreeMap::values).map(|numbers| numbers.len() as u64).sum();
    println!("{records} records, {:?} in all", begun.elapsed());
    assert!(records > 4 * kills, "so few records prove nothing: {records}");
}
