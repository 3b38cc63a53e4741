//! Alarms in the book: which rules there are, the life of an alarm, what happened to each, and what people did about it.
//!
//! Who finds out that something is wrong is another program (`alarms`); who shows it and lets people answer is a third
//! (`dashboards`). They meet here, so that a restart of either forgets nothing.

mod answer;
mod changes;
mod entry;
mod finding;
mod life;
mod notice;
mod rule;
mod settings;
mod subject;

#[cfg(test)]
mod tests;

pub use answer::{ALARM_TEXT_CHARS, AlarmAnswer, SHELVED_LONGEST_MS};
pub use changes::{AlarmChange, AlarmDeed};
pub use entry::{AlarmEntry, OpenAlarms};
pub use finding::AlarmFinding;
pub use life::{AlarmEvent, AlarmState};
pub use notice::{AlarmNotice, NoticeTest, UntoldAlarm};
pub use rule::{AlarmRule, AlarmScope, AlarmStandard, AlarmUnit, Crossing, Severity};
pub use settings::{AlarmSetting, AlarmSettings, SettingError};
pub use subject::AlarmSubject;
