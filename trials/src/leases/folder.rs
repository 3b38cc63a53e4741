//! A data folder with its lock, the epoch in its registry, and what the controller remembers. The epoch is raised and
//! synced before a run begins; a start that is killed in between may or may not have raised it.

/// One folder; a copy of it is another one.
#[derive(Debug, Clone, Default)]
pub(super) struct Folder {
    /// The epoch that is on disk.
    epoch: u64,
    pub(super) memory: Option<String>,
    /// The run that holds its lock, which ends with the process however that ends; a frozen one holds it.
    pub(super) holder: Option<usize>,
    /// A start is under way, which holds the lock as well.
    pub(super) is_starting: bool,
}

/// What `restore` raises a copy's epoch by.
const EPOCHS_AHEAD: u64 = 1_000_000;

impl Folder {
    pub(super) const fn is_locked(&self) -> bool {
        self.holder.is_some() || self.is_starting
    }

    /// Raises the epoch; it is on disk when this returns.
    pub(super) const fn raise_epoch(&mut self) -> u64 {
        self.epoch += 1;
        self.epoch
    }

    /// A start was killed while it raised the epoch: perhaps the disk had it.
    pub(super) const fn cut(&mut self, had_reached_disk: bool) {
        self.epoch += had_reached_disk as u64;
        self.is_starting = false;
    }

    /// A copy that was restored elsewhere in order.
    pub(super) fn restored(&self) -> Self {
        Self { epoch: self.epoch + EPOCHS_AHEAD, memory: self.memory.clone(), ..Self::default() }
    }

    /// A copy from before the run of this epoch, started without `restore`.
    pub(super) fn copied_before(&self, epoch: u64) -> Self {
        Self { epoch: epoch - 1, memory: self.memory.clone(), ..Self::default() }
    }
}
