//! `heater`: this machine as a heater of a site.

use anyhow::{Context as _, Result};
use heater::{
    Agent, AgentSettings, Instant, Latch, LinuxBoard, Member, OutboxFile, OutboxLimits, Pace, StateFile,
};
use vocabulary::{BootId, Celsius, CredentialId, Watts};

use crate::cli::{Board, Heater};
use crate::clock;
use crate::parts::Stop;

/// A board that cannot be controlled never heats by itself; the number only appears in its heartbeat.
const SETBACK: Celsius = Celsius::from_hundredths(1600);

pub(crate) async fn run(options: Heater) -> Result<()> {
    let Board::Linux = options.board;
    let secret = std::fs::read_to_string(&options.secret_file)
        .with_context(|| format!("could not read the secret {}", options.secret_file.display()))?;
    let file = StateFile::new(options.state);
    let mut state = file.load().with_context(|| format!("could not read {}", file.path().display()))?;
    state.bn += 1;
    if options.reset_trip {
        tracing::warn!(heater = %options.heater, before = ?state.latch, "the trip was reset by hand");
        state.latch = Latch::Clear;
    }
    file.save(&state).with_context(|| format!("could not write {}", file.path().display()))?;
    let settings = AgentSettings {
        site: options.site.clone(),
        heater: options.heater.clone(),
        key: options.key.clone(),
        rated_w: Watts::new(options.rated_w)?,
        fallback_w: Watts::ZERO,
        setback_c: SETBACK,
        boot: BootId::from_bits(getrandom::u64().context("no random numbers")?),
        bn: state.bn,
        fence_epoch: state.epoch(&options.key),
        record_every_ms: 10_000,
        heartbeat_every_ms: 10_000,
        outbox: OutboxLimits::default(),
    };
    let path = file.path().with_extension("outbox");
    let (outbox_file, outbox) = OutboxFile::open(&path, &settings, clock::now())?;
    let agent = Agent::with_outbox(settings, outbox, Instant { mono_ms: 0, wall: clock::now() });
    let board = LinuxBoard::detect(f64::from(options.rated_w));
    let member = Member::new(agent, Box::new(board), Some((file, state, options.key)));
    let member = member.with_outbox_file(outbox_file);
    let id = CredentialId::new(options.heater.as_str())?;
    let link = link::Settings::new(options.url, id, secret.trim());
    let stop = Stop::on_signals()?;
    tracing::info!(heater = %options.heater, site = %options.site, "this machine reports as a heater; it cannot be controlled");
    Ok(heater::run(options.site, vec![member], link, Pace::EverySecond, clock::wall(), stop.receiver())
        .await?)
}
