//! What can go wrong at the door to history, and what the caller can do about it.

use serde::{Deserialize, Serialize};

/// Why the store did not do as asked. It travels over the socket as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum StoreError {
    /// Another process (or another part of this one) holds the folder: stop it, or choose another folder.
    #[error("another instance already uses the data folder {0}")]
    Locked(String),
    /// The folder was written by a newer program: use that one.
    #[error(
        "the history in {folder} has format {found}, but this program reads at most {known}: use a newer program"
    )]
    Newer {
        /// The folder that was opened.
        folder: String,
        /// The format found there.
        found: u64,
        /// The newest format this program reads.
        known: u64,
    },
    /// What lies in the folder is no history that can be read: restore it from a backup.
    #[error("the history in {folder} cannot be read: {reason}")]
    Unreadable {
        /// The folder that was opened.
        folder: String,
        /// What was found.
        reason: String,
    },
    /// The disk failed. What was being written is not acknowledged; the store writes no more and still answers.
    /// The process should end, and must not try again to save the same batch.
    #[error("the disk failed while history was written or read: {0}")]
    Disk(String),
    /// The disk is nearly full. Nothing was written or acknowledged; questions are answered, and the next write tries again.
    #[error("history is not written: {free} bytes are free on its disk and {needed} are needed")]
    NoSpace {
        /// Bytes free on the disk of the data folder.
        free: u64,
        /// Bytes that must be free.
        needed: u64,
    },
    /// An earlier write failed, so this one was not begun.
    #[error("history is not written since the disk failed: {0}")]
    Stopped(String),
    /// A backup cannot be made, is torn or changed, or cannot be restored there.
    #[error("{file}: {reason}")]
    Backup {
        /// The file or folder in question.
        file: String,
        /// What is the matter with it.
        reason: String,
    },
    /// A connected store only asks: the process that holds the folder writes.
    #[error("only the process that holds the history writes to it")]
    NotOwner,
    /// The question makes no sense: ask another.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// InfluxDB cannot be asked just now, or not as it is configured. What is written waits in the log all the same.
    #[error("InfluxDB at {url}: {reason}")]
    Influx {
        /// Where it was tried.
        url: String,
        /// What happened, and the remedy where one is known.
        reason: String,
    },
    /// The process that holds the history does not answer: try again later.
    #[error("the history does not answer at {socket}: {reason}")]
    Unreachable {
        /// The socket that was tried.
        socket: String,
        /// What happened.
        reason: String,
    },
}

/// Why a question cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum QuestionError {
    /// `from` lies after `to`.
    #[error("the time asked for ends before it begins")]
    Backwards,
    /// A step of nothing, or less.
    #[error("the step must be at least one millisecond")]
    Step,
    /// More bins than [`crate::MAX_BINS`]: take a longer step or a shorter time.
    #[error("the time asked for has more than {max} steps: take a longer step or a shorter time")]
    TooManyBins {
        /// The most that are given.
        max: u64,
    },
    /// The answer does not fit into one message: ask for less.
    #[error("the answer is too large: ask for less")]
    TooLarge,
}
