//! The rules of law that bound a site's heating, as its manager declared them: which profile, which rooms form a
//! dwelling, and who is excepted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocabulary::{DisplayName, RoomId, SiteId, Timestamp};

use crate::{Registry, RegistryError};

/// Whose law holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleProfile {
    /// None: setpoints are what people make them.
    #[default]
    None,
    /// France: Code de l'énergie R241-26 (19 °C on average of the rooms) and R241-27 (16 °C where premises are empty for a
    /// day, 8 °C for two).
    France,
}

impl RuleProfile {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::None, Self::France];

    /// The word in the configuration and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::France => "france",
        }
    }
}

/// Why a room may be warmer than the law says for others (R241-28).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleException {
    /// People are nursed, or old people live there.
    Care,
    /// Small children are looked after there.
    SmallChildren,
}

impl RuleException {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Care, Self::SmallChildren];

    /// The word in the configuration and in forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Care => "care",
            Self::SmallChildren => "small_children",
        }
    }
}

/// What the rules have to know of a room.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomRules {
    /// The dwelling it belongs to: the mean is over its rooms. Rooms of none are together the building's other premises.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dwelling: Option<DisplayName>,
    /// Why it is excepted; then it is not in the mean either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<RuleException>,
}

/// The rules of a site.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRules {
    /// Whose law holds.
    #[serde(default)]
    pub profile: RuleProfile,
    /// Why the whole site is excepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<RuleException>,
    /// Rooms of which there is something to know. A room that is no longer in the book is not asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rooms: BTreeMap<RoomId, RoomRules>,
}

impl SiteRules {
    /// Whether the law bounds a room.
    #[must_use]
    pub fn bind(&self, room: &RoomId) -> bool {
        let is_excepted = self.rooms.get(room).is_some_and(|room| room.exception.is_some());
        self.profile != RuleProfile::None && self.exception.is_none() && !is_excepted
    }

    /// The dwelling of a room.
    #[must_use]
    pub fn dwelling(&self, room: &RoomId) -> Option<&DisplayName> {
        self.rooms.get(room)?.dwelling.as_ref()
    }
}

impl Registry {
    /// The rules of a site; none where nothing was declared.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such site, others when the book cannot be read.
    pub fn rules(&self, site: &SiteId) -> Result<SiteRules, RegistryError> {
        self.declared(site, "rules")
    }

    /// Writes the rules of a site, with a line of the audit where they change. Whether they did. `who` says by whose hand.
    ///
    /// [`Registry::put_site`] leaves them as they are: a building that is described anew has not moved to another country.
    ///
    /// # Errors
    /// As for [`Registry::rules`]; then nothing is written.
    pub fn set_rules(
        &self,
        site: &SiteId,
        rules: &SiteRules,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        self.declare(site, ("rules", rules), who, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::two_rooms;

    fn declared() -> SiteRules {
        let room = RoomRules {
            dwelling: Some(DisplayName::new("2e gauche").unwrap()),
            exception: Some(RuleException::SmallChildren),
        };
        let rooms = BTreeMap::from([(RoomId::new("a").unwrap(), room)]);
        SiteRules { profile: RuleProfile::France, exception: None, rooms }
    }

    #[test]
    fn rules_read_back_are_audited_and_outlive_a_book_that_is_written_again() {
        let registry = Registry::in_memory().unwrap();
        let (book, now) = (two_rooms(), Timestamp::from_ms(5));
        registry.put_site(&book).unwrap();
        let site = &book.site.id;
        assert_eq!(registry.rules(site).unwrap(), SiteRules::default());
        let before = registry.revision().unwrap();
        assert!(registry.set_rules(site, &declared(), "person/anna", now).unwrap());
        assert!(registry.revision().unwrap() > before, "the controller reads again");
        assert!(!registry.set_rules(site, &declared(), "person/anna", now).unwrap(), "nothing changed");
        registry.put_site(&book).unwrap();
        assert_eq!(registry.rules(site).unwrap(), declared());
        let lines = registry.audit_of("home/rules", 9).unwrap();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].old.contains("none") && lines[0].new.contains("france"), "{lines:?}");
        registry.remove_site(site).unwrap();
        registry.put_site(&book).unwrap();
        assert_eq!(registry.rules(site).unwrap(), SiteRules::default(), "gone with its site");
    }

    #[test]
    fn a_site_that_does_not_exist_has_no_rules() {
        let registry = Registry::in_memory().unwrap();
        let site = SiteId::new("nowhere").unwrap();
        assert!(matches!(registry.rules(&site), Err(RegistryError::Unknown(_))));
        let now = Timestamp::from_ms(5);
        assert!(registry.set_rules(&site, &declared(), "person/anna", now).is_err());
        assert_eq!(registry.newest_audit(9).unwrap(), []);
    }

    #[test]
    fn the_law_binds_whom_nothing_excepts() {
        let (one, other) = (RoomId::new("a").unwrap(), RoomId::new("b").unwrap());
        let rules = declared();
        assert!(!rules.bind(&one) && rules.bind(&other));
        let care = SiteRules { exception: Some(RuleException::Care), ..rules.clone() };
        assert!(!care.bind(&other));
        assert!(!SiteRules { profile: RuleProfile::None, ..rules }.bind(&other));
    }

    #[test]
    fn words_are_those_in_the_book() {
        for profile in RuleProfile::ALL {
            assert_eq!(serde_json::to_value(profile).unwrap(), profile.as_str());
        }
        for exception in RuleException::ALL {
            assert_eq!(serde_json::to_value(exception).unwrap(), exception.as_str());
        }
    }
}
