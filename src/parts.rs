//! Parts on their own, and what they share with `up`: how they stop, and how they reach the broker.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use dashboards::{DashboardsError, Server};
use registry::{Registry, Role};
use store::{Maintenance, Store};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use vocabulary::{CredentialId, Tally};

use crate::clock;
use crate::config::{BrokerChoice, Configuration, Embedded, Refused, StoreChoice};
use crate::figures::{Figures, Serving};
use crate::folder::{self, Folder};
use crate::installation::installation;
use crate::own_building::write_book;

/// The house's way to stop: true means stop.
#[derive(Clone)]
pub(crate) struct Stop(watch::Sender<bool>);

impl Stop {
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Stops on SIGTERM and Ctrl-C.
    pub(crate) fn on_signals() -> Result<Self> {
        let stop = Self::new();
        let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be listened for")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("Ctrl-C cannot be listened for")?;
        let stopping = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping");
            stopping.now();
        });
        Ok(stop)
    }

    pub(crate) fn now(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn receiver(&self) -> watch::Receiver<bool> {
        self.0.subscribe()
    }

    pub(crate) async fn asked(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.receiver().wait_for(|stop| *stop).await;
    }
}

/// How one of our own parts reaches the broker: with a service credential made anew at every start where the broker is
/// ours, or with a secret kept in the data folder where it runs elsewhere.
pub(crate) fn service_link(
    configuration: &Configuration,
    folder: &Folder,
    registry: &Registry,
    url: &str,
    part: &str,
) -> Result<link::Settings> {
    let id = CredentialId::new(&format!("hypocaust-{part}"))?;
    let make = || Ok(registry.issue_credential(&id, &Role::Service, clock::now())?);
    let secret = match &configuration.broker {
        BrokerChoice::Embedded(_) => make()?,
        BrokerChoice::Outside(_) => folder.outside_secret(part, make)?,
    };
    Ok(link::Settings::new(url, id, secret))
}

/// Takes the port of the pages, where that is safe: who may reach them depends on whether people have to sign in.
pub(crate) async fn bind_pages(configuration: &Configuration, registry: &Registry) -> Result<Server> {
    let settings = dashboards::Settings { listen: configuration.http, url: configuration.url.clone() };
    dashboards::bind(&settings, registry.has_people()?).await.map_err(|error| match error {
        DashboardsError::NobodySignsIn(_) => Refused(error.to_string()).into(),
        other => other.into(),
    })
}

/// Opens history where the configuration says that it lives. Blocks.
pub(crate) fn open_history(configuration: &Configuration, folder: &Folder) -> Result<Store> {
    Ok(match &configuration.store {
        StoreChoice::Embedded(kept) => Store::open(&folder.history(), *kept)?,
        StoreChoice::InfluxDb2(settings) => Store::open_influx(&folder.history(), settings)?,
    })
}

/// The broker's URL, where no part of this process has bound it.
fn url(configuration: &Configuration) -> String {
    match &configuration.broker {
        BrokerChoice::Embedded(own) => format!("mqtt://{}", own.listen),
        BrokerChoice::Outside(url) => url.clone(),
    }
}

/// What a part on its own begins with.
fn begin(configuration: &Configuration) -> Result<(Folder, Registry, Stop)> {
    let folder = Folder::open(&configuration.data)?;
    let registry = folder.registry()?;
    Ok((folder, registry, Stop::on_signals()?))
}

pub(crate) async fn broker(configuration: Configuration, conformance: bool) -> Result<()> {
    let BrokerChoice::Embedded(own) = &configuration.broker else {
        anyhow::bail!("the configuration names a broker that runs elsewhere: there is none to run here");
    };
    let (door, registry, stop) = if conformance {
        let folder = Some(Folder::open(&configuration.data)?.conformance());
        let settings = broker::Settings { folder, conformance, ..broker::Settings::new(own.listen) };
        let door = broker::bind(settings, clock::wall()).await?;
        (door, Registry::in_memory()?, Stop::on_signals()?)
    } else {
        let (folder, registry, stop) = begin(&configuration)?;
        (bind_broker(own, &folder).await?, registry, stop)
    };
    println!("ready {}", broker_urls(&door));
    door.run(registry, stop.receiver()).await;
    Ok(())
}

