//! `backup` and `restore`: the whole data folder, copied while the platform runs, and put back elsewhere.
//!
//! ```text
//! backup/
//!   history/            as the store copies itself, with a list of its own
//!   registry.db         the book, a consistent copy
//!   keys/*              the site's keys, readable by their owner alone
//!   backup.json         what else there must be, with length and SHA-256; written last: without it a backup is torn
//! ```

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use registry::{Deed, Registry};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use store::{Store, verify_backup};
use vocabulary::Timestamp;

use crate::audit::COMMAND_LINE;
use crate::clock;
use crate::config::{Configuration, Refused};
use crate::folder::Folder;
use crate::live_access;
use crate::parts::open_history;

/// Heaters obey no epoch below the newest they accepted, and the copy may be older than that.
const EPOCHS_AHEAD: u32 = 1_000_000;
const LIST: &str = "backup.json";
const BOOK: &str = "registry.db";
const KEYS: &str = "keys";
const HISTORY: &str = "history";

#[derive(Serialize, Deserialize)]
struct List {
    v: u8,
    made_ms: Timestamp,
    files: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    path: PathBuf,
    bytes: u64,
    sha256: String,
}

/// Copies everything that outlives a restart into `into`, beside a running instance or without one.
pub(crate) fn backup(configuration: &Configuration, into: &Path) -> Result<()> {
    let folder = Folder::of_a_running_instance(&configuration.data)?;
    make_new(into)?;
    let registry = folder.registry()?;
    let audit_head = registry.audit_head()?;
    registry.copy_to(&into.join(BOOK)).context("the book could not be copied")?;
    let mut files = vec![entry(into, Path::new(BOOK))?];
    make_new(&into.join(KEYS))?;
    for name in names(&folder.keys())? {
        let path = Path::new(KEYS).join(name);
        copy_private(
            &folder.keys().join(path.file_name().expect("a name from the folder")),
            &into.join(&path),
        )?;
        files.push(entry(into, &path)?);
    }
    let history = history(configuration, &folder)?;
    // Another process may write the copy, which stands in another folder.
    let into = into.canonicalize().with_context(|| format!("{} cannot be found", into.display()))?;
    let copied = history.backup(&into.join(HISTORY)).context("history could not be copied")?;
    write_list(&into, &List { v: 1, made_ms: clock::now(), files })?;
    let noted = format!("history ({} files, {} bytes), the book, the keys", copied.files, copied.bytes);
    registry
        .note_backup(&noted, COMMAND_LINE, clock::now())
        .context("the backup is whole, but the book could not note that it was made")?;
    println!("backed up into {}: {noted}", into.display());
    println!("head of the audit {audit_head}");
    Ok(())
}

/// The history of this folder: asked over the socket of the process that holds it, or opened here.
fn history(configuration: &Configuration, folder: &Folder) -> Result<Store> {
    let connected = Store::connect(&folder.history_socket())?;
    if connected.health().is_ok() {
        return Ok(connected);
    }
    open_history(configuration, folder)
}

/// Puts a backup into a new data folder, where the next start finds it. What has ended since in the book of the data folder
/// `ended_in` stays ended.
pub(crate) fn restore(configuration: &Configuration, from: &Path, ended_in: Option<&Path>) -> Result<()> {
    let list = read_list(from)?;
    for file in &list.files {
        let found = entry(from, &file.path)?;
        ensure!(
            found.bytes == file.bytes && found.sha256 == file.sha256,
            Refused(format!(
                "the backup is damaged: {} is not what was written; use another one",
                from.join(&file.path).display()
            ))
        );
    }
    verify_backup(&from.join(HISTORY)).map_err(|error| Refused(error.to_string()))?;
    let newer = ended_in.map(|folder| folder.join(BOOK));
    if let Some(newer) = &newer {
        ensure!(newer.exists(), Refused(format!("--ended-in: there is no book at {}", newer.display())));
    }
    let data = &configuration.data;
    make_new(data).with_context(|| {
        format!("restore into a new data folder, named with --data, not into {}", data.display())
    })?;
    store::restore(&from.join(HISTORY), &data.join(HISTORY))?;
    make_new(&data.join(KEYS))?;
    for file in &list.files {
        copy_private(&from.join(&file.path), &data.join(&file.path))?;
    }
    let registry = Registry::open(&data.join(BOOK))?;
    registry.raise_epochs_by(EPOCHS_AHEAD).context("the epochs could not be raised")?;
    registry.end_every_session().context("the sessions could not be ended")?;
    let ended = end_again(&registry, newer.as_deref())?;
    let made = list.made_ms.rfc3339();
    let deed = Deed { new: &made, ..Deed::new(COMMAND_LINE, "restore", "data") };
    registry.audit(clock::now(), &deed)?;
    println!(
        "restored {} into {}; records acknowledged after it was made are gone, and heaters that made them count them as lost",
        from.display(),
        data.display()
    );
    println!("ended: {ended}");
    println!("let in again, as they were on {made}; end at once what was ended since:");
    for line in live_access::lines(&registry, clock::now())? {
        println!("  {line}");
    }
    Ok(())
}

