//! What day files and roll-ups have in common: a header, blocks under checksums, a directory and a footer.
//!
//! ```text
//!   header, 28 bytes    magic (7), version 1 (1), class (16, filled up with zeros), crc32 of these (4)
//!   blocks              whoever names a block knows where it lies, its length and its crc32
//!   directory           entries of a fixed length
//!   footer, 56 bytes    directory: offset (8), length (4), crc32 (4); heaters (4), rows (8), cells (8),
//!                       ts_min (8), ts_max (8); crc32 of these (4)
//! ```
//! Fixed numbers are little-endian. No byte of a file is outside a checksum.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::days::segment::SegmentError;
use crate::form::bytes::Damaged;

/// The version written and the newest one read.
const VERSION: u8 = 1;
const MAGIC_BYTES: usize = 7;
const MAX_CLASS_BYTES: usize = 16;
const HEADER_BYTES: usize = MAGIC_BYTES + 1 + MAX_CLASS_BYTES + CRC_BYTES;
const FOOTER_BYTES: usize = 56;
const CRC_BYTES: usize = 4;

/// What kind of file it is.
pub(crate) type Magic = &'static [u8; MAGIC_BYTES];

/// What a finished file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Length of the file.
    pub(crate) bytes: u64,
    /// Rows of one time and origin; of a roll-up the hours of its series.
    pub(crate) rows: u64,
    /// Measurements; of a roll-up the good ones counted in it.
    pub(crate) cells: u64,
    /// First time in it, of a roll-up the begin of the first hour; `i64::MAX` when it is empty.
    pub(crate) ts_min: i64,
    /// Last time in it, of a roll-up the begin of the last hour; `i64::MIN` when it is empty.
    pub(crate) ts_max: i64,
    pub(crate) heaters: u32,
}

impl Summary {
    pub(crate) const EMPTY: Self =
        Self { bytes: 0, rows: 0, cells: 0, ts_min: i64::MAX, ts_max: i64::MIN, heaters: 0 };
}

/// Where some bytes of a file lie and what they must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) offset: u64,
    pub(crate) length: u32,
    pub(crate) crc: u32,
}

/// A file being written.
#[derive(Debug)]
pub(crate) struct FileWriter {
    file: BufWriter<File>,
    at: u64,
}

impl FileWriter {
    /// Begins a file at this very path, over whatever lies there.
    ///
    /// # Errors
    /// Those of the disk, and `InvalidInput` for a class of more than 16 bytes.
    pub(crate) fn create(path: &Path, magic: Magic, class: &str) -> io::Result<Self> {
        if class.len() > MAX_CLASS_BYTES {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the name of a class has at most 16 bytes",
            ));
        }
        let mut header = [magic.as_slice(), &[VERSION], class.as_bytes()].concat();
        header.resize(HEADER_BYTES - CRC_BYTES, 0);
        let mut writer = Self { file: BufWriter::new(File::create(path)?), at: 0 };
        writer.append_sealed(header)?;
        Ok(writer)
    }

    /// Adds a block at the end.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<Block> {
        let block = Block { offset: self.at, length: length(bytes)?, crc: crc32fast::hash(bytes) };
        self.file.write_all(bytes)?;
        self.at += u64::from(block.length);
        Ok(block)
    }

    /// Adds bytes with their own checksum behind them.
    fn append_sealed(&mut self, mut bytes: Vec<u8>) -> io::Result<Block> {
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        self.append(&bytes)
    }

    /// Adds directory and footer and brings the file to the disk.
    pub(crate) fn finish(mut self, directory: &[u8], summary: Summary) -> io::Result<Summary> {
        let Block { offset, length, crc } = self.append(directory)?;
        let mut footer = Vec::with_capacity(FOOTER_BYTES);
        footer.extend_from_slice(&offset.to_le_bytes());
        footer.extend_from_slice(&length.to_le_bytes());
        footer.extend_from_slice(&crc.to_le_bytes());
        footer.extend_from_slice(&summary.heaters.to_le_bytes());
        footer.extend_from_slice(&summary.rows.to_le_bytes());
        footer.extend_from_slice(&summary.cells.to_le_bytes());
        footer.extend_from_slice(&summary.ts_min.to_le_bytes());
        footer.extend_from_slice(&summary.ts_max.to_le_bytes());
        self.append_sealed(footer)?;
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(Summary { bytes: self.at, ..summary })
    }
}

fn length(bytes: &[u8]) -> io::Result<u32> {
    u32::try_from(bytes.len()).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a block of 4 GiB"))
}

/// Why a block cannot be had.
#[derive(Debug)]
pub(crate) enum BlockError {
    /// The disk did not give the bytes.
    Disk(io::Error),
    /// The bytes are not those that were written.
    Damaged,
}

impl From<Damaged> for BlockError {
    fn from(_: Damaged) -> Self {
        Self::Damaged
    }
}

impl From<io::Error> for BlockError {
    /// A file that ends too early was cut; any other failure is the disk's.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Damaged } else { Self::Disk(error) }
    }
}

/// Damage is no failure: nothing instead of what is damaged.
pub(crate) fn unless_damaged<T>(result: Result<T, BlockError>) -> io::Result<Option<T>> {
    match result {
        Ok(whole) => Ok(Some(whole)),
        Err(BlockError::Damaged) => Ok(None),
        Err(BlockError::Disk(error)) => Err(error),
    }
}

