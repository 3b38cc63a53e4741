//! The building's book: sites, rooms, heaters, circuits, credentials, device certificates, one-time codes, overrides,
//! instructions of heaters and those that left, versions of schedules, tenant links, people with their roles, sessions and tokens, wishes to erase presence, alarms with
//! their life and history, the controller's epoch, audit; and the one answer to who may do what.
//!
//! One SQLite file in WAL mode, so that the platform's parts may read and write it from processes of their own. Every
//! call is short and synchronous; only here is `rusqlite` named. What is read has been checked when it was written;
//! a row that no longer reads is [`RegistryError::Damaged`] and names itself.

mod accounting;
mod alarms;
mod audit;
mod authorise;
mod backup;
mod book;
pub mod building_file;
mod changes;
mod circuit;
mod controller;
mod credential;
mod declared;
mod describe;
mod device;
mod enrolment;
mod heater_door;
mod instructions;
mod mode;
mod overrides;
mod password;
mod person;
mod person_name;
mod person_role;
mod presence;
mod restored;
mod retired;
mod room_groups;
mod rules;
mod said_hours;
mod schedule;
mod schema;
mod session;
mod tenant;
mod token;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use rusqlite::Connection;

pub use accounting::{Accounting, Rate};
pub use alarms::{
    ALARM_TEXT_CHARS, AlarmAnswer, AlarmChange, AlarmDeed, AlarmEntry, AlarmEvent, AlarmFinding, AlarmNotice,
    AlarmRule, AlarmScope, AlarmSetting, AlarmSettings, AlarmStandard, AlarmState, AlarmSubject, AlarmUnit,
    Crossing, NoticeTest, OpenAlarms, SHELVED_LONGEST_MS, SettingError, Severity, UntoldAlarm,
};
pub use audit::{AuditBreak, AuditEntry, AuditHead, Deed};
pub use authorise::{Action, Denied, Principal, Target, TokenPrincipal, authorise, history_from};
pub use backup::Backup;
pub use book::{Clock, Heater, PlanArea, Room, Site, SiteBook};
pub use circuit::{Circuit, WiringError};
pub use credential::{Credential, Issue, LiveCredential, Role};
pub use describe::Described;
pub use device::{DeviceCertificates, NewCertificate};
pub use enrolment::EnrolmentError;
pub use heater_door::HeaterDoor;
pub use instructions::{HeaterLimit, Hold, Instruction, Instructions};
pub use mode::{DeclaredMode, HeldMode, SiteMode};
pub use overrides::{NewOverride, Override, room_target};
pub use password::{PasswordError, check_password};
pub use person::{FirstPassword, Person, PersonError};
pub use person_name::{PersonName, PersonNameError};
pub use person_role::{Assignment, PersonRole};
pub use presence::{PresenceErasure, presence_read_target};
pub use restored::Ended;
pub use retired::RetiredHeater;
pub use room_groups::{GroupEdit, GroupSaved, MAX_ROOM_GROUPS, RoomGroup};
pub use rules::{RoomRules, RuleException, RuleProfile, SiteRules};
pub use said_hours::SaidHour;
pub use schedule::{HeldSchedule, MAX_VERSIONS, ScheduleEdit, ScheduleSaved, ScheduleVersion};
pub use session::{SESSION_IDLE_MS, SESSION_LONGEST_MS, Session, Visit};
pub use tenant::{TenantLink, TenantRoom};
pub use token::{ApiToken, NewToken, Scope};

/// What can go wrong with the book.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// SQLite refused; the text says what.
    #[error("the registry could not be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file was written by a newer program.
    #[error("the registry has format {found}, this program knows up to {known}: use the newer program")]
    Newer {
        /// Version in the file.
        found: u32,
        /// Newest version known here.
        known: u32,
    },
    /// A row that does not read.
    #[error("the registry holds {what} that does not read: {why}")]
    Damaged {
        /// Which row.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The audit is not as it was written.
    #[error(transparent)]
    Audit(#[from] AuditBreak),
    /// A site whose wiring cannot be.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// The operating system gave no random numbers.
    #[error("no random numbers from the operating system")]
    Random,
    /// Too many passwords are being hashed.
    #[error("too many sign in at this moment: try again in a few seconds")]
    Busy,
    /// What was named does not exist.
    #[error("there is no {0}")]
    Unknown(String),
}

/// A handle on the book; clones share one connection.
#[derive(Clone)]
pub struct Registry {
    connection: Arc<Mutex<Connection>>,
}

impl Registry {
    /// Opens the book at `path`, and makes it when it is not there.
    ///
    /// # Errors
    /// [`RegistryError`] when the file cannot be used or is of a newer format.
    pub fn open(path: &Path) -> Result<Self, RegistryError> {
        Self::prepare(Connection::open(path)?)
    }

    /// A book that lives as long as its handle, for tests and for trials in virtual time.
    ///
    /// # Errors
    /// [`RegistryError`] when SQLite cannot be used at all.
    pub fn in_memory() -> Result<Self, RegistryError> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut connection: Connection) -> Result<Self, RegistryError> {
        schema::prepare(&mut connection)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// A number that grows whenever the book's rules change (sites, rooms, heaters, credentials, overrides,
    /// people), so that
    /// readers know when to read again.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn revision(&self) -> Result<u64, RegistryError> {
        let revision: i64 = self.lock().query_row("SELECT n FROM revision", [], |row| row.get(0))?;
        Ok(revision.unsigned_abs())
    }

    /// Writes a consistent copy of the book to `path`, where nothing may be yet, while others read and write.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when `path` is taken or cannot be written.
    pub fn copy_to(&self, path: &Path) -> Result<(), RegistryError> {
        let path = path.to_str().ok_or_else(|| damaged("a path", "it is not UTF-8"))?;
        self.lock().execute("VACUUM INTO ?1", [path])?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic while the lock was held cannot leave SQLite half-written: its transactions roll back.
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// 256 random bits as 43 characters of base64url: a secret that cannot be guessed.
fn random_secret() -> Result<String, RegistryError> {
    use base64::Engine as _;
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| RegistryError::Random)?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

/// What is kept of a secret.
fn digest(secret: &str) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(secret.as_bytes()).into()
}

fn damaged(what: &str, why: impl std::fmt::Display) -> RegistryError {
    RegistryError::Damaged { what: what.to_owned(), why: why.to_string() }
}
