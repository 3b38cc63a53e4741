//! This machine as a heater of a site.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use heater::{
    Agent, AgentSettings, HeaterState, Instant, LinuxBoard, Member, OutboxFile, OutboxLimits, Pace, StateFile,
};
use identity::{Answer, DeviceIdentity, DeviceKey, Request, Server, Trust, ask};
use vocabulary::{BootId, Celsius, HeaterId, SiteId, SitePublicKey, Timestamp, Watts};

use crate::cli::Board;
use crate::clock;
use crate::heater_folder::{AUTHORITY, DEVICE};
use crate::parts::Stop;

/// How often the heater looks whether its certificate is to be renewed. A month is left when it is due.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);

/// One heater and how it reaches its site.
pub(crate) struct Lone {
    pub(crate) board: Board,
    pub(crate) link: link::Settings,
    pub(crate) site: SiteId,
    pub(crate) heater: HeaterId,
    pub(crate) key: SitePublicKey,
    pub(crate) rated_w: Watts,
    pub(crate) fallback_w: Watts,
    pub(crate) setback_c: Celsius,
    /// File for what it remembers over a reboot.
    pub(crate) state: PathBuf,
    /// The folder of an enrolled heater, whose certificate is renewed in time.
    pub(crate) renewed: Option<PathBuf>,
}

pub(crate) async fn run(lone: Lone) -> Result<()> {
    let Board::Linux = lone.board;
    let file = StateFile::new(lone.state);
    let state = boot(&file)?;
    let settings = AgentSettings {
        site: lone.site.clone(),
        heater: lone.heater.clone(),
        key: lone.key.clone(),
        rated_w: lone.rated_w,
        fallback_w: lone.fallback_w,
        setback_c: lone.setback_c,
        boot: BootId::from_bits(getrandom::u64().context("no random numbers")?),
        bn: state.bn,
        fence_epoch: state.epoch(&lone.key),
        record_every_ms: 10_000,
        heartbeat_every_ms: 10_000,
        outbox: OutboxLimits::default(),
    };
    let path = file.path().with_extension("outbox");
    let (outbox_file, outbox) = OutboxFile::open(&path, &settings, clock::now())?;
    let agent = Agent::with_outbox(settings, outbox, Instant { mono_ms: 0, wall: clock::now() });
    let board = LinuxBoard::detect(f64::from(lone.rated_w.whole()));
    let member = Member::new(agent, Box::new(board), Some((file, state, lone.key)));
    let member = member.with_outbox_file(outbox_file);
    let stop = Stop::on_signals()?;
    tracing::info!(heater = %lone.heater, site = %lone.site, "this machine reports as a heater; it cannot be controlled");
    let renewing = keep_certificate(lone.renewed, lone.link.url.clone());
    let running =
        heater::run(lone.site, vec![member], lone.link, Pace::EverySecond, clock::wall(), stop.receiver());
    tokio::select! {
        ended = running => Ok(ended?),
        never = renewing => match never {},
    }
}

/// What the heater remembers, with this boot counted.
fn boot(file: &StateFile) -> Result<HeaterState> {
    let path = file.path().display();
    let mut state = file.load().with_context(|| format!("could not read {path}"))?;
    state.bn += 1;
    file.save(&state).with_context(|| format!("could not write {path}"))?;
    Ok(state)
}

