//! What a whole building is to be for a while, over all schedules: usual, a little cooler, closed, kept from frost, or stopped.

use serde::{Deserialize, Serialize};
use vocabulary::{DisplayName, SiteId, Timestamp};

use crate::{Registry, RegistryError, damaged};

/// So much less is hardly felt, and saves about a fifteenth of a winter's heat (20 °C inside, 5 °C outside).
const ECO_K: f64 = 1.0;
/// As French law has it for premises that are empty for a day (R241-27).
const CLOSED_C: f64 = 16.0;
/// No room is let below this: water in pipes behind its walls.
const FROST_C: f64 = 8.0;
/// More changes of the mode than this are not gone back over.
const MAX_CHANGES: usize = 1000;

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

    /// The most that is left of what is asked for, °C.
    #[must_use]
    pub fn limit_c(self, asked_c: f64) -> f64 {
        match self {
            Self::Comfort => asked_c,
            Self::Eco => asked_c.min((asked_c - ECO_K).max(FROST_C)),
            Self::Closed => asked_c.min(CLOSED_C),
            Self::Frost | Self::Stop => asked_c.min(FROST_C),
        }
    }

    /// Whether what a manager asks for in one room stays: who holds a key comes on a Sunday too.
    #[must_use]
    pub const fn yields_to_managers(self) -> bool {
        matches!(self, Self::Comfort | Self::Eco | Self::Closed)
    }

    /// Whether people are expected in the building.
    #[must_use]
    pub const fn is_for_people(self) -> bool {
        matches!(self, Self::Comfort | Self::Eco)
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

/// A mode that was declared, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldMode {
    /// When it was declared; `None` for what is taken to have held from the beginning.
    pub from: Option<Timestamp>,
    /// The mode.
    pub mode: DeclaredMode,
}

impl Registry {
    /// The modes that were declared of a site, the newest first, as the audit has them; before the oldest it was as usual.
    ///
    /// # Errors
    /// [`RegistryError::Damaged`] when a line does not read, others when the book cannot be read.
    pub fn held_modes(&self, site: &SiteId) -> Result<Vec<HeldMode>, RegistryError> {
        let target = format!("{site}/mode");
        let lines = self.audit_of(&target, MAX_CHANGES)?.into_iter().map(|line| {
            let mode = serde_json::from_str(&line.new).map_err(|error| damaged(&target, error))?;
            Ok(HeldMode { from: Some(line.at), mode })
        });
        lines.collect()
    }

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
        registry.set_mode(site, &DeclaredMode::default(), "anna", now.plus_ms(9)).unwrap();
        let held = registry.held_modes(site).unwrap();
        let told: Vec<_> = held.iter().map(|held| (held.from, held.mode.mode)).collect();
        assert_eq!(told, [(Some(now.plus_ms(9)), SiteMode::Comfort), (Some(now), SiteMode::Closed)]);
    }

    #[test]
    fn each_mode_leaves_less_of_what_is_asked_and_never_more() {
        let left = |asked_c: f64| SiteMode::ALL.map(|mode| mode.limit_c(asked_c));
        assert_eq!(left(20.0), [20.0, 19.0, 16.0, 8.0, 8.0]);
        assert_eq!(left(15.0), [15.0, 14.0, 15.0, 8.0, 8.0]);
        assert_eq!(left(8.5), [8.5, 8.0, 8.5, 8.0, 8.0]);
    }
}
