//! Pages and HTTP API for managers, tenants and machines; only here is axum named.
//!
//! What is shown is what was heard over MQTT (the board), what is written (the registry) and what is stored (the
//! store). An override is written into the registry, where the controller reads it: nobody asks a question back.
//! As long as there is no person the server listens on loopback only and everybody there may do everything; from the
//! first person on every route asks `registry::authorise` at its door (`door`).

mod accept;
mod alarm_filter;
mod alarm_sight;
mod api;
mod app;
mod asked;
mod assets;
mod attention;
mod board;
mod body;
mod chart;
mod compared_book;
mod cost;
mod crowd;
mod day;
mod diagnosis;
mod door;
mod facts;
mod forecast;
mod front;
mod guard;
mod happened;
mod health;
mod heat_test;
mod history;
mod ical;
mod installation;
mod join;
mod language;
mod listen;
mod live;
mod long_reads;
mod pages;
mod picture;
mod plain;
mod reads;
mod report;
mod router;
mod throttle;
mod visitor;
mod who;
mod wish;
mod words;

#[cfg(test)]
mod large;
#[cfg(test)]
mod measured;
#[cfg(test)]
mod trial;

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use registry::Registry;
use store::Store;
use tokio::net::TcpListener;
use tokio::sync::watch;
use vocabulary::Timestamp;

pub use front::{PublicUrl, PublicUrlError};
pub use installation::{CertificateKind, CertificateState, CertificatesFn, Installation};
pub use router::page_addresses;

/// Where to serve.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address; port 0 for any free one. Beyond loopback only where there are people, who have to sign in.
    pub listen: SocketAddr,
    /// How browsers reach it, where that is another address: a proxy with a certificate stands before it.
    pub url: Option<PublicUrl>,
}

/// Why the pages cannot be served. Each is one sentence for people.
#[derive(Debug, thiserror::Error)]
pub enum DashboardsError {
    /// The address can be reached from elsewhere, and nobody would have to sign in.
    #[error(
        "the pages cannot be reached from elsewhere ({0}) as long as nobody has to sign in: add the first person with \
         `hypocaust person add NAME --role administrator`, or use a loopback address such as 127.0.0.1 without url"
    )]
    NobodySignsIn(String),
    /// Another program listens there.
    #[error("the pages cannot listen on {0}: the port is taken, perhaps by another instance")]
    Taken(SocketAddr),
    /// The operating system refuses.
    #[error("the pages cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The broker's address does not read.
    #[error("the pages cannot reach the broker: {0}")]
    Link(#[from] link::LinkError),
}

/// Whether a figure only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureKind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// One number for `/metrics`.
#[derive(Debug, Clone)]
pub struct Figure {
    /// Its name by Prometheus' grammar, unit last.
    pub name: Cow<'static, str>,
    /// What it means, in one line.
    pub help: &'static str,
    /// Counter or gauge.
    pub kind: FigureKind,
    /// What tells figures of one name apart.
    pub labels: Vec<(&'static str, String)>,
    /// The number.
    pub value: f64,
}

/// The state of one part for `/healthz`.
#[derive(Debug, Clone)]
pub struct PartHealth {
    /// Which part.
    pub part: &'static str,
    /// Whether it does its work.
    pub ok: bool,
    /// In a few words, for people.
    pub detail: String,
}

/// What the pages say of a demonstration building: each a sentence in the visitor's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemonstrationNote {
    /// The weather was measured by real instruments.
    RecordedWeather,
    /// How people come and go was recorded in real rooms.
    RecordedOccupancy,
    /// Rooms, walls and windows are simulated.
    SimulatedRooms,
    /// Heaters are simulated.
    SimulatedHeaters,
    /// The work that the heaters run is simulated.
    SimulatedWork,
}

/// That this is a demonstration, and what in it is real.
#[derive(Debug, Clone, Default)]
pub struct Demonstration {
    /// What to say, in order.
    pub notes: Vec<DemonstrationNote>,
}

