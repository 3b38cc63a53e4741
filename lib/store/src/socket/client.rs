//! The asking end of the socket. Every call takes an idle connection or makes one, so that questions of several threads
//! do not wait for each other.

use std::io;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vocabulary::Timestamp;

use crate::days::backup::BackupSummary;
use crate::error::{QuestionError, StoreError};
use crate::question::{Bin, Group, GroupBy, Health, LastValue, Point, Selector};
use crate::socket::frame::{self, Answer, Question};

/// Connections kept for the next question.
const MAX_IDLE: usize = 8;

/// A client of one socket.
#[derive(Debug)]
pub(crate) struct Client {
    socket: PathBuf,
    idle: Mutex<Vec<UnixStream>>,
}

/// Unpacks the answer that fits the question.
macro_rules! ask {
    ($client:expr, $question:expr, $answer:path) => {
        match $client.ask($question)? {
            $answer(answer) => Ok(answer),
            Answer::Refused(error) => Err(error),
            _ => Err($client.unreachable(&"it answered another question")),
        }
    };
}

impl Client {
    pub(crate) fn new(socket: &Path) -> Result<Self, StoreError> {
        let client = Self { socket: socket.to_owned(), idle: Mutex::default() };
        match SocketAddr::from_pathname(socket) {
            Ok(_) => Ok(client),
            Err(error) => Err(client.unreachable(&error)),
        }
    }

    pub(crate) fn last(&self, question: &Question) -> Result<Vec<LastValue>, StoreError> {
        ask!(self, question, Answer::Last)
    }

    pub(crate) fn range(
        &self,
        selector: &Selector,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Point>, StoreError> {
        let limit = limit as u64;
        ask!(self, &Question::Range { selector: selector.clone(), from, to, limit }, Answer::Range)
    }

    pub(crate) fn aggregate(
        &self,
        selector: &Selector,
        from: Timestamp,
        to: Timestamp,
        step_ms: i64,
    ) -> Result<Vec<Bin>, StoreError> {
        ask!(self, &Question::Aggregate { selector: selector.clone(), from, to, step_ms }, Answer::Aggregate)
    }

    pub(crate) fn grouped(
        &self,
        selector: &Selector,
        by: GroupBy,
        from: Timestamp,
        to: Timestamp,
        step_ms: i64,
    ) -> Result<Vec<(Group, Vec<Bin>)>, StoreError> {
        ask!(self, &Question::Grouped { selector: selector.clone(), by, from, to, step_ms }, Answer::Grouped)
    }

    pub(crate) fn health(&self) -> Result<Health, StoreError> {
        ask!(self, &Question::Health, Answer::Health)
    }

    /// The other process makes the backup, where it sees the folder.
    pub(crate) fn backup(&self, into: &Path) -> Result<BackupSummary, StoreError> {
        let into = std::path::absolute(into).map_err(|error| self.unreachable(&error))?;
        ask!(self, &Question::Backup(into), Answer::Backup)
    }

    /// Asks over an idle connection; when that was lost meanwhile, over a new one.
    fn ask(&self, question: &Question) -> Result<Answer, StoreError> {
        let frame = frame::encode(question).ok_or(QuestionError::TooLarge)?;
        let patience =
            if matches!(question, Question::Backup(_)) { frame::BACKUP_TIMEOUT } else { frame::TIMEOUT };
        let idle = self.idle().pop();
        if let Some(stream) = idle {
            match self.exchange(stream, &frame, patience) {
                Err(error) if is_lost(&error) => self.idle().clear(),
                outcome => return outcome.map_err(|error| self.unreachable(&error)),
            }
        }
        UnixStream::connect(&self.socket)
            .and_then(|stream| self.exchange(stream, &frame, patience))
            .map_err(|error| self.unreachable(&error))
    }

    fn exchange(&self, stream: UnixStream, frame: &[u8], patience: Duration) -> io::Result<Answer> {
        frame::send(&stream, frame)?;
        let answer = frame::receive(&stream, Some(patience))?;
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE {
            idle.push(stream);
        }
        Ok(answer)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<UnixStream>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unreachable(&self, reason: &impl ToString) -> StoreError {
        let reason = reason.to_string();
        StoreError::Unreachable { socket: self.socket.display().to_string(), reason }
    }
}

/// Whether the other end has gone, as it does when it is started again. A time-out is no loss: it is not tried twice.
fn is_lost(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionReset, NotConnected, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionReset | NotConnected | UnexpectedEof)
}