/// An open file.
#[derive(Debug)]
pub(crate) struct FileReader {
    file: File,
    class: String,
    summary: Summary,
    directory: Block,
}

impl FileReader {
    /// Opens a file whose directory has entries of `entry_bytes` and gives the directory too.
    ///
    /// # Errors
    /// [`SegmentError`] when header, directory or footer are not as they were written.
    pub(crate) fn open(
        path: &Path,
        magic: Magic,
        entry_bytes: usize,
    ) -> Result<(Self, Vec<u8>), SegmentError> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        let class = read_header(&file, magic)?;
        let (directory, summary) = read_footer(&file, bytes)?;
        let reader = Self { file, class, summary, directory };
        let entries = match reader.read(directory) {
            Ok(entries) if entries.len().is_multiple_of(entry_bytes) => entries,
            Ok(_) | Err(BlockError::Damaged) => return Err(SegmentError::Damaged("its directory")),
            Err(BlockError::Disk(error)) => return Err(error.into()),
        };
        Ok((reader, entries))
    }

    pub(crate) fn class(&self) -> &str {
        &self.class
    }

    pub(crate) const fn summary(&self) -> Summary {
        self.summary
    }

    /// Bytes of the directory, which was checked when the file was opened.
    pub(crate) fn directory<const LENGTH: usize>(&self, at: usize) -> Result<[u8; LENGTH], BlockError> {
        let mut bytes = [0; LENGTH];
        self.file.read_exact_at(&mut bytes, self.directory.offset + at as u64)?;
        Ok(bytes)
    }

    /// The bytes of a block.
    pub(crate) fn read(&self, block: Block) -> Result<Vec<u8>, BlockError> {
        // No honest block reaches behind the directory, so no false length takes much memory.
        let end = self.directory.offset + u64::from(self.directory.length);
        if block.offset.checked_add(u64::from(block.length)).is_none_or(|block_end| block_end > end) {
            return Err(BlockError::Damaged);
        }
        let mut bytes = vec![0; block.length as usize];
        self.file.read_exact_at(&mut bytes, block.offset)?;
        if crc32fast::hash(&bytes) == block.crc { Ok(bytes) } else { Err(BlockError::Damaged) }
    }
}

fn read_header(file: &File, magic: Magic) -> Result<String, SegmentError> {
    let header: [u8; HEADER_BYTES] = read_sealed(file, 0, "its header")?;
    let (found, rest) = header.split_at(MAGIC_BYTES);
    if found != magic {
        return Err(SegmentError::Damaged("it is no such file"));
    }
    if rest[0] != VERSION {
        return Err(SegmentError::Newer { found: rest[0], known: VERSION });
    }
    let class = rest[1..=MAX_CLASS_BYTES].split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8(class.to_vec()).map_err(|_| SegmentError::Damaged("its header"))
}

fn read_footer(file: &File, bytes: u64) -> Result<(Block, Summary), SegmentError> {
    let damaged = SegmentError::Damaged("its footer");
    let Some(at) = bytes.checked_sub(FOOTER_BYTES as u64) else { return Err(damaged) };
    let footer: [u8; FOOTER_BYTES] = read_sealed(file, at, "its footer")?;
    let directory = Block {
        offset: u64::from_le_bytes(part(&footer, 0)),
        length: u32::from_le_bytes(part(&footer, 8)),
        crc: u32::from_le_bytes(part(&footer, 12)),
    };
    let summary = Summary {
        bytes,
        heaters: u32::from_le_bytes(part(&footer, 16)),
        rows: u64::from_le_bytes(part(&footer, 20)),
        cells: u64::from_le_bytes(part(&footer, 28)),
        ts_min: i64::from_le_bytes(part(&footer, 36)),
        ts_max: i64::from_le_bytes(part(&footer, 44)),
    };
    let directory_end = directory.offset.checked_add(u64::from(directory.length));
    if directory_end == Some(at) { Ok((directory, summary)) } else { Err(damaged) }
}

/// Reads bytes that end with their own checksum.
fn read_sealed<const LENGTH: usize>(
    file: &File,
    at: u64,
    what: &'static str,
) -> Result<[u8; LENGTH], SegmentError> {
    let mut bytes = [0; LENGTH];
    match file.read_exact_at(&mut bytes, at).map_err(BlockError::from) {
        Ok(()) => {}
        Err(BlockError::Damaged) => return Err(SegmentError::Damaged(what)),
        Err(BlockError::Disk(error)) => return Err(error.into()),
    }
    let crc = u32::from_le_bytes(part(&bytes, LENGTH - CRC_BYTES));
    let is_whole = crc32fast::hash(&bytes[..LENGTH - CRC_BYTES]) == crc;
    if is_whole { Ok(bytes) } else { Err(SegmentError::Damaged(what)) }
}

/// Some bytes of a longer array.
pub(crate) fn part<const LENGTH: usize>(bytes: &[u8], at: usize) -> [u8; LENGTH] {
    bytes[at..at + LENGTH].try_into().expect("a slice of the length of the array")
}
