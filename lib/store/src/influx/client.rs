//! The wire to InfluxDB 2: the library `influxdb2`, with time-outs, with a validated address, and where its panics
//! are errors.
//!
//! Everything runs on one thread of its own; callers wait for it, from whatever thread they like.

use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use influxdb2::api::buckets::ListBucketsRequest;
use influxdb2::api::organization::ListOrganizationRequest;
use influxdb2::api::query::FluxRecord;
use influxdb2::api::write::TimestampPrecision;
use influxdb2::models::{PostBucketRequest, Query};
use influxdb2::{ClientBuilder, RequestError};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use tokio::runtime::{Builder, Runtime};

use crate::influx::flux;
use crate::influx::outcome::{self, Answer, Outcome, Trouble};
use crate::influx::row::Row;
use crate::influx::settings::InfluxSettings;

/// How long to wait for InfluxDB.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For a connection.
    pub(crate) connect: Duration,
    /// For all of a request, its answer included.
    pub(crate) total: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(30) }
    }
}

/// A client of one bucket.
#[derive(Debug)]
pub(crate) struct Client {
    settings: InfluxSettings,
    influx: influxdb2::Client,
    http: reqwest::Client,
    /// Taken when the client is closed.
    runtime: Mutex<Option<Runtime>>,
}

/// Why a request other than a write did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failed {
    /// The status of the answer, where there was one.
    pub(crate) status: Option<u16>,
    pub(crate) reason: String,
}

impl Client {
    /// A client; nothing is connected before the first request.
    pub(crate) fn new(settings: &InfluxSettings, patience: Patience) -> Result<Self, String> {
        settings.check().map_err(|bad| bad.to_string())?;
        let http = || {
            reqwest::ClientBuilder::new()
                .connect_timeout(patience.connect)
                .timeout(patience.total)
                // A redirected write would arrive as a question.
                .redirect(reqwest::redirect::Policy::none())
                .user_agent("hypocaust")
        };
        let words = |error: &dyn std::error::Error| format!("the client cannot be made: {error}");
        let InfluxSettings { url, org, token, .. } = settings;
        let influx = ClientBuilder::with_builder(http(), url, org, token).build();
        // One worker: a thread that does nothing but wait for InfluxDB.
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("influx-wire").enable_all().build();
        Ok(Self {
            settings: settings.clone(),
            influx: influx.map_err(|error| words(&error))?,
            http: http().build().map_err(|error| words(&error))?,
            runtime: Mutex::new(Some(runtime.map_err(|error| words(&error))?)),
        })
    }

    pub(crate) const fn settings(&self) -> &InfluxSettings {
        &self.settings
    }

    /// Sends lines and waits for what becomes of them.
    pub(crate) fn write(&self, lines: &str) -> Outcome {
        let (influx, settings, lines) = (self.influx.clone(), self.settings.clone(), lines.to_owned());
        let written = self.wait(async move {
            let InfluxSettings { org, bucket, .. } = &settings;
            let precision = TimestampPrecision::Nanoseconds;
            influx.write_line_protocol_with_precision(org, bucket, lines, precision).await
        });
        match written {
            Ok(Ok(())) => Outcome::Stored,
            Ok(Err(RequestError::Http { status, text })) => {
                outcome::of_write(&Answer { status: status.as_u16(), retry_after: None, text: &text })
            }
            Ok(Err(error)) => away(chain(&error)),
            Err(reason) => away(reason),
        }
    }

    /// The same without the library, which keeps the headers of an answer to itself: for lines that were answered
    /// with "too busy", to hear for how long.
    pub(crate) fn write_to_the_busy(&self, lines: &str) -> Outcome {
        let InfluxSettings { url, org, bucket, token } = &self.settings;
        let request = self
            .http
            .post(format!("{}/api/v2/write", url.trim_end_matches('/')))
            .header(AUTHORIZATION, format!("Token {token}"))
            .query(&[("org", org.as_str()), ("bucket", bucket.as_str()), ("precision", "ns")])
            .body(lines.to_owned());
        let answered = self.wait(async move {
            let answer = request.send().await?;
            let header = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let (status, header) = (answer.status().as_u16(), header.map(str::to_owned));
            Ok::<_, reqwest::Error>((status, header, answer.text().await?))
        });
        match answered {
            Ok(Ok((status, header, text))) => {
                outcome::of_write(&Answer { status, retry_after: header.as_deref(), text: &text })
            }
            Ok(Err(error)) => away(chain(&error)),
            Err(reason) => away(reason),
        }
    }

    /// Deletes what has these tags between two times.
    pub(crate) fn delete(&self, start: &str, stop: &str, predicate: &str) -> Result<(), Failed> {
        let InfluxSettings { url, org, bucket, token } = &self.settings;
        let body = serde_json::json!({ "start": start, "stop": stop, "predicate": predicate });
        let request = self
            .http
            .post(format!("{}/api/v2/delete", url.trim_end_matches('/')))
            .header(AUTHORIZATION, format!("Token {token}"))
            .header(CONTENT_TYPE, "application/json")
            .query(&[("org", org.as_str()), ("bucket", bucket.as_str())])
            .body(body.to_string());
        let answered = self.wait(async move {
            let answer = request.send().await?;
            Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
        });
        match answered {
            Ok(Ok((status, _))) if status.is_success() => Ok(()),
            Ok(Ok((status, text))) => {
                let words = outcome::message(&text).unwrap_or_else(|| outcome::shortened(&text));
                Err(Failed { status: Some(status.as_u16()), reason: format!("{}: {words}", status.as_u16()) })
            }
            Ok(Err(error)) => Err(Failed { status: None, reason: chain(&error) }),
            Err(reason) => Err(Failed { status: None, reason }),
        }
    }

