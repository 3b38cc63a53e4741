//! The demonstration live: its heaters are real MQTT clients, its building is stepped once a second, and a simulated
//! work source and weather service say what work and weather there are.

use std::path::{Path, PathBuf};
use std::time::Duration;

use heater::{
    Agent, AgentSettings, HeaterError, HeaterState, Instant, Member, OutboxFile, Pace, StateFile, World,
};
use link::{LinkError, Qos};
use registry::SiteBook;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use vocabulary::{
    BootId, ControllerKey, CredentialId, Payload as _, SiteTopic, SiteWork, Timestamp, Topic, WallClock,
    Watts,
};

use super::building::Demonstration;
use super::outlook::outlook;
use super::week::{agent_settings, moment};

/// How often work source and weather service speak, and how long what is said of work holds.
const SPEAK_EVERY: Duration = Duration::from_secs(60);
const WORK_HOLDS_MS: i64 = 5 * 60_000;
/// How far ahead it looks.
const WORK_AHEAD_H: usize = 24;
/// What a kilowatt-hour of the simulated work earns.
const VALUE_EUR_PER_KWH: f64 = 0.12;

/// How the heaters reach the broker.
pub enum Connections {
    /// Each as its own MQTT client, with its own secret, in the order of the book.
    Own(Vec<String>),
    /// Behind gateways, each with its credential, its secret, and the range of heaters it speaks for.
    Shared(Vec<(CredentialId, String, std::ops::Range<usize>)>),
}

/// Everything the live demonstration needs.
pub struct Live {
    /// The broker.
    pub url: String,
    /// How its heaters reach it.
    pub connections: Connections,
    /// Credential and secret of the work source.
    pub work_source: (CredentialId, String),
    /// Credential and secret of the weather service, a building system.
    pub weather_service: (CredentialId, String),
    /// Folder for what heaters remember over a restart, their outboxes among it; `None` forgets it: large fleets keep
    /// their outboxes in memory.
    pub states: Option<PathBuf>,
}

/// Runs the heaters, their building and the work source until `shutdown` turns true.
///
/// # Errors
/// [`HeaterError`] when a link cannot be opened.
pub async fn run(
    demonstration: &Demonstration,
    world: World,
    key: &ControllerKey,
    live: Live,
    clock: WallClock,
    shutdown: watch::Receiver<bool>,
) -> Result<(), HeaterError> {
    let mut tasks: JoinSet<Result<(), HeaterError>> = JoinSet::new();
    tasks.spawn(step_world(world.clone(), demonstration.book.clone(), clock.clone(), shutdown.clone()));
    for ((id, secret), topic) in
        [(live.work_source, SiteTopic::Work), (live.weather_service, SiteTopic::Outlook)]
    {
        let link = link::Settings::new(live.url.as_str(), id, secret);
        let speaker = Speaker { world: world.clone(), book: demonstration.book.clone(), topic };
        tasks.spawn(speaker.run(link, clock.clone(), shutdown.clone()));
    }
    let site = demonstration.book.site.id.clone();
    let member = |at: usize| member(demonstration, &world, key, live.states.as_deref(), at, clock());
    match live.connections {
        Connections::Own(secrets) => {
            for (at, secret) in secrets.into_iter().enumerate() {
                let id =
                    CredentialId::new(demonstration.book.heaters[at].id.as_str()).expect("the same grammar");
                let link = link::Settings::new(live.url.as_str(), id, secret);
                let members = vec![member(at)];
                tasks.spawn(heater::run(
                    site.clone(),
                    members,
                    link,
                    Pace::EverySecond,
                    clock.clone(),
                    shutdown.clone(),
                ));
            }
        }
        Connections::Shared(gateways) => {
            for (id, secret, range) in gateways {
                let link = link::Settings::new(live.url.as_str(), id, secret);
                let members = range.map(member).collect();
                tasks.spawn(heater::run(
                    site.clone(),
                    members,
                    link,
                    Pace::EveryTenSeconds,
                    clock.clone(),
                    shutdown.clone(),
                ));
            }
        }
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("a heater's task does not panic")?;
    }
    Ok(())
}

