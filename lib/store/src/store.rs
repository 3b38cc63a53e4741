//! `Store`: one door, whether the history lies in this process or in another on the same machine.

use std::path::Path;
use std::sync::Arc;

use vocabulary::{Metric, SiteId, Timestamp};

use crate::arrival::{Arrival, Receipt};
use crate::days::backup::BackupSummary;
use crate::days::embedded::Embedded;
use crate::days::maintenance::Maintenance;
use crate::days::retention::Retention;
use crate::erasure::Erasure;
use crate::error::StoreError;
use crate::influx::{self, Influx, InfluxSettings};
use crate::question::{Bin, Group, GroupBy, Health, LastValue, Place, Point, Selector};
use crate::socket::client::Client;
use crate::socket::frame::Question;
use crate::socket::server::SocketServer;

/// History. Cloning gives another handle on the same store.
#[derive(Debug, Clone)]
pub struct Store(Home);

#[derive(Debug, Clone)]
enum Home {
    Here(Arc<Embedded>),
    Influx(Arc<Influx>),
    Elsewhere(Arc<Client>),
}

impl Store {
    /// Opens the history in `folder` (`data/history`), or begins a new one there. What an older program wrote is
    /// brought to the form of today first.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when another instance uses the folder, [`StoreError::Newer`] when a newer program wrote
    /// it, [`StoreError::Unreadable`] when the folder cannot be used, [`StoreError::Disk`] when the disk fails.
    pub fn open(folder: &Path, retention: Retention) -> Result<Self, StoreError> {
        Embedded::open(folder, retention).map(|embedded| Self(Home::Here(Arc::new(embedded))))
    }

    /// Opens the history that is kept in InfluxDB 2. What is written is durable in a log in `folder` first and
    /// forwarded from there by a thread of its own, until the last handle on the store is dropped. InfluxDB need not
    /// answer now; the bucket is made when it is absent and the token may.
    ///
    /// # Errors
    /// As [`Store::open`], and [`StoreError::Influx`] for settings that cannot be.
    pub fn open_influx(folder: &Path, settings: &InfluxSettings) -> Result<Self, StoreError> {
        Influx::open(folder, settings).map(|influx| Self(Home::Influx(Arc::new(influx))))
    }

    /// Looks whether InfluxDB answers, takes the token, and lets it write to the bucket and read from it. Returns a
    /// sentence that says so. Nothing is changed anywhere.
    ///
    /// # Errors
    /// [`StoreError::Influx`] with what is wrong and the remedy.
    pub fn check_influx(settings: &InfluxSettings) -> Result<String, StoreError> {
        influx::check(settings)
    }

    /// The history that another process serves at `socket` (`data/history/store.sock`). It can be asked, not written.
    /// A connection is made for the first question and again whenever it is lost, so the other process may start later.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] when `socket` cannot be the path of a socket.
    pub fn connect(socket: &Path) -> Result<Self, StoreError> {
        Client::new(socket).map(|client| Self(Home::Elsewhere(Arc::new(client))))
    }

    /// Answers questions at `store.sock` in the store's folder, for other processes of the same user, until the
    /// server is dropped. A socket file left behind by a killed process is replaced.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] on a connected store, [`StoreError::Unreachable`] when the socket cannot be made.
    pub fn serve_socket(&self) -> Result<SocketServer, StoreError> {
        match &self.0 {
            Home::Here(embedded) => SocketServer::start(self.clone(), embedded.journal.folder()),
            Home::Influx(influx) => SocketServer::start(self.clone(), influx.folder()),
            Home::Elsewhere(_) => Err(StoreError::NotOwner),
        }
    }

    /// Stores a batch and returns when it is durable, with a receipt for each boot it touches, duplicates included,
    /// in the order in which the batch first mentions them. One transaction and one fsync, however large the batch;
    /// none when all of it is duplicates.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`] when the disk is nearly full: nothing of the batch is acknowledged, and the next write
    /// tries again. [`StoreError::Disk`] when the disk fails: nothing of the batch is acknowledged, and every later write is
    /// refused with [`StoreError::Stopped`] while questions are still answered. [`StoreError::NotOwner`] on a
    /// connected store.
    pub fn write(&self, batch: &[Arrival]) -> Result<Vec<Receipt>, StoreError> {
        match &self.0 {
            Home::Here(embedded) => embedded.journal.write(batch),
            Home::Influx(influx) => influx.write(batch),
            Home::Elsewhere(_) => Err(StoreError::NotOwner),
        }
    }

    /// Erases what tells of the people in a room for a time: no question is answered from it any more, it goes off the disk,
    /// and what comes of it later is acknowledged and not stored. Doing it again changes nothing. Where history is
    /// kept in InfluxDB the call to delete follows as soon as InfluxDB answers.
    ///
    /// # Errors
    /// As [`Store::maintain`]. With [`StoreError::NoSpace`] nothing was erased, or no question is answered from it any more and
    /// maintenance takes it off the disk when there is room.
    pub fn erase(&self, erasure: &Erasure, now: Timestamp) -> Result<(), StoreError> {
        match &self.0 {
            Home::Here(embedded) => embedded.erase(erasure, now),
            Home::Influx(influx) => influx.erase(erasure),
            Home::Elsewhere(_) => Err(StoreError::NotOwner),
        }
    }

