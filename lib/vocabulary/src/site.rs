//! What a site tells, what limits it, and the work there is to run.

use serde::{Deserialize, Serialize};

use crate::calendar::Timestamp;
use crate::id::HeaterId;
use crate::payload::{DecodeError, Payload};
use crate::unit::Watts;

/// The state of a site, retained; unknown is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteState {
    /// When this was so.
    #[serde(rename = "as_of_ms")]
    pub as_of: Timestamp,
    /// Watts drawn by all heaters heard.
    pub drawn_w: u32,
    /// Watts allowed by budgets and fall-backs together.
    pub budget_w: u32,
    /// The cap in force, where there is one.
    pub cap_w: Option<u32>,
    /// Until when a building system's limit holds, where there is one.
    #[serde(rename = "cap_until_ms")]
    pub cap_until: Option<Timestamp>,
    /// The cap lies below the sum of fall-backs: it is obeyed only while heaters are connected.
    pub cap_below_fallback: bool,
    /// Heat that all rooms want.
    pub heat_wanted_w: u32,
    /// Watts that compute, not the resistor's.
    pub compute_w: u32,
    /// Watts of work available; `null` when no work source speaks.
    pub work_available_w: Option<u32>,
    /// Rooms that are occupied or scheduled for comfort and whose temperature is known.
    pub rooms_judged: u32,
    /// How many of these are in their band.
    pub rooms_comfortable: u32,
    /// What a person should look at.
    #[serde(default)]
    pub alarms: Vec<SiteAlarm>,
    /// The heaters that told of a second controller, at most [`MAX_TELLERS`] of them.
    #[serde(default)]
    pub second_controller_told_by: Vec<HeaterId>,
}

/// So many heaters are named: a second controller leads all of a site, and a heater that lies is one.
pub const MAX_TELLERS: usize = 8;

/// Something about a whole site that a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteAlarm {
    /// Heaters tell of budgets that this controller never issued: another one with the same key is at work.
    SecondController,
    /// A word of a newer program.
    #[serde(other)]
    Unknown,
}

impl Payload for SiteState {}

/// A limit on the site's power, for a time: demand response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteLimit {
    /// The most the site may draw.
    pub watts: Watts,
    /// When the limit ends.
    #[serde(rename = "until_ms")]
    pub until: Timestamp,
    /// A label for people; who really spoke is in the audit.
    #[serde(default)]
    pub by: String,
}

impl Payload for SiteLimit {}

/// A job that must run on one heater.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MustRun {
    /// The job's name.
    pub job: String,
    /// Where it runs.
    pub heater: HeaterId,
    /// What it draws.
    pub watts: Watts,
    /// When it ends.
    #[serde(rename = "until_ms")]
    pub until: Timestamp,
}

/// The work there is to run, from whoever places it. Absent or ended means unknown, never none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteWork {
    /// Watts of work that can run now.
    pub available_w: Watts,
    /// Watts expected: `(from, to, watts)`.
    #[serde(default)]
    pub expected: Vec<(Timestamp, Timestamp, Watts)>,
    /// What a kilowatt-hour of work earns, euro.
    #[serde(default)]
    pub value_eur_per_kwh: f64,
    /// Jobs bound to a heater.
    #[serde(default)]
    pub must_run: Vec<MustRun>,
    /// When this statement ends.
    #[serde(rename = "until_ms")]
    pub until: Timestamp,
}

impl SiteWork {
    /// At most this many expected intervals, and as many jobs that must run.
    pub const MAX_ITEMS: usize = 96;

    /// Reads and bounds the payload.
    ///
    /// # Errors
    /// [`DecodeError`] when it is of another form or names too many items.
    pub fn decode_bounded(bytes: &[u8]) -> Result<Self, DecodeError> {
        let work = Self::decode(bytes)?;
        for (what, count) in [("expected", work.expected.len()), ("must_run", work.must_run.len())] {
            if count > Self::MAX_ITEMS {
                return Err(DecodeError::TooMany { what, count, max: Self::MAX_ITEMS });
            }
        }
        Ok(work)
    }
}

impl Payload for SiteWork {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_limit_survives_the_wire(watts in 0..=10_000_000_u32, until: i64) {
            let limit = SiteLimit { watts: Watts::new(watts).unwrap(), until: Timestamp::from_ms(until), by: "grid".to_owned() };
            prop_assert_eq!(SiteLimit::decode(&limit.encode()).unwrap(), limit);
        }

        #[test]
        fn work_survives_the_wire(available in 0..=10_000_000_u32, value in 0.0..1.0_f64, until: i64) {
            let watts = Watts::new(available).unwrap();
            let end = Timestamp::from_ms(until);
            let work = SiteWork {
                available_w: watts, expected: vec![(end, end, watts)], value_eur_per_kwh: value,
                must_run: vec![MustRun { job: "render-42".to_owned(), heater: HeaterId::new("h-1").unwrap(), watts, until: end }],
                until: end,
            };
            prop_assert_eq!(SiteWork::decode_bounded(&work.encode()).unwrap(), work);
        }
    }

    #[test]
    fn a_site_state_survives_the_wire() {
        let state = SiteState {
            as_of: Timestamp::from_ms(5),
            drawn_w: 1,
            budget_w: 2,
            cap_w: None,
            cap_until: None,
            cap_below_fallback: false,
            heat_wanted_w: 3,
            compute_w: 4,
            work_available_w: None,
            rooms_judged: 5,
            rooms_comfortable: 5,
            alarms: vec![SiteAlarm::SecondController],
            second_controller_told_by: vec![HeaterId::new("h-1").unwrap()],
        };
        assert_eq!(SiteState::decode(&state.encode()).unwrap(), state);
    }

    #[test]
    fn a_state_without_alarms_or_with_one_of_tomorrow_is_read() {
        let alarms = |text: &str| serde_json::from_str::<Vec<SiteAlarm>>(text).unwrap();
        assert_eq!(
            alarms(r#"["second_controller","tea_is_ready"]"#),
            [SiteAlarm::SecondController, SiteAlarm::Unknown]
        );
        let before = r#"{"as_of_ms":5,"drawn_w":1,"budget_w":2,"cap_w":null,"cap_until_ms":null,"cap_below_fallback":false,"heat_wanted_w":3,"compute_w":4,"work_available_w":null,"rooms_judged":5,"rooms_comfortable":5}"#;
        assert_eq!(SiteState::decode(before.as_bytes()).unwrap().alarms, []);
    }

    #[test]
    fn a_negative_or_absurd_limit_is_refused() {
        for watts in ["-1", "1.5", "10000001", "\"x\"", "null"] {
            let text = format!(r#"{{"watts":{watts},"until_ms":1}}"#);
            assert!(SiteLimit::decode(text.as_bytes()).is_err(), "{watts}");
        }
    }
}