/// The time, as the pages know it.
pub type ClockFn = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// The figures of all parts, asked for at each visit of `/metrics`.
pub type FiguresFn = Arc<dyn Fn() -> Vec<Figure> + Send + Sync>;
/// The state of all parts, asked for at each visit of `/healthz`.
pub type HealthFn = Arc<dyn Fn() -> Vec<PartHealth> + Send + Sync>;

/// What the pages need.
pub struct Parts {
    /// The building's book.
    pub registry: Registry,
    /// History.
    pub store: Store,
    /// How to reach the broker, with a service credential. The subscriptions are set here.
    pub link: link::Settings,
    /// The time.
    pub clock: ClockFn,
    /// Figures of all parts.
    pub figures: FiguresFn,
    /// State of all parts.
    pub health: HealthFn,
    /// How the program was set up.
    pub installation: Installation,
    /// Set where the building is a demonstration.
    pub demonstration: Option<Demonstration>,
}

/// A server that has its port and does not serve yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    url: Option<PublicUrl>,
}

/// Takes the port. `has_people` says whether there is a person in the book, so that everybody has to sign in.
///
/// # Errors
/// [`DashboardsError`] when others could reach the pages and nobody would have to sign in, or the address is taken or
/// refused.
pub async fn bind(settings: &Settings, has_people: bool) -> Result<Server, DashboardsError> {
    let address = settings.listen;
    let is_exposed = !address.ip().is_loopback();
    let reached_at =
        settings.url.as_ref().map(ToString::to_string).or(is_exposed.then(|| address.to_string()));
    if let Some(reached_at) = reached_at.filter(|_| !has_people) {
        return Err(DashboardsError::NobodySignsIn(reached_at));
    }
    if is_exposed && settings.url.is_none() {
        tracing::warn!(
            %address,
            "passwords and sessions travel over plain http: put a proxy with a certificate before this address, name it \
             as `url` under [http], and listen on 127.0.0.1"
        );
    }
    let listener = TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => DashboardsError::Taken(address),
        _ => DashboardsError::Listen { address, source },
    })?;
    let address = listener.local_addr().map_err(|source| DashboardsError::Listen { address, source })?;
    Ok(Server { listener, address, url: settings.url.clone() })
}

impl Server {
    /// Where it listens, with the real port.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Listens to the broker and serves until `shutdown` becomes true. Open streams are then ended.
    ///
    /// # Errors
    /// [`DashboardsError::Link`] when the broker's address does not read.
    pub async fn run(self, parts: Parts, shutdown: watch::Receiver<bool>) -> Result<(), DashboardsError> {
        let front = front::Front::new(self.address, self.url.clone());
        let (app, link) = app::App::new(parts, front, shutdown.clone());
        let warming = app.registry.clone();
        // Takes as long as one sign-in; nothing waits for it.
        drop(tokio::task::spawn_blocking(move || warming.warm_up_sign_in()));
        let link = listen::open(link)?;
        let listening = tokio::spawn(listen::run(app.clone(), link, shutdown.clone()));
        let has_proxy = app.front.url.is_some();
        let limits = accept::Limits::default();
        let put_out = app.put_out.clone();
        accept::serve(self.listener, router::router(app), limits, has_proxy, put_out, shutdown).await;
        // The listener ends within the two seconds that closing a link may take; a panic in it was logged.
        let _ = listening.await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refusal(listen: &str, url: Option<&str>, has_people: bool) -> String {
        let url = url.map(|url| PublicUrl::parse(url).unwrap());
        let settings = Settings { listen: listen.parse().unwrap(), url };
        bind(&settings, has_people).await.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[tokio::test]
    async fn where_others_can_reach_it_somebody_has_to_sign_in() {
        let url = Some("https://hypocaust.example");
        for (listen, url) in [("0.0.0.0:0", None), ("[::]:0", None), ("127.0.0.1:0", url)] {
            assert!(refusal(listen, url, false).await.contains("hypocaust person add"), "{listen}");
            assert_eq!(refusal(listen, url, true).await, "", "{listen}");
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_said_in_one_sentence() {
        let settings = Settings { listen: "127.0.0.1:0".parse().unwrap(), url: None };
        let first = bind(&settings, false).await.unwrap();
        assert!(refusal(&first.local_addr().to_string(), None, false).await.contains("taken"));
    }
}
