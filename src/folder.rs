//! The data folder: what lies where, and that only one instance uses it.

use std::fs::{self, File, TryLockError};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use registry::Registry;
use vocabulary::ControllerKey;

/// The folder with everything that outlives a restart.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

/// A claim that ends with the process, however it ends.
pub(crate) struct Claim(#[expect(dead_code, reason = "held for its lock")] File);

impl Folder {
    /// Makes the folder where it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        // Digests of secrets, presence, keys: for the owner of the folder alone.
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.with_context(|| format!("the data folder {} cannot be made", path.display()))?;
        let probe = path.join(".writable");
        fs::write(&probe, b"").and_then(|()| fs::remove_file(&probe)).with_context(|| {
            format!("the data folder {} is not writable: choose another with --data", path.display())
        })?;
        Ok(Self(path.to_owned()))
    }

    /// A folder that an instance has made; a new one here would be a slip of the pen.
    pub(crate) fn of_a_running_instance(path: &Path) -> Result<Self> {
        anyhow::ensure!(
            path.join("registry.db").exists(),
            "the data folder {} is not that of an instance: name it with --data or --config",
            path.display()
        );
        Self::open(path)
    }

    /// Claims a task that only one process may have on this folder.
    pub(crate) fn claim(&self, task: &str) -> Result<Claim> {
        let path = self.0.join(format!("{task}.lock"));
        let file = File::create(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Claim(file)),
            Err(TryLockError::WouldBlock) => bail!(
                "another instance already uses the data folder {} ({task}): stop it, or choose another folder with --data",
                self.0.display()
            ),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("{} cannot be locked", path.display()))
            }
        }
    }

    pub(crate) fn registry(&self) -> Result<Registry> {
        let path = self.0.join("registry.db");
        Registry::open(&path).with_context(|| format!("could not open the registry {}", path.display()))
    }

    pub(crate) fn history(&self) -> PathBuf {
        self.0.join("history")
    }

    pub(crate) fn history_socket(&self) -> PathBuf {
        self.history().join("store.sock")
    }

    /// Where the broker keeps retained messages and sessions.
    pub(crate) fn broker(&self) -> PathBuf {
        self.0.join("broker")
    }

    /// The same for tests of conformance, so that they do not meet a building.
    pub(crate) fn conformance(&self) -> PathBuf {
        self.0.join("conformance")
    }

    /// Where the site's keys are.
    pub(crate) fn keys(&self) -> PathBuf {
        self.0.join("keys")
    }

    pub(crate) fn controller_key(&self) -> Result<ControllerKey> {
        Ok(controller::controller_key(&self.keys().join("controller.key"))?)
    }

    /// Where simulated heaters keep what they remember.
    pub(crate) fn heaters(&self) -> Result<PathBuf> {
        let path = self.0.join("heaters");
        fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(path)
    }

    /// The secret of one of our own parts at a broker that runs elsewhere: made once, and to be entered there.
    pub(crate) fn outside_secret(&self, part: &str, make: impl FnOnce() -> Result<String>) -> Result<String> {
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt as _;
        let path = self.keys().join(format!("{part}.secret"));
        if let Ok(secret) = fs::read_to_string(&path) {
            return Ok(secret.trim().to_owned());
        }
        let secret = make()?;
        fs::create_dir_all(self.keys())?;
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        writeln!(file, "{secret}").with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(secret)
    }
}
