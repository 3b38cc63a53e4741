//! The demonstration building: a twin in recorded weather and occupancy, with real heater agents and a real controller.

mod building;
mod fleet;
mod outlook;
mod week;

pub use building::{Demonstration, SITE};
pub use fleet::{Connections, Live, run};
pub use week::{Week, WeekError, WeekSummary, live_through};