/// Renews the certificate when two thirds of its life have passed. The link shows the new one at its next connection,
/// at the latest when the old one ends.
async fn keep_certificate(folder: Option<PathBuf>, url: String) -> std::convert::Infallible {
    let Some(folder) = folder else { return std::future::pending().await };
    loop {
        if let Err(error) = renew_if_due(&folder, &url, clock::now()).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "the certificate could not be renewed; it is tried again in an hour"
            );
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Asks for a new certificate when it is time, and gives whether it was.
async fn renew_if_due(folder: &Path, url: &str, now: Timestamp) -> Result<bool> {
    let path = folder.join(DEVICE);
    let held = DeviceIdentity::load(&path)?;
    let facts = held.facts().context("the certificate does not read")?;
    if !facts.renewal_is_due(now) {
        return Ok(false);
    }
    let (host, port) = link::tls_address(url)?;
    let trust = Trust::Authority(std::fs::read_to_string(folder.join(AUTHORITY))?);
    let key = DeviceKey::make()?;
    let request = Request::Renew { csr: key.request(Some(&facts.name))? };
    let answer = ask(&Server { host, port }, trust, Some(&held), &request).await?;
    let Answer::Renewed(certificate) = answer else {
        anyhow::bail!("the site answered something else than was asked")
    };
    let renewed = key.with_certificate(&certificate);
    let until = renewed.facts().context("the new certificate does not read")?.not_after;
    renewed.save(&path)?;
    tracing::info!(until = %until.rfc3339(), "the certificate was renewed");
    Ok(true)
}

#[cfg(test)]
mod tests {
    use heater::{Latch, TripCause};
    use vocabulary::{CredentialId, EnrolmentCode};

    use super::*;
    use crate::cli::{HeaterEnrol, Options};
    use crate::config::{BrokerChoice, Configuration};
    use crate::folder::Folder;
    use crate::heater_command::enrol;
    use crate::own_building::write_book;
    use crate::parts::bind_broker;

    const BUILDING: &str = r#"
        mqtt = { listen = "127.0.0.1:0", tls_listen = "127.0.0.1:0" }
        site = { id = "home", name = "Home", zone = "Europe/Paris" }
        heater = [{ id = "h1", rated_w = 250 }]
    "#;

    async fn code(registry: &registry::Registry) -> EnrolmentCode {
        let (site, heater) = (SiteId::new("home").unwrap(), HeaterId::new("h1").unwrap());
        loop {
            match registry.make_enrolment_code(&site, &heater, "test", clock::now()) {
                // The broker names its authority as soon as it runs.
                Err(registry::EnrolmentError::NoAuthority) => tokio::task::yield_now().await,
                made => return made.unwrap(),
            }
        }
    }

    #[tokio::test]
    async fn an_enrolled_heater_renews_when_it_is_due_and_comes_in_with_the_new_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("building.toml");
        std::fs::write(&config, BUILDING).unwrap();
        let data = folder.path().join("data");
        let options = Options { config: Some(config), data: Some(data.clone()), http: None, mqtt: None };
        let configuration = Configuration::load(&options).unwrap();
        let data = Folder::open(&data).unwrap();
        let registry = data.registry().unwrap();
        write_book(&configuration, &registry).unwrap();
        let BrokerChoice::Embedded(own) = &configuration.broker else { panic!("ours") };
        let door = bind_broker(own, &data).await.unwrap();
        let url = format!("mqtts://{}", door.tls_addr().unwrap());
        let stop = Stop::new();
        tokio::spawn(door.run(registry.clone(), stop.receiver()));

        let out = folder.path().join("heater");
        let code = code(&registry).await;
        let (site, heater) = (SiteId::new("home").unwrap(), None);
        enrol(HeaterEnrol { url: url.clone(), site, code, heater, out: Some(out.clone()) }).await.unwrap();
        let held = std::fs::read_to_string(out.join(DEVICE)).unwrap();

        let in_days = |days: i64| clock::now().plus_ms(days * 24 * 3_600_000);
        assert!(!renew_if_due(&out, &url, in_days(58)).await.unwrap());
        assert_eq!(std::fs::read_to_string(out.join(DEVICE)).unwrap(), held);
        assert!(renew_if_due(&out, &url, in_days(61)).await.unwrap());
        assert_ne!(std::fs::read_to_string(out.join(DEVICE)).unwrap(), held);
        let id = CredentialId::new("h1").unwrap();
        let settings = link::Settings::with_certificate(url, id, out.join(AUTHORITY), out.join(DEVICE));
        let (_link, mut inbox) = link::open(settings).unwrap();
        assert!(matches!(inbox.next().await, Some(link::Event::Up { .. })));
    }

    #[test]
    fn a_start_counts_the_boot_and_forgets_no_trip() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::new(folder.path().join("heater.json"));
        let locked = Latch::Locked(TripCause::Heat);
        file.save(&HeaterState { bn: 4, latch: locked, ..HeaterState::default() }).unwrap();
        let started = boot(&file).unwrap();
        assert_eq!((started.bn, started.latch), (5, locked));
        assert_eq!(file.load().unwrap(), started);
    }
}
