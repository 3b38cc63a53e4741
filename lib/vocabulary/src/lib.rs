//! The words of Hypocaust: units, identifiers, readings, records, budgets, topics and payloads.
//!
//! This crate never waits, never reads a clock and never opens a socket. A value that exists has been checked
//! at the door where it was made, so nobody checks it again. The wire contract is described in
//! `docs/protocol.md`; this crate is its one implementation.

mod ack;
mod alarm;
mod budget;
mod calendar;
mod enrolment_code;
mod fingerprint;
mod forecast;
mod heartbeat;
mod id;
mod metric;
mod network;
mod outlook;
mod payload;
mod pi;
mod plausibility;
mod reading;
mod record;
mod record_head;
mod room;
mod schedule;
mod site;
mod tally;
mod topic;
mod unit;
mod why;

pub use ack::{Ack, MAX_BACKFILL_PER_S, MAX_GOT_RANGES};
pub use alarm::Alarm;
pub use budget::{Budget, BudgetError, ControllerKey, MAX_TTL_S, Maintenance, SignedBudget, SitePublicKey};
pub use calendar::{Date, DateError, LocalTime, Timestamp, WallClock, Zone, ZoneError};
pub use enrolment_code::{CodeError, EnrolmentCode, EnrolmentSecret};
pub use fingerprint::Fingerprint;
pub use forecast::{RoomForecast, RoomLearned};
pub use heartbeat::{Heartbeat, HeaterStatus, Mode};
pub use id::{BootId, CircuitId, CredentialId, DisplayName, HeaterId, IdError, RoomId, SiteId};
pub use metric::{Metric, MetricError, RetentionClass};
pub use network::Network;
pub use outlook::{OutlookHour, SiteOutlook};
pub use payload::{DecodeError, MAX_PAYLOAD_BYTES, Payload};
pub use pi::Pi;
pub use plausibility::{LOST_AFTER_MS, Plausibility, Suspicion, believed_mean};
pub use reading::{Fault, Quality, Reading};
pub use record::{MAX_SAMPLES, Record, RefusedSample, Sample, SampleError};
pub use record_head::RecordHead;
pub use room::{RoomOccupancy, RoomRequest, RoomState, SetpointBy};
pub use schedule::{
    Booking, Bookings, DayException, DaySource, DayTime, EffectiveDay, EffectiveSpan, ExceptionDay, Holiday,
    HolidayCalendar, MAX_BOOKINGS, MAX_EXCEPTION_DAYS, MAX_EXCEPTIONS, MAX_SPANS, Preset, Schedule,
    ScheduleError, Span, Spans, Week, WeekSchedule,
};
pub use site::{MAX_TELLERS, MustRun, SiteAlarm, SiteLimit, SiteState, SiteWork};
pub use tally::Tally;
pub use topic::{HeaterTopic, RoomTopic, SiteTopic, Topic, TopicKind, filter};
pub use unit::{Celsius, OutOfRange, Watts};
pub use why::{Doubt, Rule, Why};
