//! What a whole building is to be for a while, over all schedules: usual, a little cooler, closed, kept from frost, or stopped.

use serde::{Deserialize, Serialize};
use vocabulary::{DisplayName, SiteId, Timestamp};

use crate::{Registry, RegistryError};

/// What a building is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteMode {
    /// As schedules and people ask.
    #[default]
    Comfort,
    /// A kelvin below what is asked for.
    Eco,
    /// Nobody is expected: 16 °C, but where a manager asks for more in a room.
    Closed,
    /// Nobody is expected for long: 8 °C.
    Frost,
    /// No heater draws anything.
    Stop,
}

impl SiteMode {
    /// All of them, the warmest first.
    pub const ALL: [Self; 5] = [Self::Comfort, Self::Eco, Self::Closed, Self::Frost, Self::Stop];

    /// The word in the book and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Comfort => "comfort",
            Self::Eco => "eco",
            Self::Closed => "closed",
            Self::Frost => "frost",
            Self::Stop => "stop",
        }
    }
}

/// The mode that a manager declared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredMode {
    /// What the building is to be.
    #[serde(default)]
    pub mode: SiteMode,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DisplayName>,
    /// When it is as usual again; `None` until somebody says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl DeclaredMode {
    /// The mode at a time.
    #[must_use]
    pub fn at(&self, time: Timestamp) -> SiteMode {
        if self.until.is_some_and(|until| time >= until) { SiteMode::Comfort } else { self.mode }
    }
}

impl Registry {
    /// The mode of a site; usual where nothing was declared.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such site, others when the book cannot be read.
    pub fn mode(&self, site: &SiteId) -> Result<DeclaredMode, RegistryError> {
        self.declared(site, "mode")
    }

    /// Declares the mode of a site, with a line of the audit where it changes. Whether it did. `who` says by whose hand.
    ///
    /// # Errors
    /// As for [`Registry::mode`]; then nothing is written.
    pub fn set_mode(
        &self,
        site: &SiteId,
        mode: &DeclaredMode,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        self.declare(site, ("mode", mode), who, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::two_rooms;

    #[test]
    fn a_mode_is_kept_ends_by_itself_and_outlives_a_new_description() {
        let registry = Registry::in_memory().unwrap();
        let (book, now) = (two_rooms(), Timestamp::from_ms(5));
        registry.put_site(&book).unwrap();
        let site = &book.site.id;
        assert_eq!(registry.mode(site).unwrap().at(now), SiteMode::Comfort, "nothing was declared");
        let (until, reason) = (Some(now.plus_ms(100)), Some(DisplayName::new("Ponts de mai").unwrap()));
        let closed = DeclaredMode { mode: SiteMode::Closed, reason, until };
        let before = registry.revision().unwrap();
        assert!(registry.set_mode(site, &closed, "anna", now).unwrap());
        assert!(registry.revision().unwrap() > before, "the controller reads again");
        registry.put_site(&book).unwrap();
        let kept = registry.mode(site).unwrap();
        assert_eq!(
            (kept.at(now.plus_ms(99)), kept.at(now.plus_ms(100))),
            (SiteMode::Closed, SiteMode::Comfort)
        );
        let lines = registry.audit_of(&format!("{site}/mode"), 9).unwrap();
        assert!(lines[0].new.contains("closed") && lines[0].new.contains("Ponts de mai"), "{lines:?}");
    }
}