/// Ends what was handed out and may have ended since: links and codes in any case, the rest where a newer book tells.
/// Gives what ended, in words.
fn end_again(registry: &Registry, newer: Option<&Path>) -> Result<String> {
    let now = clock::now();
    let mut ended = registry.end_links_and_codes(COMMAND_LINE, now).context("links could not be ended")?;
    if let Some(newer) = newer {
        let merged = registry.end_what_ended_in(newer, COMMAND_LINE, now);
        ended.extend(merged.with_context(|| {
            format!("{} does not read: restore without --ended-in, into another new folder", newer.display())
        })?);
    }
    let told: Vec<String> = ended.iter().map(|(what, count)| format!("{count} {what}")).collect();
    Ok(told.join(", "))
}

/// Makes a folder for its owner alone, where nothing is yet.
fn make_new(path: &Path) -> Result<()> {
    let is_empty = || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    match fs::DirBuilder::new().recursive(false).mode(0o700).create(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && is_empty() => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!(Refused(format!("{} holds something already: name a new folder", path.display())))
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be made", path.display())),
    }
}

fn names(folder: &Path) -> Result<Vec<std::ffi::OsString>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", folder.display())),
    };
    Ok(entries.map(|entry| Ok(entry?.file_name())).collect::<std::io::Result<_>>()?)
}

/// Copies a file so that only its owner reads it, and waits until it is on disk.
fn copy_private(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("{} cannot be read", from.display()))?;
    let file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    let written = file.and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()));
    written.with_context(|| format!("{} cannot be written", to.display()))
}

/// What a file of a backup is, as found on disk.
fn entry(backup: &Path, path: &Path) -> Result<Entry> {
    let plain = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    ensure!(plain, Refused(format!("the backup names a file outside of itself: {}", path.display())));
    let full = backup.join(path);
    let bytes = fs::read(&full).map_err(|error| {
        Refused(format!("the backup is torn: {} cannot be read ({error})", full.display()))
    })?;
    let digest = sha2::Sha256::digest(&bytes);
    let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Entry { path: path.to_owned(), bytes: bytes.len() as u64, sha256 })
}

fn write_list(backup: &Path, list: &List) -> Result<()> {
    let draft = backup.join("backup.json.new");
    let mut file = fs::File::create(&draft)?;
    file.write_all(&serde_json::to_vec_pretty(list)?)?;
    file.sync_all()?;
    fs::rename(&draft, backup.join(LIST))?;
    fs::File::open(backup)?.sync_all()?;
    Ok(())
}

fn read_list(backup: &Path) -> Result<List> {
    let path = backup.join(LIST);
    let text = fs::read_to_string(&path).map_err(|error| {
        Refused(format!("{} is no whole backup: {LIST} cannot be read ({error})", backup.display()))
    })?;
    let list: List = serde_json::from_str(&text).map_err(|error| {
        Refused(format!("the backup is damaged: {} does not read ({error})", path.display()))
    })?;
    ensure!(
        list.v == 1,
        Refused(format!("{} was made by a newer program (version {})", backup.display(), list.v))
    );
    Ok(list)
}
