//! A row of an answer.

use influxdb2::api::query::FluxRecord;

/// What our questions ask for; a column that a question does not have is empty here.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Row {
    pub(crate) result: String,
    pub(crate) ns: i64,
    pub(crate) site: String,
    pub(crate) room: String,
    pub(crate) heater: String,
    pub(crate) who: String,
    pub(crate) field: String,
    pub(crate) value: f64,
}

impl Row {
    /// `None` when it has no time or no number, as every row of ours has.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the values' type belongs to a crate that only influxdb2 names"
    )]
    pub(crate) fn of(record: &FluxRecord) -> Option<Self> {
        let text =
            |column: &str| record.values.get(column).and_then(|value| value.string()).unwrap_or_default();
        Some(Self {
            result: text("result"),
            ns: record.values.get("ns").and_then(|value| value.i64())?,
            site: text("site"),
            room: text("room"),
            heater: text("heater"),
            who: text("who"),
            field: text("field"),
            value: record.values.get("value").and_then(|value| value.f64())?,
        })
    }
}