/// Takes the broker's ports.
pub(crate) async fn bind_broker(own: &Embedded, folder: &Folder) -> Result<broker::Door> {
    let mut settings =
        broker::Settings { folder: Some(folder.broker()), ..broker::Settings::new(own.listen) };
    if let Some(tls) = &own.tls {
        settings.tls = Some(broker::TlsSettings {
            listen: tls.listen,
            folder: folder.keys(),
            files: tls.files.clone(),
            names: tls.names.clone(),
            controller_key: folder.controller_key()?.public(),
        });
    }
    Ok(broker::bind(settings, clock::wall()).await?)
}

/// Where the broker listens, for the line `ready`.
pub(crate) fn broker_urls(door: &broker::Door) -> String {
    let tls = door.tls_addr().map_or(String::new(), |address| format!(" mqtts://{address}"));
    format!("mqtt://{}{tls}", door.local_addr())
}

pub(crate) async fn ingest(configuration: Configuration) -> Result<()> {
    let (folder, registry, stop) = begin(&configuration)?;
    let store = open_history(&configuration, &folder)?;
    let _socket = store.serve_socket()?;
    let link = service_link(&configuration, &folder, &registry, &url(&configuration), "ingest")?;
    let tending = tokio::spawn(tend(store.clone(), stop.clone()));
    let settings = ingest::Settings { link, run: run_name()? };
    let serving = announced("ready ingest");
    let ended = ingest::run(
        settings,
        registry,
        store,
        Arc::new(Tally::default()),
        clock::wall(),
        serving,
        stop.receiver(),
    )
    .await;
    stop.now();
    tending.await?;
    Ok(ended?)
}

pub(crate) async fn controller(configuration: Configuration) -> Result<()> {
    let (folder, registry, stop) = begin(&configuration)?;
    let _claim = folder.claim("controller")?;
    // The book is the controller's to bring up to date: there is one of it.
    write_book(&configuration, &registry)?;
    let link = service_link(&configuration, &folder, &registry, &url(&configuration), "controller")?;
    let (key, tally) = (folder.controller_key()?, Arc::new(Tally::default()));
    let serving = announced("ready controller");
    Ok(controller::run(link, registry, key, tally, clock::wall(), serving, stop.receiver()).await?)
}

pub(crate) async fn dashboards(configuration: Configuration) -> Result<()> {
    let (folder, registry, stop) = begin(&configuration)?;
    let server = bind_pages(&configuration, &registry).await?;
    let store = Store::connect(&folder.history_socket())?;
    let link = service_link(&configuration, &folder, &registry, &url(&configuration), "dashboards")?;
    println!("ready http://{}", server.local_addr());
    let figures = Figures { store: Some(store.clone()), ..Figures::default() };
    let (for_metrics, for_health) = (figures.clone(), figures);
    let parts = dashboards::Parts {
        registry,
        store,
        link,
        clock: clock::wall(),
        figures: Arc::new(move || for_metrics.all()),
        health: Arc::new(move || for_health.health()),
        installation: installation(&configuration),
        demonstration: None,
    };
    Ok(server.run(parts, stop.receiver()).await?)
}

pub(crate) async fn alarms(configuration: Configuration) -> Result<()> {
    let (folder, registry, stop) = begin(&configuration)?;
    let _claim = folder.claim("alarms")?;
    let store = Store::connect(&folder.history_socket())?;
    let link = service_link(&configuration, &folder, &registry, &url(&configuration), "alarms")?;
    let figures = Figures { store: Some(store), ..Figures::default() };
    let serving = announced("ready alarms");
    let figures = Arc::new(move || figures.platform());
    Ok(alarms::run(
        link,
        registry,
        (figures, configuration.notices),
        Arc::new(Tally::default()),
        clock::wall(),
        serving,
        stop.receiver(),
    )
    .await?)
}

