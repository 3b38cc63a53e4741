//! Plays a recording: rows fall due by recorded time and speed, records wait in outboxes until they are stored.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use heater::{Outbox, OutboxLimits};
use link::{Event, Inbox, Link, LinkError, Qos};
use tokio::sync::watch;
use vocabulary::{
    Ack, BootId, HeaterId, HeaterTopic, Payload as _, SiteId, Timestamp, Topic, TopicKind, filter,
};

use super::book::Cast;
use super::group::{Group, Grouper};
use super::map::SensorMap;
use super::rows::{Row, RowError, Rows, Unreadable};

/// Acknowledgements come once a second, so many records have to be under way at a high speed.
const LIMITS: OutboxLimits = OutboxLimits { capacity: 2_048, window: 1_024, resend_after_ms: 30_000 };
/// An outbox with this many unconfirmed records stops the playing until the bus has caught up.
const WAIT_ABOVE: usize = 1_024;
/// A gap in the recording that would take longer than this is skipped.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How long to rest when there is nothing to do.
const REST: Duration = Duration::from_millis(5);

/// Why a recording could not be played to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The recording cannot be read.
    #[error(transparent)]
    Rows(#[from] RowError),
    /// The link cannot be opened.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Playing was stopped.
    #[error("stopped before the end; play the file again to go on: what is stored is not stored twice")]
    Stopped,
}

/// Where and how fast to play.
pub struct Stage {
    /// A gateway credential of the site.
    pub link: link::Settings,
    /// The site.
    pub site: SiteId,
    /// Recorded seconds per second.
    pub speed: f64,
}

/// What was played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplaySummary {
    /// Rows read.
    pub rows: u64,
    /// Readings sent and confirmed: stored, or refused and counted by ingest.
    pub samples: u64,
    /// Records they travelled in.
    pub records: u64,
    /// Rows and readings that could not be read as a time, a room or a finite number.
    pub unreadable: u64,
    /// Readings of sensors that the map does not name.
    pub unmapped: u64,
}

/// Plays a recording to its end and waits until everything is confirmed. `progress` hears rows done.
///
/// # Errors
/// [`ReplayError`].
pub async fn play(
    path: &Path,
    map: &SensorMap,
    cast: &Cast,
    stage: Stage,
    progress: impl Fn(u64),
    mut shutdown: watch::Receiver<bool>,
) -> Result<ReplaySummary, ReplayError> {
    let mut player = Player::open(path, map, cast, stage)?;
    loop {
        player.read_what_is_due()?;
        tokio::select! {
            sent = player.send() => sent?,
            _ = stopped(&mut shutdown) => return player.stop().await,
        }
        progress(player.summary.rows);
        if player.is_done() {
            break;
        }
        tokio::select! {
            event = player.inbox.next() => match event {
                Some(event) => player.hear(event),
                None => return Err(ReplayError::Link(LinkError::Closed)),
            },
            () = tokio::time::sleep(REST) => {}
            _ = stopped(&mut shutdown) => return player.stop().await,
        }
        while let Some(event) = player.inbox.try_next() {
            player.hear(event);
        }
    }
    player.link.close().await;
    Ok(player.summary())
}

async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // The sender gone means the same as a stop.
    let _ = shutdown.wait_for(|stop| *stop).await;
}

struct Player {
    rows: Rows,
    /// The next row, read but not due yet.
    ahead: Option<Row>,
    grouper: Grouper,
    outboxes: BTreeMap<HeaterId, Outbox>,
    link: Link,
    inbox: Inbox,
    connected: bool,
    site: SiteId,
    speed: f64,
    first: Timestamp,
    started: Instant,
    /// When `first` was due; moves with it over gaps.
    started_playing: Instant,
    at_end: bool,
    summary: ReplaySummary,
}

impl Player {
    fn open(path: &Path, map: &SensorMap, cast: &Cast, stage: Stage) -> Result<Self, ReplayError> {
        let link = link::Settings { inbox: 4_096, outbox: 4_096, ..stage.link };
        let link = link
            .subscribe(filter::heaters_of(&stage.site, HeaterTopic::Ack), Qos::AtLeastOnce)
            .subscribe(filter::heaters_of(&stage.site, HeaterTopic::Budget), Qos::AtLeastOnce);
        let (link, inbox) = link::open(link)?;
        let outbox = |heater: &HeaterId| (heater.clone(), Outbox::new(boot(heater, cast), 1, LIMITS));
        Ok(Self {
            rows: Rows::open(path, map)?,
            ahead: None,
            grouper: Grouper::new(map),
            outboxes: cast.heaters.keys().map(outbox).collect(),
            link,
            inbox,
            connected: false,
            site: stage.site,
            speed: stage.speed,
            first: cast.span.map_or(Timestamp::from_ms(0), |(first, _)| first),
            started: Instant::now(),
            started_playing: Instant::now(),
            at_end: false,
            summary: ReplaySummary::default(),
        })
    }

