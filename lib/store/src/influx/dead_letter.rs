//! Lines that InfluxDB refused for good, kept in a file so that nothing is gone.
//!
//! ```text
//!   # 422: field type conflict …             why, as a comment of line protocol
//!   heater,site=house,heater=h-1 …           the line: the file can be sent again as it is
//! ```
//! At most two files: when `dead-letter.lines` is full it takes the place of `dead-letter.1.lines`. A crash between setting
//! a line aside and forgetting it in the log leaves it here twice, which is harmless.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const FILE: &str = "dead-letter.lines";
const OLDER: &str = "dead-letter.1.lines";
/// A file is not begun to be written beyond this.
const MAX_BYTES: u64 = 64 << 20;

/// The files of one folder.
#[derive(Debug)]
pub(crate) struct DeadLetters {
    folder: PathBuf,
    max_bytes: u64,
    count: u64,
}

impl DeadLetters {
    /// Counts what is there from before.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        let count = count(&folder.join(FILE))? + count(&folder.join(OLDER))?;
        Ok(Self { folder: folder.to_owned(), max_bytes: MAX_BYTES, count })
    }

    /// How many lines the files hold.
    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    /// Sets a line aside and returns when it is on disk. `line` may lack its line feed.
    pub(crate) fn add(&mut self, reason: &str, line: &str) -> io::Result<()> {
        let path = self.folder.join(FILE);
        let open = || OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
        let mut file = open()?;
        if file.metadata()?.len() >= self.max_bytes {
            tracing::error!("dead-letter.lines is full: what dead-letter.1.lines held is gone");
            std::fs::rename(&path, self.folder.join(OLDER))?;
            file = open()?;
            self.count = count(&self.folder.join(OLDER))?;
        }
        let reason: String = reason.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        file.write_all(format!("# {reason}\n{}\n", line.trim_end_matches('\n')).as_bytes())?;
        file.sync_all()?;
        File::open(&self.folder)?.sync_all()?;
        self.count += 1;
        Ok(())
    }
}

fn count(path: &Path) -> io::Result<u64> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut lines = 0;
    for line in BufReader::new(file).lines() {
        lines += u64::from(!line?.starts_with('#'));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_aside_is_counted_again_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut letters = DeadLetters::open(folder.path()).unwrap();
        assert_eq!(letters.count(), 0);
        letters.add("422: a\nb", "heater power_w=1 1\n").unwrap();
        letters.add("422", "heater power_w=2 2").unwrap();
        let text = std::fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert_eq!(text, "# 422: a b\nheater power_w=1 1\n# 422\nheater power_w=2 2\n");
        assert_eq!(DeadLetters::open(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_full_file_makes_room_for_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut letters = DeadLetters { max_bytes: 40, ..DeadLetters::open(folder.path()).unwrap() };
        for number in 0..9 {
            letters.add("422", &format!("heater power_w={number} {number}")).unwrap();
        }
        let size = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().len();
        assert!(size(FILE) < 80 && size(OLDER) < 80);
        assert_eq!(letters.count(), DeadLetters::open(folder.path()).unwrap().count());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut letters = DeadLetters::open(folder.path()).unwrap();
        std::fs::create_dir(folder.path().join(FILE)).unwrap();
        assert!(letters.add("422", "heater power_w=1 1").is_err());
        assert_eq!(letters.count(), 0);
    }
}
