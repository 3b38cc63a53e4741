//! What the parts count and how they are, gathered for `/metrics` and `/healthz`.

use std::sync::Arc;

use alarms::PlatformFigures;
use broker::Counters;
use dashboards::{Figure, FigureKind, PartHealth};
use store::Store;
use tokio::sync::watch;
use vocabulary::Tally;

/// Whether a part is heard by the broker.
#[derive(Clone)]
pub(crate) struct Serving(watch::Sender<bool>);

impl Default for Serving {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Serving {
    pub(crate) fn sender(&self) -> watch::Sender<bool> {
        self.0.clone()
    }

    pub(crate) async fn begun(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|serving| *serving).await;
    }

    fn now(&self) -> bool {
        *self.0.borrow()
    }
}

/// The parts that run in this process.
#[derive(Clone, Default)]
pub(crate) struct Figures {
    pub(crate) broker: Option<Counters>,
    pub(crate) store: Option<Store>,
    pub(crate) ingest: Option<(Arc<Tally>, Serving)>,
    pub(crate) controller: Option<(Arc<Tally>, Serving)>,
    pub(crate) alarms: Option<(Arc<Tally>, Serving)>,
}

impl Figures {
    pub(crate) fn all(&self) -> Vec<Figure> {
        let mut figures = Vec::new();
        for (name, reason, value) in self.broker.iter().flat_map(Counters::snapshot) {
            let kind = if name.ends_with("_total") { FigureKind::Counter } else { FigureKind::Gauge };
            figures.push(figure(
                format!("hypocaust_broker_{name}"),
                "Counted by the broker.",
                kind,
                reason,
                value,
            ));
        }
        for (part, help, tally) in [
            ("ingest", "Counted by ingest.", self.ingest.as_ref().map(|(tally, _)| tally)),
            ("controller", "Counted by the controller.", self.controller.as_ref().map(|(tally, _)| tally)),
            ("alarms", "Counted by the watch for alarms.", self.alarms.as_ref().map(|(tally, _)| tally)),
        ] {
            for (what, reason, value) in tally.into_iter().flat_map(|tally| tally.all()) {
                figures.push(figure(
                    format!("hypocaust_{part}_{what}_total"),
                    help,
                    FigureKind::Counter,
                    Some(reason),
                    value,
                ));
            }
        }
        figures.extend(self.history());
        figures
    }

    fn history(&self) -> Vec<Figure> {
        let Some(Ok(health)) = self.store.as_ref().map(Store::health) else { return Vec::new() };
        let gauge = |name: &str, help, value| {
            figure(format!("hypocaust_store_{name}"), help, FigureKind::Gauge, None, value)
        };
        let mut figures = vec![
            gauge("records", "Records ever stored.", health.records),
            gauge("series", "Series: one per heater and metric.", health.series),
            gauge("disk_bytes", "Size of all files of history.", health.bytes_on_disk),
            gauge("log_bytes", "Size of the log's file.", health.log_bytes),
            gauge("log_entries", "Entries of the log that are not sealed yet.", health.log_entries),
            gauge("parts", "Parts of days on disk.", health.parts),
            gauge("free_bytes", "Bytes free on the disk of history.", health.free_bytes),
            gauge("damaged_blocks", "Blocks that could not be read.", health.damaged_blocks),
            gauge("quarantined", "Damaged files that were put aside.", health.quarantined),
            gauge("writable", "0 while the disk is full or has failed.", u64::from(health.writable)),
        ];
        if let Some(forwarding) = health.forwarding {
            figures.extend([
                gauge("forward_waiting", "Log entries on their way to InfluxDB.", forwarding.waiting_entries),
                gauge(
                    "forward_dead_letters",
                    "Readings that InfluxDB refused for good.",
                    forwarding.dead_letters,
                ),
                gauge(
                    "forward_sending",
                    "0 while InfluxDB takes nothing.",
                    u64::from(forwarding.trouble.is_none()),
                ),
            ]);
        }
        figures
    }

    /// What alarms look at. Blocks where history's disk does.
    pub(crate) fn platform(&self) -> PlatformFigures {
        let health = self.store.as_ref().and_then(|store| store.health().ok());
        PlatformFigures {
            refused: self.refused(),
            declared_lost: self.ingest.as_ref().map(|(tally, _)| tally.of("records", "declared_lost")),
            free_bytes: health.as_ref().map(|health| health.free_bytes),
            is_writable: health.map(|health| health.writable),
        }
    }

    /// Everything that the broker and ingest refused; `None` where neither runs here.
    fn refused(&self) -> Option<u64> {
        let is_refusal = |name: &str| name.contains("refused") || name.contains("denied");
        let broker = self.broker.as_ref().map(|broker| {
            let refusals = broker.snapshot().into_iter().filter(|(name, ..)| is_refusal(name));
            refusals.map(|(_, _, value)| value).sum::<u64>()
        });
        let ingest = self.ingest.as_ref().map(|(tally, _)| {
            let refusals = tally.all().into_iter().filter(|(what, ..)| is_refusal(what));
            refusals.map(|(_, _, value)| value).sum::<u64>()
        });
        broker.into_iter().chain(ingest).reduce(u64::saturating_add)
    }

    pub(crate) fn health(&self) -> Vec<PartHealth> {
        let mut parts = Vec::new();
        let mut add = |part, ok: bool, well: &str, ill: &str| {
            parts.push(PartHealth { part, ok, detail: if ok { well } else { ill }.to_owned() });
        };
        if let Some(broker) = &self.broker {
            add("broker", broker.router_is_up(), "routes messages", "its router is being rebuilt");
        }
        if let Some(store) = &self.store {
            match store.health() {
                Ok(health) => {
                    let why_not = health.not_writable_because.unwrap_or_default();
                    add("store", health.writable, "writes and answers", &why_not);
                    if let Some(forwarding) = health.forwarding {
                        let why_not =
                            forwarding.trouble.map(|trouble| trouble.to_string()).unwrap_or_default();
                        add("influxdb", forwarding.trouble.is_none(), "takes history", &why_not);
                    }
                }
                Err(error) => add("store", false, "", &error.to_string()),
            }
        }
        for (part, serving) in [
            ("ingest", self.ingest.as_ref().map(|(_, serving)| serving)),
            ("controller", self.controller.as_ref().map(|(_, serving)| serving)),
            ("alarms", self.alarms.as_ref().map(|(_, serving)| serving)),
        ] {
            if let Some(serving) = serving {
                add(part, serving.now(), "hears the broker", "does not hear the broker");
            }
        }
        parts
    }
}

fn figure(
    name: String,
    help: &'static str,
    kind: FigureKind,
    reason: Option<&'static str>,
    value: u64,
) -> Figure {
    let labels = reason.map(|reason| ("reason", reason.to_owned())).into_iter().collect();
    Figure { name: name.into(), help, kind, labels, value: value as f64 }
}