    /// Asks a question in Flux.
    pub(crate) fn ask(&self, flux: String) -> Result<Vec<Row>, Failed> {
        let rows = self.query(flux, |records| records.iter().map(Row::of).collect::<Option<Vec<Row>>>())?;
        rows.ok_or_else(|| Failed {
            status: None,
            reason: "the answer has other columns than asked for".to_owned(),
        })
    }

    /// Whether the token may read from the bucket.
    pub(crate) fn try_to_read(&self) -> Result<(), Failed> {
        self.query(flux::probe(&self.settings.bucket), |_| ())
    }

    /// The rows of an answer are made smaller where they arrive: each is a map of texts.
    fn query<T: Send + 'static>(
        &self,
        flux: String,
        shrink: impl FnOnce(&[FluxRecord]) -> T + Send + 'static,
    ) -> Result<T, Failed> {
        let influx = self.influx.clone();
        self.request(async move { Ok(shrink(&influx.query_raw(Some(Query::new(flux))).await?)) })
    }

    /// What answers at the address: its name and version.
    pub(crate) fn greet(&self) -> Result<String, Failed> {
        let influx = self.influx.clone();
        let health = self.request(async move { influx.health().await })?;
        if health.status != influxdb2::models::Status::Pass {
            let reason = health.message.unwrap_or_else(|| "it says it is not well".to_owned());
            return Err(Failed { status: None, reason });
        }
        Ok(format!("{} {}", health.name, health.version.unwrap_or_default()).trim().to_owned())
    }

    /// Makes the bucket, unless it is there; says whether it did. Points are kept for ever in it.
    pub(crate) fn make_bucket(&self) -> Result<bool, Failed> {
        let (influx, org, bucket) =
            (self.influx.clone(), self.settings.org.clone(), self.settings.bucket.clone());
        let made = self.request(async move {
            let named = ListOrganizationRequest { org: Some(org), ..ListOrganizationRequest::new() };
            let orgs = influx.list_organizations(named).await?.orgs;
            let Some(id) = orgs.into_iter().find_map(|org| org.id) else { return Ok(None) };
            let same = ListBucketsRequest {
                name: Some(bucket.clone()),
                org_id: Some(id.clone()),
                ..Default::default()
            };
            let is_absent = influx.list_buckets(Some(same)).await?.buckets.is_empty();
            if is_absent {
                influx.create_bucket(Some(PostBucketRequest::new(id, bucket))).await?;
            }
            Ok(Some(is_absent))
        })?;
        made.ok_or_else(|| Failed {
            status: None,
            reason: format!("there is no organisation {}, or the token may not see it", self.settings.org),
        })
    }

    /// Gives up whatever is under way, and everything after.
    pub(crate) fn close(&self) {
        if let Some(runtime) = self.runtime().take() {
            // Waiting for its thread is not allowed where other tasks run, and there is nothing to wait for.
            runtime.shutdown_background();
        }
    }

    fn runtime(&self) -> MutexGuard<'_, Option<Runtime>> {
        self.runtime.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request<T: Send + 'static>(
        &self,
        request: impl Future<Output = Result<T, RequestError>> + Send + 'static,
    ) -> Result<T, Failed> {
        match self.wait(request) {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(RequestError::Http { status, text })) => {
                let words = outcome::message(&text).unwrap_or_else(|| outcome::shortened(&text));
                Err(Failed { status: Some(status.as_u16()), reason: format!("{}: {words}", status.as_u16()) })
            }
            Ok(Err(error)) => Err(Failed { status: None, reason: chain(&error) }),
            Err(reason) => Err(Failed { status: None, reason }),
        }
    }

    /// Runs a request as a task and waits for it; a panic in it ends that task alone.
    fn wait<T: Send + 'static>(
        &self,
        request: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, String> {
        let (done, outcome) = mpsc::sync_channel(1);
        let waited = async move {
            let outcome = tokio::spawn(request).await;
            // Nobody waits any more only when the caller's thread is gone.
            let _ = done.send(outcome);
        };
        match &*self.runtime() {
            Some(runtime) => drop(runtime.spawn(waited)),
            None => drop(waited),
        }
        match outcome.recv() {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err("the connection was lost within an answer, or the answer is none".to_owned()),
            Err(_) => Err("the wire was closed".to_owned()),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.close();
    }
}

fn away(reason: String) -> Outcome {
    Outcome::Later { trouble: Trouble::Away, retry_after: None, reason }
}

/// An error with everything behind it: the last link says what happened.
fn chain(error: &dyn std::error::Error) -> String {
    let links = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string);
    let mut words: Vec<String> = Vec::new();
    for link in links {
        if words.last().is_none_or(|before| !before.contains(&link)) {
            words.push(link);
        }
    }
    outcome::shortened(&words.join(": "))
}
