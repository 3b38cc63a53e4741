//! Measurements that anyone can repeat: history and broker beside their peers, and the real program under load. What is judged and
//! what is only told stands in each report; a wrong answer or a lost record fails a measurement, a slow one does not.

pub mod broker;
pub mod control;
mod error;
mod generator;
mod goal;
pub mod history;
pub mod load;
mod machine;
mod process;
mod quantile;
mod scratch;
mod table;

pub use error::BenchError;

/// What a measurement needs to know of where it runs.
pub struct Setting {
    /// This program: parts of it are started as processes of their own.
    pub program: std::path::PathBuf,
    /// A quick look: less load, less time.
    pub short: bool,
    /// The wall clock.
    pub clock: vocabulary::WallClock,
    /// Hears in words what is being done.
    pub progress: Box<dyn Fn(&str) + Send + Sync>,
}
