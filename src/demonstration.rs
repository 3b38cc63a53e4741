//! The demonstration building of `up`: its book, its past, its heaters.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use heater::World;
use indicatif::{ProgressBar, ProgressStyle};
use registry::{Accounting, Clock, Rate, Registry, Role};
use store::{Place, Store};
use tokio::sync::watch;
use trials::demonstration::{Connections, Demonstration, Live, SITE, Week, live_through, run};
use vocabulary::{ControllerKey, CredentialId, DisplayName, SiteId, Timestamp};

use crate::cli::{Season, Up};
use crate::clock;
use crate::folder::Folder;

const HOUR_MS: i64 = 3_600_000;
/// The past that a newcomer finds, at the demonstration's usual size; larger fleets get less of it, so that the first
/// page never waits longer.
const PAST_MS: i64 = 7 * 24 * HOUR_MS;
const USUAL_HEATERS: i64 = 30;
/// Heaters behind one gateway connection.
const GATEWAY_HEATERS: usize = 250;

/// Whether `up` shows the demonstration: nobody has described a building of their own.
pub(crate) fn is_wanted(registry: &Registry) -> Result<bool> {
    let sites = registry.sites()?;
    Ok(sites.iter().all(|site| site.demonstration || site.clock == Clock::Recorded))
}

/// The demonstration, written into the registry, with its past in the store.
pub(crate) struct Prepared {
    demonstration: Demonstration,
    world: World,
}

/// Writes the demonstration into the registry and lives through what its history lacks of the past. Blocks.
pub(crate) fn prepare(
    options: &Up,
    registry: &Registry,
    store: &Store,
    key: &ControllerKey,
) -> Result<Prepared> {
    let demonstration = Demonstration::new(options.heaters() as usize);
    let is_new = registry.sites()?.iter().all(|site| site.id != demonstration.book.site.id);
    registry
        .put_site(&demonstration.book)
        .context("the demonstration could not be written into the registry")?;
    if is_new {
        declare_price(registry, &demonstration.book.site.id)?;
    }
    let now = clock::now();
    let scaled = |ms: i64| (ms * USUAL_HEATERS / i64::from(options.heaters())).min(ms);
    let week = Week {
        warm_up_ms: scaled(24 * HOUR_MS),
        from: missing_from(store, now, scaled(PAST_MS))?,
        until: now,
        seed: options.seed(),
        season: match options.season() {
            Season::Winter => twin::Season::Winter,
            Season::Today => twin::Season::Today,
        },
    };
    let bar = ProgressBar::new(100).with_style(
        ProgressStyle::with_template("living through the last days {bar:40} {percent} %")
            .expect("a constant template"),
    );
    let started = Instant::now();
    let summary =
        live_through(&demonstration, &week, store, key, |share| bar.set_position((100.0 * share) as u64))?;
    bar.finish_and_clear();
    if summary.records > 0 {
        tracing::info!(
            records = summary.records,
            from = week.from.rfc3339(),
            duration_ms = started.elapsed().as_millis() as u64,
            in_band_pct = (1000.0 * summary.in_band).round() / 10.0,
            "the demonstration's past is made: simulated rooms in recorded weather"
        );
    }
    registry.save_memory(&demonstration.book.site.id, &summary.memory.keep(), now)?;
    registry.note_hours(&demonstration.book.site.id, &summary.said)?;
    Ok(Prepared { demonstration, world: summary.world })
}

/// A newcomer asks what it costs. What somebody has changed or cleared since stays as it is.
fn declare_price(registry: &Registry, site: &SiteId) -> Result<()> {
    let source = DisplayName::new("Démonstration : tarif réglementé 2025, arrondi")?;
    let price_eur = Some(Rate { amount: 0.2, source });
    let accounting = Accounting { price_eur, ..Accounting::default() };
    registry.set_accounting(site, &accounting, "demonstration", clock::now())?;
    Ok(())
}

/// Where the past that history lacks begins: after its newest record, or `past_ms` ago.
fn missing_from(store: &Store, now: Timestamp, past_ms: i64) -> Result<Timestamp> {
    let site = SiteId::new(SITE)?;
    let newest = store.last_all(&site, &Place::Site)?.iter().map(|last| last.ts).max();
    let earliest = now.plus_ms(-past_ms);
    Ok(newest.map_or(earliest, |newest| newest.plus_ms(60_000).max(earliest)).min(now))
}

impl Prepared {
    /// Runs heaters, building and work source until `shutdown` turns true.
    pub(crate) async fn run(
        self,
        options: Up,
        folder: Folder,
        registry: Registry,
        key: ControllerKey,
        url: String,
        shutdown: watch::Receiver<bool>,
    ) -> Result<()> {
        let book = &self.demonstration.book;
        let site = book.site.id.clone();
        let now = clock::now();
        let connections = if options.shared_connections {
            let all: Vec<usize> = (0..book.heaters.len()).collect();
            let gateways = all.chunks(GATEWAY_HEATERS).enumerate().map(|(nth, chunk)| {
                let range = chunk[0]..chunk[0] + chunk.len();
                let heaters =
                    Arc::new(book.heaters[range.clone()].iter().map(|heater| heater.id.clone()).collect());
                let id = CredentialId::new(&format!("gateway-{site}-{nth}"))?;
                let secret =
                    registry.issue_credential(&id, &Role::Gateway { site: site.clone(), heaters }, now)?;
                Ok((id, secret, range))
            });
            Connections::Shared(gateways.collect::<Result<_>>()?)
        } else {
            let wanted: Vec<(CredentialId, Role)> = book
                .heaters
                .iter()
                .map(|heater| {
                    let role = Role::Heater { site: site.clone(), heater: heater.id.clone() };
                    Ok((CredentialId::new(heater.id.as_str())?, role))
                })
                .collect::<Result<_>>()?;
            Connections::Own(registry.issue_credentials(&wanted, now)?)
        };
        let work_id = CredentialId::new(&format!("work-{site}"))?;
        let work_secret =
            registry.issue_credential(&work_id, &Role::WorkSource { site: site.clone() }, now)?;
        let weather_id = CredentialId::new(&format!("weather-{site}"))?;
        let weather_secret = registry.issue_credential(&weather_id, &Role::BuildingSystem { site }, now)?;
        let states = if options.shared_connections { None } else { Some(folder.heaters()?) };
        let live = Live {
            url,
            connections,
            work_source: (work_id, work_secret),
            weather_service: (weather_id, weather_secret),
            states,
        };
        Ok(run(&self.demonstration, self.world, &key, live, clock::wall(), shutdown).await?)
    }
}
