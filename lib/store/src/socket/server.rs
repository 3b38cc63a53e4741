//! The answering end of the socket: one thread accepts, one thread per connection answers.

use std::fs;
use std::io;
use std::net::Shutdown;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::error::{QuestionError, StoreError};
use crate::socket::frame::{self, Answer, Question};
use crate::store::Store;

/// The socket's name in the store's folder.
const SOCKET: &str = "store.sock";
/// More connections are turned away: the processes of one machine need a few each.
const MAX_CONNECTIONS: usize = 64;
/// After an accept that failed (too many open files, mostly).
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Answers questions over the socket until it is dropped.
#[derive(Debug)]
pub struct SocketServer {
    socket: PathBuf,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    store: Store,
    stopping: AtomicBool,
    connections: Mutex<Vec<Connection>>,
}

/// A connection being answered: another handle on it, to end it when the server stops.
#[derive(Debug)]
struct Connection {
    stream: UnixStream,
    thread: JoinHandle<()>,
}

impl SocketServer {
    /// Answers for `store`, whose folder this is.
    pub(crate) fn start(store: Store, folder: &Path) -> Result<Self, StoreError> {
        let socket = folder.join(SOCKET);
        let failed = |error: io::Error| StoreError::Unreachable {
            socket: socket.display().to_string(),
            reason: error.to_string(),
        };
        let listener = listen(folder, &socket).map_err(failed)?;
        let shared =
            Arc::new(Shared { store, stopping: AtomicBool::new(false), connections: Mutex::default() });
        let of_thread = Arc::clone(&shared);
        let acceptor = thread::Builder::new()
            .name("store-socket".to_owned())
            .spawn(move || accept(&listener, &of_thread))
            .map_err(failed)?;
        Ok(Self { socket, shared, acceptor: Some(acceptor) })
    }

    /// Where it answers.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.socket
    }
}

impl Drop for SocketServer {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Release);
        // A connection of our own wakes the acceptor; without it the thread would not notice, and is left behind.
        let woken = UnixStream::connect(&self.socket).is_ok();
        // Absent when someone removed it; nothing depends on it any more.
        let _ = fs::remove_file(&self.socket);
        if let Some(acceptor) = self.acceptor.take().filter(|_| woken) {
            let _ = acceptor.join();
        }
        let connections = std::mem::take(&mut *self.shared.connections());
        for Connection { stream, thread } in connections {
            let _ = stream.shutdown(Shutdown::Both);
            let _ = thread.join();
        }
    }
}

/// Listens at `socket`, for this user only. The socket is made in a folder of its own that nobody else can enter and then
/// moved, so that it never has wider rights, and replaces one that a killed process left.
fn listen(folder: &Path, socket: &Path) -> io::Result<UnixListener> {
    let private = folder.join(".sock");
    let _ = fs::remove_dir_all(&private);
    fs::DirBuilder::new().mode(0o700).create(&private)?;
    let made = private.join("s");
    let listener = UnixListener::bind(&made)?;
    fs::set_permissions(&made, fs::Permissions::from_mode(0o600))?;
    fs::rename(&made, socket)?;
    fs::remove_dir(&private)?;
    Ok(listener)
}

fn accept(listener: &UnixListener, shared: &Arc<Shared>) {
    for connection in listener.incoming() {
        if shared.stopping.load(Ordering::Acquire) {
            return;
        }
        if let Err(error) = connection.and_then(|stream| shared.serve(stream)) {
            tracing::warn!(%error, "a connection to the history's socket was not accepted");
            thread::sleep(PAUSE_AFTER_FAILURE);
        }
    }
}

impl Shared {
    /// Answers one connection in a thread of its own, until it ends.
    fn serve(self: &Arc<Self>, stream: UnixStream) -> io::Result<()> {
        let mut connections = self.connections();
        connections.retain(|connection| !connection.thread.is_finished());
        if connections.len() >= MAX_CONNECTIONS {
            return Err(io::Error::other("too many connections"));
        }
        let handle = stream.try_clone()?;
        let shared = Arc::clone(self);
        let thread = thread::Builder::new().name("store-answer".to_owned()).spawn(move || {
            shared.answer_all(&stream);
            let _ = stream.shutdown(Shutdown::Both);
        })?;
        connections.push(Connection { stream: handle, thread });
        Ok(())
    }

    fn answer_all(&self, stream: &UnixStream) {
        while let Ok(question) = frame::receive::<Question>(stream, None) {
            let answer = frame::encode(&self.store.answer(question)).unwrap_or_else(|| {
                frame::encode(&Answer::Refused(QuestionError::TooLarge.into()))
                    .expect("a refusal is shorter than a message may be")
            });
            if frame::send(stream, &answer).is_err() {
                return;
            }
        }
    }

    fn connections(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    fn answer(&self, question: Question) -> Answer {
        let answer = match question {
            Question::Last(site, place, metric) => {
                self.last_values(&site, &place, metric.as_ref()).map(Answer::Last)
            }
            Question::Range { selector, from, to, limit } => {
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                self.range(&selector, from, to, limit).map(Answer::Range)
            }
            Question::Aggregate { selector, from, to, step_ms } => {
                self.aggregate(&selector, from, to, step_ms).map(Answer::Aggregate)
            }
            Question::Grouped { selector, by, from, to, step_ms } => {
                self.grouped(&selector, by, from, to, step_ms).map(Answer::Grouped)
            }
            Question::Health => self.health().map(Answer::Health),
            Question::Backup(into) => self.backup(&into).map(Answer::Backup),
        };
        answer.unwrap_or_else(Answer::Refused)
    }
}
