//! Writing one part: both files under temporary names, brought to the disk, then given their names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::crash_point;
use crate::days::manifest::{self, PartId, PartInfo};
use crate::days::parts::{self, Part, UNFINISHED};
use crate::days::quarantine::sync_folder;
use crate::days::segment::{RollUp, RollUpWriter, SegmentWriter, Summary, Table, merge_roll_ups};
use crate::log::block::Row;

/// A part being written. Dropped before it is finished it takes its files along.
#[derive(Debug)]
pub(crate) struct PartWriter {
    store: PathBuf,
    id: PartId,
    open: Option<(SegmentWriter, RollUpWriter)>,
    /// Where the hours are taken from, if not from the rows.
    hours_of: Vec<RollUp>,
}

impl PartWriter {
    /// Begins a part.
    pub(crate) fn create(store: &Path, id: PartId) -> io::Result<Self> {
        let folder = parts::folder(store, id.day);
        if !folder.exists() {
            fs::create_dir(&folder)?;
            sync_folder(store)?;
        }
        let class = manifest::class_name(id.class);
        let mut writer = Self { store: store.to_owned(), id, open: None, hours_of: Vec::new() };
        let segment = SegmentWriter::create(&unfinished(&parts::segment_path(store, id)), class)?;
        let roll_up = RollUpWriter::create(&unfinished(&parts::roll_up_path(store, id)), class)?;
        writer.open = Some((segment, roll_up));
        Ok(writer)
    }

    /// Adds the rows of the next heater.
    pub(crate) fn heater(&mut self, number: u32, rows: &[Row]) -> io::Result<()> {
        let (segment, roll_up) = self.open.as_mut().expect("a part is open until it is finished");
        let table = Table::of(rows);
        segment.heater(number, &table)?;
        roll_up.heater(number, &table)
    }

    /// Takes the hours from these roll-ups instead of from the rows.
    pub(crate) fn take_hours_of(&mut self, roll_ups: Vec<RollUp>) {
        self.hours_of = roll_ups;
    }

    /// Brings both files to the disk under their names. They belong to history when the manifest names them.
    pub(crate) fn finish(mut self, arrived_ms: i64) -> io::Result<Part> {
        let (segment, roll_up) = self.open.take().expect("a part is open until it is finished");
        let outcome = segment.finish().and_then(|summary| self.finish_hours(roll_up).map(|()| summary));
        let named = outcome.and_then(|summary| self.give_names().map(|()| summary));
        let summary = named.inspect_err(|_| self.remove_files())?;
        let Summary { ts_min, ts_max, cells, .. } = summary;
        let info = PartInfo { arrived_ms, ts_min, ts_max, cells, full: true, roll_up: true };
        Ok(Part::new(&self.store, self.id, info))
    }

    fn finish_hours(&self, roll_up: RollUpWriter) -> io::Result<()> {
        roll_up.finish()?;
        if !self.hours_of.is_empty() {
            let inputs: Vec<&RollUp> = self.hours_of.iter().collect();
            merge_roll_ups(&inputs, &unfinished(&parts::roll_up_path(&self.store, self.id)), |_, _| true)?;
        }
        Ok(())
    }

    fn give_names(&self) -> io::Result<()> {
        crash_point::reach("store.before_rename");
        for path in self.paths() {
            fs::rename(unfinished(&path), &path)?;
        }
        sync_folder(&parts::folder(&self.store, self.id.day))?;
        crash_point::reach("store.after_rename");
        Ok(())
    }

    fn paths(&self) -> [PathBuf; 2] {
        [parts::segment_path(&self.store, self.id), parts::roll_up_path(&self.store, self.id)]
    }

    fn remove_files(&self) {
        // What is not there need not be removed; what stays is removed when the store is opened.
        for path in self.paths() {
            let _ = fs::remove_file(unfinished(&path));
            let _ = fs::remove_file(path);
        }
    }
}

impl Drop for PartWriter {
    fn drop(&mut self) {
        if self.open.take().is_some() {
            self.remove_files();
        }
    }
}

/// Writes a part of which only hours are known: those of a roll-up that `keeps` says. Nothing when none is left.
pub(crate) fn write_hours(
    store: &Path,
    (id, info): (PartId, PartInfo),
    of: &RollUp,
    keeps: impl Fn(u32, i64) -> bool,
) -> io::Result<Option<Part>> {
    let path = parts::roll_up_path(store, id);
    let begun = unfinished(&path);
    let written = merge_roll_ups(&[of], &begun, keeps).and_then(|merged| match merged.summary.rows {
        0 => fs::remove_file(&begun).map(|()| None),
        _ => fs::rename(&begun, &path).map(|()| Some(Part::new(store, id, info))),
    });
    let part = written.inspect_err(|_| drop(fs::remove_file(&begun)))?;
    sync_folder(&parts::folder(store, id.day))?;
    Ok(part)
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(UNFINISHED);
    name.into()
}