/// A simulated heater that boots now.
fn member(
    demonstration: &Demonstration,
    world: &World,
    key: &ControllerKey,
    states: Option<&Path>,
    at: usize,
    now: Timestamp,
) -> Member {
    let heater = &demonstration.book.heaters[at];
    let file = states.map(|folder| StateFile::new(folder.join(format!("{}.json", heater.id))));
    let mut state = file.as_ref().map_or_else(HeaterState::default, |file| {
        file.load().unwrap_or_else(|error| {
            tracing::warn!(heater = %heater.id, path = %file.path().display(), %error, "what a simulated heater remembered does not read; it begins anew");
            HeaterState::default()
        })
    });
    // The past in virtual time was boot 1.
    state.bn = (state.bn + 1).max(2);
    if let Some(Err(error)) = file.as_ref().map(|file| file.save(&state)) {
        tracing::warn!(heater = %heater.id, %error, "what a simulated heater remembers could not be kept");
    }
    let boot = BootId::from_bits(random_bits());
    let settings =
        agent_settings(&demonstration.book, heater, key, boot, state.bn, state.epoch(&key.public()));
    let outbox = file.as_ref().and_then(|file| open_outbox(file, &settings, now));
    let begin = Instant { mono_ms: 0, wall: now };
    let board = Box::new(world.board(at, demonstration.plan.emitters[at].room, heater.rated_w.real()));
    let memory = file.map(|file| (file, state, key.public()));
    match outbox {
        Some((file, outbox)) => {
            Member::new(Agent::with_outbox(settings, outbox, begin), board, memory).with_outbox_file(file)
        }
        None => Member::new(Agent::new(settings, begin), board, memory),
    }
}

/// The outbox beside what a heater remembers; a simulated heater goes on without one.
fn open_outbox(
    state: &StateFile,
    settings: &AgentSettings,
    now: Timestamp,
) -> Option<(OutboxFile, heater::Outbox)> {
    let opened = OutboxFile::open(&state.path().with_extension("outbox"), settings, now);
    let warn = |error: &heater::OutboxFileError| {
        tracing::warn!(heater = %settings.heater, %error, "a simulated heater's outbox could not be opened; it lives in memory");
    };
    opened.inspect_err(warn).ok()
}

fn random_bits() -> u64 {
    getrandom::u64().expect("the operating system has random numbers")
}

async fn step_world(
    world: World,
    book: SiteBook,
    clock: WallClock,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), HeaterError> {
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = seconds.tick() => {
                world.step(moment(&book, clock()));
            }
            _ = shutdown.wait_for(|stop| *stop) => return Ok(()),
        }
    }
}

/// Somebody who says every minute what is known of the site: of its work, or of its weather.
struct Speaker {
    world: World,
    book: SiteBook,
    topic: SiteTopic,
}

impl Speaker {
    async fn run(
        self,
        link: link::Settings,
        clock: WallClock,
        mut shutdown: watch::Receiver<bool>,
    ) -> Result<(), HeaterError> {
        let (link, mut inbox) = link::open(link)?;
        let mut minutes = interval(SPEAK_EVERY);
        let topic = Topic::site(&self.book.site.id, self.topic).to_string();
        loop {
            tokio::select! {
                _ = minutes.tick() => {
                    match link.try_publish(topic.as_str(), self.says(clock()), Qos::AtLeastOnce, true) {
                        Ok(()) | Err(LinkError::Full) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                // The inbox is read so that it never fills; speakers subscribe to nothing.
                event = inbox.next() => if event.is_none() { break },
                _ = shutdown.wait_for(|stop| *stop) => break,
            }
        }
        link.close().await;
        Ok(())
    }

    fn says(&self, now: Timestamp) -> Vec<u8> {
        match self.topic {
            SiteTopic::Outlook => outlook(&self.world.climate(), &self.book, now).encode(),
            _ => work(&self.world, &self.book, now).encode(),
        }
    }
}

fn work(world: &World, book: &SiteBook, now: Timestamp) -> SiteWork {
    let (available_w, expected) = world.work(moment(book, now), WORK_AHEAD_H);
    let block = |block: twin::WorkBlock| {
        (Timestamp::from_ms(block.from_ms), Timestamp::from_ms(block.to_ms), Watts::floor(block.watts))
    };
    SiteWork {
        available_w: Watts::floor(available_w),
        expected: expected.into_iter().map(block).collect(),
        value_eur_per_kwh: VALUE_EUR_PER_KWH,
        must_run: vec![],
        until: now.plus_ms(WORK_HOLDS_MS),
    }
}
