//! What travels over the store's socket: questions and answers, each a length (four bytes, little-endian) and postcard.
//! Both ends come with the same program, so the form carries no version; what cannot be read ends the connection.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vocabulary::{Metric, SiteId, Timestamp};

use crate::days::backup::BackupSummary;
use crate::error::StoreError;
use crate::question::{Bin, Group, GroupBy, Health, LastValue, Place, Point, Selector};
use crate::socket::points;

/// No message is longer.
pub(crate) const MAX_FRAME_BYTES: usize = 8 << 20;
/// A question is answered within this time, or not.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);
/// A backup may take longer: years of history are copied to a slow disk.
pub(crate) const BACKUP_TIMEOUT: Duration = Duration::from_secs(6 * 3_600);

/// A question to the process that holds the history.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Question {
    Last(SiteId, Place, Option<Metric>),
    Range { selector: Selector, from: Timestamp, to: Timestamp, limit: u64 },
    Aggregate { selector: Selector, from: Timestamp, to: Timestamp, step_ms: i64 },
    Grouped { selector: Selector, by: GroupBy, from: Timestamp, to: Timestamp, step_ms: i64 },
    Health,
    Backup(PathBuf),
}

/// Its answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Last(Vec<LastValue>),
    Range(#[serde(with = "points")] Vec<Point>),
    Aggregate(Vec<Bin>),
    Grouped(Vec<(Group, Vec<Bin>)>),
    Health(Health),
    Backup(BackupSummary),
    Refused(StoreError),
}

/// The bytes of a message; `None` when it is too long to send.
pub(crate) fn encode(message: &impl Serialize) -> Option<Vec<u8>> {
    let bytes = postcard::to_extend(message, vec![0; 4]).ok()?;
    let length = bytes.len() - 4;
    if length > MAX_FRAME_BYTES {
        return None;
    }
    let mut bytes = bytes;
    bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Some(bytes)
}

/// Sends a message within the time limit.
pub(crate) fn send(mut stream: &UnixStream, frame: &[u8]) -> io::Result<()> {
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(frame)
}

/// Receives a message whose first byte has to come within `patience` (or ever), and the rest by the time limit.
pub(crate) fn receive<T: DeserializeOwned>(stream: &UnixStream, patience: Option<Duration>) -> io::Result<T> {
    let mut length = [0; 4];
    stream.set_read_timeout(patience)?;
    let mut reader = stream;
    reader.read_exact(&mut length[..1])?;
    let deadline = Instant::now() + TIMEOUT;
    read_by(stream, &mut length[1..], deadline)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_FRAME_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a message longer than 8 MiB"));
    }
    let mut bytes = Vec::new();
    while bytes.len() < length {
        // Memory grows with what really arrives, not with what the length promises.
        let before = bytes.len();
        bytes.resize(length.min(before + (64 << 10)), 0);
        read_by(stream, &mut bytes[before..], deadline)?;
    }
    postcard::from_bytes(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Fills `out` before the deadline.
fn read_by(mut stream: &UnixStream, mut out: &mut [u8], deadline: Instant) -> io::Result<()> {
    while !out.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(out) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => out = &mut out[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
