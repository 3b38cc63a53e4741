//! What managers changed about the rules of alarms: a limit, a delay, or that a rule does not hold.

use std::collections::BTreeMap;

use rusqlite::params;
use vocabulary::{SiteId, Timestamp};

use super::rule::{AlarmRule, AlarmScope, AlarmUnit};
use crate::audit::{Deed, append};
use crate::{Registry, RegistryError};

/// A rule as it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlarmSetting {
    /// Whether it holds at all.
    pub is_enabled: bool,
    /// The limit, in the unit of the rule.
    pub limit: f64,
    /// A value is wrong for so long before the alarm is raised, s.
    pub on_delay_s: u32,
}

/// A setting that no rule can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// The limit is no number of any sense.
    #[error(
        "a limit is a number above 0 and not below the rule's hysteresis, at most 1,000,000, a share at most 100 %"
    )]
    Limit,
    /// The delay is longer than a day.
    #[error("a delay is at most 86,400 s")]
    Delay,
    /// The rule has no limit.
    #[error("this rule has no limit: it is so or not")]
    Fact,
}

const LARGEST_LIMIT: f64 = 1e6;
/// No room has less carbon dioxide than the air outside.
const OUTDOOR_PPM: f64 = 425.0;

impl AlarmSetting {
    /// The longest delay: a day.
    pub const LONGEST_DELAY_S: u32 = 86_400;

    /// The standard of a rule.
    #[must_use]
    pub const fn standard(rule: AlarmRule) -> Self {
        let standard = rule.standard();
        Self { is_enabled: true, limit: standard.limit, on_delay_s: standard.on_delay_s }
    }

    /// The least and the most that the limit of `rule` can be; nothing where it is a fact. A least of 0 is one that the limit
    /// has to be above.
    #[must_use]
    pub fn bounds(rule: AlarmRule) -> Option<(f64, f64)> {
        let standard = rule.standard();
        let most = match standard.unit {
            AlarmUnit::Fact => return None,
            AlarmUnit::Percent => 100.0,
            _ => LARGEST_LIMIT,
        };
        // Below the hysteresis no value, of which none is negative, could come back across it: the alarm would never end.
        let lowest = if rule == AlarmRule::RoomCo2 { OUTDOOR_PPM } else { 0.0 };
        Some((lowest + standard.hysteresis, most))
    }

    /// Whether `rule` can be set so.
    ///
    /// # Errors
    /// [`SettingError`].
    pub fn check(&self, rule: AlarmRule) -> Result<(), SettingError> {
        match Self::bounds(rule) {
            None if self.limit.to_bits() != rule.standard().limit.to_bits() => {
                return Err(SettingError::Fact);
            }
            Some((least, most)) if !(self.limit > 0.0 && (least..=most).contains(&self.limit)) => {
                return Err(SettingError::Limit);
            }
            _ => {}
        }
        if self.on_delay_s > Self::LONGEST_DELAY_S { Err(SettingError::Delay) } else { Ok(()) }
    }

    /// As the audit has it.
    fn said(&self) -> String {
        let held = if self.is_enabled { "on" } else { "off" };
        format!("{held}, limit {}, after {} s", self.limit, self.on_delay_s)
    }
}

/// The rules of one site, or of the platform, as far as they differ from the standard.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlarmSettings(BTreeMap<AlarmRule, AlarmSetting>);

impl AlarmSettings {
    /// How a rule holds.
    #[must_use]
    pub fn of(&self, rule: AlarmRule) -> AlarmSetting {
        self.0.get(&rule).copied().unwrap_or_else(|| AlarmSetting::standard(rule))
    }
}

impl Registry {
    /// The rules of a site, or of the platform where there is none.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn alarm_settings(&self, site: Option<&SiteId>) -> Result<AlarmSettings, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT rule, enabled, limit_value, on_delay_s FROM alarm_rule WHERE site = ?1",
        )?;
        let rows = query.query_map([site.map_or("", SiteId::as_str)], |row| {
            let setting =
                AlarmSetting { is_enabled: row.get(1)?, limit: row.get(2)?, on_delay_s: row.get(3)? };
            Ok((row.get::<_, String>(0)?, setting))
        })?;
        let mut settings = BTreeMap::new();
        for row in rows {
            let (word, setting) = row?;
            // A rule that an older or newer program knew is none of ours.
            if let Some(rule) = AlarmRule::read(&word) {
                settings.insert(rule, setting);
            }
        }
        Ok(AlarmSettings(settings))
    }

    /// Writes how a rule holds, of a site or, where there is none, of the platform, with a line of the audit where that
    /// changes anything. Whether it did. A setting that was not checked ([`AlarmSetting::check`]) is not written.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] for a setting that cannot be, or a rule of the platform set for a site or the reverse;
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn set_alarm_rule(
        &self,
        site: Option<&SiteId>,
        (rule, setting): (AlarmRule, AlarmSetting),
        who: &str,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let is_of_platform = rule.standard().scope == AlarmScope::Platform;
        if is_of_platform != site.is_none() || setting.check(rule).is_err() {
            return Err(RegistryError::Unknown(format!("such setting of {}", rule.as_str())));
        }
        let old = self.alarm_settings(site)?.of(rule);
        if old == setting {
            return Ok(false);
        }
        let column = site.map_or("", SiteId::as_str);
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute(
            "INSERT INTO alarm_rule (site, rule, enabled, limit_value, on_delay_s) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (site, rule) DO UPDATE SET enabled = ?3, limit_value = ?4, on_delay_s = ?5",
            params![column, rule.as_str(), setting.is_enabled, setting.limit, setting.on_delay_s],
        )?;
        let place = site.map_or("platform", SiteId::as_str);
        let target = format!("{place}/alarm-rule/{}", rule.as_str());
        let (old, new) = (old.said(), setting.said());
        append(&transaction, now, &Deed { old: &old, new: &new, ..Deed::new(who, "configure", &target) })?;
        transaction.commit()?;
        Ok(true)
    }
}
