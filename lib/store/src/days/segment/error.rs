//! Why a day file cannot be opened.

use std::io;

/// Why a day file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SegmentError {
    /// The disk did not give the bytes.
    #[error("the file cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The file was written by a newer program.
    #[error("the file has format {found}, but this program reads at most {known}")]
    Newer { found: u8, known: u8 },
    /// The bytes are not what was written: nothing in the file can be found any more.
    #[error("the file is damaged: {0}")]
    Damaged(&'static str),
}
