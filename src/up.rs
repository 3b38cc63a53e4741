//! `up`: every part in one process. Claims and ports first, then history, then the parts, then one line `ready`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use dashboards::DemonstrationNote;
use tokio::task::JoinSet;
use vocabulary::Tally;

use crate::cli::Up;
use crate::clock;
use crate::config::{BrokerChoice, Configuration};
use crate::demonstration::{self, Prepared};
use crate::figures::{Figures, Serving};
use crate::folder::Folder;
use crate::installation::installation;
use crate::own_building::{retire_demonstration, write_book};
use crate::parts::{Stop, bind_broker, bind_pages, broker_urls, open_history, run_name, service_link, tend};

/// Parts that have not ended by themselves this long after a stop are left behind.
const STOP_LIMIT: Duration = Duration::from_secs(4);

pub(crate) async fn run(configuration: Configuration, options: Up) -> Result<()> {
    let folder = Folder::open(&configuration.data)?;
    let _claims = [folder.claim("controller")?, folder.claim("alarms")?];
    let registry = folder.registry()?;
    let server = bind_pages(&configuration, &registry).await?;
    let door = match &configuration.broker {
        BrokerChoice::Embedded(own) => Some(bind_broker(own, &folder).await?),
        BrokerChoice::Outside(_) => None,
    };
    let url = match (&door, &configuration.broker) {
        (Some(door), _) => format!("mqtt://{}", door.local_addr()),
        (None, BrokerChoice::Outside(url)) => url.clone(),
        (None, BrokerChoice::Embedded(_)) => unreachable!("an embedded broker was bound above"),
    };
    let announced = door.as_ref().map_or_else(|| url.clone(), broker_urls);
    let stop = Stop::on_signals()?;
    let opening = (configuration.clone(), folder.clone());
    let store = tokio::task::spawn_blocking(move || open_history(&opening.0, &opening.1)).await??;
    let _socket = store.serve_socket()?;
    write_book(&configuration, &registry)?;
    // Written down where the audit's own file is not: a chain made anew does not meet it.
    tracing::info!(head = %registry.audit_head()?, "the audit");
    let is_demonstration = configuration.book.is_none() && demonstration::is_wanted(&registry)?;
    if !is_demonstration {
        retire_demonstration(&registry)?;
    }

    let prepared = if is_demonstration {
        let (registry, store, folder) = (registry.clone(), store.clone(), folder.clone());
        let options = options.clone();
        let task = tokio::task::spawn_blocking(move || {
            demonstration::prepare(&options, &registry, &store, &folder.controller_key()?)
        });
        tokio::select! {
            prepared = task => Some(prepared??),
            () = stop.asked() => return Ok(()),
        }
    } else {
        None
    };

    let mut parts: JoinSet<(&'static str, Result<()>)> = JoinSet::new();
    let doors = Stop::new();
    let broker_counters = door.as_ref().map(broker::Door::counters);
    let broker = door.map(|door| tokio::spawn(door.run(registry.clone(), doors.receiver())));
    let (ingest_tally, controller_tally) = (Arc::new(Tally::default()), Arc::new(Tally::default()));
    let first_cycle = controller_tally.clone();
    let (ingest_serving, controller_serving) = (Serving::default(), Serving::default());
    let (alarms_tally, alarms_serving) = (Arc::new(Tally::default()), Serving::default());
    let link_of = |part| service_link(&configuration, &folder, &registry, &url, part);

    let settings = ingest::Settings { link: link_of("ingest")?, run: run_name()? };
    let running = ingest::run(
        settings,
        registry.clone(),
        store.clone(),
        ingest_tally.clone(),
        clock::wall(),
        ingest_serving.sender(),
        stop.receiver(),
    );
    parts.spawn(async { ("ingest", running.await.map_err(Into::into)) });

    let running = controller::run(
        link_of("controller")?,
        registry.clone(),
        folder.controller_key()?,
        controller_tally.clone(),
        clock::wall(),
        controller_serving.sender(),
        stop.receiver(),
    );
    parts.spawn(async { ("controller", running.await.map_err(Into::into)) });

    let figures = Figures {
        broker: broker_counters,
        store: Some(store.clone()),
        ingest: Some((ingest_tally, ingest_serving.clone())),
        controller: Some((controller_tally, controller_serving.clone())),
        alarms: Some((alarms_tally.clone(), alarms_serving.clone())),
    };
    let http = server.local_addr();
    let (for_metrics, for_health, for_alarms) = (figures.clone(), figures.clone(), figures);
    let running = alarms::run(
        link_of("alarms")?,
        registry.clone(),
        (Arc::new(move || for_alarms.platform()), configuration.notices.clone()),
        alarms_tally,
        clock::wall(),
        alarms_serving.sender(),
        stop.receiver(),
    );
    parts.spawn(async { ("alarms", running.await.map_err(Into::into)) });

    let pages = dashboards::Parts {
        registry: registry.clone(),
        store: store.clone(),
        link: link_of("dashboards")?,
        clock: clock::wall(),
        figures: Arc::new(move || for_metrics.all()),
        health: Arc::new(move || for_health.health()),
        installation: installation(&configuration),
        demonstration: is_demonstration.then(notes),
    };
    let running = server.run(pages, stop.receiver());
    parts.spawn(async { ("dashboards", running.await.map_err(Into::into)) });

    let tending = tend(store, stop.clone());
    parts.spawn(async {
        ("store", {
            tending.await;
            Ok(())
        })
    });
    if let Some(prepared) = prepared {
        let running = Prepared::run(
            prepared,
            options,
            folder.clone(),
            registry,
            folder.controller_key()?,
            url.clone(),
            stop.receiver(),
        );
        parts.spawn(async { ("demonstration", running.await) });
    }

    let serving = async {
        ingest_serving.begun().await;
        controller_serving.begun().await;
        // The pages have something to show once the controller has spoken of every room for the first time.
        while first_cycle.of("cycles", "done") == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        println!("ready http://{http} {announced}");
        std::future::pending::<()>().await;
    };
    let first = tokio::select! {
        ended = parts.join_next() => ended,
        () = serving => None,
        () = stop.asked() => None,
    };
    stop.now();
    let outcome = ended(first, parts).await;
    doors.now();
    if let Some(broker) = broker {
        // The broker ends last, so that everybody could say good-bye.
        let _ = tokio::time::timeout(Duration::from_secs(1), broker).await;
    }
    outcome
}

type Ended = Result<(&'static str, Result<()>), tokio::task::JoinError>;

/// Waits for the parts that remain and gives the first failure.
async fn ended(first: Option<Ended>, mut parts: JoinSet<(&'static str, Result<()>)>) -> Result<()> {
    let mut outcome = first.map_or(Ok(()), judged);
    let rest = async {
        while let Some(ended) = parts.join_next().await {
            let judged = judged(ended);
            if outcome.is_ok() {
                outcome = judged;
            }
        }
    };
    if tokio::time::timeout(STOP_LIMIT, rest).await.is_err() {
        tracing::warn!("a part did not stop in time and is left behind");
    }
    outcome
}

fn judged(ended: Ended) -> Result<()> {
    match ended {
        Ok((part, outcome)) => outcome.with_context(|| format!("{part} ended")),
        Err(panic) => Err(anyhow::anyhow!("a part failed: {panic}")),
    }
}

fn notes() -> dashboards::Demonstration {
    dashboards::Demonstration {
        notes: vec![
            DemonstrationNote::RecordedWeather,
            DemonstrationNote::RecordedOccupancy,
            DemonstrationNote::SimulatedRooms,
            DemonstrationNote::SimulatedHeaters,
            DemonstrationNote::SimulatedWork,
        ],
    }
}