    fn mono_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// The recorded time that has been reached.
    fn reached(&self) -> Timestamp {
        self.first.plus_ms((self.started_playing.elapsed().as_secs_f64() * 1000.0 * self.speed) as i64)
    }

    /// Reads every row that is due, unless the bus is behind.
    fn read_what_is_due(&mut self) -> Result<(), ReplayError> {
        let reached = self.reached();
        while !self.at_end && self.outboxes.values().all(|outbox| outbox.len() < WAIT_ABOVE) {
            if self.ahead.is_none() {
                self.ahead = self.rows.next().transpose()?;
            }
            match self.ahead.take_if(|row| row.ts <= reached) {
                Some(row) => {
                    self.summary.rows += 1;
                    let complete = self.grouper.add(row);
                    self.put(complete);
                }
                None if self.ahead.is_some() => {
                    self.skip_a_gap();
                    return Ok(());
                }
                None => {
                    self.at_end = true;
                    let rest = self.grouper.finish();
                    self.put(rest);
                }
            }
        }
        Ok(())
    }

    /// A recording may be silent for days, or bear one absurd time: nobody waits for that.
    fn skip_a_gap(&mut self) {
        let Some(next) = self.ahead.as_ref().map(|row| row.ts) else { return };
        let wait_s = next.since(self.reached()) as f64 / 1000.0 / self.speed;
        if wait_s > LONGEST_WAIT.as_secs_f64() && self.outboxes.values().all(Outbox::is_empty) {
            tracing::info!(
                from = self.reached().rfc3339(),
                to = next.rfc3339(),
                "the recording is silent: skipped"
            );
            (self.first, self.started_playing) = (next, Instant::now());
        }
    }

    fn put(&mut self, groups: Vec<Group>) {
        let mono_ms = self.mono_ms();
        for group in groups {
            self.summary.records += 1;
            self.summary.samples += group.samples.len() as u64;
            let outbox =
                self.outboxes.get_mut(&group.heater).expect("the cast names every heater of the recording");
            outbox.push(&group.samples, mono_ms, group.ts);
        }
    }

    async fn send(&mut self) -> Result<(), ReplayError> {
        if !self.connected {
            return Ok(());
        }
        let mono_ms = self.mono_ms();
        for (heater, outbox) in &mut self.outboxes {
            let topic = Topic::heater(&self.site, heater, HeaterTopic::Record).to_string();
            while let Some(record) = outbox.next_to_send(mono_ms) {
                self.link.publish(topic.as_str(), record.encode(), Qos::AtLeastOnce, false).await?;
            }
        }
        Ok(())
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Up { .. } => {
                self.connected = true;
                self.outboxes.values_mut().for_each(Outbox::connected);
            }
            Event::Down { .. } => self.connected = false,
            Event::Message { topic, payload, .. } => {
                let Some(TopicKind::Heater(heater, HeaterTopic::Ack)) = Topic::parse(&topic).map(|t| t.kind)
                else {
                    return;
                };
                if let (Some(outbox), Ok(ack)) = (self.outboxes.get_mut(&heater), Ack::decode(&payload)) {
                    outbox.hear(&ack);
                }
            }
        }
    }

    async fn stop(self) -> Result<ReplaySummary, ReplayError> {
        self.link.close().await;
        Err(ReplayError::Stopped)
    }

    fn is_done(&self) -> bool {
        self.at_end && self.outboxes.values().all(Outbox::is_empty)
    }

    fn summary(&self) -> ReplaySummary {
        let Unreadable { times, rooms, values, unmapped } = self.rows.unreadable;
        ReplaySummary { unreadable: times + rooms + values, unmapped, ..self.summary }
    }
}

/// The boot of a heater in a recording: the same file under the same map gives the same one, so playing it again stores
/// nothing twice.
fn boot(heater: &HeaterId, cast: &Cast) -> BootId {
    let mut print = cast.print;
    print.add(heater.as_str().as_bytes());
    BootId::from_bits(print.bits())
}