/// `check`: what the configuration says, and what would run.
pub(crate) fn check(configuration: &Configuration) -> Result<()> {
    println!("data   {}", configuration.data.display());
    println!("pages  http://{}", configuration.http);
    if let Some(url) = &configuration.url {
        println!("       as {url}");
    }
    println!("broker {}", url(configuration));
    if let BrokerChoice::Embedded(own) = &configuration.broker {
        check_broker(own, &configuration.data)?;
    }
    match &configuration.store {
        StoreChoice::Embedded(kept) => println!(
            "store  embedded: people's readings {} days and hourly {}, the plant's {} and {}",
            kept.people_days, kept.people_hourly_days, kept.plant_days, kept.plant_hourly_days
        ),
        StoreChoice::InfluxDb2(settings) => println!("store  {}", Store::check_influx(settings)?),
    }
    let notices = &configuration.notices;
    for (way, is_set) in [("email", notices.email.is_some()), ("webhook", notices.webhook.is_some())] {
        if is_set {
            println!("alarms by {way}");
        }
    }
    match &configuration.book {
        Some(book) => {
            let sum = |part: fn(&registry::Heater) -> u32| book.heaters.iter().map(part).sum::<u32>();
            println!("site   {} ({}), {}", book.site.id, book.site.name, book.site.zone);
            println!("       {} rooms, {} heaters", book.rooms.len(), book.heaters.len());
            let cap = book.site.cap_w.map_or("no cap".to_owned(), |cap| format!("cap {cap}"));
            println!(
                "       rated {} W, fall-backs {} W, {cap}",
                sum(|heater| heater.rated_w.whole()),
                sum(|heater| heater.fallback_w.whole())
            );
            match &configuration.rules {
                Some(rules) => println!("       rules of law: {}", rules.profile.as_str()),
                None => println!("       rules of law: as the page has them"),
            }
            for heater in book.heaters.iter().filter(|heater| heater.room.is_none()) {
                println!("note   heater {} stands in no room: it is not controlled", heater.id);
            }
        }
        None => println!("site   none described: `up` runs the demonstration building"),
    }
    println!("All parts use one data folder on one machine; heaters and an outside broker may be elsewhere.");
    Ok(())
}

/// What of our own broker is worth saying, certificates above all.
fn check_broker(own: &Embedded, data: &Path) -> Result<()> {
    if !own.listen.ip().is_loopback() {
        println!("note   {} is reached from outside without TLS: secrets travel in clear", own.listen);
    }
    let Some(tls) = &own.tls else { return Ok(()) };
    println!("       mqtts://{}", tls.listen);
    match &tls.files {
        Some(files) => {
            let facts = files.check().map_err(|error| Refused(error.to_string()))?;
            println!(
                "       certificate {} until {}",
                files.certificate.display(),
                facts.not_after.rfc3339()
            );
            if facts.not_after <= clock::now() {
                println!("note   this certificate has expired: clients will refuse it");
            }
        }
        None => println!("       certificate of the site's own authority, made at every start"),
    }
    let authority = folder::keys(data).join("authority.pem");
    if authority.exists() {
        let facts = identity::read_certificate(&authority).map_err(|error| Refused(error.to_string()))?;
        println!("       authority {} until {}", authority.display(), facts.not_after.rfc3339());
    } else {
        println!("       authority {} will be made at the first start", authority.display());
    }
    Ok(())
}

/// Names a run of ingest: nobody else's run is called the same.
pub(crate) fn run_name() -> Result<String> {
    Ok(format!("{:016x}", getrandom::u64().context("no random numbers from the operating system")?))
}

/// Prints a line when a part is heard by the broker for the first time.
fn announced(line: &'static str) -> watch::Sender<bool> {
    let serving = Serving::default().sender();
    let mut heard = serving.subscribe();
    tokio::spawn(async move {
        if heard.wait_for(|serving| *serving).await.is_ok() {
            println!("{line}");
        }
    });
    serving
}

/// Seals, merges and retires history once in a while.
pub(crate) async fn tend(store: Store, stop: Stop) {
    const EVERY: std::time::Duration = std::time::Duration::from_secs(60);
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.asked() => return,
        }
        let store = store.clone();
        match tokio::task::spawn_blocking(move || store.maintain(clock::now())).await {
            Ok(Ok(done)) if done == Maintenance::default() => {}
            Ok(Ok(done)) => tracing::info!(?done, "history was tended"),
            Ok(Err(error)) => tracing::warn!(%error, "history could not be tended"),
            Err(panic) => tracing::error!(%panic, "tending history failed"),
        }
    }
}
