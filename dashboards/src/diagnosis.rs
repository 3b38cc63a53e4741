//! How the program is, gathered once for the page of system health and for the diagnostics: what the parts count and say of
//! themselves, history's disk, certificates, the last backup. Nothing is counted here a second time.

mod counted;
mod growth;

use registry::{Backup, DeviceCertificates, RegistryError, Role};
use store::Health;
use vocabulary::{SiteId, Timestamp};

use crate::app::App;
use crate::{CertificateKind, CertificateState, PartHealth, health};

pub(crate) use counted::Counted;
pub(crate) use growth::Growth;

/// The parts of the platform, in the order in which a record meets them.
pub(crate) const PARTS: [&str; 6] = ["broker", "ingest", "store", "controller", "alarms", "dashboards"];

/// How the program is.
pub(crate) struct Diagnosis {
    /// By our own clock.
    pub(crate) now: Timestamp,
    /// When this process began to serve.
    pub(crate) started: Timestamp,
    /// The parts that run in this process.
    pub(crate) parts: Vec<PartHealth>,
    pub(crate) counted: Counted,
    /// `None` where history does not answer.
    pub(crate) history: Option<Health>,
    pub(crate) certificates: Vec<(CertificateKind, CertificateState)>,
    pub(crate) devices: DeviceCertificates,
    pub(crate) backup: Option<Backup>,
    /// How many of each role may connect: those of the site, and the platform's own parts.
    pub(crate) may_connect: Vec<(&'static str, usize)>,
}

impl Diagnosis {
    /// Looks at everything. Blocks where a disk does.
    pub(crate) fn make(app: &App, site: &SiteId) -> Result<Self, RegistryError> {
        let now = app.wall();
        let parts = health::parts(app);
        let counted = Counted::new(health::figures(app), &parts);
        Ok(Self {
            now,
            started: app.started,
            counted,
            parts,
            history: app.store.health().ok(),
            certificates: (app.installation.certificates)(),
            devices: app.registry.device_certificates(now)?,
            backup: app.registry.last_backup()?,
            may_connect: may_connect(app, site)?,
        })
    }

    /// What a part says of itself; `None` where it runs in another process, or not at all.
    pub(crate) fn part(&self, name: &str) -> Option<&PartHealth> {
        self.parts.iter().find(|part| part.part == name)
    }

    /// How fast history grows, where that can be told.
    pub(crate) fn growth(&self) -> Option<Growth> {
        self.history.as_ref().and_then(Growth::of)
    }
}

fn may_connect(app: &App, site: &SiteId) -> Result<Vec<(&'static str, usize)>, RegistryError> {
    let credentials = app.registry.credentials()?;
    let live = credentials.iter().filter(|credential| credential.revoked_at.is_none());
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for role in live.map(|credential| &credential.role).filter(|role| is_of(role, site)) {
        match counts.iter_mut().find(|(known, _)| *known == role.as_str()) {
            Some((_, count)) => *count += 1,
            None => counts.push((role.as_str(), 1)),
        }
    }
    Ok(counts)
}

fn is_of(role: &Role, wanted: &SiteId) -> bool {
    match role {
        Role::Service => true,
        Role::Heater { site, .. }
        | Role::Gateway { site, .. }
        | Role::WorkSource { site }
        | Role::BuildingSystem { site }
        | Role::Observer { site, .. } => site == wanted,
    }
}