    /// Does what is due: seals an hour's log into day files, merges and retires day files, tidies up. To be called every
    /// few minutes by the process that writes. Other writes wait only for its short transactions.
    ///
    /// # Errors
    /// As [`Store::write`]. Too little room on the disk is no error here: what needs it is postponed.
    pub fn maintain(&self, now: Timestamp) -> Result<Maintenance, StoreError> {
        match &self.0 {
            Home::Here(embedded) => embedded.maintain(now),
            Home::Influx(influx) => influx.maintain(),
            Home::Elsewhere(_) => Err(StoreError::NotOwner),
        }
    }

    /// The same, sealing whatever is in the log.
    ///
    /// # Errors
    /// As [`Store::maintain`].
    pub fn seal(&self, now: Timestamp) -> Result<Maintenance, StoreError> {
        match &self.0 {
            Home::Here(embedded) => embedded.seal(now),
            Home::Influx(influx) => influx.maintain(),
            Home::Elsewhere(_) => Err(StoreError::NotOwner),
        }
    }

    /// Copies all of history that is on this machine, as it is at one moment, into a folder that is empty or not there yet.
    /// Writes and questions go on meanwhile. Also on a connected store: there the process that holds the history writes the copy.
    ///
    /// # Errors
    /// [`StoreError::Backup`] when the copy cannot be written; what lies in the folder then is no backup.
    pub fn backup(&self, into: &Path) -> Result<BackupSummary, StoreError> {
        match &self.0 {
            Home::Here(embedded) => embedded.backup(into),
            Home::Influx(influx) => influx.backup(into),
            Home::Elsewhere(client) => client.backup(into),
        }
    }

    /// The newest value of one metric of every heater at a place.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`] on a connected store.
    pub fn last(&self, selector: &Selector) -> Result<Vec<LastValue>, StoreError> {
        self.last_values(&selector.site, &selector.place, Some(&selector.metric))
    }

    /// The newest values of all metrics of every heater at a place, from memory.
    ///
    /// # Errors
    /// As [`Store::last`].
    pub fn last_all(&self, site: &SiteId, place: &Place) -> Result<Vec<LastValue>, StoreError> {
        self.last_values(site, place, None)
    }

    pub(crate) fn last_values(
        &self,
        site: &SiteId,
        place: &Place,
        metric: Option<&Metric>,
    ) -> Result<Vec<LastValue>, StoreError> {
        match &self.0 {
            Home::Here(embedded) => Ok(embedded.journal.last(site, place, metric)),
            Home::Influx(influx) => Ok(influx.last(site, place, metric)),
            Home::Elsewhere(client) => {
                client.last(&Question::Last(site.clone(), place.clone(), metric.cloned()))
            }
        }
    }

    /// The earliest `limit` readings from `from` (inclusive) to `to` (exclusive), ascending by time.
    ///
    /// # Errors
    /// [`StoreError::Question`] when `from` lies after `to`, [`StoreError::Disk`] when the log cannot be read,
    /// [`StoreError::Unreachable`] on a connected store.
    pub fn range(
        &self,
        selector: &Selector,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Point>, StoreError> {
        match &self.0 {
            Home::Here(embedded) => embedded.range(selector, from, to, limit),
            Home::Influx(influx) => influx.range(selector, from, to, limit),
            Home::Elsewhere(client) => client.range(selector, from, to, limit),
        }
    }

    /// Minimum, maximum, mean and count of the good values in each step of `step_ms` from `from` (inclusive) to `to`
    /// (exclusive), ascending; steps without any are left out.
    ///
    /// # Errors
    /// As [`Store::range`], and [`StoreError::Question`] for a step of zero or more than [`crate::MAX_BINS`] steps.
    pub fn aggregate(
        &self,
        selector: &Selector,
        from: Timestamp,
        to: Timestamp,
        step_ms: i64,
    ) -> Result<Vec<Bin>, StoreError> {
        match &self.0 {
            Home::Here(embedded) => embedded.aggregate(selector, from, to, step_ms),
            Home::Influx(influx) => influx.aggregate(selector, from, to, step_ms),
            Home::Elsewhere(client) => client.aggregate(selector, from, to, step_ms),
        }
    }

    /// The same for each group, ascending by group; groups without any good value are left out.
    ///
    /// # Errors
    /// As [`Store::aggregate`], and [`StoreError::Question`] when all groups together have too many bins.
    pub fn grouped(
        &self,
        selector: &Selector,
        by: GroupBy,
        from: Timestamp,
        to: Timestamp,
        step_ms: i64,
    ) -> Result<Vec<(Group, Vec<Bin>)>, StoreError> {
        match &self.0 {
            Home::Here(embedded) => embedded.grouped(selector, by, from, to, step_ms),
            Home::Influx(influx) => influx.grouped(selector, by, from, to, step_ms),
            Home::Elsewhere(client) => client.grouped(selector, by, from, to, step_ms),
        }
    }

    /// How history itself is.
    ///
    /// # Errors
    /// [`StoreError::Disk`] when the file cannot be looked at, [`StoreError::Unreachable`] on a connected store.
    pub fn health(&self) -> Result<Health, StoreError> {
        match &self.0 {
            Home::Here(embedded) => embedded.health(),
            Home::Influx(influx) => influx.health(),
            Home::Elsewhere(client) => client.health(),
        }
    }
}
