//! The shelf's file: a magic number, then frames that are only ever added.
//!
//! ```text
//! "HYPKEPT1" | length u32 | crc32 u32 | line (postcard) | length u32 | …
//! ```
//!
//! A frame that was half written when the machine stopped is cut off at the next start; one whose checksum is wrong is
//! left out. When the file is much larger than what it comes to, it is written anew beside the old one and renamed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use super::line::{Line, Stock};

const MAGIC: &[u8; 8] = b"HYPKEPT1";
const HEADER: usize = 8;
/// A file is left as it is while it is smaller than this.
const SMALL_BYTES: u64 = 1024 * 1024;
/// … or not this many times larger than when it was written anew.
const WASTE: u64 = 4;

/// The file, open to be added to.
pub(crate) struct ShelfFile {
    file: File,
    bytes: u64,
    /// Its size when it was written anew.
    fresh_bytes: u64,
}

/// What could not be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Lines whose checksum was wrong, or that mean nothing.
    pub(crate) lines: u64,
    /// Bytes at the end that are no whole frame.
    pub(crate) torn_bytes: u64,
}

/// Reads what is kept; a file that is not there keeps nothing.
///
/// # Errors
/// What the system says; [`io::ErrorKind::InvalidData`] when it is a file of another kind.
pub(crate) fn read(path: &Path) -> io::Result<(Stock, Damage)> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
        Err(error) => return Err(error),
    };
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else { return Err(io::ErrorKind::InvalidData.into()) };
    let (mut stock, mut damage) = (Stock::default(), Damage::default());
    while let Some((checksum, body, behind)) = next_frame(rest) {
        match postcard::from_bytes::<Line>(body) {
            Ok(line) if crc32fast::hash(body) == checksum => stock.apply(line),
            _ => damage.lines += 1,
        }
        rest = behind;
    }
    damage.torn_bytes = rest.len() as u64;
    Ok((stock, damage))
}

fn next_frame(bytes: &[u8]) -> Option<(u32, &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let (body, behind) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((u32::from_le_bytes(*checksum), body, behind))
}

/// Adds a line to a buffer in the file's form.
pub(crate) fn frame(buffer: &mut Vec<u8>, line: &Line) {
    let start = buffer.len();
    buffer.extend([0; HEADER]);
    *buffer =
        postcard::to_extend(line, std::mem::take(buffer)).expect("a line holds text, bytes and numbers");
    let body = &buffer[start + HEADER..];
    let length = u32::try_from(body.len()).expect("a packet is far below 4 GiB");
    let checksum = crc32fast::hash(body);
    buffer[start..start + 4].copy_from_slice(&length.to_le_bytes());
    buffer[start + 4..start + HEADER].copy_from_slice(&checksum.to_le_bytes());
}

impl ShelfFile {
    /// Writes everything into a new file, which takes the old one's place when it is whole and on the disk.
    pub(crate) fn anew(path: &Path, stock: &Stock) -> io::Result<Self> {
        let mut bytes = MAGIC.to_vec();
        stock.lines().for_each(|line| frame(&mut bytes, &line));
        let beside = path.with_extension("new");
        let file = put(&bytes, &beside, path).inspect_err(|_| {
            // A part of it would take the room that the next try needs. There may be nothing to take away.
            let _ = fs::remove_file(&beside);
        })?;
        let bytes = bytes.len() as u64;
        Ok(Self { file, bytes, fresh_bytes: bytes })
    }

    /// Adds frames. After an error the file may end in a part of one: it is to be written anew.
    pub(crate) fn add(&mut self, frames: &[u8]) -> io::Result<()> {
        self.file.write_all(frames)?;
        self.bytes += frames.len() as u64;
        Ok(())
    }

    /// Waits until everything is on the disk itself.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Whether it would be much smaller if it were written anew.
    pub(crate) fn is_wasteful(&self) -> bool {
        self.bytes > SMALL_BYTES && self.bytes > WASTE * self.fresh_bytes
    }
}

/// Writes bytes beside a file and puts them in its place.
fn put(bytes: &[u8], beside: &Path, path: &Path) -> io::Result<File> {
    let mut file = File::create(beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(beside, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(file)
}

#[cfg(test)]
impl ShelfFile {
    /// One on a disk without room.
    pub(crate) fn full() -> Self {
        let file = fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        Self { file, bytes: 0, fresh_bytes: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::tests::keep;
    use super::*;

    fn written(lines: &[Line]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        let mut file = ShelfFile::anew(&path, &Stock::default()).unwrap();
        let mut frames = Vec::new();
        lines.iter().for_each(|line| frame(&mut frames, line));
        file.add(&frames).unwrap();
        (folder, path)
    }

    #[test]
    fn a_file_cut_anywhere_keeps_the_whole_lines_before_the_cut() {
        let lines = [keep("a", "1"), keep("b", "22"), keep("a", "333")];
        let (_folder, path) = written(&lines);
        let whole = fs::read(&path).unwrap();
        for cut in MAGIC.len()..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let (stock, damage) = read(&path).unwrap();
            let mut expected = Stock::default();
            let (mut end, mut frames) = (MAGIC.len(), Vec::new());
            for line in &lines {
                frame(&mut frames, line);
                if MAGIC.len() + frames.len() > cut {
                    break;
                }
                end = MAGIC.len() + frames.len();
                expected.apply(line.clone());
            }
            assert_eq!((stock, damage.torn_bytes, damage.lines), (expected, (cut - end) as u64, 0), "{cut}");
        }
    }

    #[test]
    fn a_flipped_bit_costs_one_line() {
        let (_folder, path) = written(&[keep("a", "1"), keep("b", "2"), keep("c", "3")]);
        let mut bytes = fs::read(&path).unwrap();
        let second = bytes.iter().position(|byte| *byte == b'b').unwrap();
        bytes[second] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let (stock, damage) = read(&path).unwrap();
        assert_eq!((stock.retained.len(), damage), (2, Damage { lines: 1, torn_bytes: 0 }));
    }

    #[test]
    fn bytes_of_any_kind_are_read_without_a_panic() {
        use rand::{RngExt as _, SeedableRng as _};
        let seed = getrandom::u64().unwrap();
        println!("SEED={seed}");
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let (_folder, path) = written(&[keep("a", "1"), keep("b", "22"), keep("c", "333")]);
        let whole = fs::read(&path).unwrap();
        for _ in 0..1_000 {
            let mut bytes = whole.clone();
            for _ in 0..random.random_range(1..8) {
                let at = random.random_range(MAGIC.len()..bytes.len());
                bytes[at] = random.random();
            }
            fs::write(&path, &bytes).unwrap();
            let (stock, _) = read(&path).unwrap();
            assert!(stock.retained.len() <= 3, "SEED={seed}");
        }
    }

    #[test]
    fn another_kind_of_file_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        fs::write(&path, b"something else").unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(read(&folder.path().join("nothing")).unwrap(), Default::default());
    }
}
