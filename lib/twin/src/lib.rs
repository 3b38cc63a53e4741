//! A building that can be simulated: rooms, walls, weather, people, windows, heaters that compute, their jobs,
//! what electricity costs, sensors that fail, and a tank of hot water. `docs/control/twin.md` says what is
//! modelled and what is not.
//!
//! The twin never reads a clock and never waits: whoever drives it passes a [`Moment`], a step and the power
//! of every emitter, and reads back what the rooms are like. Everything random is a pure function of a seed,
//! a place and a time slot (see `noise`), so the same seed and the same steps give the same bits, whenever
//! and in whatever order they are asked (on one platform: sine, exponential and logarithm are its library's).
//!
//! It is deliberately richer than the controller's model of a room: three capacities, neighbours, façades,
//! wind-driven air, people who come and go and open windows. Weather and occupancy are real records, embedded
//! (`data/NOTICE.md`).

mod air;
mod building;
mod carbon;
mod check;
mod climate;
mod construction;
mod embedded;
mod emitter;
mod faults;
mod forecast;
mod jobs;
mod kept;
mod layout;
mod light;
mod machine;
mod moment;
mod noise;
mod occupancy;
mod people;
mod plan;
mod queue;
mod received;
mod room;
mod rows;
mod season;
mod sensor;
mod series;
mod sun;
mod table;
mod tank;
mod tapping;
mod tariff;
mod thermal;
mod variety;
mod weather;
mod window;
mod work;

pub use building::Building;
pub use carbon::Carbon;
pub use check::PlanError;
pub use climate::Climate;
pub use emitter::EmitterState;
pub use faults::{FaultKind, Faults, Sensor};
pub use forecast::Forecast;
pub use jobs::{Job, JobKind, JobPlan, JobSource};
pub use machine::{Asked, Drawn, Machine};
pub use moment::{Clock, Moment};
pub use occupancy::{OfficeCounts, ResidentialHour, ResidentialPattern};
pub use plan::{BuildingPlan, EmitterPlan, Fabric, Orientation, RoomPlan, RoomUse};
pub use queue::{JobQueue, Tally};
pub use received::Received;
pub use room::RoomState;
pub use season::Season;
pub use sensor::Sensed;
pub use series::Series;
pub use sun::{Daylight, Place};
pub use table::TableError;
pub use tank::{Tank, TankPlan, TankTally};
pub use tapping::Tapping;
pub use tariff::{Market, Tariff};
pub use weather::{Outdoor, Weather};
pub use work::{WorkBlock, WorkSupply};
