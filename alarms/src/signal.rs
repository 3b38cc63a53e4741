//! A signal: what a rule looks at, of one subject, at one moment.

use registry::{AlarmRule, AlarmSubject};

/// What is known of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Measure {
    /// The value, in the unit of the rule.
    Value(f64),
    /// The value is this or more: something has been silent for at least so long.
    AtLeast(f64),
    /// Nothing is known: the alarm stays as it is.
    Unknown,
    /// The rule does not speak of the subject now: nobody is in the room, the heater cannot be steered.
    Absent,
}

/// One rule's value of one subject.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Signal {
    pub(crate) subject: AlarmSubject,
    pub(crate) rule: AlarmRule,
    pub(crate) measure: Measure,
}

impl Measure {
    /// A fact as the number that rules without a limit look at.
    pub(crate) fn fact(is_so: bool) -> Self {
        Self::Value(f64::from(u8::from(is_so)))
    }
}
