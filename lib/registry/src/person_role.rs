//! What people are: roles, where they hold, and from when to when.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use vocabulary::{RoomId, SiteId, Timestamp};

/// What a person is, and where. What follows from it is in [`crate::authorise()`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "kebab-case")]
pub enum PersonRole {
    /// May do everything in every building.
    Administrator,
    /// Runs the chosen buildings.
    FacilityManager {
        /// Which.
        sites: BTreeSet<SiteId>,
    },
    /// Looks after the heaters of the chosen buildings.
    Technician {
        /// Which.
        sites: BTreeSet<SiteId>,
    },
    /// Reads the chosen buildings.
    Observer {
        /// Which.
        sites: BTreeSet<SiteId>,
    },
    /// Lives or works in one room.
    Tenant {
        /// The site.
        site: SiteId,
        /// The room.
        room: RoomId,
    },
}

impl PersonRole {
    /// The role's name as the command line and the pages print it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::FacilityManager { .. } => "facility-manager",
            Self::Technician { .. } => "technician",
            Self::Observer { .. } => "observer",
            Self::Tenant { .. } => "tenant",
        }
    }

    /// Where the role holds, in short: `all`, the sites, or `site/room`.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Administrator => "all".to_owned(),
            Self::FacilityManager { sites } | Self::Technician { sites } | Self::Observer { sites } => {
                sites.iter().map(SiteId::as_str).collect::<Vec<_>>().join(", ")
            }
            Self::Tenant { site, room } => format!("{site}/{room}"),
        }
    }
}

/// A role that a person has for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Its number.
    pub id: i64,
    /// What the person is.
    pub role: PersonRole,
    /// From when, inclusive.
    pub from: Timestamp,
    /// Until when, exclusive; `None` is until somebody ends it.
    pub until: Option<Timestamp>,
}

impl Assignment {
    /// Whether the role is in force at `now`.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }
}
