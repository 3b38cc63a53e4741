//! A disk that is full, a real one: a small tmpfs that the test mounts. Where it may not mount, it says so; the story with
//! a disk in memory is told by the unit tests in any case.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixture::{at, of_heater, temperature, values};
use store::{Retention, Store, StoreError};

const MIB: usize = 1 << 20;

/// A file system of its own, gone with this value.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, mebibytes: usize) -> Option<Self> {
        let size = format!("size={mebibytes}m");
        let status = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output();
        status.ok()?.status.success().then(|| Self(at.to_owned()))
    }

    /// Leaves so many bytes free.
    fn fill(&self, free: usize) {
        let _ = fs::remove_file(self.0.join("other"));
        let disk = rustix::fs::statvfs(&self.0).unwrap();
        let available = (disk.f_bavail * disk.f_frsize) as usize;
        fs::write(self.0.join("other"), vec![1; available.saturating_sub(free)]).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // The folder is removed by its owner; a mount that stays would stop that, and be seen.
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_and_is_written_again_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path(), 96) else {
        println!("ignored: this user may not mount a tmpfs; the story is told with a disk in memory only");
        return;
    };
    let history = folder.path().join("history");
    let store = Store::open(&history, Retention::default()).unwrap();
    let write = |seq: u64| store.write(&[temperature(1, seq, seq as i64 * 1_000, seq as f64)]);
    (1..=100).for_each(|seq| drop(write(seq).unwrap()));
    for free in [0, MIB, 63 * MIB] {
        disk.fill(free);
        let error = write(101).unwrap_err();
        assert!(matches!(error, StoreError::NoSpace { needed, .. } if needed == 64 << 20), "{error}");
        // Sealing needs less room, because it makes some; with too little for that it waits. Questions are answered.
        assert_eq!(store.seal(at(0)).unwrap().postponed, free < 16 * MIB);
        assert_eq!(values(&store, &of_heater(1)).len(), 100);
        assert!(!store.health().unwrap().writable);
    }
    disk.fill(80 * MIB);
    assert_eq!(write(101).unwrap()[0].hwm, 101);
    assert!(!store.seal(at(0)).unwrap().postponed);
    assert!(store.health().unwrap().writable);
    disk.fill(0);
    drop(store);
    // Also a store that is opened on a full disk answers.
    let store = Store::open(&history, Retention::default()).unwrap();
    assert_eq!(values(&store, &of_heater(1)).len(), 101);
    disk.fill(80 * MIB);
    let receipt = store.write(&[temperature(1, 102, 0, 0.0)]).unwrap().remove(0);
    assert_eq!((receipt.hwm, receipt.stored), (102, 1));
}
