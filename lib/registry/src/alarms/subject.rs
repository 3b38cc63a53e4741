//! What an alarm is about.

use std::fmt;

use vocabulary::{HeaterId, RoomId, SiteId};

use crate::{RegistryError, damaged};

/// What an alarm is about. The platform is the program with its broker and history, whichever sites it serves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmSubject {
    /// The program itself.
    Platform,
    /// A site as a whole.
    Site(SiteId),
    /// A room.
    Room(SiteId, RoomId),
    /// A heater.
    Heater(SiteId, HeaterId),
}

impl AlarmSubject {
    /// The site, unless it is the platform.
    #[must_use]
    pub const fn site(&self) -> Option<&SiteId> {
        match self {
            Self::Platform => None,
            Self::Site(site) | Self::Room(site, _) | Self::Heater(site, _) => Some(site),
        }
    }

    /// Within its site: `site`, `room/101`, `heater/h-101`; or `platform`.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Platform => "platform".to_owned(),
            Self::Site(_) => "site".to_owned(),
            Self::Room(_, room) => format!("room/{room}"),
            Self::Heater(_, heater) => format!("heater/{heater}"),
        }
    }

    /// How the book has the site: the empty word for the platform.
    pub(super) fn site_column(&self) -> &str {
        self.site().map_or("", SiteId::as_str)
    }

    /// Reads what [`AlarmSubject::site_column`] and [`AlarmSubject::place`] wrote.
    pub(super) fn read(site: &str, place: &str) -> Result<Self, RegistryError> {
        let wrong = |why: String| damaged(&format!("an alarm of {site:?} about {place:?}"), why);
        if place == "platform" {
            return Ok(Self::Platform);
        }
        let site = SiteId::new(site).map_err(|error| wrong(error.to_string()))?;
        match place.split_once('/') {
            None if place == "site" => Ok(Self::Site(site)),
            Some(("room", id)) => {
                RoomId::new(id).map(|room| Self::Room(site, room)).map_err(|error| wrong(error.to_string()))
            }
            Some(("heater", id)) => HeaterId::new(id)
                .map(|heater| Self::Heater(site, heater))
                .map_err(|error| wrong(error.to_string())),
            _ => Err(wrong("it is no room, heater or site".to_owned())),
        }
    }
}

impl fmt::Display for AlarmSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("platform"),
            Self::Site(site) => write!(f, "{site}"),
            Self::Room(site, _) | Self::Heater(site, _) => write!(f, "{site}/{}", self.place()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_back_and_nothing_else_does() {
        let site = SiteId::new("home").unwrap();
        for subject in [
            AlarmSubject::Platform,
            AlarmSubject::Site(site.clone()),
            AlarmSubject::Room(site.clone(), RoomId::new("101").unwrap()),
            AlarmSubject::Heater(site, HeaterId::new("h-1").unwrap()),
        ] {
            assert_eq!(AlarmSubject::read(subject.site_column(), &subject.place()).unwrap(), subject);
        }
        for (site, place) in [("", "site"), ("home", ""), ("home", "door/1"), ("home", "room/A B")] {
            assert!(AlarmSubject::read(site, place).is_err(), "{site} {place}");
        }
    }
}
